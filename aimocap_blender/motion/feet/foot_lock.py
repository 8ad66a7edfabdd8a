"""Feet that stand in the source stand still on the character: two-bone legs, solved for all frames at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..figures.linkage import Linkage
from ..rotations import FloatArray, conjugate, from_rotation_vector, multiply, rotate, to_rotation_vector
from ..smoothing import covered, rate_of, softened
from .foot_contacts import runs
from .leg_solution import Leg, PosedLeg, solve
from .stances import Stances

_SOFT = 0.2  # seconds in which a foot comes into its place and goes out of it
_HIPS = (0.4, 0.15, 0.06)  # seconds over which the hips take on what feet have in common, coarsely first
_FREE = 0.3  # of a leg's stiffness: what lets the hips come back gently when no foot stands
_KEEP = (0.5, 0.5, 8.0)  # of a leg's stiffness: what keeps a stance where it would be, and at its height
_FAR = np.radians(3.0)  # a leg that has to turn so far counts twice the next time
_NEAR = np.radians(2.0)  # where no leg has to turn further, nothing is gained by sharing out once more
_ROUNDS = 6
_TURN = 6.0  # how much a turn of the hips counts against one of a leg


def lock_feet(
    linkage: Linkage,
    turns: dict[int, FloatArray],
    hips: FloatArray,
    legs: list[Leg],
    times: FloatArray,
    strength: float = 1.0,
) -> FloatArray:
    """Hold standing feet where they stand.

    Feet keep place and attitude while they stand whole, the place of what touches the ground while they roll. What
    standing feet have in common the hips do, smoothly, and where a leg doesn't reach they come down a little. `turns`
    of the legs' bones are changed in place.

    Args:
        linkage: the character's bones.
        turns: bone to (F, 4) bone-to-body turns.
        hips: (F, 3) where the hips' head is.
        legs: the legs to hold.
        times: (F,) seconds.
        strength: 0 to 1, how much of the way feet are brought to where they stand.

    Returns:
        (F, 3) where the hips' head is now.
    """
    rate = rate_of(times)
    if strength <= 0.0 or not any(leg.contact.any.any() for leg in legs):
        return hips
    reach = _SOFT * rate
    feet: list[_Foot] = []
    for leg in legs:
        _hold_attitude(turns, leg, reach, strength)
        feet.append(_foot(linkage, turns, posed_leg(linkage, turns, hips, leg), leg, reach))
    common, shifts = _shared_out(feet, rate)
    goals = [foot.posed.ankle + strength * shift for foot, shift in zip(feet, shifts, strict=True)]
    hips = _moved(linkage, turns, hips, feet, strength * common)
    feet = [replace(foot, posed=posed_leg(linkage, turns, hips, foot.leg)) for foot in feet]
    # large turns aren't quite what small ones are: once more from there
    again = _once_more(feet, [goal - foot.posed.ankle for foot, goal in zip(feet, goals, strict=True)], rate)
    hips = _moved(linkage, turns, hips, feet, again)
    posed = [posed_leg(linkage, turns, hips, leg) for leg in legs]
    rests = [foot.stances.faded(goal - limb.ankle) for foot, limb, goal in zip(feet, posed, goals, strict=True)]
    drop = np.zeros(len(times))
    for limb, rest in zip(posed, rests, strict=True):
        drop = np.maximum(drop, limb.out_of_reach(rest))
    drop = covered(drop, int(reach))
    hips[:, 2] -= drop
    for foot, limb, rest in zip(feet, posed, rests, strict=True):
        rest[:, 2] += drop * foot.stances.faded(np.ones((len(times), 1)))[:, 0]
        solve(turns, foot.leg, limb, rest)
    return hips


@dataclass(frozen=True, eq=False)
class _Foot:
    """A foot that is to stand.

    Attributes:
        leg: its leg.
        posed: as it is without being held.
        stances: when it stands.
        drift: (F, 3) what would hold it still in each stance, about any place.
        wish: (F, 3) what to add to that so that the stance is where it would be, at its height over the ground.
        on_hips: its leg hangs on the hips and turns with them.
    """

    leg: Leg
    posed: PosedLeg
    stances: Stances
    drift: FloatArray
    wish: FloatArray
    on_hips: bool

    def weighted(self, weight: FloatArray) -> FloatArray:
        """(F, 3, 3) the leg's stiffness, times a weight (F,), while the foot stands."""
        return self.posed.stiffness * (self.stances.known * weight)[:, None, None]

    def urgency(self, shift: FloatArray) -> FloatArray:
        """(F,) 1 and more, the further the leg has to turn for the ankle to move by `shift` (F, 3)."""
        turn = (shift[:, None, :] @ self.posed.stiffness @ shift[:, :, None])[:, 0, 0]
        return np.asarray(1.0 + turn / _FAR**2, dtype=np.float64)


def _moved(
    linkage: Linkage, turns: dict[int, FloatArray], hips: FloatArray, feet: list[_Foot], common: FloatArray
) -> FloatArray:
    """(F, 3) the hips' head after a way and a turn (F, 6) about the middle of the legs; `turns` is changed in place."""
    root = linkage.figure.slots["hips"]
    turn = from_rotation_vector(common[:, 3:])
    middle = _middle(feet)
    turns[root] = multiply(turn, turns[root])
    return middle + rotate(turn, hips - middle) + common[:, :3]


def _middle(feet: list[_Foot]) -> FloatArray:
    return np.asarray(np.mean([foot.posed.hip for foot in feet], axis=0), dtype=np.float64)


def _shared_out(feet: list[_Foot], rate: float) -> tuple[FloatArray, list[FloatArray]]:
    """What the hips do, their way and their turn (F, 6); and by how much each ankle is to move (F, 3).

    Hips, places of stances and legs share what is to be done so that legs turn little: what standing feet have in
    common the hips follow, smoothly; and where legs had to turn far, stances give way.
    """
    offsets = [foot.wish for foot in feet]
    urgent = [np.ones(len(foot.drift)) for foot in feet]
    keep = np.diag(_KEEP) / _size(feet) ** 2
    levers = _levers(feet)
    common = np.zeros((len(feet[0].drift), 6))
    shifts: list[FloatArray] = []
    for _ in range(_ROUNDS):
        shifts = [foot.stances.settled(foot.drift, offset) for foot, offset in zip(feet, offsets, strict=True)]
        weights = [foot.weighted(weight) for foot, weight in zip(feet, urgent, strict=True)]
        common = _common(weights, levers, shifts, _size(feet), rate)
        by_hips = [(lever @ common[:, :, None])[:, :, 0] for lever in levers]
        more = [
            foot.urgency(foot.stances.faded(shift - moved))
            for foot, shift, moved in zip(feet, shifts, by_hips, strict=True)
        ]
        if max(float(urgency.max()) for urgency in more) < 1.0 + (_NEAR / _FAR) ** 2:
            break
        for place, foot in enumerate(feet):
            urgent[place] = urgent[place] * more[place]
            offsets[place] = foot.stances.balanced(weights[place], by_hips[place] - foot.drift, keep, foot.wish)
    return common, shifts


def _once_more(feet: list[_Foot], shifts: list[FloatArray], rate: float) -> FloatArray:
    """(F, 6) way and turn of the hips for what is left to do (F, 3)."""
    weights = [foot.weighted(foot.urgency(shift) ** 2) for foot, shift in zip(feet, shifts, strict=True)]
    return _common(weights, _levers(feet), shifts, _size(feet), rate)


def _size(feet: list[_Foot]) -> float:
    return float(np.mean([foot.posed.bones.mean() for foot in feet]))


def _levers(feet: list[_Foot]) -> list[FloatArray]:
    middle = _middle(feet)
    return [_lever(foot.posed.hip - middle) if foot.on_hips else _lever(np.zeros_like(middle)) for foot in feet]


def _lever(arm: FloatArray) -> FloatArray:
    """(F, 3, 6) from way and small turn of the hips to the way of a point that is `arm` (F, 3) from their middle."""
    lever = np.zeros((len(arm), 3, 6))
    lever[:, [0, 1, 2], [0, 1, 2]] = 1.0
    x, y, z = arm.T
    lever[:, 0, 4], lever[:, 0, 5] = z, -y
    lever[:, 1, 3], lever[:, 1, 5] = -z, x
    lever[:, 2, 3], lever[:, 2, 4] = y, -x
    return lever


def posed_leg(linkage: Linkage, turns: Mapping[int, FloatArray], hips: FloatArray, leg: Leg) -> PosedLeg:
    """A leg's joints, where the hips' head is at `hips` (F, 3)."""
    heads = joint_heads(linkage, turns, hips, (leg.upper, leg.lower, leg.foot))
    return PosedLeg(heads[leg.upper], heads[leg.lower], heads[leg.foot])


def joint_heads(
    linkage: Linkage, turns: Mapping[int, FloatArray], hips: FloatArray, bones: tuple[int, ...]
) -> dict[int, FloatArray]:
    """(F, 3) heads of bones one after the other down from the hips, each hanging on the one before."""
    root = linkage.figure.slots["hips"]
    heads = {root: hips}
    on = root
    for bone in bones:
        between = [a for a in reversed(linkage.figure.skeleton.ancestors(bone)) if a in turns]
        if on in between:  # turned bones between two joints: a spine that the legs hang from
            for inner in between[between.index(on) + 1 :]:
                heads[inner] = linkage.hang(inner, on, turns, heads)
                on = inner
        heads[bone] = linkage.hang(bone, on, turns, heads)
        on = bone
    return heads


def _hold_attitude(turns: dict[int, FloatArray], leg: Leg, reach: float, strength: float) -> None:
    """Give the foot one attitude for as long as it stands whole."""
    flat = leg.contact.flat
    if not flat.any():
        return
    turned = turns[leg.foot]
    change = np.zeros((len(turned), 3))
    for start, stop in runs(flat).tolist():
        middle = turned[(start + stop) // 2]
        mean = from_rotation_vector(to_rotation_vector(multiply(turned[start:stop], conjugate(middle))).mean(axis=0))
        held = multiply(mean, middle)
        change[start:stop] = to_rotation_vector(multiply(held, conjugate(turned[start:stop])))
    by = from_rotation_vector(strength * Stances(flat, reach).faded(change))
    turns[leg.foot] = multiply(by, turned)
    if leg.toes is not None:
        turns[leg.toes] = multiply(by, turns[leg.toes])


def _foot(linkage: Linkage, turns: Mapping[int, FloatArray], posed: PosedLeg, leg: Leg, reach: float) -> _Foot:
    """What holds a foot still.

    Within one stance each point that begins to stand takes over where the one before has brought it, so that rolling
    from heel to toe never slips.
    """
    ankle = posed.ankle
    ball = ankle
    if leg.toes is not None:
        ball = linkage.hang(leg.toes, leg.foot, turns, {leg.foot: ankle})
    drift, wish = np.zeros_like(ankle), np.zeros_like(ankle)
    kinds = leg.contact.ankle * 2 + leg.contact.ball
    for start, stop in runs(leg.contact.any).tolist():
        changes = np.flatnonzero(np.diff(kinds[start:stop])) + start + 1
        edges = [start, *changes.tolist(), stop]
        carried = np.zeros(3)
        for first, last in pairwise(edges):
            point = ankle if kinds[first] >= 2 else ball  # noqa: PLR2004 -- the ankle's bit
            begin = max(first - 1, start)
            drift[first:last] = point[begin] + carried - point[first:last]
            carried = drift[last - 1]
        wish[start:stop] = -drift[start:stop].mean(axis=0)
        flat = leg.contact.flat[start:stop] if leg.contact.flat[start:stop].any() else leg.contact.any[start:stop]
        wish[start:stop, 2] = np.median((leg.level - ankle[:, 2] - drift[:, 2])[start:stop][flat])
    root = linkage.figure.slots["hips"]
    # a leg that hangs on nothing that turns gets a location that carries it with the hips
    on_hips = next((a for a in linkage.figure.skeleton.ancestors(leg.upper) if a in turns), root) == root
    return _Foot(leg, posed, Stances(leg.contact.any, reach), drift, wish, on_hips)


def _common(
    weights: list[FloatArray], levers: list[FloatArray], shifts: list[FloatArray], size: float, rate: float
) -> FloatArray:
    """(F, 6) way and turn of the hips that standing feet ask for together: weighted over time, coarsely first."""
    pulls = [lever.swapaxes(1, 2) @ weight for lever, weight in zip(levers, weights, strict=True)]
    total = np.sum([pull @ lever for pull, lever in zip(pulls, levers, strict=True)], axis=0)
    free = np.diag([_FREE / size**2] * 3 + [_TURN] * 3)
    common = np.zeros((len(total), 6))
    for seconds in _HIPS:
        asked = np.sum(
            [
                pull @ (shift[:, :, None] - lever @ common[:, :, None])
                for pull, lever, shift in zip(pulls, levers, shifts, strict=True)
            ],
            axis=0,
        )
        width = seconds * rate
        common = common + _solved(softened(total, width) + free, softened(asked, width)[:, :, 0])
    return common


def _solved(positive: FloatArray, right: FloatArray) -> FloatArray:
    """(F, N) solutions of F small systems (F, N, N), symmetric and positive, so that no rows need be exchanged.

    All at once, row by row: several times faster than numpy's own, which hands each one to LAPACK.
    """
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
