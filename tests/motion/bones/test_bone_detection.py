"""Conventions of names that no file here uses, on figures made for them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.bone_names import vocabulary
from aimocap_blender.motion.bones.humanoid import CORE_SLOTS
from aimocap_blender.motion.skeleton import Skeleton

from ..made_figures import TREE, figure


def both(left: Mapping[str, str], middle: Mapping[str, str], sides: tuple[str, str]) -> dict[str, str]:
    """Slot to name: `left` holds slots without side and names with a mark for it."""
    return {
        **middle,
        **{f"left_{slot}": name.replace("@", sides[0]) for slot, name in left.items()},
        **{f"right_{slot}": name.replace("@", sides[1]) for slot, name in left.items()},
    }


def limbs(names: str) -> dict[str, str]:
    """Names of shoulder … hand, upper leg … toes, in order."""
    slots = ("shoulder", "upper_arm", "lower_arm", "hand", "upper_leg", "lower_leg", "foot", "toes")
    return dict(zip(slots, names.split(), strict=True))


def torso(names: str) -> dict[str, str]:
    return dict(zip(("hips", "spine", "chest", "upper_chest", "neck", "head"), names.split(), strict=True))


CONVENTIONS = {
    "SMPL": both(
        limbs("@_collar @_shoulder @_elbow @_wrist @_hip @_knee @_ankle @_foot"),
        torso("pelvis spine1 spine2 spine3 neck head"),
        ("left", "right"),
    ),
    "MikuMikuDance": both(
        limbs("@肩 @腕 @ひじ @手首 @足 @ひざ @足首 @つま先"),
        torso("センター 上半身 上半身2 上半身3 首 頭"),
        ("左", "右"),
    ),
    "German": both(
        limbs("Schlüsselbein_@ Oberarm_@ Unterarm_@ Hand_@ Oberschenkel_@ Unterschenkel_@ Fuß_@ Zehen_@"),
        torso("Becken Wirbelsäule_01 Wirbelsäule_02 Brust Hals Kopf"),
        ("L", "R"),
    ),
    "French": both(
        limbs("Epaule_@ Bras_@ AvantBras_@ Main_@ Cuisse_@ Jambe_@ Pied_@ Orteils_@"),
        torso("Bassin Colonne1 Colonne2 Torse Cou Tête"),
        ("G", "D"),
    ),
    "OptiTrack": both(
        limbs("@Shoulder @UArm @FArm @Hand @Thigh @Shin @Foot @Toe"), torso("Hip Ab Ab2 Chest Neck Head"), ("L", "R")
    ),
    "Xsens": both(
        limbs("@Shoulder @UpperArm @ForeArm @Hand @UpperLeg @LowerLeg @Foot @Toe"),
        torso("Pelvis L5 L3 T8 Neck Head"),
        ("Left", "Right"),
    ),
    "VRoid": both(
        limbs(
            "J_Bip_@_Shoulder J_Bip_@_UpperArm J_Bip_@_LowerArm J_Bip_@_Hand "
            "J_Bip_@_UpperLeg J_Bip_@_LowerLeg J_Bip_@_Foot J_Bip_@_ToeBase"
        ),
        torso("J_Bip_C_Hips J_Bip_C_Spine J_Bip_C_Chest J_Bip_C_UpperChest J_Bip_C_Neck J_Bip_C_Head"),
        ("L", "R"),
    ),
    "Character Creator": both(
        limbs(
            "CC_Base_@_Clavicle CC_Base_@_Upperarm CC_Base_@_Forearm CC_Base_@_Hand "
            "CC_Base_@_Thigh CC_Base_@_Calf CC_Base_@_Foot CC_Base_@_ToeBase"
        ),
        torso("CC_Base_Hip CC_Base_Waist CC_Base_Spine01 CC_Base_Spine02 CC_Base_NeckTwist01 CC_Base_Head"),
        ("L", "R"),
    ),
    "Auto-Rig Pro export": both(
        limbs("shoulder.@ arm_stretch.@ forearm_stretch.@ hand.@ thigh_stretch.@ leg_stretch.@ foot.@ toes_01.@"),
        torso("root.x spine_01.x spine_02.x spine_03.x neck.x head.x"),
        ("l", "r"),
    ),
    "Second Life": both(
        limbs("mCollar@ mShoulder@ mElbow@ mWrist@ mHip@ mKnee@ mAnkle@ mToe@"),
        torso("mPelvis mTorso mSpine1 mChest mNeck mHead"),
        ("Left", "Right"),
    ),
    "Perception Neuron": both(
        limbs(
            "Robot_@Shoulder Robot_@Arm Robot_@ForeArm Robot_@Hand Robot_@UpLeg Robot_@Leg Robot_@Foot Robot_@ToeBase"
        ),
        torso("Robot_Hips Robot_Spine Robot_Spine1 Robot_Spine2 Robot_Neck Robot_Head"),
        ("Left", "Right"),
    ),
}


def with_children(skeleton: Skeleton, extra: Mapping[str, str]) -> Skeleton:
    """The skeleton with more bones, name to parent's name, near their parents."""
    parents = [skeleton.index(parent) for parent in extra.values()]
    rest = skeleton.rest[parents] + np.array([[0.0] * 3 + [0.01]] * 4) * np.array([[1.0], [1.0], [1.0], [0.0]])
    return replace(
        skeleton,
        names=(*skeleton.names, *extra),
        parents=np.concatenate([skeleton.parents, parents]),
        rest=np.concatenate([skeleton.rest, rest]),
        tails=np.concatenate([skeleton.tails, rest[:, :3, 3]]),
    )


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("case", [str, str.lower, str.upper])
def test_conventions(convention: str, case: object) -> None:
    assert callable(case)
    names = {slot: str(case(name)) for slot, name in CONVENTIONS[convention].items()}
    skeleton, _ = figure(np.random.default_rng(1), names=names)
    got = detect_bones(skeleton).bones()
    assert {slot: got.get(slot) for slot in names} == names


def test_twist_ik_control_and_leaf_bones_fill_no_slot() -> None:
    names = {slot: slot for slot in TREE}
    skeleton, _ = figure(np.random.default_rng(2), names=names)
    crowded = with_children(
        skeleton,
        {
            "left_upper_arm_twist": "left_upper_arm",
            "left_lower_arm_twist_01": "left_lower_arm",
            "ik_left_foot": "hips",
            "left_knee_pole": "hips",
            "left_foot_ctrl": "hips",
            "head_end": "head",
            "left_toes_end": "left_toes",
            "left_hand_prop": "left_hand",
            "left_eye": "head",
            "hair_01": "head",
            "left_breast": "chest",
        },
    )
    assert detect_bones(crowded).bones() == detect_bones(skeleton).bones()


def test_hips_are_where_legs_and_body_part_whatever_is_called_so() -> None:
    names = {slot: slot for slot in TREE} | {"hips": "Base", "spine": "Hips"}
    bones = detect_bones(figure(np.random.default_rng(3), names=names)[0])
    assert bones.bone("hips") == "Base"
    assert bones.bone("spine") == "Hips"
    assert 0.0 < bones.matches["hips"].confidence < bones.matches["head"].confidence


def test_one_bone_limbs_and_missing_parts_leave_the_rest() -> None:
    skeleton, _ = figure(np.random.default_rng(4))
    gone = {"left_shoulder", "right_shoulder", "neck", "left_toes", "right_toes", "left_lower_arm", "right_lower_arm"}
    kept = [name for name in skeleton.names if name not in gone]

    def above(name: str) -> int:
        parent = int(skeleton.parents[skeleton.index(name)])
        while parent >= 0 and skeleton.names[parent] in gone:
            parent = int(skeleton.parents[parent])
        return kept.index(skeleton.names[parent]) if parent >= 0 else -1

    places = [skeleton.index(name) for name in kept]
    poor = replace(
        skeleton,
        names=tuple(kept),
        parents=np.array([above(name) for name in kept]),
        rest=skeleton.rest[places],
        tails=skeleton.tails[places],
    )
    bones = detect_bones(poor)
    assert set(bones.missing()) >= gone
    assert all(bones.bone(slot) == slot for slot in CORE_SLOTS if slot not in gone)


def test_chain_that_is_not_human_fills_few_slots() -> None:
    chain = Skeleton(
        names=tuple(f"Bone.{number:03}" for number in range(12)),
        parents=np.arange(12) - 1,
        rest=np.tile(np.eye(4), (12, 1, 1)),
        tails=np.zeros((12, 3)),
        world=np.eye(4),
    )
    assert len(detect_bones(chain).matches) < 3


WORDS = sorted(vocabulary().known)


@given(st.data())
def test_any_tree_of_any_names_gives_a_bone_one_place_and_no_fault(data: st.DataObject) -> None:
    word = st.sampled_from(WORDS) | st.sampled_from(
        ["l", "R", "_", ".", "1", "02", " ", "x", "🦴", "LeftArm", "RightLeg"]
    )
    name = st.lists(word, min_size=1, max_size=3).map("".join)
    names = data.draw(st.lists(name, min_size=1, max_size=40, unique=True))
    parents = [data.draw(st.integers(-1, number - 1)) for number in range(len(names))]
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    rest[:, :3, 3] = np.random.default_rng(len(names)).normal(size=(len(names), 3)).round(data.draw(st.integers(0, 2)))
    found = detect_bones(Skeleton(tuple(names), np.array(parents), rest, rest[:, :3, 3], np.eye(4)))
    bones = list(found.bones().values())
    assert len(set(bones)) == len(bones)
    limbs = {bone for slot, bone in found.bones().items() if slot.startswith(("left", "right"))}
    assert not limbs & {*found.spine_chain, *found.neck_chain}
    assert set(bones) | {*found.spine_chain, *found.neck_chain} <= set(names)


def test_a_beast_on_four_legs_has_its_hind_legs_at_the_hips() -> None:
    middle = ["Root", "Pelvis", "Spine1", "Spine2", "Neck1", "Neck2", "Head", "Jaw", "Tail1", "Tail2"]
    legs = ["FrontLeg1", "FrontLeg2", "FrontFoot", "Thigh", "Shin", "Foot"]
    names = [*middle, *(f"{side}{part}" for side in "LR" for part in legs)]
    above = {name: names[max(0, number - 1)] for number, name in enumerate(names)}
    above |= {"Tail1": "Pelvis", "LFrontLeg1": "Spine2", "RFrontLeg1": "Spine2", "LThigh": "Pelvis", "RThigh": "Pelvis"}
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    rest[:, :3, 3] = np.random.default_rng(8).normal(size=(len(names), 3))
    parents = np.array([-1] + [names.index(above[name]) for name in names[1:]])
    found = detect_bones(Skeleton(tuple(names), parents, rest, rest[:, :3, 3], np.eye(4)))
    assert (found.bone("hips"), found.bone("head"), found.bone("left_upper_leg")) == ("Pelvis", "Head", "LThigh")
