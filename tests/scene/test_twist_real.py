"""Twist along the arms of Unreal's mannequin, measured between neighbouring bones of poses."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from mathutils import Quaternion

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.pose_motion import PoseMotion
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip, Skeleton
from aimocap_blender.scene.armatures import skeleton_of
from tests.blender_versions import in_newest

from .real_files import at_rest, composed, load, motion, skeleton, without_meshes

pytestmark = in_newest

SPANS = ((550, 250), (2650, 300))
TURN = 200.0


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("imported")


def moved(rest: Skeleton, result: PoseMotion) -> dict[str, np.ndarray]:
    """Bone to its rotations (F, 3, 3) away from rest, world axes."""
    world, still = composed(rest, result)[..., :3, :3], rest.world[:3, :3] @ rest.rest[:, :3, :3]
    unit = np.linalg.norm(still[0, :, 0])
    turned = world @ np.linalg.inv(still)[:, None]
    assert np.allclose(np.linalg.norm(world[..., 0], axis=-1), unit, rtol=1e-4)
    return dict(zip(rest.names, turned, strict=True))


def twist_between(inner: np.ndarray, outer: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """(F,) degrees from one bone to the next about the limb's direction at rest (3,), jumps of a whole turn removed."""
    between = np.swapaxes(inner, 1, 2) @ outer
    bent = between @ axis
    normal = np.cross(axis, bent)
    sine, cosine = np.linalg.norm(normal, axis=1), bent @ axis
    normal /= np.maximum(sine, 1e-12)[:, None]
    across = np.cross(axis, [0.3, 0.5, 0.8])
    across /= np.linalg.norm(across)
    # bend back the short way, then what is left of the turn shows on a vector across the limb
    turned = between @ across
    back = (
        turned * cosine[:, None]
        - np.cross(normal, turned) * sine[:, None]
        + normal * ((normal * turned).sum(1) * (1.0 - cosine))[:, None]
    )
    angle = np.arctan2(np.cross(across, back) @ axis, back @ across)
    return np.degrees(np.unwrap(angle))


def with_turning_hands(clip: Clip, bones: Mapping[str, str], degrees: float) -> Clip:
    """The motion with hands that turn about their forearm's direction, there and back."""
    rotations = clip.rotations.copy()
    angle = np.radians(degrees) * np.sin(np.linspace(0.0, np.pi, len(rotations)))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hand, elbow = (clip.skeleton.index(bones[f"{side}_{part}"]) for part in ("hand", "lower_arm"))
        axis = clip.positions[:, hand] - clip.positions[:, elbow]
        for frame, along in enumerate(axis):
            turn = Quaternion(along, sign * angle[frame])
            rotations[frame, hand] = list(turn @ Quaternion(rotations[frame, hand]))
    return replace(clip, rotations=rotations)


@pytest.mark.slow
@pytest.mark.parametrize("span", SPANS)
def test_no_joint_of_an_arm_with_twist_bones_has_most_of_a_twist(
    shared_data: Path, scratch: Path, span: tuple[int, int]
) -> None:
    played = motion(shared_data / "motions" / "boxing_toes.bvh", scratch, span[1], span[0])
    source_map = detect_bones(played.clip.skeleton)
    target = skeleton(without_meshes(at_rest(load(shared_data / "motions" / "ue4_run.fbx", scratch))))
    bone_map = detect_bones(target)
    turning = with_turning_hands(played.clip, source_map.bones(), TURN)
    turns, still = (
        moved(target, retarget(clip, source_map, target, bone_map, RetargetOptions()))
        for clip in (turning, played.clip)
    )
    most = 0.0
    for side in "lr":
        for start, end, links in (
            ("lowerarm", "hand", ("lowerarm", "lowerarm_twist_01", "hand")),
            ("lowerarm", "hand", ("upperarm", "lowerarm", "lowerarm_twist_01", "hand")),
            ("upperarm", "lowerarm", ("clavicle", "upperarm_twist_01", "upperarm")),
            ("thigh", "calf", ("pelvis", "thigh_twist_01", "thigh")),
            ("calf", "foot", ("calf", "calf_twist_01", "foot")),
        ):
            first, last = (target.heads[target.index(f"{bone}_{side}")] for bone in (start, end))
            axis = (last - first) / np.linalg.norm(last - first)
            bones = [turns[bone if bone == "pelvis" else f"{bone}_{side}"] for bone in links]
            whole = twist_between(bones[0], bones[-1], axis)
            far = np.abs(whole) > 60.0
            for inner, outer in pairwise(bones):
                joint = twist_between(inner, outer, axis)
                # another's bend may count as twist where several joints bend, so a degree is granted
                assert np.abs(joint[far]).max(initial=0.0) <= 0.5 * np.abs(whole[far]).max(initial=0.0) + 1.0, links
                assert np.abs(np.diff(joint)).max() < 20.0, links
            most = max(most, float(np.abs(whole).max()))
        wanted = TURN * np.sin(np.linspace(0.0, np.pi, len(turns["pelvis"])))
        between = turns[f"hand_{side}"] @ np.swapaxes(still[f"hand_{side}"], 1, 2)
        got = np.degrees(np.arccos(np.clip((np.trace(between, axis1=1, axis2=2) - 1.0) / 2.0, -1.0, 1.0)))
        assert np.abs(got - np.where(wanted > 180.0, 360.0 - wanted, wanted)).max() < 0.1
    assert most > 120.0


def test_twist_bones_that_a_rig_rotates_itself_are_not_keyed(shared_data: Path, scratch: Path) -> None:
    played = motion(shared_data / "motions" / "boxing_toes.bvh", scratch, 40, 550)
    obj = without_meshes(at_rest(load(shared_data / "motions" / "ue4_run.fbx", scratch)))
    constraint = obj.pose.bones["lowerarm_twist_01_l"].constraints.new("COPY_ROTATION")
    constraint.target, constraint.subtarget = obj, "hand_l"
    obj.pose.bones["calf_twist_01_r"].driver_add("rotation_quaternion", 1)
    target = skeleton_of(obj)
    keyed = retarget(
        played.clip, detect_bones(played.clip.skeleton), target, detect_bones(target), RetargetOptions()
    ).bones
    left_alone = {"lowerarm_twist_01_l", "calf_twist_01_r"}
    assert not left_alone & set(keyed)
    assert {name for name in target.names if "twist" in name} - set(keyed) == left_alone
