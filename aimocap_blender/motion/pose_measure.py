"""Measurement of a character's poses against the motion they came from, by the joints' positions and rotations alone.

Nothing of the retargeting's own arithmetic is used: not its rest alignment or its bone channels. But which feet are
planted is the same for both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise, product, starmap

import numpy as np

from .bones.humanoid import KNUCKLES, LIMB_JOINTS, SIDES, sided, slots_of
from .limb_hinges import BENT, bend_of
from .rest_measure import OffRest
from .rotations import (
    IDENTITY,
    BoolArray,
    FloatArray,
    IntArray,
    angle_between,
    conjugate,
    cross,
    dot,
    from_matrix,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    step_lengths,
    to_rotation_vector,
    twist,
)

_LIMBS = tuple(starmap(slots_of, product(SIDES, LIMB_JOINTS)))
SEGMENTS = tuple(chain.from_iterable(map(pairwise, _LIMBS)))
"""The slots at both ends of each bone of a limb; it is named by the first."""

MEASURED = frozenset(
    {
        *chain.from_iterable(SEGMENTS),
        *sided("foot", "toes", *KNUCKLES),
        *("hips", "neck", "head"),
    }
)
"""The slots that are looked at."""

_UP = np.array([0.0, 0.0, 1.0])
_ALIKE = np.radians(15.0)  # rest poses whose torsos differ by more are not both upright
_STANDING = np.radians(25.0)  # greatest angle of torso and thighs to the vertical in a standing rest pose
_FLAT = np.radians(8.0)  # knuckles that are less spread define no palm


@dataclass(frozen=True, eq=False)
class SeenFigure:
    """The humanoid bones of a figure as they are seen at some samples, and at rest; up is +Z.

    Attributes:
        slots: the humanoid slots, in the order of the columns.
        heads: (F, S, 3) metres.
        rotations: (F, S, 4) wxyz.
        rest_heads: (S, 3) metres.
        rest_rotations: (S, 4) wxyz.
        ground: (F, S, 3) heads in the world, where the figure's own axes move in it; else the same as `heads`.
    """

    slots: tuple[str, ...]
    heads: FloatArray
    rotations: FloatArray
    rest_heads: FloatArray
    rest_rotations: FloatArray
    ground: FloatArray

    def at(self, samples: IntArray) -> "SeenFigure":
        """Return the figure at some of its samples."""
        return replace(self, heads=self.heads[samples], rotations=self.rotations[samples], ground=self.ground[samples])

    def of(self, slots: Sequence[str]) -> "SeenFigure":
        """Return the figure with some of its slots, in their order."""
        if tuple(slots) == self.slots:
            return self
        columns = list(map(self.slots.index, slots))
        return SeenFigure(
            tuple(slots),
            self.heads[:, columns],
            self.rotations[:, columns],
            self.rest_heads[columns],
            self.rest_rotations[columns],
            self.ground[:, columns],
        )

    def rotated(self, turn: FloatArray) -> "SeenFigure":
        """Return the figure rotated by (4,) about the origin."""
        # where heads are on the ground they are the ground's points, too, and stay so
        heads = rotate(turn, self.heads)
        return replace(
            self,
            heads=heads,
            rotations=multiply(turn, self.rotations),
            rest_heads=rotate(turn, self.rest_heads),
            rest_rotations=multiply(turn, self.rest_rotations),
            ground=heads if self.ground is self.heads else rotate(turn, self.ground),
        )

    def has(self, *slots: str) -> bool:
        """Return whether all the slots are seen."""
        return set(slots).issubset(self.slots)

    def head(self, slot: str) -> FloatArray:
        """Return (F, 3) the slot's head."""
        return self.heads[:, self.slots.index(slot)]

    def rest_head(self, slot: str) -> FloatArray:
        """Return (3,) the same at rest."""
        return self.rest_heads[self.slots.index(slot)]

    def rotation(self, slot: str) -> FloatArray:
        """Return (F, 4) the rotation of the slot's bone."""
        return self.rotations[:, self.slots.index(slot)]

    def rest_rotation(self, slot: str) -> FloatArray:
        """Return (4,) the same at rest."""
        return self.rest_rotations[self.slots.index(slot)]


@dataclass(frozen=True, eq=False)
class Deviations:
    """A character's deviations from its source.

    Attributes:
        degrees: slot to (F,) degrees: of the directions of arms and legs, of the rotations of hands, feet and head.
        speeds: slot of a foot's joint to (F - 1,) metres a second in the world; NaN where the source's isn't planted.
        wrong_side: slot of lower arms and legs to (F,) whether they are bent to the other side than the source's.
    """

    degrees: Mapping[str, FloatArray]
    speeds: Mapping[str, FloatArray]
    wrong_side: Mapping[str, BoolArray]


@dataclass(frozen=True)
class PoseReport:
    """The quality of a character's poses, measured at some samples.

    Attributes:
        samples: how many were measured.
        degrees: slot to its greatest deviation: arms and legs by direction, hands, feet and head by rotation.
        slide: cm/s, median speed of feet that are planted in the source, at any height; None if none is.
        most_slide: the greatest.
        wrong_side: lower arms and legs that are bent to the other side than the source's.
        off_rest: what is highest above where it rests, and what is deepest in the ground; None if that isn't known.
        off_touch: the hand that is furthest from what it touches in the source; None if none touches anything.
        size: of the character, as a multiple of a human's if it is larger: legs may be short for a body.
    """

    samples: int = 0
    degrees: Mapping[str, float] = field(default_factory=dict[str, float])
    slide: float | None = None
    most_slide: float = 0.0
    wrong_side: tuple[str, ...] = ()
    off_rest: tuple[OffRest, OffRest] | None = None
    off_touch: OffRest | None = None
    size: float = 1.0

    @property
    def worst(self) -> tuple[str, float]:
        """The slot that deviates most, and by how many degrees; '' and 0 if none was measured."""
        return max(self.degrees.items(), key=lambda item: item[1], default=("", 0.0))


def deviations(
    source: SeenFigure,
    target: SeenFigure,
    planted: Mapping[str, BoolArray],
    times: FloatArray,
    flat: Mapping[str, BoolArray] | None = None,
) -> Deviations:
    """Return how far a character is off.

    The character may face in another direction: all directions are compared after the one rotation about the vertical
    that brings most of its arms and legs to the source's.

    Args:
        source: the motion's figure.
        target: the character, at the same samples.
        planted: slot of a foot's joint to (F - 1,) whether it rests until the next sample.
        times: (F,) seconds of the samples.
        flat: slot of a foot to (F,) whether all of it stands.
    """
    slots = [slot for slot in target.slots if slot in source.slots]
    source, target = source.of(slots), target.of(slots)
    pairs = [pair for pair in SEGMENTS if target.has(*pair)]
    # a character that stands turned away from the source isn't off for that
    source = source.rotated(_facing(source, target, pairs))
    degrees: dict[str, FloatArray] = {}
    for start, end in pairs:
        ours, theirs = target.head(end) - target.head(start), source.head(end) - source.head(start)
        degrees[start] = np.degrees(angle_between(ours, theirs))
    alike = _stand_alike(source, target)
    for side in SIDES:
        hand = f"{side}_hand"
        if target.has(hand):
            degrees[hand] = _palm_degrees(source, target, side, alike=alike)
    if target.has("head"):
        degrees["head"] = _rotation_degrees(source, target, "head", upright=alike)
    for foot in ("left_foot", "right_foot"):
        if target.has(foot):
            level = (flat or {}).get(foot, np.zeros(len(target.heads), dtype=np.bool_))
            degrees[foot] = _foot_degrees(source, target, foot, level, alike=alike)
    return Deviations(degrees, _planted_speeds(target, planted, times), _wrong_sides(source, target))


def _planted_speeds(target: SeenFigure, planted: Mapping[str, BoolArray], times: FloatArray) -> dict[str, FloatArray]:
    """Return the speeds over the ground of `Deviations`."""
    # a strip that plays in reverse has times that fall
    seconds = np.abs(np.diff(times))
    speeds: dict[str, FloatArray] = {}
    for slot, still in planted.items():
        if target.has(slot):
            # what touches the ground counts, not the joint above it
            path = target.ground[:, target.slots.index(slot)]
            speeds[slot] = np.where(still, step_lengths(path) / seconds, np.nan)
    return speeds


def report_of(found: Deviations, samples: int) -> PoseReport:
    """Return the worst of measured deviations."""
    # not a number while nothing rests; without a foot that ever does there are no speeds
    speeds = np.concatenate([np.empty(0), *found.speeds.values()])
    cm_per_sec = speeds[np.isfinite(speeds)] * 100.0
    return PoseReport(
        samples=samples,
        degrees={slot: float(values.max()) for slot, values in found.degrees.items()},
        slide=float(np.median(cm_per_sec)) if len(cm_per_sec) else None,
        most_slide=float(cm_per_sec.max(initial=0.0)),
        wrong_side=tuple(slot for slot, wrong in found.wrong_side.items() if wrong.any()),
    )


def upright(up: FloatArray) -> FloatArray:
    """Return (4,) a rotation of a direction (3,) to +Z."""
    z = normalise(up)
    # any direction that isn't along it: how upright axes are turned about Z doesn't matter
    beside = np.array([1.0, 0.0, 0.0]) if abs(z[0]) < 0.9 else np.array([0.0, 1.0, 0.0])  # noqa: PLR2004 -- not along z
    x = normalise(beside - z * (beside @ z))
    world_from_upright = from_matrix(np.stack([x, cross(z, x), z], axis=-1))
    return conjugate(world_from_upright)


def _facing(source: SeenFigure, target: SeenFigure, pairs: Sequence[tuple[str, str]]) -> FloatArray:
    """Return (4,) the rotation about the vertical from the source's facing to the target's.

    It is the median over all limbs, each weighted by how horizontal it is, so that a few that are wrong don't count.
    """
    if not pairs:
        return IDENTITY
    # the angle from each of the source's limbs to the target's, seen from above, and how sure that is
    theirs, ours = _flat_directions(source, pairs), _flat_directions(target, pairs)
    cosine = (theirs * ours).sum(axis=1)
    sine = theirs[:, 0] * ours[:, 1] - theirs[:, 1] * ours[:, 0]
    angles, weights = np.arctan2(sine, cosine), np.hypot(cosine, sine)
    # a median needs a beginning: half a turn from where most angles are
    about = _most_common(angles, weights)
    off = (angles - about + np.pi) % (2.0 * np.pi) - np.pi
    order = np.argsort(off)
    below = np.cumsum(weights[order])
    middle = min(int(np.searchsorted(below, 0.5 * float(weights.sum()))), len(off) - 1)
    return from_rotation_vector(_UP * (about + float(off[order][middle])))


def _flat_directions(figure: SeenFigure, pairs: Sequence[tuple[str, str]]) -> FloatArray:
    """Return (N, 2) the unit directions of a figure's limbs without their height: shorter for steeper ones."""
    # what is steep says little about where the figure faces, and counts less by its length
    directions: list[FloatArray] = []
    for start, end in pairs:
        direction = normalise(figure.head(end) - figure.head(start))
        directions.append(direction[:, :2])
    return np.stack(directions).reshape(-1, 2)


def _most_common(angles: FloatArray, weights: FloatArray) -> float:
    """Return the direction, radians, in which most of the weight is: where the circle is cut for a median."""
    counts, edges = np.histogram(angles, bins=36, range=(-np.pi, np.pi), weights=weights)
    # with both neighbours, so that it doesn't matter where a bin begins
    around = counts + np.roll(counts, 1) + np.roll(counts, -1)
    best = int(np.argmax(around))
    return float(edges[best] + edges[best + 1]) / 2.0


def _palm_degrees(source: SeenFigure, target: SeenFigure, side: str, *, alike: bool) -> FloatArray:
    """Return (F,) degrees between the hands: their palms, or where those aren't known, their directions and turns.

    Args:
        source: the motion's figure.
        target: the character.
        alike: whether both rest poses stand alike, so that hands without knuckles go on along their forearms in both.
    """
    hand, lower_arm = f"{side}_hand", f"{side}_lower_arm"
    knuckles = list(filter(target.has, slots_of(side, KNUCKLES)))
    if len(knuckles) > 1:
        theirs, ours = _palm(source, hand, knuckles), _palm(target, hand, knuckles)
        if theirs is not None and ours is not None:
            return np.asarray(np.degrees(angle_between(theirs, ours).max(axis=0)))
    changes = _rotation_degrees(source, target, hand, upright=False)
    if knuckles:
        # one knuckle tells where the hand points, though not how it is turned about that
        theirs = source.head(knuckles[0]) - source.head(hand)
        ours = target.head(knuckles[0]) - target.head(hand)
    elif alike and target.has(lower_arm):
        theirs, ours = _goes_on(source, lower_arm, hand), _goes_on(target, lower_arm, hand)
    else:
        return changes
    return np.maximum(changes, np.degrees(angle_between(theirs, ours)))


def _palm(figure: SeenFigure, hand: str, knuckles: Sequence[str]) -> FloatArray | None:
    """Return (2, F, 3) unit vectors along a palm and at right angles to it; None where knuckles are too near."""
    first = normalise(figure.head(knuckles[0]) - figure.head(hand))
    last = normalise(figure.head(knuckles[-1]) - figure.head(hand))
    if float(angle_between(first, last).min()) < _FLAT:
        return None
    return np.stack([normalise(first + last), normalise(cross(first, last))])


def _goes_on(figure: SeenFigure, start: str, end: str) -> FloatArray:
    """Return (F, 3) where a bone points that at rest goes on along the one before."""
    # the bone's rotation from rest carries what at rest is the line through both joints
    away_from_rest = multiply(figure.rotation(end), conjugate(figure.rest_rotation(end)))
    return rotate(away_from_rest, figure.rest_head(end) - figure.rest_head(start))


def _foot_degrees(source: SeenFigure, target: SeenFigure, slot: str, flat: BoolArray, *, alike: bool) -> FloatArray:
    """Return (F,) degrees between the feet: they are alike where the source's stands flat, else as at rest.

    Args:
        source: the motion's figure.
        target: the character.
        flat: (F,) whether the source's stands: its rest pose needn't show a level sole.
        alike: whether both rest poses stand alike.
    """
    world_from_ours, world_from_theirs = target.rotation(slot), source.rotation(slot)
    # the bones' axes may be anything: constant in the feet's own axes is what should not change
    ours_from_theirs = multiply(conjugate(world_from_ours), world_from_theirs)
    if flat.any():
        usual = _middle(ours_from_theirs[flat])
    elif alike:
        our_rest, their_rest = target.rest_rotation(slot), source.rest_rotation(slot)
        # toes may point more outwards at rest: only the vertical counts
        outwards = twist(multiply(our_rest, multiply(_middle(ours_from_theirs), conjugate(their_rest))), _UP)
        usual = multiply(conjugate(our_rest), multiply(outwards, their_rest))
    else:
        usual = _middle(ours_from_theirs)
    return np.asarray(np.degrees(norm(to_rotation_vector(multiply(ours_from_theirs, conjugate(usual))))))


def _rotation_degrees(source: SeenFigure, target: SeenFigure, slot: str, *, upright: bool) -> FloatArray:
    """Return (F,) degrees by which a bone is rotated differently from the source's.

    The bones' own axes differ by a constant rotation: that of the samples' middle. If the rest poses stand `upright`
    alike, the tilt from them counts too.
    """
    world_from_ours, world_from_theirs = target.rotation(slot), source.rotation(slot)
    ours_from_theirs = multiply(conjugate(world_from_ours), world_from_theirs)
    # from the usual rotation between both bones' axes
    changes = multiply(ours_from_theirs, conjugate(_middle(ours_from_theirs)))
    degrees = np.degrees(norm(to_rotation_vector(changes)))
    if not upright:
        return degrees
    # where each bone now has what points up at rest
    our_up = rotate(world_from_ours, rotate(conjugate(target.rest_rotation(slot)), _UP))
    their_up = rotate(world_from_theirs, rotate(conjugate(source.rest_rotation(slot)), _UP))
    return np.maximum(degrees, np.degrees(angle_between(our_up, their_up)))


def _middle(rotations: FloatArray) -> FloatArray:
    """Return (4,) the rotation that most of some (F, 4) are near."""
    # the best of a few of them, as a median of vectors is one only near that; the sign of a quaternion says nothing
    some = rotations[np.unique(np.linspace(0, len(rotations) - 1, 25).astype(np.int64))]
    apart = 1.0 - np.abs(some @ rotations.T)
    best = some[int(np.argmin(np.median(apart, axis=1)))]
    from_best = to_rotation_vector(multiply(rotations, conjugate(best)))
    return multiply(from_rotation_vector(np.median(from_best, axis=0)), best)


def _stand_alike(source: SeenFigure, target: SeenFigure) -> bool:
    """Return whether both rest poses stand upright, with torsos that lean alike."""
    top = "neck" if target.has("neck") else "head"
    if not target.has(top, *sided("upper_leg", "lower_leg")):
        return False
    torsos: list[FloatArray] = []
    for figure in (source, target):
        # (2, 3) left and right
        hips, knees = figure.of(sided("upper_leg")).rest_heads, figure.of(sided("lower_leg")).rest_heads
        torso = figure.rest_head(top) - (hips[0] + hips[1]) / 2.0
        if float(angle_between(np.stack([torso, *(hips - knees)]), _UP).max()) > _STANDING:
            return False
        torsos.append(torso)
    return float(angle_between(torsos[0], torsos[1])) < _ALIKE


def _wrong_sides(source: SeenFigure, target: SeenFigure) -> dict[str, BoolArray]:
    """Return slot of lower arms and legs to (F,) whether they are bent to the other side."""
    found: dict[str, BoolArray] = {}
    for root, middle, end in _LIMBS:
        if not target.has(root, middle, end):
            continue
        hinges: list[FloatArray] = []
        are_bent = np.ones(len(target.heads), dtype=np.bool_)
        for figure in (source, target):
            hinge, bend = bend_of(figure.head(root), figure.head(middle), figure.head(end))
            # of a straight limb it says nothing
            hinges.append(hinge)
            are_bent &= bend > BENT
        found[middle] = are_bent & (dot(hinges[0], hinges[1]) < 0.0)
    return found
