"""A figure's hands, and the parts of its body that they can touch, as far as its joints tell their size."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..bones.humanoid import FINGERS
from ..contacts import LEG
from ..figures.figure import Figure
from ..rotations import FloatArray, conjugate, norm, rotate

_KNUCKLES = tuple(f"{finger}_proximal" for finger in FINGERS[1:])
PALM = 0.5
"""Of the way from the wrist to the knuckles."""
_HAND = 0.35  # of the forearm: from wrist to knuckles where these aren't known
_HEAD = 0.23  # metres from the head's joint to the crown where its bone doesn't tell
_HEADS = (0.1, 0.8)  # metres: a bone that is shorter or longer doesn't tell


@dataclass(frozen=True)
class BodyPart:
    """A part of the body: what is around the line between two points.

    Attributes:
        name: of the part.
        bone: the slot whose rotation is the part's.
        starts: slots whose heads' mean is one end of the line.
        ends: the same of the other end; nothing for a part around a point.
        half: metres from the line to the skin, to the side and to the front, of a figure with legs of `LEG`.
        beyond: the same from the line's ends on.
    """

    name: str
    bone: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    half: tuple[float, float]
    beyond: float


_LEGS, _ARMS = ("left_upper_leg", "right_upper_leg"), ("left_upper_arm", "right_upper_arm")
PARTS = (
    BodyPart("head", "head", ("head",), (), (0.1, 0.11), 0.13),
    BodyPart("torso", "hips", _LEGS, _ARMS, (0.17, 0.13), 0.05),
    BodyPart("left_upper_leg", "left_upper_leg", ("left_upper_leg",), ("left_lower_leg",), (0.08, 0.08), 0.08),
    BodyPart("left_lower_leg", "left_lower_leg", ("left_lower_leg",), ("left_foot",), (0.06, 0.06), 0.06),
    BodyPart("right_upper_leg", "right_upper_leg", ("right_upper_leg",), ("right_lower_leg",), (0.08, 0.08), 0.08),
    BodyPart("right_lower_leg", "right_lower_leg", ("right_lower_leg",), ("right_foot",), (0.06, 0.06), 0.06),
)
"""The parts that a hand can touch."""


@dataclass(frozen=True, eq=False)
class BodyShape:
    """Sizes of a figure at rest, body axes.

    Attributes:
        figure: the figure.
    """

    figure: Figure

    def knuckles(self, side: str) -> frozenset[str]:
        """Return which knuckles of a hand the figure has."""
        return frozenset(knuckle for knuckle in _KNUCKLES if self.figure.has(f"{side}_{knuckle}"))

    def hand(self, side: str, knuckles: frozenset[str]) -> FloatArray:
        """Return (3,) from the wrist to the mean of those knuckles; without any, on along the forearm."""
        wrist = self.figure.head_of(f"{side}_hand")
        if knuckles:
            return self.figure.middle_of(f"{side}_{knuckle}" for knuckle in knuckles) - wrist
        return (wrist - self.figure.head_of(f"{side}_lower_arm")) * _HAND

    @cached_property
    def size(self) -> float:
        """How large the figure is, as a multiple of one with legs of `LEG`."""
        return self.figure.leg_length / LEG

    @cached_property
    def told_crown(self) -> float | None:
        """Metres from the head's joint to the crown, if the head's bone can be trusted to end there."""
        skeleton, bone = self.figure.skeleton, self.figure.slots["head"]
        # one that points forwards is an axis of the head rather than its height
        x, y, told = rotate(self.figure.to_body, skeleton.world_tails[bone] - skeleton.heads[bone]).tolist()
        is_as_high = _HEADS[0] * self.size < told < _HEADS[1] * self.size
        return told if is_as_high and float(np.hypot(x, y)) < told else None

    @cached_property
    def crown(self) -> float:
        """Metres from the head's joint to the crown."""
        return self.told_crown or _HEAD * self.size

    def width(self, slots: tuple[str, ...]) -> float:
        """Return metres between the heads of two slots; 0 unless the figure has both."""
        if not self.figure.has(*slots):
            return 0.0
        return float(norm(self.figure.head_of(slots[0]) - self.figure.head_of(slots[-1])))

    def has(self, part: BodyPart) -> bool:
        """Return whether the figure has the part's bones."""
        return self.figure.has(part.bone, *part.starts, *part.ends)


@dataclass(frozen=True, eq=False)
class SeenBody:
    """A figure in every frame, body axes, metres.

    Attributes:
        shape: its sizes.
        heads: slot to (F, 3).
        turned: slot to (F, 4) rotation away from rest.
    """

    shape: BodyShape
    heads: Mapping[str, FloatArray]
    turned: Mapping[str, FloatArray]

    def palm(self, side: str, knuckles: frozenset[str]) -> FloatArray:
        """Return (F, 3) the middle of a hand's palm, as far as those knuckles tell."""
        to_palm = rotate(self.turned[f"{side}_hand"], self.shape.hand(side, knuckles) * PALM)
        return self.heads[f"{side}_hand"] + to_palm

    def line(self, part: BodyPart) -> tuple[FloatArray, FloatArray]:
        """Return both ends (F, 3) of a part's line."""
        start = self._middle(part.starts)
        if part.name == "head":
            start = start + rotate(self.turned["head"], np.array([0.0, 0.0, self.shape.crown / 2.0]))
        return start, self._middle(part.ends) if part.ends else start

    def _middle(self, slots: tuple[str, ...]) -> FloatArray:
        """Return (F, 3) the mean of the heads of these slots' bones."""
        return np.asarray(np.mean([self.heads[slot] for slot in slots], axis=0))

    def in_part(self, part: BodyPart, points: FloatArray) -> FloatArray:
        """Return points (F, 3) relative to a part, in its own axes: they stay where they are while it moves."""
        return rotate(conjugate(self.turned[part.bone]), points - self.line(part)[0])
