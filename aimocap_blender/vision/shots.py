"""A person's motion out of all shots that they are in: one body, in one world.

A camera that filmed an earlier shot stands where it stood; other shots begin where the one before ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..motion.rotations import FloatArray
from ..motion.skeleton import Clip
from .body import measures_of, skeleton_of
from .camera_motion import camera_rotations
from .ground import Ground
from .hands.fingers import Hands
from .joints import across, middle
from .kept_solution import KeptSolution, joined_clips, joined_trust, kept_solution
from .motion_from_track import SeenMotion, motion_of, solved_and_trusted
from .one_floor import on_their_way
from .pose import clip_of
from .sighting import OtherWorld
from .trust import Trust
from .watching import WatchedShot

_SHORTEST_SEC = 0.4  # of a shot whose motion counts, if there is a longer one
_END_SEC = 0.3  # of a shot, whose mean direction the next one begins with


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
    worlds = [one.joints_in_world(one.solution.joints) for one in placed]
    skeleton = skeleton_of(measures_of(np.concatenate(worlds)))
    clips: list[Clip] = []
    for world, one in zip(worlds, seen, strict=True):
        clips.append(clip_of(world, skeleton, fps, one.clip.times, one.fingers))
    whole = replace(placed[0], later=tuple(placed[1:]))
    trust = joined_trust([one.trust for one in seen])
    # each shot's camera stays, where the axes of its solution begin
    eyes = [np.tile(one.world[:3, 3], (1, len(one.rows), 1)) for one in placed]
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
