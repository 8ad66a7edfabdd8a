"""Limbs go over whatever rest pose, spine, options and object the two skeletons have."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.figures.figure import leg_length, torso_of
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip, Skeleton
from tests.thorough import examples

from ..made_figures import Rest, any_figure, any_turn, matrix, pose, quaternion, turn_about

FRAMES = 3
FREE = RetargetOptions(contacts="OFF")
LIMBS = [
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for start, end in (
        ("upper_arm", "lower_arm"),
        ("lower_arm", "hand"),
        ("upper_leg", "lower_leg"),
        ("lower_leg", "foot"),
    )
]
PARTS = ("shoulder", "toes", "index_proximal", "index_intermediate", "little_proximal", "little_intermediate")

rests = st.builds(
    Rest,
    arms_down=st.floats(0.0, 1.5),
    elbows=st.floats(0.0, 1.2),
    knees=st.floats(0.0, 0.5),
    toes_out=st.floats(-0.5, 0.9),
    toes_down=st.floats(-0.4, 0.8),
    turned=st.builds(lambda quarter, rest: quarter * np.pi / 2 + rest, st.integers(0, 3), st.floats(0.1, 1.4)),
)
stands = st.builds(
    lambda tilt, facing: turn_about(np.array([1.0, 0.3, 0.0]), tilt) @ turn_about(np.array([0.0, 0.0, 1.0]), facing),
    st.floats(0.0, 0.6),
    st.integers(0, 3).map(lambda quarter: quarter * np.pi / 2),  # a facing within 3° of an axis is on it
)
missing = st.sets(st.sampled_from(PARTS)).map(
    lambda parts: frozenset(f"{side}_{part}" for part in parts for side in ("left", "right"))
)
loose = st.sets(st.sampled_from([start for start, _ in LIMBS] + ["left_hand", "right_foot", "head"])).map(frozenset)


def move(skeleton: Skeleton, rng: np.random.Generator) -> Clip:
    """Every bone turns at random, the hips travel."""
    heads, turns = [], []
    for _ in range(FRAMES):
        basis = {name: any_turn(rng, 0.7) for name in skeleton.names}
        at, turned = pose(skeleton, basis, {"hips": rng.normal(size=3)})
        heads.append(at)
        turns.append([quaternion(turn) for turn in turned])
    return Clip(skeleton, np.arange(FRAMES) / 30.0, 30.0, np.array(heads), np.array(turns))


def directions(skeleton: Skeleton, bones: BoneMap, heads: np.ndarray) -> np.ndarray:
    return np.array([heads[skeleton.index(bones.bone(b))] - heads[skeleton.index(bones.bone(a))] for a, b in LIMBS])


def degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(-1)))


@settings(max_examples=examples(50))
@given(
    seed=st.integers(0, 2**32 - 1),
    rest=st.tuples(rests, rests),
    spines=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    necks=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    gone=st.tuples(missing, missing),
    free=loose,
    stands=stands,
    unit=st.sampled_from([1.0, 0.01]),
)
def test_limbs_point_as_the_sources_do(
    seed: int,
    rest: tuple[Rest, Rest],
    spines: tuple[int, int],
    necks: tuple[int, int],
    gone: tuple[frozenset[str], frozenset[str]],
    free: frozenset[str],
    stands: np.ndarray,
    unit: float,
) -> None:
    rng = np.random.default_rng(seed)
    source, source_map = any_figure(rng, rest[0], spine=spines[0], neck=necks[0], missing=gone[0])
    target, target_map = any_figure(
        rng, rest[1], spine=spines[1], neck=necks[1], missing=gone[1], loose=free, object_turn=stands, unit=unit
    )
    clip = move(source, rng)
    result = retarget(clip, source_map, target, target_map, FREE)
    between = stands @ turn_about(np.array([0.0, 0.0, 1.0]), rest[1].turned - rest[0].turned)
    errors = []
    for frame in range(FRAMES):
        basis = {bone: matrix(result.rotations[frame, place]) for place, bone in enumerate(result.bones)}
        heads, _ = pose(target, basis, {bone: channel[frame] for bone, channel in result.locations.items()})
        want = directions(source, source_map, clip.positions[frame]) @ between.T
        errors.append(degrees(directions(target, target_map, heads), want))
    assert np.median(errors) <= 0.1
    assert np.max(errors) <= 0.5


@settings(max_examples=examples(30))
@given(seed=st.integers(0, 2**32 - 1), rest=rests, back=st.floats(0.35, 0.75), roll=st.floats(-0.2, 0.2))
def test_a_rest_pose_that_leans_as_a_whole_is_as_good_as_one_that_stands(
    seed: int, rest: Rest, back: float, roll: float
) -> None:
    """Limbs are right, and a foot that is level in the source is level, for a figure modelled leaning back."""
    rng = np.random.default_rng(seed)
    straight = Rest(arms_down=rest.arms_down, elbows=rest.elbows)
    source, source_map = any_figure(rng, straight)
    upright, target_map = any_figure(np.random.default_rng(seed + 1), straight)
    turn = np.eye(4)
    turn[:3, :3] = turn_about(np.array([1.0, 0.0, 0.0]), -back) @ turn_about(np.array([0.0, 1.0, 0.0]), roll)
    leaning = Skeleton(
        upright.names, upright.parents, turn @ upright.rest, upright.tails @ turn[:3, :3].T, upright.world
    )
    still = {name: np.eye(3) for name in source.names}
    heads, turns = pose(source, still, {})
    clip = Clip(
        source, np.arange(3) / 30.0, 30.0, np.array([heads] * 3), np.array([[quaternion(t) for t in turns]] * 3)
    )
    shown = []
    for target in (upright, leaning):
        result = retarget(clip, source_map, target, target_map, FREE)
        basis = {bone: matrix(result.rotations[0, place]) for place, bone in enumerate(result.bones)}
        posed, _ = pose(target, basis, {bone: channel[0] for bone, channel in result.locations.items()})
        shown.append(posed - posed[0])
        assert degrees(directions(target, target_map, posed), directions(source, source_map, heads)).max() <= 0.5
    assert np.abs(shown[0] - shown[1]).max() < 0.08  # metres: what bends a spine by its rest pose's own lean


def test_legs_alone_stand_wherever_the_hips_bone_is() -> None:
    """As in captures of gait: a head of the hips below those of the legs was taken for a body upside down."""
    slots = {"hips": 0}
    heads = [[0.0, 0.0, 0.9]]
    for side, left in (("left", 0.1), ("right", -0.1)):
        for slot, height in (("upper_leg", 0.95), ("lower_leg", 0.5), ("foot", 0.1)):
            slots[f"{side}_{slot}"] = len(heads)
            heads.append([left, 0.0, height])
    assert torso_of(np.array(heads), slots) == pytest.approx(np.array([0.0, 0.0, 1.0]))
    assert torso_of(np.array(heads) * [1.0, 1.0, -1.0], slots) == pytest.approx(np.array([0.0, 0.0, -1.0]))


def test_a_leg_without_an_ankle_is_as_long_as_two_thighs() -> None:
    heads = np.array([[0.0, 0.0, 0.9], [0.0, 0.0, 0.5], [0.0, 0.0, 0.1]])
    slots = {"left_upper_leg": 0, "left_lower_leg": 1, "left_foot": 2}
    assert leg_length(heads, slots) == pytest.approx(0.8)
    del slots["left_foot"]
    assert leg_length(heads, slots) == pytest.approx(0.8)
