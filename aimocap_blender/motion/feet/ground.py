"""Feet on the ground of a scene: each stance is put onto the surface below the foot, at its slope."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..figures.figure import Figure
from ..rotations import (
    BoolArray,
    FloatArray,
    angle_between,
    conjugate,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
    to_rotation_vector,
)
from ..smoothing import rate_of, softened
from ..spans import runs
from .body_pose import BodyPose
from .leg_solution import Leg, solve
from .stances import Stances

RayCast = Callable[[float, FloatArray, FloatArray, float], FloatArray]
"""Distances (N,) to the scene's surfaces, NaN where there is none: at seconds of the motion, from points (N, 3) in the
world, along a direction (3,), up to a distance."""

# Of the leg's length, where nothing else is said.
_ABOVE = 0.5  # how far above a foot its ground is looked for: from the knee
_BELOW = 0.4  # and below it: a foot that is higher is in the air
_ROUGH = 0.025  # a surface is flat where it is that near to a plane
_STEEPEST = np.radians(35.0)
_LEVEL = np.radians(12.0)  # a sole that is nearer to its ground lies on it
_SWING = 0.4  # seconds in which a leg swings from one stance to the next
_HIPS = 0.12  # seconds over which the hips follow the feet
_UP = np.array([0.0, 0.0, 1.0])

# Of the length from ankle to ball, ahead and to the side of the ankle, or of the ball.
_WHOLE = np.linspace(-0.35, 1.5, 5)
_FORE = np.linspace(-0.2, 0.5, 5)
_WIDE = np.array([-0.3, 0.0, 0.3])
_ENOUGH = len(_WHOLE) * len(_WIDE) // 3  # points that carry a foot


@dataclass(frozen=True, eq=False)
class Grounded:
    """A character whose planted feet stand on the scene's ground.

    Attributes:
        pose: its pose.
        legs: its legs, planted at the heights of the ground.
        contacts: number of stances.
        missed: those of them without ground below.
    """

    pose: BodyPose
    legs: tuple[Leg, ...]
    contacts: int
    missed: int


def on_ground(
    pose: BodyPose, legs: Sequence[Leg], times: FloatArray, cast: RayCast, slid: FloatArray | float = 0.0
) -> Grounded:
    """Return the pose with each stance on the surface below the foot, where it is over the ground.

    Surfaces are looked for at the middle of each stance, at the height to which the stance before was moved. Between
    stances a foot's height and slope are blended; one that swings at an end of the motion goes towards the height of
    the other. The hips follow the lower foot smoothly.

    Args:
        pose: the pose, its planted feet standing still.
        legs: the legs with their foot contacts.
        times: (F,) seconds.
        cast: looks for surfaces.
        slid: (F, 3) what the figure will be moved by afterwards.
    """
    figure = pose.linkage.figure
    feet = [_Foot(pose, leg, slid) for leg in legs]
    stances: list[tuple[int, int, int]] = []
    for column, leg in enumerate(legs):
        for start, stop in runs(leg.stands.any).tolist():
            stances.append((start, stop, column))
    # of each foot the rise, and the rotation vector
    moves = np.zeros((len(legs), len(times), 4))
    # in the order of time, as stairs lead from each stance to the next
    rises, missed = [0.0], 0
    for start, stop, column in sorted(stances):
        footing = _footing(figure, feet[column], slice(start, stop), times, cast, rises[-1])
        if footing is None:
            missed += 1
            moves[column, start:stop, 0] = rises[-1]
        else:
            rises.append(float(footing[0]))
            moves[column, start:stop] = footing
    rate = rate_of(times)
    first_rise = rises[min(len(rises) - 1, 1)]
    ends = first_rise, rises[-1]
    for column, leg in enumerate(legs):
        moves[column] = _between(leg.stands.any, moves[column], ends, _SWING * rate)
    hips = softened(moves[..., 0].min(axis=0), _HIPS * rate)
    rotations = dict(pose.rotations)
    raised: list[Leg] = []
    for leg, foot, move in zip(legs, feet, moves, strict=True):
        # the hips take the leg along: it does what is left
        rotations |= solve(pose.rotations, leg, pose.leg(leg), np.outer(move[:, 0] - hips, _UP))
        tilt = from_rotation_vector(move[:, 1:])
        for bone in leg.foot_bones:
            rotations[bone] = multiply(tilt, pose.rotations[bone])
        level = foot.ankle[:, 2] + move[:, 0]
        ball = None if leg.toes is None else level + rotate(tilt, foot.ball - foot.ankle)[:, 2]
        raised.append(replace(leg, level=level, ball_level=ball))
    return Grounded(
        BodyPose(pose.linkage, rotations, pose.hips + np.outer(hips, _UP)), tuple(raised), len(stances), missed
    )


def _between(known: BoolArray, move: FloatArray, ends: tuple[float, float], swing: float) -> FloatArray:
    """Return the moves (F, 4) of a foot, blended between those of its stances.

    Args:
        known: (F,) whether it is planted.
        move: (F, 4) its moves while it is.
        ends: rises that it has at both ends of the motion if it swings there for long.
        swing: samples that are long.
    """
    known, move = known.copy(), move.copy()
    stands = np.flatnonzero(known)
    for edge, nearest, rise in ((0, stands[:1], ends[0]), (len(known) - 1, stands[-1:], ends[1])):
        if not known[edge]:
            # the longer it swings there, the more it is with the other foot
            way = np.minimum(np.abs(nearest - edge) / swing, 1.0)
            move[edge] = (move[nearest] * (1.0 - way)[:, None]).sum(axis=0)
            move[edge, 0] += (rise * way).sum() if len(nearest) else rise
    # the ends count as stances, so that the moves between are blended over the whole swing
    known[[0, -1]] = True
    return Stances(known, np.inf).faded(move)


class _Foot:
    """A foot over the ground.

    Attributes:
        leg: its leg.
        ankle: (F, 3) its ankle.
        ball: (F, 3) its ball; a point on the sole if it has no toes.
        heights: their heights over the sole.
        length: from ankle to ball over the ground.
        normal: (F, 3) upwards from the sole.
    """

    def __init__(self, pose: BodyPose, leg: Leg, slid: FloatArray | float) -> None:
        figure = pose.linkage.figure
        rest = figure.standing.heads[leg.foot]
        ball = figure.ball(leg.foot, leg.toes)
        away = multiply(pose.rotations[leg.foot], conjugate(multiply(figure.stand, figure.rest[leg.foot])))
        self.leg = leg
        self.ankle = pose.leg(leg).ankle + slid
        self.ball = figure.posed_ball(leg.foot, leg.toes, self.ankle, pose.rotations[leg.foot])
        self.heights = figure.over_sole(leg.foot), 0.0 if leg.toes is None else figure.over_sole(leg.toes)
        self.length = float(norm((ball - rest)[:2]))
        self.normal = rotate(away, _UP)


def _footing(
    figure: Figure, foot: _Foot, stance: slice, times: FloatArray, cast: RayCast, rise: float
) -> FloatArray | None:
    """Return the rise and the rotation vector (4,) that put a stance onto its ground; None without ground below."""
    contact = foot.leg.stands
    flat = contact.flat[stance]
    # the middle sample of those with the whole foot on the ground, if there are any, tells of the stance
    planted = stance.start + np.flatnonzero(flat if flat.any() else contact.any[stance])
    sample = int(planted[len(planted) // 2])
    sole = foot.normal[sample]
    level = bool(flat.any()) and float(angle_between(sole, _UP)) < _LEVEL
    # a foot whose heel is up stands on its ball
    on_ankle = level or not contact.ball[sample]
    joint, over_sole = (foot.ankle, foot.heights[0]) if on_ankle else (foot.ball, foot.heights[1])
    height = float(np.median(joint[planted, 2]))
    # rays go down from knee height over the sole
    around = _under(foot, sample, _WHOLE if on_ankle else _FORE)
    leg = figure.leg_length
    top = height - over_sole + rise + _ABOVE * leg
    origins = np.column_stack([joint[sample, :2] + around, np.full(len(around), top)])
    world_from_body = conjugate(figure.to_body)
    reach = (_ABOVE + _BELOW) * leg
    below = cast(float(times[sample]), rotate(world_from_body, origins), rotate(world_from_body, -_UP), reach)
    hit = np.isfinite(below)
    if int(hit.sum()) < _ENOUGH:
        return None
    ground, slope = _plane(around[hit], top - below[hit], _ROUGH * leg)
    normal = normalise(np.array([-slope[0], -slope[1], 1.0]))
    # a motion's own slope is not added to the scene's
    level = level or float(angle_between(sole, normal)) < _LEVEL
    tilt = shortest_arc(sole if level else _UP, normal)
    # the foot is rotated about its ankle: that moves the joint that stands
    arm = joint[sample] - foot.ankle[sample]
    moved = rotate(tilt, arm) - arm
    # over a slope, a height across it is more upwards
    goal = ground + float(slope @ moved[:2]) + over_sole / normal[2]
    return np.concatenate([[goal - height - moved[2]], to_rotation_vector(tilt)])


def _under(foot: _Foot, sample: int, along: FloatArray) -> FloatArray:
    """Return points (N, 2) under the sole, as seen from a joint above, body axes, metres."""
    ahead = (foot.ball - foot.ankle)[sample, :2]
    far = float(norm(ahead))
    ahead = ahead / far if far > 0.0 else np.array([0.0, -1.0])
    side = np.array([-ahead[1], ahead[0]])
    grid = along[:, None, None] * ahead + _WIDE[:, None] * side
    return grid.reshape(-1, 2) * foot.length


def _plane(points: FloatArray, heights: FloatArray, rough: float) -> tuple[float, FloatArray]:
    """Return the height at the origin and the slope (2,) of the plane that carries a foot.

    That is the highest flat part of the surface that is large enough, so that a foot can stand on the edge of a step;
    but its toes alone don't raise it onto the next one.

    Args:
        points: (N, 2) under the sole.
        heights: (N,) of the surface.
        rough: how far a flat surface may be from a plane.
    """
    steepest = float(np.tan(_STEEPEST))
    # without the lowest points one by one until the others are flat; if they never are, without the highest
    for upwards in (1.0, -1.0):
        kept = np.argsort(upwards * heights, kind="stable")
        while len(kept) >= _ENOUGH:
            system = np.column_stack([np.ones(len(kept)), points[kept]])
            plane = np.asarray(np.linalg.lstsq(system, heights[kept], rcond=None)[0], dtype=np.float64)
            steep = float(norm(plane[1:])) / steepest
            flat = float(np.abs(system @ plane - heights[kept]).max()) < rough
            # all of it may be a steep slope, on which a foot lies less steeply; a part of it would be a step's edge
            if flat and (steep <= 1.0 or len(kept) == len(points)):
                return float(plane[0]), plane[1:] / max(steep, 1.0)
            kept = kept[1:]
    return float(np.median(heights)), np.zeros(2)
