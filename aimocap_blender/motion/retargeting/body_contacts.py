"""Contacts of a character's body: which of its points are held, at which height and where over the ground."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from ..body.body_points import FEET, SOLES, PlacedPoint
from ..body.resting import Resting, RestingPoint
from ..bones.humanoid import LEG_JOINTS, LIMB_JOINTS, SIDES, filled, slots_of
from ..feet.body_pose import BodyPose
from ..feet.leg_solution import PosedLeg, TwoBones
from ..feet.stances import Stances
from ..rotations import BoolArray, FloatArray, conjugate, cross, norm, normalise, rotate
from ..smoothing import in_samples
from ..spans import runs
from .held_feet import HeldFeet
from .travel import Travel

_UP = np.array([0.0, 0.0, 1.0])
_CHEST = ("shoulder", "back")  # parts of one rigid piece
_SEEN = 0.011  # of a leg: what is less far under the ground nobody sees
_LESS = 0.8  # so much less of that while the body rests on more than feet
_CHAIR = 0.12  # of a leg: who is thicker, or has longer shins, sits on another chair rather than with feet in the air
_THIN = 0.035  # of a leg: a hand around something above the ground is no thicker
_STEEP = 0.6  # sine of the slope of such a hand: flatter ones lie on it
_PASSING = 0.02  # weight of what passes close to the ground, relative to what rests there
_UNDER = 4.0  # weight of what is under the ground: skin in the floor is seen before skin above it
_EXACT = 1.2e-4  # of a leg
_ROLLED = 0.0118  # of a leg: skin is soft, and nobody sees an end of a foot, or a chest, that is so deep
_ALONG = {"knee": 500.0, "elbow": 50.0}  # times as stiff as across: a thigh can't become longer, a shoulder gives
_SETTLINGS = 20  # rounds in which rests are moved: each leaves two thirds of a seat that differs from a lying trunk
_SOFT_SEC = 0.2  # seconds within which a foot that is held under the ground comes out of it


@dataclass(frozen=True, eq=False)
class Limb(TwoBones):
    """An arm or a leg: its end is hand or foot."""

    end: int

    def posed(self, pose: BodyPose) -> PosedLeg:
        """Return its joints in a pose."""
        heads = pose.heads((self.upper, self.lower, self.end))
        return PosedLeg(heads[self.upper], heads[self.lower], heads[self.end])


@dataclass(frozen=True, eq=False)
class Contact:
    """A point of the character that is held.

    Attributes:
        point: of its body.
        limb: the limb that it belongs to; None for the torso.
        level: (F,) height of its middle while it is held.
        holds: (F,) from 0 to 1, how much it is held at that height.
        floor: (F,) height below which it is held in any case, as its part is turned before.
        below: (F,) metres from the point down to its skin, turned so.
        rests: (F,) whether it comes to rest, and doesn't only pass by.
        stays: (F,) whether it is held where it is over the ground too.
        kept: (F, 3) where that is, if it is known; NaN elsewhere.
        settled: (F,) whether it is neither on its way there nor away.
    """

    point: PlacedPoint
    limb: Limb | None
    level: FloatArray
    holds: FloatArray
    floor: FloatArray
    below: FloatArray
    rests: BoolArray
    stays: BoolArray
    kept: FloatArray
    settled: BoolArray

    @property
    def is_heel(self) -> bool:
        """Whether it is under a heel."""
        return self.point.point.part == "heel"

    @property
    def is_head(self) -> bool:
        """Whether it is the head, which the neck carries."""
        return self.point.point.part == "head"

    @property
    def is_foot(self) -> bool:
        """Whether it is of a foot, its sole or not."""
        return self.point.point.part in FEET

    @property
    def is_sole(self) -> bool:
        """Whether it is under a foot."""
        return self.point.point.part in SOLES

    @property
    def along(self) -> float:
        """How many times as stiff along the upper bone as across it the limb is whose middle this is."""
        return _ALONG[self.point.point.part]

    @property
    def stands(self) -> BoolArray:
        """(F,) whether it is of a foot that stands, which is held already."""
        return np.isfinite(self.kept[:, 0])

    @property
    def firmness(self) -> FloatArray:
        """(F,) from 0 to 1, how much a limb heeds it: one that passes close to the ground needn't be exact."""
        return self.holds**2 * np.where(self.rests, 1.0, _PASSING)

    def at(self, pose: BodyPose) -> FloatArray:
        """Return (F, 3) where the point is."""
        return self.point.at(pose)

    def lacking(self, at: FloatArray) -> FloatArray:
        """Return the shifts (F, 3) that bring the point from (F, 3) to where it is held."""
        lacking = np.zeros_like(at)
        lacking[:, 2] = self.level - at[:, 2]
        for start, stop in runs(self.stays).tolist():
            span = slice(start, stop)
            known = np.isfinite(self.kept[span, 0])
            # what stays is where it is known to be, else in the middle of where it would go
            place = self.kept[span][known][0] if known.any() else at[span].mean(axis=0)
            lacking[span, :2] = (place - at[span])[:, :2]
            lacking[span][known] = (self.kept[span] - at[span])[known]
        return lacking

    def while_settled(self) -> "Contact":
        """Return the contact as a limb heeds it: one that is almost straight would bend far for what leaves already."""
        return replace(
            self,
            holds=self.holds * (self.settled | ~self.rests),
            rests=self.rests & self.settled,
            stays=self.stays & self.settled,
        )

    def under(self, at: FloatArray) -> FloatArray:
        """Return metres (F,) that the point is under the ground at (F, 3), its part turned as before."""
        return self.floor - at[:, 2]

    def deep(self, skin: FloatArray) -> FloatArray:
        """Return metres (F,) that the lowest point of its skin is under the ground at (F, 3), however it is turned."""
        return self.floor - self.below - skin[:, 2]

    def sinks(self, pose: BodyPose) -> BoolArray:
        """Return (F,) whether the point is under the ground."""
        return np.asarray(self.under(self.at(pose)) > 0.0, dtype=np.bool_)

    def asks(self, pose: BodyPose) -> BoolArray:
        """Return (F,) whether the point isn't where it is held."""
        off = self.lacking(self.at(pose))
        off[:, :2] *= self.stays[:, None]
        is_off = norm(off) > _EXACT * pose.linkage.figure.leg_length
        return (is_off & (self.holds > 0.0)) | self.sinks(pose)

    def as_turned(self, pose: BodyPose) -> "Contact":
        """Return the contact with the skin that is lowest in a pose: a torso that turns has other skin there."""
        if self.limb is not None or self.is_head or not self.holds.any():
            return self
        below = self.point.below(pose)
        deeper = below - self.below
        # of a chest, which is held as the source turns it, only what sinks counts: its shoulders would hang in the air
        level = self.level if self.point.point.part in _CHEST else self.level + deeper
        return replace(self, level=level, floor=self.floor + deeper, below=below)

    def above_ground(self, at: FloatArray) -> "Contact | None":
        """Return the contact with the ground of a point that is at (F, 3); None unless it is under it anywhere."""
        under = at[:, 2] < self.floor
        if not under.any():
            return None
        return replace(self, level=self.floor, holds=_UNDER * under, stays=np.zeros_like(under))


def positions_of(contacts: Sequence[Contact], pose: BodyPose) -> FloatArray:
    """Return (K, F, 3) where the points of K contacts are."""
    return np.array([contact.at(pose) for contact in contacts])


def firmness_of(contacts: Sequence[Contact]) -> FloatArray:
    """Return (F,) how firm the firmest of some contacts is."""
    return np.asarray(np.max([contact.firmness for contact in contacts], axis=0))


def lacking_together(contacts: Sequence[Contact], places: FloatArray) -> list[FloatArray]:
    """Return the shifts as `Contact.lacking` of points (K, F, 3) of one piece, whose rests ask for the same together.

    Where each rests is known to none of them: one that begins or ends during another's is moved as a whole until it
    lets the other stay, or the piece would go back and forth at its ends.
    """
    lacking = np.zeros_like(places)
    stays = np.zeros(places.shape[:2], dtype=np.bool_)
    for row, contact in enumerate(contacts):
        lacking[row], stays[row] = contact.lacking(places[row]), contact.stays
    count = stays.sum(axis=0)
    # the rests that have a part in common with another one; who stands is held already
    spans: list[tuple[int, int, int]] = []
    for row, contact in enumerate(contacts):
        for start, stop in runs(contact.stays).tolist():
            if count[start:stop].max() > 1 and not contact.stands[start:stop].any():
                spans.append((row, start, stop))
    for _ in range(_SETTLINGS if spans else 0):
        asked = (lacking * stays[:, :, None]).sum(axis=0) / np.maximum(count, 1)[:, None]
        for row, start, stop in spans:
            lacking[row, start:stop, :2] += (asked - lacking[row])[start:stop, :2].mean(axis=0)
    return list(lacking)


def limbs_of(pose: BodyPose) -> dict[str, Limb]:
    """Return by the name of its end the arms and legs that the character has."""
    figure = pose.linkage.figure
    limbs: dict[str, Limb] = {}
    for side, joints in product(SIDES, LIMB_JOINTS):
        slots = slots_of(side, joints)
        bones = filled(figure.slots, slots)
        if len(bones) == len(slots) and pose.rotations.keys() >= set(bones):
            upper, lower, end = bones
            limbs[slots[-1]] = Limb(upper, lower, _hinge(pose, upper, lower, end, joints), end)
    return limbs


def _hinge(pose: BodyPose, upper: int, lower: int, end: int, joints: tuple[str, ...]) -> FloatArray:
    """Return (3,) the axis that elbow or knee bends about, in the upper bone's axes."""
    if joints is LEG_JOINTS:
        return rotate(conjugate(pose.linkage.figure.rest[upper]), np.array([1.0, 0.0, 0.0]))
    # in which way an elbow bends is told by the motion: the more it is bent, the more surely
    heads = pose.heads((upper, lower, end))
    bends = cross(normalise(heads[lower] - heads[upper]), normalise(heads[end] - heads[lower]))
    return normalise(rotate(conjugate(pose.rotations[upper]), bends).sum(axis=0))


def contacts_of(travel: Travel, resting: Resting, feet: HeldFeet, limbs: Mapping[str, Limb]) -> list[Contact]:
    """Return the contacts of a character that rests as the source does.

    Args:
        travel: the character as it travels.
        resting: where the source's body rests.
        feet: the character with its standing feet held.
        limbs: by the name of their end.
    """
    task, pose = travel.task, feet.pose
    ours: dict[str, PlacedPoint] = {}
    below: dict[str, FloatArray] = {}
    skins: dict[str, FloatArray] = {}
    for name, point in task.target_points.items():
        if name in task.seen.placed or point.point.part in SOLES:
            ours[name] = point
            below[name] = _below(point, pose, resting.points.get(name), _THIN * task.target.leg_length)
            skins[name] = point.at(pose)[:, 2] - below[name]
    slack = _SEEN * task.target.leg_length * (1.0 - _LESS * resting.active)
    heights, least = _heights(travel.scale, resting, ours, skins)
    found: list[Contact] = []
    for name, point in ours.items():
        limb = limbs.get(f"{point.point.side}_{point.point.end}")
        if name not in heights or (limb is None and point.point.end):
            continue
        level = task.target.sole + heights[name] + below[name]
        gives = _ROLLED * task.target.leg_length if point.point.part in _CHEST else slack
        floor = task.target.sole + np.minimum(least[name], 0.0) + below[name] - gives
        # toes that the source lacks are only kept out of the ground
        rests, near = np.zeros(len(level), dtype=np.bool_), np.zeros(len(level))
        settled = rests
        if name in resting.points:
            settled = resting.points[name].settled
            rests = _touching(resting.points[name].rests, resting.active > 0.0)
            near = resting.points[name].near * resting.active
            if point.point.part == "seat":
                on_chair = rests & (near == 0.0)
                level = _on_own_seat(level, point.at(pose)[:, 2], on_chair, _CHAIR * task.target.leg_length)
        stays = rests & (task.options.root_motion == "FULL")
        kept = np.full((len(level), 3), np.nan)
        holds = np.maximum(near, rests)
        found.append(Contact(point, limb, level, holds, floor, below[name], rests, stays, kept, settled))
    for side, contact_of_foot in feet.contacts.items():
        soles = [contact for contact in found if contact.is_sole and contact.point.point.side == side]
        if contact_of_foot.any.any() and soles:
            rolled = _ROLLED * task.target.leg_length - slack
            kept = _kept(pose, soles, contact_of_foot.any, in_samples(task.clip.times, _SOFT_SEC), rolled)
            found = [contact for contact in found if contact not in soles] + kept
    return found


def _heights(
    scale: float, resting: Resting, ours: Mapping[str, PlacedPoint], skins: Mapping[str, FloatArray]
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return by name the heights (F,) over the ground at which a point's skin is held, and below which it never is.

    Args:
        scale: metres of the character for one of the source's.
        resting: where the source rests.
        ours: the character's points.
        skins: heights (F,) of their skin as posed.
    """
    heights = {name: scale * point.height for name, point in resting.points.items()}
    least = dict(heights)
    for side in SIDES:
        mine: list[str] = []
        seen: list[FloatArray] = []
        for name, point in ours.items():
            if point.point.side == side and point.point.part in FEET:
                mine.append(name)
                if name in resting.points:
                    seen.append(scale * _over_ground(resting.points[name]))
        if seen:
            lowest, highest = np.asarray(np.min(seen, axis=0)), np.asarray(np.max(seen, axis=0))
            heights |= _as_turned(skins, mine, lowest)
            # a source's foot of one piece goes into the ground with one end where others bend their toes
            least |= dict.fromkeys(mine, np.maximum(lowest, np.minimum(highest, 0.0)))
    chest = [name for name, point in ours.items() if point.point.part in _CHEST and point.skin and name in heights]
    if chest:
        lowest = np.asarray(np.min(filled(heights, chest), axis=0))
        heights |= _as_turned(skins, chest, lowest)
    return heights, least


def _below(point: PlacedPoint, pose: BodyPose, seen: RestingPoint | None, thin: float) -> FloatArray:
    """Return metres (F,) from a point down to its skin; around a bar, say, a hand needn't rest on its lowest point."""
    below = point.below(pose)
    if seen is not None and point.point.end == "hand" and point.point.limb == "end":
        around = seen.rests & (seen.near == 0.0) & _is_steep(point, pose)
        below = np.where(around, np.minimum(below, thin), below)
    return below


def _over_ground(seen: RestingPoint) -> FloatArray:
    """Return the height (F,) of a sole's point; one that rests under the ground is so much higher than supposed."""
    return seen.height - min(float(np.median(seen.height[seen.rests])), 0.0) if seen.rests.any() else seen.height


def _as_turned(skins: Mapping[str, FloatArray], names: Sequence[str], lowest: FloatArray) -> dict[str, FloatArray]:
    """Return heights (F,) over the ground that the skin of a foot, or of a chest, has as it is turned.

    Those of other shapes, turned alike, can't have all of their points where they were.

    Args:
        skins: name to the height of a part, over whatever.
        names: of its parts.
        lowest: (F,) the height that is wanted of the lowest.
    """
    higher = lowest - np.min(filled(skins, names), axis=0)
    return {name: skins[name] + higher for name in names}


def _on_own_seat(level: FloatArray, own: FloatArray, above: BoolArray, most: float) -> FloatArray:
    """Return the height (F,) of a seat that rests on a chair, which suits the character's legs where its own doesn't.

    Args:
        level: (F,) its height on the person's chair.
        own: (F,) its height as the feet stand.
        above: (F,) whether it rests above the ground.
        most: metres between both.
    """
    level = level.copy()
    for start, stop in runs(above).tolist():
        off = float(np.median(level[start:stop] - own[start:stop]))
        level[start:stop] -= off - np.clip(off, -most, most)
    return level


def _is_steep(point: PlacedPoint, pose: BodyPose) -> BoolArray:
    """Return (F,) whether a hand points up or down."""
    along = point.at(pose) - pose.head(point.bone)
    return np.abs(along[:, 2]) > _STEEP * norm(along)


def _touching(spans: BoolArray, other: BoolArray) -> BoolArray:
    """Return (F,) the spans that have a sample in common with another one."""
    found = np.zeros_like(spans)
    for start, stop in runs(spans).tolist():
        found[start:stop] = other[start:stop].any()
    return found


def _kept(pose: BodyPose, soles: list[Contact], there: BoolArray, reach: float, rolled: FloatArray) -> list[Contact]:
    """Return the contacts of a foot that is held already: there, but not under the ground.

    Args:
        pose: in which it is held.
        soles: its contacts otherwise.
        there: (F,) when it is held.
        reach: samples in which it comes out of the ground.
        rolled: (F,) how far under the ground it may be while it rolls.
    """
    places = positions_of(soles, pose)
    under = depth(soles, places)
    # each stance is lifted as a whole, so that it stays still
    lift = np.zeros(len(there))
    for start, stop in runs(there).tolist():
        lift[start:stop] = np.median(under[start:stop])
    found: list[Contact] = []
    for contact, at in zip(soles, places, strict=True):
        held = at + lift[:, None] * _UP
        # a foot that rolls with one end a little under the ground comes out of it gradually; what is deeper is tilted
        sunk = np.clip(contact.floor - held[:, 2], 0.0, rolled)
        sunk = Stances(there, reach).faded(sunk[:, None])[:, 0]
        found.append(
            replace(
                contact,
                level=np.where(there, held[:, 2], contact.level),
                holds=np.where(there, 1.0, contact.holds),
                floor=contact.floor - sunk,
                rests=contact.rests | there,
                stays=contact.stays | there,
                kept=np.where(there[:, None], held, np.nan),
                settled=contact.settled | there,
            )
        )
    return found


def depth(contacts: list[Contact], places: FloatArray) -> FloatArray:
    """Return how far (F,) a foot has to be lifted whose points are at (K, F, 3), some of them under the ground.

    It tilts while one end is above.
    """
    heels: list[FloatArray] = []
    others: list[FloatArray] = []
    for contact, at in zip(contacts, places, strict=True):
        (heels if contact.is_heel else others).append(contact.under(at))
    deepest = [np.max(ends, axis=0) for ends in (heels, others) if ends]
    return np.maximum(np.min(deepest, axis=0), 0.0)
