"""Self-collision of the G1: its body as capsules, and their distances.

A capsule is everything within a radius of a straight segment. `g1-capsules.json` lists those of the robot.
"""

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .. import rotations
from ..rotations import FloatArray, IntArray, norm
from .model import G1Model
from .robots import WHOLE_ROBOTS, table_of
from .variants import VARIANTS, Variant, carriers, g1_variant

CAPSULES_FILE = Path(__file__).with_name("g1-capsules.json")
_TINY = 1e-12
_ANKLE = 0.1  # metres around it in which a shin's end is as low as the foot
_ROUNDING = 1e-5  # metres: above single-precision rounding within the robot's reach


@dataclass(frozen=True, eq=False)
class Nearness:
    """Pairs of capsules that are near one another.

    Attributes:
        frames: (N,) ascending within a pair.
        pairs: (N,) rows of `G1Capsules.pairs`.
        bodies: (N, 2) the two bodies, as indices of `G1Model.bodies`.
        places: (N, 2, 3) the points of the two axes that are nearest to one another, world, metres.
        gaps: (N,) metres between the surfaces; negative is the depth of an overlap.
    """

    frames: IntArray
    pairs: IntArray
    bodies: IntArray
    places: FloatArray
    gaps: FloatArray


@dataclass(frozen=True, eq=False)
class G1Capsules:
    """The capsules of all links, in the frames of their bodies, and the pairs that must not touch.

    Attributes:
        model: the robot.
        bodies: (C,) the body of each, an index of `G1Model.bodies`.
        starts: (C, 3) one end of the segment in the body's frame, metres.
        ends: (C, 3) the other end.
        radii: (C,) metres.
    """

    model: G1Model
    bodies: IntArray
    starts: FloatArray
    ends: FloatArray
    radii: FloatArray

    @cached_property
    def pairs(self) -> IntArray:
        """(P, 2) pairs of capsules that must not touch, ordered by `body_pairs`.

        Pairs on one body, on a body and its parent, and on bodies that touch with all angles at 0 are left out: these
        touch by construction.
        """
        first, second = np.triu_indices(len(self.bodies), 1)
        one, other = self.bodies[first], self.bodies[second]
        parents = self.model.parents
        apart = (one != other) & (parents[one] != other) & (parents[other] != one)
        first, second = first[apart], second[apart]
        gaps = self._gaps(*self._at_rest(), np.stack([first, second], axis=1))
        names = self.bodies[first] * len(self.model.bodies) + self.bodies[second]
        keep = ~np.isin(names, names[gaps < 0.0])
        order = np.argsort(names[keep], kind="stable")
        return np.stack([first[keep][order], second[keep][order]], axis=1).astype(np.int64)

    @cached_property
    def rest_gaps(self) -> FloatArray:
        """(P,) metres between the surfaces of `pairs` with all angles at 0."""
        return self._gaps(*self._at_rest(), self.pairs)

    @cached_property
    def body_pairs(self) -> IntArray:
        """(N, 2) the pairs of bodies in `pairs`, as indices of `G1Model.bodies`, the lower one first."""
        return np.unique(self.bodies[self.pairs], axis=0)

    def overlaps(self, pos: FloatArray, quat: FloatArray, least: float) -> tuple[IntArray, IntArray, FloatArray]:
        """Find where links are inside one another.

        Args:
            pos: (F, B, 3) of the bodies in the world, metres.
            quat: (F, B, 4) wxyz of the bodies.
            least: smallest depth that counts, metres; may be negative, for gaps.

        Returns:
            Frames (N,), rows of `body_pairs` (N,) and depths (N,) in metres: the deepest of the two bodies' capsules,
            ordered by frame.
        """
        # relative to the pelvis: single precision suffices there
        starts, ends = self.placed(pos - pos[:, :1], quat)
        frames, pairs = self._near(starts, ends, least)
        depth = -self._gaps(starts, ends, self.pairs[pairs], frames)
        hit = depth >= least
        frames, pairs, depth = frames[hit], pairs[hit], depth[hit]
        if not len(frames):
            return frames, pairs, depth
        # of the capsules of two bodies in a frame the deepest
        names = frames * len(self.body_pairs) + self._pair_rows[pairs]
        order = np.lexsort((-depth, names))
        names, depth = names[order], depth[order]
        first = np.flatnonzero(np.diff(names, prepend=-1))
        return names[first] // len(self.body_pairs), names[first] % len(self.body_pairs), depth[first]

    def nearest(self, pos: FloatArray, quat: FloatArray, within: float) -> Nearness:
        """Find all pairs of capsules that are nearer to one another than a distance.

        Args:
            pos: (F, B, 3) of the bodies in the world, metres.
            quat: (F, B, 4) wxyz of the bodies.
            within: metres between their surfaces.
        """
        starts, ends = self.placed(pos - pos[:, :1], quat)
        frames, pairs = self._near(starts, ends, -within)
        first, second = self.pairs[pairs].T
        # the points of both segments that are nearest to each other
        start, end = starts[first, :, frames], ends[first, :, frames]
        other_start, other_end = starts[second, :, frames], ends[second, :, frames]
        share, other_share = segment_shares(start, end, other_start, other_end)
        one = start + share[:, None] * (end - start)
        other = other_start + other_share[:, None] * (other_end - other_start)
        gaps = norm(one - other) - self.radii[first] - self.radii[second]
        near = gaps < within
        places = np.stack([one, other], axis=1)[near] + pos[frames[near], :1]
        bodies = np.stack([self.bodies[first], self.bodies[second]], axis=1)[near]
        return Nearness(frames[near], pairs[near], bodies, places, gaps[near])

    def distances(self, pos: FloatArray, quat: FloatArray) -> FloatArray:
        """Return (F, P) metres between the surfaces of each of `pairs`; negative is the depth of an overlap.

        Args:
            pos: (F, B, 3) of the bodies in the world, metres.
            quat: (F, B, 4) wxyz of the bodies.
        """
        starts, ends = self.placed(pos, quat)
        frames, pairs = np.divmod(np.arange(len(pos) * len(self.pairs)), len(self.pairs))
        return self._gaps(starts, ends, self.pairs[pairs], frames).reshape(len(pos), -1)

    def low_points(self, pos: FloatArray, quat: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return the bodies (P,) and the places (F, P, 3) of the points under capsules' ends, but feet's and ankles'.

        Args:
            pos: (F, B, 3) of the bodies in the world, metres.
            quat: (F, B, 4) wxyz of the bodies.
        """
        rows = self._ends_off_feet
        points = np.concatenate(self.placed(pos, quat))[rows]
        points[:, 2] -= np.tile(self.radii, 2)[rows, None]
        return np.tile(self.bodies, 2)[rows], np.moveaxis(points, 2, 0)

    @cached_property
    def _ends_off_feet(self) -> IntArray:
        """Rows of the starts, then of the ends, that are neither of feet nor at their ankles."""
        model = self.model
        feet = list(map(model.bodies.index, model.robot.feet))
        still = np.zeros((1, 3)), rotations.IDENTITY[None], np.zeros((1, len(model.joints)))
        ankles = model.body_poses(*still)[0][0, feet]
        ends = np.concatenate(self.placed(*model.body_poses(*still)))[:, :, 0]
        far = norm(ends[:, None] - ankles).min(axis=1) > _ANKLE
        return np.flatnonzero(far & ~np.isin(np.tile(self.bodies, 2), feet)).astype(np.int64)

    def lowest(self, pos: FloatArray, quat: FloatArray) -> FloatArray:
        """Return (F, B) the height of the lowest place of each body; infinity without capsules.

        Args:
            pos: (F, B, 3) of the bodies in the world, metres.
            quat: (F, B, 4) wxyz of the bodies.
        """
        starts, ends = self.placed(pos, quat)
        heights = np.minimum(starts[:, 2], ends[:, 2]) - self.radii[:, None]
        found = np.full((len(self.model.bodies), len(pos)), np.inf)
        np.minimum.at(found, self.bodies, heights)
        return found.T

    def placed(self, pos: FloatArray, quat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the ends of all capsules in the world, (C, 3, F) each: distances are fastest with frames last."""
        ends = np.empty((len(self.bodies), 2, 3, len(pos)))
        # frames last here too, for the product
        poses = np.empty((pos.shape[1], 12, len(pos)))
        poses[:, :9] = np.moveaxis(rotations.to_matrix(quat).reshape(*quat.shape[:-1], 9), 0, -1)
        poses[:, 9:] = np.moveaxis(pos, 0, -1)
        for body, rows, shares in self._linear:
            ends[rows] = (shares @ poses[body]).reshape(len(rows), 2, 3, -1)
        return ends[:, 0], ends[:, 1]

    @cached_property
    def _linear(self) -> list[tuple[int, IntArray, FloatArray]]:
        """Bodies, the rows of their capsules, and how each coordinate of these is linear in the 12 numbers of a pose.

        So one product is enough for all frames.
        """
        found: list[tuple[int, IntArray, FloatArray]] = []
        for body in np.unique(self.bodies).tolist():
            rows = np.flatnonzero(self.bodies == body).astype(np.int64)
            local = np.stack([self.starts[rows], self.ends[rows]], axis=1)
            shares = np.zeros((*local.shape, 12))
            for axis in range(3):
                shares[..., axis, 3 * axis : 3 * axis + 3] = local
                shares[..., axis, 9 + axis] = 1.0
            found.append((body, rows, shares.reshape(-1, 12)))
        return found

    @cached_property
    def _pair_rows(self) -> IntArray:
        """(P,) the row in `body_pairs` of each of `pairs`."""
        size = len(self.model.bodies)
        names, rows = self.bodies[self.pairs] @ [size, 1], self.body_pairs @ [size, 1]
        return np.searchsorted(rows, names).astype(np.int64)

    def _near(self, starts: FloatArray, ends: FloatArray, least: float) -> tuple[IntArray, IntArray]:
        """Return frames and rows of `pairs` whose bounding spheres are close enough to be checked.

        Spheres around whole bodies are checked first, then those around each capsule.
        """
        middle = ((starts + ends) / 2.0).astype(np.float32)
        share, sizes = self._spheres
        centres = np.tensordot(share, middle, axes=1)
        one, other = self.body_pairs.T
        numbers, close = _within(centres, one, other, sizes[one] + sizes[other] - least)
        edges = np.searchsorted(numbers, np.arange(len(self.body_pairs) + 1)).tolist()
        found: list[IntArray] = []
        for (start, stop), (rows, capsules, first, second) in zip(pairwise(edges), self._capsules_of, strict=True):
            if start < stop:
                there = close[start:stop]
                points = middle[capsules] if stop - start == middle.shape[-1] else middle[capsules][:, :, there]
                pairs, frames = _within(points, first, second, self._reaches[rows] - least)
                found.append(np.stack([there[frames], pairs + rows.start]))
        if not found:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        frames, pairs = np.concatenate(found, axis=1)
        return frames, pairs

    @cached_property
    def _capsules_of(self) -> list[tuple[slice, IntArray, IntArray, IntArray]]:
        """For each of `body_pairs` its rows of `pairs`, its capsules, and each row's first and second among these."""
        edges = np.searchsorted(self._pair_rows, np.arange(len(self.body_pairs) + 1)).tolist()
        found: list[tuple[slice, IntArray, IntArray, IntArray]] = []
        for start, stop in pairwise(edges):
            capsules, places = np.unique(self.pairs[start:stop], return_inverse=True)
            first, second = places.reshape(-1, 2).T.astype(np.int64)
            found.append((slice(start, stop), capsules.astype(np.int64), first, second))
        return found

    @cached_property
    def _reaches(self) -> FloatArray:
        """(P,) metres between the middles of `pairs` beyond which they can't touch."""
        return np.asarray(self._reach[self.pairs].sum(axis=1), dtype=np.float64)

    @cached_property
    def _reach(self) -> FloatArray:
        """(C,) metres from the middle of each capsule to its ends."""
        return norm(self.ends - self.starts) / 2.0 + self.radii

    @cached_property
    def _spheres(self) -> tuple[npt.NDArray[np.float32], FloatArray]:
        """The sphere around each body: each capsule's share (B, C) in its centre, and its radius (B,)."""
        count = len(self.model.bodies)
        share = (self.bodies == np.arange(count)[:, None]).astype(np.float32)
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1.0)
        local = (self.starts + self.ends) / 2.0
        away = norm(local - (share @ local)[self.bodies]) + self._reach
        sizes = np.zeros(count)
        np.maximum.at(sizes, self.bodies, away)
        return share, sizes

    def _gaps(self, starts: FloatArray, ends: FloatArray, pairs: IntArray, frames: IntArray | int = 0) -> FloatArray:
        first, second = pairs.T
        between = segment_distances(
            starts[first, :, frames], ends[first, :, frames], starts[second, :, frames], ends[second, :, frames]
        )
        return between - self.radii[first] - self.radii[second]

    def _at_rest(self) -> tuple[FloatArray, FloatArray]:
        model = self.model
        pose = model.body_poses(np.zeros((1, 3)), rotations.IDENTITY[None], np.zeros((1, len(model.joints))))
        return self.placed(*pose)


@lru_cache(maxsize=len(VARIANTS))
def g1_capsules(variant: Variant = "29dof") -> G1Capsules:
    """Return the capsules of a robot, of a G1 with rubber hands, which also stand for hands with fingers.

    Links joined by fixed joints are one body, and never collide.
    """
    if variant in WHOLE_ROBOTS:
        table = table_of(variant)["capsules"]
    else:
        table = json.loads(CAPSULES_FILE.read_text(encoding="utf-8"))
    model, carried = g1_variant(variant), carriers(variant)
    count = len(table["rows"])
    bodies, radii = np.empty(count, dtype=np.int64), np.empty(count)
    starts, ends = np.empty((count, 3)), np.empty((count, 3))
    for number, row in enumerate(table["rows"]):
        capsule = dict(zip(table["columns"], row, strict=True))
        # of a body that fixed joints weld to another one, in that one's frame
        carrier, carrier_from_body = carried[str(capsule["body"])]
        bodies[number], radii[number] = model.bodies.index(carrier), capsule["radius_m"]
        starts[number] = (carrier_from_body @ [*capsule["start_m"], 1.0])[:3]
        ends[number] = (carrier_from_body @ [*capsule["end_m"], 1.0])[:3]
    return G1Capsules(model, bodies, starts, ends, radii)


def _within(
    points: npt.NDArray[np.float32], first: IntArray, second: IntArray, distance: FloatArray
) -> tuple[IntArray, IntArray]:
    """Return which pairs (N,) of points (C, 3, F) are within a distance at which frames, with a margin for rounding.

    Args:
        points: single precision.
        first: rows (N,) of the pairs' first points.
        second: and of their second ones.
        distance: (N,) of each pair, metres.
    """
    squared = np.zeros((len(first), points.shape[-1]), np.float32)
    for axis in range(3):
        coordinate = points[:, axis]
        apart = coordinate[first]
        apart -= coordinate[second]
        apart *= apart
        squared += apart
    limit = ((np.maximum(distance, 0.0) + _ROUNDING) ** 2).astype(np.float32)
    return np.divmod(np.flatnonzero(squared < limit[:, None]), max(points.shape[-1], 1))


def segment_distances(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    """Return the least distances (...) between segments `a` to `b` and `c` to `d`, all (..., 3)."""
    s, t = segment_shares(a, b, c, d)
    apart = (a - c) + s[..., None] * (b - a) - t[..., None] * (d - c)
    return np.sqrt(rotations.dot(apart, apart))


def segment_shares(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how far (...) along segments `a` to `b` and `c` to `d`, all (..., 3), they are nearest, 0 to 1 each."""
    along, across, between = b - a, d - c, a - c
    aa, bb = rotations.dot(along, along), rotations.dot(across, across)
    ab, ac, bc = rotations.dot(along, across), rotations.dot(along, between), rotations.dot(across, between)
    # where the two lines are nearest; for parallel ones the first segment's start, as good as any
    span = aa * bb - ab * ab
    s = np.clip(np.where(span > _TINY * aa * bb, (ab * bc - ac * bb) / np.maximum(span, _TINY**2), 0.0), 0.0, 1.0)
    # then the nearest point on the second segment, and that on the first after clipping
    t = np.clip((ab * s + bc) / np.maximum(bb, _TINY), 0.0, 1.0)
    return np.clip((ab * t - ac) / np.maximum(aa, _TINY), 0.0, 1.0), t
