"""Corrections of a motion by hand: how far a limb reaches towards the camera, and what else a video hides."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy
import numpy as np
from bpy.app.handlers import persistent

from ...motion.rotations import Similarity
from ...motion.time_mapping import MovieTiming, TimeMapping
from ...scene.action_source import source_of
from ...scene.armatures import action_of
from ...scene.preview.action_trust import alternative_on, can_be_mapped, corrections_on, mapping_on
from ...scene.preview.film_camera import film_camera, placed_on
from ...scene.scene_values import character_of
from ...scene.video.movie_lengths import movie_at
from ...scene.video.strips import strip_named, video_of
from ...scene.video.viewport_video import put_behind
from ...scene.windows import AppHandlers
from ...takes.previews.previews import NO_PREVIEW
from ...takes.reading import MotionKind
from ...takes.session import current_session, open_session
from ...takes.take import Kind as Made
from ...takes.take import Take
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...vision.corrections import Correction, Kind
from ...vision.kept_solution import Change, KeptSolution, change_between, limb_depth
from ...vision.sighting import Sighting
from ...while_enabled import lasting
from ..preview.corrections import LIMB_NAMES
from ..text.reporting import Returned, inform, refuse, refusing
from .previewing import OnPreview

_SAME_SEC = 0.02
"""Two corrections of one limb so near each other are one: the later one takes the other's place."""
_KINDS = (
    (Kind.DEPTH.value, "Depth", "How far the limb's end is behind or before its start, seen from the camera"),
    (Kind.OTHER_WAY.value, "Other Way", "The limb points towards the camera instead of away from it, or the reverse"),
    (Kind.STANDS.value, "Foot Stands", "The foot of this leg stands still on the ground"),
    (Kind.PLACE.value, "Place in Video", "The limb's end is in another place of the video's frame"),
)
_NO_CORRECTION = Fault("There is no such correction.", "Choose one from the list.")


@dataclass
class _Said:
    """The sentence on the last correction."""

    sentence: Sentence = ""


_said = lasting(_Said)


def what_changed() -> Sentence:
    """Return a sentence on what the last correction changed."""
    return _said.sentence


class OnTake(OnPreview):
    """Operator on a preview or a capture of the list."""

    if TYPE_CHECKING:
        capture_id: str
    else:
        capture_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @property
    def take_id(self) -> str:
        """ID of the preview or the capture."""
        return self.preview_id or self.capture_id


class CorrectsTake(OnTake):
    """Operator that gives a take other corrections, and applies its motion again."""

    def _correct(self, played: "PlayedTake", corrections: Sequence[Correction], one: Correction) -> Returned:
        """Give it these, of which one is new or was removed."""
        after = open_session().corrected.correct(played.take, corrections)
        # one limb drags others along, and for longer than the moment: people want to know how far it reaches
        change = change_between(played.seen.clip, after.clip, one.joint, one.second)
        _said.sentence = _in_words(one, change, played.mapping)
        inform(cast("bpy.types.Operator", self), _said.sentence)
        if self.preview_id:
            bpy.ops.aimocap.apply_preview(preview_id=self.preview_id, again=True)  # pyrefly: ignore[missing-attribute] -- unknown to the stubs
        else:
            bpy.ops.aimocap.apply_capture(capture_id=self.capture_id, again=True)  # pyrefly: ignore[missing-attribute] -- unknown to the stubs
        return {"FINISHED"}


def _limb_chosen(properties: "CorrectTake", context: bpy.types.Context) -> None:
    """In the dialog, begin with the depth that the chosen limb has; `properties` aren't the operator itself there."""
    # a script's own value stays
    if properties.is_asking:
        properties.value = _depth_of(context, properties)


class CorrectTake(CorrectsTake, bpy.types.Operator):
    """Correct a limb of this motion at the current frame, and for a moment before and after it. The rest stays as it is"""  # noqa: E501 -- a tooltip

    bl_idname = "aimocap.correct_take"
    bl_label = "Correct Limb"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        kind: str
        joint: str
        frame: float
        value: float
        pixel: Sequence[float]
        first_frame: float
        last_frame: float
        is_asking: bool
    else:
        # its dialog is shown
        is_asking: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})
        joint: bpy.props.EnumProperty(
            name="Limb",
            description="The limb to correct",
            items=[(joint, name, "") for joint, name in LIMB_NAMES.items()],
            default="left_wrist",
            update=_limb_chosen,
        )
        kind: bpy.props.EnumProperty(name="Correction", description="The error to correct", items=_KINDS)
        value: bpy.props.FloatProperty(
            name="Away from Camera",
            description=(
                "Distance by which the limb's end is farther from the camera than its start; negative if nearer"
            ),
            unit="LENGTH",
            step=1,
            precision=2,
            soft_min=-0.6,
            soft_max=0.6,
        )
        pixel: bpy.props.FloatVectorProperty(
            name="Pixel",
            description="Where the limb's end is in the video's frame, from its top left corner",
            size=2,
            min=0.0,
        )
        frame: bpy.props.FloatProperty(
            name="Frame", description="Frame of the timeline that shows the error", options={"SKIP_SAVE"}
        )
        first_frame: bpy.props.FloatProperty(
            name="First Frame",
            description="Frame from which the correction holds; the same as the last one for the usual span",
            options={"HIDDEN", "SKIP_SAVE"},
        )
        last_frame: bpy.props.FloatProperty(
            name="Last Frame",
            description="Frame to which the correction holds",
            options={"HIDDEN", "SKIP_SAVE"},
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for it, beginning with what the motion has in the current frame."""
        self.frame = context.scene.frame_current_final
        # what can't be corrected is told before anything is asked
        try:
            self.value = _depth_of(context, self)
        except Fault as fault:
            return refuse(self, fault)
        self.is_asking = True
        return context.window_manager.invoke_props_dialog(self, confirm_text="Correct")

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the choices of the dialog and of the redo panel."""
        layout = cast("bpy.types.UILayout", cast("Any", self).layout)
        layout.use_property_split, layout.use_property_decorate = True, False
        for name in ("joint", "kind"):
            layout.prop(cast("Any", self), name)
        if self.kind == Kind.DEPTH:
            layout.prop(cast("Any", self), "value")
        elif self.kind == Kind.PLACE:
            layout.prop(cast("Any", self), "pixel")
        layout.prop(cast("Any", self), "frame")

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Correct it, and apply the motion."""
        played = played_take(context, self.take_id)
        values = {Kind.DEPTH: (self.value,), Kind.PLACE: tuple(self.pixel)}.get(Kind(self.kind), ())
        one = Correction(Kind(self.kind), self.joint, played.mapping.second(self.frame), values)
        # both are 0 where nobody set them
        if self.first_frame != self.last_frame:
            first, last = sorted((played.mapping.second(self.first_frame), played.mapping.second(self.last_frame)))
            one = replace(one, first=first, last=last)
        # the redo panel runs it again with other values, which replace the first ones
        others = [each for each in corrections_on(played.action) if not _is_same(each, one)]
        return self._correct(played, [*others, one], one)


class ChangesCorrection(CorrectsTake):
    """Operator that changes one of a take's corrections, and applies its motion again."""

    if TYPE_CHECKING:
        number: int
    else:
        number: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Change it."""
        played = played_take(context, self.take_id)
        known = [*corrections_on(played.action)]
        if not 0 <= self.number < len(known):
            raise _NO_CORRECTION
        one = known[self.number]
        changed = self.changed(one, played.mapping)
        known[self.number : self.number + 1] = [] if changed is None else [changed]
        return self._correct(played, known, changed or one)

    def changed(self, one: Correction, mapping: TimeMapping) -> Correction | None:
        """Return the correction in its place, given where its seconds are in the timeline; None to remove it."""
        raise NotImplementedError


class RemoveCorrection(ChangesCorrection, bpy.types.Operator):
    """Remove this correction, and apply the motion without it"""

    bl_idname = "aimocap.remove_correction"
    bl_label = "Remove Correction"
    bl_options = {"INTERNAL", "UNDO"}

    def changed(self, one: Correction, mapping: TimeMapping) -> None:
        """Remove it."""


class AddFilmCamera(OnTake, bpy.types.Operator):
    """Add a camera that sees the character as the video's camera saw the person, with the video behind it"""

    bl_idname = "aimocap.add_film_camera"
    bl_label = "Add Video's Camera"
    bl_options = {"INTERNAL", "UNDO"}

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Add it, and look through it."""
        camera = played_take(context, self.take_id).film_cameras(context)[0]
        context.scene.camera = camera
        if isinstance(context.space_data, bpy.types.SpaceView3D) and context.space_data.region_3d:
            context.space_data.region_3d.view_perspective = "CAMERA"
        inform(self, Text("Added the camera {camera}.", camera=camera.name))
        return {"FINISHED"}


@dataclass(frozen=True, eq=False)
class PlayedTake:
    """A preview or a capture that the character plays.

    Attributes:
        take: the preview or the capture.
        character: that plays it.
        action: with which.
        seen: its motion.
        mapping: the motion's seconds to timeline frames.
    """

    take: Take
    character: bpy.types.Object
    action: bpy.types.Action
    seen: Sighting
    mapping: TimeMapping

    @property
    def kept(self) -> KeptSolution:
        """Its solution.

        Raises:
            Fault: it can't be read, or there is none.
        """
        return open_session().corrected.solved(self.take)[1]

    def placed(self, context: bpy.types.Context) -> list[list[Similarity]]:
        """Return where the motion of each shot is on the character, by frame.

        Raises:
            Fault: see `kept`, or the character doesn't have the bones that tell it.
        """
        scene = context.scene
        return placed_on(self.character, scene, self.seen.clip, self.kept, self.mapping)

    def film_cameras(self, context: bpy.types.Context) -> list[bpy.types.Object]:
        """Return the cameras of its films in the scene, each with its video behind it if that is known.

        Raises:
            Fault: see `placed` and `kept`.
        """
        scene, name = context.scene, self.take.name_on(self.character.name)
        kept, placed = self.kept, self.placed(context)
        cameras = [
            film_camera(name, self.take.id, scene, kept, placed, self.mapping, film)
            for film in range(len(kept.seen.films))
        ]
        with suppress(Fault):  # the camera is there nevertheless
            movie = movie_at(self._film())
            range_sec = self.take.ends_sec or (0.0, movie.frames / movie.fps)
            timing = MovieTiming.of_range(self.mapping, movie.fps, movie.frames, (range_sec[0], range_sec[-1]))
            put_behind(cameras[0], movie, timing)
        record = open_session().previews.kept.record(self.take.id)
        for beside, other in zip(record.beside if record is not None else (), cameras[1:], strict=False):
            with suppress(Fault):
                shown = video_of(context, strip_named(context, beside))
                assert shown.path is not None  # noqa: S101 -- a movie's
                ends = shown.trim_start_sec, shown.trim_end_sec
                timing = MovieTiming.of_range(shown.mapping, shown.fps, shown.movie_frames, ends)
                put_behind(other, movie_at(shown.path), timing)
        return cameras

    def _film(self) -> Path:
        """Return its first video.

        Raises:
            Fault: its strip is gone.
        """
        if self.take.kind is Made.CAPTURE and self.take.shown is not None:
            return Path(self.take.shown.path)
        strip = self.take.binding.strip if self.take.binding is not None else ""
        return Path(bpy.path.abspath(getattr(strip_named(bpy.context, strip), "filepath", "")))


def played_take(context: bpy.types.Context, take_id: str) -> PlayedTake:
    """Return a preview or a capture that the character plays.

    Raises:
        Fault: it plays another one, or the motion can't be read or corrected.
    """
    character, session = character_of(context), open_session()
    action = action_of(character)
    source = source_of(action)
    if character is None or action is None or take_id not in {source.preview, source.capture} or not take_id:
        raise Fault("The character doesn't play this motion.", "Apply the motion, then correct it.")
    take = session.required(take_id, NO_PREVIEW)
    if take.kind is Made.PREVIEW:
        (read,) = session.application.read_now(take, [MotionKind.SEEN])
        seen = read.seen
    # a part of a capture begins at another moment than what was solved
    elif not can_be_mapped(action) or source.range_sec != tuple(take.origin.range_sec):
        raise Fault("The character doesn't play the whole capture.", "Apply the whole capture, then correct it.")
    else:
        seen, _ = session.corrected.solved(take)
    assert seen is not None  # noqa: S101 -- the motion of a preview
    return PlayedTake(take, character, action, seen, mapping_on(action, seen.clip.times))


def _depth_of(context: bpy.types.Context, properties: CorrectTake) -> float:
    """Return the depth that the chosen limb has in the chosen frame.

    Raises:
        Fault: the character doesn't play this preview, or it can't be corrected.
    """
    played = played_take(context, properties.preview_id or properties.capture_id)
    return limb_depth(played.seen, played.kept, properties.joint, played.mapping.second(properties.frame))


def _in_words(one: Correction, change: Change, mapping: TimeMapping) -> Text:
    limb = Text.of(LIMB_NAMES[one.joint])
    if np.isnan(change.start):
        return Text("{limb}: nothing moved by as much as 5 mm.", limb=limb)
    frames = mapping.frames(np.array([one.second, change.start, change.end]))
    at, *ends = frames.round().astype(int).tolist()
    return Text(
        "{limb}: rotated by {degrees:.0f}° in frame {frame}. Frames {first} to {last} changed.",
        limb=limb,
        degrees=change.degrees,
        frame=at,
        first=min(ends),
        last=max(ends),
    )


def _is_same(one: Correction, other: Correction) -> bool:
    near = bool(np.abs(one.second - other.second) < _SAME_SEC)
    return near and (one.kind, one.joint) == (other.kind, other.joint)


@dataclass(frozen=True)
class _Played:
    """The preview or capture that the character plays, '' for none, its corrections, and which of its motions it is."""

    take_id: str = ""
    corrections: tuple[Correction, ...] = ()
    alternative: tuple[float, ...] = ()


@dataclass
class _Undo:
    """The take that the character plays before an undo or redo."""

    before: _Played = field(default_factory=_Played)


_undo = lasting(_Undo)


@persistent
def _before_undo(*_: object) -> None:
    # only what the undo itself changed counts: the character may play another take afterwards
    _undo.before = _played()


@persistent
def _undone(*_: object) -> None:
    """Have the take know what an undo took back or a redo brought back: corrections, and which motion was taken."""
    session, before, now = current_session(), _undo.before, _played()
    if session is None or not now.take_id or now.take_id != before.take_id or now == before:
        return
    with suppress(Fault):  # the character has them nevertheless
        take, corrections = session.required(now.take_id), before.corrections
        if now.alternative and before.alternative and now.alternative != before.alternative:
            # each of them has its own
            corrections = session.previews.take_alternative(take.id, now.alternative).corrections
        if now.corrections != corrections:
            session.corrected.correct(take, now.corrections)


def _played() -> _Played:
    action = action_of(character_of(bpy.context))
    source = source_of(action)
    return _Played(source.preview or source.capture, corrections_on(action), alternative_on(action))


CLASSES = (CorrectTake, RemoveCorrection, AddFilmCamera)
_HANDLERS = AppHandlers((_before_undo, ("undo_pre", "redo_pre")), (_undone, ("undo_post", "redo_post")))
register, unregister = _HANDLERS.add, _HANDLERS.remove
