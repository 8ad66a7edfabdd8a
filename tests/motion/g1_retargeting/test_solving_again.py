"""Spans of a motion that are solved again."""

from dataclasses import replace

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.capsules import g1_capsules
from aimocap_blender.motion.g1_retargeting.adjusting_fit import OWN, goals_on_its_feet
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.g1_retargeting.solving_again import parted
from aimocap_blender.motion.g1_retargeting.state import State
from tests.media.performance_clip import performance_clip

CLIP = performance_clip(0.0, 2.5)


def test_the_pelvis_goes_on_evenly_into_a_span_that_is_solved_again() -> None:
    """It is to be elsewhere: what was only blended with the rest jolted it at both ends of the span."""
    motion = retargeted_to_g1(CLIP, detect_bones(CLIP.skeleton)).motion
    middle, elbow = len(motion.root_pos) // 2, motion.model.joint_names.index("left_shoulder_roll_joint")
    dof = motion.dof_pos.copy()
    dof[middle, elbow] = motion.model.ranges[elbow, 0]  # through the trunk
    aside = motion.root_pos + np.array([0.0, 0.05, 0.0])
    goals = replace(goals_on_its_feet(motion), root_pos=aside, rotations={}, paths=())
    found = parted(State(motion.root_pos, motion.root_quat, dof), goals, g1_capsules("29dof"), OWN)
    moved = found.root_pos - motion.root_pos
    assert np.abs(moved[[0, -1]]).max() == 0.0
    assert moved[middle, 1] > 0.02
    assert np.linalg.norm(np.diff(moved, 2, axis=0), axis=1).max() * motion.fps**2 < 3.0
