"""One person's landmarks through a piece of a clip, from frame to frame.

Each frame's landmarks tell where to look in the next. The path that the detector found through the whole clip guards
this: where a fast move or someone in front would hand over to another person, the person is looked for again.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..motion.rotations import norm
from . import products
from .checkpoints import Arrays
from .crops import Frame, Region, blur_of
from .landmarks import SURE, LandmarkFinder, SeenBody
from .people import PersonPath, distance, grown
from .person_detector import PersonDetector
from .person_track import LANDMARKS

_OFF_THE_PATH = 0.2  # of the region's size
_JUMP_A_SEC = 4.0  # of the region's size that someone moves at most
_OTHER_SIZE = 1.6  # times larger or smaller than on the path
PATH_SEC = 1.0
"""Between samples up to which a path is known in between."""
_TOGETHER = 0.15  # of the region's size: people so near are told apart only if one of them clearly fits better
_CLEARLY = 1 / 3  # of how badly the other one fits
_NEXT_TO, _NEARER = 0.35, 1.1  # of a region's size, half a metre at each one's distance; and times larger
_STILL = 0.02  # of the region's size that any landmark moves from frame to frame: then both show nearly the same
_SIZE_COUNTS = 0.2  # against a distance of one region's size, see `people`


@dataclass(frozen=True)
class Window:
    """A part of all frames of a piece: what is around the person, with fewer pixels where there are more than needed.

    Attributes:
        left: of the frame's columns, the first.
        top: of the frame's rows, the first.
        times: how many pixels of the frame one of the window is long.
    """

    left: int
    top: int
    times: int

    def inwards(self, region: Region) -> Region:
        """Return a region of the frame as one of the window."""
        x, y = (region.x - self.left) / self.times, (region.y - self.top) / self.times
        return Region(x, y, region.size / self.times, region.angle)

    def outwards(self, region: Region) -> Region:
        """Return a region of the window as one of the frame."""
        x, y = region.x * self.times + self.left, region.y * self.times + self.top
        return Region(x, y, region.size * self.times, region.angle)

    def body_outwards(self, seen: SeenBody) -> SeenBody:
        """Return a body seen in the window as seen in the frame."""
        return replace(seen, pixels=seen.pixels * self.times + (self.left, self.top), region=self.outwards(seen.region))


@dataclass(frozen=True, eq=False)
class Piece:
    """Consecutive frames, and who is to be followed in them.

    Attributes:
        first: index of the first frame.
        frames: the window of each.
        window: where that is.
        person: who is to be followed.
        others: who else is there.
        fps: frames per second.
        is_of_many: whether it is of so long a film that one look at frames in which the person is still is enough.
    """

    first: int
    frames: Sequence[Frame]
    window: Window
    person: PersonPath
    others: Sequence[PersonPath]
    fps: float
    is_of_many: bool

    @property
    def longest(self) -> float:
        """Return how many frames samples of a path may be apart between which it is known."""
        return PATH_SEC * self.fps

    @property
    def jump(self) -> float:
        """Return how far someone moves from frame to frame at most, of the region's size."""
        return _JUMP_A_SEC / self.fps


class PersonFollower:
    """Finds one person in frame after frame, for one thread at a time."""

    def __init__(self, detect: PersonDetector, find: LandmarkFinder) -> None:
        self._detect, self._find = detect, find

    def follow(self, piece: Piece, done: Callable[[], None]) -> list[tuple[SeenBody | None, float]]:
        """Return what is seen of the person in each frame, in pixels of the whole frame, and how blurred it is.

        Args:
            done: called after each frame; what it raises ends the work.
        """
        last = piece.first + len(piece.frames)
        # both ways from the first sample in it, where the detector knows them
        samples = [frame for frame in piece.person.frames if piece.first <= frame < last]
        start = samples[0] if samples else piece.first
        found: dict[int, SeenBody | None] = {}
        blurs: dict[int, float] = {}
        for frames in (range(start, last), range(start - 1, piece.first - 1, -1)):
            before, seen = None, found.get(start)
            region = _region_of(seen)
            for index in frames:
                once = not products.are_tuned() or (piece.is_of_many and _is_still(before, seen))
                before, seen = seen, self._step(piece, index, region, once=once)
                found[index] = seen
                region = _region_of(seen)
                if region is not None:
                    blurs[index] = blur_of(piece.frames[index - piece.first], piece.window.inwards(region))
                done()
        return [(found[index], blurs.get(index, math.nan)) for index in range(piece.first, last)]

    def _step(self, piece: Piece, index: int, region: Region | None, *, once: bool) -> SeenBody | None:
        expected = piece.person.at(index, piece.longest)
        if region is not None:
            seen = self._look(piece, index, region, once=once)
            if distance(seen.region, region) <= piece.jump and _is_the_person(seen, expected, piece, index):
                return seen
        elif expected is not None:
            if index in piece.person.frames:
                seen = self._look(piece, index, expected, once=once)
            else:
                seen = self._look_anew(piece, index, expected)
            if _is_the_person(seen, expected, piece, index):
                return seen
        near = expected or region or piece.person.nearest_in_time(index)
        for again in sorted(self._detected(piece, index), key=lambda found: distance(found, near)):
            seen = self._look_anew(piece, index, again)
            if _is_the_person(seen, near, piece, index):
                return seen
        return None

    def _detected(self, piece: Piece, index: int) -> list[Region]:
        found = self._detect(piece.frames[index - piece.first])
        return [piece.window.outwards(detection.region) for detection in found]

    def _look(self, piece: Piece, index: int, region: Region, *, once: bool) -> SeenBody:
        frame, inwards = piece.frames[index - piece.first], piece.window.inwards(region)
        seen = self._find.in_turn(frame, inwards, index) if once else self._find(frame, inwards)
        return piece.window.body_outwards(seen)

    def _look_anew(self, piece: Piece, index: int, region: Region) -> SeenBody:
        seen = self._find.anew(piece.frames[index - piece.first], piece.window.inwards(region))
        return piece.window.body_outwards(seen)


def arrays_of(seen: Sequence[tuple[SeenBody | None, float]]) -> Arrays:
    """Return what was seen in each frame as arrays, named as those of a `PersonTrack`, and the blur (F,)."""
    frames, count = len(seen), len(LANDMARKS)
    pixels, body_metres = np.full((frames, count, 2), np.nan), np.full((frames, count, 3), np.nan)
    visibility, confidence, blurs = np.zeros((frames, count)), np.zeros(frames), np.empty(frames)
    for row, (body, blur) in enumerate(seen):
        blurs[row] = blur
        if body is not None:
            pixels[row], visibility[row] = body.pixels, body.visibility
            body_metres[row], confidence[row] = body.body, body.confidence
    return {
        "pixels": pixels,
        "visibility": visibility,
        "body": body_metres,
        "confidence": confidence,
        "blur": blurs,
    }


def _is_still(before: SeenBody | None, seen: SeenBody | None) -> bool:
    if before is None or seen is None:
        return False
    moved = norm(seen.pixels - before.pixels)[seen.visibility >= SURE]
    return len(moved) > 0 and float(moved.max()) < _STILL * seen.region.size


def _region_of(seen: SeenBody | None) -> Region | None:
    return None if seen is None else seen.region


def _is_the_person(seen: SeenBody, expected: Region | None, piece: Piece, index: int) -> bool:
    """Whether there is someone, near the path, and not rather someone else."""
    if seen.confidence < SURE:
        return False
    nearest, least_unlike = math.inf, math.inf
    for other in piece.others:
        theirs = other.at(index, piece.longest)
        if theirs is not None:
            nearest = min(nearest, distance(seen.region, theirs))
            least_unlike = min(least_unlike, _unlike(seen.region, theirs))
    # behind someone, perhaps, who must not be taken for them
    if expected is None:
        return least_unlike > _OFF_THE_PATH
    off = distance(seen.region, expected)
    if off > _OFF_THE_PATH or grown(seen.region, expected) > _OTHER_SIZE:
        return False
    mine = _unlike(seen.region, expected)
    if least_unlike < _CLEARLY * mine:
        return False
    return off < _TOGETHER or nearest >= off


def is_behind(one: Region, other: Region) -> bool:
    """Return whether someone may be hidden in part by another, who is nearer, or have landmarks that are theirs."""
    return distance(one, other) < _NEXT_TO and other.size > _NEARER * one.size


def _unlike(one: Region, other: Region) -> float:
    """How different two regions are in place and size, as a distance in regions."""
    return distance(one, other) + _SIZE_COUNTS * math.log(grown(one, other))
