"""The whole way from a clip's frames to a person's motion."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import product, starmap
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..motion.rotations import FloatArray
from ..motion.spans import runs
from . import products
from .checkpoints import Arrays, Checkpoints, SoFar, folder_of_film
from .hands.fingers import Hands
from .hands.looking import look_at_hands
from .kept_solution import all_arrays, kept_solution
from .motion_from_track import LONGEST_GAP_SEC, NOBODY, Solved, motion_of, solved_and_trusted
from .network_files import PoseNetworks, read_networks
from .one_floor import on_one_floor, on_their_way
from .scanning import ClipFrames
from .shots import ShownMotion, later, long_enough, motion_of_shots, shown_motion
from .sighting import FilmBeside, Kind, Notice, Person, Sighting
from .together.films import film_of
from .together.motion import ANOTHER_SEC, Together, motion_together
from .together.sounds import RATE, offset_heard
from .video_check import check_video
from .watching import Watched, WatchedShot, Watching

SOUND_RATE = RATE
_MOST_THREADS = 2
"""More would leave a laptop's other programs too little, and help little: reading the frames takes one too."""


def arrays_seen(
    clip: ClipFrames,
    networks: Path,
    progress: Callable[[str, int, int], None],
    person: int = 0,
    checkpoints: Path | None = None,
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the motion of a person in a clip, as `all_arrays` of its sighting and solution.

    Args:
        clip: its frames are (H, W, 3), from the top down; reading one may wait for it.
        networks: folder of the networks.
        progress: called with the stage (`frames`, `hands` or `motion`), frames that are done, and all of them.
        person: number of the person, from 0; 1 is the most prominent person.
        checkpoints: folder of what an earlier call saw that was ended, with which this one goes on; None to keep none.

    Raises:
        Fault: nobody is seen, or the networks can't be read.
    """
    watched, hands = _person_seen(clip, networks, progress, person, checkpoints)
    shown = motion_of_shots(watched.shots, hands)
    return all_arrays(_sighting(watched, shown, clip), shown.kept)


def arrays_of_shots(
    clip: ClipFrames,
    networks: Path,
    progress: Callable[[str, int, int], None],
    person: int = 0,
    checkpoints: Path | None = None,
) -> list[dict[str, npt.NDArray[np.generic]]]:
    """Return the motion of a person in each shot alone, in order of time; very short shots are left out.

    For the arguments see `arrays_seen`.

    Raises:
        Fault: nobody is seen, or the networks can't be read.
    """
    watched, hands = _person_seen(clip, networks, progress, person, checkpoints)
    arrays: list[dict[str, npt.NDArray[np.generic]]] = []
    for shot, looks in long_enough(watched.shots, hands):
        shown = motion_of_shots([shot], [looks])
        arrays.append(all_arrays(_sighting(replace(watched, shots=(shot,)), shown, clip), shown.kept))
    return arrays


def _person_seen(
    clip: ClipFrames,
    networks: Path,
    progress: Callable[[str, int, int], None],
    person: int,
    checkpoints: Path | None,
) -> tuple[Watched, list[Hands]]:
    """Return what is seen of a person, and of their hands in each shot; for the arguments see `arrays_seen`."""
    kept = _checkpoints_in(checkpoints)
    seeing = read_networks(networks)
    watched = _watched(clip, seeing, person, kept, lambda done: progress("frames", done, clip.count))
    hands = _hands_of([(watched, shot) for shot in watched.shots], clip, seeing, kept, progress)
    progress("motion", 0, clip.count)
    return watched, hands


def arrays_of_everyone(
    clip: ClipFrames,
    networks: Path,
    progress: Callable[[str, int, int], None],
    checkpoints: Path | None = None,
) -> list[dict[str, npt.NDArray[np.generic]]]:
    """Return the motions of all people in a clip, in one world; of several shots, in the one that shows most of them.

    For the arguments see `arrays_seen`.

    Raises:
        Fault: nobody is seen, or the networks can't be read.
    """
    kept = _checkpoints_in(checkpoints)
    seeing = read_networks(networks)
    found = _watching(clip, seeing, kept, lambda done: progress("frames", done, clip.count)).everyone()
    people: list[tuple[Watched, WatchedShot]] = []
    for watched in found:
        people += product([watched], watched.shots)
    if not people:
        raise NOBODY
    # one world has one camera: the shot with the most frames of all of them together
    lengths = Counter[int]()
    for _, shot in people:
        lengths[shot.shot[0]] += len(shot.track.times)
    (start, _), *_ = lengths.most_common(1)
    people = [(watched, shot) for watched, shot in people if shot.shot[0] == start]
    hands = _hands_of(people, clip, seeing, kept, progress)
    progress("motion", 0, clip.count)
    # each one alone, then along their way where another one was before them, then all on one floor
    both = [solved_and_trusted(shot.track, hands=looks) for (_, shot), looks in zip(people, hands, strict=True)]
    shots: list[WatchedShot] = []
    solved: list[Solved] = []
    for (_, shot), (alone, _) in zip(people, both, strict=True):
        shots.append(shot)
        solved.append(on_their_way(alone, shot.behind))
    placed = on_one_floor(solved, _turns(shots, solved))
    arrays: list[dict[str, npt.NDArray[np.generic]]] = []
    for (watched, shot), standing, (_, trust), looks in zip(people, placed, both, hands, strict=True):
        motion = later(motion_of(standing.found, trust, looks, standing.ground), shot.first / clip.fps)
        shown = shown_motion(motion, shot.first, kept_solution(motion, shot.first / clip.fps, shot.track.size))
        arrays.append(all_arrays(_sighting(replace(watched, shots=(shot,)), shown, clip), shown.kept))
    return arrays


def _turns(shots: Sequence[WatchedShot], solved: Sequence[Solved]) -> list[FloatArray]:
    """Return (3, 3) from the axes of the first person's solution to those of each one's: the camera may have turned."""
    starts = [shot.first + one.first for shot, one in zip(shots, solved, strict=True)]
    first = solved[0].seen.turn

    def turn(start: int, own: FloatArray) -> FloatArray:
        # whoever comes later, or was there before, sees the camera turned as far as until the other one's start
        if start >= starts[0]:
            return first[min(start - starts[0], len(first) - 1)]
        return own[min(starts[0] - start, len(own) - 1)].T

    return [turn(start, one.seen.turn) for start, one in zip(starts, solved, strict=True)]


def arrays_seen_together(
    clips: Sequence[ClipFrames],
    networks: Path,
    progress: Callable[[str, int, int], None],
    sounds: Sequence[FloatArray | None],
    offsets: Sequence[float] | None = None,
    checkpoints: Path | None = None,
) -> list[dict[str, npt.NDArray[np.generic]]]:
    """Return the motion of the person whom several clips show, of each the most prominent one.

    If the clips fit each other about as well at another offset, their motion there comes second.

    Args:
        clips: two to four; the motion is on the first one's clock.
        networks: see `arrays_seen`.
        progress: see there; frames are those of all clips.
        sounds: (N,) of each clip from its start on, of `SOUND_RATE`; None where it has none.
        offsets: of each other clip, seconds of its range at the start of the first one's; None to find them.
        checkpoints: see `arrays_seen`.

    Raises:
        Fault: nobody is seen in one of them, they don't fit each other, or the networks can't be read.
    """
    kept = [_checkpoints_in(folder_of_film(checkpoints, number)) for number in range(len(clips))]
    seeing = read_networks(networks)
    count, before = sum(clip.count for clip in clips), 0
    found: list[tuple[Watched, WatchedShot]] = []
    for clip, own in zip(clips, kept, strict=True):
        watched = _watched(clip, seeing, 0, own, lambda done, so_far=before: progress("frames", so_far + done, count))
        found.append((watched, max(watched.shots, key=lambda shot: len(shot.track.times))))
        before += clip.count
    progress("motion", 0, count)
    films = [film_of(shot.track, shot.first / clip.fps) for (_, shot), clip in zip(found, clips, strict=True)]
    # sounds only say how films lie in time, and only where both have one
    first, *others = sounds
    heard = [None if first is None or sound is None else offset_heard(first, sound) for sound in others]
    together = motion_together(films, offsets, heard)
    if together.other is None:
        return [_arrays_together(together, found, clips[0])]
    pair = together, together.other
    return [_arrays_together(one, found, clips[0], other) for one, other in (pair, pair[::-1])]


def _arrays_together(
    together: Together, found: Sequence[tuple[Watched, WatchedShot]], clip: ClipFrames, other: Together | None = None
) -> dict[str, npt.NDArray[np.generic]]:
    watched, shot = found[0]
    sizes = [shot.track.size for _, shot in found]
    solution = kept_solution(together.motion, 0.0, sizes[0], tuple(sizes[1:]))
    shown = shown_motion(together.motion, shot.first, solution)
    beside: list[FilmBeside] = []
    for number, camera in enumerate(together.cameras[1:], 1):
        elsewhere = None if other is None else other.cameras[number].offset
        # of several films, all but one stay where they are
        is_other = elsewhere is not None and abs(elsewhere - camera.offset) > ANOTHER_SEC
        beside.append(FilmBeside(camera.offset, camera.drift, elsewhere if is_other else None))
    return all_arrays(replace(_sighting(watched, shown, clip), beside=tuple(beside)), solution)


def _checkpoints_in(folder: Path | None) -> Checkpoints:
    """Return the checkpoints in a folder, and multiply as for them from now on."""
    found = Checkpoints(folder)
    tuned = found.part("products", lambda: {"tuned": np.array(products.are_tuned())})
    products.choose(tuned=bool(tuned["tuned"]))
    return found


def _hands_of(
    people: Sequence[tuple[Watched, WatchedShot]],
    clip: ClipFrames,
    seeing: PoseNetworks,
    kept: Checkpoints,
    progress: Callable[[str, int, int], None],
) -> list[Hands]:
    """Return the hands of each person in each one's shot."""

    def look(watched: Watched, shot: WatchedShot) -> Hands:
        def part(first: int, see: Callable[[], Arrays]) -> Arrays:
            kept.so_far = SoFar(1.0, shot.first + first)
            return kept.part(f"hands_{watched.person or 0}_{shot.first + first:06d}", see)

        return look_at_hands(
            lambda index: clip.picture(shot.first + index), shot.track, seeing.hands, partial(progress, "hands"), part
        )

    return list(starmap(look, people))


def _watched(
    clip: ClipFrames, seeing: PoseNetworks, person: int, checkpoints: Checkpoints, progress: Callable[[int], None]
) -> Watched:
    """Return what is seen in a clip of a person; `progress` is called with the frames that are done.

    Raises:
        Fault: nobody is seen.
    """
    watched = _watching(clip, seeing, checkpoints, progress).watch(person)
    if not watched.shots:
        raise NOBODY
    return watched


def _watching(
    clip: ClipFrames, seeing: PoseNetworks, checkpoints: Checkpoints, progress: Callable[[int], None]
) -> Watching:
    return Watching(
        clip,
        seeing,
        progress=lambda done, steps: progress(done * clip.count // steps),
        threads=min(_MOST_THREADS, os.cpu_count() or 1),
        checkpoints=checkpoints,
    )


def _sighting(watched: Watched, shown: ShownMotion, clip: ClipFrames) -> Sighting:
    """Return what is kept of a motion in a clip."""
    width = watched.shots[0].track.size[0]
    people = tuple(Person(one.first / clip.fps, one.last / clip.fps, one.middle[0] / width) for one in watched.people)
    notices = sorted(_notices(watched, shown.frames, clip), key=lambda notice: (notice.kind.value, notice.start))
    number, camera_angle = watched.person or 0, shown.ground.camera_angle
    return Sighting(shown.clip, shown.trust, tuple(notices), people, number, camera_angle, shown.other)


def facts_checked(
    clip: ClipFrames,
    networks: Path,
    progress: Callable[[str, int, int], None],
) -> dict[str, object]:
    """Return what hinders seeing a motion, as plain JSON of `VideoFacts`; for the arguments see `arrays_seen`.

    Raises:
        Fault: the networks can't be read.
    """
    found = check_video(clip, read_networks(networks), lambda done, frames: progress("frames", done, frames))
    return found.to_json()


def _notices(watched: Watched, frames: Sequence[int], clip: ClipFrames) -> Iterator[Notice]:
    """Yield what matters for a motion that has some of a clip's frames."""
    for cut in watched.cuts:
        yield Notice(Kind.CUT, cut / clip.fps, cut / clip.fps)
    kept = np.zeros(clip.count, dtype=np.bool_)
    kept[list(frames)] = True
    for start, end in runs(~kept).tolist():
        if end - start > LONGEST_GAP_SEC * clip.fps:
            yield Notice(Kind.LEFT_OUT, start / clip.fps, end / clip.fps)
    if any(shot.camera_moves for shot in watched.shots):
        yield Notice(Kind.CAMERA)
