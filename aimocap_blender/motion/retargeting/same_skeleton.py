"""Transfer a motion of the character's own skeleton bone by bone, whatever units and bone rolls its file has."""

from collections.abc import Mapping

import numpy as np

from ..pose_motion import PoseMotion, RetargetReport
from ..rotations import (
    IDENTITY,
    FloatArray,
    Similarity,
    conjugate,
    continuous,
    extent,
    multiply,
    nearest_similarity,
    norm,
    rotate,
    to_matrix,
)
from ..skeleton import Clip, Skeleton
from ..smoothing import in_samples, smooth_rotations, smooth_vectors
from .retarget_options import RetargetOptions

_FEWEST = 3
_NEARLY_ALL = 0.9
_ONE_BONE = 1
_ALIKE = 0.01  # of the skeleton's size: how far apart the joints of the rest poses may be
_NOTHING = 1e-9  # metres: a figure that travels less stays in place
_TRAVELS = 5e-4  # of the skeleton's size: a bone that travels less only rotates

AS_IT_IS = RetargetOptions()


def is_same_skeleton(source: Skeleton, target: Skeleton) -> bool:
    """Return whether the skeletons share nearly all bone names and the rest pose, in whatever units and axes.

    Bones that only one has (tips that an exporter adds, a root that an importer makes the object) don't count, as long
    as nine in ten of the smaller skeleton's are in both.
    """
    names = _common(source, target)
    if len(names) < max(_FEWEST, _NEARLY_ALL * min(len(source), len(target)) - _ONE_BONE):
        return False
    return _distance(source, target, names) < _ALIKE


def transfer(clip: Clip, target: Skeleton, options: RetargetOptions = AS_IT_IS) -> PoseMotion:
    """Return the motion of a skeleton that `is_same_skeleton` as the target, each bone rotated as in the source.

    Bones that travel relative to their parent, above all the uppermost ones, get location channels. The travel of the
    main uppermost bone over the ground is the root motion. Feet aren't locked.

    Args:
        clip: the motion.
        target: the character.
        options: of these root motion, carrier, scale, start and smoothing.

    Raises:
        Fault: an armature object is scaled unevenly.
    """
    source = clip.skeleton
    names = _common(source, target)
    fit = _fit(source, target, names)
    bones, of_source = target.indices_of(names), source.indices_of(names)
    columns = dict(zip(bones, range(len(bones)), strict=True))
    # the nearest bone above that both skeletons have; -1 for none
    above = [target.nearest_above(bone, columns) for bone in bones]
    # away from rest, in the source's axes of the world, and then in the target's
    in_source = multiply(clip.rotations[:, of_source], conjugate(source.rest_rotations[of_source]))
    rotated = multiply(multiply(fit.rotation, in_source), conjugate(fit.rotation))
    # a channel is what a bone rotates more than what it hangs on; the last column is for those that inherit nothing
    over = np.concatenate([rotated, np.broadcast_to(IDENTITY, (len(clip.times), 1, 4))], axis=1)
    inherits = [-1] * len(bones)
    for column, (bone, on) in enumerate(zip(bones, above, strict=True)):
        if on >= 0 and target.option(bone).inherit_rotation:
            inherits[column] = columns[on]
    rest = target.rest_rotations[bones]
    basis = multiply(multiply(conjugate(rest), conjugate(over[:, inherits])), multiply(rotated, rest))
    wanted = fit.points(clip.positions[:, of_source])
    shifts: dict[int, FloatArray] = {}
    world_from_axes: dict[int, FloatArray] = {}
    size = float(extent(target.heads[bones]))
    for column, (bone, on) in enumerate(zip(bones, above, strict=True)):
        # where it is without a location of its own, and along which axes that would be
        hangs, world_from_axes[bone] = target.heads[bone], _axes(target, bone)
        if on >= 0:
            hangs = wanted[:, columns[on]] + rotate(rotated[:, columns[on]], target.heads[bone] - target.heads[on])
            world_from_axes[bone] = multiply(rotated[:, columns[on]], world_from_axes[bone])
        shift = wanted[:, column] - hangs
        if target.option(bone).connected or float(norm(shift).max()) < _TRAVELS * size:
            # its children hang on the position that this bone really gets, not on the source's
            wanted[:, column] = hangs
        else:
            shifts[bone] = shift
    heads: dict[int, FloatArray] = {}
    starts: dict[int, FloatArray] = {}
    for bone in shifts:
        heads[bone] = wanted[:, columns[bone]]
        starts[bone] = clip.positions[0, of_source[columns[bone]]] * fit.scale
    shifts, travel = _carried(target, shifts, heads, starts, options)
    width = in_samples(clip.times, options.smoothing_sec)
    locations: dict[str, FloatArray] = {}
    for bone, shift in shifts.items():
        # a carrier may be a bone that the source lacks
        axes = world_from_axes.get(bone, _axes(target, bone))
        locations[target.names[bone]] = smooth_vectors(rotate(conjugate(axes), shift) / target.scale, width)
    return PoseMotion(
        times=clip.times,
        fps=clip.fps,
        bones=names,
        rotations=continuous(smooth_rotations(continuous(basis), width)),
        locations=locations,
        unmoved=(),
        report=RetargetReport(scale=fit.scale * options.scale, yaw_degrees=0.0),
        travel=None if travel is None else smooth_vectors(travel, width),
    )


def _axes(skeleton: Skeleton, bone: int) -> FloatArray:
    """Return the rotation (4,) to world axes from the axes of a bone's location channels, at rest."""
    parent = int(skeleton.parents[bone])
    if skeleton.option(bone).local_location:
        return skeleton.rest_rotations[bone]
    return skeleton.rest_rotations[parent] if parent >= 0 else skeleton.world_rotation


def _carried(
    target: Skeleton,
    shifts: Mapping[int, FloatArray],
    heads: Mapping[int, FloatArray],
    starts: Mapping[int, FloatArray],
    options: RetargetOptions,
) -> tuple[dict[int, FloatArray], FloatArray | None]:
    """Let the chosen carrier carry the root motion.

    Args:
        target: the character.
        shifts: bone to its shift (F, 3) from the position at which it hangs on its parent, world metres.
        heads: the same bones' heads (F, 3).
        starts: the same bones' heads (3,) in the capture's first sample.
        options: what the user chose.

    Returns:
        The shifts, and the travel (F, 3) of the object, None where it stays.
    """
    shifts = dict(shifts)
    upper = [bone for bone in shifts if target.nearest_above(bone, shifts) < 0]
    if not upper:
        return shifts, None
    # the one that most bones hang on: props may lie beside the figure
    main = max(upper, key=lambda bone: len(target.below(bone)))
    level = _level(target)
    path = (heads[main] - target.heads[main]) @ level
    factor = 1.0 if options.start == "WORLD" else options.scale
    begins = heads[main][0] if options.start == "CHARACTER" else factor * starts[main]
    offset = (begins - heads[main][0]) @ level
    if options.root_motion == "IN_PLACE":
        moved, carried = offset - path, np.broadcast_to(offset, path.shape)
    else:
        moved = offset + (options.scale - 1.0) * (path - path[0])
        carried = path + moved
    over = target.ancestors(main)
    carrier = over[-1] if options.root_carrier == "ROOT_BONE" and over else None
    by_object = options.root_carrier == "OBJECT" and float(np.abs(carried).max()) > _NOTHING
    # what doesn't hang on the carrier carries itself
    for bone in upper:
        goes_along = by_object or carrier in target.ancestors(bone)
        shifts[bone] = shifts[bone] + moved - (carried if goes_along else 0.0)
    if carrier is not None:
        shifts[carrier] = carried
    return shifts, carried if by_object else None


def _level(skeleton: Skeleton) -> FloatArray:
    """Return the projection (3, 3) of world vectors onto the plane across the object's upright axis."""
    axes = to_matrix(skeleton.world_rotation)
    up = axes[:, int(np.argmax(np.abs(axes[2])))]
    return np.eye(3) - np.outer(up, up)


def _common(source: Skeleton, target: Skeleton) -> tuple[str, ...]:
    return tuple(name for name in target.names if name in source.indices)


def _fit(source: Skeleton, target: Skeleton, names: tuple[str, ...]) -> Similarity:
    """Return the best evenly scaled transform of the source's rest joints onto the target's."""
    return nearest_similarity(_heads(source, names), _heads(target, names))


def _heads(skeleton: Skeleton, names: tuple[str, ...]) -> FloatArray:
    return skeleton.heads[skeleton.indices_of(names)]


def _distance(source: Skeleton, target: Skeleton, names: tuple[str, ...]) -> float:
    """Return the greatest distance of two fitted rest joints, as a share of the target's size."""
    fit = _fit(source, target, names)
    if fit.scale <= 0.0:
        return np.inf
    ours, theirs = _heads(source, names), _heads(target, names)
    return float(norm(fit.points(ours) - theirs).max()) / max(float(extent(theirs)), 1e-9)
