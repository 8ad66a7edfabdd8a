"""Bone maps as data."""

import json

import pytest

from aimocap_blender.motion.humanoid import SLOTS, BoneMap, BoneMatch, mirrored


def test_a_map_survives_json() -> None:
    bones = BoneMap(
        {"hips": BoneMatch("pelvis", 0.9, "where legs part"), "left_hand": BoneMatch("hand_l")},
        spine_chain=("spine_01", "spine_02"),
        neck_chain=("neck_01",),
    )
    assert BoneMap.from_json(json.loads(json.dumps(bones.to_json()))) == bones


def test_a_plain_list_of_names_is_a_map_too() -> None:
    assert BoneMap.from_json({"hips": "pelvis"}).bone("hips") == "pelvis"


@pytest.mark.parametrize("data", [[], {"slots": []}, {"tail": "Tail"}, {"hips": {}}, {"slots": {}, "spine_chain": "a"}])
def test_what_is_no_map_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"not a|no such slot|names no bone"):
        BoneMap.from_json(data)


def test_slots_mirror() -> None:
    assert mirrored("left_hand") == "right_hand"
    assert mirrored("head") == "head"
    assert sorted(map(mirrored, SLOTS)) == sorted(SLOTS)


def test_a_bone_chosen_by_hand_takes_the_chain_along() -> None:
    bones = BoneMap({"chest": BoneMatch("b", 0.5, "")}, spine_chain=("a", "b", "c"))
    assert bones.with_bone("chest", "x").spine_chain == ("a", "x", "c")
    assert bones.with_bone("chest", "x").bone("chest") == "x"
    assert bones.with_bone("chest", None).spine_chain == ("a", "c")
    assert "chest" in bones.with_bone("chest", None).missing()
