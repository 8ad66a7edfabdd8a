"""How far and where the hips travel."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..feet.foot_contacts import FootContact
from ..rotations import FloatArray

_LEAST_STEP = 1e-4  # of the leg's length squared: less travel than this over planted feet says little about scale
_FURTHEST = 1.25  # a scale beyond this many times the legs' own is a mistake of the contacts
_FLOOR_PERCENTILE = 2.0
_LEVEL = 0.04  # metres: ground that differs less is one ground
_ON_THE_GROUND = 0.1  # of the leg: a rest pose whose soles are so near to height 0 stands on the world's ground
_IN_THE_AIR = 0.25  # of the leg: a motion that never comes so near to its ground is one in the air


@dataclass(frozen=True, eq=False)
class Foot:
    """One foot of both figures, body axes, metres.

    Attributes:
        contact: when it stands.
        source: (F, J, 3) the source's ankle and, with J = 2, ball.
        relative: (F, J, 3) the target's, from the middle of its hips, turned but not yet travelled.
        rest: (J,) heights of the target's at rest.
        source_rest: (J,) heights of the source's at rest.
    """

    contact: FootContact
    source: FloatArray
    relative: FloatArray
    rest: FloatArray
    source_rest: FloatArray


def choose_scale(centre: FloatArray, feet: list[Foot], leg_ratio: float, leg_length: float) -> float:
    """Metres that the target travels for one metre of the source's, so that planted feet slide least.

    Without feet that stand while the hips travel it is the ratio of the legs' lengths.

    Args:
        centre: (F, 3) middle of the source's hips.
        feet: both figures' feet.
        leg_ratio: target's leg length to the source's.
        leg_length: the source's, metres.
    """
    weight = _LEAST_STEP * leg_length**2
    against, along = weight * leg_ratio, weight
    travel = np.diff(centre, axis=0)[:, :2]
    for foot in feet:
        for joint in range(foot.relative.shape[1]):
            still = (foot.contact.ankle, foot.contact.ball)[joint]
            pairs = still[1:] & still[:-1]
            under = np.diff(foot.relative[:, joint], axis=0)[:, :2]
            against -= float((travel * under)[pairs].sum())
            along += float((travel**2)[pairs].sum())
    return float(np.clip(against / along, leg_ratio / _FURTHEST, leg_ratio * _FURTHEST))


def ground_of(feet: list[Foot], scale: float) -> float:
    """How high the source's ground is over the ground that its rest pose stands on, metres.

    It is what its feet stand on, the lowest where that is not level; without contacts what they come nearest to, if
    that is near the world's ground.
    """
    rises = [foot.source[:, 0, 2] - foot.source_rest[0] for foot in feet]
    flat = [rise[foot.contact.flat] for rise, foot in zip(rises, feet, strict=True)]
    standing = np.sort(np.concatenate(flat))
    if len(standing):
        lowest = standing[len(standing) // 10]
        return float(np.median(standing[standing < lowest + _LEVEL / scale]))
    nearest = min(float(np.percentile(rise, _FLOOR_PERCENTILE)) for rise in rises)
    leg = max(float(np.linalg.norm(foot.relative[:, 0], axis=-1).max()) for foot in feet) / scale
    on_ground = abs(min(float(foot.source_rest.min()) for foot in feet)) < _ON_THE_GROUND * leg
    return 0.0 if on_ground and nearest > _IN_THE_AIR * leg else nearest


def standing_height(foot: Foot, scale: float, ground: float) -> FloatArray:
    """(F,) height of the target's ankle that is over its own ground as the source's is over its."""
    return foot.rest[0] + scale * (foot.source[:, 0, 2] - foot.source_rest[0] - ground)


def place(
    centre: FloatArray,
    feet: list[Foot],
    scale: float,
    ground: float,
    own_centre: FloatArray,
    root_motion: Literal["FULL", "IN_PLACE"],
    further: float,
) -> FloatArray:
    """(F, 3) where the middle of the target's hips goes: from its own place, on its own ground.

    Args:
        centre: (F, 3) middle of the source's hips.
        feet: both figures' feet.
        scale: of travel.
        ground: of the source, as `ground_of` tells it.
        own_centre: (3,) middle of the target's hips at rest.
        root_motion: IN_PLACE leaves out the horizontal part.
        further: a factor on that part.
    """
    path = centre * scale * np.array([further, further, 1.0])
    if root_motion == "IN_PLACE":
        path = path * np.array([0.0, 0.0, 1.0]) + own_centre * np.array([1.0, 1.0, 0.0])
    else:
        path[:, :2] += own_centre[:2] - path[0, :2]
    if not feet:
        path[:, 2] += own_centre[2] - path[0, 2]
        return path
    off = np.stack([standing_height(foot, scale, ground) - path[:, 2] - foot.relative[:, 0, 2] for foot in feet])
    standing = np.stack([foot.contact.flat for foot in feet])
    if standing.any():
        path[:, 2] += np.median(off[standing])
    else:
        lowest = np.argmin(np.stack([foot.source[:, 0, 2] for foot in feet]), axis=None)
        path[:, 2] += off.reshape(-1)[int(lowest)]
    return path
