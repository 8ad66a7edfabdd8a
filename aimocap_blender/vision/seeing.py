"""The whole way from a clip's frames to a person's motion."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..motion.spans import runs
from ..texts.faults import Fault
from .kept_solution import all_arrays
from .motion_from_track import LONGEST_GAP_SEC
from .network_files import read_networks
from .scanning import ClipFrames
from .shots import motion_of_shots
from .sighting import Kind, Notice, Person, Sighting
from .video_check import check_video
from .watching import Watched, Watching

_MOST_THREADS = 2
"""More would leave a laptop's other programs too little, and help little: reading the frames takes one too."""


def arrays_seen(
    picture: Callable[[int], npt.NDArray[np.uint8]],
    count: int,
    fps: float,
    networks: Path,
    progress: Callable[[str, int, int], None],
    person: int = 0,
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the motion of a person in a clip, as `all_arrays` of its sighting and solution.

    Args:
        picture: reads a frame by its index, (H, W, 3) from the top down; may wait for it.
        count: frames.
        fps: frames per second.
        networks: folder of the networks.
        progress: called with the stage (`frames` or `motion`), frames that are done, and all of them.
        person: number of the person, from 0; the first is the one who is largest for longest.

    Raises:
        Fault: nobody is seen, or the networks can't be read.
    """
    watching = Watching(
        ClipFrames(count, fps, picture),
        read_networks(networks),
        progress=lambda done, steps: progress("frames", done * count // steps, count),
        threads=min(_MOST_THREADS, os.cpu_count() or 1),
    )
    watched = watching.watch(person)
    if not watched.shots:
        raise Fault(
            "No person is seen in this part of the video.",
            "Choose a part in which one person is in view from head to foot.",
        )
    progress("motion", 0, count)
    shown = motion_of_shots(watched.shots)
    width = watched.shots[0].track.size[0]
    people = tuple(Person(one.first / fps, one.last / fps, one.middle[0] / width) for one in watched.people)
    notices, number = _notices(watched, shown.frames, count, fps), watched.person or 0
    sighting = Sighting(shown.clip, shown.trust, notices, people, number, shown.ground.camera_angle, shown.other)
    return all_arrays(sighting, shown.kept)


def facts_checked(
    picture: Callable[[int], npt.NDArray[np.uint8]],
    count: int,
    fps: float,
    networks: Path,
    progress: Callable[[str, int, int], None],
) -> dict[str, object]:
    """Return what hinders seeing a motion, as plain JSON of `VideoFacts`; for the arguments see `arrays_seen`.

    Raises:
        Fault: the networks can't be read.
    """
    clip = ClipFrames(count, fps, picture)
    found = check_video(clip, read_networks(networks), lambda done, frames: progress("frames", done, frames))
    return found.to_json()


def _notices(watched: Watched, frames: Sequence[int], count: int, fps: float) -> tuple[Notice, ...]:
    return tuple(sorted(_found(watched, frames, count, fps), key=lambda notice: (notice.kind.value, notice.start)))


def _found(watched: Watched, frames: Sequence[int], count: int, fps: float) -> Iterator[Notice]:
    yield from (Notice(Kind.CUT, cut / fps, cut / fps) for cut in watched.cuts)
    kept = np.zeros(count, dtype=np.bool_)
    kept[list(frames)] = True
    for start, end in runs(~kept).tolist():
        if end - start > LONGEST_GAP_SEC * fps:
            yield Notice(Kind.LEFT_OUT, start / fps, end / fps)
    if any(shot.camera_moves for shot in watched.shots):
        yield Notice(Kind.CAMERA)
