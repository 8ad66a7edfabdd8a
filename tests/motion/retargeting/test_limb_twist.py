"""A hand that turns far, on arms whose twist bones hang from each other in every way, posed by the tests' matrices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest

from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.pose_motion import PoseMotion
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import BoneOptions, Clip, Skeleton

from ..made_figures import figure, matrix, pose, quaternion, turn_about

FREE = RetargetOptions(contacts="OFF")
FURTHEST = 220.0
FRAMES = 19
Placed = tuple[str, str, str, float]
"""Name, parent, the segment's slot, and how far along it."""


@dataclass(frozen=True)
class Rig:
    """Twist bones of the left arm.

    Attributes:
        bones: those of the forearm and of the upper arm, from above.
        hangs: bones of the arm that hang from another than usual.
    """

    bones: tuple[Placed, ...]
    hangs: Mapping[str, str]


ENDS = {"left_upper_arm": "left_lower_arm", "left_lower_arm": "left_hand"}
UPPER, LOWER = ENDS
RIGS = {
    "one child": Rig((("lowerarm_twist_01_l", LOWER, LOWER, 0.5),), {}),
    "two children": Rig((("ForearmTwist01", LOWER, LOWER, 0.0), ("ForearmTwist02", LOWER, LOWER, 0.5)), {}),
    "one on the other": Rig((("L ForeTwist", LOWER, LOWER, 0.2), ("L ForeTwist1", "L ForeTwist", LOWER, 0.6)), {}),
    "between forearm and hand": Rig((("lForearmTwist", LOWER, LOWER, 0.45),), {"left_hand": "lForearmTwist"}),
    "a chain of two": Rig(
        (("lowerarm02", LOWER, LOWER, 0.3), ("lowerarm03", "lowerarm02", LOWER, 0.7)), {"left_hand": "lowerarm03"}
    ),
    "beside the forearm": Rig((("forearm_twist.L", UPPER, LOWER, 0.5),), {}),
    "beside the upper arm": Rig((("upperarm_twist.L", "left_shoulder", UPPER, 0.5),), {}),
    "upper arm's child": Rig((("LeftArmRoll", UPPER, UPPER, 0.1),), {}),
    "between upper arm and forearm": Rig((("lShldrTwist", UPPER, UPPER, 0.5),), {"left_lower_arm": "lShldrTwist"}),
    "both": Rig(
        (
            ("upperarm_twist_01_l", UPPER, UPPER, 0.0),
            ("upperarm_twist_02_l", UPPER, UPPER, 0.4),
            ("lowerarm_twist_01_l", LOWER, LOWER, 0.66),
            ("lowerarm_twist_02_l", LOWER, LOWER, 0.33),
        ),
        {},
    ),
}


def with_twist_bones(skeleton: Skeleton, rig: Rig, off: float = 0.0) -> Skeleton:
    """The skeleton with twist bones, `off` of the segment's length beside its line."""
    names = list(skeleton.names)
    parents = {
        name: names[int(parent)] if parent >= 0 else "" for name, parent in zip(names, skeleton.parents, strict=True)
    }
    rest = dict(zip(names, skeleton.rest, strict=True))
    rng = np.random.default_rng(5)
    for name, parent, start, at in rig.bones:
        a, b = rest[start][:3, 3], rest[ENDS[start]][:3, 3]
        parents[name] = parent
        rest[name] = np.eye(4)
        rest[name][:3, :3] = turn_about(rng.normal(size=3), rng.uniform(-3.0, 3.0))
        rest[name][:3, 3] = a + at * (b - a) + off * np.linalg.norm(b - a) * np.array([0.0, 0.6, 0.8])
    parents |= rig.hangs
    depth = dict.fromkeys(parents, 0)
    for name in parents:
        above = parents[name]
        while above:
            depth[name] += 1
            above = parents[above]
    order = sorted(parents, key=depth.__getitem__)
    matrices = np.array([rest[name] for name in order])
    return Skeleton(
        names=tuple(order),
        parents=np.array([order.index(parents[name]) if parents[name] else -1 for name in order]),
        rest=matrices,
        tails=matrices[:, :3, 3] + matrices[:, :3, 1] * 0.1,
        world=skeleton.world,
    )


def turning(skeleton: Skeleton, parts: Mapping[str, float]) -> Clip:
    """A motion in which bones turn about the direction to their child, to so many degrees and back; elbows bend too."""
    angles = np.concatenate([np.linspace(0.0, 1.0, FRAMES), np.linspace(1.0, 0.0, FRAMES)[1:]])
    along = {**ENDS, "left_hand": "left_index_proximal"}
    heads, turns = [], []
    for fraction in angles:
        basis = {}
        for bone, child in along.items():
            number = skeleton.index(bone)
            rest = skeleton.rest[number, :3, :3]
            axis = skeleton.rest[skeleton.index(child), :3, 3] - skeleton.rest[number, :3, 3]
            if bone == "left_hand":  # about the forearm's direction
                axis = skeleton.rest[number, :3, 3] - skeleton.rest[skeleton.index(LOWER), :3, 3]
            turn = turn_about(axis, np.radians(parts.get(bone, 0.0)) * fraction)
            if bone == LOWER:
                turn = turn_about(np.array([0.0, 0.0, 1.0]), -1.2 * np.sin(3.0 * fraction)) @ turn
            basis[bone] = rest.T @ turn @ rest
        at, turned = pose(skeleton, basis, {})
        heads.append(at)
        turns.append([quaternion(turn) for turn in turned])
    return Clip(skeleton, np.arange(len(angles)) / 30.0, 30.0, np.array(heads), np.array(turns))


def shown(target: Skeleton, result: PoseMotion) -> tuple[np.ndarray, np.ndarray]:
    """World heads (F, B, 3) and rotations (F, B, 3, 3) away from rest of a result."""
    still = target.world[:3, :3] @ target.rest[:, :3, :3]
    still /= np.linalg.norm(still, axis=1, keepdims=True)
    heads, turns = [], []
    for frame in range(len(result.times)):
        basis = {bone: matrix(result.rotations[frame, place]) for place, bone in enumerate(result.bones)}
        at, turned = pose(target, basis, {bone: channel[frame] for bone, channel in result.locations.items()})
        heads.append(at)
        turns.append(turned @ np.swapaxes(still, 1, 2))
    return np.array(heads), np.array(turns)


def twists(inner: np.ndarray, outer: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """(F,) degrees between two bones' rotations (F, 3, 3) about a direction at rest (3,), without jumps."""
    angles = []
    for a, b in zip(inner, outer, strict=True):
        q = quaternion(a.T @ b)
        angles.append(2.0 * np.arctan2(q[1:] @ axis, q[0]))
    return np.degrees(np.unwrap(angles))


def retargeted(parts: Mapping[str, float], target: Skeleton, target_map: BoneMap) -> tuple[Clip, PoseMotion]:
    source, source_map = figure(np.random.default_rng(11), arms_down=0.3)
    clip = turning(source, parts)
    return clip, retarget(clip, source_map, target, target_map, FREE)


@pytest.mark.slow_cases
@pytest.mark.parametrize("off", [0.0, 0.06])
@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("where", [{"left_hand": FURTHEST}, {LOWER: 150.0, "left_hand": 70.0}, {LOWER: FURTHEST}])
def test_twist_is_shared_out_smoothly_and_hand_and_limbs_stay(rig: str, where: Mapping[str, float], off: float) -> None:
    plain, bone_map = figure(np.random.default_rng(3), arms_down=0.6, scale=1.4)
    target = with_twist_bones(plain, RIGS[rig], off)
    clip, result = retargeted(where, target, bone_map)
    _, without = retargeted(where, plain, bone_map)
    heads, turns = shown(target, result)
    plain_heads, plain_turns = shown(plain, without)
    for bone in plain.names:
        place = target.index(bone)
        assert np.abs(heads[:, place] - plain_heads[:, plain.index(bone)]).max() < 1e-5, bone
        if bone not in ENDS:
            assert np.abs(turns[:, place] - plain_turns[:, plain.index(bone)]).max() < 1e-5, bone
    for start, end in ENDS.items():
        bones = [name for name, _, of, _ in sorted(RIGS[rig].bones, key=lambda each: each[3]) if of == start]
        if not bones:
            continue
        a, b = (target.heads[target.index(bone)] for bone in (start, end))
        axis = (b - a) / np.linalg.norm(b - a)
        if start == LOWER:
            links = [start, *bones, end]
        elif RIGS[rig].hangs:
            links = ["left_shoulder", start, *bones]
        else:
            links = ["left_shoulder", *bones, start]
        joints = [twists(turns[:, target.index(x)], turns[:, target.index(y)], axis) for x, y in pairwise(links)]
        whole = twists(turns[:, target.index(links[0])], turns[:, target.index(links[-1])], axis)
        far = np.abs(whole) > 60.0
        assert far.any() == (start == LOWER)
        for joint in joints:
            assert np.abs(joint[far]).max(initial=0.0) <= 0.51 * np.abs(whole[far]).max(initial=0.0), links
            assert np.abs(np.diff(joint)).max() < 26.0
        for name, _, _, at in RIGS[rig].bones:  # they stay on the limb
            if name in bones:
                posed = [heads[:, target.index(bone)] for bone in (start, end, name)]
                on_line = posed[0] + at * (posed[1] - posed[0])
                length = np.linalg.norm(b - a)
                assert np.linalg.norm(posed[2] - on_line, axis=1).max() < (off + 0.001) * length
    assert len(clip.times) == len(result.times)


@pytest.mark.parametrize("rig", ["beside the forearm", "beside the upper arm", "a chain of two"])
def test_units_and_the_objects_rotation_change_nothing(rig: str) -> None:
    fractions: list[np.ndarray] = []
    for facing, unit in ((0.0, 1.0), (0.9, 0.01)):
        plain, bone_map = figure(np.random.default_rng(3), stretch=0.0, facing=facing, unit=unit)
        target = with_twist_bones(plain, RIGS[rig])
        _, result = retargeted({"left_hand": FURTHEST}, target, bone_map)
        heads, turns = shown(target, result)
        name, _, start, at = RIGS[rig].bones[0]
        ends = [heads[:, target.index(bone)] for bone in (start, ENDS[start])]
        on_line = ends[0] + at * (ends[1] - ends[0])
        assert np.linalg.norm(heads[:, target.index(name)] - on_line, axis=1).max() < 1e-4
        axis = plain.heads[plain.index(ENDS[start])] - plain.heads[plain.index(start)]
        axis /= np.linalg.norm(axis)
        fractions.append(twists(turns[:, target.index(start)], turns[:, target.index(name)], axis))
    assert np.abs(fractions[0] - fractions[1]).max() < 0.1


def test_a_single_pose_is_twisted_too() -> None:
    plain, bone_map = figure(np.random.default_rng(3))
    target = with_twist_bones(plain, RIGS["both"])
    source, source_map = figure(np.random.default_rng(11))
    clip = turning(source, {"left_hand": 120.0})
    one = replace(
        clip,
        times=clip.times[:1],
        positions=clip.positions[FRAMES - 1 : FRAMES],
        rotations=clip.rotations[FRAMES - 1 : FRAMES],
    )
    every = retarget(clip, source_map, target, bone_map, FREE)
    single = retarget(one, source_map, target, bone_map, FREE)
    place = every.bones.index("lowerarm_twist_01_l")
    same = abs(float(every.rotations[FRAMES - 1, place] @ single.rotations[0, place]))
    assert same == pytest.approx(1.0, abs=1e-6)


def test_a_turn_is_whole_at_the_hand_and_begins_at_the_elbow() -> None:
    plain, bone_map = figure(np.random.default_rng(3), stretch=0.0)
    target = with_twist_bones(plain, RIGS["two children"])
    source, source_map = figure(np.random.default_rng(11), stretch=0.0)
    result = retarget(turning(source, {"left_hand": FURTHEST}), source_map, target, bone_map, FREE)
    _, turns = shown(target, result)
    a, b = (target.heads[target.index(bone)] for bone in (LOWER, "left_hand"))
    axis = (b - a) / np.linalg.norm(b - a)
    at_rest = np.broadcast_to(turns[:, target.index(UPPER)], turns[:, 0].shape)
    found = [
        twists(at_rest, turns[:, target.index(bone)], axis)[FRAMES - 1]
        for bone in (LOWER, "ForearmTwist01", "ForearmTwist02", "left_hand")
    ]
    assert found[-1] == pytest.approx(FURTHEST, abs=2.0)
    assert found[0] == pytest.approx(0.0, abs=2.0)
    assert found[1] == pytest.approx(FURTHEST * 0.25, abs=2.0)
    assert found[2] == pytest.approx(FURTHEST * 0.75, abs=2.0)


@pytest.mark.parametrize("where", [{"left_hand": 150.0}, {LOWER: 150.0}, {LOWER: 100.0, "left_hand": 50.0}])
def test_a_forearm_without_twist_bones_takes_half_or_what_the_sources_has(where: Mapping[str, float]) -> None:
    target, bone_map = figure(np.random.default_rng(3), arms_down=0.6)
    _, result = retargeted(where, target, bone_map)
    _, turns = shown(target, result)
    a, b = (target.heads[target.index(bone)] for bone in (LOWER, "left_hand"))
    wrist = twists(turns[:, target.index(LOWER)], turns[:, target.index("left_hand")], (b - a) / np.linalg.norm(b - a))
    left = 150.0 - max(75.0, where.get(LOWER, 0.0))
    assert abs(wrist[FRAMES - 1] - wrist[0]) == pytest.approx(left, abs=6.0)


def test_a_control_forearm_is_left_to_its_rig() -> None:
    target, bone_map = figure(np.random.default_rng(3), arms_down=0.3)
    control = replace(target, options=tuple(BoneOptions(deform=False) for _ in target.names))
    where = {"left_hand": 150.0}
    turns = {}
    for name, skeleton in (("deforms", target), ("controls", control)):
        _, result = retargeted(where, skeleton, bone_map)
        turns[name] = shown(skeleton, result)[1][:, target.index(LOWER)]
    assert np.abs(turns["deforms"] - turns["controls"]).max() > 0.3


def test_a_sources_own_twist_bones_are_read() -> None:
    plain, source_map = figure(np.random.default_rng(11), arms_down=0.3)
    source = with_twist_bones(plain, RIGS["between upper arm and forearm"])
    target, bone_map = figure(np.random.default_rng(3), arms_down=0.3)
    elbows = {}
    for skeleton, turned in ((plain, UPPER), (source, "lShldrTwist")):
        clip = turning(plain, {})
        basis = []
        for fraction in np.linspace(0.0, 1.0, 10):
            number = skeleton.index(turned)
            axis = plain.rest[plain.index(LOWER), :3, 3] - plain.rest[plain.index(UPPER), :3, 3]
            rest = skeleton.rest[number, :3, :3]
            basis.append(pose(skeleton, {turned: rest.T @ turn_about(axis, 1.4 * fraction) @ rest}, {}))
        clip = Clip(
            skeleton,
            np.arange(10) / 30.0,
            30.0,
            np.array([at for at, _ in basis]),
            np.array([[quaternion(turn) for turn in turned] for _, turned in basis]),
        )
        result = retarget(clip, source_map, target, bone_map, FREE)
        elbows[turned] = shown(target, result)[1][:, target.index(UPPER)]
    assert np.abs(elbows[UPPER] - elbows["lShldrTwist"]).max() < 1e-3
    assert np.abs(elbows[UPPER][-1] - elbows[UPPER][0]).max() > 0.5
