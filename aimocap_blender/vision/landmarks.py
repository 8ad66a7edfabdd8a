"""The landmarks of a person in a region of a frame, found by BlazePose.

Its numbers (units of the outputs, refinement by heatmaps) are those of MediaPipe's public graph `pose_landmark`.
"""

from dataclasses import dataclass

import numpy as np

from ..motion.rotations import FloatArray, IntArray, norm
from .clip_solution.exchanges import PARTS, TALL
from .crops import Frame, Region, cropped
from .joints import OTHER_LANDMARK
from .network import Network, probabilities
from .network_graph import NetworkGraph, Picture
from .person_detector import region_around
from .person_track import LANDMARKS

SURE = 0.5
"""Confidence from which someone is there."""
_SIDE = 256  # of the network's picture
_BODY = len(LANDMARKS)
_HIPS, _FAR = 33, 34  # of the network's other points
_SWAPPED = [*OTHER_LANDMARK, *range(_BODY, 39)]  # the network's other points have no side
_REACH = 3  # cells of a heatmap around a landmark that refine it
_CLEAR = 0.5  # of a heatmap, which then refines


@dataclass(frozen=True, eq=False)
class SeenBody:
    """One person in one frame; arrays as in `PersonTrack`, of this frame.

    Attributes:
        pixels: (33, 2).
        visibility: (33,).
        body: (33, 3).
        confidence: from 0 to 1 that a person is there.
        region: where to look in the next frame.
    """

    pixels: FloatArray
    visibility: FloatArray
    body: FloatArray
    confidence: float
    region: Region


@dataclass(frozen=True, eq=False)
class _Look:
    """The outputs for one picture: places (39, 2) from 0 to 1, visibility (33,), body (33, 3), confidence."""

    places: FloatArray
    visibility: FloatArray
    body: FloatArray
    confidence: float

    def mirrored(self) -> "_Look":
        """Return what the mirror image of the picture shows."""
        places = np.array([1.0, 0.0]) + self.places * (-1.0, 1.0)
        body = self.body[OTHER_LANDMARK] * (-1.0, 1.0, 1.0)
        return _Look(places[_SWAPPED], self.visibility[OTHER_LANDMARK], body, self.confidence)

    def sided_as(self, other: "_Look") -> "_Look":
        """Return it with left and right of arms, legs and head as another look at the same picture has them."""
        order = np.arange(_BODY)
        for part in PARTS:
            own = np.flatnonzero(part)
            exchanged = OTHER_LANDMARK[own]
            if self._apart(other, own, exchanged) < self._apart(other, own, own):
                order[own] = exchanged
        places = self.places.copy()
        places[:_BODY] = self.places[order]
        return _Look(places, self.visibility[order], self.body[order], self.confidence)

    def _apart(self, other: "_Look", there: IntArray, here: IntArray) -> float:
        """Return how far apart landmarks of both are, of the person's size: in the picture and in the body."""
        in_picture = norm(other.places[there] - self.places[here]).mean()
        return float(in_picture + norm(other.body[there] - self.body[here]).mean() / TALL)


class LandmarkFinder:
    """The landmark network, for one thread at a time."""

    def __init__(self, graph: NetworkGraph) -> None:
        self._network = Network(graph)

    def __call__(self, frame: Frame, region: Region) -> SeenBody:
        """Return the person in the region, whether there is one or not: see the confidence."""
        return self.of_picture(_picture(frame, region), region)

    def of_picture(self, picture: Picture, region: Region) -> SeenBody:
        """Return the same for what a region shows, as the network takes it.

        The network looks at the picture and at its mirror image, whose errors differ: the mean has smaller ones. If it
        takes a chest for a back in one of them, arms and legs would come together in the middle.
        """
        look = self._look(picture)
        return _seen(region, look, self._look(picture[:, ::-1]).mirrored().sided_as(look))

    def in_turn(self, frame: Frame, region: Region, index: int) -> SeenBody:
        """Return the same in half the time, for a clip: looks at even frames as they are, at odd ones mirrored.

        Over all frames, which are solved together, this is nearly as good where the person moves little.
        """
        picture = _picture(frame, region)
        look = self._look(picture[:, ::-1]).mirrored() if index % 2 else self._look(picture)
        return _seen(region, look, look)

    def roughly(self, frame: Frame, region: Region) -> SeenBody:
        """Return the same in half the time, with larger errors; the confidence is the same."""
        look = self._look(_picture(frame, region))
        return _seen(region, look, look)

    def anew(self, frame: Frame, region: Region) -> SeenBody:
        """Return the person in a region that is rough, as the detector's are: what is seen in it gives a better one."""
        seen = self.roughly(frame, region)
        return self(frame, seen.region) if seen.confidence >= SURE else seen

    def _look(self, picture: Picture) -> _Look:
        outputs = self._network(picture)
        points = outputs["landmarks"].reshape(-1, 5).astype(np.float64)
        return _Look(
            places=_refined(points[:, :2] / _SIDE, outputs["heatmaps"]),
            visibility=probabilities(points[:_BODY, 3]),
            body=outputs["world"].reshape(-1, 3)[:_BODY].astype(np.float64),
            confidence=float(outputs["presence"].ravel()[0]),
        )


def _picture(frame: Frame, region: Region) -> Picture:
    return cropped(frame, region, _SIDE) / np.float32(255)


def _seen(region: Region, look: _Look, other: _Look) -> SeenBody:
    """The mean of two looks; the confidence is the first one's."""
    pixels = region.to_frame((look.places + other.places) / 2.0)
    body = (look.body + other.body) / 2.0
    # from the axes of a region that is turned with the body to the camera's; depth stays
    body[:, :2] = body[:, :2] @ (region.axes() / region.size).T
    return SeenBody(
        pixels=pixels[:_BODY],
        visibility=(look.visibility + other.visibility) / 2.0,
        body=body,
        confidence=look.confidence,
        region=region_around(pixels[_HIPS], pixels[_FAR]),
    )


def _refined(places: FloatArray, heatmaps: Picture) -> FloatArray:
    """The places (N, 2) from 0 to 1, each moved to the middle of the heat around it where that is clear."""
    size = np.array(heatmaps.shape[1::-1])
    middles = places * size
    # (N, 2, 7) columns and rows of the square of cells around each place
    cells = np.floor(middles).astype(np.int64)[..., None] + np.arange(-_REACH, _REACH + 1)
    inside = (cells >= 0) & (cells < size[:, None])
    x, y = cells.clip(0, size[:, None] - 1).swapaxes(0, 1)
    # (N, rows, columns) each place's own heatmap there; cells beyond its edge have none
    heat = probabilities(heatmaps[y[:, :, None], x[:, None], np.arange(len(places))[:, None, None]])
    heat *= inside[:, 1, :, None] & inside[:, 0, None]
    # the mean of the cells, by their heat
    along, down = heat.sum(1), heat.sum(2)
    total = np.maximum(heat.sum((1, 2)), _CLEAR)
    refined = np.stack([(along * x).sum(1) / total, (down * y).sum(1) / total], 1) / size
    # the place itself must be on the heatmap
    clear = inside[..., _REACH].all(1) & (heat.max((1, 2)) >= _CLEAR)
    return np.where(clear[:, None], refined, places)
