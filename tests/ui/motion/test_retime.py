"""Retiming: the part plays at the speed, what is around it stays as it was, and feet that stand don't slide."""

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
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


@in_newest
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


@in_newest
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


@pytest.mark.parametrize("speed", [0.5, pytest.param(2.0, marks=in_newest)])
def test_contacts_move_along_and_stay_editable(walking: bpy.types.Object, speed: float) -> None:
    """Editing them afterwards gives the motion that editing them first gives."""
    contacts, ends = module("scene.action_contacts"), FIRST + round((LAST - FIRST) / speed)
    own = walking.animation_data.action
    later = own.copy()
    contacts.remember(later, contacts.remembered(own))
    feet = contacts.contacts_on(own).feet
    stance = next(bar for bar in feet["left"] if bar[0] > FIRST + 5)
    assert stance[1] + 6 < LAST
    longer = {"left": [(*bar[:1], bar[1] + 6 * (bar == stance)) for bar in feet["left"]]}

    def where(frame: int) -> int:
        return round(float(np.interp(frame, [0, FIRST, LAST, LAST + 99], [0, FIRST, ends, ends + 99])))

    def edited(bars: list[tuple[int, int]]) -> None:
        frames = ", ".join(f"{start}-{end - 1}" for start, end in bars)
        assert bpy.ops.aimocap.set_contacts(foot="LEFT", frames=frames) == {"FINISHED"}

    edited(longer["left"])
    retimed(walking, speed)
    first = heads(walking, BONES, range(1, 77 + ends - LAST))
    walking.animation_data.action = later
    _, after, _ = retimed(walking, speed)
    kept = contacts.contacts_on(later)
    assert kept.within == (1, where(75) + 1)
    assert kept.feet["left"] == tuple((where(start), where(end - 1) + 1) for start, end in feet["left"])
    edited([(where(start), where(end - 1) + 1) for start, end in longer["left"]])
    second = heads(walking, BONES, range(1, 77 + ends - LAST))
    for bone in ("mixamorig:Hips", "mixamorig:Head", "mixamorig:RightFoot"):
        assert np.abs(second[bone] - first[bone]).max() < 0.03, bone
    stands = slice(where(stance[0] + 2) - 1, where(stance[1] + 4))
    longest = [
        np.linalg.norm(np.diff(each["mixamorig:LeftToeBase"][stands], axis=0), axis=1).max() for each in (after, second)
    ]
    assert longest[0] * FPS > 0.8, "metres a second: the foot is lifted there"
    assert longest[1] * FPS < 0.05, "it stands longer"


def test_missing_motion_and_a_robot_can_t_be_retimed(walking: bpy.types.Object) -> None:
    del walking
    assert "has no motion there" in refusal(bpy.ops.aimocap.retime_motion, frame_start=200, frame_end=300)
    message = refusal(bpy.ops.aimocap.retime_motion, frame_start=30, frame_end=10)
    assert "The end, frame 10, isn't after the start, frame 30. Choose an end after the start." in message
    assert bpy.ops.aimocap.add_g1_rig() == {"FINISHED"}
    assert "then put it onto the robot" in refusal(bpy.ops.aimocap.retime_motion)
