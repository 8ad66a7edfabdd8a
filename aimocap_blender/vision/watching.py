"""One person watched through a clip: who is there, and where their landmarks are in each frame."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import astuple, dataclass, replace
from itertools import chain, pairwise
from queue import SimpleQueue

import numpy as np
import numpy.typing as npt

from ..motion.rotations import BoolArray, FloatArray, IntArray, norm, step_lengths
from ..motion.spans import runs
from ..texts.faults import Fault
from ..texts.text import Text
from .camera_motion import CameraMotion
from .checkpoints import Arrays, Checkpoints, SoFar
from .crops import Region, reduced
from .following import PATH_SEC, PersonFollower, Piece, Window, arrays_of, is_behind
from .joints import BODY, LANDMARK
from .landmarks import LandmarkFinder
from .network_graph import PoseNetworks
from .people import PersonPath
from .person_detector import PersonDetector
from .person_track import PersonTrack
from .scanning import ClipFrames, PersonSeen, Scan, samples_of, scan

_PAIRS = LANDMARK[:BODY].reshape(-1, 2)
"""(6, 2) landmarks, from the shoulders to the ankles, whose middle is the same where left and right are exchanged."""
_SHOULDERS, _HIPS = 0, 3
_FAR = 0.25
"""Of the trunk's length, by which half of the body is elsewhere in the next frame: at cuts between parts of ten filmed
motions it was 0.4 to 0.62, within them 0.14 at most, at 25 to 30 frames per second."""
_FASTER = 3.0
"""Times as far as in any frame nearby: at those cuts at least 4.8, within the motions 1.7 at most."""
_NEARBY = 3
"""Frames before and after, in which the person is seen."""
_STILL = 0.02
"""Of the trunk's length: landmarks of someone who stands move by as much."""

_LONGEST_SEC = 2.0  # of a piece
_LEAST_FRAMES, _MOST_BYTES = 8, 10_000_000  # of a piece
_ROOM = 0.8  # of a region's size that the window reaches to each side of its middle
_NETWORK_SIDE = 256  # pixels of a region that are enough
_SEEN_SEC = 1.0  # for which someone is seen who counts among everyone
_MOST_PEOPLE = 8  # who are watched together: each takes as long as one alone
_MANY = 2700  # frames to look at, a minute and a half: in longer films the time counts more than 0.2 degrees
_SEEN = ("pixels", "visibility", "body", "confidence")  # of a track
_LOOK_UP_SEC = 0.05  # from one look at whether to stop to the next


class WatchingStopped(Exception):  # noqa: N818 -- no error: it was asked for
    """Someone asked to stop."""


@dataclass(frozen=True, eq=False)
class WatchedShot:
    """One person in one shot.

    Attributes:
        shot: first frame, and the one after the last, of the shot in which they were watched.
        first: the clip's frame that is the first of the track.
        track: of the person, from the first to the last frame in which they are seen.
        gaps: first frame, and the one after the last, of each span of the shot in which the person is not seen.
        blur: (F,) how blurred the person is, from 0 (sharp) to 1; NaN where not seen.
        camera_moves: in that shot.
        camera: the first frame that was looked at of those that the same camera filmed, in this shot or an earlier one.
        to_camera: the homography (3, 3) from the pixels of the track's first frame to those of that one.
        behind: (F,) whether someone nearer to the camera is seen next to them, or in front of them.
    """

    shot: tuple[int, int]
    first: int
    track: PersonTrack
    gaps: tuple[tuple[int, int], ...]
    blur: FloatArray
    camera_moves: bool
    camera: int
    to_camera: FloatArray
    behind: BoolArray


@dataclass(frozen=True, eq=False)
class Watched:
    """The result: one person in all shots in which they are seen.

    Attributes:
        people: all of them, those who stay largest and longest first.
        cuts: the frames that start a new shot.
        person: the number of who was watched; None if nobody is there.
        shots: those in which they are seen, in order of time.
    """

    people: tuple[PersonSeen, ...]
    cuts: tuple[int, ...]
    person: int | None = None
    shots: tuple[WatchedShot, ...] = ()


class Watching:
    """One look through a clip, on several threads; the frames are read on the calling one."""

    def __init__(
        self,
        clip: ClipFrames,
        networks: PoseNetworks,
        *,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
        stopped: Callable[[], bool] = lambda: False,
        threads: int = 2,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        """Prepare it.

        Args:
            clip: of one frame at least.
            networks: that see people.
            progress: told how many steps are done, and of how many; on the calling thread.
            stopped: asked often whether to stop; on the calling thread.
            threads: that run networks.
            checkpoints: of an earlier look at the same clip, which this one goes on with; None to keep none.
        """
        self._clip, self._threads = clip, threads
        self._checkpoints = checkpoints or Checkpoints()
        self._detect = PersonDetector(networks.detector)
        self._finders = [LandmarkFinder(networks.landmarks) for _ in range(threads)]
        self._progress, self._stopped = progress, stopped
        self._done, self._all = 0, len(samples_of(clip.count, clip.fps)) + clip.count
        self._needed = 0  # the first frame that isn't followed yet
        self._steps: SimpleQueue[None] = SimpleQueue()
        self._ending = threading.Event()

    def watch(self, chosen: PersonSeen | int = 0) -> Watched:
        """Watch a person through all shots that they are in.

        Args:
            chosen: of `people`, also of another look at the clip, or the number of one.

        Raises:
            Fault: fewer people are seen.
            WatchingStopped: asked to.
        """
        scanned = self._scan()
        if not scanned.people:
            return Watched(scanned.people, scanned.cuts)
        person = chosen if isinstance(chosen, int) else _nearest(scanned, chosen)
        if person >= len(scanned.people):
            # the motion of somebody else in their place would pass for theirs
            raise Fault(
                Text(
                    "There is no person {number} in this part of the video, which shows {count}.",
                    number=person + 1,
                    count=len(scanned.people),
                ),
                "Choose a lower number; 1 is the most prominent person.",
            )
        (watched,) = self._watch_each(scanned, [person])
        shots = tuple(chain.from_iterable(map(_without_jumps, watched.shots)))
        starts = {shot.shot[0] for shot in shots} - {0}
        return replace(watched, cuts=tuple(sorted(starts.union(watched.cuts))), shots=shots)

    def everyone(self) -> list[Watched]:
        """Watch each person who is seen long enough through all shots that they are in.

        Raises:
            WatchingStopped: asked to.
        """
        scanned = self._scan()
        lengths: list[float] = []
        for own in scanned.paths:
            samples = sum(len(path.frames) for path in own)
            lengths.append(samples * scanned.step / self._clip.fps)
        long = [person for person, seconds in enumerate(lengths) if seconds >= min(_SEEN_SEC, max(lengths))]
        return [found for found in self._watch_each(scanned, long[:_MOST_PEOPLE]) if found.shots]

    def _watch_each(self, scanned: Scan, people: Sequence[int]) -> list[Watched]:
        self._all -= self._clip.count
        for person in people:
            for path in scanned.paths[person]:
                self._all += len(_span(scanned, path))
        watched: list[Watched] = []
        for person in people:
            shots: list[WatchedShot] = []
            for path in scanned.paths[person]:
                shot = self._watch_shot(scanned, person, path, _span(scanned, path))
                if shot is not None:
                    shots.append(shot)
            watched.append(Watched(scanned.people, scanned.cuts, person if shots else None, tuple(shots)))
        return watched

    def _watch_shot(self, scanned: Scan, person: int, path: PersonPath, frames: range) -> WatchedShot | None:
        number = scanned.shot_of(path)
        start, end = scanned.shots[number]
        camera = CameraMotion(scanned.size) if number in scanned.moving else None
        seen = self._follow(scanned, person, path, frames, camera)
        known = np.flatnonzero(np.isfinite(seen["pixels"][:, 0, 0]))
        if not len(known):
            return None
        part = slice(int(known[0]), int(known[-1]) + 1)
        matrices = np.tile(np.eye(3), (len(frames), 1, 1)) if camera is None else camera.matrices()
        sample, at = scanned.nearest_sample(frames.start + part.start, frames)
        row = at - frames.start
        to_sample = np.linalg.inv(matrices[row : row + 1]) @ matrices[part]
        return WatchedShot(
            shot=(start, end),
            first=frames.start + part.start,
            track=_track(seen, part, self._clip.fps, scanned.size, matrices[part]),
            gaps=_gaps(known + frames.start, start, end),
            blur=seen["blur"][part],
            camera_moves=camera is not None and camera.moves(),
            camera=int(scanned.cameras[sample]),
            to_camera=scanned.views[sample] @ to_sample[0],
            behind=np.array([self._is_behind(scanned, path, frame) for frame in frames[part]]),
        )

    def _is_behind(self, scanned: Scan, path: PersonPath, frame: int) -> bool:
        longest = PATH_SEC * self._clip.fps
        own = path.at(frame, longest)
        if own is None:
            return False
        for other_path in scanned.others_than(path):
            other = other_path.at(frame, longest)
            if other is not None and is_behind(own, other):
                return True
        return False

    def _scan(self) -> Scan:
        samples = len(samples_of(self._clip.count, self._clip.fps))
        for result in scan(self._clip, self._detect, self._finders[0], self._checkpoints):
            if result is not None:
                self._advance(samples - self._done)
                return result
            self._advance(1)
        raise AssertionError

    def _advance(self, steps: int) -> None:
        if self._stopped():
            raise WatchingStopped
        self._done += steps
        self._checkpoints.so_far = SoFar(self._done / self._all, self._needed)
        self._progress(self._done, self._all)

    def _follow(
        self, scanned: Scan, person: int, path: PersonPath, frames: range, camera: CameraMotion | None
    ) -> dict[str, FloatArray]:
        """Return what is seen of someone in these frames, see `following.arrays_of`."""
        idle: SimpleQueue[PersonFollower] = SimpleQueue()
        for find in self._finders:
            idle.put(PersonFollower(self._detect, find))
        others = scanned.others_than(path)

        def work(name: str, piece: Piece) -> Arrays:
            follower = idle.get()
            try:
                return self._checkpoints.keep(name, arrays_of(follower.follow(piece, self._one_done)))
            finally:
                idle.put(follower)

        results: dict[int, Future[Arrays]] = {}
        self._needed = frames.start
        with ThreadPoolExecutor(self._threads, "aimocap-vision") as pool:
            try:
                for part in self._parts(scanned, path, frames):
                    first, name = part.frames.start, f"person_{person}_{part.frames.start:06d}"
                    kept = self._checkpoints.kept(name)
                    pictures = self._read(scanned, part, camera, (path, *others)) if kept is None or camera else []
                    if kept is None:
                        piece = Piece(first, pictures, part.window, path, others, self._clip.fps, self._all > _MANY)
                        results[first] = pool.submit(work, name, piece)
                    else:
                        results[first] = Future()
                        results[first].set_result(kept)
                        self._advance(len(part.frames))
                    self._wait(results, self._threads)
                    if camera is None:
                        self._needed = min((one for one, result in results.items() if not result.done()), default=first)
                self._wait(results, 0)
            except BaseException:
                self._ending.set()
                raise
        found = [result.result() for result in results.values()]
        joined: dict[str, FloatArray] = {}
        for name in found[0]:
            pieces = [piece[name] for piece in found]
            joined[name] = np.concatenate(pieces).astype(np.float64)
        return joined

    def _one_done(self) -> None:
        """After each frame, on the threads that run networks."""
        if self._ending.is_set():
            raise WatchingStopped
        self._steps.put(None)

    def _wait(self, results: Mapping[int, Future[Arrays]], most: int) -> None:
        """Wait until no more pieces than so many are worked on."""
        while True:
            pending: list[Future[Arrays]] = []
            for result in results.values():
                if result.done():
                    result.result()  # raises what went wrong there
                else:
                    pending.append(result)
            self._report()
            if len(pending) <= most:
                return
            wait(pending, _LOOK_UP_SEC, FIRST_COMPLETED)

    def _report(self) -> None:
        steps = 0
        while not self._steps.empty():
            self._steps.get()
            steps += 1
        self._advance(steps)

    def _parts(self, scanned: Scan, path: PersonPath, frames: range) -> Iterator["_Part"]:
        """Divide the frames in which someone is followed into pieces."""
        longest = round(_LONGEST_SEC * self._clip.fps)
        first = frames.start
        while first < frames.stop:
            part = _part(scanned, path, range(first, min(first + longest, frames.stop)))
            count = min(max(_MOST_BYTES // max(part.bytes_a_frame, 1), _LEAST_FRAMES), max(longest, 1))
            yield replace(part, frames=range(first, min(first + count, frames.stop)))
            first += count

    def _read(
        self, scanned: Scan, part: "_Part", camera: CameraMotion | None, paths: Sequence[PersonPath]
    ) -> list[npt.NDArray[np.uint8]]:
        """Read what is around the person in the frames of a part."""
        pictures: list[npt.NDArray[np.uint8]] = []
        for index in part.frames:
            frame = self._clip.picture(index)
            if camera is not None:
                people: list[Region] = []
                for path in paths:
                    region = path.at(index, scanned.step)
                    if region is not None:
                        people.append(region)
                camera.show(frame, people)
            around = frame[part.window.top : part.bottom, part.window.left : part.right]
            pictures.append(np.ascontiguousarray(reduced(around, part.window.times)))
            self._report()
        return pictures


@dataclass(frozen=True)
class _Part:
    """A piece before it is read: its frames, and its window with its right and bottom ends."""

    frames: range
    window: Window
    right: int
    bottom: int

    @property
    def bytes_a_frame(self) -> int:
        return (self.right - self.window.left) * (self.bottom - self.window.top) * 3 // self.window.times**2


def _part(scanned: Scan, path: PersonPath, frames: range) -> _Part:
    # around the person at its samples, and at the one before and after it
    at = np.array(path.frames)
    near = (at >= frames.start - scanned.step) & (at < frames.stop + scanned.step)
    regions = np.array(list(map(astuple, path.regions)))
    middles, sizes = regions[:, :2], regions[:, 2]
    if near.any():
        middles, sizes = middles[near], sizes[near]
    room = _ROOM * sizes.max()
    low = np.clip(np.floor(middles.min(0) - room), 0, scanned.size).astype(int)
    high = np.clip(np.ceil(middles.max(0) + room), 0, scanned.size).astype(int)
    times = max(int(sizes.min() / _NETWORK_SIDE), 1)
    return _Part(frames, Window(int(low[0]), int(low[1]), times), int(high[0]), int(high[1]))


def _span(scanned: Scan, path: PersonPath) -> range:
    """The frames of a shot in which someone may be seen."""
    start, end = scanned.shots[scanned.shot_of(path)]
    return range(max(path.frames[0] - scanned.step, start), min(path.frames[-1] + scanned.step + 1, end))


def _nearest(scanned: Scan, chosen: PersonSeen) -> int:
    """The number of the person who is where one was seen."""

    def far(path: PersonPath) -> float:
        nearest = min(range(len(path.frames)), key=lambda place: abs(path.frames[place] - chosen.first))
        region, (x, y) = path.regions[nearest], chosen.middle
        return (
            abs(path.frames[nearest] - chosen.first) / scanned.step
            + float(np.hypot(region.x - x, region.y - y)) / region.size
        )

    return min(range(len(scanned.paths)), key=lambda number: min(map(far, scanned.paths[number])))


def _without_jumps(shot: WatchedShot) -> list[WatchedShot]:
    """Return a shot in parts, each from one jump cut to the next; its camera stays where it is."""
    track = shot.track
    edges = [shot.shot[0], *(shot.first + jump for jump in _jumps_in(track)), shot.shot[1]]
    parts: list[WatchedShot] = []
    for start, end in pairwise(edges):
        gaps: list[tuple[int, int]] = []
        for gap, over in shot.gaps:
            in_part = max(gap, start), min(over, end)
            if in_part[0] < in_part[1]:
                gaps.append(in_part)
        rows = slice(max(start - shot.first, 0), end - shot.first)
        known = np.flatnonzero(np.isfinite(track.pixels[rows, 0, 0])) + rows.start
        rows = slice(int(known[0]), int(known[-1]) + 1)
        seen = {name: getattr(track, name) for name in _SEEN}
        parts.append(
            replace(
                shot,
                shot=(start, end),
                first=shot.first + rows.start,
                track=_track(seen, rows, track.fps, track.size, track.camera[rows]),
                to_camera=(shot.to_camera @ track.camera[rows])[0],
                gaps=tuple(gaps),
                blur=shot.blur[rows],
                behind=shot.behind[rows],
            )
        )
    return parts


def _track(
    seen: Mapping[str, FloatArray], rows: slice, fps: float, size: tuple[int, int], camera: FloatArray
) -> PersonTrack:
    """Return what is seen in some rows as a track, with the camera (F, 3, 3) in these."""
    to_first = np.linalg.inv(camera[:1]) @ camera
    return PersonTrack(
        times=np.arange(len(camera)) / fps,
        fps=fps,
        size=size,
        **{name: seen[name][rows] for name in _SEEN},
        camera=to_first / to_first[:, 2:, 2:],
    )


def _gaps(present: IntArray, start: int, end: int) -> tuple[tuple[int, int], ...]:
    missing = np.ones(end - start, np.bool_)
    missing[present - start] = False
    return tuple((start + first, start + last) for first, last in runs(missing).tolist())


def _jumps_in(track: PersonTrack) -> list[int]:
    """Return the track's frames in which the person is elsewhere at once, as after a cut."""
    known = np.flatnonzero(np.isfinite(track.pixels[:, 0, 0]))
    if not len(known):
        return []
    middles = _in_the_first_frame(track)[known][:, _PAIRS].mean(axis=2)
    trunk = float(np.median(norm(middles[:, _SHOULDERS] - middles[:, _HIPS])))
    ways = np.median(step_lengths(middles), axis=1) / max(trunk, 1.0)
    speeds = ways / np.diff(known)
    jumps: list[int] = []
    for number in range(_NEARBY, len(speeds) - _NEARBY):
        nearby = [*speeds[number - _NEARBY : number], *speeds[number + 1 : number + 1 + _NEARBY]]
        if ways[number] > _FAR and speeds[number] > _FASTER * max(*nearby, _STILL):
            jumps.append(int(known[number + 1]))
    return jumps


def _in_the_first_frame(track: PersonTrack) -> FloatArray:
    """Return (F, 33, 2) the landmarks where they would be if the camera had stood still, pixels."""
    points = np.concatenate([track.pixels, np.ones((*track.pixels.shape[:2], 1))], axis=-1)
    there = points @ np.swapaxes(track.camera, 1, 2)
    return there[..., :2] / there[..., 2:]
