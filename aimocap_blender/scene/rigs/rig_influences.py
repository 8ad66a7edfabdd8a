"""Constraints and drivers that move a rig's bones besides their own channels."""

from collections.abc import Iterable, Iterator

import bpy

from ..armatures import pose_of
from .rig_state import CHANNELS


def has_influences(obj: bpy.types.Object, names: Iterable[str]) -> bool:
    """Return whether constraints or drivers may move or hold any of the bones or a bone above them."""
    bones = pose_of(obj).bones
    wanted = [bones[name] for name in names]
    above = {bone.name for one in wanted for bone in (one, *one.parent_recursive)}
    return bool(above & (constrained(obj) | driven(obj)))


def constrained(obj: bpy.types.Object) -> set[str]:
    """Return bones that constraints move, or could move through a driver, including those in IK chains."""
    return {bone.name for bone, _ in _acting(obj)} | bones_in_chains(obj)


def bones_in_chains(obj: bpy.types.Object) -> set[str]:
    """Return bones that inverse kinematics or splines move, or could move through a driver."""
    found: set[str] = set()
    for bone, constraint in _acting(obj):
        if isinstance(constraint, (bpy.types.KinematicConstraint, bpy.types.SplineIKConstraint)):
            with_own = not isinstance(constraint, bpy.types.KinematicConstraint) or constraint.use_tail
            chain = [*([bone] if with_own else []), *bone.parent_recursive]
            found.update(link.name for link in chain[: constraint.chain_count or None])
    return found


def _acting(obj: bpy.types.Object) -> Iterator[tuple[bpy.types.PoseBone, bpy.types.Constraint]]:
    woken = {path.rpartition(".")[0] for path in _driven_paths(obj)}  # a driver may unmute or strengthen these
    for bone in pose_of(obj).bones:
        for constraint in bone.constraints:
            idle = constraint.mute or constraint.influence <= 0.0
            if not idle or constraint.path_from_id() in woken:
                yield bone, constraint


def driven(obj: bpy.types.Object) -> set[str]:
    """Return bones with a driver on one of their channels."""
    paths = _driven_paths(obj)
    return {
        bone.name
        for bone in pose_of(obj).bones
        if paths and any(f"{bone.path_from_id()}.{name}" in paths for name in CHANNELS)
    }


def _driven_paths(obj: bpy.types.Object) -> set[str]:
    return {curve.data_path for curve in obj.animation_data.drivers} if obj.animation_data else set()


def carriers_above(obj: bpy.types.Object, hips: str) -> list[str]:
    """Return bones that may carry the hips: their ancestors, and the targets of these bones' constraints."""
    bones = pose_of(obj).bones
    found: dict[str, None] = {}
    todo = [bones[hips]]
    while todo:
        bone = todo.pop()
        targets = [name for constraint in bone.constraints for name in _targets(obj, constraint) if name in bones]
        for other in (*bone.parent_recursive, *(bones[name] for name in targets)):
            if other.name not in found and other.name != hips:
                found[other.name] = None
                todo.append(other)
    return list(found)


def _targets(obj: bpy.types.Object, constraint: bpy.types.Constraint) -> Iterator[str]:
    several = constraint.targets if isinstance(constraint, bpy.types.ArmatureConstraint) else (constraint,)
    for one in several:
        if getattr(one, "target", None) == obj:
            yield str(getattr(one, "subtarget", ""))
