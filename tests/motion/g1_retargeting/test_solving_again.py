"""Spans of a motion that are solved again."""

from dataclasses import replace

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.capsules import g1_capsules
from aimocap_blender.motion.g1.model import g1_model
from aimocap_blender.motion.g1.motion import G1Motion
from aimocap_blender.motion.g1_retargeting.adjusting_fit import OWN, goals_on_its_feet
from aimocap_blender.motion.g1_retargeting.goals import Path
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.g1_retargeting.solving_again import parted
from aimocap_blender.motion.g1_retargeting.state import State
from aimocap_blender.motion.rotations import IDENTITY
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


def test_links_that_a_goal_pulls_together_end_no_deeper_in_one_another() -> None:
    """Each try spreads the arm first, and was kept although it ended deeper in the trunk."""
    model, capsules, count = g1_model(), g1_capsules("29dof"), 12
    dof = np.zeros((count, len(model.joints)))
    dof[:, model.joint_names.index("left_shoulder_roll_joint")] = -0.07  # just inside the trunk
    pos, quat = np.tile([0.0, 0.0, model.stand_height], (count, 1)), np.tile(IDENTITY, (count, 1))
    motion = G1Motion(30.0, pos, quat, dof)
    bodies, turns = model.body_poses(pos, quat, dof)
    hand = model.bodies.index("left_wrist_yaw_link")
    pull = Path(hand, np.zeros(3), bodies[:, hand] - [0.0, 0.1, 0.0], np.full((count, 3), 1e4))
    goals = goals_on_its_feet(motion)
    goals = replace(goals, paths=(*goals.paths, pull))
    before = capsules.overlaps(bodies, turns, 0.003)[2]
    found = parted(State(pos, quat, dof), goals, capsules, replace(OWN, apart=1.0))
    after = capsules.overlaps(*model.body_poses(found.root_pos, found.root_quat, found.dof_pos), 0.003)[2]
    assert 0.0 < after.sum() <= before.sum()  # metres
