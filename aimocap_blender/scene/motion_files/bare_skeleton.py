"""A temporary armature with an armature's poses and nothing else, for formats that know no objects: BVH.

It has the wanted bones only, Y up as such files have it, one root, and no constraints, scale or object transform.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import bpy
import numpy as np
from mathutils import Matrix

from ...motion.control_rig import without_scale
from ...motion.rotations import FloatArray, IntArray, conjugate, continuous, from_matrix, multiply, rotate
from ...motion.skeleton import Skeleton, by_depth
from ..context_override import overridden
from ..isolated_evaluation import isolated
from ..keys.keyframes import Channel, property_channels, write_action
from ..rigs.rig_state import in_pose_position

_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
_SAME = 0.005  # of the skeleton's size: largest distance at rest between a control and its deforming bone
_SAME_DIRECTION = 0.9
_STILL = 2e-5  # metres by which a joint may move in its parent's axes and still count as fixed
_SHORTEST = 1e-4  # metres; Blender removes bones without a length


@dataclass(frozen=True, eq=False)
class BareSkeleton:
    """The temporary armature.

    Attributes:
        obj: the object.
        fixed: all joints but the root keep their distance from their parents.
    """

    obj: bpy.types.Object
    fixed: bool


@contextmanager
def bare_skeleton(
    scene: bpy.types.Scene, obj: bpy.types.Object, skeleton: Skeleton, names: Sequence[str], frames: range
) -> Generator[BareSkeleton]:
    """Provide the temporary armature in the scene, keyed on whole frames; it is removed after the block.

    Args:
        scene: the scene to put it into.
        obj: the armature object with the motion.
        skeleton: all its bones at rest.
        names: the wanted bones.
        frames: timeline frames.
    """
    bones = skeleton.indices_of(names)
    parents = _parents(skeleton, bones)
    order = by_depth(parents)
    # the last entry is that of -1, which stays -1
    new_index = np.append(np.argsort(order), -1)
    bones, parents = [bones[one] for one in order], new_index[np.array(parents)[order]]
    rotations, heads, linear = _poses(obj, [skeleton.names[bone] for bone in bones], frames)
    armature = bpy.data.armatures.new(obj.name)
    bare = bpy.data.objects.new(obj.name, armature)
    action: bpy.types.Action | None = None
    try:
        rest = np.einsum("ij,bjk->bik", _Y_UP @ linear, skeleton.rest[bones][:, :3, :])
        tails = np.einsum("ij,bj->bi", _Y_UP @ linear, skeleton.tails[bones])
        plain = _add_bones(bare, armature, [skeleton.names[bone] for bone in bones], parents, rest, tails)
        scene.collection.objects.link(bare)
        channels, fixed = _channels([armature.bones[name] for name in plain], parents, rotations, heads)
        action = write_action(bare, obj.name, np.array(frames, dtype=np.float64), channels)
        for bone in cast("bpy.types.Pose", bare.pose).bones:
            bone.rotation_mode = "QUATERNION"
        yield BareSkeleton(bare, fixed)
    finally:
        bpy.data.objects.remove(bare)
        bpy.data.armatures.remove(armature)
        if action is not None:
            bpy.data.actions.remove(action)


def _poses(obj: bpy.types.Object, names: Sequence[str], frames: range) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return evaluated rotations (F, B, 4) and heads (F, B, 3), Y up, and the object's axes (3, 3) at the start."""
    rotations, heads = np.empty((len(frames), len(names), 4)), np.empty((len(frames), len(names), 3))
    with in_pose_position(obj), isolated(obj) as alone:
        columns = alone.rows(names)
        linear: FloatArray | None = None
        for row, frame in enumerate(frames):
            matrices = alone.at(float(frame))[columns]
            world = alone.world()
            placed = world @ matrices
            linear = world[:3, :3] if linear is None else linear
            rotations[row] = from_matrix(_Y_UP @ without_scale(placed))
            heads[row] = placed[:, :3, 3] @ _Y_UP.T
    assert linear is not None  # noqa: S101 -- an Action has frames
    return rotations, heads, linear


def _parents(skeleton: Skeleton, bones: Sequence[int]) -> list[int]:
    """Return each wanted bone's parent among them, -1 for the root.

    A deforming bone often hangs on a control: then its parent is the wanted bone that the control lies on.
    """
    place = {bone: number for number, bone in enumerate(bones)}
    size = float(np.linalg.norm(np.ptp(skeleton.rest[:, :3, 3], axis=0)))
    heads = skeleton.rest[bones, :3, 3]
    along = skeleton.rest[bones, :3, 1]

    def above(bone: int) -> int:
        for ancestor in skeleton.ancestors(bone):
            if ancestor in place:
                return place[ancestor]
            near = np.linalg.norm(heads - skeleton.rest[ancestor, :3, 3], axis=1) < size * _SAME
            same = np.flatnonzero(near & (along @ skeleton.rest[ancestor, :3, 1] > _SAME_DIRECTION))
            own = skeleton.ancestors(bone)
            for found in same.tolist():
                if bones[found] != bone and bone not in skeleton.ancestors(bones[found]) and bones[found] not in own:
                    return found
        return -1

    parents = [above(bone) for bone in bones]
    # two that would hang on each other
    for number in range(len(parents)):
        seen, at = {number}, parents[number]
        while at >= 0 and at not in seen:
            seen.add(at)
            at = parents[at]
        if at >= 0:
            parents[number] = -1
    roots = [number for number, parent in enumerate(parents) if parent < 0]
    # BVH has a single root: bones that hang on nothing go onto the one that carries most
    first = max(roots, key=lambda root: _below(parents, root))
    return [first if number in roots and number != first else parent for number, parent in enumerate(parents)]


def _below(parents: Sequence[int], root: int) -> int:
    """Return how many bones hang on a root."""

    def top(number: int) -> int:
        while parents[number] >= 0:
            number = parents[number]
        return number

    return sum(top(number) == root for number in range(len(parents)))


def _add_bones(
    bare: bpy.types.Object,
    armature: bpy.types.Armature,
    names: Sequence[str],
    parents: IntArray,
    rest: FloatArray,
    tails: FloatArray,
) -> list[str]:
    """Create the bones in Edit Mode, in a scene of its own so that the user's mode stays.

    Returns:
        Their names: without spaces, at which other readers of BVH end a name.
    """
    scene = bpy.data.scenes.new(bare.name)
    try:
        scene.collection.objects.link(bare)
        layer = scene.view_layers[0]
        layer.objects.active = bare
        with overridden(scene=scene, view_layer=layer, active_object=bare, object=bare):
            bpy.ops.object.mode_set(mode="EDIT")
            made: list[bpy.types.EditBone] = []
            for number, name in enumerate(names):
                bone = armature.edit_bones.new("_".join(name.split()))
                made.append(bone)
                length = max(float(np.linalg.norm(tails[number] - rest[number, :, 3])), _SHORTEST)
                bone.tail = (0.0, length, 0.0)
                axes = without_scale(np.vstack([rest[number], [0.0, 0.0, 0.0, 1.0]]))
                bone.matrix = Matrix.Translation(rest[number, :, 3].tolist()) @ Matrix(axes.tolist()).to_4x4()
                bone.parent = made[int(parents[number])] if parents[number] >= 0 else None
            plain = [bone.name for bone in made]
            bpy.ops.object.mode_set(mode="OBJECT")
        return plain
    finally:
        bpy.data.scenes.remove(scene)


def _channels(
    bones: Sequence[bpy.types.Bone], parents: IntArray, rotations: FloatArray, heads: FloatArray
) -> tuple[list[Channel], bool]:
    """Return the channels of the bones, and whether all joints but the root are fixed to their parents."""
    rest = np.array([bone.matrix_local for bone in bones])
    turned, places = from_matrix(rest[:, :3, :3]), rest[:, :3, 3]
    found: list[Channel] = []
    fixed = True
    for number, bone in enumerate(bones):
        on = int(parents[number])
        hangs, head = np.tile(turned[number], (len(heads), 1)), np.tile(places[number], (len(heads), 1))
        if on >= 0:
            carried = multiply(rotations[:, on], conjugate(turned[on]))
            hangs, head = multiply(carried, turned[number]), heads[:, on] + rotate(carried, places[number] - places[on])
        location = rotate(conjugate(hangs), heads[:, number] - head)
        fixed &= on < 0 or float(np.abs(location).max()) < _STILL
        basis = continuous(multiply(conjugate(hangs), rotations[:, number]))
        path = f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"]'
        found += property_channels(f"{path}.location", location)
        found += property_channels(f"{path}.rotation_quaternion", basis)
    return found, fixed
