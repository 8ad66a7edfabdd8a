"""Surfaces around rounded blobs that melt into each other, each carried along by a bone: numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tests.media.matrices import Array, turn, unit

if TYPE_CHECKING:
    from tests.media.posing import Pose

WEIGHT_REACH = 0.016  # metres: how softly a vertex changes from one bone to the next
MOST_BONES = 4  # that carry one vertex
EDGES_ALONG = ((0, 1, 2), (1, 2, 0), (2, 0, 1))  # an axis, and the two across it
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Blob:
    """A cone with round ends, around a line; its bone carries it."""

    bone: str
    start: Array  # (3,) metres, of the body at rest
    end: Array
    radii: tuple[float, float]  # at the start and at the end
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)  # along the world's axes, about the start

    def distance(self, points: Array) -> Array:
        """Metres from its surface, less than 0 inside; nearly, where it is stretched."""
        points = (points - self.start) / np.array(self.stretch)
        along = (self.end - self.start) / np.array(self.stretch)
        length = along @ along
        share = np.clip(points @ along / length, 0.0, 1.0) if length > 0 else np.zeros(points.shape[:-1])
        off_line = np.linalg.norm(points - share[..., None] * along, axis=-1)
        return off_line - (self.radii[0] + share * (self.radii[1] - self.radii[0]))

    def corners(self) -> Array:
        """Two corners of a box around it, (2, 3)."""
        reach = max(self.radii) * np.array(self.stretch)
        return np.stack([np.minimum(self.start, self.end) - reach, np.maximum(self.start, self.end) + reach])


@dataclass(frozen=True)
class Part:
    """Blobs of one colour with one surface around them."""

    colour: Colour
    blobs: tuple[Blob, ...]
    step: float = 0.015  # metres from one point of the surface to the next
    melt: float = 0.012  # metres over which neighbours round off the crease between them
    keeps: tuple[tuple[Array, Array], ...] = ()  # points and normals of planes: what is behind one is cut off

    def distance(self, points: Array) -> Array:
        """Metres from the surface, less than 0 inside."""
        each = np.stack([blob.distance(points) for blob in self.blobs])
        nearest = each.min(axis=0)
        melted = nearest - self.melt * np.log(np.exp((nearest - each) / self.melt).sum(axis=0))
        for point, normal in self.keeps:
            melted = np.maximum(melted, (point - points) @ unit(normal))
        return melted


@dataclass(frozen=True)
class Skin:
    """A part's surface at rest, and which bones carry it."""

    colour: Colour
    points: Array  # (V, 3) metres
    quads: npt.NDArray[np.int64]  # (Q, 4), anticlockwise from outside
    bones: tuple[str, ...]
    weights: Array  # (V, B), 1 in all

    def posed(self, posed: Pose) -> Array:
        """Where its points are over the frames, (F, V, 3)."""
        frames = len(next(iter(posed.positions.values())))
        found = np.zeros((frames, *self.points.shape))
        for bone, weights in zip(self.bones, self.weights.T, strict=True):
            carried = np.flatnonzero(weights)
            own = self.points[carried] - posed.body.at(bone)
            moved = posed.positions[bone][:, None] + turn(posed.turns[bone][:, None], own)
            found[:, carried] += weights[carried][:, None] * moved
        return found


def skin_of(part: Part) -> Skin:
    """The surface around a part."""
    boxes = np.stack([blob.corners() for blob in part.blobs])
    low, high = boxes[:, 0].min(axis=0) - 3 * part.step, boxes[:, 1].max(axis=0) + 3 * part.step
    axes = [np.arange(start, stop, part.step) for start, stop in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    points, quads = surface(part.distance(grid))
    points = low + part.step * points
    bones = tuple(dict.fromkeys(blob.bone for blob in part.blobs))
    nearest = np.full((len(points), len(bones)), np.inf)
    for blob in part.blobs:
        column = nearest[:, bones.index(blob.bone)]
        np.minimum(column, blob.distance(points), out=column)
    weights = np.exp((nearest.min(axis=1, keepdims=True) - nearest) / WEIGHT_REACH)
    if len(bones) > MOST_BONES:
        weights[weights < np.sort(weights, axis=1)[:, -MOST_BONES, None]] = 0.0
    return Skin(part.colour, points, quads, bones, weights / weights.sum(axis=1, keepdims=True))


def surface(values: Array) -> tuple[Array, npt.NDArray[np.int64]]:
    """Where values on a grid change their sign: a point in each cell (in grid steps), and quads around each crossing.

    These are naive surface nets: each point lies in the middle of its cell's crossings.
    """
    inside = values < 0
    cells = tuple(size - 1 for size in values.shape)
    sums, counts = np.zeros((*cells, 3)), np.zeros(cells)
    crossings = []
    for axis, one, other in EDGES_ALONG:
        near = _part(values, axis, 0)
        far = _part(values, axis, 1)
        crossed = (near < 0) != (far < 0)
        crossings.append((one, other, crossed, _part(inside, axis, 0)))
        share = np.where(crossed, near / np.where(crossed, near - far, 1.0), 0.0)
        for up_one in (0, 1):
            for up_other in (0, 1):
                at = (slice(None),) * 3
                at = _replaced(at, one, slice(up_one, up_one + cells[one]))
                at = _replaced(at, other, slice(up_other, up_other + cells[other]))
                counts += crossed[at]
                sums[..., axis] += share[at]
                sums[..., one] += up_one * crossed[at]
                sums[..., other] += up_other * crossed[at]
    used = counts > 0
    points = np.argwhere(used) + sums[used] / counts[used][:, None]
    index = np.full(cells, -1)
    index[used] = np.arange(len(points))
    quads = []
    for one, other, crossed, starts_inside in crossings:
        edges = np.argwhere(crossed)
        steps = np.zeros((4, 3), dtype=np.int64)
        steps[1:3, one] = steps[2:4, other] = -1
        around = edges[:, None] + steps
        found = index[tuple(np.moveaxis(around, -1, 0))]
        outwards = starts_inside[tuple(edges.T)]
        quads.append(np.where(outwards[:, None], found, found[:, ::-1]))
    return points, np.concatenate(quads)


def _part(values: npt.NDArray[np.generic], axis: int, start: int) -> npt.NDArray[np.generic]:
    return np.take(values, np.arange(start, values.shape[axis] - 1 + start), axis=axis)


def _replaced(at: tuple[slice, ...], axis: int, cut: slice) -> tuple[slice, ...]:
    return (*at[:axis], cut, *at[axis + 1 :])
