"""The camera's motion, seen in what is behind the people.

Each frame is aligned with an earlier one, the anchor: the homography is found that makes their grey copies alike, by
Gauss-Newton steps on the differences of a few thousand places with clear edges (inverse compositional alignment, Baker
and Matthews 2004), coarse before fine. Places that stay different belong to something that moves, and count less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product, starmap

import numpy as np

from ..motion.rotations import BoolArray, FloatArray, IntArray, norm
from .crops import Frame, Region, grey_copy
from .network_graph import Picture

_COLUMNS, _COARSER = 256, 4  # of the fine copies; times fewer of the coarse ones
_FEWEST_ROWS = 8  # of the fine copies, as a coarse one needs two
_CELL, _IN_A_CELL = 8, 6  # the places with the clearest edges in each square of so many pixels count
_PARTS, _IN_A_PART = 8, 12  # of the frame's width; and places in each such square from which all of them count the same
_CLEAR = 2.0  # levels of 255 from a pixel to the next: an edge, not noise
_FEW, _ENOUGH = 60, 400  # places: with fewer nothing is told; with enough all of a homography
_STEPS, _STILL = 20, 0.003  # at most; and a step so short, in pixels of a copy, is the last
_OFF, _LEAST_OFF = 3.0, 2.0  # times the median difference, at least so many levels of 255: such places count a quarter
_ALIKE = 8.0  # levels of 255 that places differ by at most which show the same
_LOST, _SPARSE = 0.5, 0.65  # shares of alike places, and of places in view, below which another anchor is needed
_TELLING, _MOST = 0.1, 0.75  # so many more places are alike if the camera moved than if it stood, and so many in all
_SOME_FRAMES = 0.2  # of all: the camera moved in so many, or it stands
_LEAST = 0.01  # of the frame's width that a corner moves, or the camera stands: 0.8 % of zoom move it by 0.005
_BODY = 0.85  # of a person's region is the person
_LARGER = 0.04  # more or less, and the same background was seen from elsewhere or through another lens

_TINY = 1e-12


def _shift(along: float, down: float) -> FloatArray:
    return np.array([[1.0, 0.0, along], [0.0, 1.0, down], [0.0, 0.0, 1.0]])


_SHIFTS = sorted(
    starmap(_shift, product(np.arange(-0.5, 0.51, 0.0625), np.arange(-0.25, 0.26, 0.0625))),
    key=lambda shift: np.abs(shift[:2, 2]).max(),
)
"""Where the background of a shot is looked for in another: two pixels of a coarse copy apart, small shifts first."""

_SIMILARITY = np.zeros((8, 4))
_SIMILARITY[[0, 4], 0] = 1
_SIMILARITY[[1, 3], 1] = -1, 1
_SIMILARITY[[2, 5], [2, 3]] = 1
"""From the four numbers of a similarity (scale, rotation, two shifts) to those of a homography but the last."""

_LENSES = (0.7, 0.85, 1.0, 1.2, 1.4)
"""Focal lengths that are tried, of the usual one."""
_MOST_OF_STILL = 0.5
"""Pixels that the background may move over the whole clip while the camera counts as still."""


class CameraMotion:
    """Follows the camera through the frames of a shot, which are shown in order."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Start before the first frame.

        Args:
            size: width and height of the frames, pixels.
        """
        self._width, self._height = size
        self._times = max(min(round(self._width / _COLUMNS), self._height // _FEWEST_ROWS), 1)
        self._unit = np.array(
            [[self._width / 2, 0, self._width / 2], [0, self._width / 2, self._height / 2], [0, 0, 1]]
        )
        self._found: list[FloatArray] = []  # to the first frame, in units of half the width around the middle
        self._anchor: list[_Copy] = []
        self._anchor_to_first = np.eye(3)
        self._from_anchor = np.eye(3)
        self._moved: list[bool] = []
        self._lost: list[bool] = []
        self.last: tuple[list[Picture], BoolArray] | None = None
        """The copies of the last frame, and which pixels of the fine one show no person; None if there is none."""

    def show(self, frame: Frame, people: Sequence[Region]) -> None:
        """Look at the next frame.

        Args:
            frame: of the size that was said.
            people: where somebody is in it.
        """
        fine = _softened(grey_copy(frame, self._times))
        copies = [_halved(_halved(fine)), fine]
        background = self._background(fine, people)
        moved: bool | None = False
        if self.last is None:
            self._anchor = self._anchored(copies, background)
        elif (moved := self._align(copies)) is None:
            # too little of the anchor is in view: the last frame, which still fitted it, is the next one
            self._anchor = self._anchored(*self.last)
            self._anchor_to_first, self._from_anchor = self._found[-1], np.eye(3)
            moved = self._align(copies)
        self._moved.append(moved is True)
        self._lost.append(moved is None)
        self.last = copies, background
        # a homography is known but for a factor
        found = self._anchor_to_first @ np.linalg.inv(self._from_anchor)
        self._found.append(found / found[2, 2])

    def matrices(self) -> FloatArray:
        """Return homographies (frames, 3, 3) from each frame's pixels to the first one's; identities if it stands."""
        if not self.moves():
            return np.tile(np.eye(3), (len(self._found), 1, 1))
        matrices = self._unit @ np.array(self._found) @ np.linalg.inv(self._unit)
        return matrices / matrices[:, 2:, 2:]

    def moves(self) -> bool:
        """Return whether the camera moves at all."""
        return float(np.mean(self._moved[1:] or [False])) > _SOME_FRAMES and self._reach() > _LEAST

    def may_move(self) -> bool:
        """Return whether the camera moves, or perhaps faster than can be followed in these frames."""
        return self.moves() or float(np.mean(self._lost[1:] or [False])) > _SOME_FRAMES

    def to_earlier(self, earlier: "CameraMotion") -> FloatArray | None:
        """Return the homography (3, 3) from the pixels of the first frame to those of an earlier shot's first frame.

        None if its background isn't the one of that shot's last frame, as the same camera sees it.

        Args:
            earlier: followed that shot to its end; this one has been shown a single frame.
        """
        if self.last is None or earlier.last is None:
            return None
        (copies, free), (before, free_before) = self.last, earlier.last
        anchors = self._anchored(copies, free & free_before)
        if len(anchors[-1].places) < _ENOUGH:
            return None
        # the camera may have stood still since, or moved far
        found = _aligned(anchors, before, np.eye(3))
        alike = anchors[-1].alike(before[-1], found)
        moved = _aligned(anchors, before, _most_alike(anchors, before))
        alike_moved = anchors[-1].alike(before[-1], moved)
        if alike_moved > alike:
            alike, found = alike_moved, moved
        stood = anchors[-1].alike(before[-1], np.eye(3))
        larger = np.sqrt(max(np.linalg.det(found[:2, :2]), _TINY))
        if alike <= _MOST or abs(larger - 1.0) > _LARGER:
            return None
        to_last = found if alike - stood > _TELLING else np.eye(3)
        return np.asarray(earlier.matrices()[-1] @ self._unit @ to_last @ np.linalg.inv(self._unit))

    def forget(self) -> None:
        """Let go of the frames: no other shot is compared with this one, and it is shown no other frame."""
        self._anchor, self.last = [], None

    def _reach(self) -> float:
        """How far a corner is from where it was in the first frame, at most; of the frame's width."""
        high = self._height / self._width
        corners = np.array([(-1.0, -high, 1.0), (-1.0, high, 1.0), (1.0, -high, 1.0), (1.0, high, 1.0)])
        moved = corners @ np.swapaxes(np.array(self._found), 1, 2)
        return float(norm(moved[..., :2] / moved[..., 2:] - corners[:, :2]).max()) / 2

    def _background(self, fine: Picture, people: Sequence[Region]) -> BoolArray:
        """Which pixels of a fine copy show no person."""
        y, x = (np.indices(fine.shape) + 0.5) * self._times
        free = np.ones(fine.shape, np.bool_)
        for person in people:
            free &= np.hypot(x - person.x, y - person.y) > person.size / 2 * _BODY
        return free

    def _anchored(self, copies: Sequence[Picture], free: BoolArray) -> list["_Copy"]:
        coarse = free[::_COARSER, ::_COARSER][: copies[0].shape[0], : copies[0].shape[1]]
        coarse_copy, fine_copy = copies
        return [
            _Copy.of(coarse_copy, coarse, self._scale(_COARSER * self._times)),
            _Copy.of(fine_copy, free, self._scale(self._times)),
        ]

    def _scale(self, times: int) -> FloatArray:
        """The matrix from places around the frame's middle to the pixels of a copy."""
        half = self._width / 2 / times
        return np.array([[half, 0, half - 0.5], [0, half, self._height / 2 / times - 0.5], [0, 0, 1]])

    def _align(self, copies: Sequence[Picture]) -> bool | None:
        """Find the homography from the anchor, from the last frame's on; return whether it says that the camera moved.

        None if few places fit: another anchor is needed.
        """
        anchor, copy = self._anchor[-1], copies[-1]
        found = _aligned(self._anchor, copies, self._from_anchor)
        if len(anchor.places) < _FEW:
            return False
        alike = anchor.alike(copy, found)
        if alike < _MOST:  # it may have moved far since the last frame
            other = _aligned(self._anchor, copies, _most_alike(self._anchor, copies))
            alike, found = max((alike, found), (anchor.alike(copy, other), other), key=lambda one: one[0])
        if alike < _LOST:
            return None
        self._from_anchor = found
        return alike > _MOST and alike - anchor.alike(copy, np.eye(3)) > _TELLING


@dataclass(frozen=True, eq=False)
class _Copy:
    """A grey copy of an anchor, and what is needed to align others with it.

    Attributes:
        scale: the matrix from places around the frame's middle to pixels of the copy.
        places: (N, 3) of edges, around the middle, in halves of the frame's width; homogeneous.
        levels: (N,) the grey there.
        slopes: (N, 8) how it changes with each number of a homography but the last.
        numbers: (8, 4 or 8) the homographies that are looked for: only similarities where there are few edges.
        weights: (N,) such that each part of the frame counts the same, however many edges are in it; their sum is 1.
    """

    scale: FloatArray
    places: FloatArray
    levels: FloatArray
    slopes: FloatArray
    numbers: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, copy: Picture, free: BoolArray, scale: FloatArray) -> "_Copy":
        grey = copy.astype(np.float64)
        down, along = np.gradient(grey, axis=0), np.gradient(grey, axis=1)
        rows, columns = _edges(np.hypot(along, down), free)
        levels = copy[rows, columns].astype(np.float64)
        pixels = np.stack([columns, rows, np.ones(len(rows))], -1)
        places = pixels @ np.linalg.inv(scale).T
        # a homography near the identity moves a place by ((a + 1) x + b y + c, d x + (e + 1) y + f) / (g x + h y + 1):
        # how the grey changes there with a … f is its gradient times x, y or 1, and with g and h what points inwards
        x, y, one = places.T
        by_x, by_y = along[rows, columns] * scale[0, 0], down[rows, columns] * scale[1, 1]
        inwards = -(x * by_x + y * by_y)
        slopes = np.stack(
            [by_x * x, by_x * y, by_x * one, by_y * x, by_y * y, by_y * one, inwards * x, inwards * y], -1
        )
        numbers = np.eye(8) if len(rows) >= _ENOUGH else _SIMILARITY
        part = copy.shape[1] / _PARTS
        parts = (rows // part * _PARTS + columns // part).astype(np.int64)
        weights = 1 / np.maximum(np.bincount(parts)[parts], _IN_A_PART) if len(rows) else np.zeros(0)
        return cls(scale, places, levels, slopes, numbers, weights / max(float(weights.sum()), _TINY))

    def aligned(self, copy: Picture, found: FloatArray) -> FloatArray:
        """Improve the homography from this copy to another."""
        slopes = self.slopes @ self.numbers
        for _ in range(_STEPS):
            off, inside = self._off(copy, found)
            if inside.mean() < _SPARSE:
                break
            # what differs by much more than most belongs to something that moves (Geman and McClure's weights)
            spread = max(_OFF * float(np.median(np.abs(off))), _LEAST_OFF)
            counts = 1 / (1 + (off / spread) ** 2) ** 2
            weighted = slopes[inside] * (counts * self.weights[inside])[:, None]
            normal = weighted.T @ slopes[inside]
            # edges in one direction alone leave some of the numbers open: these stay
            normal += np.eye(len(normal)) * 1e-6 * np.trace(normal)
            step: FloatArray = np.matmul(self.numbers, np.linalg.solve(normal, np.matmul(weighted.T, off)))
            # inverse compositional: slopes are those of the anchor, so the step is the anchor's, and its inverse counts
            found = found @ np.linalg.inv(np.eye(3) + np.append(step, 0.0).reshape(3, 3))
            found = found / found[2, 2]
            if np.abs(step).max() * self.scale[0, 0] < _STILL:
                break
        return found

    def alike(self, copy: Picture, found: FloatArray) -> float:
        """Return the share of places that show the same in another copy; 0 if too few are in it."""
        off, inside = self._off(copy, found)
        # a picture in one colour has no places at all
        if not inside.any() or inside.mean() < _SPARSE:
            return 0.0
        return float((np.abs(off) < _ALIKE) @ self.weights[inside]) / float(self.weights[inside].sum())

    def _off(self, copy: Picture, found: FloatArray) -> tuple[FloatArray, BoolArray]:
        """How much the places in view differ, apart from all of it being brighter; and which are in view."""
        levels, inside = _sampled(copy, self.places @ (self.scale @ found).T)
        off = (levels - self.levels)[inside]
        return off - (np.median(off) if len(off) else 0.0), inside


def _aligned(anchors: Sequence[_Copy], copies: Sequence[Picture], found: FloatArray) -> FloatArray:
    """Improve the homography from an anchor to a frame, coarse before fine."""
    for anchor, copy in zip(anchors, copies, strict=True):
        if len(anchor.places) >= _FEW:
            found = anchor.aligned(copy, found)
    return found


def _most_alike(anchors: Sequence[_Copy], copies: Sequence[Picture]) -> FloatArray:
    """Return the shift by which most places of an anchor's coarse copy show the same in a frame's."""
    return max(_SHIFTS, key=lambda shift: anchors[0].alike(copies[0], shift))


def _edges(steep: FloatArray, free: BoolArray) -> tuple[IntArray, IntArray]:
    """The rows and columns of the clearest edges, some in each part of the copy, so that none outweighs the others."""
    steep = np.where(free, steep, 0.0)
    # at the edge of a copy, gradients are of one side only
    steep[[0, -1]] = steep[:, [0, -1]] = 0.0
    # (rows, columns, 64) of whole cells; what is left over at the right and below is not looked at
    rows, columns = steep.shape[0] // _CELL * _CELL, steep.shape[1] // _CELL * _CELL
    cells = steep[:rows, :columns].reshape(rows // _CELL, _CELL, columns // _CELL, _CELL).transpose(0, 2, 1, 3)
    cells = cells.reshape(rows // _CELL, columns // _CELL, _CELL**2)
    best = np.argsort(-cells, axis=-1)[..., :_IN_A_CELL]
    row, column, place = np.nonzero(np.take_along_axis(cells, best, -1) > _CLEAR)
    within = best[row, column, place]
    return row * _CELL + within // _CELL, column * _CELL + within % _CELL


def _sampled(copy: Picture, points: FloatArray) -> tuple[FloatArray, BoolArray]:
    """The grey at places (N, 3) in pixels of a copy, and which of them are in it."""
    x, y = points[:, 0] / points[:, 2], points[:, 1] / points[:, 2]
    rows, columns = copy.shape
    inside = (x >= 0) & (y >= 0) & (x < columns - 1) & (y < rows - 1) & (points[:, 2] > 0)
    # any pixel that is there stands in for what is outside
    x, y = np.where(inside, x, 0.0), np.where(inside, y, 0.0)
    # linear between the four pixels around each place
    left, top = x.astype(np.int64), y.astype(np.int64)
    right, low = x - left, y - top
    flat, at = copy.ravel(), top * columns + left
    above = flat[at] * (1 - right) + flat[at + 1] * right
    below = flat[at + columns] * (1 - right) + flat[at + columns + 1] * right
    return above * (1 - low) + below * low, inside


def _softened(copy: Picture) -> Picture:
    """The copy without steps from pixel to pixel, on which an alignment would get stuck."""
    soft: Picture = np.pad(copy, 1, mode="edge")
    soft = soft[:-2] + 2 * soft[1:-1] + soft[2:]
    return (soft[:, :-2] + 2 * soft[:, 1:-1] + soft[:, 2:]) * np.float32(1 / 16)  # pyrefly: ignore[bad-return] -- float32 as its parts


def _halved(copy: Picture) -> Picture:
    # a last row or column without a partner is left out
    rows, columns = copy.shape[0] // 2 * 2, copy.shape[1] // 2 * 2
    return copy[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2).mean((1, 3))


def camera_rotations(homographies: FloatArray, size: tuple[int, int], focal: float) -> FloatArray:
    """Return rotations (F, 3, 3) from the first frame's camera axes to each frame's.

    A background far away moves by the camera's rotation alone; what the homographies hold beyond a rotation, as from a
    camera that is carried, is left out.

    Args:
        homographies: (F, 3, 3) from a frame's pixels to the first frame's.
        size: width and height of the frames, pixels.
        focal: pixels.
    """
    width, height = size
    # a camera that stands gets exact identities, and not the tremble of what was found
    corners = np.array([[0.0, 0.0, 1.0], [width, 0.0, 1.0], [0.0, height, 1.0], [width, height, 1.0]])
    moved = corners @ np.swapaxes(homographies, 1, 2)
    moved = moved[..., :2] / moved[..., 2:]
    if float(np.abs(moved - corners[:, :2]).max()) < _MOST_OF_STILL:
        return np.tile(np.eye(3), (len(homographies), 1, 1))
    # the nearest rotation is that of the polar decomposition; a homography's factor, which may be negative, goes first
    first_from_frame = _in_camera_axes(homographies, size, focal)
    first_from_frame = first_from_frame / np.cbrt(np.linalg.det(first_from_frame))[:, None, None]
    left, _, right = np.linalg.svd(first_from_frame)
    mirrored = np.linalg.det(left @ right) < 0.0
    left[mirrored, :, 2] *= -1.0
    frame_from_first = np.swapaxes(left @ right, 1, 2)
    return np.asarray(frame_from_first)


def beyond_rotation(homographies: FloatArray, size: tuple[int, int], focal: float) -> FloatArray:
    """Return how many times (F,) the background grew or shrank in each frame that no rotation of the camera explains.

    It is 1 on a tripod, and the zoom's factor where the lens was zoomed; for the others see `camera_rotations`.

    Args:
        homographies: from a frame's pixels to the first frame's.
        size: of the frames.
        focal: usual one; as it isn't known, the one around it counts that explains most.
    """
    # a rotation has three singular values of 1: their ratio says how much is beyond it, whatever the factor
    ratios: list[FloatArray] = []
    for times in _LENSES:
        scales = np.linalg.svd(_in_camera_axes(homographies, size, focal * times), compute_uv=False)
        ratios.append(scales[:, 0] / scales[:, 2])
    times_larger = np.stack(ratios)
    return np.asarray(times_larger[np.argmin(times_larger.mean(axis=1))])


def _in_camera_axes(homographies: FloatArray, size: tuple[int, int], focal: float) -> FloatArray:
    width, height = size
    pixels_from_camera = np.array([[focal, 0.0, width / 2.0], [0.0, focal, height / 2.0], [0.0, 0.0, 1.0]])
    return np.asarray(np.linalg.inv(pixels_from_camera) @ homographies @ pixels_from_camera)
