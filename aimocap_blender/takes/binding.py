"""A take's binding when it begins: its character, its file, its position on the timeline.

And the character or robot that receives a take's motion.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import bpy
from bpy.app.handlers import persistent

from .. import options, record_json
from ..motion.retargeting.retarget_options import MOTION_OPTIONS, KeyOptions, RetargetOptions, Timing
from ..motion.time_mapping import TimeMapping
from ..options import Choice
from ..record_json import as_list, as_number, as_object, as_text
from ..renamed import as_switches
from ..scene.armatures import selected_armature
from ..scene.g1.rig import is_g1_rig, takes_captures
from ..scene.keys.keyframes import require_editable
from ..scene.retargeting import require_character
from ..scene.scene_values import robot_of, scene_fps
from ..scene.video.strips import StripSource, from_current_frame, has_strip
from ..texts.faults import Fault
from ..texts.text import Text
from ..while_enabled import lasting

_FIRST_CHOICES = {"root_motion", "timing", "contacts"}
"""Choices that every version has stored; the last one as switches until there was more to choose."""
_TOGETHER = "aimocap_together"
"""Custom property of a rig that was created for a capture: `Binding.together`."""
_RENDERED_FROM, _DIGEST = "rendered_from", "source_sha256"
"""Fields that only captures have."""
_ENDS, _PARTS_OF_A_FILE, _PARTS_OF_A_STRIP = 2, 3, 2
_NO_TIME = TimeMapping(0.0, 1.0)

_Thing = TypeVar("_Thing", bound=bpy.types.ID)


@dataclass
class _File:
    """An id of the file that is open in this run of Blender: saving it elsewhere doesn't change it."""

    session: str = field(default_factory=lambda: uuid.uuid4().hex)


_file = lasting(_File)


@persistent
def _another_file(*_: object) -> None:
    _file.session = _File().session


def opened_file() -> str:
    """Return an id of the opened file, unique in this run of Blender; a `session_uid` is valid only within it."""
    return _file.session


@dataclass(frozen=True)
class RenderedFrom:
    """The content of a clip that is rendered for a capture, known before it is rendered.

    Attributes:
        range_sec: first and last second, of the file if there is one.
        file: its path, size in bytes and modification time in ns; None if the strip plays none.
        strip: scene and name, if what it shows isn't just a range of the file; else None.
    """

    range_sec: tuple[float, float]
    file: tuple[str, int, int] | None = None
    strip: tuple[str, str] | None = None

    @property
    def is_range_of_file(self) -> bool:
        """Whether it shows a range of a file, unchanged."""
        return self.file is not None and self.strip is None

    def to_json(self) -> dict[str, object]:
        """Return a plain JSON object."""
        parts: dict[str, object] = {"range_sec": list(self.range_sec)}
        if self.file is not None:
            parts["file"] = list(self.file)
        if self.strip is not None:
            parts["strip"] = list(self.strip)
        return parts

    @classmethod
    def from_json(cls, data: object) -> "RenderedFrom":
        """Read the JSON of `to_json`; what is of another shape shows nothing that is known."""
        # a record is a file on disk: anybody may have written anything there
        parts = as_object(data) or {}
        ends = list(map(as_number, as_list(parts.get("range_sec")) or ()))
        start, end = ends if len(ends) == _ENDS else (None, None)
        file, strip = as_list(parts.get("file")) or [], as_list(parts.get("strip"))
        path, size, mtime_ns = file if len(file) == _PARTS_OF_A_FILE else (None, None, None)
        scene, name = strip if strip is not None and len(strip) == _PARTS_OF_A_STRIP else ("", "")
        return cls(
            (start, end) if start is not None and end is not None else (0.0, 0.0),
            (path, size, mtime_ns)
            if isinstance(path, str) and isinstance(size, int) and isinstance(mtime_ns, int)
            else None,
            (str(scene), str(name)) if strip is not None else None,
        )


@dataclass(frozen=True)
class Binding:
    """The file, character and timeline that a take's motion belongs to. Stored with the take as plain JSON.

    No other module knows the names of that JSON.

    Attributes:
        session: the `opened_file`.
        blend_file: the file that was open; '' if it had not been saved.
        armature: name of the armature object; '' for a new G1 rig.
        armature_uid: the object's `session_uid`, which renaming does not change.
        strip: name of the strip; the action is named after it.
        by_strip: seconds of the motion to timeline frames, by the strip's own mapping.
        real_time: seconds of the motion to timeline frames, in real time from the strip's start.
        choices: the settings of `scene.aimocap`, by name, at that time.
        robot: name of the G1 rig for the robot's motion of a capture for both; '' for a new one.
        robot_uid: its object's `session_uid`.
        scene: name of the active scene, in which a new rig is created.
        scene_uid: its `session_uid`.
        together: id of the captures that began together, which share a new rig; '' for a single one.
        rendered_from: what the clip shows that is sent; None if a file is sent unchanged, and of a preview.
        source_sha256: of the video that is sent, in hexadecimal; '' if unknown.
        is_known: it was written by a known version of the add-on; else only texts and the last two fields are there.
    """

    session: str
    blend_file: str
    armature: str
    armature_uid: int
    strip: str
    by_strip: TimeMapping
    real_time: TimeMapping
    choices: Mapping[str, Choice]
    robot: str = ""
    robot_uid: int = 0
    scene: str = ""
    scene_uid: int = 0
    together: str = ""
    rendered_from: RenderedFrom | None = None
    source_sha256: str = ""
    is_known: bool = True

    def as_one_of(self, together: str) -> "Binding":
        """Return it as one of several for the same character or robot, whose motions don't push each other down.

        Args:
            together: their id; '' for that which it has.
        """
        # what people chose otherwise stays, since it pushes nothing down
        in_turn = {"previous_action": "IN_TURN"} if self.choices.get("previous_action") == "PUSH_DOWN" else {}
        return replace(self, together=together or self.together, choices={**self.choices, **in_turn})

    def mapping(self, timing: Timing, scene: bpy.types.Scene) -> TimeMapping:
        """Return seconds of the motion to timeline frames, for either timing; in another file, from the current frame.

        Args:
            timing: the wanted one.
            scene: the one with the frame rate.
        """
        # a strip of that name in another file is taken for a copy of it: the motion plays with the video
        if not (self.is_of_open_file or has_strip(self.strip)):
            return from_current_frame(scene)
        if timing == "STRIP":
            return self.by_strip
        # the scene may have got another frame rate since, and real time goes by seconds
        return replace(self.real_time, frames_per_second=scene_fps(scene))

    def to_json(self) -> dict[str, object]:
        """Return a plain JSON object. The choices are on its top level, where earlier versions look for them."""
        kept = cast("dict[str, object]", record_json.to_json(replace(self, choices={}, rendered_from=None)))
        del kept["choices"], kept["is_known"], kept[_RENDERED_FROM]
        if self.rendered_from is not None:
            kept[_RENDERED_FROM] = self.rendered_from.to_json()
        if not self.source_sha256:
            del kept[_DIGEST]
        # earlier versions had switches in place of the choice of contacts
        return {**self.choices, **as_switches("contacts", self.choices.get("contacts")), **kept}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "Binding":
        """Read the JSON of `to_json`, also an earlier version's with fewer choices.

        Raises:
            ValueError: a field is missing or of another type.
        """
        choices = read_choices(data)
        # other JSON is no binding, though each of its choices might be absent
        if not choices.keys() >= _FIRST_CHOICES:
            raise ValueError("this is no binding of a take")
        # what only captures have may be of any shape: a motion can be applied without it
        places: dict[str, object] = {**data, "choices": {}, "is_known": True, _RENDERED_FROM: None, _DIGEST: ""}
        return replace(record_json.from_json(cls, places), choices=choices, **_of_a_video(data))

    @classmethod
    def stored(cls, data: Mapping[str, object]) -> "Binding | None":
        """Read the JSON of `to_json`, whatever version wrote it, see `is_known`; None of a take without one."""
        if not data:
            return None
        try:
            return cls.from_json(data)
        except ValueError:
            # a later version's: what it was captured from is still told, and nothing is applied with it
            return cls(
                session=as_text(data.get("session")) or "",
                blend_file=as_text(data.get("blend_file")) or "",
                armature=as_text(data.get("armature")) or "",
                strip=as_text(data.get("strip")) or "",
                **_of_a_video(data),
                armature_uid=0,
                by_strip=_NO_TIME,
                real_time=_NO_TIME,
                choices={},
                is_known=False,
            )

    def shows_same_strip(self, other: "Binding") -> bool:
        """Return whether both are of the same range of one strip."""
        return self._is_of_same_file(other) and (self.strip, self.by_strip) == (other.strip, other.by_strip)

    def shows_same_clip(self, other: "Binding") -> bool:
        """Return whether clips of the same are rendered for both; without a file only within one .blend."""
        clip = self.rendered_from
        # without a video file it is a strip of the scene's own, and another .blend may have one of the same name
        if clip is None or clip != other.rendered_from:
            return False
        return clip.file is not None or self._is_of_same_file(other)

    @property
    def belongs_somewhere(self) -> bool:
        """Whether it began in a saved file, or for a character or robot."""
        return bool(self.blend_file or self.armature or self.robot)

    def is_here(self) -> bool:
        """Return whether the file that the take began in is open, with the armature."""
        # in this run of Blender, an armature that isn't found was deleted
        if self.session == opened_file():
            return not self.armature or self.bound_armature() is not None
        return self.is_of_open_file

    def bound_armature(self) -> bpy.types.Object | None:
        """Return the armature that the take was made for, also renamed; None if it isn't in the open file."""
        return self._armature(self.armature, self.armature_uid)

    def bound_robot(self) -> bpy.types.Object | None:
        """Return the G1 rig that was selected, or was created for a capture that began with this one; else None."""
        if found := self._armature(self.robot, self.robot_uid):
            return found
        rigs = filter(is_g1_rig, bpy.data.objects) if self.together else ()
        for rig in rigs:
            if rig.get(_TOGETHER) == self.together:
                return rig
        return None

    def bound_scene(self) -> bpy.types.Scene | None:
        """Return the scene that was active, None if it isn't in the open file."""
        return self._found(bpy.data.scenes, self.scene, self.scene_uid)

    def share(self, rig: bpy.types.Object) -> None:
        """Share the rig that was created for this capture with those that began with it."""
        # the first motion that arrives creates the rig, and its parts or neighbours go onto the same
        if self.together:
            rig[_TOGETHER] = self.together

    @property
    def is_of_open_file(self) -> bool:
        """Whether it began in the file that is open."""
        return self.session == opened_file() or (bool(self.blend_file) and bpy.data.filepath == self.blend_file)

    def _is_of_same_file(self, other: "Binding") -> bool:
        # a file that was never saved is known by its session alone
        is_in_session = bool(self.session) and self.session == other.session
        return is_in_session or (bool(self.blend_file) and self.blend_file == other.blend_file)

    def _armature(self, name: str, uid: int) -> bpy.types.Object | None:
        # names of objects are unique in a file, but a mesh may have the name that the character had
        armatures = (candidate for candidate in bpy.data.objects if candidate.type == "ARMATURE")
        found = self._found(armatures, name, uid)
        # after its scene was deleted it is still there until the file is saved
        return found if found is not None and found.users_scene else None

    def _found(self, things: Iterable[_Thing], name: str, uid: int) -> _Thing | None:
        if not name or not self.is_of_open_file:
            return None
        # names may have changed since, and in a file that was opened again each `session_uid` has
        if self.session == opened_file():
            for found in things:
                if found.session_uid == uid:
                    return found
            return None
        for found in things:
            if found.name == name and found.library is None:
                return found
        return None


def _of_a_video(data: Mapping[str, object]) -> dict[str, Any]:
    clip = RenderedFrom.from_json(data[_RENDERED_FROM]) if _RENDERED_FROM in data else None
    return {_RENDERED_FROM: clip, _DIGEST: as_text(data.get(_DIGEST)) or ""}


def bind(
    armature: bpy.types.Object | None,
    strip: str,
    by_strip: TimeMapping,
    real_time: TimeMapping,
    choices: Mapping[str, Choice],
    scene: bpy.types.Scene,
    robot: bpy.types.Object | None = None,
) -> Binding:
    """Bind a take to what is open and selected now."""
    return Binding(
        session=opened_file(),
        blend_file=bpy.data.filepath,
        armature=armature.name if armature else "",
        armature_uid=armature.session_uid if armature else 0,
        strip=strip,
        by_strip=by_strip,
        real_time=real_time,
        choices=choices,
        robot=robot.name if robot else "",
        robot_uid=robot.session_uid if robot else 0,
        scene=scene.name,
        scene_uid=scene.session_uid,
    )


def unbound(title: str, mapping: TimeMapping, choices: Mapping[str, Choice]) -> Binding:
    """Return a binding for a recovered capture, which belongs nowhere until it is applied by hand."""
    return Binding("", "", "", 0, title, mapping, mapping, choices)


def register() -> None:
    """Start noticing when another file is opened."""
    bpy.app.handlers.load_post.append(_another_file)


def unregister() -> None:
    """Stop noticing it."""
    bpy.app.handlers.load_post.remove(_another_file)


def choices_of(chosen: object) -> dict[str, Choice]:
    """Return the choices made in `scene.aimocap` or an operator, by name; those without a property are absent."""
    return options.choices_in(chosen, *MOTION_OPTIONS)


def read_choices(data: Mapping[str, object]) -> dict[str, Choice]:
    """Return the choices among stored values; those that an earlier version did not store are absent.

    Raises:
        ValueError: a choice has an invalid value.
    """
    return options.read_choices(data, *MOTION_OPTIONS)


def retarget_options(choices: Mapping[str, Choice]) -> RetargetOptions:
    """Return the choices for retargeting; absent ones have their default."""
    return options.made(RetargetOptions, choices)


def key_options(choices: Mapping[str, Choice]) -> KeyOptions:
    """Return the choices for keyframes; absent ones have their default."""
    return options.made(KeyOptions, choices)


def character_for(
    context: bpy.types.Context, kept: bpy.types.Object | None = None, *, by_bone_map: bool = True
) -> bpy.types.Object:
    """Return the kept or selected armature.

    Args:
        context: with the selection.
        kept: the character; None for the selected armature.
        by_bone_map: the motion is a human's, not one of its own skeleton.

    Raises:
        Fault: there is none, or it can't take the motion.
    """
    armature = kept or selected_armature(context)
    if armature is None:
        raise Fault("No character is selected.", "Select the armature for the motion.")
    # refused before anything is paid: the motion would fit none of its joints
    if is_g1_rig(armature):
        raise Fault(
            Text("“{armature}” is a robot, but the motion is for a character.", armature=armature.name),
            "Select a character, or capture with the target Unitree G1.",
        )
    if by_bone_map:
        require_character(armature)
    elif not cast("bpy.types.Armature", armature.data).bones:
        raise Fault(Text("“{name}” has no bones.", name=armature.name), "Select the armature for the motion.")
    return _editable(armature)


def robot_for(context: bpy.types.Context, kept: bpy.types.Object | None = None) -> bpy.types.Object | None:
    """Return the kept or selected robot; None if its rig is to be created later.

    Raises:
        Fault: it can't take the motion.
    """
    rig = robot_of(context, kept)
    return _editable(rig) if rig is not None else None


def robot_beside(character: bpy.types.Object | None) -> bpy.types.Object | None:
    """Return the selected robot that receives the robot's motion of a take for both; None if there is none.

    Raises:
        Fault: it can't take the motion.
    """
    selected = bpy.context.view_layer.objects.selected if bpy.context.view_layer else ()
    for thing in selected:
        if thing != character and takes_captures(thing):
            return _editable(thing)
    return None


def bind_to_source(
    scene: bpy.types.Scene,
    armature: bpy.types.Object | None,
    source: StripSource,
    choices: Mapping[str, Choice],
    robot: bpy.types.Object | None = None,
) -> Binding:
    """Bind a take to its receivers, and to where a strip or movie is on the timeline.

    Args:
        scene: the receivers'. Real time is in its frames: from 5.0 on, the sequencer's scene may be another one.
        armature: the character, or the only robot.
        source: the strip or movie.
        choices: of how the motion is applied.
        robot: for the robot's motion of a take for both.
    """
    real_time = replace(source.real_time, frames_per_second=scene_fps(scene))
    return bind(armature, source.name, source.mapping, real_time, choices, scene, robot)


def _editable(armature: bpy.types.Object) -> bpy.types.Object:
    require_editable(armature)
    return armature
