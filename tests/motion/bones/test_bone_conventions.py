"""Every convention of names that is known here, under the renamings that people and programs do to all names."""

import json
import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import CORE_SLOTS, FINGERS
from aimocap_blender.motion.skeleton import Skeleton

from .bone_conventions import CONVENTIONS
from .convention_figures import Convention, skeleton


def bare(name: str) -> str:
    """Without separators."""
    return "".join(filter(str.isalnum, name))


LETTERS = string.ascii_letters + string.digits
RENAMINGS: Mapping[str, Callable[[str], str]] = {
    "as they are": str,
    "lower case": str.lower,
    "upper case": str.upper,
    "a copy's number": "{}.001".format,
    "a prefix": "Hero_{}".format,
    "a prefix without separator": "xqz{}".format,
    "a prefix without separator, in upper case": lambda name: f"xqz{name}".upper(),
    "a namespace, in lower case": lambda name: f"rig5:{name}".lower(),
    "a suffix": "{}_grp".format,
    "a prefix and a copy's number, in lower case": lambda name: f"Boy_{name}.001".lower(),
    "no separators": bare,
    "no separators, in lower case": lambda name: bare(name).lower(),
    "a prefix and no separators, in lower case": lambda name: f"hero{bare(name)}".lower(),
}
# what the bones of a convention stand among, where the list of names doesn't say; as `Convention.extra` has it
AMONG: Mapping[str, tuple[str, ...]] = {
    "ue5_metahuman": (
        "root>pelvis",
        *(f"{part}_twist_0{n}_@<{part}_@" for part in ("upperarm", "lowerarm", "thigh", "calf") for n in (1, 2)),
        *(f"{finger}_metacarpal_@>{finger}_01_@" for finger in ("index", "middle", "ring", "pinky")),
        *(f"{part}_correctiveRoot_@<{part}_@" for part in ("upperarm", "lowerarm", "thigh", "calf")),
        *(
            f"{part}_{way}_@<{part}_@"
            for part in ("upperarm", "lowerarm", "thigh")
            for way in ("in", "out", "fwd", "bck")
        ),
        *("clavicle_out_@<clavicle_@", "clavicle_scap_@<clavicle_@", "clavicle_pec_@<spine_05", "calf_knee_@<calf_@"),
        *("wrist_inner_@<hand_@", "wrist_outer_@<hand_@", "ankle_fwd_@<foot_@", "ankle_bck_@<foot_@"),
        *("bigtoe_01_@<ball_@", "bigtoe_02_@<bigtoe_01_@", "indextoe_01_@<ball_@", "littletoe_01_@<ball_@"),
        *("spine_04_latissimus_@<spine_04", "index_01_bulge_@<index_01_@", "thumb_01_mcp_@<thumb_01_@"),
        *("ik_foot_root<root", "ik_foot_@<ik_foot_root", "ik_hand_root<root", "ik_hand_gun<ik_hand_root"),
        *("ik_hand_@<ik_hand_gun", "interaction<root", "center_of_mass<root", "FACIAL_C_FacialRoot<head"),
    ),
    "ue4": ("root>pelvis", "upperarm_twist_01_@<upperarm_@", "ik_foot_root<root", "ik_foot_@<ik_foot_root"),
    "mixamo": (
        "mixamorig:HeadTop_End<mixamorig:Head",
        "mixamorig:@Toe_End<mixamorig:@ToeBase",
        *(f"mixamorig:@Hand{f}4<mixamorig:@Hand{f}3" for f in ("Thumb", "Index", "Middle", "Ring", "Pinky")),
        "mixamorig:@Eye<mixamorig:Head",
    ),
    "daz_genesis_3_8": (
        "pelvis>@ThighBend",
        *("@ShldrTwist>@ForearmBend", "@ForearmTwist>@Hand", "@ThighTwist>@Shin", "@Metatarsals>@Toe"),
        *("@Carpal1>@Index1", "@Carpal2>@Mid1", "@Carpal3>@Ring1", "@Carpal4>@Pinky1"),
        *("@Pectoral<chestLower", "@BigToe<@Toe", "@BigToe_2<@BigToe", "@SmallToe1<@Toe", "@SmallToe4<@Toe"),
        *("@Eye<head", "@Ear<head", "upperFaceRig<head", "lowerFaceRig<head", "lowerJaw<head", "tongue01<lowerJaw"),
        *("@BrowInner<upperFaceRig", "LipLowerMiddle<lowerFaceRig", "@NasolabialMiddle<lowerFaceRig"),
    ),
    "biped_bip01": (
        "Bip01>Bip01 Pelvis",
        "Bip01 Footsteps<Bip01",
        "Bip01 @ UpArmTwist<Bip01 @ UpperArm",
        "Bip01 @ ForeTwist<Bip01 @ Forearm",
        "Bip01 @ Finger0Nub<Bip01 @ Finger02",
        "Bip01 @ Toe0Nub<Bip01 @ Toe0",
        "Bip01 HeadNub<Bip01 Head",
        "Bip01 Ponytail1<Bip01 Head",
    ),
    "rigify_metarig": (
        "spine.005>spine.006",
        *("pelvis.@<spine", "breast.@<spine.003", "heel.02.@<foot.@", "face<spine.006", "jaw<face", "lip.T.@<face"),
        *("palm.01.@>f_index.01.@", "palm.01.@>thumb.01.@", "palm.02.@>f_middle.01.@"),
        *("palm.03.@>f_ring.01.@", "palm.04.@>f_pinky.01.@"),
    ),
    "rigify_def_export": (
        *("DEF-upper_arm.@.001>DEF-forearm.@", "DEF-forearm.@.001>DEF-hand.@"),
        *("DEF-thigh.@.001>DEF-shin.@", "DEF-shin.@.001>DEF-foot.@"),
    ),
    "rigify_ctrl": (
        *("root>torso", "upper_arm_parent.@<spine_fk.003", "thigh_parent.@<torso", "hand_ik.@<root", "foot_ik.@<root"),
        *("DEF-upper_arm.@<spine_fk.003", "DEF-forearm.@<DEF-upper_arm.@", "DEF-hand.@<DEF-forearm.@"),
        *("ORG-thigh.@<torso", "ORG-shin.@<ORG-thigh.@", "MCH-foot_fk.@<ORG-shin.@", "thigh_tweak.@<ORG-thigh.@"),
    ),
    "cmu_bvh": (
        "LHipJoint>LeftUpLeg",
        "RHipJoint>RightUpLeg",
        "Neck1>Head",
        "LThumb<LeftHand",
        "LeftHandIndex1<LeftHand",
    ),
    "mh_default": (
        *("upperarm02.@>lowerarm01.@", "lowerarm02.@>wrist.@", "upperleg02.@>lowerleg01.@", "lowerleg02.@>foot.@"),
        *(
            "shoulder01.@>upperarm01.@",
            "pelvis.@>upperleg01.@",
            "toe1-1.@<foot.@",
            "toe2-1.@<foot.@",
            "toe5-1.@<foot.@",
        ),
        *(f"metacarpal{n - 1}.@>finger{n}-1.@" for n in (2, 3, 4, 5)),
        *("breast.@<spine02", "jaw<head", "tongue00<jaw", "eye.@<head", "levator02.@<head", "temporalis01.@<head"),
    ),
    "vrm_addon": ("root>hips", "eye.@<head", "hair_01<head", "skirt.01.@<hips"),
    "kaykit": ("root>hips", "hand.@<wrist.@", "handslot.@<hand.@", "control-foot-roll.@<root", "kneeIK.@<root"),
}
SIDES: Mapping[str, tuple[str, str]] = {
    "ue5_metahuman": ("l", "r"),
    "ue4": ("l", "r"),
    "daz_genesis_3_8": ("l", "r"),
    "kaykit": ("l", "r"),
    "mixamo": ("Left", "Right"),
}


@dataclass(frozen=True)
class Case:
    """A figure and what should be found on it."""

    skeleton: Skeleton
    slots: Mapping[str, str]
    spine: list[str]
    neck: list[str]


@cache
def known(convention: str) -> Case:
    """A figure of the table here."""
    entry = CONVENTIONS[convention]
    return Case(entry.skeleton(), entry.slots(), *entry.chains())


def listed(entry: Mapping[str, Any], among: tuple[str, ...], sides: tuple[str, str]) -> Case:
    """A figure of the list of names beside the checkout, among further bones."""
    slots = dict(entry["map"])
    spine = entry.get("spine_chain") or [slots[slot] for slot in ("spine", "chest", "upper_chest") if slot in slots]
    neck = entry.get("neck_chain") or [slots[slot] for slot in ("neck",) if slot in slots]
    extras = list(dict.fromkeys(extra.replace("@", token) for token in sides for extra in among))
    between = {extra.split(">")[1]: extra.split(">")[0] for extra in extras if ">" in extra}
    neck_end = between.get(slots["head"])
    return Case(skeleton(slots, spine, neck, extras), slots, spine, neck + ([neck_end] if neck_end else []))


def right_and_found(case: Case, rename: Callable[[str], str]) -> tuple[int, int]:
    """How many slots are right, and how many are filled; all core slots and the chains have to be right."""
    want = {slot: rename(bone) for slot, bone in case.slots.items()}
    bones = detect_bones(replace(case.skeleton, names=tuple(map(rename, case.skeleton.names))))
    got = bones.bones()
    wrong = [(slot, want[slot], got.get(slot)) for slot in CORE_SLOTS if slot in want and got.get(slot) != want[slot]]
    assert not wrong
    assert list(bones.spine_chain) == [rename(bone) for bone in case.spine]
    assert list(bones.neck_chain) == [rename(bone) for bone in case.neck]
    return sum(want.get(slot) == bone for slot, bone in got.items()), len(got)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_convention_is_understood(convention: str) -> None:
    """Under each renaming, and with a number that an exporter gave each bone."""
    case = known(convention)
    counted = [
        {name: pattern.format(name, number) for number, name in enumerate(case.skeleton.names)}.__getitem__
        for pattern in ("{}_{}", "hero_{}_0{}")
    ]
    for rename in (*RENAMINGS.values(), *counted):
        right, found = right_and_found(case, rename)
        least = 0.98 if rename is str else 0.97
        assert right / found >= least
        assert right / len(case.slots) >= least


@pytest.mark.parametrize("seed", range(4))
def test_any_prefix_and_suffix_say_nothing(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 -- repeatable, no secret
    right = found = there = 0
    for convention in CONVENTIONS:
        case = known(convention)
        prefix = "".join(rng.choices(LETTERS, k=rng.randint(1, 7))) + rng.choice(["", "_", ":", "-", ".", " "])
        suffix = rng.choice(["", "_", "."]) + "".join(rng.choices(LETTERS, k=rng.randint(1, 4)))
        change = rng.choice([str, str.lower, str.upper])
        names = {name: change(f"{prefix}{name}{suffix}") for name in case.skeleton.names}
        got = detect_bones(replace(case.skeleton, names=tuple(names.values()))).bones()
        right += sum(got.get(slot) == names[bone] for slot, bone in case.slots.items())
        found += len(got)
        there += len(case.slots)
    assert right / found >= 0.97
    assert right / there >= 0.97


BESIDE = (
    *("Tail_01<{hips}", "Tail_02<Tail_01", "Wing_@_01<{top}", "Wing_@_02<Wing_@_01", "Wing_@_03<Wing_@_02"),
    *("Hair_@_01<{head}", "Hair_@_02<Hair_@_01", "Ponytail<{head}", "Hat<{head}", "Eye_@<{head}", "Jaw<{head}"),
    *("Skirt_@_01<{hips}", "Skirt_@_02<Skirt_@_01", "Cape_01<{top}", "Cape_02<Cape_01", "Belt<{hips}"),
    *("Sword<{right_hand}", "Sword_tip<Sword", "Shield<{left_hand}", "weapon_@<{hips}", "Breast_@<{top}"),
    *("Hand_@_IK<world", "IK_Foot_@<world", "Elbow_Pole_@<world", "Knee_Target_@<world", "Foot_ctrl_@<world"),
    *("Foot_Roll_@<IK_Foot_@", "Camera<world", "Head_LookAt_ctrl<world"),
)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_extra_bones_beside_the_body_fill_no_slot(convention: str) -> None:
    entry = CONVENTIONS[convention]
    slots = entry.slots()
    top = entry.chains()[0][-1]
    beside = [extra.format(top=top, **slots) for extra in BESIDE]
    beside = [extra.replace("@", token) for token in entry.sides for extra in beside]
    there = known(convention).skeleton.names
    beside = [extra for extra in dict.fromkeys([f"world>{slots['hips']}", *beside]) if extra.split("<")[0] not in there]
    crowded = skeleton(slots, *entry.chains(), [*entry.extras(), *beside])
    assert detect_bones(crowded).bones() == detect_bones(known(convention).skeleton).bones()


MISSING = (("shoulder",), ("neck",), ("toes",), ("shoulder", "neck", "toes"), ("thumb", "index"), ("foot", "toes"))


@pytest.mark.slow_cases
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_missing_bones_leave_the_other_slots_filled(convention: str) -> None:
    for missing in MISSING:
        check_without(CONVENTIONS[convention], missing)


def check_without(entry: Convention, missing: tuple[str, ...]) -> None:
    spine, neck = entry.chains()
    slots = {slot: bone for slot, bone in entry.slots().items() if not any(part in slot for part in missing)}
    neck = [] if "neck" in missing else neck
    there = {*slots.values(), *spine, *neck}
    extras = [extra for extra in entry.extras() if ">" not in extra and there >= {extra.split("<")[1]}]
    poor = skeleton(slots, spine, neck, extras)
    got = detect_bones(poor).bones()
    fingerless = {slot: bone for slot, bone in slots.items() if not any(finger in slot for finger in FINGERS)}
    assert {slot: got.get(slot) for slot in fingerless} == fingerless
    assert set(got) - set(slots) == set()


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("renaming", RENAMINGS)
def test_the_listed_conventions_are_understood_without_their_files(
    shared_data: Path, renaming: str, alone: bool
) -> None:
    entries = json.loads((shared_data / "bone-names.json").read_text(encoding="utf-8"))
    assert len(entries) == 22
    poor: dict[str, tuple[int, int, int]] = {}
    for convention, entry in entries.items():
        case = listed(entry, () if alone else AMONG.get(convention, ()), SIDES.get(convention, ("L", "R")))
        right, found = right_and_found(case, RENAMINGS[renaming])
        least = 0.98 if renaming == "as they are" else 0.97
        if min(right / found, right / len(case.slots)) < least:
            poor[convention] = right, found, len(case.slots)
    assert not poor


METAHUMAN = Convention(
    "pelvis|spine_01 spine_02 spine_03 spine_04 spine_05|neck_01 neck_02|head",
    "clavicle_@ upperarm_@ lowerarm_@ hand_@",
    "thigh_@ calf_@ foot_@ ball_@",
    sides=("l", "r"),
    extra=(
        *(f"{part}_correctiveRoot_@<{part}_@" for part in ("upperarm", "lowerarm", "thigh", "calf", "hand", "foot")),
        *(
            f"{part}_{way}_@<{part}_@"
            for part in ("upperarm", "lowerarm", "thigh")
            for way in ("in", "out", "fwd", "bck")
        ),
        *(f"{part}_twist_0{n}_@<{part}_@" for part in ("upperarm", "lowerarm", "thigh", "calf") for n in (1, 2)),
        *(f"{part}_twistCor_0{n}_@<{part}_twist_0{n}_@" for part in ("upperarm", "thigh", "calf") for n in (1, 2)),
        *(
            "upperarm_bicep_@<upperarm_@",
            "upperarm_tricep_@<upperarm_@",
            "calf_knee_@<calf_@",
            "calf_kneeBack_@<calf_@",
        ),
        *(
            "clavicle_out_@<clavicle_@",
            "clavicle_scap_@<clavicle_@",
            "hand_bulge_@<hand_@",
            "lowerarm_bulge_@<lowerarm_@",
        ),
        *("spine_04_latissimus_@<spine_04", "wrist_inner_@<hand_@", "wrist_outer_@<hand_@", "ankle_bck_@<foot_@"),
    ),
)


@pytest.mark.parametrize("missing", [None, "upperarm", "lowerarm", "hand", "thigh", "calf", "foot", "ball", "clavicle"])
@pytest.mark.parametrize("case", [str, str.upper])
def test_a_metahumans_helpers_are_never_taken_even_where_their_bone_is_missing(
    missing: str | None, case: Callable[[str], str]
) -> None:
    whole, want = METAHUMAN.skeleton(), METAHUMAN.slots()
    gone = {f"{missing}_l", f"{missing}_r"}
    kept = [number for number, name in enumerate(whole.names) if name not in gone]

    def above(bone: int) -> int:
        parent = int(whole.parents[bone])
        while parent >= 0 and whole.names[parent] in gone:
            parent = int(whole.parents[parent])
        return kept.index(parent) if parent >= 0 else -1

    poor = replace(
        whole,
        names=tuple(case(whole.names[bone]) for bone in kept),
        parents=np.array([above(bone) for bone in kept]),
        rest=whole.rest[kept],
        tails=whole.tails[kept],
    )
    found = detect_bones(poor).bones()
    assert {slot: bone for slot, bone in found.items() if bone != case(want[slot])} == {}
    assert set(want) - set(found) == {slot for slot, bone in want.items() if bone in gone}
