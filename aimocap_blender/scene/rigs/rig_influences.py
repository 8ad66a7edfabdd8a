"""Constraints and drivers that move a rig's bones besides their own channels."""

from collections.abc import Iterable, Iterator

import bpy

from ..armatures import TRANSFORMS, drivers_of, pose_of


def has_influences(obj: bpy.types.Object, names: Iterable[str]) -> bool:
    """Return whether constraints or drivers may move or hold any of the bones or a bone above them."""
    bones = pose_of(obj).bones
    with_above: set[str] = set()
    for name in names:
        with_above.add(name)
        with_above.update(parent.name for parent in bones[name].parent_recursive)
    return bool(with_above & (constrained(obj) | driven(obj)))


def constrained(obj: bpy.types.Object) -> set[str]:
    """Return bones that constraints move, or could move through a driver, including those in IK chains."""
    return {bone.name for bone, _ in _acting(obj)} | bones_in_chains(obj)


def bones_in_chains(obj: bpy.types.Object) -> set[str]:
    """Return bones that inverse kinematics or splines move, or could move through a driver."""
    found: set[str] = set()
    for bone, constraint in _acting(obj):
        if isinstance(constraint, (bpy.types.KinematicConstraint, bpy.types.SplineIKConstraint)):
            with_own = not isinstance(constraint, bpy.types.KinematicConstraint) or constraint.use_tail
            chain = [bone, *bone.parent_recursive] if with_own else bone.parent_recursive
            # a count of 0 stands for all bones up to the root
            found.update(link.name for link in chain[: constraint.chain_count or None])
    return found


def _acting(obj: bpy.types.Object) -> Iterator[tuple[bpy.types.PoseBone, bpy.types.Constraint]]:
    """Yield constraints that have an effect, or could get one through a driver, each with its bone."""
    # a driver may unmute or strengthen these
    woken = {path.rpartition(".")[0] for path in _driven_paths(obj)}
    for bone in pose_of(obj).bones:
        for constraint in bone.constraints:
            idle = constraint.mute or constraint.influence <= 0.0
            if not idle or constraint.path_from_id() in woken:
                yield bone, constraint


def driven(obj: bpy.types.Object) -> set[str]:
    """Return bones with a driver on one of their channels."""
    paths = _driven_paths(obj)
    found: set[str] = set()
    for bone in pose_of(obj).bones if paths else ():
        channels = {f"{bone.path_from_id()}.{name}" for name in TRANSFORMS}
        if channels & paths:
            found.add(bone.name)
    return found


def _driven_paths(obj: bpy.types.Object) -> set[str]:
    return {curve.data_path for curve in drivers_of(obj)}


def carriers_above(obj: bpy.types.Object, hips: str) -> list[str]:
    """Return bones that may carry the hips: their ancestors, and the targets of these bones' constraints."""
    bones = pose_of(obj).bones
    found: dict[str, None] = {}
    todo = [bones[hips]]
    while todo:
        bone = todo.pop()
        others = list(bone.parent_recursive)
        for constraint in bone.constraints:
            others += [bones[name] for name in _targets(obj, constraint) if name in bones]
        for other in others:
            if other.name not in found and other.name != hips:
                found[other.name] = None
                todo.append(other)
    return list(found)


def _targets(obj: bpy.types.Object, constraint: bpy.types.Constraint) -> Iterator[str]:
    """Yield the names of the armature's own bones that a constraint follows."""
    several = constraint.targets if isinstance(constraint, bpy.types.ArmatureConstraint) else (constraint,)
    for one in several:
        if getattr(one, "target", None) == obj:
            yield str(getattr(one, "subtarget", ""))
