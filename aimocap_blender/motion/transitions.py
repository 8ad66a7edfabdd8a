"""The transition from one take of a figure to another: where feet stand, where hips go, and how rough it is."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .feet.stances import Stances
from .rotations import BoolArray, FloatArray, IntArray, angle_between, norm, rotate
from .spans import runs

_REACH = 0.2  # seconds over which a foot that stood rejoins the blend
_SPEED_STEP = 0.085  # of the mean speed: the greatest change of the hips' speed from frame to frame
_WEIGHTS = 4.0 ** np.arange(-3.0, 10.0)  # of the smoothness of the hips' path
_SLIDING = 0.005  # metres a second
_HURRY = 1.15  # of a foot's greatest speed in the takes
_WALK = 1.0  # metres a second that any foot may have
JOLT = np.radians(2.0)  # a frame, beyond the takes' own, that a joint may turn
_LOW = 0.05  # metres that hips may come down for legs to reach
_STRETCH = 0.998  # of a leg's length


Roughness = tuple[float, float]
"""Faults of a transition, uneven hips and sliding feet, then its jolts, both relative to the limit; 1 without any."""

SMOOTH: Roughness = (1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Take:
    """A figure's motion in the world, one sample a frame.

    Attributes:
        joints: (F, B, 3) metres, Z up.
        hips: (F, 3) metres.
        legs: (F, L, 4, 3) where each leg begins, its knee, ankle and ball.
        stands: (F, L) whether its foot stands.
    """

    joints: FloatArray
    hips: FloatArray
    legs: FloatArray
    stands: BoolArray

    def part(self, first: int, count: int) -> "Take":
        """Return so many samples from one on."""
        at = slice(first, first + count)
        return Take(self.joints[at], self.hips[at], self.legs[at], self.stands[at])

    def moved(self, turn: FloatArray, shift: FloatArray) -> "Take":
        """Return it turned by a rotation (4,) about the origin, then shifted by (3,)."""
        joints, hips, legs = (rotate(turn, points) + shift for points in (self.joints, self.hips, self.legs))
        return Take(joints, hips, legs, self.stands)

    def prolonged(self) -> "Take":
        """Return it with a sample more at each end, as it goes on."""
        joints, hips, legs = (
            np.concatenate([2.0 * each[:1] - each[1:2], each, 2.0 * each[-1:] - each[-2:-1]])
            for each in (self.joints, self.hips, self.legs)
        )
        return Take(joints, hips, legs, np.pad(self.stands, ((1, 1), (0, 0)), mode="edge"))


def shares(count: int) -> FloatArray:
    """Return the second take's share (count,) in a transition: 0 to 1, without a jolt at its ends."""
    t = np.linspace(0.0, 1.0, count)
    return t**3 * (10.0 - 15.0 * t + 6.0 * t**2)


def led(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return positions (N, 3) from the first of one way on, by the steps of both ways (N, 3), blended."""
    share = shares(len(first))[:, None]
    between = 0.5 * (share[1:] + share[:-1])
    steps = (1.0 - between) * np.diff(first, axis=0) + between * np.diff(second, axis=0)
    return first[0] + np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])


@dataclass(frozen=True, eq=False)
class Footing:
    """Feet that stand.

    Attributes:
        share: (N, L) the second take's share in where a foot is then.
        known: (N, L) whether it stands.
    """

    share: FloatArray
    known: BoolArray


@dataclass(frozen=True, eq=False)
class Transition:
    """The transition of N samples, from the last of the first take alone to the first of the second alone.

    Attributes:
        first: what plays of the first take, and a sample before and after, (N + 2) in all.
        second: the same of the second one, where it goes on from the first.
        until: (L,) until which sample feet stand as in the first take.
        since: (L,) since which one they stand as in the second.
        fps: samples a second.
    """

    first: Take
    second: Take
    until: IntArray
    since: IntArray
    fps: float

    @cached_property
    def footing(self) -> Footing:
        """When feet stand, and where.

        A foot that stands when the transition begins is where the first take has it until that lifts it; one that
        stands when it ends is where the second take has it from when that put it down. In between a foot stands while
        it does so in both.
        """
        both = (self.first.stands & self.second.stands)[1:-1]
        sample = np.arange(len(both))[:, None]
        known = (sample < self.until) | (sample >= self.since)
        share = np.where(sample < self.since, 0.0, 1.0)
        for foot, (until, since) in enumerate(zip(self.until.tolist(), self.since.tolist(), strict=True)):
            share[since:until, foot] = shares(max(until - since, 0))
            for start, stop in runs(both[:, foot] & ~known[:, foot]).tolist():
                share[start:stop, foot] = shares(len(both))[(start + stop) // 2]
                known[start:stop, foot] = True
        return Footing(share, known)

    @cached_property
    def hips(self) -> FloatArray:
        """(N, 3) where the hips go: at an even speed, and so low that legs reach the feet."""
        return self._way[1:-1]

    @cached_property
    def roughness(self) -> Roughness:
        """How rough it is to the eye, of about the poses that it will have."""
        share, known = self.footing.share, self.footing.known
        takes = self.first.legs, self.second.legs
        apart = norm(takes[1] - takes[0])[1:-2, :, 2:].max(axis=-1)
        slid = float((np.abs(np.diff(share, axis=0)) * apart * (known[1:] & known[:-1])).max(initial=0.0)) * self.fps
        faults = _speed_step(self._way) / _SPEED_STEP, slid / _SLIDING
        jolts = [float(self._lower.max()) / _LOW]
        blended = self._legs(self.hips)
        for leg, lengths in enumerate(self._lengths):
            now, *own = (each[:, leg] for each in (blended, *takes))
            speed, *speeds = (float(norm(np.diff(each[:, 2:], axis=0)).max()) for each in (now, *own))
            jolts.append(speed / max(_HURRY * max(speeds), _WALK / self.fps))
            step, *steps = (_largest_steps(each, lengths) for each in (now, *own))
            jolts.append(float((step - np.max(steps, axis=0)).max()) / JOLT)
        return max(1.0, *faults), max(1.0, *jolts)

    @cached_property
    def _lengths(self) -> FloatArray:
        """(L, 2) metres, of upper and lower legs."""
        return np.asarray(norm(np.diff(self.first.legs[0, :, :3], axis=1)), dtype=np.float64)

    @cached_property
    def _way(self) -> FloatArray:
        """(N + 2, 3) the hips, with a sample before and after."""
        way = self._level_way.copy()
        way[1:-1, 2] -= self._lower
        return way

    @cached_property
    def _level_way(self) -> FloatArray:
        """(N + 2, 3) where the speeds of both takes, blended, lead the hips, evened."""
        first, second = self.first.hips, self.second.hips
        way = led(first[1:-1], second[1:-1])
        way = way + shares(len(way))[:, None] * (second[-2] - way[-1])
        return _evened(np.concatenate([first[:1], way, second[-1:]]))

    @cached_property
    def _lower(self) -> FloatArray:
        """(N,) metres by which hips come down for legs to reach; nothing at both ends."""
        legs = self._legs(self._level_way[1:-1])
        away = legs[:, :, 2] - legs[:, :, 0]
        longest = _STRETCH * self._lengths.sum(axis=-1)
        level = np.minimum(norm(away[..., :2]), 0.999 * longest)
        lacking = np.maximum(-away[..., 2] - np.sqrt(longest**2 - level**2), 0.0).max(axis=1, initial=0.0)[1:-1]
        last = len(away) - 1
        sample, lowest = np.arange(last + 1.0)[:, None], np.arange(1.0, last)
        t = np.minimum(sample / lowest, (last - sample) / (last - lowest))
        return np.asarray((lacking * t**2 * (3.0 - 2.0 * t)).max(axis=1, initial=0.0), dtype=np.float64)

    def _legs(self, hips: FloatArray) -> FloatArray:
        """Return about where legs are, their joints (N, L, 4, 3), with hips at (N, 3); knees are only blended."""
        ours, theirs = (take.part(1, len(hips)) for take in (self.first, self.second))
        share = shares(len(hips))[:, None, None, None]
        from_hips = [take.legs - take.hips[:, None, None] for take in (ours, theirs)]
        legs = hips[:, None, None] + (1.0 - share) * from_hips[0] + share * from_hips[1]
        held = ours.legs + self.footing.share[..., None, None] * (theirs.legs - ours.legs) - legs
        for leg in range(legs.shape[1]):
            off = held[:, leg, 2:].reshape(len(hips), -1)
            legs[:, leg, 2:] += self.stances(leg).faded(off).reshape(len(hips), 2, 3)
        return legs

    def stances(self, leg: int) -> Stances:
        """Return when a leg's foot is where it has to be: while it stands, and at both ends."""
        known = self.footing.known[:, leg].copy()
        known[[0, -1]] = True
        return Stances(known, _REACH * self.fps)


def _evened(way: FloatArray) -> FloatArray:
    """Return positions (F, 3) as smooth as an even speed needs; the first and the last two stay."""
    jerks = np.diff(np.eye(len(way)), 3, axis=0)
    rough, free = jerks.T @ jerks, slice(2, -2)
    best = way
    for weight in _WEIGHTS:
        if _speed_step(best) <= _SPEED_STEP:
            break
        smooth = way.copy()
        kept = np.eye(len(way)) + weight * rough
        smooth[free] -= weight * np.linalg.solve(kept[free, free], (rough @ way)[free])
        best = min(best, smooth, key=_speed_step)
    return best


def _speed_step(way: FloatArray) -> float:
    """Return the greatest change of the speed between steps of positions (F, 3) that follow each other, of the mean."""
    speed = norm(np.diff(way, axis=0))
    return float(np.abs(np.diff(speed)).max() / max(float(speed.mean()), 1e-9))


def _largest_steps(leg: FloatArray, lengths: FloatArray) -> FloatArray:
    """Return radians (4,) by which a leg's joints turn at most from sample to sample.

    Args:
        leg: its joints (N, 4, 3), of which the knee follows from the others.
        lengths: (2,) of upper and lower leg.

    Returns:
        For the bends of knee and ankle, and for the directions of the leg and of its foot.
    """
    upper, lower = lengths
    line, foot = leg[:, 2] - leg[:, 0], leg[:, 3] - leg[:, 2]
    far = norm(line)
    knee = (upper**2 + lower**2 - far**2) / (2.0 * upper * lower)
    shin = (lower**2 + far**2 - upper**2) / (2.0 * lower * far)
    knee, shin = np.arccos(np.clip([knee, shin], -1.0, 1.0))
    bent = [np.abs(np.diff(bend)) for bend in (knee, shin + angle_between(foot, line))]
    turned = [angle_between(each[1:], each[:-1]) for each in (line, foot)]
    return np.max([*bent, *turned], axis=1)
