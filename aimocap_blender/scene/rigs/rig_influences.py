"""What on a rig moves its bones besides their own channels: constraints and drivers."""

from collections.abc import Iterable, Iterator

import bpy

from ..armatures import pose_of
from .rig_state import CHANNELS


def acts_on_its_own(obj: bpy.types.Object, names: Iterable[str]) -> bool:
    """Whether constraints or drivers may move any of the bones, or a bone above them, or may keep them from moving."""
    bones = pose_of(obj).bones
    wanted = [bones[name] for name in names]
    above = {bone.name for one in wanted for bone in (one, *one.parent_recursive)}
    return bool(above & (constrained(obj) | driven(obj)))


def constrained(obj: bpy.types.Object) -> set[str]:
    """Bones that constraints act on, or may act on by a driver, those along IK chains included."""
    return {bone.name for bone, _ in _acting(obj)} | in_chains(obj)


def in_chains(obj: bpy.types.Object) -> set[str]:
    """Bones that inverse kinematics or splines move, or may move by a driver."""
    found: set[str] = set()
    for bone, constraint in _acting(obj):
        if isinstance(constraint, (bpy.types.KinematicConstraint, bpy.types.SplineIKConstraint)):
            with_own = not isinstance(constraint, bpy.types.KinematicConstraint) or constraint.use_tail
            chain = [*([bone] if with_own else []), *bone.parent_recursive]
            found.update(link.name for link in chain[: constraint.chain_count or None])
    return found


def _acting(obj: bpy.types.Object) -> Iterator[tuple[bpy.types.PoseBone, bpy.types.Constraint]]:
    woken = {path.rpartition(".")[0] for path in _driven_paths(obj)}  # what a driver may unmute or bring in
    for bone in pose_of(obj).bones:
        for constraint in bone.constraints:
            idle = constraint.mute or constraint.influence <= 0.0
            if not idle or constraint.path_from_id() in woken:
                yield bone, constraint


def driven(obj: bpy.types.Object) -> set[str]:
    """Bones with a driver on a channel of theirs."""
    paths = _driven_paths(obj)
    return {
        bone.name
        for bone in pose_of(obj).bones
        if paths and any(f"{bone.path_from_id()}.{name}" in paths for name in CHANNELS)
    }


def _driven_paths(obj: bpy.types.Object) -> set[str]:
    return {curve.data_path for curve in obj.animation_data.drivers} if obj.animation_data else set()


def carriers_above(obj: bpy.types.Object, hips: str) -> list[str]:
    """Bones that may carry the hips along: those above them, and what constraints hang these on."""
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
