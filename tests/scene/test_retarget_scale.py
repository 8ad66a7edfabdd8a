"""Motions put on at another scale: further over the ground, on the same ground, with feet that stand."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.pose_motion import PoseMotion
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.retargeting.same_skeleton import transfer
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.fbx.fbx_sampling import FbxSampling
from aimocap_blender.scene.retargeting import put_clip_on
from tests.blender_versions import in_newest
from tests.media.metahuman_fbx import make_metahuman_fbx
from tests.scene.real_files import planted_steps

from .real_files import Motion, at_rest, composed_heads, degrees_apart, load, motion, skeleton, without_meshes

pytestmark = in_newest

Heads = Mapping[str, np.ndarray]
SIDES = ("left", "right")
MOTIONS = {"cmu_91_48.fbx": (0, 110), "boxing_toes.bvh": (550, 250)}
"""First frame and number of frames: steps forwards, and steps of a boxer."""
REACH = 0.26
"""Of a leg: how far hips may come down for long strides."""


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("imported")


@pytest.fixture(scope="session")
def walk(scratch: Path) -> Motion:
    """Eight steps on a circle."""
    file = scratch / "walk.fbx"
    make_metahuman_fbx(file, 0.0, 4.0)
    return motion(file, scratch)


class Put:
    """A motion on a character at several scales, as the tests' own code poses it."""

    def __init__(self, played: Motion, obj: bpy.types.Object) -> None:
        self.target, source_map = skeleton(obj), detect_bones(played.clip.skeleton)
        self.bone_map = detect_bones(self.target)
        self.played, self.source_map = played, source_map
        self.bones, self.theirs = self.bone_map.bones(), source_map.bones()
        self.leg = sum(
            float(np.linalg.norm(self.rest(a) - self.rest(b)))
            for a, b in (("upper_leg", "lower_leg"), ("lower_leg", "foot"))
        )

    def rest(self, joint: str) -> np.ndarray:
        return np.asarray(self.target.heads[self.target.index(self.bones[f"left_{joint}"])])

    def at(self, scale: float, *, lock: bool) -> tuple[PoseMotion, Heads]:
        options = RetargetOptions(scale=scale, contacts="FEET" if lock else "OFF")
        result = retarget(self.played.clip, self.source_map, self.target, self.bone_map, options)
        return result, composed_heads(self.target, result)

    def middle(self, heads: Heads) -> np.ndarray:
        """(F, 3) between the legs."""
        return np.mean([heads[self.bones[f"{side}_upper_leg"]] for side in SIDES], axis=0)

    def limbs(self, heads: Heads, *pairs: tuple[str, str]) -> np.ndarray:
        """(N, F, 3) from joint to joint, on both sides."""
        return np.array(
            [
                heads[self.bones[f"{side}_{end}"]] - heads[self.bones[f"{side}_{start}"]]
                for side in SIDES
                for start, end in pairs
            ]
        )

    def planted(self, side: str) -> np.ndarray:
        """(F - 1,) steps from sample to sample in which a foot of the source stands."""
        source = {bone: self.played.head(bone) for bone in self.theirs.values()}
        return planted_steps(source, self.theirs, side, self.played.clip.times)


ARMS, LEGS = (("upper_arm", "lower_arm"), ("lower_arm", "hand")), (("upper_leg", "lower_leg"), ("lower_leg", "foot"))


def spans(mask: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask, [0]])))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def over_ground(path: np.ndarray) -> np.ndarray:
    """(F - 1, 2) the way from where it begins; a rest pose, at the first sample, has a place of its own."""
    return (path[1:] - path[1])[:, :2]


def puts(shared_data: Path, scratch: Path, walk: Motion, character: str) -> dict[str, Put]:
    files = {
        name: motion(shared_data / "motions" / name, scratch, most, first) for name, (first, most) in MOTIONS.items()
    }
    obj = without_meshes(at_rest(load(shared_data / "characters" / character, scratch)))
    return {name: Put(played, obj) for name, played in {**files, "walk": walk}.items()}


CHARACTERS = ("mh_mixamo.blend", "rocketbox_male17.fbx", "gdquest_mannequiny.glb")


@pytest.mark.slow_cases
@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_it_travels_as_far_as_the_scale_says(
    shared_data: Path, scratch: Path, walk: Motion, character: str, scale: float
) -> None:
    planted_in_all = 0
    for name, put in puts(shared_data, scratch, walk, character).items():
        ((_, once), (_, scaled)) = put.at(1.0, lock=False), put.at(scale, lock=False)
        assert over_ground(put.middle(scaled)) == pytest.approx(scale * over_ground(put.middle(once)), abs=1e-6), name
        for bone in put.bones.values():
            assert scaled[bone][:, 2] == pytest.approx(once[bone][:, 2], abs=1e-6), name
        assert put.limbs(scaled, *ARMS, *LEGS) == pytest.approx(put.limbs(once, *ARMS, *LEGS), abs=1e-6), name

        ((_, own), (locked, held)) = put.at(1.0, lock=True), put.at(scale, lock=True)
        far = over_ground(put.middle(held)) - over_ground(put.middle(scaled))
        assert np.abs(far).max() < 0.075 * put.leg, name  # what the lock itself moves hips, in eight steps
        assert put.limbs(held, *ARMS) == pytest.approx(put.limbs(once, *ARMS), abs=1e-6), name
        moved = degrees_apart(put.limbs(held, *LEGS), put.limbs(scaled, *LEGS)).max()
        assert locked.report.leg_change_degrees == pytest.approx(moved, abs=0.1), name
        assert put.middle(held)[:, 2].min() > put.middle(own)[:, 2].min() - REACH * put.leg, name
        assert put.middle(held)[:, 2].max() < put.middle(own)[:, 2].max() + 0.02 * put.leg, name
        for side in SIDES:
            planted = put.planted(side)
            planted_in_all += int(planted.sum())
            for joint in ("foot", "toes"):
                if f"{side}_{joint}" not in put.bones or f"{side}_{joint}" not in put.theirs:
                    continue
                bone = put.bones[f"{side}_{joint}"]
                speed = np.linalg.norm(np.diff(held[bone], axis=0), axis=-1) / np.diff(put.played.clip.times)
                assert speed[planted].max(initial=0.0) <= 0.001, (name, side)
                assert held[bone][:, 2] == pytest.approx(own[bone][:, 2], abs=0.03 * put.leg), (name, side)
    assert planted_in_all > 100


def test_prints_are_further_apart_as_the_travel_is(shared_data: Path, scratch: Path, walk: Motion) -> None:
    put = puts(shared_data, scratch, walk, "mh_mixamo.blend")["walk"]
    (_, own), (_, held) = put.at(1.0, lock=True), put.at(2.0, lock=True)
    strides = []
    for heads in (own, held):
        typical = []
        for side in SIDES:
            prints = np.array([heads[put.bones[f"{side}_foot"]][start] for start, _ in spans(put.planted(side))])
            assert len(prints) >= 4
            typical.append(np.median(np.linalg.norm(np.diff(prints, axis=0), axis=-1)))
        strides.append(np.mean(typical))  # on a circle one side's are longer than the other's
    assert strides[0] > 0.8
    assert strides[1] == pytest.approx(2.0 * strides[0], rel=0.02)


def test_contact_that_legs_can_t_reach_slides_and_is_reported(shared_data: Path, scratch: Path, walk: Motion) -> None:
    put = puts(shared_data, scratch, walk, "mh_mixamo.blend")["walk"]
    (_, own), (locked, held) = put.at(1.0, lock=True), put.at(5.0, lock=True)
    assert over_ground(put.middle(held)) == pytest.approx(5.0 * over_ground(put.middle(own)), rel=0.01, abs=0.05)
    assert put.middle(held)[:, 2].min() > put.middle(own)[:, 2].min() - REACH * put.leg
    knees = degrees_apart(*put.limbs(held, *LEGS)[:2])
    assert knees.max() < degrees_apart(*put.limbs(own, *LEGS)[:2]).max() + 40.0
    for side in SIDES:
        assert held[put.bones[f"{side}_foot"]][:, 2] == pytest.approx(own[put.bones[f"{side}_foot"]][:, 2], abs=0.02)
    assert locked.report.slide_before > locked.report.slide_after > 50.0


def test_half_the_strength_slides_half_as_fast(shared_data: Path, scratch: Path, walk: Motion) -> None:
    put = puts(shared_data, scratch, walk, "mh_mixamo.blend")["walk"]
    reported = {}
    for strength in (0.0, 0.5, 1.0):
        options = RetargetOptions(scale=1.5, lock_strength=strength)
        reported[strength] = retarget(put.played.clip, put.source_map, put.target, put.bone_map, options).report
    assert reported[0.0].slide_after == pytest.approx(reported[0.0].slide_before)
    assert reported[0.0].leg_change_degrees < 1e-6
    assert reported[0.5].slide_after == pytest.approx(0.5 * reported[0.0].slide_before, rel=0.1)
    assert reported[1.0].slide_after < 0.1


def test_in_place_nothing_changes(shared_data: Path, scratch: Path, walk: Motion) -> None:
    put = puts(shared_data, scratch, walk, "mh_mixamo.blend")["walk"]
    shown = [
        composed_heads(
            put.target,
            retarget(
                put.played.clip,
                put.source_map,
                put.target,
                put.bone_map,
                RetargetOptions(root_motion="IN_PLACE", scale=scale),
            ),
        )
        for scale in (1.0, 2.0)
    ]
    for bone in put.bones.values():
        assert shown[1][bone] == pytest.approx(shown[0][bone], abs=1e-9)


def test_how_large_a_character_is_changes_nothing(shared_data: Path, scratch: Path) -> None:
    strut = motion(shared_data / "motions" / "xia_strut.bvh", scratch, 120).clip
    own = skeleton(without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch))))
    maps, whole_body = (detect_bones(strut.skeleton), detect_bones(own)), RetargetOptions(contacts="BODY")

    def heads(size: float) -> np.ndarray:
        """(B, F, 3) in the character's sizes."""
        target = replace(own, world=own.world @ np.diag([size, size, size, 1.0]))
        shown = composed_heads(target, retarget(strut, maps[0], target, maps[1], whole_body))
        return np.array([shown[bone] for bone in maps[1].bones().values()]) / size

    for size in (0.1, 100.0):
        assert heads(size) == pytest.approx(heads(1.0), abs=1e-4)


@pytest.mark.parametrize("carrier", ["HIPS", "ROOT_BONE", "OBJECT"])
def test_a_motion_of_its_own_skeleton_travels_further_too(scratch: Path, walk: Motion, carrier: str) -> None:
    obj = at_rest(load(scratch / "walk.fbx", scratch))
    target = skeleton(obj)
    shown = {}
    for scale in (1.0, 3.0):
        result = transfer(walk.clip, target, RetargetOptions(scale=scale, root_carrier=carrier))
        ways = composed_heads(target, result)
        shown[scale] = {bone: path + (0.0 if result.travel is None else result.travel) for bone, path in ways.items()}
    for bone in ("pelvis", "head", "foot_l"):
        begins = shown[1.0][bone][0]
        way = shown[1.0]["pelvis"] - shown[1.0]["pelvis"][0]
        want = shown[1.0][bone] + 2.0 * way * (1.0, 1.0, 0.0)
        assert shown[3.0][bone][0] == pytest.approx(begins, abs=1e-6)
        assert shown[3.0][bone] == pytest.approx(want, abs=1e-3)


@pytest.mark.slow
def test_feet_that_slide_then_are_reported(scratch: Path, walk: Motion, tmp_path: Path) -> None:
    del walk
    sampling = FbxSampling(scratch / "walk.fbx", tmp_path).begin()
    sampling.wait()
    obj = at_rest(load(scratch / "walk.fbx", scratch))
    for scale, reported in ((1.0, 0), (2.0, 1)):
        outcome = put_clip_on(obj, sampling.clip(), TimeMapping(1.0, 30.0), RetargetOptions(scale=scale), "Walk")
        assert outcome.as_it_is
        assert sum("slide" in warning for warning in outcome.warnings) == reported
