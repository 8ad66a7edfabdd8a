"""Putting a motion onto part of a body only: the rest keeps the Action that the character has, with its contacts."""

from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

import bpy
import numpy as np

from ..motion.bones.humanoid import PARTS, Part, Switch, bones_of_parts
from ..motion.rotations import FloatArray, slerp
from ..motion.smoothing import smooth_step
from ..texts.faults import Fault
from ..texts.text import Text
from .action_contacts import remember, remembered
from .armatures import TRANSFORMS, action_of, bone_property, pose_of, skeleton_of
from .bone_maps import bone_map_of
from .keys.keyframes import (
    ON_A_KEY,
    curves_of,
    home_of_curves,
    new_curve,
    range_of,
    require_keys,
    restored_on_failure,
    values_of,
)
from .keys.pose_keys import CurveKeys, rotation_property, rotation_values_from, rotations_of_values
from .rigs.control_rigs import set_switch, switch_path, switches_now, switches_to

_OURS = "aimocap_"  # begins the custom properties that tell where the motion of an Action is from
_BLEND_SEC = 0.25
"""Seconds over which a motion is blended with keys that go on before its start or after its end."""

Curves = dict[tuple[str, int], bpy.types.FCurve]


class BodyPart:
    """The chosen parts of a character's body, and the Action that it has before a motion is put onto them.

    Attributes:
        slots: the slots of the parts.
        has_legs: whether legs are among them.
        bones: all bones that belong to them.
    """

    def __init__(self, obj: bpy.types.Object, parts: Collection[Part]) -> None:
        """Look at the character; nothing changes.

        Raises:
            Fault: its Action has no keys to keep.
        """
        require_keys(obj)
        skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
        self._obj, self._own = obj, OwnAction.of(obj)
        self.slots = set(chain.from_iterable(map(PARTS.__getitem__, parts)))
        self.has_legs = "legs" in parts
        self.bones = bones_of_parts(skeleton, bone_map, parts)
        # a switch is the whole arm's: with the fingers alone, the arm goes on as it does
        limbs = bones_of_parts(skeleton, bone_map, [part for part in parts if not part.endswith("_hand")])
        ours = {(switch.bone, switch.prop) for switch in switches_to(obj, limbs)}
        self._before = dict[str, Switch]()
        self._switches = set[str]()
        for switch in switches_now(obj, bone_map.switches):
            path = switch_path(pose_of(obj).bones[switch.bone], switch)
            self._before[path] = switch
            if (switch.bone, switch.prop) in ours:
                self._switches.add(path)

    @contextmanager
    def restored_on_failure(self) -> Generator[None]:
        """Restore the character's animation and switches if the block fails."""
        try:
            with restored_on_failure(self._obj):
                yield
        except BaseException:
            self._set_back(self._before)
            raise

    def keep_rest(self, moved: Iterable[str], fps: float) -> tuple[bpy.types.Action, tuple[str, ...]]:
        """Have the character play a copy of its Action with the parts' keys of the one that it plays now.

        Args:
            moved: the bones that this one moves.
            fps: timeline frames to a second of the motion.

        Returns:
            The Action, and those of the bones that belong to the parts.

        Raises:
            Fault: there are none.
        """
        bones = tuple(bone for bone in moved if bone in self.bones)
        if not bones:
            raise Fault(
                Text("The motion moves no bones of “{name}” in the chosen body parts.", name=self._obj.name),
                "Choose other body parts, or look at the bone map with Review Bones.",
            )
        new = cast("Any", action_of(self._obj))
        # read now: laying the new Action's keys over removes it
        told = {key: new[key] for key in _ours(new)}
        before = {path: self._before[path].value for path in self._switches}
        action = cast("Any", _lay_over(self._obj, self._own, abs(fps), self._is_chosen, before))
        # source and contacts belong to the motion of the legs: the new one's, or that of the rest
        if self._own is not None and self.has_legs:
            for key in _ours(action):
                del action[key]
            for key, value in told.items():
                action[key] = value
        elif self._own is not None and (applied := remembered(self._own.action)) is not None:
            remember(action, applied)
        self._set_back(self._before.keys() - self._switches)
        return action, bones

    def _set_back(self, paths: Iterable[str]) -> None:
        """Set switches as they were."""
        for path in paths:
            switch = self._before[path]
            set_switch(pose_of(self._obj).bones[switch.bone], switch)

    def _is_chosen(self, path: str) -> bool:
        of_bone = bone_property(path)
        if of_bone is not None:
            return of_bone[0] in self.bones
        return path in self._switches or (self.has_legs and not path.startswith("pose."))


def _ours(action: Any) -> list[str]:  # noqa: ANN401 -- its stub has no custom properties
    """Return the names of the custom properties that the add-on stores on an Action."""
    return [key for key in action.keys() if key.startswith(_OURS)]  # noqa: SIM118 -- it is no dictionary


@dataclass(frozen=True)
class OwnAction:
    """The Action that an object plays, and the handle of its slot; None before Blender 4.4."""

    action: bpy.types.Action
    slot: int | None

    @classmethod
    def of(cls, obj: bpy.types.Object) -> "OwnAction | None":
        """Return that of an object; None if it plays none with keys."""
        if not curves_of(obj):
            return None
        data = cast("Any", obj.animation_data)
        return cls(data.action, data.action_slot.handle if hasattr(data, "action_slot") else None)


def _lay_over(
    obj: bpy.types.Object,
    own: OwnAction | None,
    fps: float,
    is_chosen: Callable[[str], bool],
    before: Mapping[str, float],
) -> bpy.types.Action:
    """Have an object play a copy of an Action with the chosen channels of the one that it plays now, which is removed.

    Where the copy's keys go on before or after the chosen channels, transforms are blended.

    Args:
        own: the Action to copy; None for none: then the other channels are only removed.
        fps: frames per second.
        is_chosen: whether a data path is laid over.
        before: data path to the value that a property had before, of those that aren't transforms.
    """
    data = cast("Any", obj.animation_data)
    new = cast("bpy.types.Action", data.action)
    laid: Curves = {channel: curve for channel, curve in curves_of(obj).items() if is_chosen(channel[0])}
    if own is None:
        for channel, curve in curves_of(obj).items():
            if channel not in laid:
                home_of_curves(obj).fcurves.remove(curve)
        return new
    action, name = cast("bpy.types.Action", own.action.copy()), new.name
    # a copy is an asset that is always saved, if the Action that it is of is one
    action.use_fake_user = False
    action.asset_clear()
    data.action = action
    if own.slot is not None:
        # a copy's slots have the handles of the original's, and Blender may choose another one by name
        data.action_slot = next(slot for slot in action.slots if slot.handle == own.slot)
    _Laying(obj, laid, fps).lay(before)
    bpy.data.actions.remove(new)
    action.name = name
    return action


class _Laying:
    """The keys of curves on their way to those of an object's Action."""

    def __init__(self, obj: bpy.types.Object, laid: Curves, fps: float) -> None:
        self._obj, self._laid, self._own = obj, laid, curves_of(obj)
        self.first, self.last = range_of(laid.values())
        self.begins, self.ends = range_of(self._own.values())
        over = min(_BLEND_SEC * fps, (self.last - self.first) / 2.0)
        self._blends: list[FloatArray] = []  # whole frames, from the middle of the motion outwards
        self._over = over
        # frames: there is no time to blend
        if over < 1.0:
            return
        if self.begins < self.first - ON_A_KEY:
            self._blends.append(np.arange(np.floor(self.first + over), self.first - ON_A_KEY, -1.0))
        if self.ends > self.last + ON_A_KEY:
            self._blends.append(np.arange(np.ceil(self.last - over), self.last + ON_A_KEY))

    def lay(self, before: Mapping[str, float]) -> None:
        """Lay all curves over; see `_lay_over`."""
        paths: dict[str, list[tuple[str, int]]] = {}
        for channel in self._laid:
            paths.setdefault(channel[0], []).append(channel)
        for path, channels in paths.items():
            added = self._stepped(path, before) if path in before else self._blended(path, channels)
            for column, channel in enumerate(channels):
                self._write(channel, [(frames, values[:, column]) for frames, values in added])

    def _stepped(self, path: str, before: Mapping[str, float]) -> list[tuple[FloatArray, FloatArray]]:
        """Return the frames (1,) at which a switch leaves the motion or is before it, and its values (1, 1) there."""
        own = self._own.get((path, 0))
        frames: list[float] = []
        if self.begins < self.first - ON_A_KEY:
            frames.append(self.begins)
        if self.ends > self.last + ON_A_KEY:
            frames.append(np.floor(self.last) + 1.0)
        found: list[tuple[FloatArray, FloatArray]] = []
        for frame in frames:
            value = before[path] if own is None else own.evaluate(frame)
            found.append((np.array([frame]), np.array([[value]])))
        return found

    def _blended(self, path: str, channels: Sequence[tuple[str, int]]) -> list[tuple[FloatArray, FloatArray]]:
        """Return the frames (N,) of each blend, and values (N, C) of a property there."""
        # half a rotation can't be blended
        if not self._own.keys() >= {*channels}:
            return []
        found: list[tuple[FloatArray, FloatArray]] = []
        mode = self._whole_rotation(path, len(channels))
        for frames in self._blends:
            own, new = _values(self._own, channels, frames), _values(self._laid, channels, frames)
            # from 0 at an end of the motion to 1 in its middle
            from_end = np.minimum(frames - self.first, self.last - frames) / self._over
            share = smooth_step(np.clip(from_end, 0.0, 1.0))
            if mode:
                turned = slerp(rotations_of_values(mode, own), rotations_of_values(mode, new), share)
                found.append((frames, rotation_values_from(mode, turned, new[0])))
            else:
                found.append((frames, own + (new - own) * share[:, None]))
        return found

    def _whole_rotation(self, path: str, count: int) -> str:
        """Return the rotation mode that a property with this many channels has a whole rotation in; else ''."""
        bone, name = bone_property(path) or ("", "")
        mode = pose_of(self._obj).bones[bone].rotation_mode if bone else ""
        return mode if name == rotation_property(mode) and count == len(TRANSFORMS[name]) else ""

    def _write(self, channel: tuple[str, int], added: Sequence[tuple[FloatArray, FloatArray]]) -> None:
        """Give the object's curve the laid keys, some that are added, and around them its own."""
        laid, own = self._laid[channel], self._own.get(channel)
        keys = CurveKeys.of(laid.keyframe_points)
        kind = int(keys.columns["interpolation"][0])
        for frames, values in added:
            new = keys.alike(frames, values, kind)
            keys = keys.outside(float(frames.min()), float(frames.max())).joined(new)
        if own is None:
            own = new_curve(home_of_curves(self._obj), *channel, laid.group.name if laid.group is not None else "")
        else:
            # the motion's keys and its blends replace what the Action had in their frames, and nothing else
            kept = CurveKeys.of(own.keyframe_points).outside(self.first, self.last)
            for frames, _ in added:
                kept = kept.outside(float(frames.min()), float(frames.max()))
            keys = keys.joined(kept.freed())
        keys.write(cast("Any", own.keyframe_points))
        own.update()


def _values(curves: Curves, channels: Sequence[tuple[str, int]], frames: FloatArray) -> FloatArray:
    """Return (N, C) the values of some curves at frames (N,)."""
    found = np.empty((len(frames), len(channels)))
    for column, channel in enumerate(channels):
        found[:, column] = values_of(curves[channel], frames)
    return found
