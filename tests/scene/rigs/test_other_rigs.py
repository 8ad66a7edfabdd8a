"""Control rigs of other add-ons as they are: their limbs go where the motion goes, without a hint."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.bone_maps import bone_map_of
from aimocap_blender.scene.keys.keyframes import curves_of
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retargeting import put_clip_on
from tests.blender_versions import in_newest
from tests.scene.real_files import cm_apart, turns_apart
from tests.scene.rigs.rigs_in_use import mixamo_control_rig, open_rig

from ..characters import heads_at
from ..real_files import degrees_apart, motion

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = in_newest
CONTROLS = {
    "cloudrig_human": ("CloudRig", "FK-{}.{}", ("UpperArm", "Forearm", "Wrist"), ("Thigh", "Knee", "Foot")),
    "blenrig_biped": ("BlenRig", "{}_fk_{}", ("arm", "forearm", "hand"), ("thigh", "shin", "foot")),
}
DEFORMING = {"cloudrig_human": "DEF-{}_1.{}", "blenrig_biped": "{}_def_{}"}


@pytest.mark.parametrize("name", ["cloudrig_human", pytest.param("blenrig_biped", marks=pytest.mark.slow)])
def test_the_limbs_point_as_the_source_does(shared_data: Path, tmp_path: Path, name: str) -> None:
    played = motion(shared_data / "motions" / "ue4_run.fbx", tmp_path, most=4)
    of_source = detect_bones(played.clip.skeleton).bones()
    obj, mapping = open_rig(shared_data, name), TimeMapping(20.0, 24.0)
    profile, control, *limbs = CONTROLS[name]
    assert bone_map_of(obj).profile == profile
    outcome = put_clip_on(obj, played.clip, mapping, RetargetOptions(contacts="OFF"), "Run")
    slots = (("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot"))
    bones = {
        f"{side}_{slot}": (bone, side[0].upper())
        for side in ("left", "right")
        for parts, of_rig in zip(slots, limbs, strict=True)
        for slot, bone in zip(parts, of_rig, strict=True)
    }
    for constraint in (each for bone in obj.pose.bones for each in bone.constraints if "_RJ_" in each.name):
        constraint.mute = (
            True  # BlenRig's realistic joints shift elbows and knees in the mesh as they bend, by up to 4°
        )
    for template, most in ((control, 0.1), (DEFORMING[name], 0.1)):
        named = {slot: template.format(*bone) for slot, bone in bones.items()}
        named = {slot: bone for slot, bone in named.items() if bone in obj.data.bones}
        got = heads_at(obj, named, mapping.frames(played.clip.times))
        for start, end in (
            (f"{side}_{start}", f"{side}_{end}")
            for side in ("left", "right")
            for parts in slots
            for start, end in pairwise(parts)
        ):
            if start in got and end in got:
                want = played.head(of_source[end]) - played.head(of_source[start])
                assert degrees_apart(got[end] - got[start], want).max() < most, (template, start)
    assert outcome.deviation_degrees < 0.1
    assert max(outcome.poses.degrees[slot] for slot in ("head", "left_hand", "right_hand", "left_foot")) < 1.0


CLOUD = [
    f"{part}.{side}" for side in "LR" for part in ("UpperArm", "Forearm", "Wrist", "Thigh", "Knee", "Foot", "Toes")
]
MIXAMO = [
    f"{side}{part}"
    for side in ("Left", "Right")
    for part in ("Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase")
]
BLEN = [
    f"{part}_fk_{side}" for side in "LR" for part in ("arm", "forearm", "hand", "thigh", "shin", "foot", "foot_toe_1")
]
UPPER = ("UpperArm", "Thigh", "LeftArm", "RightArm", "LeftUpLeg", "RightUpLeg", "arm_fk", "thigh_fk")
"""These turn with the hinge."""
SWITCHES = ('["ik_fk_switch"]', '["ik_arm_L"]', '["ik_arm_R"]', '["ik_leg_L"]', '["ik_leg_R"]')


@pytest.mark.long
@pytest.mark.parametrize(
    ("opened", "names", "shown"),
    [
        (lambda data: open_rig(data, "cloudrig_human"), CLOUD, (1.0, 0.0)),
        pytest.param(lambda data: open_rig(data, "blenrig_biped"), BLEN, (0.0, 1.0), marks=pytest.mark.slow),
        (mixamo_control_rig, MIXAMO, (0.0, 1.0)),
    ],
    ids=["CloudRig", "BlenRig", "Mixamo Control Rig"],
)
def test_limbs_by_ik(
    shared_data: Path,
    tmp_path: Path,
    opened: Callable[[Path], bpy.types.Object],
    names: list[str],
    shown: tuple[float, float],
) -> None:
    """Switching to FK changes nothing; forearms and shins are rolled, hands, feet and toes stand as without IK."""
    clip = motion(shared_data / "motions" / "ue4_run.fbx", tmp_path, most=12).clip
    mapping, keys = TimeMapping(20.0, clip.fps), KeyOptions(limbs="IK")
    frames = mapping.frames(clip.times)

    def poses(obj: bpy.types.Object) -> dict[str, np.ndarray]:
        found: dict[str, list[np.ndarray]] = {name: [] for name in names}
        known = {name: next(each for each in (name, f"mixamorig:{name}") if each in obj.pose.bones) for name in names}
        for frame in frames.tolist():
            bpy.context.scene.frame_set(round(frame))
            bones = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
            for name, bone in known.items():
                found[name].append(np.array(bones[bone].matrix))
        return {name: np.array(matrices) for name, matrices in found.items()}

    obj = opened(shared_data)
    put_clip_on(obj, clip, mapping, RetargetOptions(contacts="OFF"), "Run")
    without = poses(obj)
    obj = opened(shared_data)
    outcome = put_clip_on(obj, clip, mapping, RetargetOptions(contacts="OFF"), "Run", keys)
    assert outcome.warnings == ()
    by_ik = poses(obj)
    switches = [
        curve
        for (path, _), curve in curves_of(obj).items()
        if path.endswith(SWITCHES) or path.startswith('pose.bones["Properties"]["ik_')
    ]
    assert [curve.keyframe_points[0].co.y for curve in switches] == [shown[0]] * 4
    for curve in switches:
        curve.keyframe_points[0].co.y = shown[1]
        curve.update()
    by_fk = poses(obj)
    for name in names:
        assert turns_apart(by_ik[name], by_fk[name]).max() < 0.1, name
        assert cm_apart(by_ik[name], by_fk[name]).max() < 0.1, name
        assert cm_apart(by_ik[name], without[name]).max() < 0.1, name
        if not name.startswith(UPPER):
            assert turns_apart(by_ik[name], without[name]).max() < 5.0, name
