"""The foot lock: keep feet that are planted in the source planted on the character, for all frames at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..rotations import (
    BoolArray,
    FloatArray,
    IntArray,
    conjugate,
    dot,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
    step_lengths,
    to_rotation_vector,
    turning,
)
from ..smoothing import covered, least_bent, rate_of, smooth_step, softened, without_jolts
from ..spans import runs
from .body_pose import BodyPose
from .foot_contacts import FootContact
from .leg_solution import Leg, PosedLeg, solve
from .stances import Stances

# Set on ue4_run.fbx, cmu_91_48.fbx and boxing_toes.bvh, on the characters of tests/scene/test_retarget_real.py.
_BLEND = 0.12  # seconds over which one foot takes over from another
SOFT_SEC = 0.2  # seconds over which a lock fades in and out
_JUMP = np.radians(2.5)  # from sample to sample: the hips' rotation is averaged, as where a foot leaves the ground
_CALM = 0.08  # seconds over which it is
_HIPS = (0.4, 0.15, 0.06, 0.03, 0.0)  # seconds over which the hips follow the moves that feet have in common, in turn
_FREE = 0.3  # of a leg's stiffness: lets the hips come back gently while no foot is planted
_KEEP = (0.5, 0.5, 20.0)  # of a leg's stiffness: keeps a stance in its own position, and at its height
_FAR = np.radians(3.0)  # a leg that rotates so far counts twice in the next round
_NEAR = np.radians(2.0)  # while no leg rotates further, another round gains nothing
_ROUNDS = 6
_OFF = 0.2  # of a leg: a foot that is further from the level of its stance is held in the air
_OFF_LEVEL = 0.014  # of a leg: how far a planted ankle or ball may be from its level
_OFF_PITCH = 0.0225  # of a leg: how far the ball of a planted foot may be from its height over the ankle
_EVEN = np.radians(0.7) / 12.0  # rad per leg's length/s²: legs rotate 0.7° rather than the hips accelerate by 1 g more
_PUSH = 31.4  # of a leg's length a second, squared: the lock accelerates the hips no more
_EASY = 0.1  # of a leg's stiffness: lets the hips give way while no foot is planted
_SUDDEN = np.radians(1.0)  # a lock rotates a leg no further from sample to sample, if it can
_FEW = 0.03  # of a stance's samples may be further off: a foot rolls on or off
_EDGE = 0.4  # of the reach of a lock: the hips heed a foot less there
_STEEPER = np.radians(25.0)  # a planted foot pitches no more to bring its ball to its level
_SLOWLY = 2.0  # times as long as a lock: a pitch fades in and out
_CALM_TURN = np.radians(10.0)  # in the time of a lock: a foot turns no faster from one stance to the next, close by
_TURNS = 0.1  # of all samples: a sight that turns less, as sine squared, tells nothing of how far the camera is
_LITTLE = 1e-6
_LEVEL = np.array([1.0, 1.0, 0.0])
_TURN = 6.0  # weight of a rotation of the hips relative to one of a leg


@dataclass(frozen=True, eq=False)
class Sight:
    """How films see a body.

    Attributes:
        ahead: (C, F, 3) unit directions in which each film's camera sees the hips.
        shots: the samples of each shot, through which the cameras stay.
    """

    ahead: FloatArray
    shots: Sequence[slice]


def lock_feet(
    pose: BodyPose,
    legs: Sequence[Leg],
    times: FloatArray,
    strength: float = 1.0,
    *,
    evenly: bool = True,
    sight: Sight | None = None,
) -> BodyPose:
    """Return the pose with planted feet held still.

    A foot keeps position and rotation while all of it is planted, and the position of its planted part while it rolls.
    The hips follow smoothly what planted feet have in common, and come down a little where a leg is too short.

    Args:
        pose: the character's pose.
        legs: the legs whose feet are held.
        times: (F,) seconds.
        strength: 0 to 1, how strongly planted feet are held.
        evenly: legs rotate a little rather than that the hips jolt.
        sight: how cameras see the hips; shifted once a shot, they see them there with feet held, too. None if none is
            known.
    """
    if strength <= 0.0 or not any(leg.slow.any.any() for leg in legs):
        return pose
    rate = rate_of(times)
    reach = SOFT_SEC * rate
    buried = _buried(pose, legs)
    legs = [_with_own_level(pose, leg, buried) for leg in legs]
    # the hips first go where standing feet carry them: little is then left for legs to make up for
    carried = kept_in_sight(_carried_by_feet(pose, legs, _BLEND * rate), sight)
    free_hips, free_rotation = pose.hips, pose.rotations[pose.linkage.figure.slots["hips"]]
    pose = replace(pose, hips=free_hips + carried)
    # the rotation of a foot says where its ball is, on which it may stand
    feet: list[_Foot] = []
    for leg in legs:
        pose = _with_held_rotation(pose, leg, reach, strength)
        feet.append(_foot(pose, leg, reach))
    free_centre = _centre(feet) - carried
    # what is left is for hips and legs; a weaker lock does only a part of it all
    common, shifts = _shared_out(feet, rate)
    back = (strength - 1.0) * carried
    goals = _ankles(feet) + strength * shifts + back
    pose = _with_hips_moved(pose, feet, strength * common)
    pose = replace(pose, hips=pose.hips + back)
    feet = _as_posed(pose, feet)
    # the solution is exact for small rotations only: a second step from here
    pose = _with_hips_moved(pose, feet, _once_more(feet, goals - _ankles(feet), rate))
    moves = _without_jolts(feet, pose.hips - free_hips, rate, _EVEN if evenly else 0.0)
    pose = replace(pose, hips=free_hips + moves)
    feet = _as_posed(pose, feet)
    # where a camera sees the hips, legs rotate rather than that they move across its sight
    moved = _centre(feet) - free_centre
    pose = replace(pose, hips=pose.hips + kept_in_sight(moved, sight) - moved)
    feet = _as_posed(pose, feet)
    # hips that may not go further turn: then legs rotate less
    pose = _with_hips_moved(pose, feet, _turned(feet, goals - _ankles(feet)))
    pose = _with_hips_turned_calmly(pose, feet, free_rotation, _CALM * rate)
    return _with_ankles_moved(pose, feet, goals, reach)


def _as_posed(pose: BodyPose, feet: "list[_Foot]") -> "list[_Foot]":
    return [replace(foot, posed=pose.leg(foot.leg)) for foot in feet]


def _ankles(feet: "list[_Foot]") -> FloatArray:
    """Return where the ankles (K, F, 3) of K feet are."""
    return np.array([foot.posed.ankle for foot in feet])


def _buried(pose: BodyPose, legs: Sequence[Leg]) -> FloatArray:
    """Return how far (F,) all planted feet are below their levels, where any is: the hips can take them up by that."""
    least = np.full(len(pose.hips), np.inf)
    for leg in legs:
        ankle, _ = points_of(pose, leg)
        least = np.minimum(least, np.where(leg.contact.any, leg.level - ankle[:, 2], np.inf))
    return np.maximum(least, 0.0)


def _with_own_level(pose: BodyPose, leg: Leg, buried: FloatArray) -> Leg:
    """Return the leg with levels only for stances that are near them: the others are of feet held in the air."""
    posed = pose.leg(leg)
    ankle, ball = points_of(pose, leg)
    level, ball_level = leg.level.copy(), None if leg.ball_level is None else leg.ball_level.copy()
    for start, stop in runs(leg.slow.any).tolist():
        # by a median: a stance may begin or end with a foot that rolls
        off = level[start:stop] - ankle[start:stop, 2]
        far = _OFF * float(posed.bones.mean())
        if abs(_median(off)) > far and abs(_median(off - buried[start:stop])) > far / 2.0:
            level[start:stop] = ankle[start:stop, 2]
            if ball_level is not None:
                ball_level[start:stop] = ball[start:stop, 2]
    return replace(leg, level=level, ball_level=ball_level)


def _carried_by_feet(pose: BodyPose, legs: Sequence[Leg], width: float) -> FloatArray:
    """Return the moves (F, 3) that let the hips go on, and at the height, as planted feet, standing still, carry them.

    A figure with wider hips pivots in a wider circle, one with other knees makes other strides: its hips then take
    another path than the source's, rather than its legs other angles.
    """
    count = len(pose.hips)
    steps, rise = np.zeros((count - 1, 2)), np.zeros(count)
    total, stands = np.zeros(count), np.zeros(count)
    for leg in legs:
        ankle, ball = points_of(pose, leg)
        weight, firm = _within(leg.slow.any, width), _within(leg.contact.any, width)
        # from sample to sample the hips go the opposite way of the joint that stands in both
        both = np.minimum(weight[1:], weight[:-1])[:, None]
        on_ankle = (leg.slow.ankle[1:] & leg.slow.ankle[:-1])[:, None]
        still_ankle, still_ball = leg.without_creep(ankle, ball)
        steps -= both * np.where(on_ankle, np.diff(still_ankle, axis=0), np.diff(still_ball, axis=0))[:, :2]
        total += weight
        # a foot that creeps may be rolling off: heights are told by those that stand
        rise += firm * (leg.level - ankle[:, 2])
        stands += firm
    # the mean of both feet where both stand
    stand = np.flatnonzero(stands > 0.0)
    total_steps = np.maximum(np.minimum(total[1:], total[:-1]), _LITTLE)[:, None]
    move = np.zeros((count, 3))
    # steps along the ground add up; the height is told by each stance anew
    move[1:, :2] = np.cumsum(steps / total_steps, axis=0)
    if len(stand):
        move[:, 2] = np.interp(np.arange(count), stand, rise[stand] / stands[stand])
    return softened(move, width)


def kept_in_sight(moves: FloatArray, sight: Sight | None, share: FloatArray | None = None) -> FloatArray:
    """Return moves (F, 3) of the hips of which cameras see nothing, if a `share` (F,) of a shift moves them."""
    if sight is None:
        return moves
    share = np.ones(len(moves)) if share is None else share
    ahead = sight.ahead
    across: FloatArray = (np.eye(3) - ahead[..., :, None] * ahead[..., None, :]).sum(axis=0)
    # a camera doesn't see moves towards it and away from it, but a second one does
    seen = across if len(ahead) == 1 else np.broadcast_to(np.eye(3), across.shape)
    kept = moves - (seen @ moves[:, :, None])[:, :, 0]
    for rows in sight.shots:
        # the cameras' shift by which most of what they see is left; one goes no nearer, as sizes would change
        total: FloatArray = (across[rows] @ moves[rows, :, None]).sum(axis=0)
        shift = np.asarray(np.linalg.pinv(across[rows].sum(axis=0), rcond=_TURNS), dtype=np.float64) @ total
        kept[rows] += share[rows, None] * (seen[rows] @ shift)[:, :, 0]
    return kept


def _within(known: BoolArray, width: float) -> FloatArray:
    """Return a weight (F,) that rises from the edges of each stance to 1 over `width` samples; 0 outside."""
    weight = np.zeros(len(known))
    for start, stop in runs(known).tolist():
        inside = np.arange(stop - start, dtype=np.float64) + 0.5
        weight[start:stop] = np.minimum(np.minimum(inside, inside[::-1]) / max(width, 0.5), 1.0)
    return weight


def points_of(pose: BodyPose, leg: Leg) -> tuple[FloatArray, FloatArray]:
    """Return the paths (F, 3) of a foot's ankle and ball; twice the ankle's without toes."""
    heads = pose.heads((leg.upper, leg.lower, *leg.foot_bones))
    return heads[leg.foot], heads[leg.foot_bones[-1]]


def _with_ankles_moved(pose: BodyPose, feet: "list[_Foot]", goals: FloatArray, reach: float) -> BodyPose:
    """Return the pose with legs that bring planted ankles to their goals (K, F, 3), hips low enough for them."""
    feet = _as_posed(pose, feet)
    shifts: list[FloatArray] = []
    drop = np.zeros(len(pose.hips))
    for foot, lacking in zip(feet, goals - _ankles(feet), strict=True):
        shifts.append(_calmly(foot, lacking))
        drop = np.maximum(drop, foot.posed.out_of_reach(shifts[-1]))
    drop = covered(drop, int(reach))
    hips, rotations = pose.hips.copy(), dict(pose.rotations)
    hips[:, 2] -= drop
    for foot, shift in zip(feet, shifts, strict=True):
        # a planted ankle doesn't come down with the hips; one that swings does
        shift[:, 2] += drop * foot.stances.weight
        rotations |= solve(rotations, foot.leg, foot.posed, shift)
    return BodyPose(pose.linkage, rotations, hips)


def _calmly(foot: "_Foot", lacking: FloatArray) -> FloatArray:
    """Return the shifts (F, 3) of an ankle: all that it lacks while planted, faded out in between.

    Where that would rotate the leg suddenly, a stance begins later and ends earlier by what moves slowly already.
    """
    shift = foot.stances.faded(lacking)
    sudden = step_lengths(shift) > _SUDDEN * float(foot.posed.bones.mean())
    planted, firm = foot.stances.known.copy(), foot.leg.contact.firm
    for start, stop in runs(planted).tolist():
        stands = start + np.flatnonzero(firm[start:stop])
        if len(stands) and sudden[max(start - 1, 0) : stop].any():
            planted[start : stands[0]] = False
            planted[stands[-1] + 1 : stop] = False
    if (planted == foot.stances.known).all():
        return shift
    return replace(foot.stances, known=planted).faded(lacking)


@dataclass(frozen=True, eq=False)
class _Foot:
    """A foot to hold.

    Attributes:
        leg: its leg.
        posed: the leg's joints before the foot is held.
        stances: when the foot is planted.
        drift: (F, 3) correction that holds it still in each stance, about any position.
        wish: (F, 3) offset to add to that, so that each stance has its own mean position, at its height.
        hold: (F,) how much the hips heed it: 1 while it is planted, less at the edges of stances, else 0.
        on_hips: whether its leg hangs on the hips and rotates with them.
    """

    leg: Leg
    posed: PosedLeg
    stances: Stances
    drift: FloatArray
    wish: FloatArray
    hold: FloatArray
    on_hips: bool

    def weighted(self, weight: FloatArray) -> FloatArray:
        """Return the leg's stiffness (F, 3, 3) times a weight (F,) while the foot is planted, else 0."""
        return self.posed.stiffness * (self.hold * weight)[:, None, None]

    def urgency(self, shift: FloatArray) -> FloatArray:
        """Return a weight (F,) of 1 and more that grows with the leg's rotation for an ankle's `shift` (F, 3)."""
        squared = (shift[:, None, :] @ self.posed.stiffness @ shift[:, :, None])[:, 0, 0]
        return np.asarray(1.0 + squared / _FAR**2, dtype=np.float64)


def _with_hips_moved(pose: BodyPose, feet: list[_Foot], move: FloatArray) -> BodyPose:
    """Return the pose with its hips shifted and rotated (F, 6) about the centre between the legs."""
    root = pose.linkage.figure.slots["hips"]
    rotation = from_rotation_vector(move[:, 3:])
    centre = _centre(feet)
    rotations = {**pose.rotations, root: multiply(rotation, pose.rotations[root])}
    return BodyPose(pose.linkage, rotations, centre + rotate(rotation, pose.hips - centre) + move[:, :3])


def _with_hips_turned_calmly(pose: BodyPose, feet: list[_Foot], own: FloatArray, width: float) -> BodyPose:
    """Return the pose with the hips' rotation away from their `own` (F, 4) averaged over time where it jumps."""
    turn = to_rotation_vector(multiply(pose.rotations[pose.linkage.figure.slots["hips"]], conjugate(own)))
    jumps = np.concatenate([[0.0], step_lengths(turn) > _JUMP])
    if not jumps.any():
        return pose
    # only around jumps, so that what is smooth stays as legs need it
    change = (softened(turn, width) - turn) * covered(jumps, math.ceil(width))[:, None]
    return _with_hips_moved(pose, _as_posed(pose, feet), np.concatenate([np.zeros_like(change), change], axis=-1))


def _centre(feet: list[_Foot]) -> FloatArray:
    return np.asarray(np.mean([foot.posed.hip for foot in feet], axis=0), dtype=np.float64)


def _shared_out(feet: list[_Foot], rate: float) -> tuple[FloatArray, FloatArray]:
    """Share the correction out between hips, stances and legs so that legs rotate little.

    The hips follow smoothly what planted feet have in common; stances give way where legs would rotate far.

    Returns:
        Shift and rotation (F, 6) of the hips, and the shifts (K, F, 3) of K ankles.
    """
    offsets = np.array([foot.wish for foot in feet])
    shifts = np.zeros_like(offsets)
    urgent, weights = np.ones(offsets.shape[:2]), np.zeros((*offsets.shape, 3))
    keep = np.diag(_KEEP) / _size(feet) ** 2
    levers = _levers(feet)
    common = np.zeros((len(feet[0].drift), 6))
    for _ in range(_ROUNDS):
        # each stance where its neighbours let it be, then the hips that suit all feet best
        for index, foot in enumerate(feet):
            shifts[index] = foot.stances.settled(foot.drift, offsets[index])
            weights[index] = foot.weighted(urgent[index])
        common = _common(weights, levers, shifts, _size(feet), rate)
        # what remains is for the legs: where they rotate far, the next round weighs them more
        by_hips = (levers @ common[:, :, None])[..., 0]
        furthest = 0.0
        for index, foot in enumerate(feet):
            urgency = foot.urgency(foot.stances.faded(shifts[index] - by_hips[index]))
            urgent[index] = urgent[index] * urgency
            furthest = max(furthest, float(urgency.max()))
        if furthest < 1.0 + (_NEAR / _FAR) ** 2:
            break
        # and stances come towards where the hips leave their feet
        for index, foot in enumerate(feet):
            offsets[index] = foot.stances.balanced(weights[index], by_hips[index] - foot.drift, keep, foot.wish)
    return common, shifts


def _once_more(feet: list[_Foot], shifts: FloatArray, rate: float) -> FloatArray:
    """Return the shift and rotation (F, 6) of the hips for the shifts (K, F, 3) that ankles still lack."""
    return _common(_urgent_weights(feet, shifts), _levers(feet), shifts, _size(feet), rate)


def _urgent_weights(feet: list[_Foot], shifts: FloatArray) -> FloatArray:
    """Return weights (K, F, 3, 3) of the shifts (K, F, 3) that ankles lack: far greater where legs would rotate far."""
    weights = np.zeros((*shifts.shape, 3))
    for index, foot in enumerate(feet):
        weights[index] = foot.weighted(foot.urgency(shifts[index]) ** 2)
    return weights


def _without_jolts(feet: list[_Foot], moves: FloatArray, rate: float, even: float) -> FloatArray:
    """Return the moves (F, 3) of the hips without jolts: legs of planted feet rotate a little instead.

    Args:
        feet: those that are held.
        moves: metres.
        rate: samples a second.
        even: radians that legs rotate rather than that the hips accelerate by a leg's length a second, squared.
    """
    stiffness: FloatArray = np.sum([foot.weighted(np.ones(len(moves))) for foot in feet], axis=0)
    stiffness += np.eye(3) * _EASY / _size(feet) ** 2
    if even > 0.0:
        # of second differences: accelerations in metres per sample, squared
        bending = np.full(3, (even * rate**2 / _size(feet)) ** 2)
        moves = moves + least_bent(stiffness, np.zeros_like(moves), bending, moves)
    # least squares weigh all jolts; without a limit, stiff legs of toys leave single ones that can be seen
    give = np.asarray(np.linalg.inv(stiffness), dtype=np.float64)
    return without_jolts(moves, _PUSH * _size(feet) / rate**2, give)


def _turned(feet: list[_Foot], shifts: FloatArray) -> FloatArray:
    """Return the rotation of the hips alone, as (F, 6), for the shifts (K, F, 3) that ankles still lack."""
    count = len(shifts[0])
    # normal equations of the least squares: each foot's lever, weighted, times what it lacks
    total, asked = np.zeros((count, 3, 3)), np.zeros((count, 3, 1))
    for lever, weight, shift in zip(_levers(feet), _urgent_weights(feet, shifts), shifts, strict=True):
        turning_only = lever[:, :, 3:]
        pull = turning_only.swapaxes(1, 2) @ weight
        total += pull @ turning_only
        asked += pull @ shift[:, :, None]
    rotation = _solved(total + np.eye(3) * _TURN, asked[:, :, 0])
    return np.concatenate([np.zeros_like(rotation), rotation], axis=-1)


def _size(feet: list[_Foot]) -> float:
    return float(np.mean([foot.posed.bones.mean() for foot in feet]))


def _levers(feet: list[_Foot]) -> FloatArray:
    """Return the levers (K, F, 3, 6) of K feet, see `_lever`."""
    centre = _centre(feet)
    levers: list[FloatArray] = []
    for foot in feet:
        # one that doesn't hang on the hips goes along with them, but doesn't rotate
        arm = foot.posed.hip - centre if foot.on_hips else np.zeros_like(centre)
        levers.append(_lever(arm))
    return np.array(levers)


def _lever(arm: FloatArray) -> FloatArray:
    """Return the map (F, 3, 6) from shift and small rotation of the hips to the shift of a point `arm` (F, 3) away."""
    lever = np.zeros((len(arm), 3, 6))
    lever[:, [0, 1, 2], [0, 1, 2]] = 1.0
    lever[:, :, 3:] = turning(arm)
    return lever


def _with_held_rotation(pose: BodyPose, leg: Leg, reach: float, strength: float) -> BodyPose:
    """Return the pose with one rotation of the foot for each time that all of it is planted."""
    flat = leg.contact.flat
    if not flat.any():
        return pose
    free = pose.rotations[leg.foot]
    pose = _with_pitched_foot(pose, leg, reach, strength)
    spans, rows = runs(flat), np.flatnonzero(flat)
    counts = spans[:, 1] - spans[:, 0]
    posed = pose.rotations[leg.foot]
    planted = posed[rows]
    # a quaternion and its negative are one rotation, but a mean takes them for opposites
    middle = np.repeat(posed[spans.sum(axis=1) // 2], counts, axis=0)
    alike = np.where(dot(planted, middle)[:, None] < 0.0, -planted, planted)
    held = normalise(_means(alike, counts))
    change = np.zeros((len(posed), 3))
    change[rows] = to_rotation_vector(multiply(np.repeat(held, counts, axis=0), conjugate(planted)))
    change += _turned_calmly(change + to_rotation_vector(multiply(posed, conjugate(free))), spans, reach)
    furthest = float(norm(change[spans[:, 0]]).max(initial=0.0))
    furthest = max(furthest, float(norm(change[spans[:, 1] - 1]).max(initial=0.0)))
    # a smooth step is half as fast again in its middle
    longer = max(1.0, 1.5 * furthest / _CALM_TURN)
    return with_foot_rotated(pose, leg, strength * Stances(flat, longer * reach).faded(change))


def _turned_calmly(change: FloatArray, spans: IntArray, reach: float) -> FloatArray:
    """Return what else (F, 3) turns a foot so that it does so calmly between stances that are held in other ways.

    It turns around its ankle while it stands, too, where there is too little time between both.

    Args:
        change: (F, 3) that turns it in each of its stances as that is held.
        spans: (N, 2) of these.
        reach: samples in which a lock fades.
    """
    else_turned = np.zeros_like(change)
    for (start, stop), (following, end) in pairwise(spans.tolist()):
        jump, gap = change[following] - change[stop - 1], following + 1 - stop
        # a smooth step is half as fast again in its middle; toes that stand don't slide for less than a sample
        aside = (1.5 * float(norm(jump)) * reach / _CALM_TURN - gap) // 2.0
        if gap <= reach and aside > 0.0:
            # half of each stance is left for its other neighbour
            aside = min(aside, (stop - start) / 2.0, (end - following) / 2.0)
            frames = np.arange(start, end)
            way = np.clip((frames - (stop - 1 - aside)) / (gap + 2.0 * aside), 0.0, 1.0)
            else_turned[start:end] += (smooth_step(way) - (frames >= following))[:, None] * jump
    return else_turned


def _means(values: FloatArray, counts: IntArray) -> FloatArray:
    """Return the means (N, C) of consecutive parts of values (F, C), so many samples (N,) in each."""
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.asarray(np.add.reduceat(values, starts, axis=0) / counts[:, None], dtype=np.float64)


def with_foot_rotated(pose: BodyPose, leg: Leg, turn: FloatArray) -> BodyPose:
    """Return the pose with a foot and its toes rotated by rotation vectors (F, 3)."""
    by, rotations = from_rotation_vector(turn), dict(pose.rotations)
    for bone in leg.foot_bones:
        rotations[bone] = multiply(by, rotations[bone])
    return replace(pose, rotations=rotations)


def _with_pitched_foot(pose: BodyPose, leg: Leg, reach: float, strength: float) -> BodyPose:
    """Return the pose with a foot that is less steep where its ball would be far from its level while it is planted."""
    if leg.ball_level is None:
        return pose
    ankle, ball = points_of(pose, leg)
    spans, flat = runs(leg.contact.flat), leg.contact.flat
    counts = spans[:, 1] - spans[:, 0]
    arms = _means((ball - ankle)[flat], counts)
    rises = _means((leg.ball_level - leg.level)[flat, None], counts)[:, 0]
    # levels are to the scale of legs: a heel that is lifted doesn't go as much higher on long legs with small feet
    figure = pose.linkage.figure
    at_rest = figure.heads[leg.foot_bones[-1], 2] - figure.heads[leg.foot, 2]
    rises = np.maximum(rises, np.minimum(arms[:, 2], at_rest))
    off = _OFF_PITCH * float(pose.leg(leg).bones.mean())
    if float(np.abs(arms[:, 2] - rises).max()) <= off:
        return pose
    turn = np.zeros_like(ankle)
    for (start, stop), arm, rise in zip(spans.tolist(), arms, rises.tolist(), strict=True):
        turn[start:stop] = _pitch(arm, rise, off)
    return with_foot_rotated(pose, leg, strength * Stances(flat, _SLOWLY * reach).faded(turn))


def _pitch(arm: FloatArray, rise: float, most: float) -> FloatArray:
    """Return the rotation vector (3,) that brings a foot's ball near the height that it should have.

    A foot that is longer than the source's, and as steep, would reach into the ground with one end.

    Args:
        arm: (3,) from ankle to ball.
        rise: the height of the ball over the ankle that the source's foot asks for.
        most: how far it may be from that, metres.
    """
    length = float(norm(arm))
    wanted = float(np.clip(arm[2], rise - most, rise + most))
    # a ball can't be higher over the ankle than the foot is long
    if wanted == arm[2] or abs(wanted) >= length:
        return np.zeros(3)
    # as long as before, in the same direction over the ground
    level = normalise(arm * _LEVEL) * np.sqrt(length**2 - wanted**2)
    turn = to_rotation_vector(shortest_arc(arm, level + np.array([0.0, 0.0, wanted])))
    return turn * min(1.0, _STEEPER / max(float(norm(turn)), _LITTLE))


def _foot(pose: BodyPose, leg: Leg, reach: float) -> _Foot:
    """Return a foot with the corrections that hold it still.

    Within one stance each joint that becomes planted continues from the position to which the one before has been
    brought, so that a foot never slips while it rolls from heel to toe.
    """
    linkage = pose.linkage
    posed = pose.leg(leg)
    ankle = posed.ankle
    ball = ankle
    if leg.toes is not None:
        ball = linkage.hang(leg.toes, leg.foot, pose.rotations, {leg.foot: ankle})
    drift, wish = np.zeros_like(ankle), np.zeros_like(ankle)
    stances = Stances(leg.slow.any, reach, leg.slow.any & ~leg.contact.any)
    paths = leg.without_creep(ankle, ball)
    for start, stop in runs(stances.known).tolist():
        drift[start:stop] = drift_in(leg.slow, *paths, start, stop)
    for start, stop in stances.parts.tolist():
        # over the ground a stance stays in the middle of where it was …
        wish[start:stop] = -drift[start:stop].mean(axis=0)
        # … and its height is told by the samples with the whole foot on the ground, if there are any
        flat = leg.contact.flat[start:stop]
        tells: IntArray = start + np.flatnonzero(flat if flat.any() else np.ones_like(flat))
        lacking = [(leg.level - ankle[:, 2] - drift[:, 2])[tells]]
        if leg.ball_level is not None:
            lacking.append((leg.ball_level - ball[:, 2] - drift[:, 2])[tells])
        wish[start:stop, 2] = _height(lacking, _OFF_LEVEL * float(posed.bones.mean()))
    root = linkage.figure.slots["hips"]
    # a leg that hangs on no rotated bone gets a location that carries it with the hips
    on_hips = linkage.figure.skeleton.nearest_above(leg.upper, pose.rotations) in (root, -1)
    hold = _within(leg.slow.any, _EDGE * reach)
    return _Foot(leg, posed, stances, drift, wish, hold, on_hips)


def drift_in(contact: FootContact, ankle: FloatArray, ball: FloatArray, start: int, stop: int) -> FloatArray:
    """Return the shifts (N, 3) that hold the planted part of a foot still in one stance, about any position.

    Args:
        ankle: (F, 3) metres.
        ball: (F, 3) metres.
        start: first sample of the stance.
        stop: the one after its last.
    """
    on_ankle, on_ball = contact.ankle[start:stop], contact.ball[start:stop]
    # what rests at both ends of a step stays; where nothing does, the ankle if it rests then
    by_ankle = on_ankle[1:] & (on_ankle[:-1] | ~(on_ball[1:] & on_ball[:-1]))
    steps = np.where(by_ankle[:, None], np.diff(ankle[start:stop], axis=0), np.diff(ball[start:stop], axis=0))
    return np.concatenate([np.zeros((1, 3)), -np.cumsum(steps, axis=0)])


def _height(lacking: list[FloatArray], most: float) -> float:
    """Return what raises ankles to their level: only so far that these and balls lack no more than `most`, if possible.

    Args:
        lacking: (N,) heights that ankles lack, and balls.
        most: metres.
    """
    every = np.sort(np.concatenate(lacking))
    few = int(_FEW * len(every))
    low, high = float(every[few]), float(every[-1 - few])
    # no less than brings the lowest near enough, no more than leaves the highest near; if both can't be, halfway
    middle = 0.5 * (low + high)
    return min(max(_median(lacking[0]), min(high - most, middle)), max(low + most, middle))


def _median(values: FloatArray) -> float:
    """Return the median of (N,) values; numpy's own takes five times as long for those of one stance."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2.0)


def _common(weights: FloatArray, levers: FloatArray, shifts: FloatArray, size: float, rate: float) -> FloatArray:
    """Return the shift and rotation (F, 6) of the hips that planted feet ask for together, coarsely over time first.

    Args:
        weights: (K, F, 3, 3) of K feet.
        levers: (K, F, 3, 6) from the hips' shift and rotation to an ankle's shift.
        shifts: (K, F, 3) that the ankles ask for.
        size: of a leg, metres.
        rate: samples a second.
    """
    # normal equations of the least squares: each foot's lever, weighted, times what it lacks
    pulls = levers.swapaxes(-1, -2) @ weights
    total = (pulls @ levers).sum(axis=0)
    free = np.diag([_FREE / size**2] * 3 + [_TURN] * 3)
    common = np.zeros((len(total), 6))
    # each pass is for what the coarser ones before it leave: what can be done slowly is
    for seconds in _HIPS:
        asked = (pulls @ (shifts[..., None] - levers @ common[:, :, None])).sum(axis=0)
        width = seconds * rate
        common = common + _solved(softened(total, width) + free, softened(asked, width)[:, :, 0])
    return common


def _solved(positive: FloatArray, right: FloatArray) -> FloatArray:
    """Return the solutions (F, N) of F small systems (F, N, N), symmetric and positive, so that no pivoting is needed.

    Eliminates all frames at once, which is faster than `numpy.linalg.solve`, which hands each frame to LAPACK: 0.09 ms
    instead of 0.15 ms for 600 frames of 6 unknowns, 0.9 ms instead of 2.6 ms for 10,000 (4 % of a whole retargeting).
    """
    # frames last, so that each step is one operation on contiguous memory
    rows, found = np.moveaxis(positive, 0, -1).copy(), right.T.copy()
    count = len(found)
    for pivot in range(count):
        for row in range(pivot + 1, count):
            factor = rows[row, pivot] / rows[pivot, pivot]
            rows[row, pivot + 1 :] -= factor * rows[pivot, pivot + 1 :]
            found[row] -= factor * found[pivot]
    for row in reversed(range(count)):
        found[row] = (found[row] - (rows[row, row + 1 :] * found[row + 1 :]).sum(axis=0)) / rows[row, row]
    return found.T
