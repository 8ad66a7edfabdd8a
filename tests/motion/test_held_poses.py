"""Motion at a lower rate than its file's, against the same motion at its own rate and at the full one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.feet.foot_contacts import planted_steps
from aimocap_blender.motion.feet.kept_feet import held_legs
from aimocap_blender.motion.figures.figure import figure_of
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.held_poses import moving, without_rest_pose
from aimocap_blender.motion.pose_motion import PosedBones, PoseMotion
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from tests.media.floor.clips import floor_clip
from tests.media.performance_clip import performance_clip

from .made_figures import Rest, any_figure

HOLDS = {"regular": (4,), "irregular": (2, 4, 3, 3, 2, 4, 4), "of stepped keys": (7, 5, 9, 6, 8)}


def shown(count: int, holds: Sequence[int]) -> np.ndarray:
    """(F,) the sample that is held at each."""
    every = np.resize(holds, count)
    return np.repeat(np.cumsum(every) - every, every)[:count]


def at(clip: Clip, rows: np.ndarray) -> Clip:
    return replace(clip, positions=clip.positions[rows], rotations=clip.rotations[rows])


def put(clip: Clip, smoothing_sec: float = 0.0, scale: float = 1.0) -> PoseMotion:
    target, bone_map = any_figure(np.random.default_rng(7), Rest())
    options = RetargetOptions(contacts="BODY", smoothing_sec=smoothing_sec, scale=scale)
    return retarget(clip, detect_bones(clip.skeleton), target, bone_map, options)


def walked(motion: PoseMotion) -> np.ndarray:
    """(F, 3) the way of the character's hips."""
    (location,) = (each for each in motion.locations.values() if np.ptp(each) > 0.1)
    return location


@pytest.mark.parametrize(("name", "holds"), [("crawl", (4,)), *(("walk", holds) for holds in HOLDS.values())])
def test_held_poses_are_those_of_the_motion_at_its_full_rate(name: str, holds: Sequence[int]) -> None:
    clip = performance_clip(0.0, 3.0) if name == "walk" else floor_clip(name).clip
    rows = shown(len(clip.times), holds)
    full, held = put(clip), put(at(clip, rows))
    begins = np.flatnonzero(np.diff(rows, prepend=-1))[:-1]  # the last hold is cut
    assert np.abs(walked(held) - walked(full))[begins].max() < 0.03
    assert np.array_equal(held.times, clip.times)
    assert np.array_equal(held.rotations, held.rotations[rows])
    assert held.rests is not None
    assert full.rests is not None
    for part, whole in zip(held.rests.parts, full.rests.parts, strict=True):
        assert np.mean((part.rests & ~whole.rests)[begins]) < 0.1, part.limb


def test_only_who_stands_still_rests_in_a_hold() -> None:
    walk = performance_clip(0.0, 3.0)
    bones = detect_bones(walk.skeleton)
    middle = 40  # a foot swings
    rows = shown(len(walk.times), HOLDS["regular"])
    for halt in (0, 30):
        halted = np.insert(rows, middle, [middle] * halt)
        clip = replace(at(walk, halted), times=np.arange(len(halted)) / 30.0)
        steps = planted_steps(clip, bones, clip.times)
        there = slice(middle + 2, middle + 2 + max(halt - 6, 4))
        assert all(each[there].all() for each in steps.values()) == bool(halt)


def test_feet_that_stood_before_an_edit_stood_between_poses_too() -> None:
    walk = performance_clip(0.0, 2.0)
    figure = figure_of(walk.skeleton, detect_bones(walk.skeleton), "world")
    stood = []
    for rows in (np.arange(len(walk.times)), shown(len(walk.times), HOLDS["regular"])):
        clip = at(walk, rows)
        legs = held_legs(figure, PosedBones(clip.rotations, clip.positions), clip.times)
        stood.append(np.array([leg.stances.known for leg in legs]))
    assert stood[0].any()
    assert np.mean(stood[0] != stood[1]) < 0.15


def test_a_body_that_moves_at_its_files_rate_is_left_as_it_is() -> None:
    walk = performance_clip(0.0, 2.0)
    count = len(walk.times)
    still = np.zeros(count, dtype=int)
    now_and_then = shown(count, (1, 1, 1, 1, 2))
    ending = np.minimum(np.arange(count), 20)
    for rows in (still, now_and_then, ending, np.arange(count)):
        clip = at(walk, rows)
        assert moving(clip)[0] is clip


def test_smoothing_leaves_no_holds() -> None:
    walk = performance_clip(0.0, 2.0)
    rows = shown(len(walk.times), HOLDS["regular"])
    smooth = walked(put(at(walk, rows), smoothing_sec=0.05))
    steps = np.linalg.norm(np.diff(smooth, axis=0), axis=-1)[8:-8]
    assert steps.min() > 0.3 * steps.max()


def test_a_robot_walks_on_from_pose_to_pose() -> None:
    walk = performance_clip(0.0, 1.2)
    rows = shown(len(walk.times), HOLDS["regular"])
    full, held = (retargeted_to_g1(clip, detect_bones(clip.skeleton)) for clip in (walk, at(walk, rows)))
    assert len(held.motion.root_pos) == len(walk.times)
    assert np.abs(held.motion.root_pos - full.motion.root_pos).max() < 0.08
    for side, planted in full.planted.items():
        assert np.mean(held.planted[side] != planted) < 0.2
    assert not held.source_jumps


def with_rest_pose(clip: Clip, samples: int = 1) -> Clip:
    """The clip whose first samples are the skeleton's rest pose, as converters write it."""
    positions, rotations = clip.positions.copy(), clip.rotations.copy()
    positions[:samples], rotations[:samples] = clip.skeleton.rest[:, :3, 3], clip.skeleton.rest_rotations
    return replace(clip, positions=positions, rotations=rotations)


def degrees_apart(rotations: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.degrees(2.0 * np.arccos(np.minimum(np.abs(np.sum(rotations * others, axis=-1)), 1.0)))


def test_motion_goes_on_from_a_rest_pose_before_it_as_without_one() -> None:
    """A robot jumped from it and fell over its feet for a third of a second; a character's stood in it."""
    clip = performance_clip(0.0, 1.0)
    found, left_out = without_rest_pose(with_rest_pose(clip))
    assert left_out == 1
    assert np.linalg.norm(found.positions - clip.positions, axis=-1).max() < 0.03
    assert np.abs(found.rotations - clip.rotations).max() < 0.03
    began, alone = put(with_rest_pose(clip)), put(clip)
    assert degrees_apart(began.rotations[1:], alone.rotations[1:]).max() < 1.0
    assert np.ptp(walked(began)[1:] - walked(alone)[1:], axis=0).max() < 0.005
    stands = put(at(with_rest_pose(clip), np.zeros(len(clip.times), dtype=int)))
    assert degrees_apart(began.rotations[0], stands.rotations[0]).max() < 1.0, "the rest pose stays in its frame"
    assert began.rests is not None
    assert not any(part.rests[0] for part in began.rests.parts)
    in_place = put(with_rest_pose(clip), scale=0.0)
    assert all(np.ptp(location) < 0.1 for location in in_place.locations.values())


def test_two_rest_poses_before_a_motion_are_left_out_of_it() -> None:
    """The second one, far below the motion, was its ground: the head turned by 124 degrees to come down to it."""
    clip = performance_clip(0.0, 1.0)
    resting = with_rest_pose(clip, 2)
    found, left_out = without_rest_pose(resting)
    assert left_out == 2
    assert np.linalg.norm(found.positions - clip.positions, axis=-1).max() < 0.06
    began, alone = put(resting), put(clip)
    assert degrees_apart(began.rotations[2:], alone.rotations[2:]).max() < 1.0
    stands = put(at(resting, np.zeros(len(clip.times), dtype=int)))
    assert degrees_apart(began.rotations[:2], stands.rotations[:2]).max() < 1.0, "the rest poses stay in their frames"
    assert began.rests is not None
    assert not any(part.rests[:2].any() for part in began.rests.parts)


def test_motion_that_only_begins_fast_is_whole() -> None:
    clip = performance_clip(0.0, 1.0)
    for first in range(20):
        rows = slice(first, None)
        part = replace(clip, times=clip.times[rows], positions=clip.positions[rows], rotations=clip.rotations[rows])
        assert without_rest_pose(part) == (part, 0)
