"""All people in a frame, found by BlazePose's detector.

Its numbers (anchors, thresholds, the meaning of its outputs) are those of MediaPipe's public graph `pose_detection`.
"""

import threading
from dataclasses import dataclass

import numpy as np

from ..motion.rotations import FloatArray, IntArray
from .crops import Frame, Region, cropped
from .network import Network, probabilities
from .network_graph import NetworkGraph

_SIDE = 224  # of the network's picture
_GRIDS = ((8, 2), (16, 2), (32, 6))  # pixels from anchor to anchor, and how many share a place
_LIKELY = 0.3  # enough for someone who was seen before; more is asked of a newcomer
_SAME = 0.3  # overlap from which two boxes are one person's
MARGIN = 1.25
"""Of a region around the circle through feet and head."""


@dataclass(frozen=True)
class Detection:
    """A person in a frame.

    Attributes:
        score: from 0 to 1.
        region: the square around the whole body, turned with it.
    """

    score: float
    region: Region


class PersonDetector:
    """The detector; threads that call it at once wait for each other."""

    def __init__(self, graph: NetworkGraph) -> None:
        self._network = Network(graph)
        self._anchors = _anchors()
        self._lock = threading.Lock()

    def __call__(self, frame: Frame) -> list[Detection]:
        """Return the people in the frame, the likeliest first."""
        height, width = frame.shape[:2]
        whole = Region(width / 2, height / 2, max(width, height))
        picture = cropped(frame, whole, _SIDE) / np.float32(127.5) - 1
        with self._lock:
            outputs = self._network(picture)
        scores = probabilities(outputs["scores"][:, 0])
        likely = scores > _LIKELY
        scores, anchors = scores[likely], self._anchors[likely]
        places = outputs["boxes"][likely].reshape(-1, 6, 2).astype(np.float64) / _SIDE
        # of each box the middle, the middle of the hips and the point far above it, and its size
        points, sizes = places[:, [0, 2, 3]] + anchors[:, None], places[:, 1]
        found: list[Detection] = []
        for group in _groups(points[:, 0], sizes, scores):
            _, hips, far = np.average(points[group], axis=0, weights=scores[group])
            hips, far = whole.to_frame(np.stack([hips, far]))
            found.append(Detection(float(scores[group[0]]), region_around(hips, far)))
        return found


def region_around(hips: FloatArray, far: FloatArray) -> Region:
    """Return the region of a body.

    Args:
        hips: (2,) the middle of the hips, pixels.
        far: (2,) the point straight above it on the circle around the whole body, pixels.
    """
    x, y = far - hips
    return Region(float(hips[0]), float(hips[1]), float(2 * MARGIN * np.hypot(x, y)), float(np.arctan2(x, -y)))


def _groups(centres: FloatArray, sizes: FloatArray, scores: FloatArray) -> list[IntArray]:
    """Boxes of the same person, from the likeliest person and box on; (N,) indices each."""
    low, high = centres - sizes / 2, centres + sizes / 2
    areas = sizes.prod(1)
    left = np.argsort(-scores, kind="stable").astype(np.int64)
    groups: list[IntArray] = []
    while len(left):
        # overlap with the likeliest box that is left: what both cover, of what either does
        shared = np.minimum(high[left], high[left[0]]) - np.maximum(low[left], low[left[0]])
        shared = shared.clip(0).prod(1)
        same = shared > _SAME * (areas[left] + areas[left[0]] - shared)
        # a box of no area doesn't overlap itself, and would never go
        same[0] = True
        groups.append(left[same])
        left = left[~same]
    return groups


def _anchors() -> FloatArray:
    """The places (2254, 2) that the network's boxes are relative to, of a picture from 0 to 1."""
    grids: list[FloatArray] = []
    for step, count in _GRIDS:
        middles = (np.arange(_SIDE // step) + 0.5) * step / _SIDE
        grid = np.stack(np.meshgrid(middles, middles), -1).reshape(-1, 2)
        grids.append(np.repeat(grid, count, axis=0))
    return np.concatenate(grids)
