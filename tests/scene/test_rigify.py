"""Rigify's own rig: what moves its mesh goes where the motion goes, its limbs switched from IK to FK for that."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from aimocap_blender.motion.bone_detection import detect_bones
from aimocap_blender.motion.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.bone_maps import keep_bone_map
from aimocap_blender.scene.keyframes import curves_of, keyed_values
from aimocap_blender.scene.retargeting import put_clip_on

from .characters import heads_at
from .real_files import degrees_apart, motion
from .rigify_rig import DEFORMING, controls, generate, open_rig

if TYPE_CHECKING:
    from pathlib import Path

    import bpy

    from .characters import Heads
    from .real_files import Motion

UNLOCKED = RetargetOptions(lock_feet=False)
LIMBS = tuple(
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for limb in (("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot"))
    for start, end in pairwise(limb)
)


@pytest.fixture(scope="session")
def rig_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rigify") / "rig.blend"
    generate(file)
    return file


def played_on(shared_data: Path, file: Path, source: str, rig_file: Path) -> tuple[Motion, bpy.types.Object]:
    played = motion(shared_data / "motions" / source, file)
    obj = open_rig(rig_file)
    keep_bone_map(obj, controls(shared_data))
    return played, obj


def of_source(played: Motion) -> Heads:
    return {slot: played.head(bone) for slot, bone in detect_bones(played.clip.skeleton).bones().items()}


def of_mesh(obj: bpy.types.Object, played: Motion, mapping: TimeMapping) -> Heads:
    return heads_at(obj, DEFORMING, mapping.frames(played.clip.times))


@pytest.mark.parametrize("source", ["ue4_run.fbx", "cmu_91_48.fbx"])
def test_what_moves_the_mesh_points_as_the_source_does(
    shared_data: Path, tmp_path: Path, rig_file: Path, source: str
) -> None:
    played, obj = played_on(shared_data, tmp_path, source, rig_file)
    mapping = TimeMapping(20.0, 24.0)
    outcome = put_clip_on(obj, played.clip, mapping, UNLOCKED, "Run")
    want, got = of_source(played), of_mesh(obj, played, mapping)
    for start, end in LIMBS:
        assert degrees_apart(got[end] - got[start], want[end] - want[start]).max() < 0.1
    chord = degrees_apart(got["neck"] - got["hips"], want["neck"] - want["hips"])
    assert chord.max() < 3.0
    for side in ("left", "right"):
        knuckles = [f"{side}_{part}" for part in ("hand", "index_proximal", "little_proximal")]
        if all(slot in want for slot in knuckles):
            palms = [np.cross(of[b] - of[a], of[c] - of[a]) for of in (got, want) for a, b, c in [knuckles]]
            assert degrees_apart(*palms).max() < 0.5
    assert outcome.deviation_degrees < 0.1
    assert outcome.warnings == ()


def test_switches_are_keyed_with_the_motion(shared_data: Path, tmp_path: Path, rig_file: Path) -> None:
    played, obj = played_on(shared_data, tmp_path, "ue4_run.fbx", rig_file)
    mapping = TimeMapping(20.0, 24.0)
    for limb in ("upper_arm_parent.L", "thigh_parent.R"):
        obj.pose.bones[limb].keyframe_insert('["IK_FK"]', frame=1)
    torso = obj.pose.bones["torso"]
    torso.rotation_quaternion = (0.8, 0.6, 0.0, 0.0)
    torso.keyframe_insert("rotation_quaternion", frame=1)
    obj.pose.bones["torso"].location = (0.3, 0.2, 0.1)
    put_clip_on(obj, played.clip, mapping, UNLOCKED, "Run")
    curves = curves_of(obj)
    for limb in ("upper_arm_parent.L", "upper_arm_parent.R", "thigh_parent.L", "thigh_parent.R"):
        curve = curves[f'pose.bones["{limb}"]["IK_FK"]', 0]
        frames, values = keyed_values(curve)
        assert (frames.tolist(), values.tolist()) == ([20.0], [1.0])
        assert curve.keyframe_points[0].interpolation == "CONSTANT"
        assert curve.group.name == limb
        assert obj.pose.bones[limb]["IK_FK"] == 1.0
    want, got = of_source(played), of_mesh(obj, played, mapping)
    for start, end in LIMBS:
        assert degrees_apart(got[end] - got[start], want[end] - want[start]).max() < 0.1


def test_limbs_that_follow_the_body_go_the_same_way(shared_data: Path, tmp_path: Path, rig_file: Path) -> None:
    played, obj = played_on(shared_data, tmp_path, "ue4_run.fbx", rig_file)
    for limb in ("upper_arm_parent", "thigh_parent"):
        for side in ("L", "R"):
            obj.pose.bones[f"{limb}.{side}"]["FK_limb_follow"] = 1.0
    obj.pose.bones["torso"]["head_follow"] = 0.7
    obj.pose.bones["torso"]["neck_follow"] = 1.0
    mapping = TimeMapping(20.0, 24.0)
    outcome = put_clip_on(obj, played.clip, mapping, UNLOCKED, "Run")
    want, got = of_source(played), of_mesh(obj, played, mapping)
    for start, end in LIMBS:
        assert degrees_apart(got[end] - got[start], want[end] - want[start]).max() < 0.1
    assert outcome.deviation_degrees < 0.1
