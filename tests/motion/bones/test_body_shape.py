"""Bones with arbitrary names, found by the shape of the body, among all that characters wear and carry."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import CORE_SLOTS, BoneMap, mirrored, spread_spine
from aimocap_blender.motion.skeleton import Skeleton
from tests.thorough import examples

from ..made_figures import TREE, Rest, any_figure, figure, turn_about

PATTERNS = ("Bone.{:03}", "joint_{}", "{}", "n{:04x}", "bone{}_end", "jnt_{}_q")
FINGERS = ("index", "little")


def renamed(skeleton: Skeleton, pattern: str, seed: int) -> tuple[Skeleton, dict[str, str]]:
    """The skeleton with numbers for names in any order, and old name to new."""
    numbers = np.random.default_rng(seed).permutation(len(skeleton))
    names = {name: pattern.format(number) for name, number in zip(skeleton.names, numbers.tolist(), strict=True)}
    return replace(skeleton, names=tuple(names[name] for name in skeleton.names)), names


def grown(skeleton: Skeleton, chains: Mapping[str, tuple[str, list[tuple[float, float, float]]]]) -> Skeleton:
    """The skeleton with more chains: name to parent and steps in body axes; `@` is one on each side."""
    names, parents = list(skeleton.names), [int(parent) for parent in skeleton.parents]
    rest = list(skeleton.rest)
    for name, (parent, steps) in chains.items():
        for side, sign in (("left", 1.0), ("right", -1.0)) if "@" in name or "@" in parent else (("", 1.0),):
            on = parent.replace("@", side)
            for number, step in enumerate(steps):
                above = names.index(on) if on else -1
                matrix = np.eye(4)
                matrix[:3, 3] = (rest[above][:3, 3] if on else 0.0) + np.array(step) * (sign, 1.0, 1.0)
                on = f"{name.replace('@', side)}_{number}"
                names.append(on)
                parents.append(above)
                rest.append(matrix)
    matrices = np.array(rest)
    tails = matrices[:, :3, 3] + matrices[:, :3, 1] * 0.03
    return Skeleton(tuple(names), np.array(parents), matrices, tails, skeleton.world)


WORN: Mapping[str, tuple[str, list[tuple[float, float, float]]]] = {
    "twin tail @": ("head", [(0.06, 0.06, 0.12), *[(0.02, 0.01, -0.14)] * 5]),
    "ponytail": ("head", [(0.0, 0.1, 0.12), *[(0.0, 0.03, -0.12)] * 5]),
    "eye @": ("head", [(0.03, -0.08, 0.06)]),
    "jaw": ("head", [(0.0, -0.03, -0.01), (0.0, -0.06, -0.03)]),
    "hat": ("head", [(0.0, 0.0, 0.2)]),
    "ear @": ("head", [(0.05, 0.02, 0.2), (0.02, 0.0, 0.15), (0.01, 0.0, 0.15)]),
    "wing @": ("upper_chest", [(0.05, 0.1, 0.1), (0.3, 0.15, 0.3), (0.35, 0.1, 0.0), (0.3, 0.1, -0.2)]),
    "cape @": ("upper_chest", [(0.1, 0.12, 0.1), *[(0.02, 0.05, -0.25)] * 4]),
    "breast @": ("chest", [(0.08, -0.1, 0.05), (0.0, -0.05, 0.0)]),
    "pauldron @": ("@_shoulder", [(0.1, 0.0, 0.1)]),
    "tail": ("hips", [(0.0, 0.1, 0.0), *[(0.0, 0.12, -0.08)] * 6]),
    "skirt @": ("hips", [(0.14, 0.0, -0.05), *[(0.03, 0.0, -0.16)] * 3]),
    "skirt front @": ("hips", [(0.06, -0.12, -0.05), *[(0.01, -0.03, -0.16)] * 3]),
    "coat @": ("hips", [(0.08, 0.12, -0.05), *[(0.01, 0.03, -0.2)] * 4]),
    "arm twist @": ("@_upper_arm", [(0.1, 0.0, -0.02)]),
    "hand twist @": ("@_lower_arm", [(0.12, 0.0, -0.04)]),
    "sword": ("right_hand", [(-0.05, -0.05, 0.0), (0.0, -0.9, 0.1)]),
    "shield": ("left_hand", [(0.05, 0.0, 0.05)]),
    "foot ik @": ("", [(0.09, 0.03, 0.1)]),
    "hand ik @": ("", [(0.7, 0.0, 1.3)]),
    "knee pole @": ("", [(0.09, -0.6, 0.5)]),
    "camera": ("", [(0.0, -3.0, 1.6)]),
}


def differences(
    skeleton: Skeleton, bone_map: BoneMap, pattern: str, seed: int
) -> dict[str, tuple[str | None, str | None]]:
    """Slots of the body that are wrong or missing, as (wanted, found)."""
    anonymous, names = renamed(skeleton, pattern, seed)
    found = detect_bones(anonymous)
    back = {new: old for old, new in names.items()}
    want = {slot: bone for slot, bone in bone_map.bones().items() if not any(finger in slot for finger in FINGERS)}
    want |= dict(spread_spine(bone_map.spine_chain))
    got = {slot: back[bone] for slot, bone in found.bones().items()}
    assert all(match.confidence <= 0.5 for match in found.matches.values())
    return {slot: (want.get(slot), got.get(slot)) for slot in {*want, *got} if want.get(slot) != got.get(slot)}


@settings(max_examples=examples(150))
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1.2), st.floats(-3.1, 3.1), st.sampled_from(PATTERNS))
def test_a_body_is_known_by_its_shape(seed: int, arms_down: float, facing: float, pattern: str) -> None:
    skeleton, bone_map = figure(
        np.random.default_rng(seed), arms_down=arms_down, facing=facing, stretch=0.1, unit=0.01, place=(3.0, 1.0, 0.0)
    )
    assert differences(skeleton, bone_map, pattern, seed) == {}


@settings(max_examples=examples(150))
@given(st.integers(0, 2**32 - 1), st.sets(st.sampled_from(sorted(WORN)), max_size=8), st.floats(0.0, 1.2))
def test_clothes_and_props_fill_no_slot(seed: int, worn: set[str], arms_down: float) -> None:
    skeleton, bone_map = figure(np.random.default_rng(seed), arms_down=arms_down, stretch=0.1)
    dressed = grown(skeleton, {name: WORN[name] for name in sorted(worn)})
    wrong = differences(dressed, bone_map, "Bone.{:03}", seed)
    # a hat alone looks like a head's tip, and where heads have tips, the last bone of a foot may be one, too
    assert {slot: pair for slot, pair in wrong.items() if pair[1] is not None or "toes" not in slot} == {}


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(0, 2), st.sets(st.sampled_from(["shoulder", "toes"])))
def test_bones_that_it_lacks_leave_the_rest(seed: int, spine: int, neck: int, missing: set[str]) -> None:
    gone = frozenset(f"{side}_{part}" for side in ("left", "right") for part in missing)
    rest = Rest(arms_down=0.5, elbows=0.1, knees=-0.1)
    skeleton, bone_map = any_figure(np.random.default_rng(seed), rest, spine=spine, neck=neck, missing=gone)
    wrong = differences(skeleton, bone_map, "joint_{}", seed)
    assert {slot: pair for slot, pair in wrong.items() if pair[0] is not None} == {}


def test_a_mirrored_body_has_its_sides_exchanged() -> None:
    skeleton, bone_map = figure(np.random.default_rng(4), stretch=0.1)
    flipped = replace(skeleton, rest=skeleton.rest * np.array([[-1.0], [1.0], [1.0], [1.0]]))
    anonymous, names = renamed(flipped, "{}", 4)
    got = detect_bones(anonymous).bones()
    want = {mirrored(slot): names[bone] for slot, bone in bone_map.bones().items()}
    assert got == {slot: bone for slot, bone in want.items() if slot in got}
    assert len(got) >= 22


def without_front(skeleton: Skeleton) -> Skeleton:
    """The skeleton in one plane, without toes."""
    kept = [number for number, name in enumerate(skeleton.names) if "toes" not in name]
    rest = skeleton.rest[kept] * np.array([[1.0], [0.0], [1.0], [1.0]])
    rest[:, :3, :3] = np.eye(3)
    parents = [kept.index(int(skeleton.parents[bone])) if skeleton.parents[bone] >= 0 else -1 for bone in kept]
    names = tuple(skeleton.names[bone] for bone in kept)
    return Skeleton(names, np.array(parents), rest, rest[:, :3, 3], skeleton.world)


def test_sides_that_nothing_shows_are_a_guess_or_follow_the_names() -> None:
    flat = without_front(figure(np.random.default_rng(5), stretch=0.0)[0])
    anonymous, names = renamed(flat, "Bone.{:03}", 5)
    found = detect_bones(anonymous)
    assert found.bone("left_hand") == names["left_hand"]
    assert {match.confidence for match in found.matches.values()} == {0.3}
    assert "a guess" in str(found.matches["left_hand"].why)
    for left, right in (("L", "R"), ("R", "L")):
        sides = {"left": f"{left}_", "right": f"{right}_"}
        with_sides = replace(
            anonymous,
            names=tuple(
                sides.get(old.split("_")[0], "") + new for old, new in zip(flat.names, anonymous.names, strict=True)
            ),
        )
        found = detect_bones(with_sides)
        said = "left" if left == "L" else "right"
        assert found.bone("left_hand") == f"L_{names[f'{said}_hand']}"
        assert min(match.confidence for match in found.matches.values()) > 0.3


@pytest.mark.parametrize(
    "unknown", [("upper_arm", "lower_arm", "hand"), ("lower_arm",), ("head", "neck"), ("lower_leg", "foot")]
)
def test_parts_whose_names_mean_nothing_are_completed_by_the_shape(unknown: tuple[str, ...]) -> None:
    skeleton, bone_map = figure(np.random.default_rng(8), arms_down=0.5, stretch=0.1)
    names = {
        name: f"{name.split('_')[0]}_zkv{number}" if any(name.endswith(part) for part in unknown) else name
        for number, name in enumerate(skeleton.names)
    }
    found = detect_bones(replace(skeleton, names=tuple(names[name] for name in skeleton.names)))
    want = {slot: names[bone] for slot, bone in bone_map.bones().items()}
    assert {slot: bone for slot, bone in found.bones().items() if want[slot] != bone} == {}
    assert [slot for slot in CORE_SLOTS if slot not in found.matches] == []


def chain_of(count: int, step: tuple[float, float, float]) -> Skeleton:
    rest = np.tile(np.eye(4), (count, 1, 1))
    rest[:, :3, 3] = np.arange(count)[:, None] * np.array(step)
    return Skeleton(tuple(f"Bone.{n:03}" for n in range(count)), np.arange(count) - 1, rest, rest[:, :3, 3], np.eye(4))


def on_four_legs() -> Skeleton:
    """A beast: two pairs of legs, a long neck, a tail."""
    base = chain_of(1, (0.0, 0.0, 0.0))
    base.rest[0, :3, 3] = (0.0, 0.3, 0.7)
    leg = [(0.1, 0.0, 0.0), (0.02, 0.05, -0.3), (0.0, -0.05, -0.3), (0.0, -0.08, -0.06)]
    return grown(
        replace(base, names=("hips",)),
        {
            "hind @": ("hips", leg),
            "back": ("hips", [(0.0, -0.2, 0.02)] * 3),
            "front @": ("back_2", leg),
            "neck": ("back_2", [(0.0, -0.15, 0.15)] * 3),
            "tail": ("hips", [(0.0, 0.1, -0.02)] * 5),
        },
    )


def spider() -> Skeleton:
    base = replace(chain_of(1, (0.0, 0.0, 0.0)), names=("hips",))
    base.rest[0, :3, 3] = (0.0, 0.0, 0.5)
    steps = [(0.1, 0.0, 0.0), (0.3, 0.0, 0.3), (0.3, 0.0, -0.7), (0.02, 0.0, -0.1)]
    around = {
        f"leg {n} @": ("hips", [tuple(turn_about(np.array([0.0, 0.0, 1.0]), 0.4 * n - 0.6) @ s) for s in steps])
        for n in range(4)
    }
    return grown(base, around)


def hand_alone() -> Skeleton:
    base = replace(chain_of(1, (0.0, 0.0, 0.0)), names=("hips",))
    return grown(
        base, {f"finger {n}": ("hips", [(0.1, 0.02 * n, 0.0), (0.04, 0.0, 0.0), (0.03, 0.0, 0.0)]) for n in range(5)}
    )


def lying(skeleton: Skeleton) -> Skeleton:
    return replace(
        skeleton, world=np.block([[turn_about(np.array([1.0, 0.0, 0.0]), 1.5), np.zeros((3, 1))], [0, 0, 0, 1]])
    )


@pytest.mark.parametrize(
    "other",
    [
        chain_of(30, (0.0, 0.0, 0.1)),
        chain_of(5, (0.0, 0.1, 0.0)),
        on_four_legs(),
        spider(),
        hand_alone(),
        lying(figure(np.random.default_rng(6))[0]),
    ],
    ids=["chain", "few bones", "four legs", "spider", "hand", "lying"],
)
def test_no_bone_of_anything_but_a_standing_body_is_detected(other: Skeleton) -> None:
    assert len(detect_bones(renamed(other, "Bone.{:03}", 1)[0]).matches) == 0


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32 - 1), st.integers(20, 60))
def test_random_trees_are_no_bodies(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    parents = np.array([-1, *(int(rng.integers(0, number)) for number in range(1, count))])
    rest = np.tile(np.eye(4), (count, 1, 1))
    for bone in range(1, count):
        rest[bone, :3, 3] = rest[parents[bone], :3, 3] + rng.normal(size=3) * 0.2
    names = tuple(f"Bone.{number:03}" for number in range(count))
    assert len(detect_bones(Skeleton(names, parents, rest, rest[:, :3, 3], np.eye(4))).matches) == 0


def test_all_slots_of_the_tree_are_tried() -> None:
    skeleton, bone_map = figure(np.random.default_rng(1), stretch=0.0)
    assert set(bone_map.bones()) == set(TREE)
    anonymous, _ = renamed(skeleton, "{}", 1)
    assert set(TREE) - set(detect_bones(anonymous).bones()) == {
        slot for slot in TREE if any(f in slot for f in FINGERS)
    }
