"""The motion of an armature that is in the scene, whatever moves it: keys, NLA, constraints, drivers, parents.

It is sampled in a scene of its own, so that a character's mesh, which would take longer than all the rest, is not
evaluated, and neither the current frame nor any pose of the user's scene changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import bpy
import numpy as np

from ..motion.bones.humanoid import BoneMap
from ..motion.rotations import FloatArray, from_matrix, normalise
from ..motion.skeleton import Clip, Skeleton
from ..motion.time_mapping import TimeMapping
from .apart import apart
from .armatures import skeleton_of
from .bone_maps import bone_map_of
from .faults import SceneFault
from .keys.keyframes import curves_of, keyed_values

_UNEVEN = 1e-2
"""Frames by which keys may lie off an even spacing: Blender keeps them in single precision."""

_LEAST_SPACING = 1e-3
_WIDEST_SPACING = 1.5
"""Frames from key to key above which Blender's own way between them matters."""

_SAME_PLACE = 0.005
"""Of a rig's size: how far apart the heads of a control and of what it moves may lie at rest."""

_SAME_WAY = 0.9
_NO_LENGTH = 1e-12
_STILL = 1e-6
"""Metres, and parts of a quaternion, by which what stands still may differ from frame to frame."""

_AT_ONCE = 256
"""Frames whose matrices are held in memory at a time."""


@dataclass(frozen=True, eq=False)
class ArmatureMotion:
    """The motion of an armature in the scene.

    Attributes:
        clip: in the world, its skeleton standing where the armature stands at the first sample.
        mapping: puts its samples back on the frames where they were taken.
        bone_map: the humanoid bones of its skeleton.
    """

    clip: Clip
    mapping: TimeMapping
    bone_map: BoneMap


def armature_motion(obj: bpy.types.Object, scene: bpy.types.Scene) -> ArmatureMotion:
    """Sample the motion of an armature object from Blender's own evaluation.

    It is sampled over the frames of its action, of its NLA and of those of its parents; where none of these has any,
    of what its constraints and drivers follow, at however many removes; else, where there are any, over the scene's.
    Samples lie on its keys where those are evenly spaced and so dense that they are
    samples themselves, whatever the file's frames a second are; else on whole frames. Of a control rig the bones are
    read that its controls move: they follow those that are in use, be they FK's or IK's.

    Args:
        obj: the armature object; it may be hidden, or linked from another file.
        scene: whose frame rate tells the seconds.

    Raises:
        SceneFault: it is no armature, in Edit Mode, or nothing moves it.
    """
    skeleton, bone_map = _moving_bones(obj)
    animated = _animated_frames(obj)
    frames = np.arange(scene.frame_start, scene.frame_end + 1.0) if animated is None else animated
    if len(frames) < 2 or (animated is None and not _acted_on(obj)):  # noqa: PLR2004 -- from one to another
        raise _unmoved(obj)
    standing, positions, turns = _sampled(obj, skeleton.names, frames)
    if animated is None and max(np.ptp(positions, axis=0).max(), np.ptp(turns, axis=0).max()) < _STILL:
        raise _unmoved(obj)
    fps = scene.render.fps / scene.render.fps_base
    clip = Clip(
        skeleton=replace(skeleton, world=standing),
        times=(frames - frames[0]) / fps,
        fps=(len(frames) - 1) * fps / (frames[-1] - frames[0]),
        positions=positions,
        rotations=turns,
    )
    return ArmatureMotion(clip, TimeMapping(float(frames[0]), fps), bone_map)


def _moving_bones(obj: bpy.types.Object) -> tuple[Skeleton, BoneMap]:
    """The bones to read, and which of them are a human's: all, or of a control rig those that its controls move."""
    skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
    if not bone_map.switches:
        return skeleton, bone_map
    moved = _moved_by(skeleton, (*bone_map.bones().values(), *bone_map.spine_chain, *bone_map.neck_chain))
    bone_map = BoneMap(
        {slot: replace(match, bone=moved[match.bone]) for slot, match in bone_map.matches.items()},
        tuple(moved[bone] for bone in bone_map.spine_chain),
        tuple(moved[bone] for bone in bone_map.neck_chain),
    )
    return _part_of(skeleton, sorted({skeleton.index(bone) for bone in moved.values()})), bone_map


def _moved_by(skeleton: Skeleton, controls: tuple[str, ...]) -> dict[str, str]:
    """Control to the deforming bone that lies on it at rest: same head, same direction; else to the control itself."""
    heads, along = skeleton.rest[:, :3, 3], normalise(skeleton.tails - skeleton.rest[:, :3, 3])
    near = _SAME_PLACE * float(np.ptp(heads, axis=0).max())
    deforming = np.array([skeleton.option(index).deform for index in range(len(skeleton))])
    moved: dict[str, str] = {}
    for control in dict.fromkeys(controls):
        index = skeleton.index(control)
        fits = np.where(
            deforming & (np.linalg.norm(heads - heads[index], axis=-1) <= near), along @ along[index], -np.inf
        )
        best = int(np.argmax(fits))
        taken = skeleton.names[best] in moved.values()
        moved[control] = skeleton.names[best] if fits[best] >= _SAME_WAY and not taken else control
    return moved


def _part_of(skeleton: Skeleton, bones: list[int]) -> Skeleton:
    """Some bones of a skeleton alone, each on the nearest of them above it."""
    place = {bone: number for number, bone in enumerate(bones)}
    above = [next((place[a] for a in skeleton.ancestors(bone) if a in place), -1) for bone in bones]
    return Skeleton(
        names=tuple(skeleton.names[bone] for bone in bones),
        parents=np.array(above, dtype=np.int64),
        rest=skeleton.rest[bones],
        tails=skeleton.tails[bones],
        world=skeleton.world,
        options=tuple(skeleton.option(bone) for bone in bones),
    )


def _animated_frames(obj: bpy.types.Object) -> FloatArray | None:
    """(F,) ascending timeline frames to sample at, two at least; None where there is no animation."""
    movers = [obj, *_parents(obj)]
    ranges = [found for mover in movers for found in _animated_ranges(mover)]
    ranges = ranges or [found for other in _followed(obj) for found in _animated_ranges(other)]
    first = min((start for start, _ in ranges), default=0.0)
    last = max((end for _, end in ranges), default=0.0)
    if last - first < _LEAST_SPACING:
        return None
    keys = _even_keys(obj)
    if keys is not None and np.allclose(ranges, [(keys[0], keys[-1])], rtol=0.0, atol=_LEAST_SPACING):
        return keys
    return np.asarray(np.arange(np.floor(first), np.ceil(last) + 1.0), dtype=np.float64)


def _unmoved(obj: bpy.types.Object) -> SceneFault:
    return SceneFault(f"Nothing moves “{obj.name}”: it has no animation.", "Choose an armature that has a motion.")


def _parents(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    while obj.parent is not None:
        obj = obj.parent
        yield obj


def _followed(obj: bpy.types.Object) -> list[bpy.types.Object]:
    """An object, its parents, what the constraints and drivers of these follow, what moves that, and so on."""
    found = [obj]
    for mover in found:  # grows meanwhile
        for other in (*_parents(mover), *_targets(mover)):
            if other not in found:
                found.append(other)
    return found


def _targets(mover: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """What the constraints of an object and of its bones follow, and its drivers."""
    for constraint in _constraints(mover):
        for follower in (constraint, *getattr(constraint, "targets", ())):  # of an Armature constraint there are many
            for name in ("target", "pole_target"):
                if (target := getattr(follower, name, None)) is not None:
                    yield target
    for curve in _drivers(mover):
        for variable in curve.driver.variables if curve.driver is not None else ():
            yield from (target.id for target in variable.targets if isinstance(target.id, bpy.types.Object))


def _acted_on(obj: bpy.types.Object) -> bool:
    """Whether constraints or drivers move an object, or what it follows."""
    return any(_constraints(mover) or _drivers(mover) for mover in _followed(obj))


def _constraints(obj: bpy.types.Object) -> list[bpy.types.Constraint]:
    owners = (obj, *(obj.pose.bones if obj.pose else ()))
    return [constraint for owner in owners for constraint in owner.constraints if not constraint.mute]


def _drivers(obj: bpy.types.Object) -> list[bpy.types.FCurve]:
    return [curve for curve in obj.animation_data.drivers if not curve.mute] if obj.animation_data else []


def _animated_ranges(obj: bpy.types.Object) -> Iterator[tuple[float, float]]:
    """First and last frame of what animates an object: its own action, and each strip of its NLA that plays."""
    data = obj.animation_data
    if data is None:
        return
    # an action's own range is that of all its slots, be they other objects'
    ranges = [curve.range() for curve in curves_of(obj).values() if curve.keyframe_points or curve.sampled_points]
    if data.action is not None and ranges:
        by_hand = (data.action.frame_range,) if data.action.use_frame_range else ranges
        yield float(min(first for first, _ in by_hand)), float(max(last for _, last in by_hand))
    if data.use_nla:
        solo = any(track.is_solo for track in data.nla_tracks)
        for track in data.nla_tracks:
            if track.is_solo if solo else not track.mute:
                yield from ((strip.frame_start, strip.frame_end) for strip in track.strips if not strip.mute)


def _even_keys(obj: bpy.types.Object) -> FloatArray | None:
    """(F,) frames on which the action's keys lie, if they are evenly spaced and dense."""
    curves = curves_of(obj)
    if not curves:
        return None
    keys = np.unique(np.concatenate([keyed_values(curve)[0] for curve in curves.values()]))
    keys = keys[np.diff(keys, prepend=-np.inf) > _LEAST_SPACING]  # one frame, rounded in different ways
    steps = np.diff(keys)
    if not len(steps) or steps.max() - steps.min() > _UNEVEN or steps.mean() > _WIDEST_SPACING:
        return None
    return np.asarray(np.linspace(keys[0], keys[-1], len(keys)), dtype=np.float64)


def _sampled(obj: bpy.types.Object, bones: tuple[str, ...], frames: FloatArray) -> tuple[FloatArray, ...]:
    """The object's world matrix at the first frame (4, 4), bones' heads (F, B, 3) in metres and turns (F, B, 4)."""
    positions, turns = np.empty((len(frames), len(bones), 3)), np.empty((len(frames), len(bones), 4))
    standing = np.eye(4)
    with apart(obj) as alone:
        order = [alone.names.index(name) for name in bones]
        for start in range(0, len(frames), _AT_ONCE):
            part = slice(start, min(start + _AT_ONCE, len(frames)))
            matrices = np.empty((part.stop - part.start, len(bones), 4, 4))
            for row, frame in enumerate(frames[part]):
                posed = alone.at(float(frame))[order]
                world = alone.world()
                matrices[row] = world @ posed
                standing = world if start + row == 0 else standing
            if not np.isfinite(matrices).all():
                raise SceneFault(f"“{obj.name}” moves beyond all bounds.", "Mend its animation, then try again.")
            axes = matrices[..., :3, :3]
            positions[part] = matrices[..., :3, 3]
            turns[part] = from_matrix(axes / np.maximum(np.linalg.norm(axes, axis=-2, keepdims=True), _NO_LENGTH))
    return standing, positions, turns
