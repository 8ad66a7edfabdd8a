"""The fourth stage of retargeting: bring hands to what they touch in the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..body.body_points import PALM, PARTS, BodyPart, BodyShape, SeenBody
from ..body.resting import Resting
from ..bones.humanoid import ARM_JOINTS, SIDES, filled, sided, slots_of
from ..contacts import contact_of
from ..feet.body_pose import BodyPose
from ..feet.leg_solution import PosedLeg, eased, solve
from ..figures.figure import Figure
from ..rest_measure import Place, WantedTouch
from ..rotations import (
    BoolArray,
    FloatArray,
    IntArray,
    conjugate,
    cross,
    dot,
    from_line,
    multiply,
    norm,
    normalise,
    rotate,
)
from ..smoothing import covered, highest, in_samples, saturated, softened
from ..spans import runs
from .body_contacts import Limb, limbs_of
from .travel import Travel

_REACH_SEC = 0.6  # before and after a touch, in which the arm gets there and away
_CALM_SEC = 0.03  # seconds over which a hand goes on from one touch to the next
_MOST_REACH = 0.35  # of an arm's length, that its hand is moved
_ROUNDS = 3  # a hand that touches two things is brought to each in turn
_NEARING = 3  # times that a hand goes as far as its skin is from another's: each time others are nearest
_LOOKS = 40  # frames at most in which a touch's distance is measured on skin
_MOST_LEAN = np.radians(10.0)  # of the spine, a round
_MOSTLY = 0.5  # of a hand's place: a touch that tells less isn't missed
_NO_LENGTH = 1e-9
# Metres, of a figure with legs of `LEG`. Set on boxing_toes.bvh and on the poses of tests/motion/body.
_THICK = 0.02  # from the middle of a palm to its own skin
_SKIN = 0.035  # from the palm's middle to the skin of what it touches, clothes included
_HANDS = 0.14  # from palm to palm, or to the other's wrist
_CLAP = (0.09, 0.01, 0.08)  # from palm to palm where hands clap, that distance may vary, they come from so much further
_CLAP_SEC = (0.1, 0.3)  # seconds around a clap in which they are nearest, and within which they come from there
_LONG_SEC = 0.4  # seconds that a hand rests on the body at least
_NEARER = 0.01  # of the parts that a hand rests on, one that is nearer by this counts some three times as much
_GIVES = 0.03  # that a palm is off where it rests: skin and clothes give way


@dataclass(frozen=True, eq=False)
class HeldHands:
    """A character whose hands touch what the source's do, as far as the user wants it.

    Attributes:
        pose: its pose.
        touches: number of touches.
    """

    pose: BodyPose
    touches: int = 0


@dataclass(frozen=True, eq=False)
class Touch:
    """A hand that touches the other one or the body, in some frames.

    Attributes:
        side: of the hand; of two hands that touch each other, the left one.
        part: of the body; None for the other hand.
        frames: (F,) in which it does.
        share: (F,) how much of the hand's place it tells, beside other parts of the body that are as near.
    """

    side: str
    part: BodyPart | None
    frames: BoolArray
    share: FloatArray

    @cached_property
    def nearest_frames(self) -> IntArray:
        """(F,) the frame nearest to each in which it does."""
        those, here = np.flatnonzero(self.frames), np.arange(len(self.frames))
        # of each frame the two between which it is; at the ends, the last two there
        after = np.searchsorted(those, here).clip(1, max(len(those) - 1, 1))
        before, after = those[after - 1], those[np.minimum(after, len(those) - 1)]
        return np.where(here - before <= after - here, before, after)


@dataclass(frozen=True, eq=False)
class Touching:
    """The touches of the source's hands.

    Attributes:
        meeting: brings the character's hands there; None without arms.
        touches: as found in the source.
    """

    meeting: "_Meeting | None" = None
    touches: Sequence[Touch] = ()


def with_hands_held(travel: Travel, touching: Touching, pose: BodyPose, resting: Resting | None) -> HeldHands:
    """Return the character with its hands where the source's touch each other or the body.

    Palms keep their rotation. Where an arm is too short, the spine bends towards there.

    Args:
        travel: the character as it travels.
        touching: what the source's hands touch.
        pose: its pose, what rests held.
        resting: where the source rests: a hand that does stays there. None to hold no hands.
    """
    task = travel.task
    meeting, touches = touching.meeting, touching.touches
    if resting is None or meeting is None or not touches:
        return HeldHands(pose)
    sides = meeting.sides
    limbs = limbs_of(pose)
    arms: dict[str, Limb] = {}
    before: dict[str, PosedLeg] = {}
    for side in sides:
        arms[side] = limbs[f"{side}_hand"]
        before[side] = arms[side].posed(pose)
    reach = round(in_samples(task.clip.times, _REACH_SEC) / 2.0)
    of_bodies: list[tuple[Touch, FloatArray]] = []
    of_hands: list[tuple[Touch, FloatArray]] = []
    for touch in touches:
        near = covered(touch.frames.astype(np.float64), reach)
        weight = near * touch.share[touch.nearest_frames] * _free_of(touch, resting)
        (of_hands if touch.part is None else of_bodies).append((touch, weight))
    start = pose
    for _ in range(_ROUNDS):
        # hands that touch each other come last: it is seen most if they don't
        for these in (of_bodies, of_hands):
            shifts = meeting.shifts(pose, these)
            leaned = _leaned(pose, arms, shifts)
            if leaned is not pose:
                pose, shifts = leaned, meeting.shifts(leaned, these)
            for side, shift in shifts.items():
                posed = arms[side].posed(pose)
                # in all rounds together a hand is moved no further than this
                moved = posed.ankle - before[side].ankle
                within = saturated(moved + shift, _MOST_REACH * posed.bones) - moved
                pose = replace(pose, rotations={**pose.rotations, **solve(pose.rotations, arms[side], posed, within)})
    counts = {side: _count(touches, side, _free(resting, side)) for side in sides}
    pose = _eased(start, pose, arms, counts, task.clip.times)
    pose = pose.mixed(start, task.options.hand_strength)
    return HeldHands(pose, sum(len(runs(touch.frames)) for touch in touches))


def wanted_touches(touching: Touching, resting: Resting) -> tuple[WantedTouch, ...]:
    """Return how near the character's hands should be to what the source's touch, where they rest on nothing else."""
    meeting = touching.meeting
    if meeting is None:
        return ()
    wanted: list[WantedTouch] = []
    for touch in touching.touches:
        free = _free_of(touch, resting) > _MOSTLY
        wanted.append(meeting.wanted(touch, touch.frames & free))
    return tuple(wanted)


def touching_of(travel: Travel) -> Touching:
    """Return the touches of the hands in the motion that a character shows."""
    task = travel.task
    sides = tuple(side for side in SIDES if {*slots_of(side, ARM_JOINTS)} <= {*task.shared})
    if not sides:
        return Touching()
    source, shape = _seen_source(travel), BodyShape(task.target)
    found = touches_in(source, sides, task.clip.times)
    touches = [touch for touch in found if touch.part is None or shape.has(touch.part)]
    return Touching(_Meeting(travel, source, shape, sides), touches)


def _count(touches: Sequence[Touch], side: str, free: FloatArray) -> FloatArray:
    """Return (F,) from 0 to 1 how much a side's hand, as far as it is free (F,), touches something."""
    touched = np.zeros(len(free), dtype=np.bool_)
    for touch in touches:
        if touch.part is None or touch.side == side:
            touched |= touch.frames
    return touched * free


def _eased(
    start: BodyPose, end: BodyPose, arms: Mapping[str, Limb], counts: Mapping[str, FloatArray], times: FloatArray
) -> BodyPose:
    """Return the pose that is as at the end while hands touch, and gets there smoothly."""
    changed = {bone: rotation for bone, rotation in end.rotations.items() if rotation is not start.rotations[bone]}
    rotations = dict(end.rotations)
    for side, arm in arms.items():
        mine: dict[int, FloatArray] = {}
        for bone in changed.keys() & {arm.upper, arm.lower}:
            mine[bone] = changed.pop(bone)
        if mine:
            rotations |= eased(start.rotations, mine, counts[side], times)
    # a spine that bent for both hands
    if changed:
        rotations |= eased(start.rotations, changed, np.max(list(counts.values()), axis=0), times)
    return replace(end, rotations=rotations)


def _free(resting: Resting, side: str) -> FloatArray:
    """Return (F,) from 0 to 1 how little a hand rests on the ground or on something else."""
    palm = resting.points.get(f"{side}_palm")
    return 1.0 - np.maximum(palm.near, palm.rests) if palm is not None else np.ones(len(resting.active))


def _free_of(touch: Touch, resting: Resting) -> FloatArray:
    """Return the same of the hands that touch something."""
    if touch.part is not None:
        return _free(resting, touch.side)
    return np.minimum(_free(resting, "left"), _free(resting, "right"))


class _Meeting:
    """Where the character's hands have to be while they touch something."""

    def __init__(self, travel: Travel, source: SeenBody, shape: BodyShape, sides: Sequence[str]) -> None:
        self._travel, self._source, self._shape, self.sides = travel, source, shape, sides
        self._calm = in_samples(travel.task.clip.times, _CALM_SEC)
        self._aways: dict[Touch, FloatArray] = {}
        self._knuckles = {side: source.shape.knuckles(side) & shape.knuckles(side) for side in sides}

    def shifts(self, pose: BodyPose, touches: Sequence[tuple[Touch, FloatArray]]) -> dict[str, FloatArray]:
        """Return by side how far (F, 3) wrists have to move, metres.

        Args:
            pose: of the character.
            touches: with (F,) how much each counts.
        """
        body = _seen_target(pose, self._shape)
        total: dict[str, FloatArray] = {}
        counts: dict[str, FloatArray] = {}
        for side in self.sides:
            total[side], counts[side] = np.zeros_like(pose.hips), np.zeros(len(pose.hips))
        for touch, weight in touches:
            for side, shift in self._wanted(body, touch).items():
                # before and after a touch, the arm is on its way to where it is then
                total[side] += shift[touch.nearest_frames] * weight[:, None]
                counts[side] += weight
        shifts: dict[str, FloatArray] = {}
        for side in self.sides:
            if counts[side].any():
                # a mean where a hand touches more than one thing; what counts little is only a part of the way
                shifts[side] = softened(total[side] / np.maximum(counts[side], 1.0)[:, None], self._calm)
        return shifts

    def _wanted(self, body: SeenBody, touch: Touch) -> dict[str, FloatArray]:
        """Return by side how far (F, 3) a touch's hands are from where it wants them."""
        if touch.part is None:
            # each hand comes half of the way
            apart = self._source.heads["right_hand"] - self._source.heads["left_hand"]
            off = apart * self._hands_scale() - (body.heads["right_hand"] - body.heads["left_hand"])
            return {"left": -off / 2.0, "right": off / 2.0}
        knuckles = self._knuckles[touch.side]
        palm = body.palm(touch.side, knuckles)
        # as far along the part's line as the source's, in the same direction from it
        along, off = nearest(self._source, touch.part, self._source.palm(touch.side, knuckles))
        start, end = body.line(touch.part)
        away = normalise(off) * self._away(touch)[:, None]
        return {touch.side: start + (end - start) * along[:, None] + away - palm}

    def _hands_scale(self) -> float:
        """Return the mean size of the character's hands as a multiple of the source's."""
        return float(np.mean([self._hand_scale(side) for side in SIDES]))

    def wanted(self, touch: Touch, frames: BoolArray) -> WantedTouch:
        """Return how near the character's hand should be to what it touches, in frames (F,) in which it may."""
        figure, source, hand = self._shape.figure, self._source, f"{touch.side}_hand"

        def place(slot: str, offset: FloatArray | float = 0.0) -> Place:
            at = rotate(conjugate(figure.to_body), figure.head_of(slot) + offset)
            return figure.skeleton.names[figure.slots[slot]], at

        frames = frames & (touch.share > _MOSTLY)
        if touch.part is None:
            distance = norm(source.heads["right_hand"] - source.heads["left_hand"]) * self._hands_scale()
            other = (place("right_hand"),)
            return WantedTouch(hand, place("left_hand"), (other, other), distance, frames)
        knuckles = self._knuckles[touch.side]
        distance = self._away(touch)
        beginning = self._shape.beginning(touch.part)
        starts = tuple(place(slot, beginning) for slot in touch.part.starts)
        ends = tuple(place(slot) for slot in touch.part.ends) or starts
        palm = place(hand, self._shape.hand(touch.side, knuckles) * PALM)
        return WantedTouch(hand, palm, (starts, ends), distance, frames)

    def _away(self, touch: Touch) -> FloatArray:
        """Return metres (F,) from the line of a part to the palm that touches it."""
        # the same in each round, and for the report
        if touch not in self._aways and touch.part is not None:
            self._aways[touch] = self._distance(touch, touch.part)
        return self._aways[touch]

    @cached_property
    def _as_travelling(self) -> SeenBody:
        """The character before its hands are held."""
        return _seen_target(self._travel.pose, self._shape)

    def _distance(self, touch: Touch, part: BodyPart) -> FloatArray:
        source, knuckles = self._source, self._knuckles[touch.side]
        palm = source.palm(touch.side, knuckles)
        along, off = nearest(source, part, palm)
        scaled = norm(off) * self._part_scale(part, along)
        surface, skin = self._shape.surface(part), self._shape.hand_skin(touch.side, knuckles)
        if surface is None or skin is None:
            # as far as the source's, in sizes of the part
            return scaled
        # a few of the frames tell enough, as distances change slowly
        rows = np.flatnonzero(touch.frames)
        rows = rows[:: 1 + len(rows) // _LOOKS]
        body = self._as_travelling.at(rows)
        start, end = body.line(part)
        middle, way, away = start + (end - start) * along[rows, None], normalise(off[rows]), scaled[rows]
        hand = rotate(body.turned[f"{touch.side}_hand"][:, None], skin)
        into_rest = conjugate(body.turned[part.bone])[:, None]
        for _ in range(_NEARING):
            # the hand goes towards the part until the first of its skin is there, or back
            points = (middle + way * away[:, None])[:, None] + hand
            on_line, from_there = from_line(points, start[:, None], end[:, None])
            away = away - surface.gap(on_line, rotate(into_rest, from_there)).min(axis=1)
        # what the source's palm is further away than a palm is thick, the character's is, too
        beyond = np.maximum(_gap(source, part, palm)[rows] / source.shape.size - _THICK, 0.0)
        between: FloatArray = np.interp(np.arange(len(along)), rows, away + beyond * self._shape.size)
        return between

    def _hand_scale(self, side: str) -> float:
        """Return the size of the character's hand as a multiple of the source's."""
        theirs = self._source.shape.hand(side, self._knuckles[side])
        ours = self._shape.hand(side, self._knuckles[side])
        return float(norm(ours) / max(float(norm(theirs)), _NO_LENGTH))

    def _part_scale(self, part: BodyPart, along: FloatArray) -> FloatArray:
        """Return the width (F,) of the character's part as a multiple of the source's, so far (F,) along its line."""
        theirs, ours = self._source.shape, self._shape
        scale = ours.size / theirs.size
        if part.name == "head" and ours.told_crown and theirs.told_crown:
            scale = ours.told_crown / theirs.told_crown
        if part.name != "torso":
            return np.full(len(along), scale)

        def wider(slots: tuple[str, ...]) -> float:
            width = theirs.width(slots)
            return ours.width(slots) / width if width > 0.0 else scale

        # a trunk is as wide as its hips below, and as its shoulders above
        low, high = wider(part.starts), wider(part.ends)
        return np.asarray(low + (high - low) * along)


def _leaned(pose: BodyPose, arms: Mapping[str, Limb], shifts: Mapping[str, FloatArray]) -> BodyPose:
    """Return the pose with a spine that bends so that arms which are too short for their shifts (F, 3) reach there.

    Head and limbs keep their rotations.
    """
    figure = pose.linkage.figure
    spine = pose.rotated(figure.spine)
    if not spine or not shifts:
        return pose
    base = pose.heads((spine[0],))[spine[0]]
    lean = np.zeros_like(pose.hips)
    for side, shift in shifts.items():
        posed = arms[side].posed(pose)
        away = posed.ankle + shift - posed.hip
        length = norm(away)
        short = away * (np.maximum(length - posed.longest, 0.0) / np.maximum(length, _NO_LENGTH))[:, None]
        # the least rotation about the spine's lower end that moves the shoulder by what its arm is too short
        up = posed.hip - base
        lean += cross(up, short) / np.maximum(dot(up, up), _NO_LENGTH)[:, None]
    if not lean.any():
        return pose
    lean *= np.minimum(1.0, _MOST_LEAN / np.maximum(norm(lean), _NO_LENGTH))[:, None]
    shoulders = filled(figure.slots, [f"{side}_shoulder" for side in arms])
    return replace(pose, rotations=pose.with_spine_bent(0.0, lean, shoulders))


def _seen_source(travel: Travel) -> SeenBody:
    task = travel.task
    heads: dict[str, FloatArray] = {}
    turned: dict[str, FloatArray] = {}
    for slot in _needed(task.source):
        bone = task.source.slots[slot]
        heads[slot], turned[slot] = task.head(bone), task.rotation(bone)
    return SeenBody(BodyShape(task.source), heads, turned)


def _seen_target(pose: BodyPose, shape: BodyShape) -> SeenBody:
    figure = shape.figure
    heads: dict[str, FloatArray] = {}
    turned: dict[str, FloatArray] = {}
    for slot in _needed(figure):
        bone = figure.slots[slot]
        if bone in pose.rotations:
            heads[slot] = pose.head(bone)
            turned[slot] = multiply(pose.rotations[bone], conjugate(figure.rest[bone]))
    return SeenBody(shape, heads, turned)


def _needed(figure: Figure) -> list[str]:
    needed = set(sided(*ARM_JOINTS))
    for part in PARTS:
        needed |= {part.bone, *part.starts, *part.ends}
    return [slot for slot in figure.slots if slot in needed]


def touches_in(body: SeenBody, sides: tuple[str, ...], times: FloatArray) -> list[Touch]:
    """Return the touches in a motion.

    Args:
        body: its figure.
        sides: of the hands that count.
        times: (F,) seconds.
    """
    size, leg = body.shape.size, body.shape.figure.leg_length

    def resting(path: FloatArray, near: BoolArray) -> BoolArray:
        return contact_of(path, times, leg, jitter=_GIVES, near=near).rests

    palms = {side: body.palm(side, body.shape.knuckles(side)) for side in sides}
    found: list[Touch] = []
    if len(sides) == len(SIDES):
        left, right = palms["left"], palms["right"]
        left_wrist, right_wrist = body.heads["left_hand"], body.heads["right_hand"]
        near = np.min([norm(left - right), norm(left - right_wrist), norm(right - left_wrist)], axis=0)
        # hands that rest on each other do so in the body's axes: who turns around takes them along
        between_in_hips = rotate(conjugate(body.turned["hips"]), left - right)
        frames = resting(between_in_hips, near < _HANDS * size) | _clapping(near / size, times)
        found.append(Touch(SIDES[0], None, frames=frames, share=np.ones(len(times))))
    parts = [part for part in PARTS if body.shape.has(part)]
    for side, palm in palms.items():
        gaps = np.array([_gap(body, part, palm) for part in parts]).reshape(len(parts), -1) / size
        # each part tells the more of the hand's place the nearer it is, so that none takes over suddenly
        shares = np.exp((gaps.min(axis=0, initial=np.inf) - gaps) / _NEARER)
        for part, apart, share in zip(parts, gaps, shares / shares.sum(axis=0), strict=True):
            frames = _long(resting(body.in_part(part, palm), apart < _SKIN), times)
            found.append(Touch(side, part, frames=frames, share=share))
    return [touch for touch in found if touch.frames.any()]


def _long(rests: BoolArray, times: FloatArray) -> BoolArray:
    """Return (F,) what rests for long: hands that hang pass close to the body without touching it."""
    kept = np.zeros_like(rests)
    for start, stop in runs(rests).tolist():
        kept[start:stop] = times[stop - 1] - times[start] >= _LONG_SEC
    return kept


def _clapping(apart: FloatArray, times: FloatArray) -> BoolArray:
    """Return (F,) whether hands that are so far apart (F,) clap: they come together and part, too briefly to rest."""
    nearest_sec, furthest_sec = _CLAP_SEC
    near, vary, further = _CLAP
    nearest_around = -highest(-apart, round(in_samples(times, nearest_sec)))
    furthest_around = highest(apart, round(in_samples(times, furthest_sec)))
    return (apart < near) & (apart <= nearest_around + vary) & (furthest_around > apart + further)


def nearest(body: SeenBody, part: BodyPart, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where (F,) along a part's line, from 0 to 1, points (F, 3) are, and from there to them (F, 3)."""
    return from_line(points, *body.line(part))


def _gap(body: SeenBody, part: BodyPart, points: FloatArray) -> FloatArray:
    """Return metres (F,) from a part's skin to points (F, 3); below 0 inside."""
    _, off = nearest(body, part, points)
    off_in_part = rotate(conjugate(body.turned[part.bone]), off)
    # the skin is an ellipsoid: in units of its half axes a sphere, which the line to the point leaves at length 1
    half = np.array([*part.half, part.beyond]) * body.shape.size
    far = norm(off_in_part)
    return np.asarray(far - far / np.maximum(norm(off_in_part / half), _NO_LENGTH))
