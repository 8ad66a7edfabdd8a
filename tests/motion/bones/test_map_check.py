"""Bone maps that can't be right, found by hierarchy and geometry."""

from itertools import combinations

import numpy as np
import pytest

from aimocap_blender.motion.bones.humanoid import CORE_SLOTS, BoneMap
from aimocap_blender.motion.bones.map_check import doubts
from aimocap_blender.motion.skeleton import Skeleton

from ..made_figures import Rest, any_figure

LIMBS = [slot for slot in CORE_SLOTS if slot not in {"hips", "spine"}]


def made(seed: int, rest: Rest) -> tuple[Skeleton, dict[str, str]]:
    skeleton, bone_map = any_figure(np.random.default_rng(seed), rest)
    return skeleton, bone_map.bones()


def doubted(skeleton: Skeleton, bones: dict[str, str]) -> set[str]:
    return set(doubts(skeleton, BoneMap.from_json(bones)))


@pytest.mark.parametrize("seed", range(20))
def test_no_right_map_is_doubted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rest = Rest(*rng.uniform(0.0, (1.3, 0.8, 0.3, 0.4, 0.4)), turned=rng.uniform(-3.0, 3.0))
    assert doubted(*made(seed, rest)) == set()


@pytest.mark.parametrize("seed", range(3))
def test_any_two_bones_that_are_mixed_up_are_found(seed: int) -> None:
    skeleton, bones = made(seed, Rest(arms_down=0.4))
    for one, other in combinations(LIMBS, 2):
        assert doubted(skeleton, bones | {one: bones[other], other: bones[one]}), (one, other)


@pytest.mark.parametrize("slot", ["upper_arm", "lower_arm"])
def test_an_arm_that_is_a_hand_on_both_sides_is_found_and_named(slot: str) -> None:
    skeleton, bones = made(0, Rest())
    wrong = dict(bones)
    for side in ("left", "right"):
        wrong[f"{side}_{slot}"] = bones[f"{side}_index_proximal"]
        del wrong[f"{side}_index_proximal"]
    assert {f"left_{slot}", f"right_{slot}"} <= doubted(skeleton, wrong)
    why = doubts(skeleton, BoneMap.from_json(wrong))[f"left_{slot}"]
    assert why.startswith("its bone is below that of the left ")


def test_in_a_flat_hierarchy_lengths_tell() -> None:
    skeleton, bones = made(1, Rest(arms_down=0.6))
    flat = Skeleton(
        skeleton.names,
        np.full(len(skeleton.names), -1),
        skeleton.rest,
        skeleton.tails,
        skeleton.world,
        skeleton.options,
    )
    assert doubted(flat, bones) == set()
    for one, other in (("left_upper_arm", "left_hand"), ("left_upper_leg", "left_upper_arm"), ("left_foot", "head")):
        assert doubted(flat, bones | {one: bones[other], other: bones[one]}), (one, other)
