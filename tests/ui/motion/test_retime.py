"""Retiming: the part plays at the speed, what is around it stays as it was, and feet that stand don't slide."""

import bpy
import numpy as np
import pytest

from tests.ui.acts import module, refusal
from tests.ui.posing import heads

FEET = ("mixamorig:LeftFoot", "mixamorig:RightFoot", "mixamorig:LeftToeBase", "mixamorig:RightToeBase")
BONES = (*FEET, "mixamorig:Hips", "mixamorig:Head", "mixamorig:LeftHand")
FPS = 30.0
STANDS = 0.02  # cm/s that a planted foot moves before
SLIDES = 0.1  # cm/s that it may move afterwards
FIRST, LAST = 11, 61


def retimed(obj: bpy.types.Object, speed: float) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], int]:
    """Heads at frames 1 to 76 before, and after retiming up to the end, and the frames that were added."""
    before = heads(obj, BONES, range(1, 77))
    assert bpy.ops.aimocap.retime_motion(speed=speed, frame_start=FIRST, frame_end=LAST) == {"FINISHED"}
    added = round((LAST - FIRST) / speed) - (LAST - FIRST)
    return before, heads(obj, BONES, range(1, 77 + added)), added


def standing(places: np.ndarray) -> np.ndarray:
    """(F - 1,) whether a foot stands until the next frame."""
    return np.linalg.norm(np.diff(places, axis=0), axis=1) * FPS * 100.0 < STANDS


@pytest.mark.parametrize("speed", [0.5, 2.0, 0.7])
def test_feet_that_stand_stay(walking: bpy.types.Object, speed: float) -> None:
    before, after, added = retimed(walking, speed)
    frames = np.arange(FIRST, LAST + added)
    played = FIRST + (frames - FIRST) * (LAST - FIRST) / (LAST - FIRST + added)
    steps = 0
    for foot in FEET:
        stands = standing(before[foot])
        speeds = np.linalg.norm(np.diff(after[foot], axis=0), axis=1) * FPS * 100.0
        until = np.minimum(np.ceil(played + (LAST - FIRST) / (LAST - FIRST + added) - 1e-6).astype(int), LAST)
        whole = np.array(
            [stands[int(start + 1e-6) - 1 : end - 1].all() for start, end in zip(played, until, strict=True)]
        )
        assert speeds[frames - 1][whole].max() < SLIDES, foot
        steps += int(whole.sum())
    assert steps > 20


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_poses_are_those_of_the_motion(walking: bpy.types.Object, speed: float) -> None:
    before, after, added = retimed(walking, speed)
    for bone in BONES:
        one, other = before[bone], after[bone]
        assert np.abs(one[:FIRST] - other[:FIRST]).max() < 1e-5
        assert np.abs(one[LAST - 1 :] - other[LAST - 1 + added :]).max() < 1e-5
        if speed < 1.0:
            assert np.abs(one[FIRST - 1 : LAST] - other[FIRST - 1 : LAST + added : 2]).max() < 1e-3, bone
        else:
            assert np.abs(one[FIRST - 1 : LAST : 2] - other[FIRST - 1 : LAST + added]).max() < 1e-3, bone
    if speed < 1.0:  # as smooth as before: no frame between two samples stops or jumps
        hand = np.linalg.norm(np.diff(after["mixamorig:LeftHand"][FIRST - 1 : LAST + added], 2, axis=0), axis=1)
        usual = np.linalg.norm(np.diff(before["mixamorig:LeftHand"][FIRST - 1 : LAST], 2, axis=0), axis=1)
        assert hand.max() < 0.5 * usual.max()
    assert module("scene.action_contacts").contacts_on(walking.animation_data.action) is None


def test_missing_motion_and_a_robot_can_t_be_retimed(walking: bpy.types.Object) -> None:
    del walking
    assert "has no motion there" in refusal(bpy.ops.aimocap.retime_motion, frame_start=200, frame_end=300)
    assert bpy.ops.aimocap.add_g1_rig() == {"FINISHED"}
    assert "then put it onto the robot" in refusal(bpy.ops.aimocap.retime_motion)
