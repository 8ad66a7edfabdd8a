"""The whole way from a clip's frames to a person's motion."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..motion.rotations import IntArray
from ..texts.faults import Fault
from .hands.looking import look_at_hands
from .kept_solution import all_arrays, kept_solution
from .motion_from_track import LONGEST_GAP_SEC, SeenMotion, motion_from_track
from .network_files import PoseNetworks, read_networks
from .person_track import PersonTrack
from .scanning import ClipFrames
from .sighting import FilmBeside, Kind, Notice, OtherWorld, Person, Sighting
from .together.films import Film, film_of
from .together.motion import motion_together
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
        progress: called with the stage (`frames`, `hands` or `motion`), frames that are done, and all of them.
        person: number of the person, from 0; 1 is the most prominent person.

    Raises:
        Fault: nobody is seen, or the networks can't be read.
    """
    seeing = read_networks(networks)
    watched, track = _watched(
        ClipFrames(count, fps, picture), seeing, person, lambda done: progress("frames", done, count)
    )
    hands = look_at_hands(
        lambda index: picture(watched.first + index),
        track,
        seeing.hands,
        lambda done, frames: progress("hands", done, frames),
    )
    progress("motion", 0, count)
    seen = motion_from_track(track, hands=hands)
    start = watched.first / fps
    sighting = _sighting(watched, _later(seen, start), seen.frames + watched.first, count, fps)
    return all_arrays(sighting, kept_solution(seen, start, track.size))


def arrays_seen_together(
    clips: Sequence[ClipFrames],
    networks: Path,
    progress: Callable[[str, int, int], None],
    offsets: Sequence[float] | None = None,
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the motion of the person whom several clips show, of each the most prominent one.

    Args:
        clips: two to four; the motion is on the first one's clock.
        networks: see `arrays_seen`.
        progress: see there; frames are those of all clips.
        offsets: of each other clip, seconds of its range at the start of the first one's; None to find them.

    Raises:
        Fault: nobody is seen in one of them, they don't fit each other, or the networks can't be read.
    """
    seeing = read_networks(networks)
    count, before = sum(clip.count for clip in clips), 0
    tracks: list[PersonTrack] = []
    films: list[Film] = []
    seen_first: list[Watched] = []
    for clip in clips:
        done_before = before
        watched, track = _watched(
            clip, seeing, 0, lambda done, so_far=done_before: progress("frames", so_far + done, count)
        )
        seen_first.append(watched)
        tracks.append(track)
        films.append(film_of(track, watched.first / clip.fps))
        before += clip.count
    progress("motion", 0, count)
    found = motion_together(films, offsets)
    seen, first = found.motion, clips[0]
    frames = seen.frames + seen_first[0].first
    beside = tuple(FilmBeside(camera.offset, camera.drift) for camera in found.cameras[1:])
    sighting = replace(_sighting(seen_first[0], seen, frames, first.count, first.fps), beside=beside)
    sizes = tuple(track.size for track in tracks)
    return all_arrays(sighting, kept_solution(seen, 0.0, sizes[0], sizes[1:]))


def _watched(
    clip: ClipFrames, seeing: PoseNetworks, person: int, progress: Callable[[int], None]
) -> tuple[Watched, PersonTrack]:
    """Return what is seen in a clip, and the track of the person; `progress` is called with the frames that are done.

    Raises:
        Fault: nobody is seen.
    """
    watching = Watching(
        clip,
        seeing,
        progress=lambda done, steps: progress(done * clip.count // steps),
        threads=min(_MOST_THREADS, os.cpu_count() or 1),
    )
    watched = watching.watch(person)
    if watched.track is None:
        raise Fault(
            "No person is seen in this part of the video.",
            "Choose a part in which one person is in view from head to foot.",
        )
    return watched, watched.track


def _sighting(watched: Watched, seen: SeenMotion, frames: IntArray, count: int, fps: float) -> Sighting:
    """Return what is kept of a motion in a clip of `count` frames, which is there in some frames (F,)."""
    assert watched.track is not None  # noqa: S101 -- somebody is seen
    width = watched.track.size[0]
    people = tuple(Person(one.first / fps, one.last / fps, one.middle[0] / width) for one in watched.people)
    other = seen.other_ground
    other_world = None if other is None else OtherWorld(seen.ground.to_other(other), other.camera_angle)
    notices = _notices(watched, frames, count, fps)
    return Sighting(seen.clip, seen.trust, notices, people, watched.person or 0, seen.ground.camera_angle, other_world)


def facts_checked(
    picture: Callable[[int], npt.NDArray[np.uint8]],
    count: int,
    fps: float,
    networks: Path,
    progress: Callable[[str, int, int], None],
) -> list[dict[str, object]]:
    """Return what hinders seeing a motion, as plain JSON of `FrameFacts`; for the arguments see `arrays_seen`.

    Raises:
        Fault: the networks can't be read.
    """
    clip = ClipFrames(count, fps, picture)
    found = check_video(clip, read_networks(networks), lambda done, frames: progress("frames", done, frames))
    return [asdict(facts) for facts in found]


def _later(seen: SeenMotion, seconds: float) -> SeenMotion:
    """Return the motion with its clip's times from the start of the whole range."""
    return replace(seen, clip=replace(seen.clip, times=seen.clip.times + seconds))


def _notices(watched: Watched, frames: IntArray, count: int, fps: float) -> tuple[Notice, ...]:
    return tuple(sorted(_found(watched, frames, count, fps), key=lambda notice: (notice.kind.value, notice.start)))


def _found(watched: Watched, frames: IntArray, count: int, fps: float) -> Iterator[Notice]:
    yield from (Notice(Kind.CUT, cut / fps, cut / fps) for cut in watched.cuts)
    kept = np.zeros(count, dtype=np.bool_)
    kept[frames] = True
    changes = np.flatnonzero(np.diff(np.concatenate([[True], kept, [True]]).astype(np.int8)))
    for start, end in zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True):
        if end - start > LONGEST_GAP_SEC * fps:
            yield Notice(Kind.LEFT_OUT, start / fps, end / fps)
    if watched.camera_moves:
        yield Notice(Kind.CAMERA)
