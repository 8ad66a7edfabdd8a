"""The transition from one take of a figure to another: where feet step, where hips go, and how rough it is.

Each foot goes just as the first take has it until it lifts, and as the second take has it from when it lands, so it
stands where either has it stand. In between it swings over the floor.

Both takes play through it. Its moment is that of the most similar frames around (Kovar, Gleicher and Pighin, Motion
Graphs, SIGGRAPH 2002) at which hips go on evenly, feet that stand don't slide, and no joint jolts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache

import numpy as np

from .contacts import least_steps, touching
from .loops import Clouds
from .rotations import (
    BoolArray,
    FloatArray,
    IntArray,
    angle_between,
    conjugate,
    continuous,
    from_rotation_vector,
    multiply,
    norm,
    rotate,
    step_lengths,
)
from .smoothing import smooth_step

_SPEED_STEP = 0.085  # of the mean speed: the greatest change of the hips' speed from frame to frame
_WEIGHTS = 4.0 ** np.arange(-3.0, 10.0)  # of the smoothness of the hips' path
_SLIDING = 0.005  # metres a second
_HURRY = 1.15  # of a foot's greatest speed in the takes
_WALK = 1.0  # metres a second that any foot may have
JOLT = np.radians(2.0)  # a frame, beyond the takes' own, that a joint may turn
_LOW = 0.05  # metres that hips may come down for legs to reach
_STRETCH = 0.998  # of a leg's length
_WHILE = 1.0  # seconds before and after, in which a foot is on the floor
_LOWEST = 10.0  # percent of that time
_LOW_SOLE = 0.02  # metres over the floor up to which a sole is on it
_CREEP = 0.25  # metres a second: a sole on the floor whose slowest point is no faster stands
_UP = np.array([0.0, 0.0, 1.0])
_SAME = 0.01  # metres between two places of a foot that doesn't step from one to the other
_CLEAR = 0.05  # metres between floor and sole while a foot swings, and at most half as far as it goes
_RISE = 0.3  # of a swing, in which the foot gets there; the same to come down
_PEAK = 1.875  # times its mean speed: the greatest speed of what `shares` moves
_BEND = 5.77  # times its way, by the square of its time: the greatest acceleration of what `shares` moves
_STOP = 20.0  # metres a second squared that any foot may have: that of a step of 40 cm in a third of a second
_STEP = 0.1  # seconds for which a foot stands less than the takes have it that count as much as the limits below
_REACH = 50.0  # of such seconds, for each metre that a leg is too short in a second
_BRIEF = 0.01  # of such seconds, for a swing that takes all of the transition, more for briefer ones


Roughness = tuple[float, float]
"""Faults of a transition, uneven hips and sliding feet, then its jolts, both relative to the limit; 1 without any."""

SMOOTH: Roughness = (1.0, 1.0)
_OTHER_FOOT = 0.1  # of the figure's size: the difference that a foot counts for which stands in one take only
_PIVOT = 0.1  # of the figure's size: the difference that a foot counts for which stands all through the transition
_SWING = 0.1  # seconds that a foot needs to get elsewhere
_TRIED = 60  # of the best moments, until one is smooth
_LEVEL = np.array([1.0, 1.0, 0.0])


@dataclass(frozen=True, eq=False)
class Take:
    """A figure's motion in the world, one sample a frame.

    Attributes:
        joints: (F, B, 3) metres, Z up.
        hips: (F, 3) metres.
        legs: (F, L, 4, 3) where each leg begins, its knee, ankle and ball.
        soles: (F, L, 3, 3) below ankle and ball, and the tip of the toes.
        feet: (F, L, 2, 4) rotations of feet, and of toes.
        stands: (F, L) whether its foot stands.
        floor: (F, L) height of the floor below it.
    """

    joints: FloatArray
    hips: FloatArray
    legs: FloatArray
    soles: FloatArray
    feet: FloatArray
    stands: BoolArray
    floor: FloatArray

    def part(self, first: int, count: int) -> "Take":
        """Return so many samples from one on."""
        at = slice(first, first + count)
        return Take(*(getattr(self, field.name)[at] for field in fields(self)))

    def moved(self, turn: FloatArray, shift: FloatArray) -> "Take":
        """Return it turned by a rotation (4,) about the vertical through the origin, then shifted by (3,), level."""

        def moved(points: FloatArray) -> FloatArray:
            return rotate(turn, points) + shift

        return replace(
            self,
            joints=moved(self.joints),
            hips=moved(self.hips),
            legs=moved(self.legs),
            soles=moved(self.soles),
            feet=multiply(turn, self.feet),
        )

    def prolonged(self) -> "Take":
        """Return it with a sample more at each end, as it goes on."""

        def onwards(points: FloatArray) -> FloatArray:
            # by the same step as between the two samples at that end
            return np.concatenate([2.0 * points[:1] - points[1:2], points, 2.0 * points[-1:] - points[-2:-1]])

        def kept(values: FloatArray) -> FloatArray:
            return np.concatenate([values[:1], values, values[-1:]])

        stands = np.pad(self.stands, ((1, 1), (0, 0)), mode="edge")
        legs, soles = onwards(self.legs), onwards(self.soles)
        return Take(onwards(self.joints), onwards(self.hips), legs, soles, kept(self.feet), stands, kept(self.floor))


def floor_of(soles: FloatArray, fps: float) -> FloatArray:
    """Return (F, L) the height of the floor below feet: that of their lowest soles within a while.

    Args:
        soles: (F, L, 3, 3) see `Take`.
        fps: samples a second.
    """
    heights = soles[:, :, :2, 2].min(axis=-1)
    around = round(_WHILE * fps)
    floor = np.empty_like(heights)
    for sample in range(len(heights)):
        while_near = heights[max(sample - around, 0) : sample + around + 1]
        floor[sample] = np.percentile(while_near, _LOWEST, axis=0)
    return floor


def carrying(soles: FloatArray, floor: FloatArray, fps: float) -> BoolArray:
    """Return (F, L) whether feet are on the floor and hardly move, though they may roll and creep."""
    over_floor = soles - floor[..., None, None] * _UP
    speeds = norm(least_steps(soles, touching(over_floor, 0.0, _LOW_SOLE))) * fps
    # slow both to a sample and from it; the first has only a step from it, the last only one to it
    slow = speeds < _CREEP
    return np.concatenate([slow[:1], slow]) & np.concatenate([slow, slow[-1:]])


def shares(count: int) -> FloatArray:
    """Return the second take's share (count,) in a transition: 0 to 1, without a jolt at its ends."""
    return eased(np.linspace(0.0, 1.0, count))


def eased(t: FloatArray) -> FloatArray:
    """Return 0 to 1 for 0 to 1, without a jolt at its ends: neither speed nor acceleration begins or ends at once."""
    return t**3 * (10.0 - 15.0 * t + 6.0 * t**2)


def turned(first: FloatArray, second: FloatArray, share: FloatArray) -> FloatArray:
    """Return rotations (N, ..., 4) between two, all the same way round, which is short where both count as much."""
    second_from_first = continuous(multiply(second, conjugate(first)))
    # one sign for all samples: that of the short way, weighted by how much both count
    both = share * (1.0 - share)
    is_long = (second_from_first[..., 0] * both).sum(axis=0) < 0.0
    second_from_first *= np.where(is_long, -1.0, 1.0)[..., None]
    # not as a rotation vector of 0 to half a turn: at some samples this way may be the long one
    sine = norm(second_from_first[..., 1:])
    angle = 2.0 * np.arctan2(sine, second_from_first[..., 0])
    vector = second_from_first[..., 1:] * (share * angle / np.maximum(sine, 1e-12))[..., None]
    return multiply(from_rotation_vector(vector), first)


def led(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return positions (N, 3) from the first of one way on, by the steps of both ways (N, 3), blended."""
    share = shares(len(first))[:, None]
    between = 0.5 * (share[1:] + share[:-1])
    steps = (1.0 - between) * np.diff(first, axis=0) + between * np.diff(second, axis=0)
    return first[0] + np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])


@dataclass(frozen=True, eq=False)
class Footing:
    """Where feet go.

    Attributes:
        ankles: (N, L, 3).
        feet: (N, L, 2, 4) rotations of feet, and of toes.
    """

    ankles: FloatArray
    feet: FloatArray


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
        """Where feet go: as the first take has them, over the floor, then as the second one has them."""
        ours, theirs = self._takes
        count = len(ours.hips)
        ankles, feet = np.empty((count, len(self.until), 3)), np.empty_like(ours.feet)
        for leg, (lift, land) in enumerate(self._swings.tolist()):
            t = np.clip((np.arange(count) - lift) / (land - lift), 0.0, 1.0)
            share = eased(t)
            ours_foot, ours_toes = ours.feet[:, leg, 0], ours.feet[:, leg, 1]
            theirs_foot, theirs_toes = theirs.feet[:, leg, 0], theirs.feet[:, leg, 1]
            feet[:, leg, 0] = turned(ours_foot, theirs_foot, share)
            # toes bend against the foot, and not by themselves
            ours_bend = multiply(conjugate(ours_foot), ours_toes)
            theirs_bend = multiply(conjugate(theirs_foot), theirs_toes)
            feet[:, leg, 1] = multiply(feet[:, leg, 0], turned(ours_bend, theirs_bend, share))
            ankles[:, leg] = ours.legs[:, leg, 2] + share[:, None] * (theirs.legs[:, leg, 2] - ours.legs[:, leg, 2])
            # the ankle is raised as far as the lowest sole is below where it should be while it swings
            lowest = self._soles(leg, ankles[:, leg], feet[:, leg])[:, :, 2].min(axis=1)
            raised = np.maximum(self._cleared(leg, lift, land, t) - lowest, 0.0)
            ankles[:, leg, 2] += np.where((t > 0.0) & (t < 1.0), raised, 0.0)
        return Footing(ankles, feet)

    def _cleared(self, leg: int, lift: int, land: int, t: FloatArray) -> FloatArray:
        """Return the least heights (N,) of a swinging foot's sole, for shares (N,) of its swing."""
        ours, theirs = self._takes
        apart = float(self._apart(leg)[lift : land + 1].max())
        height = min(_CLEAR, max(apart - _SAME, 0.0) / 2.0)
        up = smooth_step(np.minimum(1.0, np.minimum(t, 1.0 - t) / _RISE))
        # a take may have its sole below the floor: there it begins and ends
        at_lift = min(float(ours.soles[lift, leg, :, 2].min() - ours.floor[lift, leg]), 0.0)
        at_land = min(float(theirs.soles[land, leg, :, 2].min() - theirs.floor[land, leg]), 0.0)
        under = np.where(t < 0.5, at_lift, at_land)  # noqa: PLR2004 -- the middle of the swing
        floor = ours.floor[:, leg] + eased(t) * (theirs.floor[:, leg] - ours.floor[:, leg])
        return floor + up * height + (1.0 - up) * under

    def _ball(self, leg: int, ankle: FloatArray, feet: FloatArray) -> FloatArray:
        """Return the ball (N, 3) of a foot with its ankle (N, 3) and rotations (N, 2, 4)."""
        own_ankle, own_ball = self.first.legs[0, leg, 2:]
        return ankle + _carried(feet[:, 0], own_ball - own_ankle, self.first.feet[0, leg, 0])

    def _soles(self, leg: int, ankle: FloatArray, feet: FloatArray) -> FloatArray:
        """Return the sole (N, 3, 3) of a foot with its ankle (N, 3) and rotations (N, 2, 4)."""
        # the foot is rigid: its first sample tells where its points are, as any would
        below_ankle, below_ball, own_tip = self.first.soles[0, leg]
        own_ankle, own_ball = self.first.legs[0, leg, 2:]
        own_foot, own_toes = self.first.feet[0, leg]
        heel = ankle + _carried(feet[:, 0], below_ankle - own_ankle, own_foot)
        middle = ankle + _carried(feet[:, 0], below_ball - own_ankle, own_foot)
        tip = self._ball(leg, ankle, feet) + _carried(feet[:, 1], own_tip - own_ball, own_toes)
        return np.stack([heel, middle, tip], axis=1)

    @cached_property
    def _takes(self) -> tuple[Take, Take]:
        """The part of each that plays, N samples."""
        count = len(self.first.hips) - 2
        return self.first.part(1, count), self.second.part(1, count)

    @cached_property
    def _swings(self) -> IntArray:
        """(L, 2) the last sample at which a foot is as in the first take, and the first one as in the second."""
        return self._chosen[0]

    @cached_property
    def _chosen(self) -> tuple[IntArray, float]:
        """The swings, and seconds for which feet stand less than the takes have them.

        The foot that has least choice chooses first; the other one then prefers to stand while that swings.
        """
        count = len(self._takes[0].hips)
        lift, land = np.arange(count)[:, None], np.arange(count)
        costs: list[tuple[FloatArray, FloatArray]] = []
        least: list[float] = []
        for leg in range(len(self.until)):
            less, other = self._costs(leg)
            costs.append((less, other))
            least.append(float((less + other).min()))
        swings, stood = np.zeros((len(costs), 2), dtype=np.int64), 0.0
        alone = np.zeros((count, count))

        for leg in sorted(range(len(costs)), key=lambda leg: -least[leg]):
            less, other = costs[leg]
            steps = less > 0.0
            cost = less + other + alone * steps
            first, last = divmod(int(cost.argmin()), count)
            swings[leg] = first, last
            stood += float((less + alone * steps)[first, last])
            if steps[first, last]:
                # seconds for which a swing of the other foot overlaps this one
                overlap = np.minimum(land, last) - np.maximum(lift, first)
                alone = np.maximum(overlap, 0) / self.fps
        return swings, stood

    def _costs(self, leg: int) -> tuple[FloatArray, FloatArray]:
        """Return what speaks against a foot's swing from one sample to another.

        Returns:
            (N, N) seconds for which it stands less than the takes have it, and all else, as such seconds.
        """
        ours, theirs = self._takes
        count = len(ours.hips)
        sample = np.arange(count)
        lift, land = sample[:, None], sample
        # samples at which it stands in a take, or in both, and swings: before the first take lifts it, after the
        # second has landed it, and in between
        stand_until = np.concatenate([[0], np.cumsum(ours.stands[:, leg] & theirs.stands[:, leg])])
        early, late = np.maximum(self.until[leg] - 1 - lift, 0), np.maximum(land - self.since[leg], 0)
        between = np.maximum(stand_until[land] - stand_until[np.minimum(lift + 1, count)], 0)
        broken = np.maximum(early + late, between) / self.fps
        # metres from where it lifts to where it lands: the most of three samples, as both takes move on
        apart = self._apart(leg)
        far = np.maximum(np.maximum(apart[lift], apart[land]), apart[(lift + land) // 2])
        speed = _PEAK * far / np.maximum(land - lift, 1)  # metres a sample, at most
        slid = np.where(broken > 0.0, speed * self.fps / _SLIDING, 0.0)
        ours_ankle, theirs_ankle = ours.legs[:, leg, 2], theirs.legs[:, leg, 2]
        usual = max(float(_fastest(ours_ankle)), float(_fastest(theirs_ankle)))
        hurry = np.maximum(speed / max(_HURRY * usual, _WALK / self.fps) - 1.0, 0.0)
        # a foot that is set down at once, in the midst of its step, is no faster than it was
        halt = _BEND * far / np.maximum(land - lift, 1) ** 2 / self._sharpest_allowed(leg)
        hurry = np.maximum(hurry, halt - 1.0)
        # legs are too short for the first take's ankles until it lifts, for the second's from when it lands
        ours_short, theirs_short = self._short(leg, ours_ankle), self._short(leg, theirs_ankle)
        too_short = np.cumsum(ours_short)[:, None] + np.cumsum(theirs_short[::-1])[::-1]
        brief = count / np.maximum(land - lift, 1)
        # a foot that goes nowhere doesn't step: it isn't broken off, but may slide
        steps = far > _SAME
        other = _STEP * (hurry + _BRIEF * (brief + np.where(steps, 0.0, slid))) + _REACH * _STEP * too_short / self.fps
        return np.where(steps, broken, 0.0), np.where(land > lift, other, np.inf)

    def _apart(self, leg: int) -> FloatArray:
        """Return metres (N,) between a foot in both takes: between its ankles or balls."""
        ours, theirs = self._takes
        return norm(theirs.legs[:, leg, 2:] - ours.legs[:, leg, 2:]).max(axis=-1)

    def _sharpest_allowed(self, leg: int) -> float:
        """Return the greatest second difference that an ankle's path may have, metres."""
        usual = max(float(_sharpest(take.legs[:, leg, 2])) for take in (self.first, self.second))
        return max(_HURRY * usual, _STOP / self.fps**2)

    def _short(self, leg: int, ankle: FloatArray) -> FloatArray:
        """Return metres (N,) by which a leg is too short for an ankle (N, 3), with hips as low as they may come."""
        begins = self._begins[:, leg] - np.array([0.0, 0.0, _LOW])
        return np.maximum(norm(ankle - begins) - _STRETCH * float(self._lengths[leg].sum()), 0.0)

    @cached_property
    def _begins(self) -> FloatArray:
        """(N, L, 3) about where legs begin, with hips that are not low."""
        return self._blended(self._level_way[1:-1])[:, :, 0]

    @cached_property
    def hips(self) -> FloatArray:
        """(N, 3) where the hips go: at an even speed, and so low that legs reach the feet."""
        return self._way[1:-1]

    @cached_property
    def roughness(self) -> Roughness:
        """How rough it is to the eye, of about the poses that it will have."""
        slid, sample = 0.0, np.arange(len(self.hips))
        for leg, (lift, land) in enumerate(self._swings.tolist()):
            apart = self._apart(leg)
            share = eased(np.clip((sample - lift) / (land - lift), 0.0, 1.0))
            stands = (sample < self.until[leg]) | (sample >= self.since[leg])
            stands |= self._takes[0].stands[:, leg] & self._takes[1].stands[:, leg]
            if apart[lift : land + 1].max() <= _SAME:
                creep = np.abs(np.diff(share)) * apart[1:] * (stands[1:] & stands[:-1])
                slid = max(slid, float(creep.max()) * self.fps)
        faults = float(_speed_step(self._way)) / _SPEED_STEP, slid / _SLIDING, 1.0 + self._chosen[1] / _STEP
        jolts = [float(self._lower.max()) / _LOW]
        blended = self._legs(self.hips)
        for leg, lengths in enumerate(self._lengths):
            # the leg as it will be, beside what is faster in either take: ankle and ball, and then its joints
            now, ours, theirs = blended[:, leg], self.first.legs[:, leg], self.second.legs[:, leg]
            usual = np.maximum(_fastest(ours[:, 2:]), _fastest(theirs[:, 2:]))
            jolts.append(float((_fastest(now[:, 2:]) / np.maximum(_HURRY * usual, _WALK / self.fps)).max()))
            usual = np.maximum(_largest_steps(ours, lengths), _largest_steps(theirs, lengths))
            jolts.append(float((_largest_steps(now, lengths) - usual).max()) / JOLT)
            ankle = np.concatenate([ours[:1, 2], now[:, 2], theirs[-1:, 2]])
            jolts.append(float(_sharpest(ankle)) / self._sharpest_allowed(leg))
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
        # what is missing to the second take's place at the end is spread over the way
        way = way + shares(len(way))[:, None] * (second[-2] - way[-1])
        return _evened(np.concatenate([first[:1], way, second[-1:]]))

    @cached_property
    def _lower(self) -> FloatArray:
        """(N,) metres by which hips come down for legs to reach; nothing at both ends."""
        away = self.footing.ankles - self._begins
        longest = _STRETCH * self._lengths.sum(axis=-1)
        # how far below its beginning a leg reaches at that distance on the level; a little, however far that is
        level = np.minimum(norm(away[..., :2]), 0.999 * longest)
        reached = np.sqrt(longest**2 - level**2)
        too_far = np.maximum(-away[..., 2] - reached, 0.0)
        return came_down(too_far.max(axis=1, initial=0.0))

    def _legs(self, hips: FloatArray) -> FloatArray:
        """Return about where legs are, their joints (N, L, 4, 3), with hips at (N, 3); knees are only blended."""
        legs = self._blended(hips)
        ankles, feet = self.footing.ankles, self.footing.feet
        for leg in range(len(self.until)):
            legs[:, leg, 2], legs[:, leg, 3] = ankles[:, leg], self._ball(leg, ankles[:, leg], feet[:, leg])
        return legs

    def _blended(self, hips: FloatArray) -> FloatArray:
        """Return the legs (N, L, 4, 3) of both takes, blended, under hips at (N, 3)."""
        share = shares(len(hips))[:, None, None, None]
        first, second = self._takes
        ours = first.legs - first.hips[:, None, None]
        theirs = second.legs - second.hips[:, None, None]
        return np.asarray(hips[:, None, None] + (1.0 - share) * ours + share * theirs)


def came_down(needed: FloatArray) -> FloatArray:
    """Return metres (N,) by which hips come down smoothly, at least as far as needed (N,); nothing at both ends."""
    # for each sample in between a smooth way down to it and up again; the lowest of all of them
    last = len(needed) - 1
    sample, lowest = np.arange(last + 1.0)[:, None], np.arange(1.0, last)
    t = np.minimum(sample / lowest, (last - sample) / (last - lowest))
    return np.asarray((needed[1:-1] * t**2 * (3.0 - 2.0 * t)).max(axis=1, initial=0.0), dtype=np.float64)


def _carried(rotations: FloatArray, arm: FloatArray, rotation: FloatArray) -> FloatArray:
    """Return an arm (3,) of a bone with some rotation (4,) where rotations (N, 4) have it."""
    return rotate(rotations, rotate(conjugate(rotation), arm))


def _evened(way: FloatArray) -> FloatArray:
    """Return positions (F, 3) as smooth as an even speed needs; the first and the last two stay."""
    ways = _evenings(len(way)) @ way
    steps = _speed_step(ways)
    is_even = steps <= _SPEED_STEP
    return np.asarray(ways[is_even.argmax() if is_even.any() else steps.argmin()], dtype=np.float64)


@lru_cache(maxsize=16)  # of the lengths that a blend tries, each at some sixty meetings
def _evenings(count: int) -> FloatArray:
    """Return what brings F positions to smoother ones (W, F, F): first none, then ever smoother."""
    # the sum of squared third differences, as a quadratic form; the ends' positions and speeds are the takes'
    jerks = np.diff(np.eye(count), 3, axis=0)
    rough, free = jerks.T @ jerks, slice(2, -2)
    found = np.tile(np.eye(count), (1 + len(_WEIGHTS), 1, 1))
    for smoother, weight in zip(found[1:], _WEIGHTS, strict=True):
        # the way that is least far from this one and least rough, weighted
        kept = np.eye(count) + weight * rough
        smoother[free] -= weight * np.linalg.solve(kept[free, free], rough[free])
    return found


def _fastest(paths: FloatArray) -> FloatArray:
    """Return the longest step (...) of each of some paths (F, ..., 3), metres."""
    return np.asarray(step_lengths(paths).max(axis=0), dtype=np.float64)


def _sharpest(paths: FloatArray) -> FloatArray:
    """Return the greatest second difference (...) of each of some paths (F, ..., 3), metres."""
    return np.asarray(norm(np.diff(paths, 2, axis=0)).max(axis=0), dtype=np.float64)


def _speed_step(ways: FloatArray) -> FloatArray:
    """Return the greatest change (...) of the speed between steps of positions (..., F, 3) that follow, of the mean."""
    speed = norm(np.diff(ways, axis=-2))
    most = np.abs(np.diff(speed)).max(axis=-1)
    return np.asarray(most / np.maximum(speed.mean(axis=-1), 1e-9), dtype=np.float64)


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
    # the law of cosines: the angles at the knee, and at the ankle between shin and line
    knee = (upper**2 + lower**2 - far**2) / (2.0 * upper * lower)
    shin = (lower**2 + far**2 - upper**2) / (2.0 * lower * far)
    knee, shin = np.arccos(np.clip([knee, shin], -1.0, 1.0))
    ankle = shin + angle_between(foot, line)
    line_turns, foot_turns = angle_between(line[1:], line[:-1]), angle_between(foot[1:], foot[:-1])
    return np.max([np.abs(np.diff(knee)), np.abs(np.diff(ankle)), line_turns, foot_turns], axis=1)


@dataclass(frozen=True, eq=False)
class Meeting:
    """Where two takes go over into each other.

    Attributes:
        first: sample of the first take at which the transition begins.
        second: sample of the second take at which it begins.
        turn: (4,) rotation about the vertical that the second take gets.
        shift: (3,) metres on the ground that it gets then.
        transition: what is in between.
    """

    first: int
    second: int
    turn: FloatArray
    shift: FloatArray
    transition: Transition

    def moved(self, points: FloatArray) -> FloatArray:
        """Return points (..., 3) of the second take where it has them now."""
        return rotate(self.turn, points) + self.shift


def meetings(first: Take, second: Take, count: int, window: int, fps: float) -> Iterator[Meeting | None]:
    """Yield where two takes match, best first: poses, velocities, and which feet stand.

    Moments at which the transition gets rough come last, the least rough first; None stands for each until then, so
    that who waits can stop.

    Args:
        first: the take that plays first; it is left at its end, or up to `window` samples before.
        second: the take that plays then; it is entered at its start, or up to `window` samples later.
        count: samples of the transition, from the last of the first take alone to the first of the second alone.
        window: see above.
        fps: samples a second.
    """
    late = max(len(first.joints) - count - window, 1)  # the first sample plays of the first take alone
    early = min(window + count, len(second.joints) - 1)
    left, entered = first.part(late, len(first.joints)), second.part(0, early)
    # the difference of each sample of the first take (row) from each of the second (column)
    apart = Clouds.of(left.joints, fps).apart(Clouds.of(entered.joints, fps))
    size = float(np.ptp(first.joints[..., 2], axis=1).max())
    apart += _OTHER_FOOT * size * (left.stands[:, None] != entered.stands[None]).mean(axis=-1)
    # a transition that begins at some row and column plays along the diagonal from there: the sum along it
    rows, columns = apart.shape[0] - count + 1, apart.shape[1] - count + 1
    total = np.zeros((rows, columns))
    for step in range(count):
        total += apart[step : step + rows, step : step + columns]
    # feet that stand from its first sample on in the first take, and up to its last in the second
    until = _standing(left.stands, count)[:rows]
    since = count - _standing(entered.stands[::-1], count)[::-1][count - 1 :]
    total += _PIVOT * size * count * _stays(until[:, None], since[None], count, fps).sum(axis=-1)
    rough: list[Meeting] = []
    longer = first.prolonged(), second.prolonged()
    for place in np.argsort(total, axis=None)[:_TRIED]:
        row, column = divmod(int(place), columns)
        for met in _joined(longer, (late + row, column), (until[row], since[column]), count, fps):
            if met.transition.roughness == SMOOTH:
                yield met
            else:
                rough.append(met)
                yield None
    yield from sorted(rough, key=lambda met: met.transition.roughness)


def _stays(until: IntArray, since: IntArray, count: int, fps: float) -> BoolArray:
    """Return whether feet (..., L) stand all through a transition, or lift for too short a time to go elsewhere."""
    # samples between the last at which it stands as in the first take and the first as in the second
    gap = np.minimum(since, count - 1) - np.maximum(until - 1, 0)
    stands = (until > 0) | (since < count)
    return stands & (gap < _SWING * fps)


def _standing(stands: BoolArray, most: int) -> IntArray:
    """Return for how many samples (F, L), at most so many, each foot stands from each sample on; of (F, L)."""
    # backwards, as each sample has one more than the next
    found = np.zeros(stands.shape, dtype=np.int64)
    for sample in reversed(range(len(stands))):
        later = found[sample + 1] if sample + 1 < len(stands) else 0
        found[sample] = np.where(stands[sample], np.minimum(later + 1, most), 0)
    return found


def _joined(
    takes: tuple[Take, Take], starts: tuple[int, int], stances: tuple[IntArray, IntArray], count: int, fps: float
) -> Iterator[Meeting]:
    """Yield the meetings of two takes, prolonged, from such samples on.

    The second take is turned so that all points fit best, and its hips go on where both takes' speeds, blended, lead
    them. But feet that stay stand where they stood, both or one of them, and the second take is turned and shifted for
    that.
    """
    first, second = takes[0].part(starts[0], count + 2), takes[1].part(starts[1], count + 2)
    until, since = stances
    stays = np.flatnonzero(_stays(until, since, count, fps))
    choices = [stays]
    if len(stays) > 1:
        choices += np.split(stays, len(stays))
    for pivots in choices:
        if len(pivots):
            # ankle and ball in the middle of the time for which the foot stays
            at = 1 + np.clip((until + since) // 2, 0, count - 1)[pivots]
            ours, theirs = first.legs[at, pivots, 2:].reshape(-1, 3), second.legs[at, pivots, 2:].reshape(-1, 3)
        else:
            ours, theirs = first.joints[1:-1].reshape(-1, 3), second.joints[1:-1].reshape(-1, 3)
        turn = from_rotation_vector(_angle_on_ground(ours, theirs) * _UP)
        if len(pivots):
            shift = ours.mean(axis=0) - rotate(turn, theirs).mean(axis=0)
        else:
            our_hips, their_hips = first.hips[1:-1], rotate(turn, second.hips[1:-1])
            shift = led(our_hips, their_hips)[-1] - their_hips[-1]
        shift = shift * _LEVEL
        yield Meeting(*starts, turn, shift, Transition(first, second.moved(turn, shift), until, since, fps))


def _angle_on_ground(ours: FloatArray, theirs: FloatArray) -> float:
    """Return radians about the vertical that bring points (P, 3) nearest to ours, each around their own centre.

    On the ground as complex numbers, a turn is a factor: that of least squares is the direction of one sum.
    """
    ours_flat, theirs_flat = ours[:, 0] + 1j * ours[:, 1], theirs[:, 0] + 1j * theirs[:, 1]
    ours_flat, theirs_flat = ours_flat - ours_flat.mean(), theirs_flat - theirs_flat.mean()
    return float(np.angle((ours_flat * theirs_flat.conj()).sum()))
