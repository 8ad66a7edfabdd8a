"""Draws the performance as a stick figure on its circle, with a clock that counts frames: numpy only, antialiased."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .body import HEAD_TOP, TOE_TIP
from .matrices import X_AXIS, Z_AXIS, about
from .performance import Performance
from .posing import Pose, pose

if TYPE_CHECKING:
    from fractions import Fraction

    from .matrices import Array

Picture = npt.NDArray[np.uint8]
SKY, GROUND = np.array([38, 44, 58]), np.array([58, 66, 82])
TRUNK, LEFT, RIGHT, LINES, DIGITS = (226, 226, 220), (94, 190, 255), (255, 158, 84), (92, 102, 122), (240, 240, 240)
SHADOW = (44, 50, 64)
VIEW_TURN, VIEW_TILT = np.radians(-28.0), np.radians(11.0)  # the camera: round from the front, and down
SEEN_HEIGHT = 3.2  # metres over the picture's height
GROUND_LINE = 0.825  # of the height: where the circle's middle is
LIMBS = (
    ("pelvis", "spine_05", 0.062, TRUNK),
    ("spine_05", "neck_01", 0.055, TRUNK),
    ("neck_01", "head", 0.032, TRUNK),
)
SIDED_LIMBS = (
    ("pelvis", "thigh", 0.050),
    ("thigh", "calf", 0.052),
    ("calf", "foot", 0.042),
    ("foot", "ball", 0.030),
    ("ball", "toe_tip", 0.026),
    ("neck_01", "upperarm", 0.040),
    ("upperarm", "lowerarm", 0.038),
    ("lowerarm", "hand", 0.032),
    ("hand", "middle_03", 0.026),
)
# The lit segments of each digit: top, upper left, upper right, middle, lower left, lower right, bottom.
SEGMENTS = (
    "1110111",
    "0010010",
    "1011101",
    "1011011",
    "0111010",
    "1101011",
    "1101111",
    "1010010",
    "1111111",
    "1111011",
)
SEGMENT_ENDS = (
    ((0, 0), (1, 0)),
    ((0, 0), (0, 1)),
    ((1, 0), (1, 1)),
    ((0, 1), (1, 1)),
    ((0, 1), (0, 2)),
    ((1, 1), (1, 2)),
    ((0, 2), (1, 2)),
)


@dataclass(frozen=True)
class Stroke:
    """A thick line with round ends; its nearness to the camera orders the drawing."""

    start: Array  # (F, 3) metres
    end: Array
    radius: float
    colour: tuple[int, int, int]


@dataclass
class FrameMaker:
    """Makes the pictures of a video, one after another."""

    width: int
    height: int
    fps: Fraction
    frames: int
    performance: Performance = field(default_factory=Performance)

    def __post_init__(self) -> None:
        self.scale = self.height / SEEN_HEIGHT  # pixels in a metre
        self._view = about(X_AXIS, VIEW_TILT) @ about(Z_AXIS, VIEW_TURN)
        times = np.arange(self.frames) / float(self.fps)
        self._posed = pose(times, self.performance)
        self._strokes = _strokes(self._posed)
        self._still = self._background()

    def picture(self, frame: int) -> Picture:
        """One frame, (height, width, 3), first row on top; the barcode is not drawn here."""
        canvas = self._still.copy()
        for stroke in self._strokes:
            start, end = (np.array([p[frame][0], p[frame][1], 0.0]) for p in (stroke.start, stroke.end))
            self._line(canvas, self._seen(start), self._seen(end), stroke.radius * 0.9, SHADOW)
        seen = [(self._seen(s.start[frame]), self._seen(s.end[frame]), s) for s in self._strokes]
        for start, end, stroke in sorted(seen, key=lambda item: item[0][2] + item[1][2]):
            self._line(canvas, start, end, stroke.radius, stroke.colour)
        self._clock(canvas, frame)
        return canvas.round().astype(np.uint8)

    def _seen(self, point: Array) -> Array:
        """Pixels from the left and the top, and nearness in metres."""
        right, away, up = self._view @ point
        return np.array([self.width / 2 + self.scale * right, self.height * GROUND_LINE - self.scale * up, -away])

    def _background(self) -> Array:
        canvas = np.empty((self.height, self.width, 3))
        horizon = int(self.height * 0.62)
        shade = np.linspace(1.0, 1.25, self.height)[:, None, None]
        canvas[:] = SKY * shade
        canvas[horizon:] = GROUND * shade[horizon:]
        around = np.linspace(0, 2 * np.pi, 73)
        ring = self.performance.radius * np.stack([np.cos(around), np.sin(around), np.zeros_like(around)], axis=-1)
        for start, end in pairwise(ring):
            self._line(canvas, self._seen(start), self._seen(end), 0.008, LINES)
        for mark in range(12):
            outwards = np.array([np.cos(mark * np.pi / 6), np.sin(mark * np.pi / 6), 0.0])
            inner, outer = ((self.performance.radius + reach) * outwards for reach in (-0.06, 0.06))
            self._line(canvas, self._seen(inner), self._seen(outer), 0.010, LINES)
        return canvas

    def _line(self, canvas: Array, start: Array, end: Array, metres: float, colour: tuple[int, int, int]) -> None:
        _draw(canvas, start[:2], end[:2], max(metres * self.scale, 0.8), colour)

    def _clock(self, canvas: Array, frame: int) -> None:
        size = self.height / 34
        left, bottom = 0.04 * self.width, 0.97 * self.height
        for digit in f"{frame:04d}":
            _digit(canvas, int(digit), (left, bottom - 2 * size), size)
            left += 1.9 * size
        seconds = f"{float(frame / self.fps):05.2f}"
        size *= 0.75
        left = 0.96 * self.width - 8 * size
        for sign in seconds:
            if sign == ".":
                dot = np.array([left, bottom])
                _draw(canvas, dot, dot, 0.22 * size, DIGITS)
                left += 0.8 * size
            else:
                _digit(canvas, int(sign), (left, bottom - 2 * size), size)
                left += 1.9 * size


def _strokes(posed: Pose) -> list[Stroke]:
    points = dict(posed.positions)
    points["head_top"] = posed.carried("head", HEAD_TOP - np.array([0.0, 0.0, 0.09]))
    for side, across in (("l", 1.0), ("r", -1.0)):
        points[f"toe_tip_{side}"] = posed.carried(f"ball_{side}", TOE_TIP * np.array([across, 1.0, 1.0]))
    strokes = [Stroke(points[a], points[b], radius, colour) for a, b, radius, colour in LIMBS]
    middle_of_head = points["head_top"]
    strokes.append(Stroke(middle_of_head, middle_of_head, 0.105, TRUNK))
    for side, colour in (("l", LEFT), ("r", RIGHT)):
        for a, b, radius in SIDED_LIMBS:
            start = points[a] if a in points else points[f"{a}_{side}"]
            strokes.append(Stroke(start, points[f"{b}_{side}"], radius, colour))
    return strokes


def _draw(canvas: Array, start: Array, end: Array, radius: float, colour: tuple[int, int, int]) -> None:
    """Blends a line with round ends into the canvas; edges are smooth over one pixel."""
    low = np.floor(np.minimum(start, end) - radius - 1).astype(int)
    high = np.ceil(np.maximum(start, end) + radius + 2).astype(int)
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(high, canvas.shape[1::-1])
    if x0 >= x1 or y0 >= y1:
        return
    x = np.arange(x0, x1)[None, :] + 0.5 - start[0]
    y = np.arange(y0, y1)[:, None] + 0.5 - start[1]
    across = end - start
    length = float(across @ across)
    share = np.clip((x * across[0] + y * across[1]) / length, 0.0, 1.0) if length > 0 else 0.0
    distance = np.hypot(x - share * across[0], y - share * across[1])
    cover = np.clip(radius + 0.5 - distance, 0.0, 1.0)[..., None]
    patch = canvas[y0:y1, x0:x1]
    patch += cover * (np.array(colour) - patch)


def _digit(canvas: Array, digit: int, corner: tuple[float, float], size: float) -> None:
    """A digit of seven segments, `size` pixels wide and twice as tall."""
    for lit, (start, end) in zip(SEGMENTS[digit], SEGMENT_ENDS, strict=True):
        if lit == "1":
            ends = [np.array([corner[0] + x * size, corner[1] + y * size]) for x, y in (start, end)]
            _draw(canvas, ends[0], ends[1], 0.17 * size, DIGITS)
