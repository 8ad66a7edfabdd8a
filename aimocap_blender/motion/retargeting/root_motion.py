"""Root motion: the scale, the ground and the path of the hips' travel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..feet.foot_contacts import FootContact
from ..rotations import BoolArray, FloatArray

# Set on ue4_run.fbx, cmu_91_48.fbx and boxing_toes.bvh, on the characters of tests/scene/test_retarget_real.py.
_LEAST_STEP = 1e-4  # of the leg's length squared: less travel than this over planted feet says little about scale
_LEAST_STEP_LOW = 3e-3  # the same of a body on hands and knees, which sways over them without going anywhere
_FURTHEST = 1.25  # a scale beyond this many times the ratio of the legs comes from wrong contacts
_FLOOR_PERCENTILE = 2.0
_LEVEL = 0.047  # of the leg: ground that differs less is level
_ON_THE_GROUND = 0.1  # of the leg: a rest pose whose soles are this near to height 0 stands on the world's ground
_IN_THE_AIR = 0.25  # of the leg: a motion that never comes this near to its ground is in the air


@dataclass(frozen=True, eq=False)
class Foot:
    """One foot of both figures, body axes, metres.

    Attributes:
        contact: its contacts with the ground.
        source: (F, J, 3) the source's ankle and, with J = 2, ball.
        relative: (F, J, 3) the target's, relative to its centre between the legs.
        rest: (J,) heights of the target's at rest.
        source_rest: (J,) heights of the source's at rest.
    """

    contact: FootContact
    source: FloatArray
    relative: FloatArray
    rest: FloatArray
    source_rest: FloatArray


def choose_scale(
    centre: FloatArray,
    feet: list[Foot],
    leg_ratio: float,
    leg_length: float,
    others: Sequence[tuple[BoolArray, FloatArray]] = (),
) -> float:
    """Return how many metres the target travels for one metre of the source's, so that planted feet slide least.

    This is the ratio of the legs' lengths where no foot is planted while the hips travel.

    Args:
        centre: (F, 3) the source's centre between the legs.
        feet: both figures' feet.
        leg_ratio: the target's leg length, as a multiple of the source's.
        leg_length: the source's, metres.
        others: of other points of the body, (F,) whether each rests, and its path (F, 3) as of `Foot.relative`.
    """
    weight = (_LEAST_STEP_LOW if others else _LEAST_STEP) * leg_length**2
    against, along = weight * leg_ratio, weight
    travel = np.diff(centre, axis=0)[:, :2]
    points: list[tuple[BoolArray, FloatArray]] = []
    for foot in feet:
        # the ball only where the foot has one
        for joint, still in zip(range(foot.relative.shape[1]), (foot.contact.ankle, foot.contact.ball), strict=False):
            points.append((still, foot.relative[:, joint]))
    for still, relative in (*points, *others):
        # what rests in both of two samples should go as far back under the centre as that travels
        pairs = still[1:] & still[:-1]
        under = np.diff(relative, axis=0)[:, :2]
        against -= float((travel * under)[pairs].sum())
        along += float((travel**2)[pairs].sum())
    return float(np.clip(against / along, leg_ratio / _FURTHEST, leg_ratio * _FURTHEST))


def ground_of(feet: list[Foot], scale: float, leg_length: float, joint: int = 0) -> float:
    """Return the height of the source's ground over the ground of its rest pose, metres, as an ankle or ball tells it.

    It is the ground under planted feet, the lowest where it isn't level; without contacts the lowest height that feet
    reach, unless the motion is in the air over the world's ground.

    Args:
        feet: both figures' feet.
        scale: see `choose_scale`.
        leg_length: the source's, metres.
        joint: 0 for ankles, 1 for balls.
    """
    rises = [foot.source[:, joint, 2] - foot.source_rest[joint] for foot in feet]
    flat = [rise[foot.contact.flat] for rise, foot in zip(rises, feet, strict=True)]
    standing = np.sort(np.concatenate(flat))
    if len(standing):
        lowest = standing[len(standing) // 10]
        return float(np.median(standing[standing < lowest + _LEVEL * leg_length]))
    nearest = min(float(np.percentile(rise, _FLOOR_PERCENTILE)) for rise in rises)
    leg = max(float(np.linalg.norm(foot.relative[:, 0], axis=-1).max()) for foot in feet) / scale
    on_ground = abs(min(float(foot.source_rest.min()) for foot in feet)) < _ON_THE_GROUND * leg
    return 0.0 if on_ground and nearest > _IN_THE_AIR * leg else nearest


def standing_height(foot: Foot, scale: float, ground: float, joint: int = 0) -> FloatArray:
    """Return the height (F,) of the target's ankle over its own ground that corresponds to the source's over its.

    Args:
        foot: both figures' foot.
        scale: see `choose_scale`.
        ground: see `ground_of`.
        joint: 0 for the ankle, 1 for the ball.
    """
    return foot.rest[joint] + scale * (foot.source[:, joint, 2] - foot.source_rest[joint] - ground)


def centre_path(
    centre: FloatArray,
    feet: list[Foot],
    scale: float,
    ground: float,
    start: FloatArray,
    root_motion: Literal["FULL", "IN_PLACE"],
    further: float,
) -> FloatArray:
    """Return the path (F, 3) of the target's centre between the legs, on its own ground.

    Args:
        centre: (F, 3) the source's centre.
        feet: both figures' feet.
        scale: of the travel, see `choose_scale`.
        ground: of the source, see `ground_of`.
        start: (3,) the target's centre at the start; its height is that at rest.
        root_motion: IN_PLACE leaves out the horizontal part.
        further: the user's factor on that part.
    """
    path = centre * scale * np.array([further, further, 1.0])
    if root_motion == "IN_PLACE":
        path = path * np.array([0.0, 0.0, 1.0]) + start * np.array([1.0, 1.0, 0.0])
    else:
        path[:, :2] += start[:2] - path[0, :2]
    if not feet:
        path[:, 2] += start[2] - path[0, 2]
        return path
    off = np.stack([standing_height(foot, scale, ground) - path[:, 2] - foot.relative[:, 0, 2] for foot in feet])
    standing = np.stack([foot.contact.flat for foot in feet])
    if standing.any():
        path[:, 2] += np.median(off[standing])
    else:
        lowest = np.argmin(np.stack([foot.source[:, 0, 2] for foot in feet]), axis=None)
        path[:, 2] += off.reshape(-1)[int(lowest)]
    return path
