"""The motion of an armature in the scene, whatever animates it: keys, NLA, constraints, drivers, parents.

It is sampled in a scene of its own: the character's mesh, which would take longest, is not evaluated, and the current
frame and poses of the user's scene don't change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import bpy
import numpy as np

from ..motion.bones.humanoid import BoneMap
from ..motion.rotations import FloatArray, from_matrix, multiply, norm, normalise, rotate
from ..motion.skeleton import Clip, Skeleton
from ..motion.spans import chunks_of
from ..motion.time_mapping import TimeMapping
from ..texts.faults import Fault
from ..texts.text import Text
from .armatures import drivers_of, parents_of, skeleton_of, strips_played
from .bone_maps import bone_map_of, renamed
from .isolated_evaluation import isolated
from .keyed_motion import KeyedPoses, Keys, keyed_motion
from .keys.keyframes import all_keyed_values, curves_of
from .scene_values import scene_fps

_UNEVEN = 1e-2
"""Frames by which keys may deviate from even spacing: Blender stores them in single precision."""

_LEAST_SPACING = 1e-3
_WIDEST_SPACING = 1.5
"""Frames between keys above which Blender's own interpolation matters."""

_SAME_POSITION = 0.005
"""Largest distance at rest between the heads of a control and its deforming bone, as a share of the rig's size."""

_SAME_DIRECTION = 0.9
"""Least cosine between the directions of both."""

_EVEN = 1e-5
"""Share by which an object's scale along its axes may differ, and cosine by which these may be askew."""

_NO_LENGTH = 1e-12
_STILL = 1e-6
"""Largest change between frames of something at rest: metres, or quaternion components."""

_AT_ONCE = 256
"""Frames whose matrices are in memory at the same time."""


@dataclass(frozen=True, eq=False)
class WorldPoses:
    """Poses of bones in world space.

    Attributes:
        world: (4, 4) the object's world matrix in the first of them.
        heads: (F, B, 3) metres.
        rotations: (F, B, 4).
    """

    world: FloatArray
    heads: FloatArray
    rotations: FloatArray


@dataclass(frozen=True, eq=False)
class ArmatureMotion:
    """The motion of an armature in the scene.

    Attributes:
        clip: in world space; its skeleton has the armature's transform at the first sample.
        mapping: from its seconds to the frames that were sampled.
        bone_map: the humanoid bones of its skeleton.
    """

    clip: Clip
    mapping: TimeMapping
    bone_map: BoneMap


def armature_motion(obj: bpy.types.Object, scene: bpy.types.Scene) -> ArmatureMotion:
    """Sample the motion of an armature object from Blender's own evaluation.

    The range is that of its Action, its NLA and those of its parents; without these, of everything that its constraints
    and drivers follow, directly or indirectly; otherwise the scene's playback range. Samples lie on its keys if those
    are evenly spaced and dense, whatever the scene's frame rate, else on whole frames. Of a control rig, the bones that
    its controls move are read: they follow FK or IK, whichever is in use.

    Args:
        obj: the armature object; it may be hidden, or linked from another file.
        scene: its frame rate gives the seconds.

    Raises:
        Fault: it is not an armature, is in Edit Mode, or has no animation.
    """
    skeleton, bone_map = _moving_bones(obj)
    keys = all_keyed_values(obj)
    animated = _animated_frames(obj, keys)
    frames = np.arange(scene.frame_start, scene.frame_end + 1.0) if animated is None else animated
    if len(frames) < 2 or (animated is None and not _acted_on(obj)):  # noqa: PLR2004 -- two frames make a motion
        raise _unmoved(obj)
    # keys alone tell most motions, and reading them is much faster than evaluating each frame
    found = _by_keys(obj, skeleton, frames, keys) or _sampled(obj, skeleton.names, frames)
    if animated is None and max(np.ptp(found.heads, axis=0).max(), np.ptp(found.rotations, axis=0).max()) < _STILL:
        raise _unmoved(obj)
    # the samples have a rate of their own: keys may lie closer or wider than frames
    fps = scene_fps(scene)
    clip = Clip(
        skeleton=replace(skeleton, world=found.world),
        times=(frames - frames[0]) / fps,
        fps=(len(frames) - 1) * fps / (frames[-1] - frames[0]),
        positions=found.heads,
        rotations=found.rotations,
    )
    return ArmatureMotion(clip, TimeMapping(float(frames[0]), fps), bone_map)


def skeleton_at(obj: bpy.types.Object, skeleton: Skeleton, frame: float) -> Skeleton:
    """Return an armature's skeleton with its pose at a timeline frame as rest pose, the object where it is."""
    found = _sampled(obj, skeleton.names, np.array([frame]))
    posed = replace(skeleton, world=found.world).posed(found.heads[0], found.rotations[0])
    return replace(posed, world=skeleton.world)


def _moving_bones(obj: bpy.types.Object) -> tuple[Skeleton, BoneMap]:
    """Return the bones to read and their map: all bones, or those that the controls of a control rig move."""
    skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
    if not bone_map.switches:
        return skeleton, bone_map
    # the mesh follows what deforms it: an FK control stays where it is while IK is in use
    moved = moved_by(skeleton, bone_map.all_bones())
    bones = set(skeleton.indices_of(moved.values()))
    # these bones follow whatever the switches choose, so none has to be set
    return skeleton.part(sorted(bones)), replace(renamed(bone_map, moved), profile="", switches=())


def moved_by(skeleton: Skeleton, controls: tuple[str, ...]) -> dict[str, str]:
    """Map each control to the deforming bone with the same head and direction at rest, else to itself."""
    heads, along = skeleton.rest[:, :3, 3], normalise(skeleton.tails - skeleton.rest[:, :3, 3])
    near = _SAME_POSITION * float(np.ptp(heads, axis=0).max())
    # by place and direction, as rigs name and parent the bones that follow a control in many ways
    moved: dict[str, str] = {}
    for control in dict.fromkeys(controls):
        index = skeleton.index(control)
        is_near = norm(heads - heads[index]) <= near
        fits = np.where(skeleton.deforming & is_near, along @ along[index], -np.inf)
        best = int(np.argmax(fits))
        # two controls never share a bone
        taken = skeleton.names[best] in moved.values()
        moved[control] = skeleton.names[best] if fits[best] >= _SAME_DIRECTION and not taken else control
    return moved


def _animated_frames(obj: bpy.types.Object, keys: Keys) -> FloatArray | None:
    """Return (F,) ascending timeline frames to sample, at least two; None without animation."""
    ranges = list(_animated_ranges(obj, keys))
    for parent in parents_of(obj):
        ranges += _animated_ranges(parent)
    # what it follows may be animated for much longer, as a camera or a ground is: that counts only without its own
    if not ranges:
        for other in _followed(obj):
            ranges += _animated_ranges(other)
    starts, ends = zip(*(ranges or [(0.0, 0.0)]), strict=True)
    first, last = min(starts), max(ends)
    if last - first < _LEAST_SPACING:
        return None
    # only if the keys are all there is: a longer strip or parent has a motion of its own between and after them
    even = _even(keys)
    if even is not None and np.allclose(ranges, [(even[0], even[-1])], rtol=0.0, atol=_LEAST_SPACING):
        return even
    return np.asarray(np.arange(np.floor(first), np.ceil(last) + 1.0), dtype=np.float64)


def _unmoved(obj: bpy.types.Object) -> Fault:
    return Fault(Text("“{name}” has no animation.", name=obj.name), "Choose an animated armature.")


def _followed(obj: bpy.types.Object) -> list[bpy.types.Object]:
    """Return an object, its parents, the targets of their constraints and drivers, and so on."""
    found = [obj]
    # grows in the loop
    for mover in found:
        for other in (*parents_of(mover), *_targets(mover)):
            if other not in found:
                found.append(other)
    return found


def _targets(mover: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """Yield the objects that the constraints and drivers of an object and its bones follow."""
    for constraint in _constraints(mover):
        # an Armature constraint has several
        for follower in (constraint, *getattr(constraint, "targets", ())):
            for name in ("target", "pole_target"):
                if (target := getattr(follower, name, None)) is not None:
                    yield target
    for curve in _drivers(mover):
        for variable in curve.driver.variables if curve.driver is not None else ():
            for target in variable.targets:
                if isinstance(target.id, bpy.types.Object):
                    yield target.id


def _acted_on(obj: bpy.types.Object) -> bool:
    """Return whether constraints or drivers move an object or anything it follows."""
    return any(_constraints(mover) or _drivers(mover) for mover in _followed(obj))


def _constraints(obj: bpy.types.Object) -> list[bpy.types.Constraint]:
    """Return the constraints of an object and its bones that aren't muted."""
    found: list[bpy.types.Constraint] = []
    for owner in (obj, *(obj.pose.bones if obj.pose else ())):
        found += [constraint for constraint in owner.constraints if not constraint.mute]
    return found


def _drivers(obj: bpy.types.Object) -> list[bpy.types.FCurve]:
    return [curve for curve in drivers_of(obj) if not curve.mute]


def _animated_ranges(obj: bpy.types.Object, keys: Keys | None = None) -> Iterator[tuple[float, float]]:
    """Yield first and last frame of an object's own Action and of each NLA strip that plays.

    Args:
        keys: of its curves, if they have been read.
    """
    data = obj.animation_data
    if data is None:
        return
    # an Action's own range covers all its slots, including other objects'
    keyed = _frames_of(keys or {})
    if keyed and all(map(len, keyed)):
        ranges = [(float(frames[0]), float(frames[-1])) for frames in keyed]
    else:
        ranges = [curve.range() for curve in curves_of(obj).values() if curve.keyframe_points or curve.sampled_points]
    if data.action is not None and ranges:
        # whoever set a manual range means that part of the keys
        by_hand = (data.action.frame_range,) if data.action.use_frame_range else ranges
        firsts, lasts = zip(*by_hand, strict=True)
        yield float(min(firsts)), float(max(lasts))
    for strip in strips_played(obj):
        yield strip.frame_start, strip.frame_end


def _frames_of(keys: Keys) -> list[FloatArray]:
    """Return the frames of each curve's keys; those that several curves share, as mostly all do, once."""
    return [*{id(frames): frames for frames, _ in keys.values()}.values()]


def _even(keyed: Keys) -> FloatArray | None:
    """Return (F,) frames of the Action's keys if they are evenly spaced and dense, else None."""
    if not keyed:
        return None
    keys = np.unique(np.concatenate(_frames_of(keyed)))
    # keys nearer to each other are of the same frame, rounded differently
    keys = keys[np.diff(keys, prepend=-np.inf) > _LEAST_SPACING]
    steps = np.diff(keys)
    if not len(steps) or steps.max() - steps.min() > _UNEVEN or steps.mean() > _WIDEST_SPACING:
        return None
    return np.asarray(np.linspace(keys[0], keys[-1], len(keys)), dtype=np.float64)


def _by_keys(obj: bpy.types.Object, skeleton: Skeleton, frames: FloatArray, keys: Keys) -> WorldPoses | None:
    """Return the same as `_sampled` if the object's keys alone tell it, and its scale is even."""
    found = keyed_motion(obj, skeleton, frames, keys)
    return None if found is None else in_world(found)


def in_world(poses: KeyedPoses) -> WorldPoses | None:
    """Return poses in world space; None if the object's scale is uneven."""
    # of an object that stays, one matrix does for all frames
    stays = bool((poses.worlds == poses.worlds[:1]).all())
    worlds = poses.worlds[:1] if stays else poses.worlds
    axes = worlds[:, None, :3, :3]
    scales = np.linalg.norm(axes, axis=-2, keepdims=True)
    unit_axes = axes / np.maximum(scales, _NO_LENGTH)
    is_straight = np.abs(np.swapaxes(unit_axes, -1, -2) @ unit_axes - np.eye(3)).max() < _EVEN
    is_even = float((np.ptp(scales, axis=-1) / scales.max(axis=-1)).max()) < _EVEN
    # a mirrored object has a negative determinant; all three are false for what isn't finite
    if not (is_straight and is_even and float(np.linalg.det(unit_axes).min()) > 0.0):
        return None
    world_from_object = from_matrix(unit_axes)
    heads = rotate(world_from_object, poses.bones.heads) * scales[..., :1, 0] + worlds[:, None, :3, 3]
    return WorldPoses(poses.worlds[0], heads, multiply(world_from_object, poses.bones.rotations))


def _sampled(obj: bpy.types.Object, bones: tuple[str, ...], frames: FloatArray) -> WorldPoses:
    """Return the bones' poses at frames as Blender evaluates them."""
    positions, rotations = np.empty((len(frames), len(bones), 3)), np.empty((len(frames), len(bones), 4))
    first_world = np.eye(4)
    with isolated(obj) as alone:
        order = alone.rows(bones)
        # in parts, as the matrices of an hour would fill the memory
        for part in chunks_of(len(frames), _AT_ONCE):
            matrices = np.empty((part.stop - part.start, len(bones), 4, 4))
            for row, frame in enumerate(frames[part]):
                posed = alone.at(float(frame))[order]
                world = alone.world()
                matrices[row] = world @ posed
                first_world = world if part.start + row == 0 else first_world
            if not np.isfinite(matrices).all():
                raise Fault(
                    Text("“{name}” has an animation with invalid values.", name=obj.name),
                    "Fix its animation, then try again.",
                )
            # Blender's matrices contain the scale, which rotations must not
            axes = matrices[..., :3, :3]
            positions[part] = matrices[..., :3, 3]
            rotations[part] = from_matrix(axes / np.maximum(np.linalg.norm(axes, axis=-2, keepdims=True), _NO_LENGTH))
    return WorldPoses(first_world, positions, rotations)
