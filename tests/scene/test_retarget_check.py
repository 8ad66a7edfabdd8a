"""The report of a retargeted motion against a judge of the tests' own, in poses that Blender evaluates."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.bone_maps import keep_bone_map
from aimocap_blender.scene.isolated_evaluation import IsolatedRig
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retarget_check import MOST, MOST_OF_RIGS
from aimocap_blender.scene.retargeting import RetargetOutcome, put_clip_on
from tests.bench.tall_character import add_tall_character
from tests.blender_versions import in_newest
from tests.media.performance_clip import performance_clip
from tests.resting import resting

from .characters import true_names
from .real_files import at_rest, degrees_apart, load, motion, turn_to_match, without_meshes
from .rigs.control_rig import add_controls

pytestmark = in_newest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Heads = Mapping[str, np.ndarray]

FREE = RetargetOptions(contacts="OFF")
LOCKED = RetargetOptions()
LIMBS = (("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot"))
SEGMENTS = [(f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for limb in LIMBS for a, b in pairwise(limb)]


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("imported")


class Judge:
    """All frames of a keyed character, from the scene's own evaluation, against the motion's."""

    def __init__(self, obj: bpy.types.Object, ours: Mapping[str, str], clip: Clip, mapping: TimeMapping) -> None:
        theirs = detect_bones(clip.skeleton).bones()
        self.times = clip.times
        self.slots = [slot for slot in ours if slot in theirs]
        self.want = {slot: clip.positions[:, clip.skeleton.index(theirs[slot])] for slot in self.slots}
        self.rest = {slot: clip.skeleton.heads[clip.skeleton.index(theirs[slot])] for slot in self.slots}
        heads: dict[str, list[list[float]]] = {slot: [] for slot in self.slots}
        for frame in mapping.frames(clip.times):
            bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1.0))
            for slot in self.slots:
                heads[slot].append(list(obj.matrix_world @ obj.pose.bones[ours[slot]].head))
        self.got = {slot: np.array(track) for slot, track in heads.items()}

    def limbs(self) -> dict[str, float]:
        """Slot to the greatest angle of its direction, after the turn that suits the arms."""
        pairs = [pair for pair in SEGMENTS if all(slot in self.slots for slot in pair)]
        lines = [{start: heads[end] - heads[start] for start, end in pairs} for heads in (self.got, self.want)]
        ours, theirs = (
            np.array([line / np.linalg.norm(line, axis=-1, keepdims=True) for line in of_one.values()])
            for of_one in lines
        )
        for _ in range(4):  # the turn of those that fit it best, so that wrong ones don't count
            turn = turn_to_match(ours[self._fitting(ours, theirs)], theirs[self._fitting(ours, theirs)])
            ours = ours @ turn.T
        return dict(zip([start for start, _ in pairs], degrees_apart(ours, theirs).max(axis=1), strict=True))

    @staticmethod
    def _fitting(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        off = degrees_apart(ours, theirs)
        return off <= np.median(off)

    def slides(self) -> np.ndarray:
        """cm/s of all joints of feet while they rest in the source, wherever they are."""
        bones = [(self.rest[start], self.rest[end]) for start, end in SEGMENTS if "_leg" in start]
        leg = sum(float(np.linalg.norm(end - start)) for start, end in bones) / 2.0
        speeds = [np.zeros(0)]
        for slot in ("left_foot", "left_toes", "right_foot", "right_toes"):
            if slot in self.slots:
                rests = resting(self.want[slot], self.times, leg)
                every = np.linalg.norm(np.diff(self.got[slot], axis=0), axis=-1) / np.diff(self.times)
                speeds.append(every[rests[1:] & rests[:-1]])
        return np.concatenate(speeds) * 100.0


def repeated(clip: Clip, frames: int) -> Clip:
    rows = np.arange(frames) % len(clip.times)
    return Clip(clip.skeleton, np.arange(frames) / clip.fps, clip.fps, clip.positions[rows], clip.rotations[rows])


def agree(outcome: RetargetOutcome, judge: Judge) -> None:
    limbs = judge.limbs()
    assert {slot: outcome.poses.degrees[slot] for slot in limbs} == pytest.approx(limbs, abs=0.1)
    slides = judge.slides()
    if len(slides):
        assert outcome.poses.slide == pytest.approx(np.median(slides), abs=0.1)
        assert outcome.poses.most_slide == pytest.approx(slides.max(), abs=0.1)
    else:
        assert outcome.poses.slide is None


LYING = {"fair1_zombie.bvh": np.array(Matrix.Rotation(-np.pi / 2.0, 3, "X"))}
"""Motions that lie in the scene as Blender imports them, and what makes them stand."""

MOTIONS = (("ue4_run.fbx", 0), ("cmu_91_48.fbx", 0), ("boxing_toes.bvh", 550), ("fair1_zombie.bvh", 200))


@pytest.mark.slow_cases
@pytest.mark.parametrize("options", [FREE, LOCKED], ids=["free", "locked"])
@pytest.mark.parametrize(("source", "first"), MOTIONS)
@pytest.mark.parametrize("character", ["mh_mixamo.blend", "kaykit_rig_medium.glb", "rocketbox_male17.fbx"])
def test_the_report_is_what_a_judge_measures_in_all_frames(
    shared_data: Path, scratch: Path, character: str, source: str, first: int, options: RetargetOptions
) -> None:
    clip = motion(shared_data / "motions" / source, scratch, 250, first).clip
    obj = without_meshes(at_rest(load(shared_data / "characters" / character, scratch)))
    mapping = TimeMapping(5.5, 24.0)
    outcome = put_clip_on(obj, clip, mapping, options, "Judged")
    assert outcome.poses.samples <= MOST
    if source in LYING:
        clip = Clip(clip.skeleton, clip.times, clip.fps, clip.positions @ LYING[source].T, clip.rotations)
    judge = Judge(obj, true_names(shared_data, f"characters/{character}"), clip, mapping)
    agree(outcome, judge)
    computed = outcome.report.slide_before if options is FREE else outcome.report.slide_after
    # computed before the keys, and at the motion's frames
    assert computed == pytest.approx(np.median(judge.slides()) if len(judge.slides()) else 0.0, abs=0.1, rel=0.03)


def limit(bone: bpy.types.PoseBone) -> None:
    constraint: Any = bone.constraints.new("LIMIT_ROTATION")
    constraint.owner_space = "LOCAL"
    for axis in "xyz":
        setattr(constraint, f"use_limit_{axis}", True)


def lock(bone: bpy.types.PoseBone) -> None:
    bone.rotation_mode, bone.lock_rotation = "XYZ", (True, True, True)


def drive(bone: bpy.types.PoseBone) -> None:
    bone.rotation_mode = "XYZ"
    bone.driver_add("rotation_euler", 0).driver.expression = "0.3"


@pytest.mark.slow_cases
@pytest.mark.parametrize("spoil", [limit, lock, drive], ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("slot", ["left_lower_arm", "right_upper_leg"])
def test_constrained_bone_is_in_the_report(
    shared_data: Path, scratch: Path, slot: str, spoil: Callable[[bpy.types.PoseBone], None]
) -> None:
    clip = repeated(motion(shared_data / "motions" / "ue4_run.fbx", scratch).clip, 150)
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    names = true_names(shared_data, "characters/mh_mixamo.blend")
    spoil(obj.pose.bones[names[slot]])
    mapping = TimeMapping(1.0, 30.0)
    outcome = put_clip_on(obj, clip, mapping, FREE, "Spoiled")
    assert outcome.poses.samples <= MOST_OF_RIGS
    assert outcome.poses.degrees[slot] > 10.0
    assert any(names[slot] in warning for warning in outcome.warnings)
    agree(outcome, Judge(obj, names, clip, mapping))


@pytest.mark.slow_cases
@pytest.mark.parametrize("options", [FREE, LOCKED], ids=["free", "locked"])
@pytest.mark.parametrize("held", ["", "drivers"])
def test_rotation_locks_of_controls_guard_the_mouse_and_not_keys(
    shared_data: Path, scratch: Path, options: RetargetOptions, held: str
) -> None:
    """Bones that deform the mesh follow the motion, also on a rig that is solved because a driver acts on it."""
    clip = repeated(motion(shared_data / "motions" / "ue4_run.fbx", scratch).clip, 150)
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    names = true_names(shared_data, "characters/mh_mixamo.blend")
    controls = add_controls(obj, names)
    if held:
        hand = obj.pose.bones[controls["left_hand"]]
        hand.driver_add("scale", 0).driver.expression = "1.0"
    locks = {bone.name: tuple(bone.lock_rotation) for bone in obj.pose.bones}
    keep_bone_map(obj, BoneMap.from_json(controls))
    mapping = TimeMapping(1.0, 30.0)
    outcome = put_clip_on(obj, clip, mapping, options, "Locked")
    judge = Judge(obj, names, clip, mapping)
    agree(outcome, judge)
    if options is FREE:
        assert max(judge.limbs().values()) < 0.5
    else:
        assert judge.slides().max(initial=0.0) < 0.1
    assert outcome.poses.worst[1] < 8.0
    assert locks == {bone.name: tuple(bone.lock_rotation) for bone in obj.pose.bones}


@pytest.mark.slow_cases
@pytest.mark.parametrize("mode", ["XYZ", "ZYX", "QUATERNION"])
@pytest.mark.parametrize("source", ["ue4_run.fbx", "cmu_91_48.fbx"])
def test_elbows_and_knees_that_are_hinges_point_right_by_the_upper_bones_twist(
    shared_data: Path, scratch: Path, source: str, mode: str
) -> None:
    """Deforming bones, whose locks are respected: all else stays as it is without locks."""
    clip = motion(shared_data / "motions" / source, scratch).clip
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    names = true_names(shared_data, "characters/mh_mixamo.blend")
    mapping = TimeMapping(1.0, clip.fps)
    lower = [
        obj.pose.bones[names[f"{side}_{part}"]] for side in ("left", "right") for part in ("lower_arm", "lower_leg")
    ]
    for bone in lower:
        bone.rotation_mode, bone.lock_rotation = mode, hinge_locks(bone.bone)
    outcome = put_clip_on(obj, clip, mapping, FREE, "Hinged")
    judge = Judge(obj, names, clip, mapping)
    agree(outcome, judge)
    assert max(judge.limbs().values()) < 0.5
    assert max(outcome.poses.degrees[slot] for slot in ("left_hand", "right_hand", "left_foot", "right_foot")) < 0.5
    assert not outcome.warnings
    for frame in mapping.frames(clip.times)[::7]:
        bpy.context.scene.frame_set(round(frame))
        for bone in lower:
            turn = bone.matrix_basis.to_euler("XYZ")
            assert all(abs(turn[axis]) < 1e-3 for axis in range(3) if bone.lock_rotation[axis])


def hinge_locks(bone: bpy.types.Bone) -> tuple[bool, bool, bool]:
    """Lock all of a bone's axes but the one that is most across the body's forward direction and the bone."""
    hinge = np.cross(np.array(bone.vector), (0.0, 1.0, 0.0))
    if abs(bone.vector.z) < abs(bone.vector.x):
        hinge = np.array([0.0, 0.0, 1.0])
    across = np.abs(np.array(bone.matrix_local.to_3x3()).T @ hinge)
    free = int(np.argmax(across))
    return tuple(axis != free for axis in range(3))


def test_the_mesh_is_measured_and_not_its_controls(shared_data: Path, scratch: Path) -> None:
    clip = repeated(motion(shared_data / "motions" / "ue4_run.fbx", scratch).clip, 40)
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    names = true_names(shared_data, "characters/mh_mixamo.blend")
    controls = add_controls(obj, names)
    obj.pose.bones[names["right_lower_leg"]].constraints[0].influence = 0.5
    keep_bone_map(obj, BoneMap.from_json(controls))
    mapping = TimeMapping(1.0, 30.0)
    outcome = put_clip_on(obj, clip, mapping, FREE, "Half")
    assert outcome.poses.degrees["right_lower_leg"] > 10.0
    agree(outcome, Judge(obj, names, clip, mapping))


@pytest.mark.parametrize("keys", [KeyOptions(sampling="FRAMES"), KeyOptions(tolerance_degrees=2.0)])
def test_the_keys_are_measured_as_they_are_written(shared_data: Path, scratch: Path, keys: KeyOptions) -> None:
    clip = motion(shared_data / "motions" / "cmu_91_48.fbx", scratch).clip
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    mapping = TimeMapping(1.0, 24.0) if keys.sampling == "FRAMES" else TimeMapping(1.0, clip.fps)
    outcome = put_clip_on(obj, clip, mapping, FREE, "Thinned", keys)
    if keys.tolerance_degrees:
        judge = Judge(obj, true_names(shared_data, "characters/mh_mixamo.blend"), clip, mapping)
        assert max(judge.limbs().values()) > 0.5
        assert max(outcome.poses.degrees[start] for start, _ in SEGMENTS) == pytest.approx(
            max(judge.limbs().values()), abs=0.5
        )
    else:
        assert max(outcome.poses.degrees[start] for start, _ in SEGMENTS) < 1.0


def test_a_moved_turned_and_carried_character_is_measured_the_same(shared_data: Path, scratch: Path) -> None:
    clip = motion(shared_data / "motions" / "cmu_91_48.fbx", scratch).clip
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    carrier = bpy.data.objects.new("Carrier", None)
    bpy.context.scene.collection.objects.link(carrier)
    carrier.matrix_world = Matrix.Translation((3.0, -2.0, 0.5)) @ Matrix.Rotation(2.3, 4, "Z") @ Matrix.Scale(1.7, 4)
    obj.parent = carrier
    bpy.context.view_layer.update()
    mapping = TimeMapping(1.0, clip.fps)
    outcome = put_clip_on(obj, clip, mapping, LOCKED, "Carried")
    agree(outcome, Judge(obj, true_names(shared_data, "characters/mh_mixamo.blend"), clip, mapping))
    assert outcome.poses.size == pytest.approx(1.7, rel=0.1)


def test_few_frames_of_a_long_motion_are_evaluated(
    shared_data: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = repeated(motion(shared_data / "motions" / "cmu_91_48.fbx", scratch).clip, 2000)
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    evaluated: list[float] = []
    before = IsolatedRig.at
    monkeypatch.setattr(IsolatedRig, "at", lambda rig, frame: evaluated.append(frame) or before(rig, frame))
    outcome = put_clip_on(obj, clip, TimeMapping(1.0, 30.0), LOCKED, "Long")
    assert len(evaluated) == len(set(evaluated)) == outcome.poses.samples <= MOST
    assert max(np.diff(sorted(evaluated))) < 2000 / 15


@pytest.mark.parametrize("mapping", [TimeMapping(76.0, -30.0), TimeMapping(61.0, -24.0)])
def test_a_walk_in_reverse_rests_where_it_does_forward(mapping: TimeMapping) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    character = add_tall_character(bpy.context.scene, seed=7)
    outcome = put_clip_on(character, performance_clip(0.0, 2.5), mapping, LOCKED, "Walk", KeyOptions(sampling="FRAMES"))
    assert outcome.poses.off_rest is not None
    above, under = outcome.poses.off_rest
    assert max(above.metres, under.metres) < 0.03
