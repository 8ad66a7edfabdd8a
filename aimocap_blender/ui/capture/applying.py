"""Application of a take's motion to a character; repeatable and free."""

import logging
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import bpy

from ...motion.time_mapping import TimeMapping
from ...scene.armatures import action_of
from ...scene.g1.rig import is_g1_rig
from ...scene.preview.action_trust import first_mapping_on
from ...scene.scene_values import kept_character, scene_fps
from ...scene.video.strips import from_current_frame, strip_named, video_of
from ...scene.video.video_strips import put_in_sync
from ...scene.windows import in_scene
from ...takes.applying import choices_on, plays, put_take_on, robot_that_plays, takes_long, where_it_stood
from ...takes.binding import choices_of, unbound
from ...takes.captures.capture_takes import part_shown_by
from ...takes.captures.captures import NO_CAPTURE
from ...takes.messages import Note, source_line_of
from ...takes.previews.previews import NO_PREVIEW
from ...takes.reading import MotionKind, ReadMotion
from ...takes.session import Session, open_session, session_of
from ...takes.take import Standing, Take
from ...texts.faults import Fault
from ...texts.text import Text
from ..character.choosing import OntoCharacter
from ..motion.outcome_words import ShowsOutcome
from ..settings import CaptureChoices, settings_of
from ..text.reporting import Flags, Returned
from . import watching

_log = logging.getLogger(__name__)


class _AppliesTake(ShowsOutcome, CaptureChoices, OntoCharacter):
    """Operator that applies a take, of which scripts and presets know one of each source."""

    bl_options: Flags = {"REGISTER", "UNDO", "PRESET"}

    if TYPE_CHECKING:
        bound: bool
        again: bool
    else:
        again: bpy.props.BoolProperty(
            name="Again",
            description="Apply it as the character plays it already: with the same options, and on the same frames",
            options={"HIDDEN", "SKIP_SAVE"},
        )
        bound: bpy.props.BoolProperty(
            name="On Its Own Character",
            description="Apply to the character that was selected when it was started",
            options={"HIDDEN", "SKIP_SAVE"},
        )
    strip: str = ""
    """Name of the strip that shows the wanted part; '' for all."""
    missing = NO_CAPTURE
    """Raised if there is no such take."""

    @property
    def take_id(self) -> str:
        """Id of the take."""
        raise NotImplementedError

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)  # pyrefly: ignore[missing-attribute] -- an operator's
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Apply at once, or when the motion has been read in the background."""
        session = open_session()
        take = session.take(self.take_id)
        # it says why there is nothing to apply
        if take is None or take.standing not in {Standing.READY, Standing.APPLIED}:
            return self.execute(context)
        if not self.bound and _suits(take, kept_character(context.scene)):
            self.take_character(context)
        try:
            armature = self.character(context)
        except Fault:
            return self.execute(context)
        # in the background nobody answers a dialog
        self.may_ask = not bpy.app.background
        must_wait = False
        for kind in take.kinds_for(armature, bound=self.bound):
            read, bound = session.motions.of(take.id, kind), take.binding
            # a motion without a binding isn't worked out ahead
            is_long = read is not None and bound is not None and takes_long(armature, read.motion, bound.choices)
            must_wait |= read is None or is_long
        if not must_wait:
            return self.execute(context)
        # a motion that isn't read yet, or takes long, is read beside the window, which then applies it
        session.application.when_read(take.id, armature, self.strip)
        watching.watch()
        return {"CANCELLED"}

    def execute(self, context: bpy.types.Context) -> Returned:
        """Apply the motion or report why not; a fault leaves the scene unchanged."""
        session = session_of(self.take_id)
        try:
            note = self._apply(context, session)
        except Fault as fault:
            _log.warning("%s: not put on a character: %s", self.take_id, source_line_of(fault))
            session.application.notes[self.take_id] = Note(fault.text, failed=True)
            return self.ask_or_refuse(fault)
        _log.info("%s: its motion is on a character", self.take_id)
        try:
            session.note_applied(self.take_id)
        except Fault as refused:
            # the motion was applied nevertheless
            note = note.with_details(refused.text)
        note = note.with_details(*self.also_done(context, session))
        session.application.notes[self.take_id] = note
        self.show_outcome(note)
        return {"FINISHED"}

    def also_done(self, context: bpy.types.Context, session: Session) -> Iterable[Text]:
        """Do what else belongs to the motion, and return it in words."""
        del context, session
        return ()

    def _apply(self, context: bpy.types.Context, session: Session) -> Note:
        """Return the outcome, with a warning if the motion is much shorter than its range."""
        shown = context.scene
        take = session.required(self.take_id, self.missing)
        binding = take.binding or unbound(take.title, from_current_frame(shown), choices_of(settings_of(shown)))
        armature = self.named_character(context) if self.bound else self.character(context)
        armature = armature or binding.bound_armature()
        action = action_of(armature)
        kept = choices_on(action) if self.again and plays(action, take) else {}
        # as when the take was started, unless changed in the redo panel
        self.take_choices(kept or binding.choices)
        motions = session.application.read_now(take, take.kinds_for(armature, bound=self.bound))
        if not motions:
            raise Fault("This capture has no motion yet.", "Follow it until it is done, then apply it.")
        # by hand it goes where the user looks, by itself where the capture was started
        scene = (binding.bound_scene() if self.bound else None) or shown
        robot, before = binding.bound_robot() or robot_that_plays(take, scene), set(bpy.data.objects)
        mappings = [binding.mapping(self.timing, scene)] * len(motions)
        if kept and action is not None:
            mappings = [first_mapping_on(action, motions[0].motion.times)] * len(motions)
        if self.strip:
            take, motions, mappings = self._part(context, session, take, motions, scene)
        with in_scene(scene), where_it_stood(armature) if kept and armature is not None else nullcontext():
            note = put_take_on(
                context, take, motions, armature, robot, mappings, choices_of(self), any_figure=self.any_figure
            )
        # motions of several strips that were captured together go onto one new robot
        for rig in filter(is_g1_rig, set(bpy.data.objects) - before):
            binding.share(rig)
        return note

    def _part(
        self,
        context: bpy.types.Context,
        session: Session,
        take: Take,
        motions: list[ReadMotion],
        scene: bpy.types.Scene,
    ) -> tuple[Take, list[ReadMotion], list[TimeMapping]]:
        """Return what the strip shows of the capture, of its motions, and where that goes."""
        view = session.captures.view(take.id)
        assert view is not None  # noqa: S101 -- only captures have parts
        shown = video_of(context, strip_named(context, self.strip))
        part, start = part_shown_by(shown, view), view.range_sec[0]
        real_time = replace(shown.real_time, frames_per_second=scene_fps(scene))
        mapping = shown.mapping if self.timing == "STRIP" else real_time
        cut, mappings = zip(*(part.of(motion, mapping) for motion in motions), strict=True)
        ends = start + part.start_sec, start + part.end_sec
        take = replace(take, shown=None, origin=replace(take.origin, range_sec=ends), paid_sec=ends[1] - ends[0])
        return take, list(cut), list(mappings)


class ApplyCapture(_AppliesTake, bpy.types.Operator):
    """Apply this capture's motion to the character, free of charge"""

    bl_idname = "aimocap.apply_capture"
    bl_label = "Apply Capture"

    if TYPE_CHECKING:
        capture_id: str
        strip: str
    else:
        capture_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        strip: bpy.props.StringProperty(
            name="Strip",
            description="Name of a strip that shows a part of the captured range: only that part is applied, where the strip plays it",  # noqa: E501 -- a tooltip
            options={"HIDDEN", "SKIP_SAVE"},
        )

    @property
    def take_id(self) -> str:
        """Id of the capture."""
        return self.capture_id


class ApplyPreview(_AppliesTake, bpy.types.Operator):
    """Apply this preview's motion to the character"""

    bl_idname = "aimocap.apply_preview"
    bl_label = "Apply Preview"
    missing = NO_PREVIEW

    if TYPE_CHECKING:
        preview_id: str
    else:
        preview_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @property
    def take_id(self) -> str:
        """Id of the preview."""
        return self.preview_id

    def also_done(self, context: bpy.types.Context, session: Session) -> Iterable[Text]:
        """Put the strips of a new preview in sync, if there are several."""
        record, take = session.previews.kept.record(self.preview_id), session.take(self.preview_id)
        read = session.motions.of(self.preview_id, MotionKind.SEEN)
        if not (self.bound and record and take and take.binding and read and read.seen):
            return ()
        offsets = [film.offset for film in read.seen.beside]
        return put_in_sync(context, take.binding.strip, zip(record.beside, offsets, strict=False))


def _suits(take: Take, kept: bpy.types.Object | None) -> bool:
    """Return whether the take has motion of the kept character's kind; else the selected one receives it."""
    # also of what is still to come, as the targets say
    return any((kind is MotionKind.ROBOT) == is_g1_rig(kept) for kind in {*take.targets, *take.files})


CLASSES = (ApplyCapture, ApplyPreview)
