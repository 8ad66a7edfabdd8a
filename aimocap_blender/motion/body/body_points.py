"""Points of a body that can rest on something: soles, knees, seat, hands, elbows, shoulders, back and head.

Each is a ball around a point that is rigid with a bone. What the ball touches the body rests on, whichever way it lies.
"""

from dataclasses import dataclass

import numpy as np

from ..bones.humanoid import SIDES
from ..figures.figure import Figure
from ..rotations import FloatArray, conjugate, normalise, rotate
from .body_shape import BodyShape

_UPPER_ARMS = tuple(f"{side}_upper_arm" for side in SIDES)
_HEEL = 0.05  # metres that the heel is behind the ankle
_TIP = 0.07  # metres that the toes reach beyond the ball
_HANDS = {"palm": 0.5, "knuckles": 1.0}  # of the way from the wrist to the knuckles
_ANKLE = (0.08, 0.13)  # metres that it is over the sole, and behind the ball, where the rest pose doesn't tell
_FORWARD, _UP, _LEVEL = np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0]), np.array([1.0, 1.0, 0.0])


@dataclass(frozen=True)
class BodyPoint:
    """A point of the body, metres of a figure with legs of `LEG`.

    Attributes:
        name: of the point.
        bone: the slot whose rotation carries it.
        at: slots between whose heads it is at rest.
        radius: from it to the skin; 0 for soles, which are on the skin.
        limb: "end" if it is beyond a wrist or ankle, "middle" for an elbow or knee, "torso" for all others.
    """

    name: str
    bone: str
    at: tuple[str, ...]
    radius: float
    limb: str = "torso"

    @property
    def side(self) -> str:
        """Its side; "" if it is in the middle."""
        side = self.name.partition("_")[0]
        return side if side in SIDES else ""


# Radii of adults: MakeHuman's default body, lying, kneeling and sitting (tests/scene/test_body_points.py).
POINTS = (
    *(
        point
        for side in SIDES
        for point in (
            BodyPoint(f"{side}_heel", f"{side}_foot", (f"{side}_foot",), 0.0, "end"),
            BodyPoint(f"{side}_ball", f"{side}_foot", (f"{side}_foot",), 0.0, "end"),
            BodyPoint(f"{side}_toe_tip", f"{side}_toes", (f"{side}_toes",), 0.0, "end"),
            BodyPoint(f"{side}_knee", f"{side}_lower_leg", (f"{side}_lower_leg",), 0.055, "middle"),
            BodyPoint(f"{side}_seat", "hips", (f"{side}_upper_leg",), 0.095),
            BodyPoint(f"{side}_palm", f"{side}_hand", (f"{side}_hand",), 0.02, "end"),
            BodyPoint(f"{side}_knuckles", f"{side}_hand", (f"{side}_hand",), 0.02, "end"),
            BodyPoint(f"{side}_elbow", f"{side}_lower_arm", (f"{side}_lower_arm",), 0.04, "middle"),
            BodyPoint(f"{side}_shoulder", "chest", (f"{side}_upper_arm",), 0.085),
        )
    ),
    BodyPoint("back", "chest", _UPPER_ARMS, 0.1),
    BodyPoint("head", "head", ("head",), 0.1),
)
"""All of them. A back that lies is between the shoulders; "chest" stands for the uppermost bone of the spine."""
SOLES = ("heel", "ball", "toe_tip")
"""Ends of names of the points under a foot."""


@dataclass(frozen=True, eq=False)
class PlacedPoint:
    """A point of a figure.

    Attributes:
        point: which.
        bone: the index of the bone that carries it.
        offset: (3,) metres from the bone's head to it at rest, body axes.
        radius: metres from it to the skin.
    """

    point: BodyPoint
    bone: int
    offset: FloatArray
    radius: float


def placed_points(figure: Figure) -> dict[str, PlacedPoint]:
    """Return by name the points that a figure has the bones for."""
    shape = BodyShape(figure)
    found: dict[str, PlacedPoint] = {}
    for point in POINTS:
        bone = _bone(figure, point.bone)
        if bone is not None and figure.has(*point.at):
            offset = _at_rest(shape, point) - figure.heads[bone]
            found[point.name] = PlacedPoint(point, bone, offset, point.radius * shape.size)
    return found


def _bone(figure: Figure, slot: str) -> int | None:
    if slot == "chest":
        return figure.spine[-1] if figure.spine else figure.slots["hips"]
    return figure.slots.get(slot)


def _at_rest(shape: BodyShape, point: BodyPoint) -> FloatArray:
    """Return (3,) where a point is at rest, body axes, metres."""
    figure, part = shape.figure, point.name.removeprefix(f"{point.side}_")
    if part in SOLES:
        return _on_sole(figure, point.side, part, shape.size)
    at = np.asarray(np.mean([figure.head_of(slot) for slot in point.at], axis=0))
    if part in _HANDS:
        return at + shape.hand(point.side, shape.knuckles(point.side)) * _HANDS[part]
    if part == "head":
        return at + rotate(conjugate(figure.stand), _UP * shape.crown / 2.0)
    return at


def _on_sole(figure: Figure, side: str, part: str, size: float) -> FloatArray:
    """Return (3,) a point under a foot at rest."""
    standing = figure.standing
    ankle = standing.head_of(f"{side}_foot")
    has_toes = figure.has(f"{side}_toes")
    ball = standing.head_of(f"{side}_toes") if has_toes else ankle + _FORWARD * _ANKLE[1] * size
    forward = normalise((ball - ankle) * _LEVEL)
    forward = forward if forward.any() else _FORWARD
    along = {"heel": ankle - forward * _HEEL * size, "ball": ball, "toe_tip": ball + forward * _TIP * size}[part]
    over = figure.over_sole(figure.slots[f"{side}_foot"]) if figure.measured else _ANKLE[0] * size
    on_sole = along * _LEVEL + _UP * (ankle[2] - over)
    return rotate(conjugate(figure.stand), on_sole)
