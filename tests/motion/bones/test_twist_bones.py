"""Twist bones told from others, in the naming conventions known here and in odd hierarchies."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.twist_bones import TwistSegment, bone_at_end, twist_segments
from aimocap_blender.motion.skeleton import BoneOptions, Skeleton

from .bone_conventions import CONVENTIONS
from .convention_figures import Convention

TWISTED = {
    "Unreal": Convention(
        "pelvis|spine_01 spine_02 spine_03|neck_01|head",
        "clavicle_@ upperarm_@ lowerarm_@ hand_@",
        "thigh_@ calf_@ foot_@ ball_@",
        sides=("l", "r"),
        extra=(
            *(f"{part}_twist_0{n}_@<{part}_@" for part in ("upperarm", "lowerarm", "thigh", "calf") for n in (1, 2)),
            *(f"{part}_twistCor_0{n}_@<{part}_twist_0{n}_@" for part in ("upperarm", "thigh") for n in (1, 2)),
            *(f"{part}_correctiveRoot_@<{part}_@" for part in ("upperarm", "lowerarm", "thigh", "calf")),
            *(f"{part}_{way}_@<{part}_@" for part in ("upperarm", "lowerarm", "thigh") for way in ("in", "out", "bck")),
        ),
    ),
    "Biped": Convention(
        "Bip01 Pelvis,|Bip01 Spine,Bip01 Spine1|Bip01 Neck,|Bip01 Head,",
        "Bip01 @ Clavicle,Bip01 @ UpperArm,Bip01 @ Forearm,Bip01 @ Hand",
        "Bip01 @ Thigh,Bip01 @ Calf,Bip01 @ Foot,Bip01 @ Toe0",
        extra=(
            "Bip01 @ UpArmTwist<Bip01 @ UpperArm",
            "Bip01 @ ForeTwist<Bip01 @ Forearm",
            "Bip01 @ ForeTwist1<Bip01 @ ForeTwist",
            "Bip01 @ThighTwist<Bip01 @ Thigh",
            "Bip01 @CalfTwist<Bip01 @ Calf",
        ),
    ),
    "Daz Genesis 8": Convention(
        "hip|abdomenLower abdomenUpper chestLower chestUpper|neckLower neckUpper|head",
        "@Collar @ShldrBend @ForearmBend @Hand",
        "@ThighBend @Shin @Foot @Toe",
        sides=("l", "r"),
        extra=("@ShldrTwist>@ForearmBend", "@ForearmTwist>@Hand", "@ThighTwist>@Shin", "@Pectoral<chestUpper"),
    ),
    "Rigify deform": Convention(
        "DEF-spine|DEF-spine.001 DEF-spine.002 DEF-spine.003|DEF-spine.004|DEF-spine.006",
        "DEF-shoulder.@ DEF-upper_arm.@ DEF-forearm.@ DEF-hand.@",
        "DEF-thigh.@ DEF-shin.@ DEF-foot.@ DEF-toe.@",
        extra=(
            *("DEF-upper_arm.@.001>DEF-forearm.@", "DEF-forearm.@.001>DEF-hand.@"),
            *("DEF-thigh.@.001>DEF-shin.@", "DEF-shin.@.001>DEF-foot.@"),
        ),
    ),
    "MakeHuman": Convention(
        "root|spine05 spine04 spine03 spine02 spine01|neck01 neck02 neck03|head",
        "clavicle.@ upperarm01.@ lowerarm01.@ wrist.@",
        "upperleg01.@ lowerleg01.@ foot.@ -",
        extra=(
            *("upperarm02.@>lowerarm01.@", "lowerarm02.@>wrist.@", "upperleg02.@>lowerleg01.@"),
            *("lowerleg02.@>foot.@", "shoulder01.@>upperarm01.@"),
        ),
    ),
    "Mixamo with rolls": Convention(
        "mixamorig:Hips|mixamorig:Spine mixamorig:Spine1 mixamorig:Spine2|mixamorig:Neck|mixamorig:Head",
        "mixamorig:@Shoulder mixamorig:@Arm mixamorig:@ForeArm mixamorig:@Hand",
        "mixamorig:@UpLeg mixamorig:@Leg mixamorig:@Foot mixamorig:@ToeBase",
        sides=("Left", "Right"),
        extra=("mixamorig:@ArmRoll<mixamorig:@Arm", "mixamorig:@ForeArmRoll<mixamorig:@ForeArm"),
    ),
}
EXPECTED = {
    "Unreal": {f"{part}_twist_0{n}_@" for part in ("upperarm", "lowerarm", "thigh", "calf") for n in (1, 2)},
    "Biped": {
        *(f"Bip01 @ {twist}" for twist in ("UpArmTwist", "ForeTwist", "ForeTwist1")),
        *("Bip01 @ThighTwist", "Bip01 @CalfTwist"),
    },
    "Daz Genesis 8": {"@ShldrTwist", "@ForearmTwist", "@ThighTwist"},
    "Rigify deform": {f"DEF-{part}.@.001" for part in ("upper_arm", "forearm", "thigh", "shin")},
    "MakeHuman": {f"{part}02.@" for part in ("upperarm", "lowerarm", "upperleg", "lowerleg")},
    "Mixamo with rolls": {"mixamorig:@ArmRoll", "mixamorig:@ForeArmRoll"},
    "Character Creator": {
        f"CC_Base_@_{part}Twist0{n}" for part in ("Upperarm", "Forearm", "Thigh", "Calf") for n in (1, 2)
    },
    "Daz Genesis 9": {f"@_{part}twist{n}" for part in ("upperarm", "forearm", "thigh") for n in (1, 2)},
    "SMPL": set[str](),
}


def found_on(skeleton: Skeleton) -> list[TwistSegment]:
    slots = {slot: skeleton.index(bone) for slot, bone in detect_bones(skeleton).bones().items()}
    return twist_segments(skeleton, slots)


@pytest.mark.parametrize("convention", EXPECTED)
def test_the_twist_bones_of_a_convention_are_found_and_no_others(convention: str) -> None:
    entry = TWISTED.get(convention) or CONVENTIONS[convention]
    skeleton = entry.skeleton()
    segments = found_on(skeleton)
    assert len(segments) == 8
    want = {bone.replace("@", side) for bone in EXPECTED[convention] for side in entry.sides}
    assert {skeleton.names[bone] for segment in segments for bone in segment.bones} == want
    for segment in segments:
        side = {name for name in (skeleton.names[bone] for bone in segment.bones) if name in want}
        start = skeleton.heads[segment.start][0]
        assert all(np.sign(skeleton.heads[skeleton.index(name)][0]) == np.sign(start) for name in side)


@pytest.mark.parametrize("option", [BoneOptions(driven=True), BoneOptions(deform=False)])
def test_a_twist_bone_that_the_rig_rotates_is_left_to_it(option: BoneOptions) -> None:
    skeleton = TWISTED["Unreal"].skeleton()
    own = "lowerarm_twist_01_l"
    skeleton = replace(skeleton, options=tuple(option if name == own else BoneOptions() for name in skeleton.names))
    found = {skeleton.names[bone] for segment in found_on(skeleton) for bone in segment.bones}
    assert own not in found
    assert "lowerarm_twist_01_r" in found


def test_all_of_a_sources_upper_arms_twist_is_read_where_the_forearm_hangs() -> None:
    for convention, bone in (("Daz Genesis 8", "lShldrTwist"), ("Unreal", "upperarm_l"), ("MakeHuman", "upperarm02.L")):
        skeleton = TWISTED[convention].skeleton()
        slots = {slot: skeleton.index(name) for slot, name in detect_bones(skeleton).bones().items()}
        assert skeleton.names[bone_at_end(skeleton, slots, "left_upper_arm")] == bone
        assert bone_at_end(skeleton, slots, "left_lower_arm") == slots["left_lower_arm"]
        assert bone_at_end(skeleton, slots, "hips") == slots["hips"]


@pytest.mark.parametrize("near", ["body", "end"])
@pytest.mark.parametrize("chained", [False, True])
@pytest.mark.parametrize("positions", [(0.0,), (0.5,), (0.9,), (0.0, 0.5), (0.33, 0.66), (0.8, 0.81, 0.9), (0.2, 0.2)])
def test_no_joint_has_more_than_half_and_further_bones_have_more(
    near: str, *, chained: bool, positions: tuple[float, ...]
) -> None:
    bones = dict(enumerate(positions, 2))
    segment = TwistSegment(0, 1, near, bones, tuple(bones) if chained else ())
    fractions = segment.shares()
    if near == "end":
        steps = [fractions[0], *(fractions[bone] for bone in bones), 1.0]
        along = [0.0, *steps[1:]]
        assert fractions[0] <= 0.5
    elif chained:
        along = [0.0, fractions[0], *(fractions[bone] for bone in bones)]
        assert along[-1] == 1.0
    else:
        along = [0.0, *(fractions[bone] for bone in bones), 1.0]
        assert fractions[0] == 1.0
    steps = np.diff(along)
    assert steps.min() >= 0.0
    assert steps.max() <= 0.5 + 1e-9
