"""Points of a body that can rest on something: soles, knees, seat, hands, elbows, shoulders, back and head.

Each is a ball around a point that is rigid with a bone. What the ball touches the body rests on, whichever way it lies.
"""

from dataclasses import dataclass

import numpy as np

from ..bones.humanoid import SIDES
from ..figures.figure import Figure
from ..rotations import FloatArray, conjugate, cross, norm, normalise, rotate
from .body_shape import BodyShape

_UPPER_ARMS = tuple(f"{side}_upper_arm" for side in SIDES)
_HEEL = 0.05  # metres that the heel is behind the ankle
_TIP = 0.07  # metres that the toes reach beyond the ball
_HANDS = {"palm": 0.5, "knuckles": 1.0}  # of the way from the wrist to the knuckles
_ANKLE = (0.08, 0.13)  # metres that it is over the sole, and behind the ball, where the rest pose doesn't tell
# Where the figure has a skin, metres of a figure with legs of `LEG`.
_AROUND = {
    "end": 0.03,
    "middle": 0.03,
    "torso": 0.05,
}  # from the line along which the body's thickness is measured
_FURTHER = 0.2  # that a heel or a toe's tip may be from where it is expected
_THICKEST = 2.5  # times as thick as expected at most: what is further away is another part
_FEW = 3  # points of the skin
_NO_LENGTH = 1e-9
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
    def end(self) -> str:
        """The part at the end of its limb; "" on the torso."""
        return {"torso": ""}.get(self.limb, "foot" if self.part in (*SOLES, "knee") else "hand")

    @property
    def part(self) -> str:
        """Its name without the side."""
        return self.name.removeprefix(f"{self.side}_")

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
            BodyPoint(f"{side}_toe_tip", f"{side}_toes", (f"{side}_toes", f"{side}_foot"), 0.0, "end"),
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
        radius: metres from it to the skin: half the body's thickness there, if the figure has a skin.
    """

    point: BodyPoint
    bone: int
    offset: FloatArray
    radius: float


def placed_points(figure: Figure) -> dict[str, PlacedPoint]:
    """Return by name the points that a figure has the bones for."""
    shape = BodyShape(figure)
    skin = None if figure.skin is None else rotate(figure.standing.to_body, figure.skin)
    found: dict[str, PlacedPoint] = {}
    for point in POINTS:
        bone = _bone(figure, point.bone)
        if bone is not None and figure.has(*point.at):
            at, radius = _upright(shape, point), point.radius * shape.size
            if skin is not None:
                at, radius = _on_skin(point, at, radius, shape, skin)
            offset = rotate(conjugate(figure.stand), at) - figure.heads[bone]
            found[point.name] = PlacedPoint(point, bone, offset, radius)
    return found


def _bone(figure: Figure, slot: str) -> int | None:
    if slot == "chest":
        return figure.spine[-1] if figure.spine else figure.slots["hips"]
    return figure.slots.get(slot)


def _upright(shape: BodyShape, point: BodyPoint) -> FloatArray:
    """Return (3,) where a point is while the body stands upright, its body axes, metres."""
    standing, part = shape.figure.standing, point.part
    if part in SOLES:
        return _on_sole(shape.figure, point.side, part, shape.size)
    at = np.asarray(np.mean([standing.head_of(slot) for slot in point.at], axis=0))
    if part in _HANDS:
        hand = rotate(shape.figure.stand, shape.hand(point.side, shape.knuckles(point.side)))
        return at + hand * _HANDS[part]
    return at + _UP * shape.crown / 2.0 if part == "head" else at


def _on_sole(figure: Figure, side: str, part: str, size: float) -> FloatArray:
    """Return (3,) a point under a foot, as `_upright`."""
    standing = figure.standing
    ankle = standing.head_of(f"{side}_foot")
    forward = _forward(figure, side)
    has_toes = figure.has(f"{side}_toes")
    ball = standing.head_of(f"{side}_toes") if has_toes else ankle + forward * _ANKLE[1] * size
    along = {"heel": ankle - forward * _HEEL * size, "ball": ball, "toe_tip": ball + forward * _TIP * size}[part]
    over = figure.over_sole(figure.slots[f"{side}_foot"]) if figure.measured else _ANKLE[0] * size
    return along * _LEVEL + _UP * (ankle[2] - over)


def _forward(figure: Figure, side: str) -> FloatArray:
    """Return (3,) the direction of a foot's toes along the ground, upright body axes."""
    if not figure.has(f"{side}_toes"):
        return _FORWARD
    ahead = (figure.standing.head_of(f"{side}_toes") - figure.standing.head_of(f"{side}_foot")) * _LEVEL
    return normalise(ahead) if float(norm(ahead)) > _NO_LENGTH else _FORWARD


def _on_skin(
    point: BodyPoint, at: FloatArray, radius: float, shape: BodyShape, skin: FloatArray
) -> tuple[FloatArray, float]:
    """Return a point in the middle of the body's thickness there, and half of that; as it was where nothing is near.

    Args:
        point: which.
        at: (3,) where the body's proportions put it.
        radius: what they make of it.
        shape: the figure's.
        skin: (V, 3) upright body axes.
    """
    aside, off = _AROUND[point.limb] * shape.size, skin - at
    if point.part in SOLES:
        if point.part == "ball":
            return at, radius
        forward = _forward(shape.figure, point.side) * (1.0 if point.part == "toe_tip" else -1.0)
        ahead = off @ forward
        low = (np.abs(off[:, 2]) < aside) & (norm((off - ahead[:, None] * forward) * _LEVEL) < aside)
        near = ahead[low & (np.abs(ahead) < _FURTHER * shape.size)]
        return (at + forward * float(near.max()), radius) if len(near) else (at, radius)
    through = _through(shape, point)
    depth = off @ through
    near = depth[(norm(off - depth[:, None] * through) < aside) & (np.abs(depth) < _THICKEST * radius)]
    if len(near) < _FEW:
        return at, radius
    front, back = float(near.max()), float(near.min())
    return at + through * (front + back) / 2.0, (front - back) / 2.0


def _through(shape: BodyShape, point: BodyPoint) -> FloatArray:
    """Return (3,) the direction along which a body is thick at a point: through a palm, else from back to front."""
    if point.part not in _HANDS:
        return _FORWARD
    figure, side = shape.figure, point.side
    hand = rotate(figure.stand, shape.hand(side, shape.knuckles(side)))
    knuckles = [f"{side}_{finger}_proximal" for finger in ("index", "little")]
    across = (
        figure.standing.head_of(knuckles[0]) - figure.standing.head_of(knuckles[1])
        if figure.has(*knuckles)
        else _FORWARD
    )
    return normalise(cross(hand, across))
