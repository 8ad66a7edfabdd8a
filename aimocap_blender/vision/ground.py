"""Which way is up, and where the floor is: joints in camera axes to a world with Z up."""

from dataclasses import dataclass

import numpy as np

from ..motion.contacts import contact_of
from ..motion.rotations import BoolArray, FloatArray, cross, normalise
from .joints import FEET, INDEX

_JITTER = 0.015
"""Metres by which a standing heel or toe seems to move, for the landmarks tremble."""
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
_CAMERA_HEIGHT = (1.4, 0.4)
"""Metres of the camera above the floor, and how much that differs."""
_FOOT = 0.05
"""Metres by which a standing heel or toe seems off the floor, mostly because its depth is guessed badly."""
_FEET_COUNT = 1.5
"""Standing feet count like so many of independent errors."""
_FEW = 7
"""Standing heels and toes, of all frames, that show no plane."""
_ROUNDS = 20
_AHEAD = np.array([0.0, 0.0, 1.0])
_RIGHT = np.array([1.0, 0.0, 0.0])


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

    def world(self, points: FloatArray) -> FloatArray:
        """Return points (..., 3) of camera axes in the world."""
        return np.asarray((points - self.origin) @ self.axes.T)


def standing(feet: FloatArray, fps: float) -> BoolArray:
    """Return when (F, P) the points (F, P, 3) of feet rest."""
    if len(feet) < 2:  # noqa: PLR2004 -- one pose has no speed
        return np.ones(feet.shape[:2], dtype=np.bool_)
    times = np.arange(len(feet)) / fps
    rests = [contact_of(path, times, jitter=_JITTER).rests for path in np.moveaxis(feet, 1, 0)]
    return np.stack(rests, axis=1)


def up_of(joints: FloatArray, fps: float) -> FloatArray:
    """Return the direction away from the floor, (3,), in camera axes.

    People stand upright on the whole, more so to their sides than ahead; cameras are held level, at about the height
    of a chest; feet stand on one plane.

    Args:
        joints: (F, N, 3) in camera axes, metres.
        fps: frames per second.
    """
    body, left = _stances(joints)
    ahead = normalise(cross(left, body))
    planted = standing(joints[:, FEET], fps)
    on_foot: BoolArray = np.asarray(planted.max(axis=1), dtype=np.bool_)
    lean = np.asarray(np.where(on_foot, _LEAN, _STRIDE * _LEAN), dtype=np.float64)
    feet = joints[:, FEET][planted]
    feet = feet[:: max(1, len(feet) // 600)]
    low = np.median(joints[:, FEET].reshape(-1, 3), axis=0)
    leans = ((left, np.full(len(body), _TILT)), (ahead, lean))
    up = normalise(np.median(body, axis=0))
    sideways = sum(float(np.mean(((axis @ _RIGHT) * usual) ** 2)) for axis, usual in leans)
    if abs(float(up @ _RIGHT)) < _FAR * np.sqrt(sideways):
        up = normalise(up - _RIGHT * (up @ _RIGHT))  # rather they lean than the camera is rolled
    for _ in range(_ROUNDS):
        pitch = normalise(_AHEAD - up * (up @ _AHEAD))
        roll = cross(pitch, up)
        basis = np.stack([roll, pitch], axis=-1)
        rows, off = _body_rows(body, leans, up, basis)
        rows, off = [rows], [off]
        tipped = float(up @ _RIGHT)
        level = 1.0 / (_ROLL * np.sqrt(1.0 + (tipped / _ROLL) ** 2))
        rows.append(level * (_RIGHT @ basis)[None])
        off.append(np.array([level * tipped]))
        height, spread = _CAMERA_HEIGHT
        rows.append((-low @ basis)[None] / spread)
        off.append(np.array([(-low @ up - height) / spread]))
        if len(feet) > _FEW:
            more, far = _feet_rows(feet, up, basis)
            rows.append(more)
            off.append(far)
        step = np.linalg.lstsq(np.concatenate(rows), -np.concatenate(off), rcond=None)[0]
        step = np.clip(step, -0.1, 0.1)
        up = normalise(up + basis @ step)
        if float(np.abs(step).max()) < 1e-4:  # noqa: PLR2004 -- settled
            break
    return up


def _stances(joints: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the direction (F, 3) from feet to shoulders, and that to the person's left."""
    middle = {part: _middle(joints, part) for part in ("shoulder", "hip", "ankle")}
    body = normalise(middle["shoulder"] - middle["ankle"])
    left = normalise(_across(joints, "hip")) + normalise(_across(joints, "shoulder"))
    left = left - body * (left * body).sum(axis=-1, keepdims=True)
    return body, normalise(left)


def _middle(joints: FloatArray, part: str) -> FloatArray:
    return np.asarray((joints[:, INDEX[f"left_{part}"]] + joints[:, INDEX[f"right_{part}"]]) / 2.0)


def _across(joints: FloatArray, part: str) -> FloatArray:
    return np.asarray(joints[:, INDEX[f"left_{part}"]] - joints[:, INDEX[f"right_{part}"]])


def _body_rows(
    body: FloatArray, leans: tuple[tuple[FloatArray, FloatArray], ...], up: FloatArray, basis: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return rows (2F, 2) and residuals for up along the body; all frames together count like one observation.

    Args:
        body: (F, 3) from feet to shoulders.
        leans: directions (F, 3) in which people lean, with how far (F,) they do usually.
        up: (3,) for now.
        basis: (3, 2) directions in which it may change.
    """
    rows: list[FloatArray] = []
    off: list[FloatArray] = []
    for axis, usual in leans:
        residual = ((up - body) * axis).sum(axis=-1)
        weight = 1.0 / (usual * np.sqrt(len(body)) * (1.0 + (residual / (_FAR * usual)) ** 2))
        rows.append(weight[:, None] * (axis @ basis))
        off.append(weight * residual)
    return np.concatenate(rows), np.concatenate(off)


def _feet_rows(feet: FloatArray, up: FloatArray, basis: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return rows and residuals for standing feet (M, 3) on one plane, whatever its height."""
    heights = feet @ up
    far = heights - np.median(heights)
    weight = 1.0 / (1.0 + (far / (2.0 * _FOOT)) ** 2)
    weight = weight * np.sqrt(_FEET_COUNT / len(feet)) / _FOOT
    slopes = feet @ basis
    share = weight**2 / (weight**2).sum()
    rows = weight[:, None] * (slopes - share @ slopes)
    return rows, weight * (heights - share @ heights)


def ground_of(joints: FloatArray, fps: float, up: FloatArray) -> Ground:
    """Return the world of joints (F, N, 3) in camera axes."""
    left = _across(joints, "hip")[: max(3, int(0.3 * fps))].mean(axis=0)
    x = normalise(left - up * (left @ up))
    axes = np.stack([x, cross(up, x), up])
    heights = joints[:, FEET] @ up
    planted = standing(joints[:, FEET], fps)
    stood = heights[planted] if int(planted.sum()) > _FEW else heights.min(axis=1)
    floor = float(np.percentile(stood, 30.0 if int(planted.sum()) > _FEW else 10.0))
    hips = _middle(joints, "hip")[0]
    return Ground(axes, hips + up * (floor - float(hips @ up)))
