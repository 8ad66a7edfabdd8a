"""A capture's binding when it begins: its character, its file, its position on the timeline."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import bpy
from bpy.app.handlers import persistent

from ..jobs.runner import CaptureView
from ..motion.retargeting.retarget_options import Timing
from ..motion.time_mapping import TimeMapping
from ..options import Choice
from ..scene.g1.rig import is_g1_rig
from ..scene.video.strips import from_current_frame, has_strip, scene_fps
from ..texts.faults import Fault
from ..texts.text import Text
from ..while_enabled import lasting
from .choices import read_choices

_FIRST_CHOICES = {"root_motion", "timing", "lock_feet"}
"""Choices that every version has stored."""
_TOGETHER = "aimocap_together"
"""Custom property of a rig that was created for a capture: `Binding.together`."""


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
class Binding:
    """The file, character and timeline that a capture's motion belongs to. Stored with the capture as plain JSON.

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

    def mapping(self, timing: Timing, scene: bpy.types.Scene) -> TimeMapping:
        """Return seconds of the motion to timeline frames, for either timing; in another file, from the current frame.

        Args:
            timing: the wanted one.
            scene: the one with the frame rate.
        """
        if not (self._is_open() or has_strip(self.strip)):
            return from_current_frame(scene)
        if timing == "STRIP":
            return self.by_strip
        return replace(self.real_time, frames_per_second=scene_fps(scene))

    def to_json(self) -> dict[str, object]:
        """Return a plain JSON object. The choices are on its top level, where earlier versions look for them."""
        return {
            **self.choices,
            "session": self.session,
            "blend_file": self.blend_file,
            "armature": self.armature,
            "armature_uid": self.armature_uid,
            "strip": self.strip,
            "by_strip": self.by_strip.to_json(),
            "real_time": self.real_time.to_json(),
            "robot": self.robot,
            "robot_uid": self.robot_uid,
            "scene": self.scene,
            "scene_uid": self.scene_uid,
            "together": self.together,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "Binding":
        """Read the JSON of `to_json`, also an earlier version's with fewer choices.

        Raises:
            ValueError: a field is missing or of another type.
        """
        texts = {name: data.get(name) for name in ("session", "blend_file", "armature", "strip")}
        texts |= {name: data.get(name, "") for name in ("robot", "scene", "together")}  # unknown to the first version
        uid, robot_uid, scene_uid = data.get("armature_uid"), data.get("robot_uid", 0), data.get("scene_uid", 0)
        by_strip, real_time = data.get("by_strip"), data.get("real_time")
        choices = read_choices(data)
        if (
            not all(isinstance(text, str) for text in texts.values())
            or not isinstance(uid, int)
            or not isinstance(robot_uid, int)
            or not isinstance(scene_uid, int)
            or not isinstance(by_strip, Mapping)
            or not isinstance(real_time, Mapping)
            or not choices.keys() >= _FIRST_CHOICES
        ):
            raise ValueError("this is no binding of a capture")
        return cls(
            **{name: str(text) for name, text in texts.items()},
            armature_uid=uid,
            robot_uid=robot_uid,
            scene_uid=scene_uid,
            by_strip=TimeMapping.from_json(by_strip),  # pyright: ignore[reportUnknownArgumentType] -- it checks
            real_time=TimeMapping.from_json(real_time),  # pyright: ignore[reportUnknownArgumentType] -- it checks
            choices=choices,
        )

    def is_here(self) -> bool:
        """Return whether the file that the capture began in is open, with the armature."""
        if self.session == opened_file():
            return not self.armature or self.bound_armature() is not None
        return self._is_open()

    def bound_armature(self) -> bpy.types.Object | None:
        """Return the armature that the capture was made for, also renamed; None if it isn't in the open file."""
        return self._found(_armatures(), self.armature, self.armature_uid)

    def bound_robot(self) -> bpy.types.Object | None:
        """Return the G1 rig that was selected, or was created for a capture that began with this one; else None."""
        if found := self._found(_armatures(), self.robot, self.robot_uid):
            return found
        rigs = filter(is_g1_rig, bpy.data.objects) if self.together else ()
        return next((rig for rig in rigs if rig.get(_TOGETHER) == self.together), None)

    def bound_scene(self) -> bpy.types.Scene | None:
        """Return the scene that was active, None if it isn't in the open file."""
        return self._found(bpy.data.scenes, self.scene, self.scene_uid)

    def share(self, rig: bpy.types.Object) -> None:
        """Share the rig that was created for this capture with those that began with it."""
        if self.together:
            rig[_TOGETHER] = self.together

    def _is_open(self) -> bool:
        return self.session == opened_file() or (bool(self.blend_file) and bpy.data.filepath == self.blend_file)

    def _found(self, things: Iterable[_Thing], name: str, uid: int) -> _Thing | None:
        if not name or not self._is_open():
            return None
        if self.session == opened_file():
            return next((found for found in things if found.session_uid == uid), None)
        return next((found for found in things if found.name == name and found.library is None), None)


def _armatures() -> Iterable[bpy.types.Object]:
    return (candidate for candidate in bpy.data.objects if candidate.type == "ARMATURE")


def bind(
    armature: bpy.types.Object | None,
    strip: str,
    by_strip: TimeMapping,
    real_time: TimeMapping,
    choices: Mapping[str, Choice],
    scene: bpy.types.Scene,
    robot: bpy.types.Object | None = None,
) -> Binding:
    """Bind a capture to what is open and selected now."""
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


def binding_of(view: CaptureView) -> Binding | None:
    """Return a capture's binding; None if it was recovered from a job id.

    Raises:
        Fault: it was written by an unknown version of the add-on.
    """
    try:
        return Binding.from_json(view.binding) if view.binding else None
    except ValueError:
        raise Fault(
            "This capture was made by another version of the add-on.",
            Text("Import the motion from its folder: {folder}.", folder=view.folder),
        ) from None


def unbound(title: str, mapping: TimeMapping, choices: Mapping[str, Choice]) -> Binding:
    """Return a binding for a recovered capture, which belongs nowhere until it is applied by hand."""
    return Binding("", "", "", 0, title, mapping, mapping, choices)


def register() -> None:
    """Start noticing when another file is opened."""
    bpy.app.handlers.load_post.append(_another_file)


def unregister() -> None:
    """Stop noticing it."""
    bpy.app.handlers.load_post.remove(_another_file)
