"""Real motions on real characters, measured from poses that Blender evaluates."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.pose_motion import PoseMotion
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.keys.keyframes import curves_of
from aimocap_blender.scene.keys.pose_keys import write_pose_motion
from tests.blender_versions import in_newest
from tests.scene.real_files import planted_steps

from .characters import CHARACTERS
from .real_files import (
    Motion,
    at_rest,
    composed_clip,
    composed_heads,
    degrees_apart,
    load,
    motion,
    posed_heads,
    shifted,
    skeleton,
    torso,
    turn_to_match,
    without_meshes,
)

pytestmark = in_newest

FACING_AS_THE_MOTIONS = ("mh_mixamo.blend", "rocketbox_male17.fbx", "kaykit_rig_medium.glb")
SPANS = ((0, 300), (550, 250), (1500, 300), (2650, 300))
"""First frame and number of frames: guard, steps, a wide stance, crouching and getting up."""
FREE = RetargetOptions(contacts="OFF")
LIMBS = (("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot"))


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("imported")


def limb_directions(
    heads: Mapping[str, np.ndarray], bones: Mapping[str, str], slots: list[tuple[str, str]]
) -> np.ndarray:
    """Every frame's unit directions of every pair of slots, one after the other."""
    directions = np.concatenate([heads[bones[end]] - heads[bones[start]] for start, end in slots])
    return directions / np.linalg.norm(directions, axis=-1, keepdims=True)


def shared_limbs(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[tuple[str, str]]:
    pairs = [(f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for limb in LIMBS for a, b in pairwise(limb)]
    return [pair for pair in pairs if all(slot in ours and slot in theirs for slot in pair)]


def put_on(
    shared_data: Path, scratch: Path, source: str, character: str, options: RetargetOptions = FREE
) -> tuple[Motion, bpy.types.Object, Mapping[str, str], Mapping[str, str], PoseMotion]:
    """Source motion, the character's armature, its bone map, the result."""
    played = motion(shared_data / "motions" / source, scratch)
    obj = at_rest(load(shared_data / "characters" / character, scratch))
    target = skeleton(obj)
    ours, theirs = detect_bones(target), detect_bones(played.clip.skeleton)
    return played, obj, ours.bones(), theirs.bones(), retarget(played.clip, theirs, target, ours, options)


def motions(shared_data: Path, scratch: Path) -> Iterator[tuple[str, Motion]]:
    """Every motion there is; of the long one several spans, as it is imported and as fast as it was."""
    for name in ("ue4_run.fbx", "cmu_91_48.fbx"):
        yield name, motion(shared_data / "motions" / name, scratch)
    for first, most in SPANS:
        slow = motion(shared_data / "motions" / "boxing_toes.bvh", scratch, most, first)
        yield f"boxing_toes.bvh from {first}", slow
        if first in (0, 2650):
            yield f"boxing_toes.bvh from {first} at 100 fps", Motion(shifted(slow.clip, 100.0))


Heads = Mapping[str, np.ndarray]


def palm(heads: Heads, bones: Mapping[str, str], side: str) -> np.ndarray:
    hand, index, little = (heads[bones[f"{side}_{part}"]] for part in ("hand", "index_proximal", "little_proximal"))
    return np.cross(index - hand, little - hand)


def leg_bones(heads: Heads, bones: Mapping[str, str], side: str) -> np.ndarray:
    """(2, F, 3) from joint to joint."""
    joints = [heads[bones[f"{side}_{joint}"]] for joint in LIMBS[1]]
    return np.array([joints[1] - joints[0], joints[2] - joints[1]])


def leg(heads: Heads, bones: Mapping[str, str], side: str) -> np.ndarray:
    """(2, F, 3) directions of upper and lower leg."""
    bent = leg_bones(heads, bones, side)
    return bent / np.linalg.norm(bent, axis=-1, keepdims=True)


@pytest.mark.slow
@pytest.mark.parametrize("character", CHARACTERS)
def test_every_motion_goes_over_and_planted_feet_stand(shared_data: Path, scratch: Path, character: str) -> None:
    everything = list(motions(shared_data, scratch))
    obj = without_meshes(at_rest(load(shared_data / "characters" / character, scratch)))
    target = skeleton(obj)
    bone_map = detect_bones(target)
    ours = bone_map.bones()
    planted_in_all = 0
    for name, played in everything:
        source_map = detect_bones(played.clip.skeleton)
        theirs = source_map.bones()
        source = {bone: played.head(bone) for bone in theirs.values()}
        free = retarget(played.clip, source_map, target, bone_map, FREE)
        locked = retarget(played.clip, source_map, target, bone_map, RetargetOptions())
        heads, held = composed_heads(target, free), composed_heads(target, locked)
        for result, composed in ((free, heads), (locked, held)):  # Blender's own evaluation says the same
            frames = np.linspace(0, len(result.times) - 1, 3).astype(int)
            shown = posed_heads(obj, result, frames)
            size = np.ptp(target.heads, axis=0).max()
            assert max(np.abs(shown[bone] - composed[bone][frames]).max() for bone in ours.values()) < 1e-4 * size

        slots = shared_limbs(ours, theirs)
        assert len(slots) == 8
        want, got = limb_directions(source, theirs, slots), limb_directions(heads, ours, slots)
        turn = np.eye(3) if character in FACING_AS_THE_MOTIONS else turn_to_match(got, want)
        apart = degrees_apart(got @ turn.T, want)
        assert np.median(apart) <= 0.1, name
        assert apart.max() <= 0.5, name
        for side in ("left", "right"):
            fingers = [f"{side}_{part}" for part in ("hand", "index_proximal", "little_proximal")]
            if all(slot in ours and slot in theirs for slot in fingers):
                assert degrees_apart(palm(heads, ours, side) @ turn.T, palm(source, theirs, side)).max() <= 0.5, name
        if "neck" in ours:
            assert degrees_apart(torso(heads, ours) @ turn.T, torso(source, theirs)).max() <= 3.0, name

        most = 0.0
        for side in ("left", "right"):
            planted = planted_steps(source, theirs, side, played.clip.times)
            planted_in_all += int(planted.sum())
            for joint in ("foot", "toes"):
                if f"{side}_{joint}" in ours and f"{side}_{joint}" in theirs:
                    path = held[ours[f"{side}_{joint}"]]
                    speed = np.linalg.norm(np.diff(path, axis=0), axis=-1) / np.diff(played.clip.times)
                    assert speed[planted].max(initial=0.0) <= 0.001, (name, side, joint)
            most = max(most, degrees_apart(leg(held, ours, side), leg(heads, ours, side)).max())
            knees = [np.abs(np.diff(degrees_apart(*leg(*posed, side)))) for posed in ((held, ours), (source, theirs))]
            assert (knees[0] - knees[1]).max() <= 10.0, (name, side)
        assert most <= 8.0, name
        jolts = [
            np.linalg.norm(np.diff(posed[ours["left_upper_leg"]], 2, axis=0), axis=-1).max() for posed in (held, heads)
        ]
        length = sum(np.linalg.norm(leg_bones(heads, ours, "left")[:, 0], axis=-1))
        assert jolts[0] <= jolts[1] + 0.12 * length, name  # metres a frame, from one frame to the next
        assert locked.report.leg_change_degrees == pytest.approx(most, abs=0.5), name
        assert locked.report.slide_after <= min(locked.report.slide_before, 0.1), name
    assert planted_in_all > 100


def test_a_moved_turned_and_scaled_character_starts_where_it_stands(shared_data: Path, scratch: Path) -> None:
    played = motion(shared_data / "motions" / "cmu_91_48.fbx", scratch)
    obj = at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch))
    obj.matrix_world = Matrix.Translation((3.0, -2.0, 0.5)) @ Matrix.Rotation(0.7, 4, "Z") @ Matrix.Scale(1.7, 4)
    target = skeleton(obj)
    ours, theirs = detect_bones(target), detect_bones(played.clip.skeleton)
    result = retarget(played.clip, theirs, target, ours, FREE)
    heads = posed_heads(obj, result, range(len(played.clip.times)))
    slots = shared_limbs(ours.bones(), theirs.bones())
    got = limb_directions(heads, ours.bones(), slots)
    want = limb_directions({bone: played.head(bone) for bone in theirs.bones().values()}, theirs.bones(), slots)
    turn = np.array(Matrix.Rotation(0.7, 3, "Z"))
    assert degrees_apart(got, want @ turn.T).max() <= 0.5
    legs = [ours.bones()[f"{side}_upper_leg"] for side in ("left", "right")]
    middle = np.mean([heads[leg] for leg in legs], axis=0)
    rest = np.mean([list(obj.matrix_world @ obj.data.bones[leg].head_local) for leg in legs], axis=0)
    assert np.linalg.norm(middle[0, :2] - rest[:2]) < 1e-3
    travel = played.head(theirs.bones()["hips"])
    ratio = np.linalg.norm(np.ptp(middle, axis=0)) / np.linalg.norm(np.ptp(travel, axis=0))
    assert ratio == pytest.approx(result.report.scale, rel=0.02)


def test_in_place_keeps_the_hips_over_their_place(shared_data: Path, scratch: Path) -> None:
    played, obj, ours, _, result = put_on(
        shared_data, scratch, "cmu_91_48.fbx", "rocketbox_male17.fbx", RetargetOptions(root_motion="IN_PLACE")
    )
    heads = posed_heads(obj, result, range(0, len(played.clip.times), 10))
    middle = (heads[ours["left_upper_leg"]] + heads[ours["right_upper_leg"]]) / 2.0
    assert np.ptp(middle[:, :2], axis=0).max() < 1e-3
    assert np.ptp(middle[:, 2]) > 0.005


def turned_apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between turns (..., 4), exact for small ones too."""
    cosine = np.abs((a * b).sum(axis=-1))
    across = a[..., :1] * b[..., 1:] - b[..., :1] * a[..., 1:] - np.cross(a[..., 1:], b[..., 1:])
    return np.degrees(2.0 * np.arctan2(np.linalg.norm(across, axis=-1), cosine))


UNLIKE = ("gdquest_mannequiny.glb", "kaykit_rig_medium.glb", "rocketbox_male17.fbx")


def test_there_and_back_keeps_the_limbs_and_on_itself_all_is_kept(shared_data: Path, scratch: Path) -> None:
    """A game figure, a small one without fingers and one whose rest pose leans, each way."""
    played = motion(shared_data / "motions" / "ue4_run.fbx", scratch)
    source_map = detect_bones(played.clip.skeleton)
    rests = {name: skeleton(at_rest(load(shared_data / "characters" / name, scratch))) for name in UNLIKE}
    maps = {name: detect_bones(rest) for name, rest in rests.items()}
    moves = {name: retarget(played.clip, source_map, rests[name], maps[name], FREE) for name in UNLIKE}
    clips = {name: composed_clip(rests[name], moves[name]) for name in UNLIKE}
    for one in UNLIKE:
        again = retarget(clips[one], maps[one], rests[one], maps[one], FREE)
        columns = [again.bones.index(bone) for bone in moves[one].bones]
        assert turned_apart(again.rotations[:, columns], moves[one].rotations).max() < 0.01, one
        want = composed_heads(rests[one], moves[one])
        bones = maps[one].bones()
        for other in UNLIKE:
            if other != one:
                there = retarget(clips[one], maps[one], rests[other], maps[other], FREE)
                clip = composed_clip(rests[other], there)
                back = retarget(clip, maps[other], rests[one], maps[one], FREE)
                slots = shared_limbs(bones, maps[other].bones())
                assert len(slots) == 8
                got = limb_directions(composed_heads(rests[one], back), bones, slots)
                assert degrees_apart(got, limb_directions(want, bones, slots)).max() <= 0.2, (one, other)


@pytest.mark.parametrize("character", ["kaykit_rig_medium.glb", "mh_game_engine.blend"])
def test_blender_shows_the_same_figure_whatever_carries_it(shared_data: Path, scratch: Path, character: str) -> None:
    played = motion(shared_data / "motions" / "cmu_91_48.fbx", scratch)
    obj = without_meshes(at_rest(load(shared_data / "characters" / character, scratch)))
    carrier = bpy.data.objects.new("Carrier", None)
    bpy.context.scene.collection.objects.link(carrier)
    carrier.location, carrier.rotation_euler = (1.0, 2.0, 0.5), (0.0, 0.0, 0.8)
    obj.parent = carrier
    bpy.context.view_layer.update()
    if character.startswith("mh"):
        obj.data.pose_position = "POSE"
        bpy.context.view_layer.objects.active = obj
        bpy.ops.object.mode_set(mode="EDIT")
        root = obj.data.edit_bones.new("Ground")
        root.head, root.tail, root.roll = (0.0, 0.1, -0.8), (0.2, 0.4, -0.7), 0.6
        obj.data.edit_bones["pelvis"].parent = root
        bpy.ops.object.mode_set(mode="OBJECT")
    target = skeleton(obj)
    ours, theirs = detect_bones(target), detect_bones(played.clip.skeleton)
    top = target.names[target.ancestors(target.index(ours.bones()["hips"]))[-1]]
    at = obj.location.copy()
    shown = {}
    for root_carrier in ("HIPS", "ROOT_BONE", "OBJECT"):
        obj.location = at
        options = RetargetOptions(root_carrier=root_carrier)
        result = retarget(played.clip, theirs, target, ours, options)
        write_pose_motion(obj, result, TimeMapping(1.0, 30.0), root_carrier)
        paths = {path for path, _ in curves_of(obj)}
        assert ("location" in paths) == (root_carrier == "OBJECT")
        if root_carrier == "ROOT_BONE":
            assert f'pose.bones["{top}"].location' in paths
        rows = []
        for frame in (1, 30, 80, 110):
            bpy.context.scene.frame_set(frame)
            rows.append([list(obj.matrix_world @ obj.pose.bones[bone].head) for bone in ours.bones().values()])
        shown[root_carrier] = np.array(rows)
    assert shown["ROOT_BONE"] == pytest.approx(shown["HIPS"], abs=1e-4)
    assert shown["OBJECT"] == pytest.approx(shown["HIPS"], abs=1e-4)
    assert np.ptp(shown["HIPS"][:, 0, :2], axis=0).max() > 0.2
