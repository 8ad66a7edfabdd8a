"""Messages on how well a motion fits a character."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.media.g1_json import make_g1_json
from tests.standin import StandIn
from tests.ui.acts import begin, module, until

PREFIX = "mixamorig:"


@pytest.fixture
def plain(addon: object) -> Any:
    """The outcome on a rig that does as it is told, the feet not locked."""
    del addon
    report = module("motion.pose_motion").RetargetReport(1.0, 0.0, 1.0, 1.0, 0.0)
    poses = module("motion.pose_measure").PoseReport(30, {"left_lower_arm": 0.02, "head": 0.01}, 1.0, 1.5)
    return module("scene.retargeting").RetargetOutcome("Run", ("hips",), (), 30, 1.0, False, report, poses, (), (), ())


def note_on(outcome: object) -> Any:
    return module("takes.applying").note_on("Hero", outcome)


def reported(outcome: object) -> str:
    return " ".join(note_on(outcome).sentences)


def test_the_worst_measurement_is_reported_and_nothing_else(plain: Any) -> None:
    assert "Worst part: left lower arm, 0.02° off, measured on 30 frames." in reported(plain)
    assert "slide 1.0 cm/s, at most 1.5" in reported(plain)
    held_back = reported(replace(plain, deviation_degrees=41.5, solved_frames=12))
    assert "Worst bone: 41.50° off" in held_back
    assert "solved on 12 frames." in held_back
    assert "0.02" not in held_back
    nearly = reported(replace(plain, deviation_degrees=0.01, solved_frames=12))
    assert "Worst part: left lower arm, 0.02° off" in nearly
    assert "Worst bone" not in nearly


@pytest.mark.parametrize(
    ("degrees", "wrong_side", "warning"),
    [
        ({"left_lower_arm": 9.9}, (), ""),
        ({"left_lower_arm": 12.3, "head": 3.0}, (), "Left lower arm deviates from the motion by 12°. "),
        ({"head": 12.0, "left_hand": 54.4}, (), "Left hand deviates from the motion by 54°, and one more part"),
        ({}, ("right_lower_leg",), "Bent to the wrong side: right knee."),
    ],
)
def test_pose_that_looks_wrong_is_a_warning_and_offers_the_bones(
    plain: Any,
    degrees: dict[str, float],
    wrong_side: tuple[str, ...],
    warning: str,
) -> None:
    note = note_on(replace(plain, poses=replace(plain.poses, degrees=degrees, wrong_side=wrong_side)))
    assert note.warning.startswith(warning)
    assert bool(note.warning) == bool(warning) == note.doubtful_bones
    assert note.message.level == ("WARNING" if warning else "INFO")


def test_main_bones_that_the_character_lacks_are_named(plain: Any) -> None:
    assert "The character has no bones for: hand." in reported(replace(plain, lacking=("left_hand", "right_hand")))


def test_legs_that_the_foot_lock_changed_are_reported(plain: Any) -> None:
    assert "Contacts rotated" not in reported(plain)
    locked = replace(plain, report=replace(plain.report, slide_after=0.0, leg_change_degrees=7.25))
    assert "Contacts rotated the legs by up to 7.2°, the feet by up to 0.0°." in reported(locked)


def test_contacts_without_ground_are_reported(plain: Any) -> None:
    assert "no mesh below" not in reported(replace(plain, report=replace(plain.report, contacts=12)))
    missed = replace(plain, report=replace(plain.report, contacts=12, missed=3))
    assert "Foot contacts without a mesh below, at the height of the motion: 3 of 12." in reported(missed)


def test_bones_that_contacts_rotated_are_wrong_only_beyond_it(plain: Any) -> None:
    report = replace(plain.report, contact_degrees={"left_upper_leg": 30.0, "right_foot": 30.0})
    degrees = {"left_upper_leg": 30.0, "right_foot": 39.0, "head": 1.0}
    assert not note_on(replace(plain, report=report, poses=replace(plain.poses, degrees=degrees))).warning
    for slot, off in (("left_upper_leg", 41.0), ("head", 11.0)):
        poses = replace(plain.poses, degrees={**degrees, slot: off})
        assert f"by {off:.0f}°. " in note_on(replace(plain, report=report, poses=poses)).warning


def test_a_bone_that_a_constraint_holds_back_is_reported_as_off(character: bpy.types.Object) -> None:
    limit: Any = character.pose.bones[f"{PREFIX}LeftForeArm"].constraints.new("LIMIT_ROTATION")
    limit.owner_space, limit.use_limit_x, limit.use_limit_y, limit.use_limit_z = "LOCAL", True, True, True
    retargeting, armatures = module("scene.retargeting"), module("scene.armatures")
    skeleton = armatures.skeleton_of(character)
    arm = skeleton.index(f"{PREFIX}LeftForeArm")
    heads = np.tile(skeleton.heads, (3, 1, 1))
    turns = np.tile(skeleton.rest_rotations, (3, 1, 1))
    turns[1:, arm] = module("motion.rotations").multiply(np.array([np.cos(0.5), 0.0, 0.0, np.sin(0.5)]), turns[1:, arm])
    clip = module("motion.skeleton").Clip(skeleton, np.arange(3) / 25.0, 25.0, heads, turns)
    options = module("motion.retargeting.retarget_options").RetargetOptions(contacts="OFF")
    mapping = module("motion.time_mapping").TimeMapping(1.0, 25.0)
    assert "Worst bone: 57." in reported(retargeting.put_clip_on(character, clip, mapping, options, "Turn"))


@pytest.mark.usefixtures("strip")
@pytest.mark.parametrize(("seconds", "reported"), [(0.9, "The motion covers 0.9 of 1.8 s."), (1.5, ""), (1.76, "")])
def test_a_motion_that_is_much_shorter_than_its_range_is_a_warning(
    seconds: float, reported: str, service: StandIn, tmp_path: Path
) -> None:
    bpy.context.scene.aimocap.target = "UNITREE_G1"
    service.results.motion_json = tmp_path / "short.json"
    make_g1_json(service.results.motion_json, 0.28, 0.28 + seconds, 30)
    begin()
    until(lambda: bool(module("takes.session").open_session().application.notes))
    (note,) = module("takes.session").open_session().application.notes.values()
    assert (note.failed, note.warning) == (False, reported)
    (message,) = module("takes.session").open_session().messages.take()
    assert message.level == ("WARNING" if reported else "INFO")
    assert reported in message.sentence


@pytest.mark.parametrize(
    ("held", "advice"), [(False, "Choose Whole Body as Contacts"), (True, "proportions don't allow all contacts")]
)
def test_floating_or_sinking_part_is_a_warning_and_no_doubt_about_bones(plain: Any, held: bool, advice: str) -> None:
    off = module("motion.rest_measure").OffRest
    for above, under, told_of in (
        (0.019, 0.019, []),
        (0.08, 0.0, ["Left knee should rest in frame 37, but is 16 cm too high."]),
        (0.0, 0.05, ["Left knee is 10 cm under the ground in frame 37."]),
    ):
        rests = tuple(off("left_lower_leg", 2.0 * metres, 37.0) for metres in (above, under))
        report = replace(plain.report, body_held=held)
        note = note_on(replace(plain, poses=replace(plain.poses, off_rest=rests, size=2.0), report=report))
        assert [sentence in note.warning for sentence in told_of] == [True] * len(told_of)
        assert (advice in note.warning) == bool(told_of)
        assert not note.doubtful_bones
    # the rig's constraints are the reason then, and not its proportions
    bent = replace(plain.poses, off_rest=rests, size=2.0, degrees={"left_lower_leg": 51.0})
    note = note_on(replace(plain, poses=bent, report=report))
    assert told_of[0] in note.warning
    assert advice not in note.warning
    touch = off("left_hand", 0.05, 37.0)
    note = note_on(replace(plain, poses=replace(plain.poses, off_touch=touch), report=report))
    assert "Left hand should touch something in frame 37, but is 5 cm too far from it." in note.warning
    assert advice in note.warning
    assert "Hands are at most 5.0 cm too far from what they touch." in note.details
    assert note.frame == 37.0


@pytest.mark.parametrize(
    ("slides", "legs", "says"),
    [
        (49.0, 44.0, ""),
        (120.0, 3.0, "Planted feet slide 1.0 cm/s, at most 120.0."),
        (1.0, 90.0, "Contacts rotated the legs by up to 90.0°, the feet by up to 0.0°."),
    ],
)
def test_feet_that_slide_and_legs_that_fold_for_contacts_are_a_warning(
    plain: Any,
    slides: float,
    legs: float,
    says: str,
) -> None:
    # the same on a character in centimetres, a hundred times as large
    for held, size in ((True, 1.0), (False, 1.0), (True, 100.0)):
        poses = replace(plain.poses, most_slide=slides, size=size)
        report = replace(plain.report, body_held=held, leg_change_degrees=legs, slide_before=0.0)
        note = note_on(replace(plain, poses=poses, report=report))
        is_told = held and says and (size == 1.0 or "slide" not in says)
        wanted = f"{says} The character's proportions don't allow all contacts at once." if is_told else ""
        assert note.warning == wanted
        # each figure is told once
        assert [" ".join(note.sentences).count(each) for each in ("Planted feet", "Contacts rotated")] == [1, 1]
