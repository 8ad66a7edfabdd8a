"""Which way is up, and where the floor is: joints in camera axes to a world with Z up.

Cameras are held level, more or less. What rests at the bottom of a body carries it, so the body's weight is over it.
People on their feet are upright. Several directions are tried, and the likeliest is taken.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from ..motion.contacts import contact_of
from ..motion.rotations import BoolArray, FloatArray, IntArray, cross, norm, normalise
from ..motion.spans import runs
from .joints import FEET, HIPS, SIDES, across, joints_of, middle

_JITTER = 0.015
"""Metres by which a standing heel or toe seems to move, for the landmarks tremble."""
_JITTER_OF_OTHERS = 0.03
"""The same of hands, which are seen worse on a floor, and other parts."""
_LEAN = np.radians(10.0)
"""How far people lean forwards or backwards through a whole clip, usually."""
_STRIDE = 3.0
"""They lean so many times as far while no foot stands."""
_TILT = np.radians(4.5)
"""How far people lean to one side."""
_FAR = 3.0
"""They hardly ever lean so many times as far."""
_ROLL = np.radians(3.0)
"""How far cameras are rolled, usually; many are rolled much farther."""
_PITCH = (np.radians(8.0), np.radians(12.0))
"""How far cameras look down, and how much that differs."""
_CAMERA_HEIGHT = (1.4, 0.5)
"""Metres of the camera above the floor, and how much that differs."""
_FOOT = 0.05
"""Metres by which a standing heel or toe seems off the floor, mostly because its depth is guessed badly."""
_FEET_COUNT = 3.0
"""Standing feet count like so many of independent errors."""
_FEW = 7
"""Resting points, of all frames, that show no plane."""
_MANY = 600
"""Resting points that are looked at, of more: each takes its time."""
_ROUNDS = 20
"""Of refining a direction, at most."""
_UPRIGHT = np.cos(np.radians(50.0))
"""Cosine of the angle from up within which a body is upright."""
_BOTTOM = 0.1
"""Metres above the lowest point of a body at which what rests carries half as surely as there."""
_WIDER, _NARROWS = 3.0, 4.0
"""The floor is looked for in a layer that is so many times thicker at first; one part less after so many rounds."""
_BALANCE = (0.1, 0.2)
"""Metres by which a body's weight seems off the middle of what carries it; more along the line of sight."""
_SURE = 0.5
"""How surely a point carries a body that is counted."""
_UNKNOWN = 0.7
"""Cost of a frame in which nothing carries the body: half of one in which it is far off balance."""
_CREEPS = 0.3
"""Metres a second at which a hand carries half as surely as at rest."""
_JUMP_SEC = 0.7
"""Of a high jump: a body that nothing carries for longer floats."""
_MOVES = 0.1
"""Metres a second from which on a trunk moves."""
_STARTS = (np.radians([-15.0, 0.0, 15.0, 180.0]), np.radians([0.0, 35.0]))
"""How far the camera is rolled and looks down in the directions that are tried, besides the body's own and the one that
a level camera at any height sees."""
_STEP = 0.1
"""Radians that a direction moves in one round of refining, along each of two axes."""
_SETTLED = 1e-4
"""Radians: a round that moves a direction less is the last."""
_APART = np.cos(np.radians(15.0))
"""Directions further apart than this angle are different answers."""
_COUNTS = {"balance": 4.0, "floats": 5.0, "elsewhere": 5.0, "plane": 1.5, "upright": 0.5}
"""How many independent frames a motion counts as; what a camera does counts once. These, and the other constants of
directions, are set on the tracks of tests/vision/test_ground.py and on the clips of rendered truth."""
_ON_ITS_SIDE = 4.0
"""Cost of a camera on its side: one in fifty."""
_TURNED_OVER = 5.5
"""Cost of one that is turned over: one in two hundred."""
_OVERHEAD = 3.0
"""Cost of a camera that is upside down, besides: people on their hands are filmed more often."""
_CLOSE = 3.5
"""Directions whose costs differ by less explain a film about as well: one is e^3.5 times as likely as the other."""
_TINY = 1e-9
"""In place of 0, to divide by."""
_LOW_CARRYING, _LOW_LOWEST = 30.0, 10.0
"""Percentiles of heights that are the floor's: of the points that carry a body; where these are few, of the lowest
point of each frame."""
_FACING_SEC = 0.3
"""From the start of a clip: in it, a person faces -Y."""
_AHEAD = np.array([0.0, 0.0, 1.0])
_RIGHT = np.array([1.0, 0.0, 0.0])
_FROM_ABOVE = np.array([0.0, -np.cos(np.radians(35.0)), -np.sin(np.radians(35.0))])
"""Up, for a camera that looks down so far."""

_SKIN = {"knee": 0.055, "hip": 0.095, "shoulder": 0.085, "elbow": 0.04, "wrist": 0.03, "index": 0.02, "ear": 0.09}
"""Metres from a joint to the skin that rests; heels and toes are skin."""
POINTS: IntArray = np.concatenate([FEET, joints_of(*_SKIN)])
"""(P,) the joints that a body rests on: those of `FEET`, then others."""
RADII: FloatArray = np.concatenate([np.zeros(len(FEET)), np.repeat(list(_SKIN.values()), len(SIDES))])
"""(P,) metres from these joints to the skin."""
_OF_FEET = slice(0, len(FEET))
_HANDS = slice(len(POINTS) - 6, len(POINTS) - 2)
_ENDS = np.array([[0, 1], [2, 3], [len(POINTS) - 4] * 2, [len(POINTS) - 3] * 2])
"""Places in `POINTS` of both feet and both hands: a foot rests on its heel or its toes."""
_TRUNK = joints_of("hip", "shoulder")
_WEIGHTS = {"ear": 0.1, "shoulder": 0.35, "hip": 0.3, "knee": 0.15, "ankle": 0.1}
"""Shares of a body's weight, about."""


@dataclass(frozen=True, eq=False)
class Ground:
    """The world of a clip: Z up, the floor at 0, the person's hips above the origin at first, facing -Y there.

    Attributes:
        axes: (3, 3) from camera axes to the world's.
        origin: (3,) the world's origin in camera axes, metres.
    """

    axes: FloatArray
    origin: FloatArray

    @property
    def up(self) -> FloatArray:
        """(3,) the direction away from the floor, camera axes."""
        return self.axes[2]

    @property
    def camera_angle(self) -> float:
        """Where the camera stands: radians about the world's Z, from -Y."""
        ahead = self.axes @ _AHEAD
        return float(np.arctan2(-ahead[0], ahead[1]))

    def world(self, points: FloatArray) -> FloatArray:
        """Return points (..., 3) of camera axes in the world."""
        return np.asarray((points - self.origin) @ self.axes.T)

    def to_other(self, other: "Ground") -> FloatArray:
        """Return the matrix (4, 4) from this world to another."""
        matrix = np.eye(4)
        matrix[:3, :3] = other.axes @ self.axes.T
        matrix[:3, 3] = other.axes @ (self.origin - other.origin)
        return matrix


def standing(feet: FloatArray, fps: float, jitter: float = _JITTER) -> BoolArray:
    """Return when (F, P) the points (F, P, 3) of feet, or others that seem to move by `jitter` metres, rest."""
    if len(feet) < 2:  # noqa: PLR2004 -- one pose has no speed
        return np.ones(feet.shape[:2], dtype=np.bool_)
    times = np.arange(len(feet)) / fps
    rests = np.empty(feet.shape[:2], dtype=np.bool_)
    for point in range(feet.shape[1]):
        rests[:, point] = contact_of(feet[:, point], times, jitter=jitter).rests
    return rests


@dataclass(frozen=True, eq=False)
class Bodies:
    """A motion, and all of it that tells of up.

    Attributes:
        joints: (F, N, 3) in camera axes, metres.
        fps: frames per second.
    """

    joints: FloatArray
    fps: float

    @cached_property
    def points(self) -> FloatArray:
        """(F, P, 3) of what a body rests on."""
        return self.joints[:, POINTS]

    @cached_property
    def rests(self) -> BoolArray:
        """(F, P) when each of them stays where it is."""
        feet, others = self.points[:, _OF_FEET], self.points[:, len(FEET) :]
        return np.concatenate([standing(feet, self.fps), standing(others, self.fps, _JITTER_OF_OTHERS)], axis=1)

    @cached_property
    def may_carry(self) -> FloatArray:
        """(F, P) from 0 to 1, whether each of them is still enough to carry the body; hands seem to tremble then."""
        carry = self.rests.astype(np.float64)
        slow = 1.0 / (1.0 + (self._speed(self.points[:, _HANDS]) / _CREEPS) ** 2)
        carry[:, _HANDS] = np.maximum(carry[:, _HANDS], slow)
        return carry

    @cached_property
    def body(self) -> FloatArray:
        """(F, 3) the direction from feet to shoulders."""
        return normalise(middle(self.joints, "shoulder") - middle(self.joints, "ankle"))

    @cached_property
    def left(self) -> FloatArray:
        """(F, 3) that to the person's left."""
        left = normalise(across(self.joints, "hip")) + normalise(across(self.joints, "shoulder"))
        # at right angles to the body, as people lean in these two directions independently
        return normalise(left - self.body * (left * self.body).sum(axis=-1, keepdims=True))

    @cached_property
    def leans(self) -> tuple[tuple[FloatArray, FloatArray], ...]:
        """Directions (F, 3) in which people lean, with how far (F,) they do usually."""
        on_foot = self.rests[:, _OF_FEET].max(axis=1)
        tilt = np.full(len(self.body), _TILT)
        lean = np.asarray(np.where(on_foot, _LEAN, _STRIDE * _LEAN), dtype=np.float64)
        ahead = normalise(cross(self.left, self.body))
        return (self.left, tilt), (ahead, lean)

    @cached_property
    def weight(self) -> FloatArray:
        """(F, 3) the middle of the body's weight."""
        weighted = np.zeros((len(self.joints), 3))
        for part, share in _WEIGHTS.items():
            weighted += share * middle(self.joints, part)
        return weighted

    @cached_property
    def moves(self) -> FloatArray:
        """(F,) from 0 to 1, whether the trunk moves."""
        speed = self._speed(self.joints[:, _TRUNK]).max(axis=1)
        return np.asarray(1.0 - 1.0 / (1.0 + (speed / _MOVES) ** 2))

    def _speed(self, points: FloatArray) -> FloatArray:
        steps = np.diff(points, axis=0, prepend=points[:1])
        return norm(steps) * self.fps

    def on_bottom(self, up: FloatArray, reach: float = _BOTTOM) -> "Bottom":
        """Return what carries the body if that is up; `reach` is what `_BOTTOM` is."""
        # of the skin below the joints
        heights = self.points @ up - RADII
        # what is higher than the lowest point may rest as well, but less and less likely on the same floor
        over = (heights - heights.min(axis=1, keepdims=True)) / reach
        return Bottom(heights, self.may_carry / (1.0 + over**2) ** 2)


@dataclass(frozen=True, eq=False)
class Bottom:
    """The points that carry a body, for one direction of up.

    Attributes:
        heights: (F, P) metres along it, of the skin.
        carries: (F, P) from 0 to 1, how surely each point carries the body.
    """

    heights: FloatArray
    carries: FloatArray

    @cached_property
    def sum(self) -> FloatArray:
        """(F,) of all points."""
        return self.carries.sum(axis=1)

    @cached_property
    def share(self) -> FloatArray:
        """(F, P) of the weight that each point carries."""
        return self.carries / np.maximum(self.sum, _TINY)[:, None]

    @cached_property
    def floor(self) -> float:
        """Metres: the floor's height."""
        surely = self.carries > _SURE
        if int(surely.sum()) > _FEW:
            return float(np.percentile(self.heights[surely], _LOW_CARRYING))
        return float(np.percentile(self.heights.min(axis=1), _LOW_LOWEST))


def directions_of(bodies: Bodies, held: FloatArray | None = None) -> tuple[FloatArray, FloatArray | None]:
    """Return the direction (3,) away from the floor, in camera axes, and another that explains the motion as well.

    Of several that do, it is the one near `held`: that of a floor which the motion was already held to.
    """
    # a camera's y points down and its z ahead: up is -Y of a level one, and towards the viewer of one that looks down
    found: list[FloatArray] = []
    for roll, down in product(*_STARTS):
        start = np.array([np.sin(roll) * np.cos(down), -np.cos(roll) * np.cos(down), -np.sin(down)])
        found.append(refined(bodies, start))
    # most people stand upright most of the time
    found.append(refined(bodies, normalise(np.median(bodies.body, axis=0))))
    found.append(refined(bodies, _FROM_ABOVE, at_any_height=True))
    if held is not None:
        found.append(refined(bodies, held))
    # many of them end in the same direction: the second best is one that is another answer
    costs = [cost_of(bodies, up) for up in found]
    best = int(np.argmin(costs))
    if held is not None and costs[-1] - costs[best] < _CLOSE:
        best = len(costs) - 1
    second: int | None = None
    for number, cost in enumerate(costs):
        is_another = float(found[number] @ found[best]) < _APART
        if is_another and (second is None or cost < costs[second]):
            second = number
    if second is None or costs[second] - costs[best] >= _CLOSE:
        return found[best], None
    return found[best], found[second]


def cost_of(bodies: Bodies, up: FloatArray) -> float:
    """Return how much speaks against a direction: about the negative logarithm of its likelihood."""
    bottom = bodies.on_bottom(up)
    return _cost_of_camera(up, -bottom.floor) + _cost_of_body(bodies, bottom, up)


def _cost_of_camera(up: FloatArray, height: float) -> float:
    """Cameras are held level, some of them on their side; they look down a little, from as high as a chest."""
    # the more a camera looks straight down or up, the less it can be rolled
    roll = abs(float(np.arctan2(up[0], -up[1]))) * float(np.hypot(up[0], up[1]))
    usual_rolls = ((0.0, 0.0), (np.pi / 2.0, _ON_ITS_SIDE), (np.pi, _TURNED_OVER))
    rolled = min(cost + float(_far((roll - angle) / _ROLL)) for angle, cost in usual_rolls)
    rolled += _OVERHEAD * max(0.0, float(up[1]))
    pitch, pitches = _PITCH
    usual, heights = _CAMERA_HEIGHT
    return float(rolled + _far((np.arcsin(-up[2]) - pitch) / pitches) + _far((height - usual) / heights))


def _cost_of_body(bodies: Bodies, bottom: Bottom, up: FloatArray) -> float:
    """Return the means over all frames, each as if so many of them were independent.

    The weight is over what carries it; nobody floats; hands and feet that rest while the trunk moves are on the floor;
    what carries is on one plane; people are upright.
    """
    off = bottom.heights - bottom.floor
    # the weight is over what carries it, where anything does
    carried = bottom.sum > _SURE
    balance = np.where(carried, 0.5 * _far(_imbalance(bodies, bottom, up)), _UNKNOWN)
    # (F, 4) of both feet and both hands, by the lower one of a foot's two points
    rests = bodies.rests[:, _ENDS].any(axis=-1)
    over = np.where(bodies.rests[:, _ENDS], off[:, _ENDS], np.inf).min(axis=-1)
    in_the_air = rests * (1.0 - 1.0 / (1.0 + (over / _BOTTOM) ** 2))
    elsewhere = in_the_air.sum(axis=1) / np.maximum(rests.sum(axis=1), 1)
    # all points that carry, of all frames, are on one plane
    plane = float((bottom.carries * _far(off / _BOTTOM)).sum() / max(float(bottom.sum.sum()), _TINY))
    # rounding may bring a cosine over 1
    angle = np.arccos(np.clip(bodies.body @ up, -1.0, 1.0))
    return (
        _COUNTS["balance"] * float(balance.mean())
        + _COUNTS["floats"] * _floats(bodies, carried)
        + _COUNTS["elsewhere"] * float((bodies.moves * elsewhere).mean())
        + _COUNTS["plane"] * plane
        + _COUNTS["upright"] * float(_far(angle / (2.0 * _LEAN)).mean())
    )


def _floats(bodies: Bodies, carried: BoolArray) -> float:
    """Return the share of frames in which nothing carries the body for longer than somebody can jump."""
    gaps = runs(~carried)
    lasts = gaps[:, 1] - gaps[:, 0]
    return float(lasts[lasts > _JUMP_SEC * bodies.fps].sum()) / len(carried)


def _far(errors: FloatArray | float) -> FloatArray:
    """Return the costs of errors, in usual ones: much larger ones cost hardly more (those of a Cauchy distribution)."""
    return np.log1p(np.square(errors))


def _level(up: FloatArray) -> FloatArray:
    """Return (3, 2) the directions to the right and away from the camera, on the level."""
    pitch = normalise(_AHEAD - up * (up @ _AHEAD))
    return np.stack([cross(pitch, up), pitch], axis=-1)


def _imbalance(bodies: Bodies, bottom: Bottom, up: FloatArray) -> FloatArray:
    """Return how far (F,) the body's weight is off the middle of what carries it, in usual distances."""
    apart, spread = _balance(bodies, bottom, up)
    # Mahalanobis' distance
    return np.sqrt((apart * np.linalg.solve(spread, apart[..., None])[..., 0]).sum(axis=-1))


def _balance(bodies: Bodies, bottom: Bottom, up: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how far (F, 2) on the level the weight is off what carries it, and the usual square of it (F, 2, 2)."""
    basis = _level(up)
    on_level = bodies.points @ basis
    middle = (bottom.share[..., None] * on_level).sum(axis=1)
    # the wider apart the points are that carry, the farther off their middle a balanced weight may be
    from_middle = on_level - middle[:, None]
    spread = np.einsum("fp,fpi,fpj->fij", bottom.share, from_middle, from_middle) + np.diag(_BALANCE) ** 2
    return bodies.weight @ basis - middle, spread


def refined(bodies: Bodies, up: FloatArray, *, at_any_height: bool = False) -> FloatArray:
    """Return the direction near another one that is likeliest; the camera may be `at_any_height`, and look down."""
    for number in range(_ROUNDS):
        # a direction has two degrees of freedom: it is moved along the level
        basis = _level(up)
        # thick at first, so that a start that is far off still finds the floor in its layer
        wider = max(1.0, _WIDER - number / _NARROWS)
        bottom = bodies.on_bottom(up, wider * _BOTTOM)
        found = [
            _camera_rows(bodies, bottom, up, basis, at_any_height),
            _body_rows(bodies, up, basis),
            _balance_rows(bodies, bottom, up),
        ]
        if int((bottom.carries > _SURE).sum()) > _FEW:
            found.append(_plane_rows(bodies, bottom, basis, wider))
        # Gauss-Newton on all of them together
        rows, off = map(np.concatenate, zip(*found, strict=True))
        step = np.clip(np.linalg.lstsq(rows, -off, rcond=None)[0], -_STEP, _STEP)
        up = normalise(up + basis @ step)
        if wider == 1.0 and float(np.abs(step).max()) < _SETTLED:
            break
    return up


def _camera_rows(
    bodies: Bodies, bottom: Bottom, up: FloatArray, basis: FloatArray, at_any_height: bool
) -> tuple[FloatArray, FloatArray]:
    """Return rows (3, 2) and residuals for a level camera that looks down as usual, from its usual height or any."""
    pitch, pitches = _PITCH
    height, heights = _CAMERA_HEIGHT
    # the middle of each frame's lowest point; the camera is at the origin
    low = np.median(bodies.points[np.arange(len(bottom.heights)), bottom.heights.argmin(axis=1)], axis=0)
    off = np.array([(up @ _RIGHT) / _ROLL, (np.arcsin(-up[2]) - pitch) / pitches, (-low @ up - height) / heights])
    rows = np.stack([_RIGHT @ basis / _ROLL, -_AHEAD @ basis / pitches, -low @ basis / heights])
    # weights of `_far`, whose square root goes into both sides of least squares
    weight = np.array([1.0, not at_any_height, not at_any_height]) / np.sqrt(1.0 + off**2)
    return weight[:, None] * rows, weight * off


def _body_rows(bodies: Bodies, up: FloatArray, basis: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return rows (2F, 2) and residuals for up along upright bodies; all frames together count like one observation."""
    rows: list[FloatArray] = []
    off: list[FloatArray] = []
    # who lies, crawls or stands on the hands says nothing about up by the body's direction
    upright = bodies.body @ up > _UPRIGHT
    for axis, usual in bodies.leans:
        residual = ((up - bodies.body) * axis).sum(axis=-1)
        weight = upright / (usual * np.sqrt(len(upright)) * (1.0 + (residual / (_FAR * usual)) ** 2))
        rows.append(weight[:, None] * (axis @ basis))
        off.append(weight * residual)
    return np.concatenate(rows), np.concatenate(off)


def _plane_rows(bodies: Bodies, bottom: Bottom, basis: FloatArray, wider: float) -> tuple[FloatArray, FloatArray]:
    """Return rows and residuals for what carries bodies on one plane, whatever its height."""
    surely = bottom.carries > _SURE
    points, heights, carries = bodies.points[surely], bottom.heights[surely], bottom.carries[surely]
    some = slice(None, None, max(1, len(points) // _MANY))
    points, heights, carries = points[some], heights[some], carries[some]
    # what is far off the plane, as on a step, counts little
    far = heights - np.median(heights)
    weight = np.sqrt(carries) / (1.0 + (far / (2.0 * wider * _FOOT)) ** 2)
    # however many frames there are, together they count as so many independent errors
    weight = weight * np.sqrt(_FEET_COUNT / carries.sum()) / _FOOT
    # less their weighted means, so that the plane's height, which is not asked for, drops out
    slopes = points @ basis
    share = weight**2 / (weight**2).sum()
    rows = weight[:, None] * (slopes - share @ slopes)
    return rows, weight * (heights - share @ heights)


def _balance_rows(bodies: Bodies, bottom: Bottom, up: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return rows and residuals for the weight of bodies over what carries them, wherever that is known."""
    known = bottom.sum > _SURE
    apart, spread = _balance(bodies, bottom, up)
    # with the inverse of its root, the distance has a spread of 1 in all directions
    root = np.linalg.inv(np.linalg.cholesky(spread[known]))
    off = (root @ apart[known, :, None])[..., 0]
    # all frames together count like one observation
    weight = 1.0 / (np.sqrt(len(known)) * (1.0 + (off**2).sum(axis=-1) / _FAR**2))
    # as up tilts, the weight moves over the level by its height above what carries it
    above = (bodies.weight @ up - (bottom.share * (bottom.heights + RADII)).sum(axis=1))[known]
    rows = -root * (weight * above)[:, None, None]
    return rows.reshape(-1, 2), (weight[:, None] * off).ravel()


def ground_of(bodies: Bodies, up: FloatArray) -> Ground:
    """Return the world for a direction of up."""
    # facing -Y, the person's left is +X; of several frames, as single ones tremble
    left = across(bodies.joints, "hip")[: max(3, int(_FACING_SEC * bodies.fps))].mean(axis=0)
    x = normalise(left - up * (left @ up))
    world_from_camera = np.stack([x, cross(up, x), up])
    # the origin is on the floor below the hips
    hips = bodies.joints[0, HIPS].mean(axis=0)
    origin = hips + up * (bodies.on_bottom(up).floor - float(hips @ up))
    return Ground(world_from_camera, origin)
