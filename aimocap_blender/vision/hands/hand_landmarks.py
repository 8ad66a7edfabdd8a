"""The landmarks of a hand in a region of a frame, found by MediaPipe Hands.

Its numbers are those of MediaPipe's public graphs `hand_landmark_tracking` and `holistic_landmark`.
"""

from dataclasses import dataclass

import numpy as np

from ...motion.rotations import FloatArray
from ..crops import Frame, Region, cropped
from ..network import Network
from ..network_graph import NetworkGraph

KNUCKLES = (5, 9, 13, 17)
"""The landmarks where index, middle, ring and little finger begin; the wrist is 0."""
_SIDE = 224  # of the network's picture
_LEADING = (5, 9, 9, 13)  # of these the mean is where the hand leads to, from the wrist
_PALM = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)  # around which the region is
_AROUND, _AROUND_POSE, _AHEAD = 2.0, 2.7, 0.1
"""A region's size, of what is around the palm's landmarks or of the box that the pose tells, and how far ahead it is,
of these."""


@dataclass(frozen=True, eq=False)
class SeenHand:
    """A hand in one frame.

    Attributes:
        pixels: (21, 2) the landmarks in the frame: wrist, then four for each finger from the thumb on.
        metres: (21, 3) as the network guesses them: camera axes (x right, y down, z away from the camera).
        presence: from 0 to 1 that a hand is there.
        right: from 0 to 1 that it is a right one.
    """

    pixels: FloatArray
    metres: FloatArray
    presence: float
    right: float


class HandFinder:
    """The hand network, for one thread at a time."""

    def __init__(self, graph: NetworkGraph) -> None:
        self._network = Network(graph)

    def __call__(self, frame: Frame, region: Region) -> SeenHand:
        """Return the hand in the region, whether there is one or not: see the presence."""
        outputs = self._network(cropped(frame, region, _SIDE) / np.float32(255))
        places = outputs["landmarks"].reshape(-1, 3)[:, :2].astype(np.float64) / _SIDE
        metres = outputs["world"].reshape(-1, 3).astype(np.float64)
        metres[:, :2] = metres[:, :2] @ (region.axes() / region.size).T
        presence, right = float(outputs["presence"][0]), float(outputs["handedness"][0])
        return SeenHand(region.to_frame(places), metres, presence, right)


def region_of_pose(wrist: FloatArray, index: FloatArray, pinky: FloatArray) -> Region:
    """Return where a hand is, of the pose's landmarks (2,) there."""
    middle = (2.0 * index + pinky) / 3.0
    ahead = middle - wrist
    size = 2.0 * max(float(np.hypot(*ahead)), 1.0)  # pixels: one that points at the camera may have none
    x, y = middle + 2.0 * _AHEAD * ahead
    return Region(float(x), float(y), _AROUND_POSE * size, _angle(ahead))


def region_of_hand(pixels: FloatArray) -> Region:
    """Return where a hand is, of its landmarks (21, 2)."""
    angle = _angle(pixels[list(_LEADING)].mean(axis=0) - pixels[0])
    turn = Region(0.0, 0.0, 1.0, angle).axes()
    points = pixels[list(_PALM)] @ turn
    low, high = points.min(axis=0), points.max(axis=0)
    wide, tall = high - low
    x, y = turn @ ((low + high) / 2.0 - (0.0, _AHEAD * tall))
    return Region(float(x), float(y), _AROUND * float(max(wide, tall)), angle)


def _angle(ahead: FloatArray) -> float:
    """The angle of a region in which this is upwards."""
    return float(np.arctan2(ahead[0], -ahead[1]))
