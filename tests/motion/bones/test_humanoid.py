"""Bone maps as data."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.bones.humanoid import SLOTS, BoneMap, BoneMatch, Switch, mirrored, spread_spine

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


def test_a_map_survives_json() -> None:
    bones = BoneMap(
        {"hips": BoneMatch("pelvis", 0.9, "where legs part"), "left_hand": BoneMatch("hand_l")},
        spine_chain=("spine_01", "spine_02"),
        neck_chain=("neck_01",),
        profile="Rigify",
        switches=(Switch("upper_arm_parent.L", "IK_FK", 1.0),),
    )
    assert BoneMap.from_json(json.loads(json.dumps(bones.to_json()))) == bones


def test_a_plain_list_of_names_is_a_map_too() -> None:
    assert BoneMap.from_json({"hips": "pelvis"}).bone("hips") == "pelvis"


NO_CONFIDENCE: list[object] = ["high", "1", None, [], True, float("nan"), float("inf"), 10**400, -0.1, 1.1]
NO_MAPS: list[object] = [
    [],
    None,
    {"slots": []},
    {"tail": "Tail"},
    {"hips": {}},
    {"hips": None},
    {"hips": {"bone": 1}},
    {"slots": {}, "spine_chain": "a"},
    {"slots": {}, "neck_chain": [1]},
    {"slots": {}, "profile": None},
    {"slots": {}, "switches": {}},
    {"slots": {}, "switches": [{"bone": "a", "prop": "b"}]},
    {"slots": {}, "switches": [{"bone": "a", "prop": "b", "value": "1"}]},
    {"hips": "a", "head": "a"},
    {"slots": {"hips": {"bone": "a"}, "head": "a"}},
    *({"slots": {"hips": {"bone": "a", "confidence": value}}} for value in NO_CONFIDENCE),
]


@pytest.mark.parametrize("data", NO_MAPS)
def test_wrong_map_is_refused(data: object) -> None:
    with pytest.raises(
        ValueError, match=r"not a|not text|no such slot|names no bone|lacks|from 0 to 1|both hips and head"
    ):
        BoneMap.from_json(data)


@given(
    JSON
    | st.dictionaries(st.sampled_from([*SLOTS[:4], "slots"]), JSON, max_size=3)
    | st.fixed_dictionaries(
        {},
        optional={
            "slots": st.dictionaries(
                st.sampled_from(SLOTS[:9]), JSON | st.fixed_dictionaries({"bone": JSON, "confidence": JSON}), max_size=3
            ),
            "spine_chain": JSON,
            "switches": st.lists(JSON | st.fixed_dictionaries({"bone": JSON, "prop": JSON, "value": JSON}), max_size=2),
            "profile": JSON,
        },
    )
)
def test_nothing_but_a_map_or_a_refusal_comes_of_any_json(data: object) -> None:
    try:
        found = BoneMap.from_json(data)
    except ValueError:
        return
    assert BoneMap.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert set(found.matches) <= set(SLOTS)
    assert all(isinstance(match.bone, str) and 0.0 <= match.confidence <= 1.0 for match in found.matches.values())


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


@pytest.mark.parametrize("count", range(1, 8))
def test_a_slot_that_was_cleared_and_chosen_again_is_at_its_place_in_the_chain(count: int) -> None:
    spine = tuple("abcdefg"[:count])
    slots = dict(spread_spine(spine))
    whole = BoneMap({slot: BoneMatch(bone) for slot, bone in slots.items()}, spine, ("n", "m"))
    for slot, bone in slots.items():
        cleared = whole.with_bone(slot, None)
        assert bone not in cleared.spine_chain
        assert cleared.with_bone(slot, bone).spine_chain == (spine if count > 1 else ())  # none: the slot itself is it
    necked = BoneMap(whole.matches | {"neck": BoneMatch("n")}, spine, ("n", "m"))
    assert necked.with_bone("neck", None).with_bone("neck", "n").neck_chain == ("n", "m")


def test_a_bone_is_in_one_place_of_the_chains_alone() -> None:
    bones = BoneMap({"chest": BoneMatch("c")}, spine_chain=("a", "b", "c"), neck_chain=("n", "m"))
    assert bones.with_bone("chest", "b").spine_chain == ("a", "b")
    assert bones.with_bone("head", "b").spine_chain == ("a", "c")
    moved = bones.with_bone("upper_chest", "n")
    assert (moved.spine_chain, moved.neck_chain) == (("a", "b", "c", "n"), ("m",))


def test_a_bone_chosen_by_hand_leaves_the_rigs_profile() -> None:
    bones = BoneMap({}, profile="Rigify", switches=(Switch("upper_arm_parent.L", "IK_FK", 1.0),))
    chosen = bones.with_bone("left_toes", "toe.L")
    assert (chosen.profile, chosen.switches) == (bones.profile, bones.switches)
