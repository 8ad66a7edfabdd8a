"""Setting a rig's channels and switches temporarily, and restoring them exactly."""

import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import bpy
import numpy as np

from ...motion.bones.humanoid import Switch
from ...texts.text import Sentence, Text
from ..armatures import TRANSFORMS, drivers_of, pose_of

_COPIES = {"COPY_TRANSFORMS", "COPY_ROTATION"}
_PROPERTY = re.compile(r'pose\.bones\["([^"]+)"\]\.?\["([^"]+)"\]')
_OPPOSITE = re.compile(r"1(\.0)?-(\w+)")


@contextmanager
def switched(obj: bpy.types.Object, switches: Iterable[Switch]) -> Generator[None]:
    """Set the switches that can be set for the block, then restore them."""
    before = switches_now(obj, switches)
    try:
        for switch in switches:
            if switch_problem(obj, switch) is None:
                set_switch(pose_of(obj).bones[switch.bone], switch)
        obj.update_tag(refresh={"OBJECT", "DATA"})
        yield
    finally:
        for switch in before:
            set_switch(pose_of(obj).bones[switch.bone], switch)
        obj.update_tag(refresh={"OBJECT", "DATA"})


def switches_now(obj: bpy.types.Object, switches: Iterable[Switch]) -> list[Switch]:
    """Return the switches that can be set, with the values that they have."""
    found: list[Switch] = []
    for switch in switches:
        if switch_problem(obj, switch) is None:
            value = cast("float", pose_of(obj).bones[switch.bone][switch.prop])
            found.append(replace(switch, value=float(value)))
    return found


def set_switch(bone: bpy.types.PoseBone, switch: Switch) -> None:
    """Set a switch's property, a number, keeping the type that the rig gave it."""
    # a bool is an int in Python, too
    whole = isinstance(bone[switch.prop], int)
    logical = isinstance(bone[switch.prop], bool)
    bone[switch.prop] = bool(switch.value) if logical else int(switch.value) if whole else switch.value


def switch_problem(obj: bpy.types.Object, switch: Switch) -> Sentence | None:
    """Return why a switch can't be set and what to do, as half a sentence; None if it can."""
    bone = pose_of(obj).bones.get(switch.bone)
    if bone is None or switch.prop not in bone:
        return "it is missing: generate the rig again, or add this custom property to the bone"
    if not isinstance(cast("object", bone[switch.prop]), bool | int | float):
        return "it is not a single number: change the custom property to a number"
    path = switch_path(bone, switch)
    if any(curve.data_path == path and not curve.mute for curve in drivers_of(obj)):
        return Text("a driver sets it: remove the driver, or make it give {value:g}", value=switch.value)
    return None


def switch_path(bone: bpy.types.PoseBone, switch: Switch) -> str:
    """Return a switch's data path from the object."""
    return f'{bone.path_from_id()}["{bpy.utils.escape_identifier(switch.prop)}"]'


@contextmanager
def channels_preserved(obj: bpy.types.Object) -> Generator[None]:
    """Restore all bones' channels exactly after the block."""
    # its stub has arrays of unknown type
    bones = cast("Any", pose_of(obj).bones)
    # in single precision, as Blender has them: what is put back is the same to the bit
    kept = {name: np.empty(len(bones) * len(rest), np.float32) for name, rest in TRANSFORMS.items()}
    for name, values in kept.items():
        bones.foreach_get(name, values)
    try:
        yield
    finally:
        for name, values in kept.items():
            bones.foreach_set(name, values)
        obj.update_tag(refresh={"OBJECT", "DATA"})


@contextmanager
def without_animation(obj: bpy.types.Object) -> Generator[None]:
    """Disable the object's Action and NLA, which would overwrite values set in the block; drivers stay."""
    data = obj.animation_data
    if data is None:
        yield
        return
    tweaking, with_nla = data.use_tweak_mode, data.use_nla
    # in tweak mode the Action can't be removed
    if tweaking:
        data.use_tweak_mode = False
    action, slot = data.action, getattr(data, "action_slot", None)
    # tracks would pose the bones again at the next evaluation
    data.use_nla = False
    data.action = None
    try:
        yield
    finally:
        data.action = action
        # Blender picks a slot by the object's name, else none: then nothing would move
        if slot is not None:
            data.action_slot = slot
        data.use_nla = with_nla
        if tweaking:
            data.use_tweak_mode = True


def clear_pose(obj: bpy.types.Object) -> None:
    """Set all bones' channels to rest."""
    bones = cast("Any", pose_of(obj).bones)
    for name, rest in TRANSFORMS.items():
        bones.foreach_set(name, np.tile(np.array(rest, np.float32), len(bones)))
    obj.update_tag(refresh={"OBJECT", "DATA"})


@contextmanager
def in_pose_position(obj: bpy.types.Object) -> Generator[None]:
    """Show the armature in Pose Position for the block."""
    data = cast("bpy.types.Armature", obj.data)
    position = data.pose_position
    if position == "REST":
        data.pose_position = "POSE"
    try:
        yield
    finally:
        if data.pose_position != position:
            data.pose_position = position


def switches_to(obj: bpy.types.Object, controls: Collection[str]) -> tuple[Switch, ...]:
    """Return the switches that have a rig's bones follow these controls, and no others that they copy, too.

    Only properties that alone drive the influence of such a constraint count.
    """
    drivers = {curve.data_path: curve for curve in drivers_of(obj)}
    found: dict[tuple[str, str], Switch] = {}
    for bone in pose_of(obj).bones if drivers else ():
        copies = [each for each in bone.constraints if each.type in _COPIES and not each.mute]
        ours = [number for number, each in enumerate(copies) if cast("Any", each).subtarget in controls]
        for number, each in enumerate(copies[ours[0] :] if ours else ()):
            influence = 1.0 if number + ours[0] in ours else 0.0
            path = f'{bone.path_from_id()}.constraints["{bpy.utils.escape_identifier(each.name)}"].influence'
            for switch in _switches_of(obj, drivers, path, influence):
                found.setdefault((switch.bone, switch.prop), switch)
    return tuple(found.values())


def _switches_of(
    obj: bpy.types.Object, drivers: Mapping[str, bpy.types.FCurve], path: str, influence: float
) -> Iterator[Switch]:
    """Yield the switch that gives a constraint this influence, if one property alone drives it."""
    curve = drivers.get(path)
    driver = curve.driver if curve is not None else None
    if curve is None or driver is None or len(driver.variables) != 1:
        return
    variable = driver.variables[0]
    target = variable.targets[0]
    named = _PROPERTY.fullmatch(target.data_path)
    if variable.type != "SINGLE_PROP" or target.id != obj or named is None:
        return
    opposite = _OPPOSITE.fullmatch(driver.expression.replace(" ", ""))
    if driver.type == "SCRIPTED" and driver.expression.strip() != variable.name:
        if opposite is None or opposite[2] != variable.name:
            return
        influence = 1.0 - influence
    for modifier in curve.modifiers:
        offset, factor = (*getattr(modifier, "coefficients", (0.0, 0.0)), 0.0)[:2]
        if modifier.type != "GENERATOR" or not factor:
            return
        influence = (influence - offset) / factor
    yield Switch(named[1], named[2], influence)
