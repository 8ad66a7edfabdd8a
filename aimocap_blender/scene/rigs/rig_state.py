"""A rig's channels and switches set for a while, and put back to the last bit."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

import bpy
import numpy as np

from ...motion.bones.humanoid import Switch
from ..armatures import pose_of

CHANNELS = {
    "location": (0.0, 0.0, 0.0),
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "rotation_euler": (0.0, 0.0, 0.0),
    "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
    "scale": (1.0, 1.0, 1.0),
}
"""A pose bone's channels at rest."""


@contextmanager
def switched(obj: bpy.types.Object, switches: Iterable[Switch]) -> Generator[None]:
    """The switches that can be set at their values, and afterwards as they were."""
    before: list[tuple[bpy.types.PoseBone, str, float]] = []
    try:
        for switch in switches:
            if why_stuck(obj, switch) is None:
                bone = pose_of(obj).bones[switch.bone]
                before.append((bone, switch.prop, cast("float", bone[switch.prop])))
                turn_switch(bone, switch)
        obj.update_tag(refresh={"OBJECT", "DATA"})
        yield
    finally:
        for bone, name, value in before:
            bone[name] = value
        obj.update_tag(refresh={"OBJECT", "DATA"})


def turn_switch(bone: bpy.types.PoseBone, switch: Switch) -> None:
    """Set a switch's property, a number, in the type that the rig made it of."""
    whole = isinstance(bone[switch.prop], int)
    logical = isinstance(bone[switch.prop], bool)
    bone[switch.prop] = bool(switch.value) if logical else int(switch.value) if whole else switch.value


def why_stuck(obj: bpy.types.Object, switch: Switch) -> str | None:
    """Why a switch can't be set, and what to do about it, as half a sentence; None where it can be."""
    bone = pose_of(obj).bones.get(switch.bone)
    if bone is None or switch.prop not in bone:
        return "it is missing: generate the rig anew, or give the bone this custom property"
    if not isinstance(cast("object", bone[switch.prop]), bool | int | float):
        return "it is no single number: make the custom property a number"
    path = switch_path(bone, switch)
    drivers = obj.animation_data.drivers if obj.animation_data else ()
    if any(curve.data_path == path and not curve.mute for curve in drivers):
        return f"a driver sets it: remove the driver, or have it give {switch.value:g}"
    return None


def switch_path(bone: bpy.types.PoseBone, switch: Switch) -> str:
    """A switch's data path from the object."""
    return f'{bone.path_from_id()}["{bpy.utils.escape_identifier(switch.prop)}"]'


@contextmanager
def channels_kept(obj: bpy.types.Object) -> Generator[None]:
    """All bones' channels afterwards as they were, to the last bit."""
    bones = cast("Any", pose_of(obj).bones)  # its stub has arrays of unknown type
    kept = {name: np.empty(len(bones) * len(rest), np.float32) for name, rest in CHANNELS.items()}
    for name, values in kept.items():
        bones.foreach_get(name, values)
    try:
        yield
    finally:
        for name, values in kept.items():
            bones.foreach_set(name, values)
        obj.update_tag(refresh={"OBJECT", "DATA"})


@contextmanager
def unanimated(obj: bpy.types.Object) -> Generator[None]:
    """The object without its action and NLA, whose values would come back over those that are set; drivers go on."""
    data = obj.animation_data
    if data is None:
        yield
        return
    tweaking, with_nla = data.use_tweak_mode, data.use_nla
    if tweaking:  # the action can't be taken off meanwhile
        data.use_tweak_mode = False
    action, slot = data.action, getattr(data, "action_slot", None)
    data.use_nla = False
    data.action = None
    try:
        yield
    finally:
        data.action = action
        if slot is not None:
            data.action_slot = slot
        data.use_nla = with_nla
        if tweaking:
            data.use_tweak_mode = True


def bring_to_rest(obj: bpy.types.Object) -> None:
    """Set all bones' channels to nothing."""
    bones = cast("Any", pose_of(obj).bones)
    for name, rest in CHANNELS.items():
        bones.foreach_set(name, np.tile(np.array(rest, np.float32), len(bones)))
    obj.update_tag(refresh={"OBJECT", "DATA"})


@contextmanager
def shown_posed(obj: bpy.types.Object) -> Generator[None]:
    """The armature shown in its pose, also where it is set to its rest position."""
    data = cast("bpy.types.Armature", obj.data)
    position = data.pose_position
    if position == "REST":
        data.pose_position = "POSE"
    try:
        yield
    finally:
        if data.pose_position != position:
            data.pose_position = position
