"""Bones of the other side, by their names."""

from collections.abc import Iterable
from dataclasses import replace

import bpy

from ..motion.bones.bone_names import BoneName, read_names
from ..motion.bones.humanoid import SIDES


def counterparts(names: Iterable[str]) -> dict[str, str]:
    """Return bone to the one on the other side, by Blender's flipped name or by its words, where there is one."""
    read = dict(zip(names := list(names), read_names(names), strict=True))
    alike: dict[BoneName, list[str]] = {}
    for name, meant in read.items():
        alike.setdefault(meant, []).append(name)
    found: dict[str, str] = {}
    for name, meant in read.items():
        # Blender flips no names such as `mixamorig:LeftHand`: of these, only their words tell the side
        flipped = bpy.utils.flip_name(name)
        if flipped != name and flipped in read:
            found[name] = flipped
        elif meant.side is not None:
            others = alike.get(replace(meant, side=SIDES[1 - SIDES.index(meant.side)]), [])
            if len(others) == 1:
                found[name] = others[0]
    return found
