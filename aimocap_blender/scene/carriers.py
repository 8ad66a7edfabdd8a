"""The carriers of a figure, which take it over the ground: the armature object, or its topmost moving bones."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import bpy
import numpy as np

from ..motion.rotations import FloatArray, conjugate, from_matrix, multiply, normalise, to_matrix
from .armatures import pose_of, world_of
from .keys.rotation_channels import rotation_property

_VARIES = 1e-4  # of a channel's own unit: one that changes less stays


@dataclass(frozen=True, eq=False)
class Carrier:
    """The topmost moving part of a figure, or one of several: how its channels become a place in the world.

    Attributes:
        prefix: of its data paths.
        mode: rotation mode.
        turned: (4,) rotation of the space of its rotation.
        axes: (3, 3) from its location to metres in the world.
        origin: (3,) where it is without location.
        located: it has a location.
        turns: it also turns; what only travels stays as it is turned, and its first children that turn are carriers.
        inside: it is one of those: its place counts from what carries it.
    """

    prefix: str
    mode: str
    turned: FloatArray
    axes: FloatArray
    origin: FloatArray
    located: bool
    turns: bool
    inside: bool

    @property
    def rotation(self) -> str:
        """Data path of its rotation."""
        return f"{self.prefix}{rotation_property(self.mode)}"


def carriers_of(obj: bpy.types.Object, values: Mapping[str, FloatArray]) -> list[Carrier]:
    """Return the object if it moves, else the topmost bones that do; below those that only travel, further ones."""

    def varies(path: str) -> bool:
        return path in values and float(np.ptp(values[path], axis=0).max()) > _VARIES

    def below(bones: Iterable[bpy.types.PoseBone], place: FloatArray | None) -> Iterator[Carrier]:
        for bone in bones:
            prefix = f"{bone.path_from_id()}."
            turns = varies(f"{prefix}{rotation_property(bone.rotation_mode)}")
            travels = varies(f"{prefix}location")
            inner = place
            if turns or travels:
                carrier, head = _bone_carrier(obj, bone.name, place, turns=turns)
                yield carrier
                inner = head
            if not turns:
                yield from below(bone.children, inner)

    turns, travels = varies(rotation_property(obj.rotation_mode)), varies("location")
    roots = [bone for bone in pose_of(obj).bones if bone.parent is None]
    if turns or travels:
        carrier = _object_carrier(obj, turns=turns)
        return [carrier] if turns else [carrier, *below(roots, world_of(obj)[:3, 3])]
    return list(below(roots, None))


def _object_carrier(obj: bpy.types.Object, *, turns: bool) -> Carrier:
    parent = np.eye(4)
    if obj.parent is not None:
        parent = world_of(obj.parent) @ np.array(cast("Any", obj.matrix_parent_inverse))
    axes, mode = parent[:3, :3], obj.rotation_mode
    return Carrier("", mode, _turn(axes), axes, parent[:3, 3], True, turns, inside=False)


def _bone_carrier(
    obj: bpy.types.Object, name: str, place: FloatArray | None, *, turns: bool
) -> tuple[Carrier, FloatArray]:
    """Return a bone as carrier, and its head (3,) now.

    Args:
        obj: the armature object.
        name: of the bone.
        place: (3,) where the carrier above it is now; None without one.
        turns: it turns, too.
    """
    shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    bone = pose_of(shown if shown.is_evaluated else obj).bones[name]
    world = world_of(obj)
    posed = np.array(cast("Any", bone.matrix), dtype=np.float64)
    basis = np.array(cast("Any", bone.matrix_basis), dtype=np.float64)
    # the bone as it is shown, without its own channels
    turned = multiply(_turn(world[:3, :3] @ posed[:3, :3]), conjugate(_turn(basis[:3, :3])))
    armature_from_parent, armature_from_parent_rest = np.eye(3), np.eye(3)
    if bone.parent is not None:
        armature_from_parent = to_matrix(_turn(np.array(cast("Any", bone.parent.matrix), dtype=np.float64)[:3, :3]))
        armature_from_parent_rest = np.array(cast("Any", bone.parent.bone.matrix_local), dtype=np.float64)[:3, :3]
    # location channels run along the bone's own rest axes, or along its parent's
    armature_from_rest = np.array(cast("Any", bone.bone.matrix_local), dtype=np.float64)[:3, :3]
    along = armature_from_parent_rest.T @ armature_from_rest if bone.bone.use_local_location else np.eye(3)
    axes = world[:3, :3] @ armature_from_parent @ along
    head = world[:3, :3] @ posed[:3, 3] + world[:3, 3]
    located = not (bone.parent is not None and bone.bone.use_connect)
    origin = head - axes @ basis[:3, 3] if located else head
    if place is not None:
        origin = origin - place
    prefix, mode = f"{bone.path_from_id()}.", bone.rotation_mode
    return Carrier(prefix, mode, turned, axes, origin, located, turns, inside=place is not None), head


def _turn(axes: FloatArray) -> FloatArray:
    """Return the rotation (4,) of axes (3, 3) of any length."""
    return from_matrix(normalise(axes.T).T)
