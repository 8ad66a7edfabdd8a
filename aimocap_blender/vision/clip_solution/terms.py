"""The terms of the whole-clip solution: what is seen, and what bodies do."""

from dataclasses import dataclass

import numpy as np

from ...motion.rotations import BoolArray, FloatArray, normalise
from ..ground import Bodies, directions_of, refined
from ..joints import ACCELERATION, ANKLES, BONES, DEPTH_PAIRS, FEET, GIVE, INDEX, SIDES, trunk_axes
from ..told_depths import PAIRS
from .normal_equations import NormalEquations
from .seen import PLAIN, Seen

_PIXELS = 0.008
"""Usual error of a landmark, of the person's size in the picture."""
_DEPTH = 0.06
"""Usual error of a guessed difference in depth, metres."""
_TOLD = 0.03
"""Least error of a difference in depth that our own network tells, metres."""
_AS_GUESSED = 1.4
"""So many times its own error is it taken to be off: it saw the guesses, which count by themselves, and errs alike from
frame to frame. Chosen over 1 by the clips of tests/vision/rendered_truth: fewer of them get worse by over a degree."""
_TURNED = 2.0
"""So many times more, besides, is it taken to be off for a body that lies across the picture, and twice that for one
that is upside down: it learned mostly from upright ones. Errors of the clips of rendered truth on the floor are 1.4
times what it says, those of others as it says. With 2, no clip is worse by over a degree than without that network.
"""
_STILL = 0.2
"""Metres a second above which a foot is not held still."""
_SLIP = 0.025 / 3.0
"""Usual speed of a standing foot over a second, metres a second."""
_KNEE = 0.02
_LEAST_FOOT = 0.06
_ANKLE = 0.3
"""How strongly an ankle is held, relative to heel and toes."""

_BACKWARDS = 0.05
"""Metres that a forearm may point backwards."""
_FOREARM = 0.06
_ARM = (("shoulder", "elbow"), ("elbow", "wrist"))
_HELD = 0.07
"""Metres by which a hidden arm is held otherwise than it was in plain view."""
_REMEMBERED_SEC = 1.0
"""Standard deviation, in time, of the moments in plain view that a hidden arm is held as in."""
_ENOUGH_SEC = 0.5
"""Of plain view, which show half how an arm is held."""

_ON_FLOOR = 0.02
"""Metres by which a standing heel or toe is off the floor."""
_ABOVE_FEET = 0.15
"""Metres by which the hips are not above both standing feet."""
_ABOVE_FOOT = 0.225
"""The same above the one foot that stands."""
_BELOW = 0.3
"""Weight of a foot below the floor, relative to that of a standing one off it."""
_FEW = 8
"""Standing heels and toes, of all frames, that a floor needs."""
_LOW = 40.0
"""Percentile of standing heels' and toes' heights that is the floor's."""
_OVER = 0.25
"""Metres that a standing heel or toe may seem over the floor."""
_HIPS, _SHOULDERS = ((INDEX[f"left_{part}"], INDEX[f"right_{part}"]) for part in ("hip", "shoulder"))
_LEFT, _RIGHT = (0, 1), (2, 3)


def along_pixels(seen: Seen, positions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where joints (F, N, 3) are in the frames (F, N, 2), and the derivatives of that (F, N, 2, 3)."""
    local = seen.in_camera(positions)
    x, y, z = np.moveaxis(local, -1, 0)
    slope = np.zeros((*z.shape, 2, 3))
    slope[..., 0, 0] = slope[..., 1, 1] = seen.focal / z
    slope[..., 0, 2], slope[..., 1, 2] = -seen.focal * x / z**2, -seen.focal * y / z**2
    return seen.focal * local[..., :2] / z[..., None], slope @ seen.turn[:, None]


def add_pixels(equations: NormalEquations, seen: Seen, positions: FloatArray) -> None:
    """Joints are where they are seen; joints far off count little."""
    pixels, slope = along_pixels(seen, positions)
    off = pixels - seen.pixels
    weight = (seen.weight / (_PIXELS * seen.size[:, None])) ** 2
    weight = weight * (9.0 / (9.0 + (off**2).sum(axis=-1) * weight)) ** 2
    turned = np.swapaxes(slope, -1, -2)
    equations.add_points(
        weight[..., None, None] * (turned @ slope), weight[..., None] * (turned @ off[..., None])[..., 0]
    )


def add_lengths(equations: NormalEquations, positions: FloatArray, lengths: FloatArray, slack: float) -> None:
    """Bones keep their length; `slack` is a factor on what they may give."""
    between = positions[:, BONES[:, 0]] - positions[:, BONES[:, 1]]
    length = np.linalg.norm(between, axis=-1) + 1e-9
    weight = np.broadcast_to((GIVE * slack) ** -2.0, length.shape)
    equations.add_pairs(BONES, between / length[..., None], length - lengths, weight)


def add_depths(equations: NormalEquations, seen: Seen, positions: FloatArray) -> None:
    """Joints differ in depth as the network guesses; guesses far off count little."""
    ends, starts = DEPTH_PAIRS[:, 0], DEPTH_PAIRS[:, 1]
    between = positions[:, ends] - positions[:, starts] - (seen.guess[:, ends] - seen.guess[:, starts])
    along = np.broadcast_to(seen.sight[:, None], between.shape)
    residual = (between * along).sum(axis=-1)
    known = np.minimum(seen.depth_weight[:, ends], seen.depth_weight[:, starts])
    weight = known / _DEPTH**2 * (6.0 / (6.0 + (residual / _DEPTH) ** 2)) ** 2
    equations.add_pairs(DEPTH_PAIRS, along, residual, weight)


def add_told_depths(equations: NormalEquations, seen: Seen, positions: FloatArray) -> None:
    """Joints differ in depth as our own network tells: the less it is sure, the less that counts.

    It knows how visible joints are, so that counts less than for guesses.
    """
    ends, starts = PAIRS[:, 0], PAIRS[:, 1]
    told, error = seen.told_metres(positions)
    along = np.broadcast_to(seen.sight[:, None], (*told.shape, 3))
    residual = ((positions[:, ends] - positions[:, starts]) * along).sum(axis=-1) - told
    trunk = normalise(seen.pixels[:, _SHOULDERS].mean(axis=1) - seen.pixels[:, _HIPS].mean(axis=1))
    usual = np.hypot(_TOLD, _AS_GUESSED * (1.0 + _TURNED * (1.0 + trunk[:, 1:])) * error)
    known = np.sqrt(np.minimum(seen.depth_weight[:, ends], seen.depth_weight[:, starts]))
    weight = known / usual**2 * (6.0 / (6.0 + (residual / usual) ** 2)) ** 2
    equations.add_pairs(PAIRS, along, residual, weight)


def add_knees(equations: NormalEquations, positions: FloatArray) -> None:
    """Knees bend the way the feet point."""
    for side in SIDES:
        hip, knee, ankle, toes, heel = (
            INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle", "foot_index", "heel")
        )
        leg = normalise(positions[:, ankle] - positions[:, hip])
        ahead = positions[:, toes] - positions[:, heel]
        ahead = ahead - leg * (ahead * leg).sum(axis=-1, keepdims=True)
        length = np.linalg.norm(ahead, axis=-1)
        ahead = ahead / (length + 1e-9)[:, None]
        bend = ((positions[:, knee] - (positions[:, hip] + positions[:, ankle]) / 2.0) * ahead).sum(axis=-1) - 0.005
        weight = ((bend < 0.0) & (length > _LEAST_FOOT)) / _KNEE**2
        equations.add_sum({knee: 1.0, hip: -0.5, ankle: -0.5}, ahead, bend, weight)


def add_accelerations(equations: NormalEquations, fps: float, positions: FloatArray) -> None:
    """Joints accelerate little."""
    if len(positions) < 3:  # noqa: PLR2004 -- no acceleration
        return
    step = 1.0 / fps
    weight = step / ACCELERATION**2
    pull = np.diff(positions, 2, axis=0) * (weight / step**4)[:, None]
    gradient = equations.gradient
    gradient[:-2] += pull
    gradient[1:-1] -= 2.0 * pull
    gradient[2:] += pull
    stiff = weight / step**4
    same, following = equations.same, equations.next
    same[:-2] += stiff
    same[1:-1] += 4.0 * stiff
    same[2:] += stiff
    following[:-2] -= 2.0 * stiff
    following[1:-1] -= 2.0 * stiff
    equations.second[:-2] += stiff


def add_standing_feet(equations: NormalEquations, fps: float, positions: FloatArray) -> None:
    """Add that feet stand still, or move fast; an ankle is as still as its heel and toes are together."""
    speed = np.diff(positions[:, FEET], axis=0) * fps
    slow = (1.0 / (1.0 + (speed**2).sum(axis=-1) / _STILL**2)) ** 2
    points = np.concatenate([FEET, ANKLES])
    slow = np.concatenate([slow, _ANKLE * slow[:, 0::2] * slow[:, 1::2]], axis=1)
    stiff = slow * fps / _SLIP**2
    pull = stiff[..., None] * np.diff(positions[:, points], axis=0)
    equations.gradient[:-1, points] -= pull
    equations.gradient[1:, points] += pull
    equations.same[:-1, points] += stiff
    equations.same[1:, points] += stiff
    equations.next[:-1, points] -= stiff


def add_elbows(equations: NormalEquations, positions: FloatArray) -> None:
    """Add that forearms hardly point backwards, as elbows don't bend that way."""
    ahead = trunk_axes(positions, "shoulder")[:, 2]
    for side in SIDES:
        elbow, wrist = INDEX[f"{side}_elbow"], INDEX[f"{side}_wrist"]
        back = ((positions[:, wrist] - positions[:, elbow]) * ahead).sum(axis=-1) + _BACKWARDS
        weight = np.where(back < 0.0, _FOREARM**-2.0, 0.0)
        equations.add_sum({wrist: 1.0, elbow: -1.0}, ahead, back, weight)


def add_hidden_arms(equations: NormalEquations, seen: Seen, positions: FloatArray) -> None:
    """Add that a hidden arm is held against the chest as it is around that time in plain view.

    Of a hidden arm, the network guesses pixels and depth alike, often straight away from the camera.
    """
    chest = trunk_axes(positions, "shoulder")
    times = np.arange(len(positions)) / seen.fps
    near = np.exp(-0.5 * ((times[:, None] - times) / _REMEMBERED_SEC) ** 2) / seen.fps
    for side in SIDES:
        for start, end in _ARM:
            shares = {INDEX[f"{side}_{end}"]: 1.0, INDEX[f"{side}_{start}"]: -1.0}
            plain = np.minimum(seen.shown[:, list(shares)].min(axis=1) / PLAIN, 1.0)
            between = positions[:, INDEX[f"{side}_{end}"]] - positions[:, INDEX[f"{side}_{start}"]]
            held = (chest @ between[..., None])[..., 0]
            remembered = near * plain**2
            seconds = remembered.sum(axis=1)
            usual = (remembered @ held) / seconds[:, None]
            off = between - (usual[:, None] @ chest)[:, 0]
            weight = (1.0 - plain) ** 2 * seconds / (seconds + _ENOUGH_SEC) / _HELD**2
            for axis in range(3):
                equations.add_sum(shares, np.broadcast_to(np.eye(3)[axis], off.shape), off[:, axis], weight)


@dataclass(frozen=True, eq=False)
class Floor:
    """The floor, and what stands on it.

    Attributes:
        up: (3,) the direction away from it.
        height: of the floor along `up`, metres.
        planted: (F, 4) when each heel and toe of FEET stands.
    """

    up: FloatArray
    height: float
    planted: BoolArray

    def part(self, first: int, last: int) -> "Floor":
        """Return the floor of some of the frames."""
        return Floor(self.up, self.height, self.planted[first:last])


def floor_of(positions: FloatArray, fps: float, before: Floor | None) -> Floor | None:
    """Return the floor under joints (F, N, 3), near the one found before; None if hardly a foot stands."""
    bodies = Bodies(positions, fps)
    up = refined(bodies, before.up) if before is not None else directions_of(bodies)[0]
    bottom = bodies.on_bottom(up)
    feet = bottom.heights[:, : len(FEET)]
    planted = bodies.rests[:, : len(FEET)] & (feet < bottom.floor + _OVER)
    if int(planted.sum()) < _FEW:
        return None
    return Floor(up, float(np.percentile(feet[planted], _LOW)), planted)


def add_floor(equations: NormalEquations, positions: FloatArray, floor: Floor) -> None:
    """Add that standing heels and toes are on the floor, and no other below it."""
    for column, joint in enumerate(FEET.tolist()):
        off = positions[:, joint] @ floor.up - floor.height
        weight = np.where(floor.planted[:, column], 1.0, np.where(off < 0.0, _BELOW, 0.0)) / _ON_FLOOR**2
        along = np.broadcast_to(floor.up, (len(off), 3))
        equations.add_sum({joint: 1.0}, along, off, weight * _robust(off / _ON_FLOOR))


def add_balance(equations: NormalEquations, seen: Seen, positions: FloatArray, floor: Floor) -> None:
    """Add that the hips are above the standing feet, as far as depth goes."""
    ahead = normalise(seen.sight - (seen.sight @ floor.up)[:, None] * floor.up)
    left, right = (floor.planted[:, list(foot)].max(axis=1) for foot in (_LEFT, _RIGHT))
    for frames, feet, usual in (
        (left & right, (*_LEFT, *_RIGHT), _ABOVE_FEET),
        (left & ~right, _LEFT, _ABOVE_FOOT),
        (right & ~left, _RIGHT, _ABOVE_FOOT),
    ):
        shares = dict.fromkeys(_HIPS, 0.5) | {int(FEET[foot]): -1.0 / len(feet) for foot in feet}
        apart = np.zeros(ahead.shape)
        for joint, share in shares.items():
            apart += share * positions[:, joint]
        off = (apart * ahead).sum(axis=-1)
        equations.add_sum(shares, ahead, off, frames / usual**2 * _robust(off / usual))


def _robust(off: FloatArray) -> FloatArray:
    """Return factors (F,) on the weights of residuals `off`, in usual errors: those far off count little."""
    return np.asarray((4.0 / (4.0 + off**2)) ** 2, dtype=np.float64)
