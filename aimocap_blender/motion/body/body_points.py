"""Points of a body that can rest on something: soles, knees, seat, hands, elbows, shoulders, back and head.

Each is the middle of a part of the body and rigid with a bone. How far the part reaches below it tells the skin, as the
part is turned; without one the part is a ball. Hands, and the parts that they can touch, have a shape besides, as far
as the figure's joints tell its size.
"""

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..bones.humanoid import KNUCKLES, PHALANGES, SIDES, sided, slots_of
from ..contacts import LEG
from ..feet.body_pose import BodyPose
from ..figures.figure import Figure
from ..rotations import BoolArray, FloatArray, IntArray, conjugate, from_line, multiply, norm, normalise, rotate

PALM = 0.5
"""Of the way from the wrist to the knuckles."""
_HAND = 0.35  # of the forearm: from wrist to knuckles where these aren't known
_HEAD = 0.23  # metres from the head's joint to the crown where its bone doesn't tell
_HEADS = (0.1, 0.8)  # metres: a bone that is shorter or longer doesn't tell


_UPPER_ARMS, _LEGS = sided("upper_arm"), sided("upper_leg")
_HEEL = 0.05  # metres that the heel is behind the ankle
_TIP = 0.07  # metres that the toes reach beyond the ball
_HANDS = {"palm": PALM, "knuckles": 1.0}  # of the way from the wrist to the knuckles
ANKLE = (0.08, 0.13)
"""Metres that it is over the sole, and behind the ball, where the rest pose doesn't tell."""
# Of the skin, metres of a figure with legs of `LEG`.
_AROUND = {
    "knee": (("upper_leg", "lower_leg"), 0.15),
    "elbow": (("upper_arm", "lower_arm"), 0.07),
    "shoulder": (("shoulder", "upper_arm"), 0.15),
}  # whose skin a joint's is, and how far it is from it
_SEAT = 0.27  # of a thigh, from the hip joint on: what one sits on
_SHIN = 0.3  # of a shin, from the knee on: what lies beside the instep
_MIDDLE = 0.005  # beside the middle of the body: skin so near to it is of both halves
_WAIST = 0.3  # of the way from hips to shoulders: up to there the spine's skin is of the seat
_BESIDE = 1.3  # of the way to the nearest skin of a joint that is thicker: as far away other skin counts at least
_HEEL_SHARE = 0.3  # of the way from ankle to ball, to where a heel reaches
_FEW = 3  # points of the skin that tell nothing
_SIDES = (-1.0, -0.5, 0.0, 0.5, 1.0)
_GRID = np.array(list(itertools.product(_SIDES, repeat=3)))
# points on a cube's faces: directions from its middle, about evenly spread
_DIRECTIONS = _GRID[np.abs(_GRID).max(axis=1) == 1.0]
_OWN_THIGH = 0.08  # of a figure with legs of `LEG`: so far below the hips thighs' skin is the trunk's, too
_CELLS = (0.03, 0.25)  # of a figure with legs of `LEG` along a line, and of a unit direction: sizes of cells of skin
_BLURS = 0.02  # metres of such a figure, within which a surface is evened: a hand that slides over it goes smoothly
_NO_LENGTH = 1e-9
_FORWARD, _UP, _LEVEL = np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0]), np.array([1.0, 1.0, 0.0])


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


@dataclass(frozen=True, eq=False)
class BodyShape:
    """Sizes of a figure at rest, body axes.

    Attributes:
        figure: the figure.
    """

    figure: Figure

    def knuckles(self, side: str) -> frozenset[str]:
        """Return which knuckles of a hand the figure has."""
        return frozenset(knuckle for knuckle in KNUCKLES if self.figure.has(f"{side}_{knuckle}"))

    def hand(self, side: str, knuckles: frozenset[str]) -> FloatArray:
        """Return (3,) from the wrist to the mean of those knuckles; without any, on along the forearm."""
        wrist = self.figure.head_of(f"{side}_hand")
        if knuckles:
            return self.figure.middle_of(slots_of(side, knuckles)) - wrist
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

    @cached_property
    def _regions(self) -> "_Regions | None":
        return _Regions(self.figure, ()) if self.figure.skin is not None else None

    def beginning(self, part: BodyPart) -> FloatArray:
        """Return (3,) from the middle of a part's starts to where its line begins, at rest."""
        return self.crown / 2.0 * _UP if part.name == "head" else np.zeros(3)

    def surface(self, part: BodyPart) -> "SkinSurface | None":
        """Return a part's skin at rest around its line; None where that isn't known."""
        if self._regions is None or not self.has(part):
            return None
        start = self.figure.middle_of(part.starts) + self.beginning(part)
        end = self.figure.middle_of(part.ends) if part.ends else start
        return self._regions.around(self._regions.of_part(part), start, end)

    def hand_skin(self, side: str, knuckles: frozenset[str]) -> FloatArray | None:
        """Return the outermost skin (K, 3) of a hand at rest from the middle of its palm; None where it isn't known."""
        if self._regions is None:
            return None
        # fingers bend with the motion
        skin = self._regions.points[self._regions.slots == f"{side}_hand"]
        if len(skin) < _FEW:
            return None
        palm = self.figure.head_of(f"{side}_hand") + self.hand(side, knuckles) * PALM
        return skin[np.unique(np.argmax(skin @ _DIRECTIONS.T, axis=0))] - palm

    def width(self, slots: tuple[str, ...]) -> float:
        """Return metres between the heads of two slots; 0 unless the figure has both."""
        if not self.figure.has(*slots):
            return 0.0
        return float(norm(self.figure.head_of(slots[0]) - self.figure.head_of(slots[-1])))

    def has(self, part: BodyPart) -> bool:
        """Return whether the figure has the part's bones."""
        return self.figure.has(part.bone, *part.starts, *part.ends)


@dataclass(frozen=True, eq=False)
class SkinSurface:
    """The outermost skin at rest around a line, or around a point, body axes.

    Attributes:
        along: (K,) metres along the line at which each point of the skin is.
        ways: (K, 3) unit directions from the line to it.
        far: (K,) metres from the line to it.
        length: metres of the line.
        blurs: metres within which the surface is evened.
    """

    along: FloatArray
    ways: FloatArray
    far: FloatArray
    length: float
    blurs: float

    def gap(self, along: FloatArray, away: FloatArray) -> FloatArray:
        """Return metres (...) from the skin to points; below 0 inside.

        Args:
            along: (...) where they are along the line, from 0 to 1.
            away: (..., 3) from there to them.
        """
        far = norm(away)
        aside = along[..., None] * self.length - self.along
        # on a sphere of the usual size, the distance between two directions is their chord
        around = 2.0 * float(np.median(self.far)) ** 2 * (1.0 - normalise(away) @ self.ways.T)
        apart = aside**2 + around
        # however far the nearest skin is, it counts
        apart -= apart.min(axis=-1, keepdims=True)
        weights = np.exp(-0.5 * apart / self.blurs**2)
        weights /= weights.sum(axis=-1, keepdims=True)
        # between points that are far apart the skin is flat: nearer, as the mean of their directions is short
        flat = norm(weights @ self.ways)
        return np.asarray(far - flat * (weights @ self.far))


@dataclass(frozen=True)
class BodyPoint:
    """A point of the body, metres of a figure with legs of `LEG`.

    Attributes:
        name: of the point.
        bone: the slot whose rotation carries it.
        at: slots between whose heads it is at rest.
        radius: from it to the skin; 0 for soles, which are on the skin.
        limb: "end" if it is beyond a wrist or ankle, "middle" for an elbow or knee, "torso" for all others.
        near: how far its skin may be from the ground that carries it; an ankle is near it while one stands, too.
    """

    name: str
    bone: str
    at: tuple[str, ...]
    radius: float
    limb: str = "torso"
    near: float = 0.06

    @property
    def end(self) -> str:
        """The part at the end of its limb; "" on the torso."""
        return {"torso": ""}.get(self.limb, "foot" if self.part in (*SOLES, "instep", "knee") else "hand")

    @property
    def part(self) -> str:
        """Its name without the side."""
        return self.name.removeprefix(f"{self.side}_")

    @property
    def side(self) -> str:
        """Its side; "" if it is in the middle."""
        side = self.name.partition("_")[0]
        return side if side in SIDES else ""


def _points_beside(side: str) -> tuple[BodyPoint, ...]:
    # Radii of adults: MakeHuman's default body, lying, kneeling and sitting (tests/scene/test_body_points.py).
    return (
        BodyPoint(f"{side}_heel", f"{side}_foot", (f"{side}_foot",), 0.0, "end"),
        BodyPoint(f"{side}_ball", f"{side}_foot", (f"{side}_foot",), 0.0, "end"),
        BodyPoint(f"{side}_toe_tip", f"{side}_toes", (f"{side}_toes", f"{side}_foot"), 0.0, "end"),
        BodyPoint(f"{side}_instep", f"{side}_foot", (f"{side}_foot",), 0.04, "end", 0.02),
        BodyPoint(f"{side}_knee", f"{side}_lower_leg", (f"{side}_lower_leg",), 0.055, "middle"),
        BodyPoint(f"{side}_seat", "hips", (f"{side}_upper_leg",), 0.095),
        BodyPoint(f"{side}_palm", f"{side}_hand", (f"{side}_hand",), 0.02, "end"),
        BodyPoint(f"{side}_knuckles", f"{side}_hand", (f"{side}_hand",), 0.02, "end"),
        BodyPoint(f"{side}_elbow", f"{side}_lower_arm", (f"{side}_lower_arm",), 0.04, "middle"),
        BodyPoint(f"{side}_shoulder", "chest", (f"{side}_upper_arm",), 0.085),
    )


POINTS = (
    *_points_beside("left"),
    *_points_beside("right"),
    BodyPoint("back", "chest", _UPPER_ARMS, 0.1),
    BodyPoint("head", "head", ("head",), 0.1),
)
"""All of them. A back that lies is between the shoulders; "chest" stands for the uppermost bone of the spine."""
SOLES = ("heel", "ball", "toe_tip")
"""Ends of names of the points under a foot."""
FEET = (*SOLES, "instep")
"""The same of all points of a foot."""


@dataclass(frozen=True, eq=False)
class PlacedPoint:
    """A point of a figure.

    Attributes:
        point: which.
        bone: the index of the bone that carries it.
        offset: (3,) metres from the bone's head to it at rest, body axes.
        radius: metres from it to the skin, where that isn't known.
        skin: bone to (K, 3) offsets from its head, as above, of the outermost points of the part's skin, and (K,) how
            much it moves each of them.
    """

    point: BodyPoint
    bone: int
    offset: FloatArray
    radius: float
    skin: Mapping[int, tuple[FloatArray, FloatArray]]

    def at(self, pose: BodyPose) -> FloatArray:
        """Return (F, 3) where the point is in a pose."""
        return pose.point(self.bone, self.offset)

    def below(self, pose: BodyPose) -> FloatArray:
        """Return metres (F,) from the point down to the lowest point of its part's skin, in a pose."""
        if not self.skin:
            return np.full(len(pose.hips), self.radius)
        return np.asarray(self.at(pose)[:, 2] - self._skin_heights(pose).min(axis=1), dtype=np.float64)

    def lowest(self, pose: BodyPose) -> FloatArray:
        """Return (F, 3) where the lowest point of its part's skin is in a pose."""
        if not self.skin:
            return self.at(pose) - self.radius * _UP
        row = np.argmin(self._skin_heights(pose), axis=1)
        # of the lowest point the rest of the position: the mean of where its bones carry it
        lowest = np.zeros_like(pose.hips)
        for bone, (offsets, weights) in self.skin.items():
            lowest += weights[row, None] * (pose.head(bone) + rotate(_now_from_rest(pose, bone), offsets[row]))
        return lowest

    def _skin_heights(self, pose: BodyPose) -> FloatArray:
        """Return the heights (F, K) of the points of its part's skin in a pose."""
        heights = 0.0
        for bone, (offsets, weights) in self.skin.items():
            # upwards as the bone at rest would see it: all heights are then one product of matrices
            up_at_rest = rotate(conjugate(_now_from_rest(pose, bone)), _UP)
            heights = heights + weights * (pose.head(bone)[:, 2, None] + up_at_rest @ offsets.T)
        return np.asarray(heights)


def _now_from_rest(pose: BodyPose, bone: int) -> FloatArray:
    """Return the rotations (F, 4) of a bone from its rest to a pose."""
    return multiply(pose.rotations[bone], conjugate(pose.linkage.figure.rest[bone]))


def placed_points(figure: Figure, keyed: Collection[int] = ()) -> dict[str, PlacedPoint]:
    """Return by name the points that a figure has the bones for.

    Args:
        keyed: the bones that rotate: they carry the points, and their skin is wanted; none for balls only.
    """
    shape = BodyShape(figure)
    regions = _Regions(figure, keyed) if figure.skin is not None and keyed else None
    found: dict[str, PlacedPoint] = {}
    for point in POINTS:
        bone = _carrier(figure, point)
        if bone is not None and keyed:
            bone = figure.skeleton.nearest(bone, keyed)
        if bone is not None and bone >= 0 and figure.has(*point.at):
            # sizes are known of who stands upright; the rest pose may be tilted
            at = rotate(conjugate(figure.stand), _upright(shape, point))
            skin = regions.of(point, at) if regions is not None else {}
            found[point.name] = PlacedPoint(point, bone, at - figure.heads[bone], point.radius * shape.size, skin)
    return found


class _Regions:
    """The skin of a figure at rest, body axes, by the part that it is of."""

    def __init__(self, figure: Figure, keyed: Collection[int]) -> None:
        skin = figure.skin
        assert skin is not None  # noqa: S101 -- for the type checker
        self.figure, self.size = figure, figure.leg_length / LEG
        self.points = rotate(figure.to_body, skin.points)
        names = dict(zip(figure.slots.values(), figure.slots, strict=True))
        names |= dict.fromkeys(figure.spine, "spine") | {_bone(figure, "chest") or 0: "chest"}
        for palm, hand in figure.palms.items():
            names[palm] = names[hand]
        # a bone without a slot, or without rotation, belongs to the nearest above it with one; -1, the last, to none
        carriers, parts = [-1] * (len(figure.skeleton) + 1), [""] * (len(figure.skeleton) + 1)
        for bone in range(len(figure.skeleton)):
            carriers[bone] = figure.skeleton.nearest(bone, keyed)
            parts[bone] = names.get(figure.skeleton.nearest(bone, names), "")
        self.bones = np.array(carriers)[skin.bones]
        self.weights = np.where(self.bones >= 0, skin.weights, 0.0)
        # a point of the skin is of the part whose bone moves it most
        self.slots = np.array(parts)[skin.bones[:, 0]]

    def of(self, point: BodyPoint, at: FloatArray) -> dict[int, tuple[FloatArray, FloatArray]]:
        """Return the outermost points of a part that is around a place at rest (3,), see `PlacedPoint.skin`."""
        rows = np.flatnonzero(self._mine(point, at) & (self.weights.sum(axis=1) > 0.0))
        if len(rows) < _FEW:
            return {}
        # those of each bone: where a joint bends, others than at rest are outermost
        outermost: list[IntArray] = []
        for bone in np.unique(self.bones[rows, 0]):
            mine = rows[self.bones[rows, 0] == bone]
            outermost.append(mine[np.argmax(self.points[mine] @ _DIRECTIONS.T, axis=0)])
        rows = np.unique(np.concatenate(outermost))
        # what bones without rotation would move goes along with the others
        weights = self.weights[rows] / self.weights[rows].sum(axis=1, keepdims=True)
        skin: dict[int, tuple[FloatArray, FloatArray]] = {}
        for bone in np.unique(self.bones[rows][weights > 0.0]).tolist():
            bone_weights = np.sum(weights * (self.bones[rows] == bone), axis=1)
            skin[bone] = self.points[rows] - self.figure.heads[bone], bone_weights
        return skin

    def _mine(self, point: BodyPoint, at: FloatArray) -> BoolArray:
        side, part = point.side, point.part
        if part in _AROUND:
            (upper, lower), around = _AROUND[part]
            mine = np.isin(self.slots, [f"{side}_{upper}", f"{side}_{lower}"])
            away = norm(self.points - at)
            return mine & (away < max(around * self.size, _BESIDE * float(away[mine].min(initial=np.inf))))
        if part in ("heel", "ball"):
            ankle = self.figure.head_of(f"{side}_foot")
            ahead = (self.points - ankle) @ rotate(conjugate(self.figure.stand), _forward(self.figure, side))
            is_heel = ahead < _HEEL_SHARE * ANKLE[1] * self.size
            return (self.slots == f"{side}_foot") & (is_heel if part == "heel" else ~is_heel)
        if part in _HANDS:
            fingers = [slot for slot in self.figure.slots if slot.startswith(side) and slot.endswith(PHALANGES)]
            return np.isin(self.slots, [f"{side}_hand", *fingers])
        low = self._along(_LEGS, _UPPER_ARMS) < _WAIST
        if part == "seat":
            # of hips and waist the half on its side, and the upper end of the thigh
            middle = self.figure.head_of("hips")[0]
            mine = (self.points[:, 0] - middle) * np.sign(at[0] - middle) > -_MIDDLE * self.size
            ahead = self._along((f"{side}_upper_leg",), (f"{side}_lower_leg",))
            thigh = (self.slots == f"{side}_upper_leg") & (ahead < _SEAT)
            return mine & ((self.slots == "hips") | low & (self.slots == "spine")) | thigh
        if part == "back":
            return np.isin(self.slots, ("spine", "chest")) & ~low
        names = {"toe_tip": f"{side}_toes", "instep": f"{side}_foot"}
        mine = self.slots == names.get(part, part)
        if part == "instep":
            # a shin lies on its lower half, too
            mine |= (self.slots == f"{side}_lower_leg") & (
                self._along((f"{side}_lower_leg",), (f"{side}_foot",)) > _SHIN
            )
        return mine

    def of_part(self, part: BodyPart) -> BoolArray:
        """Return (V,) what is of a part that hands touch."""
        if part.name != "torso":
            return self.slots == part.bone
        # beside the hips' joints the skin is the thighs'
        length = float(norm(self.figure.middle_of(part.ends) - self.figure.middle_of(part.starts)))
        above_hips = self._along(part.starts, part.ends) * length
        thighs = np.isin(self.slots, _LEGS) & (above_hips > -_OWN_THIGH * self.size)
        return np.isin(self.slots, ("hips", "spine", "chest")) | thighs

    def around(self, mine: BoolArray, start: FloatArray, end: FloatArray) -> SkinSurface | None:
        """Return the outermost of some points (V,) around the line between two places (3,); None without any."""
        points = self.points[mine]
        if len(points) < _FEW:
            return None
        share, away = from_line(points, start, end)
        far, length = np.maximum(norm(away), _NO_LENGTH), float(norm(end - start))
        along, ways = share * length, away / far[:, None]
        # of each cell along the line and around it the furthest, which comes first
        cells = np.column_stack([along / (_CELLS[0] * self.size), ways / _CELLS[1]]).round()
        order = np.argsort(-far)
        _, first = np.unique(cells[order], axis=0, return_index=True)
        outermost = order[first]
        return SkinSurface(along[outermost], ways[outermost], far[outermost], length, _BLURS * self.size)

    def _along(self, start: tuple[str, ...], end: tuple[str, ...]) -> FloatArray:
        """Return (V,) where skin is on the way from the middle of joints, 0, to that of others, 1; inf without any."""
        if not self.figure.has(*start, *end):
            return np.full(len(self.points), np.inf)
        # as a share of the way, so that it holds for bodies of any size
        first, last = self.figure.middle_of(start), self.figure.middle_of(end)
        way = last - first
        return np.asarray((self.points - first) @ way / max(float(way @ way), _NO_LENGTH))


def _carrier(figure: Figure, point: BodyPoint) -> int | None:
    """Return the bone that carries a point; None without one."""
    hips = figure.slots["hips"]
    if point.part == "seat" and figure.has(*point.at):
        # thighs may hang from the spine, as in Biped: who sits rests on these joints
        above = figure.skeleton.ancestors(figure.slots[point.at[0]])
        return above[0] if hips in above else hips
    return _bone(figure, point.bone)


def _bone(figure: Figure, slot: str) -> int | None:
    if slot == "chest":
        return figure.spine[-1] if figure.spine else figure.slots["hips"]
    return figure.slots.get(slot)


def _upright(shape: BodyShape, point: BodyPoint) -> FloatArray:
    """Return (3,) where a point is while the body stands upright, its body axes, metres."""
    standing, part = shape.figure.standing, point.part
    if part in SOLES:
        return _on_sole(shape.figure, point.side, part, shape.size)
    at = standing.middle_of(point.at)
    if part in _HANDS:
        # the rest pose may be tilted, but sizes are told of an upright one
        hand = rotate(shape.figure.stand, shape.hand(point.side, shape.knuckles(point.side)))
        return at + hand * _HANDS[part]
    return at + _UP * shape.crown / 2.0 if part == "head" else at


def _on_sole(figure: Figure, side: str, part: str, size: float) -> FloatArray:
    """Return (3,) a point under a foot, as `_upright`."""
    standing = figure.standing
    ankle = standing.head_of(f"{side}_foot")
    forward = _forward(figure, side)
    has_toes = figure.has(f"{side}_toes")
    ball = standing.head_of(f"{side}_toes") if has_toes else ankle + forward * ANKLE[1] * size
    # from the ankle's and the ball's joint along the ground; down to the sole comes last
    along = {"heel": ankle - forward * _HEEL * size, "ball": ball, "toe_tip": ball + forward * _TIP * size}[part]
    # where heights at rest don't tell the ground, an ankle is as high as people's
    over = figure.over_sole(figure.slots[f"{side}_foot"]) if figure.measured else ANKLE[0] * size
    return along * _LEVEL + _UP * (ankle[2] - over)


def _forward(figure: Figure, side: str) -> FloatArray:
    """Return (3,) the direction of a foot's toes along the ground, upright body axes."""
    if not figure.has(f"{side}_toes"):
        return _FORWARD
    # feet slope at rest: only their direction along the ground counts
    ahead = (figure.standing.head_of(f"{side}_toes") - figure.standing.head_of(f"{side}_foot")) * _LEVEL
    return normalise(ahead) if float(norm(ahead)) > _NO_LENGTH else _FORWARD


PARTS = (
    BodyPart("head", "head", ("head",), (), (0.1, 0.11), 0.13),
    BodyPart("torso", "hips", _LEGS, _UPPER_ARMS, (0.17, 0.13), 0.05),
    BodyPart("left_upper_leg", "left_upper_leg", ("left_upper_leg",), ("left_lower_leg",), (0.08, 0.08), 0.08),
    BodyPart("left_lower_leg", "left_lower_leg", ("left_lower_leg",), ("left_foot",), (0.06, 0.06), 0.06),
    BodyPart("right_upper_leg", "right_upper_leg", ("right_upper_leg",), ("right_lower_leg",), (0.08, 0.08), 0.08),
    BodyPart("right_lower_leg", "right_lower_leg", ("right_lower_leg",), ("right_foot",), (0.06, 0.06), 0.06),
)
"""The parts that a hand can touch."""


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

    def at(self, rows: IntArray) -> "SeenBody":
        """Return it in some frames."""
        heads: dict[str, FloatArray] = {}
        turned: dict[str, FloatArray] = {}
        for slot, head in self.heads.items():
            heads[slot], turned[slot] = head[rows], self.turned[slot][rows]
        return SeenBody(self.shape, heads, turned)

    def palm(self, side: str, knuckles: frozenset[str]) -> FloatArray:
        """Return (F, 3) the middle of a hand's palm, as far as those knuckles tell."""
        # the hand's bone carries its palm as it is at rest
        to_palm = rotate(self.turned[f"{side}_hand"], self.shape.hand(side, knuckles) * PALM)
        return self.heads[f"{side}_hand"] + to_palm

    def line(self, part: BodyPart) -> tuple[FloatArray, FloatArray]:
        """Return both ends (F, 3) of a part's line."""
        start = self._middle(part.starts) + rotate(self.turned[part.bone], self.shape.beginning(part))
        return start, self._middle(part.ends) if part.ends else start

    def _middle(self, slots: tuple[str, ...]) -> FloatArray:
        """Return (F, 3) the mean of the heads of these slots' bones."""
        return np.asarray(np.mean(list(map(self.heads.__getitem__, slots)), axis=0))

    def in_part(self, part: BodyPart, points: FloatArray) -> FloatArray:
        """Return points (F, 3) relative to a part, in its own axes: they stay where they are while it moves."""
        return rotate(conjugate(self.turned[part.bone]), points - self.line(part)[0])
