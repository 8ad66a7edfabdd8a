"""Skeletons whose joints have no parent or one root, as trackers export them."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import CORE_SLOTS
from aimocap_blender.motion.skeleton import Skeleton

from .bone_conventions import CONVENTIONS
from .convention_figures import Convention, skeleton

TRACKED = ("FreeMoCap's markers", "Kinect", "Human3.6M", "Xsens", "SMPL", "SMPL-X", "LAFAN", "Poser BVH", "ARKit")
OTHERS = (
    "Mixamo",
    "Unity",
    "Portuguese joints",
    "Russian",
    "German",
    "Japanese",
    "Rokoko",
    "Numbered limbs",
    "OptiTrack",
)
KNOWN = [name for name in (*TRACKED, *OTHERS) if name in CONVENTIONS]
OPEN_POSE = Convention(
    "MidHip|-|Neck|-",
    "- @Shoulder @Elbow @Wrist",
    "@Hip @Knee @Ankle @BigToe",
    extra=("Nose<Neck", "@Eye<Nose", "@Ear<@Eye", "@SmallToe<@BigToe", "@Heel<@Ankle"),
)


def without_parents(given: Skeleton) -> Skeleton:
    return replace(given, parents=np.full(len(given), -1))


def under_one_root(given: Skeleton) -> Skeleton:
    """The skeleton, all of its bones children of one more on the ground."""
    count = len(given)
    return replace(
        given,
        names=("Root", *given.names),
        parents=np.array([-1, *([0] * count)]),
        rest=np.concatenate([np.eye(4)[None], given.rest]),
        tails=np.concatenate([np.zeros((1, 3)), given.tails]),
    )


@pytest.mark.parametrize("flatten", [without_parents, under_one_root])
@pytest.mark.parametrize("convention", KNOWN)
def test_a_body_of_loose_joints_is_put_together_by_names(convention: str, flatten: object) -> None:
    assert callable(flatten)
    entry = CONVENTIONS[convention]
    want = entry.slots()
    found = detect_bones(flatten(entry.skeleton()))
    got = found.bones()
    assert {slot: bone for slot, bone in got.items() if want.get(slot) != bone} == {}
    assert [slot for slot in CORE_SLOTS if slot in want and slot not in got] == []
    assert list(found.spine_chain) == entry.chains()[0]


@pytest.mark.parametrize("convention", KNOWN)
def test_legs_whose_bones_all_hang_from_the_hips_are_put_together(convention: str) -> None:
    entry = CONVENTIONS[convention]
    want, whole = entry.slots(), entry.skeleton()
    legs = {bone for slot, bone in want.items() if "_leg" in slot or "_foot" in slot or "_toes" in slot}
    hips = whole.index(want["hips"])
    parents = [hips if name in legs else int(on) for name, on in zip(whole.names, whole.parents, strict=True)]
    assert detect_bones(replace(whole, parents=np.array(parents))).bones() == detect_bones(whole).bones()


@pytest.mark.parametrize("convention", [name for name in KNOWN if name != "SMPL"])  # whose arms have one bone more
def test_a_body_whose_bones_all_hang_from_the_hips_is_put_together(convention: str) -> None:
    entry = CONVENTIONS[convention]
    want, whole = entry.slots(), entry.skeleton()
    hips = whole.index(want["hips"])
    above = {hips, *whole.ancestors(hips)}
    parents = [int(on) if bone in above else hips for bone, on in enumerate(whole.parents)]
    got = detect_bones(replace(whole, parents=np.array(parents))).bones()
    assert {slot: bone for slot, bone in got.items() if want.get(slot) != bone} == {}
    assert [slot for slot in CORE_SLOTS if slot in want and slot not in got] == []


@pytest.mark.parametrize("convention", KNOWN)
def test_limbs_that_hang_from_nothing_find_their_body(convention: str) -> None:
    entry = CONVENTIONS[convention]
    want, whole = entry.slots(), entry.skeleton()
    roots = {want[slot] for slot in ("spine", "neck", "head", "left_upper_leg", "right_upper_leg") if slot in want}
    roots |= {want.get(f"{side}_shoulder", want[f"{side}_upper_arm"]) for side in ("left", "right")}
    parents = [-1 if name in roots else int(on) for name, on in zip(whole.names, whole.parents, strict=True)]
    assert detect_bones(replace(whole, parents=np.array(parents))).bones() == detect_bones(whole).bones()


def open_pose() -> Skeleton:
    """OpenPose's BODY_25: arms and face hang from the neck."""
    slots = {slot: bone for slot, bone in OPEN_POSE.slots().items() if bone != "-"}
    given = skeleton(slots, [], ["Neck"], OPEN_POSE.extras())
    parents = given.parents.copy()
    for shoulder in ("LShoulder", "RShoulder"):
        parents[given.index(shoulder)] = given.index("Neck")
    return replace(given, parents=parents)


@pytest.mark.parametrize("flatten", [lambda given: given, without_parents, under_one_root])
def test_open_poses_points_are_known_and_the_head_that_it_lacks_is_missing(flatten: object) -> None:
    assert callable(flatten)
    given = open_pose()
    want = {slot: bone for slot, bone in OPEN_POSE.slots().items() if bone != "-"}
    found = detect_bones(flatten(given))
    assert found.bones() == want
    assert {"head", "spine", "left_shoulder"} <= set(found.missing())


@pytest.mark.parametrize("flatten", [lambda given: given, without_parents, under_one_root])
def test_hips_that_a_tracker_lacks_are_missing_and_no_neck_is_taken_for_them(flatten: object) -> None:
    assert callable(flatten)
    given = open_pose()
    neck, hips = given.index("Neck"), given.index("MidHip")
    kept = [neck, *(bone for bone in range(len(given)) if bone not in (neck, hips))]
    above = [int(given.parents[bone]) for bone in kept]
    parents = [
        -1 if bone == neck else 0 if on == hips else kept.index(on) for bone, on in zip(kept, above, strict=True)
    ]
    points = Skeleton(
        tuple(given.names[bone] for bone in kept), np.array(parents), given.rest[kept], given.tails[kept], given.world
    )
    found = detect_bones(flatten(points)).bones()
    want = {slot: bone for slot, bone in OPEN_POSE.slots().items() if bone not in ("-", "MidHip")}
    assert {slot: bone for slot, bone in found.items() if want.get(slot) != bone} == {}
    assert {"left_hand", "right_foot", "left_upper_leg"} <= set(found)


def test_a_hand_alone_or_props_are_not_made_a_body() -> None:
    names = ("LeftHand", "RightHand", "Head", "Sword", "Camera", "Foot_Ctrl")
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    rest[:, :3, 3] = np.random.default_rng(2).normal(size=(len(names), 3))
    found = detect_bones(Skeleton(names, np.full(len(names), -1), rest, rest[:, :3, 3], np.eye(4)))
    assert "hips" not in found.matches
