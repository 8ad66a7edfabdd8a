"""Rigify's own rig: what moves its mesh goes where the motion goes, its limbs switched from IK to FK for that."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import mirrored
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.cleanup.edits import mirror
from aimocap_blender.scene.keys.keyframes import curves_of, keyed_values
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retarget_check import MOST_OF_RIGS
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.scene.rigs import rig_keys
from tests.blender_versions import first_in_every, in_newest, in_oldest_and_newest

from ..characters import heads_at
from ..real_files import degrees_apart, motion
from ..scene_dump import changes, dump
from .rigify_rig import DEFORMING, open_rig

pytestmark = in_oldest_and_newest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aimocap_blender.motion.retargeting.retarget_options import Limbs, RootCarrier
    from aimocap_blender.motion.skeleton import Clip

    from ..characters import Heads
    from ..real_files import Motion

UNLOCKED = RetargetOptions(contacts="OFF")
LIMBS = tuple(
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for limb in (("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot"))
    for start, end in pairwise(limb)
)


def played_on(shared_data: Path, rig_file: Path, source: str) -> tuple[Motion, bpy.types.Object]:
    return motion(shared_data / "motions" / source, rig_file.parent, most=60), open_rig(rig_file)


def first(clip: Clip, count: int) -> Clip:
    return replace(clip, times=clip.times[:count], positions=clip.positions[:count], rotations=clip.rotations[:count])


def of_source(played: Motion) -> Heads:
    return {slot: played.head(bone) for slot, bone in detect_bones(played.clip.skeleton).bones().items()}


def of_mesh(obj: bpy.types.Object, played: Motion, mapping: TimeMapping) -> Heads:
    return heads_at(obj, DEFORMING, mapping.frames(played.clip.times))


@pytest.mark.slow
@pytest.mark.parametrize("source", first_in_every(["ue4_run.fbx", "cmu_91_48.fbx"]))
def test_bones_that_move_the_mesh_point_as_the_source_does(shared_data: Path, rig_file: Path, source: str) -> None:
    played, obj = played_on(shared_data, rig_file, source)
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


@pytest.mark.slow
@in_newest
def test_its_motion_is_mirrored(shared_data: Path, rig_file: Path) -> None:
    played, obj = played_on(shared_data, rig_file, "cmu_91_48.fbx")
    mapping = TimeMapping(20.0, 24.0)
    put_clip_on(obj, played.clip, mapping, UNLOCKED, "Run")
    before = of_mesh(obj, played, mapping)
    mirror(obj)
    after = of_mesh(obj, played, mapping)
    for slot, heads in after.items():
        other = before[mirrored(slot)] * (-1.0, 1.0, 1.0)
        assert np.abs((heads - after["hips"]) - (other - before["hips"] * (-1.0, 1.0, 1.0))).max() < 0.01, slot
    mirror(obj)
    assert max(np.abs(heads - before[slot]).max() for slot, heads in of_mesh(obj, played, mapping).items()) < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rig_file", "basic_rig_file"])
@pytest.mark.parametrize("options", [UNLOCKED, RetargetOptions()], ids=["free", "locked"])
def test_the_report_is_what_the_mesh_shows_and_few_frames_are_evaluated(
    shared_data: Path, request: pytest.FixtureRequest, kind: str, options: RetargetOptions
) -> None:
    file: Path = request.getfixturevalue(kind)
    played, obj = motion(shared_data / "motions" / "cmu_91_48.fbx", file.parent, most=110), open_rig(file)
    for control in obj.pose.bones:  # as other rigs have it
        if control.name.startswith(("forearm_fk", "shin_fk")):
            control.rotation_mode, control.lock_rotation = "XYZ", (False, True, True)
    mapping = TimeMapping(20.0, 24.0)
    outcome = put_clip_on(obj, played.clip, mapping, options, "Run")
    assert outcome.poses.samples <= MOST_OF_RIGS
    want = of_source(played)
    deforming = {slot: bone for slot, bone in DEFORMING.items() if bone in obj.data.bones}
    got = heads_at(obj, deforming, mapping.frames(played.clip.times))
    for start, end in LIMBS:
        off = degrees_apart(got[end] - got[start], want[end] - want[start]).max()
        assert outcome.poses.degrees[start] == pytest.approx(off, abs=0.1)
        assert off < (0.5 if options is UNLOCKED else 8.0)
    assert max(outcome.poses.degrees[slot] for slot in ("head", "left_hand", "right_hand")) < 0.5
    if options is not UNLOCKED:
        assert outcome.poses.most_slide < 0.1


def test_switches_are_keyed_with_the_motion(shared_data: Path, rig_file: Path) -> None:
    played, obj = played_on(shared_data, rig_file, "ue4_run.fbx")
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


def missing(bone: bpy.types.PoseBone) -> None:
    del bone["IK_FK"]


def driven(bone: bpy.types.PoseBone) -> None:
    bone.driver_add('["IK_FK"]').driver.expression = "0.0"


def several(bone: bpy.types.PoseBone) -> None:
    del bone["IK_FK"]
    bone["IK_FK"] = [1.0, 2.0]


def text(bone: bpy.types.PoseBone) -> None:
    del bone["IK_FK"]
    bone["IK_FK"] = "fk"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("break_it", "why"),
    [(missing, "missing"), (driven, "driver"), (several, "not a single number"), (text, "not a single number")],
    ids=["missing", "driven", "several", "text"],
)
def test_a_switch_that_cannot_be_set_is_reported(
    shared_data: Path, rig_file: Path, break_it: Callable[[bpy.types.PoseBone], None], why: str
) -> None:
    played, obj = played_on(shared_data, rig_file, "ue4_run.fbx")
    limb = obj.pose.bones["upper_arm_parent.L"]
    break_it(limb)
    held = {"missing": None, "several": [1.0, 2.0], "text": "fk", "driven": 0.0}[break_it.__name__]
    (warning, *_) = put_clip_on(obj, first(played.clip, 12), TimeMapping(20.0, 24.0), UNLOCKED, "Run").warnings
    assert "“IK_FK” of upper_arm_parent.L can't be set" in warning
    assert why in warning
    value = limb.get("IK_FK")
    assert (list(value) if break_it is several else value) == held
    switched = {path for path, _ in curves_of(obj) if path.endswith('["IK_FK"]')}
    assert switched == {
        f'pose.bones["{bone}"]["IK_FK"]' for bone in ("upper_arm_parent.R", "thigh_parent.L", "thigh_parent.R")
    }


@pytest.mark.slow
@in_newest
@pytest.mark.parametrize(("animated", "limbs"), [(True, "IK"), (False, "FK")])
def test_where_solving_fails_nothing_has_changed(
    shared_data: Path, rig_file: Path, monkeypatch: pytest.MonkeyPatch, *, animated: bool, limbs: Limbs
) -> None:
    played, obj = played_on(shared_data, rig_file, "ue4_run.fbx")
    obj.pose.bones["upper_arm_parent.L"]["IK_FK"] = 0.25
    if animated:
        obj.pose.bones["torso"].keyframe_insert("location", frame=1)
        track = obj.animation_data.nla_tracks.new()
        track.strips.new("Before", 1, bpy.data.actions.new("Before"))
        track.is_solo = True

    def fail_midway(*given: object) -> None:
        _, _, channels, _, _, write, _ = given
        write(channels)
        raise MemoryError

    monkeypatch.setattr(rig_keys, "solve", fail_midway)
    obj.update_tag(refresh={"OBJECT", "DATA"})
    bpy.context.view_layer.update()
    before = dump()
    keys = KeyOptions(limbs=limbs)
    with pytest.raises(MemoryError):
        put_clip_on(obj, first(played.clip, 12), TimeMapping(20.0, 24.0), UNLOCKED, "Run", keys)
    assert changes(before, dump()) == set()
    bpy.context.view_layer.update()
    assert changes(before, dump()) == set()


def test_limbs_that_follow_the_body_go_the_same_way(shared_data: Path, rig_file: Path) -> None:
    played, obj = played_on(shared_data, rig_file, "ue4_run.fbx")
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


@pytest.mark.slow
@in_newest
def test_mesh_goes_the_same_way_whatever_carries_the_travel(shared_data: Path, rig_file: Path) -> None:
    mapping = TimeMapping(20.0, 24.0)
    shown: dict[RootCarrier, Heads] = {}
    carriers: tuple[RootCarrier, ...] = ("HIPS", "ROOT_BONE", "OBJECT")
    for carrier in carriers:
        played, obj = played_on(shared_data, rig_file, "cmu_91_48.fbx")
        bpy.context.scene.frame_set(60)  # within the motion, where an action that is checked has carried the object
        obj.location = (1.0, 2.0, 0.5)
        options = RetargetOptions(contacts="OFF", root_carrier=carrier)
        outcome = put_clip_on(obj, played.clip, mapping, options, "Run")
        assert outcome.warnings == ()
        assert outcome.solved_frames == len(played.clip.times)  # the neck has half of the chest's turn
        curves = curves_of(obj)
        assert (('pose.bones["root"].location', 0) in curves) == (carrier == "ROOT_BONE")
        assert (("location", 0) in curves) == (carrier == "OBJECT")
        shown[carrier] = of_mesh(obj, played, mapping)
    for slot, heads in shown["HIPS"].items():
        assert shown["ROOT_BONE"][slot] == pytest.approx(heads, abs=2e-3)
        assert shown["OBJECT"][slot] == pytest.approx(heads, abs=2e-3)


@pytest.mark.slow
@in_newest
def test_planted_feet_stand_still(shared_data: Path, rig_file: Path) -> None:
    played, obj = played_on(shared_data, rig_file, "boxing_toes.bvh")
    mapping = TimeMapping(20.0, 100.0)
    put_clip_on(obj, played.clip, mapping, RetargetOptions(), "Boxing")
    source, shown = of_source(played), of_mesh(obj, played, mapping)
    step = np.diff(played.clip.times)[:, None]
    size = 0.9 / np.linalg.norm(source["left_upper_leg"][0] - source["left_foot"][0])
    stood = 0
    for side in ("left", "right"):
        still = np.ones(len(step), dtype=bool)
        for joint in ("foot", "toes"):
            path = source[f"{side}_{joint}"] * size
            still &= np.linalg.norm(np.diff(path, axis=0) / step, axis=-1) < 0.02
            still &= path[1:, 2] < path[:, 2].min() + 0.03
        runs = np.convolve(still, np.ones(10), mode="same") >= 10
        stood += int(runs.sum())
        speed = np.linalg.norm(np.diff(shown[f"{side}_foot"], axis=0) / step, axis=-1)
        assert speed[runs].max(initial=0.0) < 0.001
    assert stood > 20
