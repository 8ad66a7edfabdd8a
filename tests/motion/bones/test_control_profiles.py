"""Control rigs known by name, under the names that people give their bones."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.control_profiles import (
    built_in_profiles,
    ik_limbs,
    profile_map,
    profile_of,
    read_profile,
)
from aimocap_blender.motion.bones.humanoid import SLOTS, BoneMap, BoneMatch, Switch
from aimocap_blender.motion.bones.ik_limbs import fk_beside
from aimocap_blender.motion.skeleton import Skeleton
from aimocap_blender.texts.text import Text

from ..made_figures import TREE, figure

SIDE_TOKENS = {
    "Rigify": "LR",
    "Auto-Rig Pro": "lr",
    "Mixamo Control Rig": ("Left", "Right"),
    "3ds Max Biped": "LR",
    "BlenRig": "LR",
}
SWITCHES = {
    "Rigify": {"upper_arm_parent.{}": "IK_FK", "thigh_parent.{}": "IK_FK"},
    "Auto-Rig Pro": {"c_hand_ik.{}": "ik_fk_switch", "c_foot_ik.{}": "ik_fk_switch"},
    "Mixamo Control Rig": {"Ctrl_Hand_IK_{}": "ik_fk_switch", "Ctrl_Foot_IK_{}": "ik_fk_switch"},
}
BODY = {
    "Rigify": ("torso", "spine_fk.001", "upper_arm_fk.{}", "forearm_fk.{}", "foot_fk.{}", "toe_fk.{}"),
    "Auto-Rig Pro": (
        "c_root_master.x",
        "c_spine_01.x",
        "c_arm_fk.{}",
        "c_forearm_fk.{}",
        "c_foot_fk.{}",
        "c_toes_fk.{}",
    ),
    "Mixamo Control Rig": (
        "Ctrl_Hips",
        "Ctrl_Spine",
        "Ctrl_Arm_FK_{}",
        "Ctrl_ForeArm_FK_{}",
        "Ctrl_Foot_FK_{}",
        "Ctrl_Toe_FK_{}",
    ),
    "BlenRig": ("master_torso", "spine_1_fk", "arm_fk_{}", "forearm_fk_{}", "foot_fk_{}", "foot_toe_1_fk_{}"),
    "3ds Max Biped": ("Pelvis", "Spine", "{} UpperArm", "{} Forearm", "{} Foot", "{} Toe0"),
}
RENAMINGS: Mapping[str, Callable[[str], str]] = {
    "as they are": str,
    "lower case": str.lower,
    "upper case": str.upper,
    "a copy's number": "{}.001".format,
    "a namespace": "Hero:{}".format,
    "a prefix without separator, in lower case": lambda name: f"xqz{name}".lower(),
    "no separators": lambda name: "".join(filter(str.isalnum, name)),
    "both": "Bip01 {}_grp".format,
}


def rig(names: Iterable[str]) -> Skeleton:
    """Bones without sense in their places; names alone decide."""
    names = tuple(dict.fromkeys(names))
    count = len(names)
    return Skeleton(names, np.arange(count) - 1, np.tile(np.eye(4), (count, 1, 1)), np.zeros((count, 3)), np.eye(4))


def all_names(profile_name: str) -> list[str]:
    """All names that a profile knows, and bones beside them that are alike."""
    profile = next(profile for profile in built_in_profiles() if profile.name == profile_name)
    names = [name for names in profile.slots.values() for name in names]
    names += [*profile.spine, *profile.neck, *profile.required, *(switch.bone for switch in profile.switches)]
    return [*(f"DEF-{name}" for name in names), *names, "root", "hair_01", "prop"]


@pytest.mark.parametrize("name", BODY)
@pytest.mark.parametrize("renaming", RENAMINGS)
def test_a_known_rig_is_found_under_any_names(name: str, renaming: str) -> None:
    rename = RENAMINGS[renaming]
    found = detect_bones(rig(map(rename, all_names(name))))
    assert found.profile == name
    for side, token in zip(("left", "right"), SIDE_TOKENS[name], strict=True):
        slots = ("hips", "spine", *(f"{side}_{part}" for part in ("upper_arm", "lower_arm", "foot", "toes")))
        assert [found.bone(slot) for slot in slots] == [rename(bone.format(token)) for bone in BODY[name]]
    switches = SWITCHES.get(name, {}).items()
    wanted = {Switch(rename(bone.format(token)), prop, 1.0) for bone, prop in switches for token in SIDE_TOKENS[name]}
    if name == "BlenRig":
        of_arm = [(each.prop, each.value) for each in found.switches if each.bone == rename("properties_arm_L")]
        assert of_arm == [("ik_arm_L", 1.0), ("space_hand_L", 1.0)]
    else:
        assert set(found.switches) == wanted
    assert {match.confidence for match in found.matches.values()} == {1.0}
    assert found.matches["hips"].why == f"in the profile of {name}"
    kept = Text.of(BoneMap.from_json(json.loads(json.dumps(found.to_json()))).matches["hips"].why)
    assert (kept.template, kept.values) == ("in the profile of {profile}", {"profile": name})


def test_slots_whose_bones_are_absent_stay_empty_and_older_names_are_known() -> None:
    gone = {"toe_fk.L", "toe_fk.R", "thumb.01.L", "shoulder.R", "spine_fk.002", "neck"}
    found = detect_bones(rig(name for name in all_names("Rigify") if name not in gone))
    assert found.bone("left_toes") == "toe.L"
    assert {"left_thumb_proximal", "right_shoulder", "neck"} <= set(found.missing())
    assert found.spine_chain[:2] == ("spine_fk.001", "spine_fk.003")
    assert found.bone("chest") in found.spine_chain


@pytest.mark.parametrize("missing", ["torso", "upper_arm_parent.L", "foot_fk.R"])
def test_a_rig_without_a_bone_that_must_be_there_is_another(missing: str) -> None:
    assert profile_map(rig(name for name in all_names("Rigify") if missing not in name), built_in_profiles()) is None


@pytest.mark.parametrize("renaming", RENAMINGS)
def test_fk_is_keyed_beside_ik_on_bones_that_dont_turn_it(renaming: str) -> None:
    """BlenRig's FK controls act on top of IK: where both are keyed, FK takes the bones above them."""
    rename = RENAMINGS[renaming]
    profile = next(profile for profile in built_in_profiles() if profile.name == "BlenRig")
    parts = [part for names in profile.ik.values() for part in (names.upper, names.lower, names.end, names.target)]
    parts += [part for names in profile.ik.values() for part in (names.pole, names.fk_upper, names.fk_lower)]
    skeleton = rig(rename(name) for name in [*all_names("BlenRig"), *parts])
    found = detect_bones(skeleton)
    assert found.bone("left_upper_arm") == rename("arm_fk_L")
    limbs = ik_limbs(skeleton, found, built_in_profiles())
    assert set(limbs) == {"left_hand", "right_hand", "left_foot", "right_foot"}
    beside = fk_beside(found, [limbs["left_hand"]])
    assert [beside.bone(f"{side}_lower_arm") for side in ("left", "right")] == [
        rename("forearm_fk_mstr_L"),
        rename("forearm_fk_R"),
    ]
    assert beside.bone("left_lower_leg") == rename("shin_fk_L")
    added = {(each.bone, each.prop) for each in beside.switches} - {(each.bone, each.prop) for each in found.switches}
    assert {prop for _, prop in added} == {f"SHLDR_AUTO_{way}_L" for way in ("UP", "DOWN", "FORW", "BACK")}
    assert {bone for bone, _ in added} == {rename("shoulder_L")}


def test_a_bone_map_is_the_profile_of_rigs_with_its_bones() -> None:
    names = {slot: f"odd:{number}_x" for number, slot in enumerate(TREE)}
    skeleton, _ = figure(np.random.default_rng(5), names=names)
    own = BoneMap(
        {slot: BoneMatch(bone, 0.5, "") for slot, bone in names.items() if slot != "head"},
        spine_chain=(names["spine"], names["chest"], names["head"], names["upper_chest"]),
        switches=(Switch(names["head"], "on", 1.0),),
    )
    renamed = {slot: f"GIRL_{name[4:]}".upper() for slot, name in names.items()}
    other, _ = figure(np.random.default_rng(6), names=renamed)
    found = profile_map(other, [profile_of(own, "odd one")])
    assert found is not None
    assert found.bones() == {slot: renamed[slot] for slot in own.bones()}
    assert found.spine_chain[2] == found.switches[0].bone == renamed["head"]
    assert (found.profile, found.switches[0].prop) == ("odd one", "on")
    assert profile_map(figure(np.random.default_rng(7))[0], [profile_of(own, "odd one")]) is None
    assert profile_map(skeleton, [profile_of(own, "odd one")]) is not None


def test_of_two_rigs_in_one_the_one_that_was_saved_is_found() -> None:
    names = {slot: f"DEF-{slot}" for slot in TREE}
    own = profile_of(BoneMap({slot: BoneMatch(bone) for slot, bone in names.items()}), "deform")
    both = rig([*TREE, *names.values(), *(f"ORG-{slot}" for slot in TREE)])
    found = profile_map(both, [own])
    assert found is not None
    assert found.bones() == names


def test_a_map_of_a_few_bones_tells_no_rig() -> None:
    with pytest.raises(ValueError, match="are needed"):
        profile_of(BoneMap({"hips": BoneMatch("root")}), "small")


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"name": "no bones required"},
        {"name": 3, "required": ["a"]},
        {"required": ["a"], "middle": {"tail": "Tail"}},
        {"required": ["a"], "limbs": {"wing": "Wing.@"}},
        {"required": ["a"], "limbs": []},
        {"required": "a"},
        {"required": ["a"], "switches": [{"bone": "a", "prop": "b"}]},
        {"required": ["a"], "sides": {"left": 1}},
        {"required": ["a"], "middle": {"hips": [1]}},
    ],
)
def test_wrong_profile_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"is not a|is not text|no such slot|must require|lacks"):
        read_profile(data)


def test_the_profiles_here_fill_slots_that_exist() -> None:
    by_names = [profile for profile in built_in_profiles() if not profile.controls]
    assert len(by_names) == len(BODY)
    for profile in by_names:
        assert set(profile.slots) <= set(SLOTS)
        assert len(profile.slots) >= 48


def test_the_profiles_on_the_page_are_read_and_found() -> None:
    page = (Path(__file__).parents[3] / "docs" / "profiles.md").read_text(encoding="utf-8")
    by_names, generated = (
        read_profile(json.loads(block)) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    )
    names = [name for names in by_names.slots.values() for name in names]
    found = profile_map(rig([*names, *by_names.spine, *by_names.neck, "ctl_root"]), [by_names])
    assert found is not None
    assert found.bone("left_hand") == "ctl_hand_fk_L"
    assert [(each.bone, each.prop) for each in found.switches] == [
        ("ctl_arm_fk_L", "fk_ik_L"),
        ("ctl_arm_fk_R", "fk_ik_R"),
    ]
    assert (generated.controls, generated.originals) == ("FK-", ("", "ORG-"))
