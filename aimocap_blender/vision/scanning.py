"""The first look through a clip, at a few frames per second: its cuts, the people in it, whether the camera moves."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, field
from itertools import chain, pairwise, starmap
from typing import Any

import numpy as np

from ..motion.rotations import FloatArray, IntArray
from .camera_motion import CameraMotion
from .checkpoints import Arrays, Checkpoints
from .crops import Frame, Region, colour_copy
from .landmarks import LandmarkFinder, SeenBody
from .network_graph import Picture
from .people import FollowedPath, PeopleFollower, PersonPath, grouped, searched, usual_clothes
from .person_detector import PersonDetector

_LEVELS = 6  # of 255 by which a block has changed: more than noise
MUCH_CHANGED = 0.5
"""Of the blocks: the scene is another, or moved."""
_STEEPER = 2.5  # than every other step nearby

_A_SECOND = 4  # frames looked at
_IN_VIEW = 0.5  # visibility from which a landmark counts
_MARGIN = 0.05  # of a box around the landmarks, of its longer side
_COMPARED = 12  # shots before one, with whose backgrounds its own is compared
_PART = "scan"  # of the checkpoints

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, pixels."""


class CutFinder:
    """Finds the cuts of a clip whose samples are shown to it in order."""

    def __init__(self, picture: Callable[[int], Frame]) -> None:
        """Start before the first sample.

        Args:
            picture: reads a frame.
        """
        self.cuts: list[int] = []
        """The frames that start a new shot."""
        self._picture = picture
        self._samples: list[tuple[int, Picture]] = []

    def show(self, index: int, frame: Frame) -> None:
        """Look at the next sample; if it is of another scene, find where that starts."""
        copy = colour_copy(frame)
        self._samples = [*self._samples[-2:], (index, copy)]
        if len(self._samples) == 1 or changed(self._samples[-2][1], copy) < MUCH_CHANGED:
            return
        # all frames between the two samples are only read where much has changed
        before, copy_before = self._samples[-2]
        between = map(self._picture, range(before + 1, index))
        copies = [copy_before, *map(colour_copy, between), copy]
        steps = np.array(list(starmap(changed, pairwise(copies))))
        # a cut is one step; a camera that is swung, or a fade, changes as much in each of several. The steps next to it
        # don't count, as a frame may be blended of both shots
        steepest = int(np.argmax(steps))
        others = np.delete(steps, [steepest, max(steepest - 1, 0), min(steepest + 1, len(steps) - 1)])
        if steps[steepest] < MUCH_CHANGED or (others.size and steps[steepest] < _STEEPER * others.max()):
            return
        self._add(before + 1 + steepest)

    def _add(self, cut: int) -> None:
        """A cut; but if the sample two ago shows the same scene, what was between them was a flash."""
        first, copy = self._samples[0]
        second, _ = self._samples[1]
        between = bool(self.cuts) and first < self.cuts[-1] <= second < cut
        if between and changed(copy, self._samples[-1][1]) < MUCH_CHANGED:
            self.cuts.pop()
        else:
            self.cuts.append(cut)


def changed(one: Picture, other: Picture) -> float:
    """Return the share of blocks that differ in two colour copies."""
    return float((np.abs(one - other).max(-1) > _LEVELS).mean())


@dataclass(frozen=True)
class ClipFrames:
    """The frames of a clip, as whoever has them hands them out.

    Attributes:
        count: how many.
        fps: frames per second.
        picture: reads a frame by its index, from 0; called from one thread only.
    """

    count: int
    fps: float
    picture: Callable[[int], Frame] = field(repr=False)


@dataclass(frozen=True)
class PersonSeen:
    """Someone in the clip.

    Attributes:
        first: index of the first frame that was looked at in which they are.
        last: index of the last.
        box: around them in the first.
    """

    first: int
    last: int
    box: Box

    @property
    def middle(self) -> tuple[float, float]:
        """Return the middle of the box."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


@dataclass(frozen=True, eq=False)
class Scan:
    """A clip after the first look.

    Attributes:
        size: width and height of the frames.
        shots: first frame, and the one after the last, of each.
        people: those who stay largest and longest first.
        paths: of the same people, one for each shot that they are in, in order of time.
        moving: the shots in which the camera may move.
        step: frames between samples.
        cameras: (S,) for each sample the first one that the same camera saw, of those in other shots.
        views: (S, 3, 3) homographies from each sample's pixels to those of that first one.
    """

    size: tuple[int, int]
    shots: tuple[tuple[int, int], ...]
    people: tuple[PersonSeen, ...]
    paths: tuple[tuple[PersonPath, ...], ...]
    moving: frozenset[int]
    step: int
    cameras: IntArray
    views: FloatArray

    @property
    def cuts(self) -> tuple[int, ...]:
        """Return the frames that start a new shot."""
        return tuple(first for first, _ in self.shots[1:])

    def shot_of(self, path: PersonPath) -> int:
        """Return the number of the shot that a path is in."""
        return _shot_at(self.shots, path.frames[0])

    def nearest_sample(self, frame: int, frames: range) -> tuple[int, int]:
        """Return the number of the sample nearest to a frame among others of its shot, and its own frame."""
        last = self.shots[-1][1] - 1
        samples = np.minimum(np.arange(len(self.cameras)) * self.step, last)
        inside = np.flatnonzero((samples >= frames.start) & (samples < frames.stop))
        nearest = int(inside[np.argmin(np.abs(samples[inside] - frame))])
        return nearest, int(samples[nearest])

    def others_than(self, path: PersonPath) -> list[PersonPath]:
        """Return all other paths, of whomever."""
        return [other for other in chain.from_iterable(self.paths) if other is not path]


def samples_of(count: int, fps: float) -> list[int]:
    """Return the frames that the first look is at, of so many at so many a second."""
    return [*range(0, count - 1, _step(fps)), count - 1]


def scan(
    clip: ClipFrames, detect: PersonDetector, find: LandmarkFinder, checkpoints: Checkpoints | None = None
) -> Iterator[Scan | None]:
    """Look through the clip, unless its checkpoints hold the result; yields None after each sample, then the result."""
    checkpoints = checkpoints or Checkpoints()
    kept = checkpoints.kept(_PART)
    if kept is None:
        scanner = _Scanner(clip, detect, find, checkpoints)
        for index in samples_of(clip.count, clip.fps):
            scanner.show(index, clip.picture(index))
            yield None
        kept = checkpoints.keep(_PART, _arrays_of(scanner.result()))
    yield _scan_of(kept)


def _step(fps: float) -> int:
    return max(round(fps / _A_SECOND), 1)


class _Scanner:
    def __init__(
        self, clip: ClipFrames, detect: PersonDetector, find: LandmarkFinder, checkpoints: Checkpoints
    ) -> None:
        self._clip = clip
        self._cuts = CutFinder(clip.picture)
        self._people = PeopleFollower(detect, find, lambda frame: searched(detect, frame), clip.fps, checkpoints)
        self._cameras: list[_Camera] = []
        self._size = (0, 0)

    def show(self, index: int, frame: Frame) -> None:
        self._size = frame.shape[1], frame.shape[0]
        before = len(self._cuts.cuts)
        self._cuts.show(index, frame)
        if len(self._cuts.cuts) > before:
            self._people.cut()
        people = self._people.show(index, frame)
        if self._cameras and len(self._cuts.cuts) == before:
            self._cameras[-1].motion.show(frame, people)
            return
        camera = CameraMotion(self._size)
        camera.show(frame, people)
        self._cameras.append(self._as_before(camera, index) or _Camera(camera, index, index, np.eye(3)))
        for older in self._cameras[:-_COMPARED]:
            older.motion.forget()

    def _as_before(self, motion: CameraMotion, start: int) -> "_Camera | None":
        """Return a camera that begins a shot, if it is one that filmed another shot shortly before."""
        for other in reversed(self._cameras[-_COMPARED:]):
            view = motion.to_earlier(other.motion)
            if view is not None:
                return _Camera(motion, start, other.first, other.view @ view)
        return None

    def result(self) -> Scan:
        ends = [*self._cuts.cuts, self._clip.count]
        shots = tuple(zip([0, *ends[:-1]], ends, strict=True))
        # whoever was found late in a shot may have been in it before
        samples = samples_of(self._clip.count, self._clip.fps)
        for start, end in shots:
            self._people.trace_back([index for index in samples if start <= index < end], self._clip.picture)
        # who looks alike in several shots is one person, with a path in each
        found = self._people.paths
        clothes: list[FloatArray] = []
        shot_of_each: list[int] = []
        for path in found:
            clothes.append(usual_clothes(path.clothes))
            shot_of_each.append(_shot_at(shots, path.frames[0]))
        paths: list[tuple[FollowedPath, ...]] = []
        for group in grouped(clothes, shot_of_each):
            in_order_of_time = sorted(group)
            paths.append(tuple(map(found.__getitem__, in_order_of_time)))
        paths.sort(key=lambda own: -sum(map(FollowedPath.weight, own)))
        people: list[PersonSeen] = []
        for own in paths:
            first, last = own[0], own[-1]
            people.append(PersonSeen(first.frames[0], last.frames[-1], box_around(first.first)))
        # of each sample: the first one that its camera filmed, and how it saw it
        cameras: list[int] = []
        views: list[FloatArray] = []
        for camera in self._cameras:
            views.append(camera.views)
            cameras += [camera.first] * len(views[-1])
        return Scan(
            self._size,
            shots,
            tuple(people),
            tuple(paths),
            self._moving(shots),
            _step(self._clip.fps),
            np.array(cameras, dtype=np.int64),
            np.concatenate(views),
        )

    def _moving(self, shots: Sequence[tuple[int, int]]) -> frozenset[int]:
        """Return the numbers of the shots in which the camera may move; a flash that seemed a cut left two in one."""
        moving: set[int] = set()
        for camera in self._cameras:
            if camera.motion.may_move():
                moving.add(_shot_at(shots, camera.start))
        return frozenset(moving)


@dataclass(frozen=True, eq=False)
class _Camera:
    """A camera in one shot.

    Attributes:
        motion: as it is followed.
        start: the first sample.
        first: the first one of all shots that it filmed.
        view: the homography (3, 3) from `start` to `first`.
    """

    motion: CameraMotion
    start: int
    first: int
    view: FloatArray

    @property
    def views(self) -> FloatArray:
        """The homographies (N, 3, 3) from each sample of the shot to `first`."""
        return self.view @ self.motion.matrices()


def _arrays_of(scan: Scan) -> Arrays:
    # of all paths one after the other: whose each is, its length, and its frames and regions
    people: list[int] = []
    lengths: list[int] = []
    frames: list[int] = []
    regions: list[tuple[float, ...]] = []
    for number, own in enumerate(scan.paths):
        for path in own:
            people.append(number)
            lengths.append(len(path.frames))
            frames += path.frames
            regions += map(astuple, path.regions)
    seen: list[tuple[int, int]] = []
    boxes: list[Box] = []
    for person in scan.people:
        seen.append((person.first, person.last))
        boxes.append(person.box)
    # with a shape, as nobody may be there
    return {
        "size": np.array(scan.size),
        "shots": np.array(scan.shots),
        "seen": np.array(seen).reshape(-1, 2),
        "boxes": np.array(boxes).reshape(-1, 4),
        "moving": np.array(sorted(scan.moving), np.int64),
        "step": np.array(scan.step),
        "cameras": scan.cameras,
        "views": scan.views,
        "people": np.array(people, np.int64),
        "lengths": np.array(lengths, np.int64),
        "frames": np.array(frames, np.int64),
        "regions": np.array(regions).reshape(-1, 4),
    }


def _scan_of(arrays: Arrays) -> Scan:
    kept: dict[str, Any] = {name: values.tolist() for name, values in arrays.items()}
    ends: list[tuple[int, int]] = kept["seen"]
    seen = [PersonSeen(first, last, tuple(box)) for (first, last), box in zip(ends, kept["boxes"], strict=True)]
    paths: list[list[PersonPath]] = [[] for _ in seen]
    first = 0
    people: list[int] = kept["people"]
    for person, length in zip(people, kept["lengths"], strict=True):
        part = slice(first, first + length)
        regions = list(starmap(Region, kept["regions"][part]))
        paths[person].append(PersonPath(kept["frames"][part], regions))
        first += length
    return Scan(
        tuple(kept["size"]),
        tuple(map(tuple, kept["shots"])),
        tuple(seen),
        tuple(map(tuple, paths)),
        frozenset(kept["moving"]),
        kept["step"],
        arrays["cameras"].astype(np.int64),
        arrays["views"].astype(np.float64),
    )


def _shot_at(shots: Sequence[tuple[int, int]], frame: int) -> int:
    """Return the number of the shot that a frame is in; each begins where the one before it ends."""
    return bisect_right(shots, frame, key=lambda shot: shot[1])


def box_around(body: SeenBody) -> Box:
    """Return the box around what is in view of a body."""
    in_view = body.visibility > _IN_VIEW
    points = body.pixels[in_view] if in_view.any() else body.pixels
    low, high = points.min(0), points.max(0)
    margin = _MARGIN * float(np.max(high - low))
    left, top = low - margin
    right, bottom = high + margin
    return float(left), float(top), float(right), float(bottom)
