"""Rigify's limbs by IK: switching a limb to FK at any frame changes nothing, and the body is where it was."""

from __future__ import annotations

from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.action_source import ActionSource, stamped
from aimocap_blender.scene.keys.keyframes import curves_of, keyed_values
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retargeting import put_clip_on
from tests.blender_versions import in_newest, in_oldest_and_newest
from tests.scene.real_files import cm_apart, thinned, turns_apart
from tests.thorough import IS_THOROUGH, thoroughly

from ..real_files import degrees_apart, motion
from .rigify_rig import open_rig
from .rigs_in_use import BODY_CM, BODY_DEGREES, ROLL_DEGREES, SAME_CM, SAME_DEGREES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aimocap_blender.motion.retargeting.retarget_options import Limbs

MAPPING = TimeMapping(20.0, 24.0)
ARMS, LEGS = ("upper_arm", "forearm", "hand"), ("thigh", "shin", "foot")
LIMBS = tuple((*limb, side) for limb in (ARMS, LEGS) for side in "LR")
MOST = 600 if IS_THOROUGH else 45

Poses = dict[str, np.ndarray]


def poses_at(obj: bpy.types.Object, frames: np.ndarray, fk: str = "") -> Poses:
    """(F, 4, 4) evaluated matrices of the deforming bones, the limb of one switch shown by FK."""
    graph = bpy.context.evaluated_depsgraph_get()
    deforming = [bone.name for bone in obj.data.bones if bone.use_deform]
    found: dict[str, list[np.ndarray]] = {name: [] for name in deforming}
    for frame in frames.tolist():
        bpy.context.scene.frame_set(int(frame))
        if fk:
            obj.pose.bones[fk]["IK_FK"] = 1.0
            obj.update_tag(refresh={"OBJECT", "DATA"})
            bpy.context.view_layer.update()
        shown = obj.evaluated_get(graph).pose.bones
        for limb, _, end, side in LIMBS:
            influence = shown[f"ORG-{end}.{side}"].constraints["Copy Transforms.001"].influence
            by_ik = curves_of(obj).get((f'pose.bones["{limb}_ik.{side}"].rotation_euler', 1)) is not None
            assert influence == float(by_ik and fk != f"{limb}_parent.{side}")
        for name in deforming:
            found[name].append(np.array(shown[name].matrix))
    return {name: np.array(matrices) for name, matrices in found.items()}


def compared(
    shared_data: Path,
    file: Path,
    source: str,
    limbs: Limbs,
    settings: Mapping[str, object] = MappingProxyType({}),
    switched: tuple[tuple[str, ...], ...] = LIMBS,
) -> None:
    """Assert that a motion by IK is the same by FK, limb by limb at ten frames, and in both the same as without IK."""
    clip = thinned(motion(shared_data / "motions" / source, file.parent, most=MOST).clip)

    def put(chosen: Limbs) -> bpy.types.Object:
        obj = open_rig(file)
        for bone in obj.pose.bones:
            if "IK_parent" in bone:
                for name, value in settings.items():
                    bone[name] = value
        outcome = put_clip_on(obj, clip, MAPPING, RetargetOptions(), "Motion", KeyOptions(limbs=chosen))
        assert outcome.warnings == ()
        return obj

    first, last = MAPPING.frames(clip.times)[[0, -1]]
    frames = np.linspace(np.ceil(first), np.floor(last), 10).round()
    body = poses_at(put("FK"), frames)
    obj = put(limbs)
    ik = poses_at(obj, frames)
    assert_body(ik, body)
    for upper, _, _, side in switched:
        fk = poses_at(obj, frames, fk=f"{upper}_parent.{side}")
        for name, matrices in fk.items():
            assert turns_apart(ik[name], matrices).max() < SAME_DEGREES, name
            assert cm_apart(ik[name], matrices).max() < SAME_CM, name
        assert_body(fk, body)


def assert_body(got: Mapping[str, np.ndarray], want: Mapping[str, np.ndarray]) -> None:
    """Limbs point, lower arms and legs are rolled, hands and feet stand, as they do without IK."""
    for upper, lower, end, side in LIMBS:
        names = [f"DEF-{part}.{side}" for part in (upper, lower, end)]
        for a, b in pairwise(names):
            directions = [poses[b][:, :3, 3] - poses[a][:, :3, 3] for poses in (got, want)]
            assert degrees_apart(*directions).max() < BODY_DEGREES, (a, b)
        for name in names:
            assert cm_apart(got[name], want[name]).max() < BODY_CM, name
        assert turns_apart(got[names[-1]], want[names[-1]]).max() < BODY_DEGREES
        assert turns_apart(got[names[1]], want[names[1]]).max() < ROLL_DEGREES, names[1]
        toes = f"DEF-toe.{side}"
        assert turns_apart(got[toes], want[toes]).max() < BODY_DEGREES


@in_oldest_and_newest
def test_switching_any_limb_to_fk_changes_nothing(shared_data: Path, basic_rig_file: Path) -> None:
    compared(shared_data, basic_rig_file, "rokoko_jesse_dance.bvh", "IK")


@pytest.mark.slow
@in_newest
def test_the_rig_with_fingers(shared_data: Path, rig_file: Path) -> None:
    compared(shared_data, rig_file, "rokoko_jesse_dance.bvh", "IK")


@pytest.mark.slow
@in_newest
def test_poles_and_other_parents(shared_data: Path, basic_rig_file: Path) -> None:
    """Elbows and knees by their poles, targets that follow the chest."""
    settings = {"pole_vector": True, "IK_parent": 4, "IK_Stretch": 0.5}
    compared(shared_data, basic_rig_file, "cmu_91_48.fbx", "IK", settings, LIMBS[::3])


@pytest.mark.slow
@thoroughly
@in_newest
@pytest.mark.parametrize("kind", ["rig_file", "basic_rig_file"])
@pytest.mark.parametrize("source", ["boxing_toes.bvh", "cmu1_jumping_jacks.bvh", "xia_strut.bvh", "ue4_run.fbx"])
def test_every_motion(shared_data: Path, request: pytest.FixtureRequest, kind: str, source: str) -> None:
    compared(shared_data, request.getfixturevalue(kind), source, "IK")


@in_newest
def test_legs_only_and_few_keys(shared_data: Path, basic_rig_file: Path) -> None:
    played = motion(shared_data / "motions" / "cmu_91_48.fbx", basic_rig_file.parent, most=30)
    obj = open_rig(basic_rig_file)
    keys = KeyOptions(limbs="IK_LEGS", tolerance_degrees=1.0)
    put_clip_on(obj, played.clip, MAPPING, RetargetOptions(), "Motion", keys)
    curves = curves_of(obj)
    for upper, _, end, side in LIMBS:
        by_ik = (upper, _, end) == LEGS
        assert ((f'pose.bones["{end}_ik.{side}"].location', 0) in curves) == by_ik
        _, values = keyed_values(curves[f'pose.bones["{upper}_parent.{side}"]["IK_FK"]', 0])
        assert values.tolist() == [0.0 if by_ik else 1.0]
        assert obj.pose.bones[f"{upper}_parent.{side}"]["IK_FK"] == float(not by_ik)
    frames, _ = keyed_values(curves['pose.bones["foot_ik.L"].location', 0])
    assert 2 < len(frames) < len(played.clip.times)
    assert np.array_equal(frames, frames.round())
    _, spins = keyed_values(curves['pose.bones["foot_heel_ik.L"].rotation_euler', 0])
    assert not spins.any()


@in_newest
def test_one_arm_by_fk_over_limbs_by_ik(shared_data: Path, basic_rig_file: Path) -> None:
    """The arm is shown by FK while its motion lasts; before, after and elsewhere everything is as it was."""
    whole = thinned(motion(shared_data / "motions" / "rokoko_jesse_dance.bvh", basic_rig_file.parent, most=MOST).clip)
    other = motion(shared_data / "motions" / "cmu_91_48.fbx", basic_rig_file.parent, most=10).clip
    obj = open_rig(basic_rig_file)
    put_clip_on(obj, whole, MAPPING, RetargetOptions(), "Motion", KeyOptions(limbs="IK"))
    start, (first, last) = 23.0, MAPPING.frames(whole.times)[[0, -1]]
    frames = np.arange(np.ceil(first), np.floor(last) + 1.0)

    def poses() -> Poses:
        found: dict[str, list[np.ndarray]] = {}
        for frame in frames.tolist():
            bpy.context.scene.frame_set(int(frame))
            shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
            for bone in shown:
                if bone.name.startswith("DEF-"):
                    found.setdefault(bone.name, []).append(np.array(bone.matrix))
        return {name: np.array(matrices) for name, matrices in found.items()}

    before = poses()
    put_clip_on(obj, other, TimeMapping(start, 24.0), RetargetOptions(parts=("left_arm",)), "Arm", KeyOptions())
    after = poses()
    within = (frames >= start) & (frames <= start + other.times[-1] * 24.0)
    for name, matrices in after.items():
        of_arm = name.startswith(("DEF-upper_arm.L", "DEF-forearm.L", "DEF-hand.L", "DEF-shoulder.L"))
        same = ~within if of_arm or name == "DEF-breast.L" else np.ones(len(frames), dtype=bool)
        assert cm_apart(matrices, before[name])[same].max() < SAME_CM, name
    assert turns_apart(after["DEF-upper_arm.L"], before["DEF-upper_arm.L"])[within].max() > 5.0
    shown = {path: keyed_values(curve)[1].tolist() for (path, _), curve in curves_of(obj).items() if "IK_FK" in path}
    arm = 'pose.bones["upper_arm_parent.L"]["IK_FK"]'
    assert shown.pop(arm) == [0.0, 1.0, 0.0]
    assert all(values == [0.0] for values in shown.values())
    assert len(shown) == len(LIMBS) - 1


@in_newest
@pytest.mark.parametrize("limbs", ["FK", "IK"])
def test_applied_again_it_takes_the_place_of_what_nobody_changed(
    shared_data: Path, basic_rig_file: Path, limbs: Limbs
) -> None:
    clip = thinned(motion(shared_data / "motions" / "rokoko_jesse_dance.bvh", basic_rig_file.parent, most=4).clip)
    obj = open_rig(basic_rig_file)

    def put() -> None:
        with stamped(obj, ActionSource(file="dance.mp4", capture="3f2a"), as_asset=False):
            put_clip_on(obj, clip, MAPPING, RetargetOptions(), "Dance", KeyOptions(limbs=limbs))

    put()
    put()
    assert [action.name for action in bpy.data.actions] == ["Dance"]
    assert not obj.animation_data.nla_tracks
    switch = next(curve for (path, _), curve in curves_of(obj).items() if path.endswith('["IK_FK"]'))
    switch.keyframe_points.insert(22, 0.5)
    put()
    assert [action.name for action in bpy.data.actions] == ["Dance", "Dance 2"]


@in_oldest_and_newest
def test_a_library_override_that_a_script_made(shared_data: Path, basic_rig_file: Path) -> None:
    """Blender inserts no keys there, and sets no values of many bones at once."""
    clip = thinned(motion(shared_data / "motions" / "rokoko_jesse_dance.bvh", basic_rig_file.parent, most=4).clip)
    with bpy.data.libraries.load(str(basic_rig_file), link=True) as (_, wanted):
        wanted.objects = ["rig"]
    (linked,) = wanted.objects
    scene, layer = bpy.context.scene, bpy.context.view_layer
    scene.collection.objects.link(linked)
    obj = linked.override_hierarchy_create(scene, layer)
    assert obj.override_library.is_system_override
    for _ in range(2):  # the second time it is posed
        outcome = put_clip_on(obj, clip, MAPPING, RetargetOptions(), "Dance", KeyOptions(limbs="IK"))
        assert outcome.warnings == ()
        assert outcome.deviation_degrees < 0.01
        scene.frame_set(22)


@in_newest
def test_a_rig_without_known_ik_is_reported(shared_data: Path, basic_rig_file: Path) -> None:
    played = motion(shared_data / "motions" / "ue4_run.fbx", basic_rig_file.parent, most=8)
    obj = open_rig(basic_rig_file)
    for bone in obj.pose.bones:  # another rig of this kind: its switches are as known, its controls are not
        if bone.name.startswith(("hand_ik", "foot_ik")):
            bone.name = f"goal_of_{bone.name}"
    outcome = put_clip_on(obj, played.clip, MAPPING, RetargetOptions(), "Motion", KeyOptions(limbs="IK"))
    assert [str(warning) for warning in outcome.warnings] == [
        "The add-on doesn't know IK controls of this rig, so only its FK controls were keyed."
    ]
    assert obj.pose.bones["thigh_parent.L"]["IK_FK"] == 1.0
