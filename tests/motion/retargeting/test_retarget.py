"""Random motions on random figures, posed by the tests' own matrices."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.pose_motion import PoseMotion
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.retargeting.same_skeleton import is_same_skeleton, transfer
from aimocap_blender.motion.rotations import multiply
from aimocap_blender.motion.skeleton import BoneOptions, Clip, Skeleton
from aimocap_blender.texts.faults import Fault
from tests.thorough import examples

from ..made_figures import any_turn, figure, matrix, pose, quaternion, turn_about

FRAMES = 4
FREE = RetargetOptions(contacts="OFF")
LIMBS = [
    (f"{side}_{a}", f"{side}_{b}")
    for side in ("left", "right")
    for limb in (("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot"))
    for a, b in pairwise(limb)
]


def move(skeleton: Skeleton, rng: np.random.Generator, frames: int = FRAMES, most: float = 0.7) -> Clip:
    """Return a motion in which every bone rotates at random and the first one travels."""
    heads, turns = [], []
    for _ in range(frames):
        basis = {name: any_turn(rng, most) for name in skeleton.names}
        at, turned = pose(
            skeleton, basis, {skeleton.names[0]: rng.normal(size=3) / np.linalg.norm(skeleton.world[0, :3])}
        )
        heads.append(at)
        turns.append([quaternion(turn) for turn in turned])
    return Clip(skeleton, np.arange(frames) / 30.0, 30.0, np.array(heads), np.array(turns))


def posed(target: Skeleton, result: PoseMotion, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the world heads and rotations of a frame of a result."""
    basis = {bone: matrix(result.rotations[frame, place]) for place, bone in enumerate(result.bones)}
    return pose(target, basis, {bone: channel[frame] for bone, channel in result.locations.items()})


def directions(skeleton: Skeleton, bones: BoneMap, heads: np.ndarray) -> np.ndarray:
    found = [heads[skeleton.index(bones.bone(b))] - heads[skeleton.index(bones.bone(a))] for a, b in LIMBS]
    return np.array(found) / np.linalg.norm(found, axis=1, keepdims=True)


def degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(-1)))


@settings(max_examples=examples(60))
@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.0, 1.4),
    st.floats(0.0, 1.4),
    st.floats(-3.1, 3.1),
    st.floats(-3.1, 3.1),
    st.sampled_from([1.0, 0.01, 100.0]),
)
def test_limbs_point_as_the_sources_do_whatever_the_rigs(
    seed: int, source_arms: float, target_arms: float, source_facing: float, target_facing: float, unit: float
) -> None:
    rng = np.random.default_rng(seed)
    source, source_map = figure(rng, arms_down=source_arms, facing=source_facing)
    target, target_map = figure(
        rng, arms_down=target_arms, facing=target_facing, scale=rng.uniform(0.4, 3.0), unit=unit, place=(5.0, -2.0, 1.0)
    )
    clip = move(source, rng)
    result = retarget(clip, source_map, target, target_map, FREE)
    turn = np.array(
        matrix(
            np.array([np.cos((target_facing - source_facing) / 2), 0, 0, np.sin((target_facing - source_facing) / 2)])
        )
    )
    for frame in range(FRAMES):
        want = directions(source, source_map, clip.positions[frame]) @ turn.T
        got = directions(target, target_map, posed(target, result, frame)[0])
        assert degrees(got, want).max() < 0.01
    assert result.unmoved == ()
    assert set(result.locations) == {"hips"}


@settings(max_examples=examples(30))
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1.4), st.floats(0.0, 1.4))
def test_palms_lie_as_the_sources_do(seed: int, source_arms: float, target_arms: float) -> None:
    rng = np.random.default_rng(seed)
    source, source_map = figure(rng, arms_down=source_arms)
    target, target_map = figure(rng, arms_down=target_arms, scale=1.3)
    clip = move(source, rng)
    result = retarget(clip, source_map, target, target_map, FREE)
    for frame in range(FRAMES):
        normals = []
        for skeleton, heads in ((source, clip.positions[frame]), (target, posed(target, result, frame)[0])):
            hand, index, little = (
                heads[skeleton.index(name)] for name in ("left_hand", "left_index_proximal", "left_little_proximal")
            )
            normals.append(np.cross(index - hand, little - hand))
        assert degrees(*normals) < 0.01


@settings(max_examples=examples(30))
@given(st.integers(0, 2**32 - 1))
def test_a_figure_on_itself_moves_as_before(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, source_map = figure(rng, arms_down=0.8, unit=0.01)
    clip = move(source, rng)
    result = retarget(clip, source_map, source, source_map, FREE)
    for frame in range(FRAMES):
        _, turns = posed(source, result, frame)
        want = np.array([matrix(q) for q in clip.rotations[frame]])
        others = [bone for bone, name in enumerate(source.names) if "lower_arm" not in name]  # these share hands' twist
        assert np.allclose(turns[others], want[others], atol=1e-4)


@pytest.mark.parametrize("facing", [0.0, np.pi / 2, np.pi, -np.pi / 2])
def test_quarter_turns_are_exact_and_reported(facing: float) -> None:
    rng = np.random.default_rng(3)
    source, source_map = figure(rng, stretch=0.0)
    target, target_map = figure(rng, stretch=0.0, facing=facing)
    result = retarget(move(source, rng), source_map, target, target_map, FREE)
    assert np.cos(np.radians(result.report.yaw_degrees) - facing) == pytest.approx(1.0)


def test_bones_that_do_not_inherit_rotation_still_point_right() -> None:
    rng = np.random.default_rng(5)
    source, source_map = figure(rng)
    target, target_map = figure(rng, arms_down=0.7)
    free = {"left_upper_arm", "right_lower_leg", "chest"}
    options = tuple(BoneOptions(inherit_rotation=name not in free) for name in target.names)
    clip = move(source, rng)
    usual = retarget(clip, source_map, target, target_map, FREE)
    result = retarget(clip, source_map, replace(target, options=options), target_map, FREE)
    for bone in free:
        place = result.bones.index(bone)
        for frame in range(FRAMES):
            want = posed(target, usual, frame)[1][target.index(bone)]
            got = target.rest[target.index(bone), :3, :3] @ matrix(result.rotations[frame, place])
            assert np.allclose(got, want, atol=1e-6)


def test_missing_parts_leave_the_rest_working() -> None:
    rng = np.random.default_rng(6)
    source, source_map = figure(rng)
    target, target_map = figure(rng)
    poor = BoneMap(
        {
            slot: match
            for slot, match in source_map.matches.items()
            if not slot.endswith(("shoulder", "toes", "proximal", "intermediate")) and slot not in ("neck", "chest")
        }
    )
    clip = move(source, rng)
    result = retarget(clip, poor, target, target_map, FREE)
    assert {"left_shoulder", "right_toes", "left_index_proximal"} <= set(result.unmoved)
    assert "neck" not in result.unmoved  # bends between chest and head
    want = directions(source, source_map, clip.positions[1])
    assert degrees(directions(target, target_map, posed(target, result, 1)[0]), want).max() < 0.01


def test_a_neck_goes_with_the_chest_if_the_source_has_neither_neck_nor_head() -> None:
    rng = np.random.default_rng(6)
    source, source_map = figure(rng)
    target, target_map = figure(rng)
    headless = {slot: match for slot, match in source_map.matches.items() if slot not in {"neck", "head"}}
    result = retarget(move(source, rng), BoneMap(headless), target, target_map, FREE)
    assert {"neck", "head"} <= set(result.unmoved)
    assert {"chest", "left_hand"}.isdisjoint(result.unmoved)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_rest_pose_that_lies_is_stood_up_where_the_motion_stands(axis: int) -> None:
    # as where a bone above the hips has the rotation from Z up to Y up in each frame, but not at rest
    rng = np.random.default_rng(6)
    source, source_map = figure(rng)
    target, target_map = figure(rng)
    clip = move(source, rng, most=0.2)
    lying = turn_about(np.eye(3)[axis], np.pi / 2.0)
    lies = source.posed(source.heads @ lying.T, multiply(quaternion(lying), source.rest_rotations))
    usual = retarget(clip, source_map, target, target_map, FREE)
    result = retarget(replace(clip, skeleton=lies), source_map, target, target_map, FREE)
    for frame in range(FRAMES):
        assert np.allclose(posed(target, result, frame)[0], posed(target, usual, frame)[0], atol=1e-6)


def test_legs_that_hang_on_nothing_go_with_the_hips() -> None:
    """The figure sways over its feet: these are held, and leg bones without a parent don't stay behind."""
    rng = np.random.default_rng(5)
    source, source_map = figure(rng)
    target, target_map = figure(rng, scale=1.4)
    parents = target.parents.copy()
    parents[[target.index("left_upper_leg"), target.index("right_upper_leg")]] = -1
    target = replace(target, parents=parents)
    frames = 20
    heads, turns = [], []
    for frame in range(frames):
        sway = {name: any_turn(rng, 0.3) for name in source.names if "arm" in name}
        at, turned = pose(source, sway, {})
        at[:, 0] += 0.04 * np.sin(0.3 * frame) * at[:, 2] * (at[:, 2] > 0.2)
        heads.append(at)
        turns.append([quaternion(turn) for turn in turned])
    clip = Clip(source, np.arange(frames) / 30.0, 30.0, np.array(heads), np.array(turns))
    result = retarget(clip, source_map, target, target_map, RetargetOptions())
    hips, leg, foot = (target.index(name) for name in ("hips", "left_upper_leg", "left_foot"))
    shown = np.array([posed(target, result, frame)[0] for frame in range(frames)])
    apart = np.linalg.norm(shown[:, leg] - shown[:, hips], axis=-1)
    assert np.ptp(shown[:, hips, 0]) > 0.02
    assert apart == pytest.approx(np.linalg.norm(target.heads[leg] - target.heads[hips]), abs=1e-6)
    assert np.ptp(shown[:, foot], axis=0).max() < 1e-3


def test_legs_in_one_point_are_refused() -> None:
    source, source_map = figure(np.random.default_rng(0))
    legs = [slot for slot in source_map.bones() if slot.split("_", 1)[-1] in ("upper_leg", "lower_leg", "foot")]
    one = BoneMap({**source_map.matches, **dict.fromkeys(legs, source_map.matches["left_foot"])})
    with pytest.raises(Fault, match="same point"):
        retarget(move(source, np.random.default_rng(0)), source_map, source, one, FREE)


def test_without_hips_it_is_refused() -> None:
    source, source_map = figure(np.random.default_rng(7))
    clip = move(source, np.random.default_rng(8))
    with pytest.raises(Fault, match="hips"):
        retarget(clip, source_map, source, source_map.with_bone("hips", None), FREE)


@pytest.mark.parametrize("scale", [(1.0, 1.0, 1.2), (-1.0, 1.0, 1.0)])
def test_uneven_or_mirrored_objects_are_refused(scale: tuple[float, float, float]) -> None:
    source, source_map = figure(np.random.default_rng(7))
    clip = move(source, np.random.default_rng(8))
    bent = replace(source, world=np.diag([*scale, 1.0]))
    with pytest.raises(Fault, match="scaled"):
        retarget(clip, source_map, bent, source_map, FREE)


def test_channels_have_no_sign_flips() -> None:
    rng = np.random.default_rng(9)
    source, source_map = figure(rng)
    slow = move(source, rng, frames=2)
    times = np.linspace(0.0, 1.0, 200)
    turns = np.tile(slow.rotations[:1], (200, 1, 1))
    clip = Clip(
        source,
        times,
        30.0,
        np.tile(slow.positions[:1], (200, 1, 1)),
        turns * np.where(np.arange(200) % 2, -1, 1)[:, None, None],
    )
    result = retarget(clip, source_map, source, source_map, FREE)
    assert ((result.rotations[1:] * result.rotations[:-1]).sum(-1) > 0.0).all()


@settings(max_examples=examples(20))
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 0.01]), st.floats(-3.0, 3.0))
def test_its_own_skeleton_takes_a_motion_over_whatever_rolls_and_units_a_file_gave_it(
    seed: int, unit: float, facing: float
) -> None:
    rng = np.random.default_rng(seed)
    target, _ = figure(np.random.default_rng(seed), unit=unit, facing=facing)
    source, _ = figure(np.random.default_rng(seed))  # the same joints
    rolled = source.rest.copy()
    for number in range(len(source)):
        rolled[number, :3, :3] = any_turn(rng)
    source = replace(source, rest=rolled)
    assert is_same_skeleton(source, target)
    clip = move(source, rng)
    result = transfer(clip, target)
    assert set(result.locations) == {"hips"}
    turn = np.array(matrix(np.array([np.cos(facing / 2), 0.0, 0.0, np.sin(facing / 2)])))
    for frame in range(FRAMES):
        heads, turns = posed(target, result, frame)
        assert np.allclose(heads, clip.positions[frame] @ turn.T, atol=2e-3)
        for number in range(len(target)):
            away = matrix(clip.rotations[frame, number]) @ source.rest[number, :3, :3].T
            world_rest = turn @ target.rest[number, :3, :3]
            assert np.allclose(turns[number] @ world_rest.T, turn @ away @ turn.T, atol=1e-5)


def test_other_proportions_are_another_skeleton() -> None:
    one, _ = figure(np.random.default_rng(1))
    other, _ = figure(np.random.default_rng(2))
    assert is_same_skeleton(one, one)
    assert not is_same_skeleton(one, other)
    assert not is_same_skeleton(one, replace(one, names=tuple(f"other_{name}" for name in one.names)))


def test_a_detected_figure_is_the_figure() -> None:
    skeleton, bones = figure(np.random.default_rng(4))
    assert detect_bones(skeleton).bones() == bones.bones()
