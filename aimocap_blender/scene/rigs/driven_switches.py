"""Switches of a rig between sets of controls, found by its drivers: which property has bones follow which control."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

import bpy

from ...motion.bones.humanoid import Switch
from ..armatures import drivers_of, pose_of

_COPIES = {"COPY_TRANSFORMS", "COPY_ROTATION"}
_PROPERTY = re.compile(r'pose\.bones\["([^"]+)"\]\.?\["([^"]+)"\]')
_OPPOSITE = re.compile(r"1(\.0)?-(\w+)")


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
