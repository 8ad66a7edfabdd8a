"""Names taken apart."""

import pytest

from aimocap_blender.motion.bones.bone_names import read_names

FILLER = ("Kopf", "spine_01", "Becken", "neck", "Head", "root")


@pytest.mark.parametrize(
    ("name", "part", "side"),
    [
        ("LeftUpLeg", "leg upper", "left"),
        ("lshldrbend", "shoulder", "left"),
        ("DEF-upper_arm.L.001", "arm upper", "left"),
        ("Bip01_L_Forearm", "arm lower", "left"),
        ("RFArm", "arm lower", "right"),
        ("mCollarLeft", "clavicle", "left"),
        ("upperarm_r", "arm upper", "right"),
        ("UPPERARMR", "arm upper", "right"),
        ("Oberschenkel_L", "leg upper", "left"),
        ("Schlüsselbein.R", "clavicle", "right"),
        ("Fuß_rechts", "foot", "right"),
        ("cuisse_gauche", "leg upper", "left"),
        ("AvantBras_droit", "arm lower", "right"),
        ("左足首", "ankle", "left"),
        ("右親指１", "thumb", "right"),
        ("hidari_hiza", "knee", "left"),
        ("LeftHandPinky1", "hand little", "left"),
        ("leg", "leg", None),
        ("ring", "ring", None),
        ("elbow", "elbow", None),
        ("ball_l", "ball", "left"),
        ("l5", "spine", None),
    ],
)
def test_part_and_side(name: str, part: str, side: str | None) -> None:
    read = read_names([name, *FILLER])[0]
    assert (read.part, read.side) == (part, side)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lowerarm_twist_01_l", "twist"),
        ("左腕捩", "twist"),
        ("左足ＩＫ", "ik"),
        ("LeftKneeCtrl", "control"),
        ("HeadTop_End", "end"),
        ("ElbowShareBone", "helper"),
        ("eyelid.L", "face"),
        ("breast.L", "flesh"),
        ("hair_03", "worn"),
        ("handslot.l", "prop"),
    ],
)
def test_bones_beside_the_body(name: str, kind: str) -> None:
    assert kind in read_names([name, *FILLER])[0].aside


def test_french_sides_are_understood_where_no_left_and_right_are() -> None:
    names = [f"{part}_{side}" for part in ("bras", "main", "cuisse", "pied", "epaule") for side in "GD"]
    assert [read.side for read in read_names(names)] == ["left", "right"] * 5


@pytest.mark.parametrize("prefix", ["mixamorig5:", "Hero_", "xqz", "Character1_"])
@pytest.mark.parametrize("suffix", ["", ".001", "_grp"])
def test_prefix_and_suffix_of_all_names_change_nothing(prefix: str, suffix: str) -> None:
    names = ["Hips", "LeftArm", "RightArm", "Spine1", "Neck", "Head", "LeftFoot", "RightFoot", "LeftToeBase"]
    assert read_names([f"{prefix}{name}{suffix}" for name in names]) == read_names(names)


def test_the_side_of_half_a_skeleton_is_no_prefix() -> None:
    names = [
        f"L_{part}" for part in ("Clavicle", "UpperArm", "Forearm", "Hand", "Index1", "Index2", "Thumb1", "Thumb2")
    ]
    assert {read.side for read in read_names(names)} == {"left"}


@pytest.mark.parametrize("name", ["world", "shirt", "trapezius", "girl"])
def test_letters_within_a_word_are_no_side(name: str) -> None:
    assert read_names([name, *FILLER])[0].side is None


def test_the_words_left_and_right_are_not_taken_for_what_names_share() -> None:
    for left, right in (("links", "rechts"), ("left", "right"), ("gauche", "droite")):
        names = [f"{part}.{side}" for part in ("Arm", "Hand", "Bein", "Fuss", "Zeh") for side in (left, right)]
        assert [read.side for read in read_names(names)] == ["left", "right"] * 5


def test_a_number_of_its_own_for_each_name_says_nothing() -> None:
    names = ["Hips", "LeftArm", "RightArm", "Spine1", "Neck", "Head", "LeftFoot", "RightFoot", "LeftToeBase"]
    assert read_names([f"{name}_0{number}" for number, name in enumerate(names)]) == read_names(names)
