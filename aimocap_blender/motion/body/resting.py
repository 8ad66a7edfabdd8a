"""Where a body rests in a motion: its ground, and the points that are on it or stay where they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..bones.humanoid import SIDES
from ..contacts import LEG, contact_of, settled
from ..feet.foot_contacts import FootContact
from ..figures.figure import Figure
from ..rotations import BoolArray, FloatArray, conjugate, from_line, multiply, norm, normalise, rotate
from ..skeleton import Clip
from ..smoothing import covered, in_samples, smooth_step
from ..spans import runs
from .body_points import FEET, SOLES, PlacedPoint, placed_points

# Metres, of a figure with legs of `LEG`.
_AT_ZERO = 0.1  # a body that comes so near to height 0 has its ground there
_TOUCH_SEC = 0.1  # seconds that a body is at least on the ground: some captures begin with a frame of its rest pose
_ON = 0.01  # a point no further from the ground is on it
_OVER_FEET = (("foot", 0.05), ("toes", 0.02))  # the least that these joints are over the ground, feet stretched
_GIVES = 0.01  # that a resting point is off: skin and clothes give way
_MOVES = 0.06  # hips, or a hand's shoulder, that move so far while a point stays where it is rest on that point
_OWN = 0.2  # from the middle of the trunk, or of a thigh, to a palm that may rest on it
_LONG_SEC = 0.3  # seconds that it stays there at least
_BESIDE = 0.05  # a trunk whose middle is so far beside all that seems to carry it rests on something else, too
_STANDS = 0.85  # of a leg, from what carries up to the hips: a body that is so high over a foot stands on it
_THICK = (0.3, 1.6)  # of a point's usual radius, what a motion may tell of it
LEAD_SEC = 0.33
"""Seconds before and after a rest in which the body gets there and away."""
_ENDS = {"knee": SOLES, "elbow": ("palm", "knuckles")}  # what is beyond a joint
_UNDER_KNEE = 0.2  # metres, as above: a foot that is so much lower carries, and not its knee
_MOSTLY = 0.5  # of a foot's stance: the body rests on more than feet


@dataclass(frozen=True, eq=False)
class RestingPoint:
    """A point of a body in a motion.

    Attributes:
        path: (F, 3) metres, body axes.
        height: (F,) metres from the ground to its skin.
        near: (F,) from 0 to 1, how much the ground carries it.
        rests: (F,) whether it stays where it is, on the ground or on something else.
        settled: (F,) whether it is neither on its way there nor away.
    """

    path: FloatArray
    height: FloatArray
    near: FloatArray
    rests: BoolArray
    settled: BoolArray


@dataclass(frozen=True, eq=False)
class Resting:
    """Where a body rests.

    Attributes:
        ground: its height, metres, body axes.
        points: by name.
        active: (F,) from 0 to 1, how much the body rests on more than its feet.
    """

    ground: float
    points: Mapping[str, RestingPoint]
    active: FloatArray

    @property
    def count(self) -> int:
        """How often something other than a foot comes to rest; a hand counts once."""
        count = 0
        for name, point in self.points.items():
            if not name.endswith((*FEET, "knuckles")):
                count += len(runs(point.rests))
        return count

    def of_feet(self, contacts: Mapping[str, FootContact]) -> dict[str, FootContact]:
        """Return the contacts of feet that carry the body alone; the others are among the points."""
        carried = self.active > _MOSTLY
        found: dict[str, FootContact] = {}
        for side, contact in contacts.items():
            alone = np.ones(len(carried), dtype=np.bool_)
            for start, stop in runs(contact.any).tolist():
                # a stance as a whole: a foot isn't let go halfway
                alone[start:stop] = carried[start:stop].mean() < _MOSTLY
            found[side] = FootContact(
                contact.ankle & alone, contact.ball & alone, contact.firm_ankle & alone, contact.firm_ball & alone
            )
        return found


@dataclass(frozen=True, eq=False)
class SeenPoints:
    """The points of a figure in a motion.

    Attributes:
        figure: the figure.
        times: (F,) seconds.
        placed: its points by name.
        paths: their middles (F, 3), metres, body axes.
        hips: (F, 3) the same of the hips' head.
        lowest: (F,) height of the body's lowest joint, less what is around it.
    """

    figure: Figure
    times: FloatArray
    placed: Mapping[str, PlacedPoint]
    paths: Mapping[str, FloatArray]
    hips: FloatArray
    lowest: FloatArray

    @cached_property
    def size(self) -> float:
        """How large the figure is, as a multiple of one with legs of `LEG`."""
        return self.figure.leg_length / LEG

    def ground(self, told: float | None = None) -> float:
        """Return the height of the ground, body axes, metres: 0 if the body comes near it, else where it is lowest.

        Args:
            told: the height that standing feet tell more exactly, unless all of them stand on something else.
        """
        lowest = lowest_reached(self.lowest, self.times)
        # most motion stands at height 0, and a sole that sinks in a little isn't lower ground
        ground = 0.0 if abs(lowest) < _AT_ZERO * self.size else lowest
        return told if told is not None and abs(told - ground) < _AT_ZERO * self.size else ground

    @cached_property
    def first_seen(self) -> Resting:
        """Where the body rests as far as it is known before its standing feet are."""
        return self.resting_on(self.ground())

    def resting_on(self, ground: float) -> Resting:
        """Return where the body rests, for a ground at this height."""
        points = {name: self._resting(name, placed, ground) for name, placed in self.placed.items()}
        # knees and elbows heed soles and palms, which need to be known; a seat heeds all of them
        for name, placed in self.placed.items():
            if placed.point.limb == "middle":
                points[name] = self._without_end(points, name)
        stands = self._stands(points)
        # the chest of who circles the hips is still, too, and rests on nothing
        for name, placed in self.placed.items():
            if placed.point.limb == "torso":
                point = points[name]
                points[name] = replace(point, rests=point.rests & ((point.near > 0.0) | ~stands))
        points |= {name: self._seated(points, name, stands) for name in points if name.endswith("seat")}
        active = np.zeros(len(self.times))
        for name, point in points.items():
            if not name.endswith(FEET):
                active = np.maximum(active, np.maximum(point.near, point.rests))
        # softened, so that nothing that depends on it begins at once
        reach = round(in_samples(self.times, LEAD_SEC) / 2.0)
        return Resting(ground, points, covered(active, reach))

    def _without_end(self, points: Mapping[str, RestingPoint], name: str) -> RestingPoint:
        """Return a knee or an elbow that rests on the ground, or while its foot or hand doesn't: that carries then.

        A foot no lower than its knee may as well be still because the knee rests, as on a ledge. One on the ground
        carries also where it isn't quite still: the knee over it would be on a ledge while its owner sways.
        """
        point, placed = points[name], self.placed[name].point
        carried = np.zeros_like(point.rests)
        for part in _ENDS[placed.part]:
            end = points.get(f"{placed.side}_{part}")
            if end is not None:
                under = point.path[:, 2] - end.path[:, 2] > _UNDER_KNEE * self.size
                carried |= (end.rests | (end.near > _MOSTLY)) & under if placed.part == "knee" else end.rests
        return replace(point, rests=point.rests & ((point.near > 0.0) | ~carried))

    @cached_property
    def _still(self) -> Mapping[str, BoolArray]:
        """Where each point is really still (F,), wherever the ground is."""
        leg = self.figure.leg_length
        return {name: contact_of(path, self.times, leg).rests for name, path in self.paths.items()}

    def _resting(self, name: str, placed: PlacedPoint, ground: float) -> RestingPoint:
        path = self.paths[name]
        height = path[:, 2] - ground - _thickness(path, ground, placed.radius)
        # from 1 on the ground to 0 at the height from which on the ground doesn't carry it
        near = np.clip((placed.point.near * self.size - height) / ((placed.point.near - _ON) * self.size), 0.0, 1.0)
        near = smooth_step(near)
        # on the ground a point may give way; elsewhere it must be really still
        rests = contact_of(path, self.times, self.figure.leg_length, jitter=_GIVES, near=near > 0.0).rests
        elsewhere = self._still[name] & ~rests
        # what is still while the body moves carries it, as a table does the hands of who leans on it
        is_hand = placed.point.limb == "end" and placed.point.end == "hand"
        shoulder = self.paths.get(f"{placed.point.side}_shoulder") if is_hand else None
        for start, stop in runs(elsewhere).tolist():
            long = self.times[stop - 1] - self.times[start] > _LONG_SEC
            moves = _way(self.hips[start:stop]) > _MOVES * self.size
            if not moves and shoulder is not None and _way(shoulder[start:stop]) > _MOVES * self.size:
                moves = not self._near_own(path, slice(start, stop))
            rests[start:stop] |= long and moves
        return RestingPoint(path, height, near, rests, settled(rests, path, self.times, self.figure.leg_length))

    def _near_own(self, path: FloatArray, span: slice) -> bool:
        """Return whether a hand is mostly so near to the trunk or a thigh that it may rest on that."""
        lines = [(self.hips, self.paths.get("back", self.hips))]
        for side in SIDES:
            seat, knee = self.paths.get(f"{side}_seat"), self.paths.get(f"{side}_knee")
            if seat is not None and knee is not None:
                lines.append((seat, knee))
        apart = np.full(len(path[span]), np.inf)
        for start, end in lines:
            _, off = from_line(path[span], start[span], end[span])
            apart = np.minimum(apart, norm(off))
        return float(np.median(apart)) < _OWN * self.size

    def _stands(self, points: Mapping[str, RestingPoint]) -> BoolArray:
        """Return (F,) whether the hips are as high over a sole that rests as those of who stands on it."""
        stands = np.zeros(len(self.times), dtype=np.bool_)
        for name, point in points.items():
            if name.endswith(SOLES):
                stands |= point.rests & (self.hips[:, 2] - point.path[:, 2] > _STANDS * self.figure.leg_length)
        return stands

    def _seated(self, points: Mapping[str, RestingPoint], name: str, stands: BoolArray) -> RestingPoint:
        """Return a seat that rests also where it is still and all that carries the body is beside its trunk.

        Who stands on one leg and leans has the foot beside the trunk, too.
        """
        seat = points[name]
        if "back" not in points:
            return seat
        trunk = (self.hips + points["back"].path)[:, :2] / 2.0
        paths: list[FloatArray] = []
        carrying: list[BoolArray] = []
        for each, point in points.items():
            if self.placed[each].point.part not in ("seat", "back"):
                paths.append(point.path[:, :2])
                carrying.append((point.near > 0.0) | point.rests)
        # (N, F, 2) along the ground, and (N, F)
        away, carries = np.array(paths) - trunk, np.array(carrying)
        # a body whose supports are all on one side of its trunk would fall to the other
        towards = normalise(np.sum(away * carries[..., None], axis=0))
        aside = (away * towards).sum(axis=-1) > _BESIDE * self.size
        beside = np.all(~carries | aside, axis=0) & carries.any(axis=0) & ~stands
        rests = seat.rests.copy()
        for start, stop in runs(self._still[name]).tolist():
            long = self.times[stop - 1] - self.times[start] > _LONG_SEC
            rests[start:stop] |= long and float(beside[start:stop].mean()) > _MOSTLY
        return replace(seat, rests=rests)


def _way(path: FloatArray) -> float:
    """Return how far a path (F, 3) leads away from where it begins, metres."""
    return float(norm(path - path[0]).max())


def lowest_reached(height: FloatArray, times: FloatArray) -> float:
    """Return the lowest height (F,) that is reached for long or again: a frame below all others tells no ground."""
    count = min(1 + round(in_samples(times, _TOUCH_SEC)), len(times))
    for_long = float(np.lib.stride_tricks.sliding_window_view(height, count).max(axis=1).min())
    # who runs is on the ground for a frame or two of each step
    around = np.pad(height, 1, constant_values=np.inf)
    low = np.sort(height[(height <= around[:-2]) & (height <= around[2:])])
    return min(for_long, float(low[1])) if len(low) > 1 else for_long


def seen_points(clip: Clip, figure: Figure) -> SeenPoints:
    """Return the points of a motion's figure."""
    placed = placed_points(figure)
    paths = {name: _path(clip, figure, point) for name, point in placed.items()}
    # in body axes, as paths are
    at = {slot: rotate(figure.to_body, clip.positions[:, bone]) for slot, bone in figure.slots.items()}
    # of feet their joints: toes that are bent wrongly, as many captures' are, don't tell where the ground is
    lowest = np.full(len(clip.times), np.inf)
    for name, path in paths.items():
        if not name.endswith(FEET):
            lowest = np.minimum(lowest, path[:, 2] - placed[name].radius)
    size = figure.leg_length / LEG
    for part, over in _OVER_FEET:
        for side in SIDES:
            if (slot := f"{side}_{part}") in at:
                lowest = np.minimum(lowest, at[slot][:, 2] - over * size)
    return SeenPoints(figure, clip.times, placed, paths, at["hips"], lowest)


def _path(clip: Clip, figure: Figure, point: PlacedPoint) -> FloatArray:
    """Return the path (F, 3) of a point, body axes."""
    body_from_bone = multiply(figure.to_body, clip.rotations[:, point.bone])
    now_from_rest = multiply(body_from_bone, conjugate(figure.rest[point.bone]))
    return rotate(figure.to_body, clip.positions[:, point.bone]) + rotate(now_from_rest, point.offset)


def _thickness(path: FloatArray, ground: float, usual: float) -> float:
    """Return metres from a point to its skin: its least height if that can be one that lies on the ground."""
    # what lies on the ground shows its thickness by how near it comes
    least = float(path[:, 2].min()) - ground
    thinnest, thickest = _THICK[0] * usual, _THICK[1] * usual
    return max(least, thinnest) if least < thickest else usual
