"""The stages of retargeting: values that no later stage changes."""

from collections.abc import Mapping

import numpy as np
import pytest

from aimocap_blender.motion.feet.body_pose import BodyPose
from aimocap_blender.motion.feet.foot_contacts import contacts_in
from aimocap_blender.motion.figures.figure import figure_of
from aimocap_blender.motion.retargeting.bone_rotations import rotated
from aimocap_blender.motion.retargeting.held_feet import held
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.retargeting.task import RetargetTask, retarget_task
from aimocap_blender.motion.retargeting.travel import travelled
from tests.motion.feet.swaying_figure import swaying

from ..made_figures import figure


def copied(pose: BodyPose) -> tuple[np.ndarray, Mapping[int, np.ndarray]]:
    return pose.hips.copy(), {bone: rotation.copy() for bone, rotation in pose.rotations.items()}


def same(pose: BodyPose, kept: tuple[np.ndarray, Mapping[int, np.ndarray]]) -> bool:
    hips, rotations = kept
    equal = [np.array_equal(pose.rotations[bone], rotation) for bone, rotation in rotations.items()]
    return list(pose.rotations) == list(rotations) and all(equal) and np.array_equal(pose.hips, hips)


def swaying_task(options: RetargetOptions) -> RetargetTask:
    source, source_map = figure(np.random.default_rng(99), stretch=0.0)
    target, target_map = figure(np.random.default_rng(1), arms_down=0.5, scale=1.3)
    clip, whose = swaying(source), figure_of(source, source_map, "world")
    contacts = contacts_in(clip, whose.slots)
    return retarget_task(clip, whose, figure_of(target, target_map, "object"), contacts, options)


def test_no_stage_changes_the_pose_of_the_one_before() -> None:
    task = swaying_task(RetargetOptions(scale=1.5))
    pose = rotated(task)
    at_origin = copied(pose)
    travel = travelled(task, pose)
    assert same(pose, at_origin)
    travelling = copied(travel.pose)
    feet = held(travel)
    assert same(travel.pose, travelling)
    assert not same(feet.pose, travelling)


def test_a_stage_gives_the_same_value_again() -> None:
    """But for rounding: numpy's kernels add in another order where an array begins elsewhere in memory."""
    travel = travelled(task := swaying_task(RetargetOptions(scale=0.7)), rotated(task))
    first, second = held(travel), held(travel)
    assert first.pose.hips == pytest.approx(second.pose.hips, abs=1e-9)
    for bone, rotation in first.pose.rotations.items():
        assert rotation == pytest.approx(second.pose.rotations[bone], abs=1e-9)
    assert first.slide_after == pytest.approx(second.slide_after, abs=1e-9)
    assert first.leg_change_degrees == pytest.approx(second.leg_change_degrees, abs=1e-6)
    assert first.leg_change_degrees > 0.0
