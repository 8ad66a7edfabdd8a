"""Bones found on real characters, against maps that were checked by hand."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import CORE_SLOTS, BoneMap
from aimocap_blender.motion.bones.map_check import doubts
from aimocap_blender.motion.skeleton import Skeleton
from tests.blender_versions import in_newest

from .real_files import load, skeleton
from .rigs.rigify_rig import open_rig

RENAMINGS: Mapping[str, Callable[[str], str]] = {
    "as they are": str,
    "lower case": str.lower,
    "upper case": str.upper,
    "a copy's number": "{}.001".format,
    "a prefix": "Hero_{}".format,
    "a prefix without separator": "xqz{}".format,
    "a namespace, in lower case": lambda name: f"rig5:{name}".lower(),
    "a suffix": "{}_grp".format,
    "a prefix, and no separators, in lower case": lambda name: "".join(filter(str.isalnum, f"hero{name}")).lower(),
}
PROFILES = {"rigify_ctrl": "Rigify", "biped_bip01": "3ds Max Biped"}


@pytest.fixture(scope="session")
def truth(shared_data: Path) -> Mapping[str, Mapping[str, object]]:
    return json.loads((shared_data / "bone-names.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def skeletons(
    shared_data: Path,
    truth: Mapping[str, Mapping[str, object]],
    rig_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, Skeleton]:
    """Convention to the skeleton of its file; Blender's own metarig, and the rig made of it, too."""
    scratch = tmp_path_factory.mktemp("imported")
    found = {
        convention: skeleton(load(shared_data / file, scratch))
        for convention, entry in truth.items()
        for file in entry["files"]
    }
    found["rigify_ctrl"] = skeleton(open_rig(rig_file))
    found["rigify_metarig"] = skeleton(bpy.data.objects["metarig"])
    return found


@pytest.mark.slow
@in_newest
@pytest.mark.parametrize("renaming", RENAMINGS)
def test_bones_are_found_whatever_all_names_share(
    skeletons: Mapping[str, Skeleton], truth: Mapping[str, Mapping[str, object]], renaming: str
) -> None:
    rename = RENAMINGS[renaming]
    for convention, skel in skeletons.items():
        want = {slot: rename(bone) for slot, bone in truth[convention]["map"].items()}
        bones = detect_bones(replace(skel, names=tuple(map(rename, skel.names))))
        got = bones.bones()
        assert bones.profile == PROFILES.get(convention, "")
        wrong = [slot for slot in CORE_SLOTS if got.get(slot) != want.get(slot)]
        assert not wrong, f"{convention}: {[(slot, want.get(slot), got.get(slot)) for slot in wrong]}"
        right = sum(want.get(slot) == bone for slot, bone in got.items())
        assert right / len(got) >= 0.98, convention
        assert right / len(want) >= 0.98, convention
    assert len(skeletons) >= 18


@pytest.mark.slow
def test_chains_hold_all_bones(skeletons: Mapping[str, Skeleton], truth: Mapping[str, Mapping[str, object]]) -> None:
    bones = detect_bones(skeletons["mh_default"])
    assert list(bones.spine_chain) == truth["mh_default"]["spine_chain"]
    assert list(bones.neck_chain) == truth["mh_default"]["neck_chain"]


def test_a_generated_rig_tells_what_must_be_switched(skeletons: Mapping[str, Skeleton]) -> None:
    switches = detect_bones(skeletons["rigify_ctrl"]).switches
    limbs = {f"{limb}_parent.{side}" for limb in ("upper_arm", "thigh") for side in "LR"}
    assert {(switch.bone, switch.prop, switch.value) for switch in switches} == {(bone, "IK_FK", 1.0) for bone in limbs}


@in_newest
@pytest.mark.parametrize("pattern", ["Bone.{:03}", "joint_{}", "{}"])
def test_bodies_whose_names_mean_nothing_are_found_by_their_shape(
    skeletons: Mapping[str, Skeleton], truth: Mapping[str, Mapping[str, object]], pattern: str
) -> None:
    unknown: set[str] = set()
    for convention, skel in skeletons.items():
        numbers = np.random.default_rng(len(skel)).permutation(len(skel)).tolist()
        names = {name: pattern.format(number) for name, number in zip(skel.names, numbers, strict=True)}
        found = detect_bones(replace(skel, names=tuple(names.values())))
        want = {slot: names[bone] for slot, bone in truth[convention]["map"].items()}
        wrong = {slot: bone for slot, bone in found.bones().items() if want.get(slot) != bone}
        assert not wrong, (convention, wrong)
        assert all(match.confidence <= 0.5 for match in found.matches.values())
        if not found.matches:
            unknown.add(convention)
            continue
        assert not [slot for slot in CORE_SLOTS if slot in want and slot not in found.matches], convention
    assert len(skeletons) - len(unknown) >= 14, unknown


def test_no_real_map_is_doubted(skeletons: Mapping[str, Skeleton], truth: Mapping[str, Mapping[str, object]]) -> None:
    for convention, rest in skeletons.items():
        bones = truth[convention]["map"] if convention in truth else detect_bones(rest).bones()
        assert doubts(rest, BoneMap.from_json(bones)) == {}, convention
