"""Root carriers: whichever carries the travel, the figure is in the same position."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.pose_motion import PoseMotion
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions, RootMotion, Start
from aimocap_blender.motion.retargeting.same_skeleton import transfer
from aimocap_blender.motion.skeleton import BoneOptions, Clip, Skeleton
from aimocap_blender.texts.faults import Fault

from ..made_figures import any_turn, figure, matrix, pose, quaternion, turn_about

FRAMES = 8


def with_root(skeleton: Skeleton, rng: np.random.Generator, *, connected: bool = False) -> Skeleton:
    """Return the skeleton on a root bone, with random location axes; its hips may be connected to it."""
    root = np.eye(4)
    root[:3, :3] = any_turn(rng)
    options = [BoneOptions(local_location=bool(rng.integers(2))) for _ in range(len(skeleton) + 1)]
    options[1] = replace(options[1], connected=connected)
    return Skeleton(
        names=("root", *skeleton.names),
        parents=np.concatenate([[-1, 0], skeleton.parents[1:] + 1]),
        rest=np.concatenate([root[None], skeleton.rest]),
        tails=np.concatenate([np.zeros((1, 3)), skeleton.tails]),
        world=skeleton.world,
        options=tuple(options),
    )


def walk(skeleton: Skeleton, rng: np.random.Generator) -> Clip:
    """Return a motion in which every bone rotates and the first one travels."""
    heads, turns = [], []
    for frame in range(FRAMES):
        basis = {name: any_turn(rng, 0.5) for name in skeleton.names}
        way = np.array([0.3, -0.8, 0.1]) * frame + rng.normal(size=3) * 0.1 + np.array([4.0, 2.0, 0.0])
        at, turned = pose(skeleton, basis, {})
        heads.append(at + way)
        turns.append([quaternion(turn) for turn in turned])
    return Clip(skeleton, np.arange(FRAMES) / 30.0, 30.0, np.array(heads), np.array(turns))


def shown(target: Skeleton, result: PoseMotion) -> np.ndarray:
    """Return the heads (F, B, 3) in the world, including the object's travel."""
    heads = []
    for frame in range(len(result.times)):
        basis = {bone: matrix(result.rotations[frame, place]) for place, bone in enumerate(result.bones)}
        at, _ = pose(in_local_axes(target), basis, locals_of(target, result, frame))
        heads.append(at + (result.travel[frame] if result.travel is not None else 0.0))
    return np.array(heads)


def in_local_axes(target: Skeleton) -> Skeleton:
    return replace(target, options=tuple(replace(option, local_location=True) for option in target.options))


def locals_of(target: Skeleton, result: PoseMotion, frame: int) -> dict[str, np.ndarray]:
    """Return a frame's location channels in the bones' own axes, as the tests' `pose` expects them."""
    found = {}
    for bone, channel in result.locations.items():
        index = target.index(bone)
        parent = int(target.parents[index])
        axes = np.eye(3)
        if target.options and not target.options[index].local_location:
            axes = target.rest[index, :3, :3].T @ (target.rest[parent, :3, :3] if parent >= 0 else np.eye(3))
        found[bone] = axes @ channel[frame]
    return found


def character(seed: int) -> tuple[Skeleton, BoneMap]:
    rng = np.random.default_rng(seed)
    plain, bones = figure(
        rng, facing=rng.uniform(-3, 3), scale=1.4, unit=float(rng.choice([1.0, 0.01])), place=(3.0, -1.0, 0.5)
    )
    return with_root(plain, rng), bones


@pytest.mark.long
@settings(max_examples=15)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["FULL", "IN_PLACE"]),
    st.sampled_from(["CHARACTER", "CAPTURE"]),
    st.sampled_from([1.0, 2.0]),
)
def test_the_figure_is_in_the_same_place_whatever_carries_it(
    seed: int, motion: RootMotion, start: Start, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    source, source_map = figure(rng)
    target, target_map = character(seed)
    clip = walk(source, rng)
    options = RetargetOptions(root_motion=motion, start=start, scale=scale)
    by_hips = retarget(clip, source_map, target, target_map, options)
    by_root = retarget(clip, source_map, target, target_map, replace(options, root_carrier="ROOT_BONE"))
    by_object = retarget(clip, source_map, target, target_map, replace(options, root_carrier="OBJECT"))
    body = [target.index(name) for name in target.names if name != "root"]
    want = shown(target, by_hips)[:, body]
    assert shown(target, by_root)[:, body] == pytest.approx(want, abs=1e-6)
    assert shown(target, by_object)[:, body] == pytest.approx(want, abs=1e-6)
    assert by_hips.travel is None
    assert "root" not in by_hips.locations
    if motion == "FULL":
        # level over the ground, and where the legs' middle is
        root = shown(target, by_root)[:, target.index("root")]
        assert by_object.travel[:, 2] == pytest.approx(0.0, abs=1e-9)
        assert root - target.heads[0] == pytest.approx(by_object.travel, abs=1e-6)
        assert np.ptp(by_object.travel[:, :2], axis=0).max() > 1.0
    if motion == "IN_PLACE" and start == "CHARACTER":
        assert by_object.travel is None


def middle(skeleton: Skeleton, heads: np.ndarray) -> np.ndarray:
    return heads[:, [skeleton.index(f"{side}_upper_leg") for side in ("left", "right")]].mean(axis=1)


@pytest.mark.long
@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["FULL", "IN_PLACE"]))
def test_at_the_captures_place_it_starts_where_the_capture_does(seed: int, motion: RootMotion) -> None:
    rng = np.random.default_rng(seed)
    source, source_map = figure(rng)
    target, target_map = character(seed)
    clip = walk(source, rng)
    result = retarget(clip, source_map, target, target_map, RetargetOptions(root_motion=motion, start="CAPTURE"))
    began = middle(source, clip.positions)[0, :2] * result.report.scale
    path = middle(target, shown(target, result))[:, :2]
    assert path[0] == pytest.approx(began, abs=1e-6)
    own = retarget(clip, source_map, target, target_map, RetargetOptions(root_motion=motion))
    there = middle(target, shown(target, own))[:, :2]
    assert path - path[0] == pytest.approx(there - there[0], abs=1e-6)  # it faces as the character does
    assert there[0] == pytest.approx(middle(target, target.heads[None])[0, :2], abs=1e-6)
    further = RetargetOptions(root_motion=motion, start="CAPTURE", scale=3.0)
    far = middle(target, shown(target, retarget(clip, source_map, target, target_map, further)))[:, :2]
    assert far == pytest.approx(3.0 * path if motion == "FULL" else path + 2.0 * path[0], abs=1e-5)


def test_without_a_bone_above_the_hips_there_is_no_root_bone() -> None:
    rng = np.random.default_rng(1)
    source, bones = figure(rng)
    with pytest.raises(Fault, match="no root bone") as raised:
        retarget(walk(source, rng), bones, source, bones, RetargetOptions(root_carrier="ROOT_BONE"))
    assert "root bone" in raised.value.next_step


def test_hips_that_are_connected_to_the_root_bone_leave_all_to_it() -> None:
    rng = np.random.default_rng(2)
    source, source_map = figure(rng)
    plain, bones = figure(rng)
    target = with_root(plain, rng, connected=True)
    clip = walk(source, rng)
    results = [
        retarget(clip, source_map, target, bones, RetargetOptions(root_carrier=carrier))
        for carrier in ("HIPS", "ROOT_BONE")
    ]
    assert set(results[0].locations) == set(results[1].locations) == {"root"}
    assert results[0].locations["root"] == pytest.approx(results[1].locations["root"], abs=1e-9)


# the character's own motion


@pytest.mark.parametrize("still_root", [True, False])
@pytest.mark.parametrize("facing", [0.0, 1.0])
def test_its_own_motion_can_stay_in_place_or_be_carried_too(still_root: bool, facing: float) -> None:
    rng = np.random.default_rng(4)
    plain, _ = figure(rng, stretch=0.0)
    source = with_root(plain, rng)
    clip = walk(source, rng)
    if still_root:
        positions, rotations = clip.positions.copy(), clip.rotations.copy()
        positions[:, 0], rotations[:, 0] = source.heads[0], source.rest_rotations[0]
        clip = replace(clip, positions=positions, rotations=rotations)
    turn = turn_about(np.array([0.0, 0.0, 1.0]), facing)
    world = np.eye(4)
    world[:3, :3] = turn
    target = replace(source, world=world)
    body = slice(1, None)
    full = shown(target, transfer(clip, target))[:, body]
    assert full == pytest.approx((clip.positions @ turn.T)[:, body], abs=3e-3)
    main = 1 if still_root else 0
    for carrier in ("ROOT_BONE", "OBJECT"):
        carried = transfer(clip, target, RetargetOptions(root_carrier=carrier))
        assert shown(target, carried)[:, body] == pytest.approx(full, abs=1e-6)
        assert (carried.travel is not None) == (carrier == "OBJECT")
    in_place = shown(target, transfer(clip, target, RetargetOptions(root_motion="IN_PLACE")))
    assert in_place[:, main, :2] == pytest.approx(np.tile(target.heads[main, :2], (FRAMES, 1)), abs=1e-6)
    assert in_place[:, body, 2] == pytest.approx(full[..., 2], abs=1e-6)
    at_capture = shown(target, transfer(clip, target, RetargetOptions(start="CAPTURE")))
    assert at_capture[0, main, :2] == pytest.approx(clip.positions[0, main, :2], abs=1e-6)
