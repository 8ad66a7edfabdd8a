"""The whole way from a clip's frames to a person's motion: one body, in one world, whatever shots it is in.

A camera that filmed an earlier shot stands where it stood; other shots begin where the one before ended.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product, starmap
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..motion.rotations import FloatArray
from ..motion.skeleton import Clip
from ..motion.spans import runs
from . import products
from .body import measures_of, skeleton_of
from .camera_motion import camera_rotations
from .checkpoints import Arrays, Checkpoints, SoFar, folder_of_film
from .ground import Ground
from .hands.fingers import Hands
from .hands.looking import look_at_hands
from .joints import across, middle
from .kept_solution import KeptSolution, all_arrays, joined_clips, joined_trust, kept_solution
from .motion_from_track import LONGEST_GAP_SEC, NOBODY, SeenMotion, Solved, motion_of, solved_and_trusted
from .network_graph import PoseNetworks, read_networks
from .one_floor import on_one_floor, on_their_way
from .pose import clip_of
from .scanning import ClipFrames
from .sighting import FilmBeside, Kind, Notice, OtherWorld, Person, Sighting
from .together.films import film_of
from .together.motion import ANOTHER_SEC, Together, motion_together
from .together.offsets import HEARD_RATE, offset_heard
from .trust import Trust
from .video_check import check_video
from .watching import Watched, WatchedShot, Watching

_SHORTEST_SEC = 0.4  # of a shot whose motion counts, if there is a longer one
_END_SEC = 0.3  # of a shot, whose mean direction the next one begins with
SOUND_RATE = HEARD_RATE
_MOST_THREADS = 2
"""More would leave a laptop's other programs too little, and help little: reading the frames takes one too."""


@dataclass(frozen=True, eq=False)
class ShownMotion:
    """A motion; its times are seconds from the start of the range.

    Attributes:
        clip: the motion.
        trust: for each of the clip's samples.
        frames: of the whole range that each sample is.
        ground: the world of the first shot, which is that of all.
        other: another world that explains the video as well; None for several shots, or if there is none.
        kept: the solution.
    """

    clip: Clip
    trust: Trust
    frames: Sequence[int]
    ground: Ground
    other: OtherWorld | None
    kept: KeptSolution


def motion_of_shots(shots: Sequence[WatchedShot], hands: Sequence[Hands | None]) -> ShownMotion:
    """Return the motion of who was watched; very short shots are left out.

    Args:
        shots: one at least, in order of time.
        hands: as they were looked at in each of them; None for relaxed ones.

    Raises:
        Fault: the person is seen in no frame.
    """
    both, fps = long_enough(shots, hands), shots[0].track.fps
    shots = [shot for shot, _ in both]
    seen: list[SeenMotion] = []
    kept: list[KeptSolution] = []
    frames: list[int] = []
    for shot, looks in both:
        one = later(_motion_of(shot, looks), shot.first / fps)
        seen.append(one)
        kept.append(kept_solution(one, shot.first / fps, shot.track.size))
        frames += (one.frames + shot.first).tolist()
    first = seen[0]
    if len(shots) == 1:
        return shown_motion(first, shots[0].first, kept[0])
    # one body, of what all shots show of it
    placed = _in_one_world(kept, shots)
    worlds: list[FloatArray] = []
    eyes: list[FloatArray] = []
    for one in placed:
        worlds.append(one.joints_in_world(one.solution.joints))
        # each shot's camera stays, where the axes of its solution begin
        eyes.append(np.tile(one.world[:3, 3], (1, len(one.rows), 1)))
    skeleton = skeleton_of(measures_of(np.concatenate(worlds)))
    clips: list[Clip] = []
    for world, one in zip(worlds, seen, strict=True):
        clips.append(clip_of(world, skeleton, fps, one.clip.times, one.fingers))
    whole = replace(placed[0], later=tuple(placed[1:]))
    trust = joined_trust([one.trust for one in seen])
    clip = replace(joined_clips(clips), eyes=np.concatenate(eyes, axis=1))
    return ShownMotion(clip, trust, frames, first.ground, None, whole)


def _motion_of(shot: WatchedShot, hands: Hands | None) -> SeenMotion:
    found, trust = solved_and_trusted(shot.track, hands=hands)
    return motion_of(on_their_way(found, shot.behind), trust, hands)


def long_enough(shots: Sequence[WatchedShot], hands: Sequence[Hands | None]) -> list[tuple[WatchedShot, Hands | None]]:
    """Return the shots, with their hands, that are not much too short to count, or the longest."""
    longest = max(len(shot.track.times) for shot in shots)
    enough = min(_SHORTEST_SEC * shots[0].track.fps, longest)
    return [pair for pair in zip(shots, hands, strict=True) if len(pair[0].track.times) >= enough]


def shown_motion(motion: SeenMotion, first: int, kept: KeptSolution) -> ShownMotion:
    """Return the motion of one shot, its times from the start of the range.

    Args:
        motion: as it was found.
        first: frame of the range that is the first of the motion's track.
        kept: its solution.
    """
    ground = motion.other_ground
    other = None if ground is None else OtherWorld(motion.ground.to_other(ground), ground.camera_angle)
    frames = (motion.frames + first).tolist()
    return ShownMotion(motion.clip, motion.trust, frames, motion.ground, other, kept)


def _in_one_world(kept: Sequence[KeptSolution], shots: Sequence[WatchedShot]) -> list[KeptSolution]:
    """Return the solutions of the shots, each in the world of the first."""
    placed: list[KeptSolution] = []
    # camera → from its axes in the first shot that it filmed to the world
    world_from_cameras: dict[int, FloatArray] = {}
    for one, shot in zip(kept, shots, strict=True):
        view = _view(one, shot)
        if shot.camera in world_from_cameras:
            place = _at_the_camera(world_from_cameras[shot.camera], one.world @ view)
        elif placed:
            place = _where_it_ended(placed[-1], one.seen.fps)
        else:
            place = np.eye(4)
        placed.append(replace(one, world=place @ one.world))
        world_from_cameras.setdefault(shot.camera, placed[-1].world @ view)
    return placed


def _view(kept: KeptSolution, shot: WatchedShot) -> FloatArray:
    """Return the matrix (4, 4) from the axes in which a shot's camera first filmed to those of the shot's solution."""
    view = np.eye(4)
    view[:3, :3] = camera_rotations(shot.to_camera[None], shot.track.size, kept.seen.focal)[0]
    return view


def _at_the_camera(before: FloatArray, now: FloatArray) -> FloatArray:
    """Return the matrix (4, 4) that turns and moves a world over its ground until a camera is where it was.

    Args:
        before: from the camera's axes to the world in which it was.
        now: the same of the world to move.
    """
    off = now[:3, :3] @ before[:3, :3].T
    place = _turned(np.arctan2(off[0, 1] - off[1, 0], off[0, 0] + off[1, 1]))
    place[:2, 3] = (before - place @ now)[:2, 3]
    return place


def _where_it_ended(before: KeptSolution, fps: float) -> FloatArray:
    """Return the matrix (4, 4) by which a world begins where and as a motion in another one ended."""
    joints = before.joints_in_world(before.solution.joints)
    left = across(joints, "hip")[-max(round(_END_SEC * fps), 1) :].mean(axis=0)
    place = _turned(np.arctan2(left[1], left[0]))
    place[:2, 3] = middle(joints, "hip")[-1, :2]
    return place


def _turned(angle: float) -> FloatArray:
    place = np.eye(4)
    place[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return place


def later(motion: SeenMotion, seconds: float) -> SeenMotion:
    """Return the motion with its times from the start of the whole range."""
    doubts = tuple(replace(one, start=one.start + seconds, end=one.end + seconds) for one in motion.trust.doubts)
    return replace(
        motion,
        clip=replace(motion.clip, times=motion.clip.times + seconds),
        trust=replace(motion.trust, doubts=doubts),
    )


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
    hands = _hands_of(list(product([watched], watched.shots)), clip, seeing, kept, progress)
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
    shots: list[WatchedShot] = []
    solved: list[Solved] = []
    trusts: list[Trust] = []
    for (_, shot), looks in zip(people, hands, strict=True):
        alone, trust = solved_and_trusted(shot.track, hands=looks)
        shots.append(shot)
        solved.append(on_their_way(alone, shot.behind))
        trusts.append(trust)
    placed = on_one_floor(solved, _turns(shots, solved))
    arrays: list[dict[str, npt.NDArray[np.generic]]] = []
    for (watched, shot), standing, trust, looks in zip(people, placed, trusts, hands, strict=True):
        motion = later(motion_of(standing.found, trust, looks, standing.ground), shot.first / clip.fps)
        shown = shown_motion(motion, shot.first, kept_solution(motion, shot.first / clip.fps, shot.track.size))
        arrays.append(all_arrays(_sighting(replace(watched, shots=(shot,)), shown, clip), shown.kept))
    return arrays


def _turns(shots: Sequence[WatchedShot], solved: Sequence[Solved]) -> list[FloatArray]:
    """Return (3, 3) from the axes of the first person's solution to those of each one's: the camera may have turned."""
    first, first_start = solved[0].seen.turn, shots[0].first + solved[0].first
    turns: list[FloatArray] = []
    for shot, one in zip(shots, solved, strict=True):
        own, frames_later = one.seen.turn, shot.first + one.first - first_start
        # whoever comes later, or was there before, sees the camera turned as far as until the other one's start
        if frames_later >= 0:
            turns.append(first[min(frames_later, len(first) - 1)])
        else:
            turns.append(own[min(-frames_later, len(own) - 1)].T)
    return turns


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
    heard: list[float | None] = []
    for sound in others:
        if first is None or sound is None:
            heard.append(None)
        else:
            heard.append(offset_heard(first, sound))
    together = motion_together(films, offsets, heard)
    if together.other is None:
        return [_arrays_together(together, found, clips[0])]
    return [
        _arrays_together(together, found, clips[0], together.other),
        _arrays_together(together.other, found, clips[0], together),
    ]


def _arrays_together(
    together: Together, found: Sequence[tuple[Watched, WatchedShot]], clip: ClipFrames, other: Together | None = None
) -> dict[str, npt.NDArray[np.generic]]:
    watched, shot = found[0]
    sizes = [seen.track.size for _, seen in found]
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
