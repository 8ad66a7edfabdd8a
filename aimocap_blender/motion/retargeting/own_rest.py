"""Motion relative to another rest pose of a character, put relative to its own."""

from dataclasses import replace

import numpy as np

from ..pose_motion import PoseMotion
from ..rotations import FloatArray, conjugate, continuous, multiply, rotate, to_rotation_vector
from ..skeleton import Skeleton

_NOTHING = 1e-7  # radians
_APART = 1e-5  # of the skeleton's size: a head that is nearer is where it was


def from_own_rest(motion: PoseMotion, target: Skeleton, posed: Skeleton) -> PoseMotion:
    """Return a motion relative to another rest pose of a character as one relative to its own.

    Bones that the motion doesn't rotate keep the other rest pose, unless constraints or drivers rotate them.

    Args:
        motion: channels relative to `posed`.
        target: the character.
        posed: the same with the other rest pose.
    """
    size = float(np.ptp(target.heads, axis=0).max())
    rotations = {name: motion.rotations[:, column] for column, name in enumerate(motion.bones)}
    locations = dict(motion.locations)
    for bone, name in enumerate(target.names):
        option = target.option(bone)
        if option.driven and name not in rotations:
            continue
        turned, away = _basis(target, posed, bone)
        if name in rotations:
            rotations[name] = multiply(turned, rotations[name])
        elif float(np.linalg.norm(to_rotation_vector(turned))) > _NOTHING:
            rotations[name] = np.broadcast_to(turned, (len(motion.times), 4))
        if name in locations:
            locations[name] = away + (rotate(turned, locations[name]) if option.local_location else locations[name])
        elif float(np.linalg.norm(away)) * target.scale > _APART * size and not option.connected:
            locations[name] = np.broadcast_to(away, (len(motion.times), 3))
    return replace(
        motion,
        bones=tuple(rotations),
        rotations=continuous(np.stack(list(rotations.values()), axis=1)),
        locations=locations,
    )


def _basis(target: Skeleton, posed: Skeleton, bone: int) -> tuple[FloatArray, FloatArray]:
    """Return the rotation (4,) and location (3,) channels that pose a bone as it is in the other rest pose."""
    parent, option = int(target.parents[bone]), target.option(bone)
    own, other = target.rest_rotations, posed.rest_rotations
    over = multiply(other[parent], conjugate(own[parent])) if parent >= 0 else np.array([1.0, 0.0, 0.0, 0.0])
    hangs = target.heads[bone]
    if parent >= 0:
        hangs = posed.heads[parent] + rotate(over, target.heads[bone] - target.heads[parent])
    axes = own[bone] if option.local_location else own[parent] if parent >= 0 else target.world_rotation
    away = rotate(conjugate(multiply(over, axes)), posed.heads[bone] - hangs) / target.scale
    inherited = over if option.inherit_rotation else np.array([1.0, 0.0, 0.0, 0.0])
    return multiply(conjugate(multiply(inherited, own[bone])), other[bone]), away
