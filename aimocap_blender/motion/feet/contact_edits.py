"""Foot contacts as bars on the timeline, and what a user added or cut there, on a character whose contacts are held.

Bars have whole frames, as an animator sees them. Only the edited feet move, and the hips come down where a leg is too
short: away from an edit nothing changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..rotations import (
    BoolArray,
    FloatArray,
    IntArray,
    conjugate,
    dot,
    multiply,
    norm,
    normalise,
    slerp,
    to_rotation_vector,
)
from ..smoothing import covered, rate_of
from ..spans import runs
from ..time_mapping import TimeMapping
from .body_pose import BodyPose
from .foot_contacts import FootContact
from .foot_lock import SOFT_SEC, drift_in, points_of, with_foot_rotated
from .leg_solution import Leg, PosedLeg, solve
from .stances import Stances

_DEEPEST = 0.25  # of a leg's length: how far the hips come down for a foot out of reach
_TAIL = 0.25  # of a lock's weight: where it is fading anyway, a foot is let go gradually
_NEAREST = 0.5  # samples from a cut frame, which may lie between two
_ON_BOTH_SIDES = 0.999  # samples from an added frame: both that it lies between hold it
_LITTLE = 1e-9

Spans = Sequence[tuple[float, float]]
"""Each its first and its last second."""
Bar = tuple[int, int]
"""The first frame of a contact, and the one after its last."""
Bars = Mapping[str, tuple[Bar, ...]]
"""Side to the contacts of its foot, in order and apart."""


@dataclass(frozen=True)
class ContactEdits:
    """A user's changes of the contacts that were found.

    Attributes:
        added: side to the spans in which its foot is planted too.
        cut: side to the spans in which its foot is not planted.
    """

    added: Mapping[str, Spans] = field(default_factory=dict[str, Spans])
    cut: Mapping[str, Spans] = field(default_factory=dict[str, Spans])

    def of(self, side: str, contact: FootContact, times: FloatArray) -> FootContact:
        """Return the contacts of a side's foot as edited.

        What is added to a stance is planted as its nearest sample is, with heel, ball or both; a stance of its own with
        the whole foot.
        """
        cut = _within(self.cut.get(side, ()), times, _NEAREST)
        added = _within(self.added.get(side, ()), times, _ON_BOTH_SIDES)
        ankle, ball = contact.ankle & ~cut, contact.ball & ~cut
        planted = ankle | ball
        added &= ~planted
        for start, stop in runs(planted | added).tolist():
            stands = start + np.flatnonzero(planted[start:stop])
            for sample in (start + np.flatnonzero(added[start:stop])).tolist():
                nearest = stands[np.argmin(np.abs(stands - sample))] if len(stands) else None
                ankle[sample] = nearest is None or ankle[nearest]
                ball[sample] = nearest is None or ball[nearest]
        # what was added moves: that the foot doesn't was seen of the found samples only
        return FootContact(ankle, ball, contact.firm_ankle & ankle, contact.firm_ball & ball)


def _within(spans: Spans, times: FloatArray, further: float) -> BoolArray:
    """Return (F,) the samples in spans, and up to so many samples away from them."""
    inside = np.zeros(len(times), dtype=np.bool_)
    further_sec = further / rate_of(times)
    for first, last in spans:
        inside |= (times >= first - further_sec) & (times <= last + further_sec)
    return inside


def with_edited_contacts(
    pose: BodyPose,
    free: BodyPose,
    legs: Mapping[str, Leg],
    edits: ContactEdits,
    times: FloatArray,
    strength: float,
) -> BodyPose:
    """Return the pose with feet that stand in added contacts, and are let go in cut ones.

    Args:
        pose: the character with its feet held in the contacts found.
        free: the same with its feet free.
        legs: side to leg, with these contacts.
        times: (F,) seconds.
        strength: 0 to 1, how strongly planted feet are held.
    """
    reach = SOFT_SEC * rate_of(times)
    shifts: list[tuple[Leg, FloatArray]] = []
    for side, leg in legs.items():
        contact = edits.of(side, leg.stands, times)
        pose = _let_go(pose, free, leg, edits.of(side, leg.slow, times), reach)
        # the foot's rotation comes first: it moves the ball, on which a stance may rest
        stance = _Stance(leg, contact, reach)
        if stance.spans:
            pose = with_foot_rotated(pose, leg, strength * stance.turn(pose))
        shifts.append((replace(leg, contact=contact), strength * stance.shift(pose)))
    return _with_ankles_moved(pose, shifts, reach)


def _let_go(pose: BodyPose, free: BodyPose, leg: Leg, contact: FootContact, reach: float) -> BodyPose:
    """Return the pose with a leg that is as free as it would be with these contacts only."""
    # how much the lock counts in each sample, with the contacts found and with those edited
    before = Stances(leg.slow.any, reach).weight
    after = Stances(contact.any, reach).weight
    # the fraction of it that is lost; where little was left of it, a foot is almost free already
    lost = np.clip(1.0 - after / np.maximum(before, _LITTLE), 0.0, 1.0) * np.minimum(before / _TAIL, 1.0)
    rows = lost > 0.0
    if not rows.any():
        return pose
    rotations = dict(pose.rotations)
    for bone in (leg.upper, leg.lower, *leg.foot_bones):
        rotations[bone] = pose.rotations[bone].copy()
        rotations[bone][rows] = slerp(pose.rotations[bone][rows], free.rotations[bone][rows], lost[rows])
    return replace(pose, rotations=rotations)


@dataclass(frozen=True, eq=False)
class _Stance:
    """The stances of a foot to which something was added.

    Attributes:
        leg: its leg, with the contacts found.
        contact: the contacts as edited.
        reach: samples over which a correction fades in and out.
    """

    leg: Leg
    contact: FootContact
    reach: float

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First sample, and one past the last, of each."""
        added = self.contact.any & ~self.leg.stands.any
        return [(start, stop) for start, stop in runs(self.contact.any).tolist() if added[start:stop].any()]

    def turn(self, pose: BodyPose) -> FloatArray:
        """Return the rotation vectors (F, 3) of a foot that keeps one rotation while all of it is planted."""
        posed, flat = pose.rotations[self.leg.foot], self.contact.flat
        turn, planted = np.zeros((len(posed), 3)), self.contact.any.copy()
        for start, stop in self.spans:
            # while it rolls, the foot turns freely from one of its rotations to the next
            planted[start:stop] = flat[start:stop]
            for first, last in (start + runs(flat[start:stop])).tolist():
                stood = self._kept(first, last, self.leg.stands.flat)
                if self._goes_on(stood):
                    held = posed[_nearest(first, last, stood)]
                else:
                    kept = posed[stood]
                    # a quaternion and its negative are one rotation, but a mean takes them for opposites
                    alike = np.where(dot(kept, kept[0])[:, None] < 0.0, -kept, kept)
                    held = normalise(alike.mean(axis=0))
                turn[first:last] = to_rotation_vector(multiply(held, conjugate(posed[first:last])))
        return Stances(planted, self.reach).faded(turn)

    def shift(self, pose: BodyPose) -> FloatArray:
        """Return the shifts (F, 3) of an ankle that stands where the rest of its stance does.

        A stance of its own is at its mean position, as low as the foot comes in it.
        """
        ankle, ball = points_of(pose, self.leg)
        shift = np.zeros_like(ankle)
        for start, stop in self.spans:
            # what was planted stays where it is held already: the rest of the stance comes there
            drift = drift_in(self.contact, ankle, ball, start, stop)
            kept = self._kept(start, stop, self.leg.stands.any)
            if self._goes_on(kept):
                shift[start:stop] = drift - drift[_nearest(start, stop, kept) - start]
            else:
                shift[start:stop] = drift - drift[kept - start].mean(axis=0)
            if not self.leg.stands.any[start:stop].any():
                lowest = float(self.leg.level[start:stop].min())
                shift[start:stop, 2] += lowest - float((ankle[start:stop, 2] + shift[start:stop, 2]).mean())
        return Stances(self.contact.any, self.reach).faded(shift)

    def _goes_on(self, kept: IntArray) -> bool:
        """Return whether samples are one stance in which the foot never rests: it creeps on in these.

        Two that are joined stand at one place, or the foot would have to slide from one to the other.
        """
        stands, rests = self.leg.stands.any[kept], self.leg.contact.any[kept]
        return bool(stands.all() and not rests.any() and kept[-1] - kept[0] == len(kept) - 1)

    def _kept(self, start: int, stop: int, before: BoolArray) -> IntArray:
        """Return the samples that were planted before (F,); all if none were."""
        kept = before[start:stop] & self.contact.any[start:stop]
        if not kept.any():
            return np.arange(start, stop)
        return np.asarray(start + np.flatnonzero(kept), dtype=np.int64)


def _nearest(start: int, stop: int, stance: IntArray) -> IntArray:
    """Return for each sample of a span the nearest of a stance in it."""
    return np.asarray(np.clip(np.arange(start, stop), stance[0], stance[-1]), dtype=np.int64)


def _with_ankles_moved(pose: BodyPose, shifts: Sequence[tuple[Leg, FloatArray]], reach: float) -> BodyPose:
    """Return the pose with ankles shifted (F, 3), hips low enough for them, and other planted feet where they are."""
    if not any(shift.any() for _, shift in shifts):
        return pose
    drop = np.zeros(len(pose.hips))
    for leg, shift in shifts:
        drop = np.maximum(drop, _short(pose.leg(leg), shift))
    drop = covered(drop, int(reach))
    hips, rotations = pose.hips.copy(), dict(pose.rotations)
    hips[:, 2] -= drop
    for leg, shift in shifts:
        # ankles are as posed, hips and all: a planted one has to go back up by what the hips come down
        rest = shift.copy()
        rest[:, 2] += drop * Stances(leg.contact.any, reach).weight
        # a solution rounds, even without a shift: away from edits nothing changes by a bit
        rows = norm(rest) > 0.0
        for bone, solved in solve(pose.rotations, leg, pose.leg(leg), rest).items():
            rotations[bone] = np.where(rows[:, None], solved, pose.rotations[bone])
    return BodyPose(pose.linkage, rotations, hips)


def _short(limb: PosedLeg, shift: FloatArray) -> FloatArray:
    """Return how far (F,) the hips come down for a leg whose ankle is shifted."""
    deepest = _DEEPEST * float(limb.bones.mean())
    moved = norm(shift) > 0.0
    return np.where(moved, np.minimum(limb.out_of_reach(shift), deepest), 0.0)


def bars_of(planted: Mapping[str, Spans], mapping: TimeMapping, within: Bar) -> dict[str, tuple[Bar, ...]]:
    """Return the bars of contacts that were found.

    Args:
        planted: side to spans, each the seconds of its first and last sample.
        mapping: these seconds to timeline frames.
        within: the motion's frames.
    """
    found: dict[str, tuple[Bar, ...]] = {}
    for side, spans in planted.items():
        bars: list[Bar] = []
        for span in spans:
            # of a strip that plays backwards, the last second is the first frame
            first, last = sorted(mapping.frames(np.array(span)).tolist())
            bars.append((round(first), round(last) + 1))
        found[side] = tidied(bars, within)
    return found


def tidied(bars: Iterable[Bar], within: Bar) -> tuple[Bar, ...]:
    """Return bars in order, joined where they touch, clamped to a range, without those shorter than a frame."""
    return _bars(_frames(bars, within), within)


def without(bars: Iterable[Bar], cut: Bar, within: Bar) -> tuple[Bar, ...]:
    """Return bars with a range of frames cut out."""
    return _bars(_frames(bars, within) & ~_frames((cut,), within), within)


def edits_between(found: Bars, now: Bars, mapping: TimeMapping, within: Bar) -> ContactEdits:
    """Return what was added and cut since contacts were found, in seconds of the motion."""
    added: dict[str, Spans] = {}
    cut: dict[str, Spans] = {}
    for side, bars in now.items():
        frames_before, frames_now = _frames(found.get(side, ()), within), _frames(bars, within)
        added[side] = _spans(frames_now & ~frames_before, mapping, within)
        cut[side] = _spans(frames_before & ~frames_now, mapping, within)
    return ContactEdits(added, cut)


def _spans(frames: BoolArray, mapping: TimeMapping, within: Bar) -> Spans:
    return tuple(mapping.span(start, end - 1) for start, end in _bars(frames, within))


def _frames(bars: Iterable[Bar], within: Bar) -> BoolArray:
    frames = np.zeros(within[1] - within[0], dtype=np.bool_)
    for start, end in bars:
        frames[max(start - within[0], 0) : max(end - within[0], 0)] = True
    return frames


def _bars(frames: BoolArray, within: Bar) -> tuple[Bar, ...]:
    return tuple((within[0] + start, within[0] + end) for start, end in runs(frames).tolist())
