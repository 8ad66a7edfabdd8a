"""Hands that rest on each other, on the body or on the floor do so on characters of other proportions too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.pose_motion import PoseMotion
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip, Skeleton

from ..made_figures import TREE, figure, matrix, pose, quaternion, turn_about

FREE, HELD = RetargetOptions(), RetargetOptions(contacts="BODY")
X, Y, Z = np.eye(3)
SIDES = {"left": 1.0, "right": -1.0}
REST, THERE, BACK = range(12), range(24, 44), range(56, 68)
FRACTION = np.interp(np.arange(68), [12, 24, 43, 55], [0.0, 1.0, 1.0, 0.0])
"""How far arms are on their way to the touch, in each frame."""


@dataclass(frozen=True)
class Act:
    """A pose that is reached and left again.

    Attributes:
        wrist: (3,) of the left hand, metres, as of the body at rest but without its bends; the right one's is mirrored.
        elbow: (3,) where elbows point.
        palm: (3,) where the left hand's fingers point.
        turns: slot to (3, 3) rotation away from rest of it and all that hangs on it, without those of hands and arms.
        near: part of the left and right slot whose head `wrist` is relative to.
    """

    wrist: tuple[float, float, float]
    elbow: tuple[float, float, float]
    palm: tuple[float, float, float]
    turns: Mapping[str, np.ndarray] = field(default_factory=dict)
    near: str = ""


SQUAT = {
    **{f"{side}_upper_leg": turn_about(X, -1.0) for side in SIDES},
    **{f"{side}_lower_leg": turn_about(X, 0.6) for side in SIDES},
    **{f"{side}_foot": np.eye(3) for side in SIDES},
    "spine": turn_about(X, 0.9),
}
ON_FOURS = {
    "hips": turn_about(X, 1.45),
    **{f"{side}_upper_leg": np.eye(3) for side in SIDES},
    **{f"{side}_lower_leg": turn_about(X, 1.5) for side in SIDES},
    **{f"{side}_foot": turn_about(X, 2.2) for side in SIDES},
}
ACTS = {
    "clasped": Act((0.05, -0.33, 1.2), (1.0, 0.5, -1.0), (0.1, -1.0, 0.2)),
    "on the hips": Act((0.22, 0.02, 1.03), (1.0, 1.0, 0.2), (-0.6, -0.5, -0.6)),
    "on the head": Act((0.13, 0.0, 1.58), (1.0, -0.2, -0.6), (-0.5, 0.0, 1.0)),
    "on the knees": Act((0.0, 0.02, 0.12), (1.0, 0.3, 0.3), (0.0, -1.0, -0.4), SQUAT, "lower_leg"),
    "push-up": Act((0.2, -0.5, 0.08), (1.0, 0.5, 0.0), (0.0, -1.0, -0.35), {"hips": turn_about(X, 1.35)}),
    "on the floor": Act((0.2, -0.5, 0.07), (1.0, 0.5, 0.0), (0.0, -1.0, -0.35), ON_FOURS),
}
ON_THE_FLOOR = ("push-up", "on the floor")


def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(3, 3) of the shortest turn from one direction to another."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    axis = np.cross(a, b)
    return turn_about(axis, np.arctan2(np.linalg.norm(axis), a @ b)) if np.linalg.norm(axis) > 1e-9 else np.eye(3)


def blended(turn: np.ndarray, fraction: float) -> np.ndarray:
    q = quaternion(turn)
    sine = np.linalg.norm(q[1:])
    return turn_about(q[1:], 2.0 * np.arctan2(sine, q[0]) * fraction) if sine * fraction > 1e-9 else np.eye(3)


def posed(skeleton: Skeleton, act: Act, fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """World heads (B, 3) and rotations (B, 3, 3) away from rest: arms are bent to the wrists' goals."""
    rest = {name: skeleton.heads[skeleton.index(name)] for name in TREE}
    steps = {name: rest[name] - rest[TREE[name][0]] for name in TREE if TREE[name][0]}
    turns: dict[str, np.ndarray] = {"hips": blended(act.turns.get("hips", np.eye(3)), fraction)}
    heads = {"hips": rest["hips"]}
    for name, (parent, _) in TREE.items():
        if not parent:
            continue
        heads[name] = heads[parent] + turns[parent] @ steps[name]
        own = act.turns.get(name)
        turns[name] = turns[parent] if own is None else blended(own, fraction)
    lowest = min(heads[f"{side}_{part}"][2] - (rest[f"{side}_toes"][2]) for side in SIDES for part in ("foot", "toes"))
    knees = min(heads[f"{side}_lower_leg"][2] - 0.06 for side in SIDES)
    heads = {name: head - Z * min(lowest, knees) for name, head in heads.items()}
    for side, sign in SIDES.items():
        upper, lower, hand = (f"{side}_{part}" for part in ("upper_arm", "lower_arm", "hand"))
        mirror = np.array([sign, 1.0, 1.0])
        idle = heads[upper] + turns[upper] @ ((steps[lower] + steps[hand]) * 0.95)
        goal = np.array(act.wrist) * mirror + (heads[f"{side}_{act.near}"] if act.near else 0.0)
        goal = idle + (goal - idle) * fraction
        a, b = np.linalg.norm(steps[lower]), np.linalg.norm(steps[hand])
        line = goal - heads[upper]
        far = min(np.linalg.norm(line), 0.999 * (a + b))
        along = line / np.linalg.norm(line)
        aside = np.array(act.elbow) * mirror
        aside = aside - along * (aside @ along)
        at = (a**2 + far**2 - b**2) / (2.0 * far)
        elbow = heads[upper] + along * at + aside / np.linalg.norm(aside) * np.sqrt(a**2 - at**2)
        turns[upper] = between(steps[lower], elbow - heads[upper])
        turns[lower] = between(steps[hand], heads[upper] + along * far - elbow)
        knuckles = steps[f"{side}_index_proximal"] + steps[f"{side}_little_proximal"]
        palm = between(turns[lower] @ knuckles, np.array(act.palm) * mirror)
        turns[hand] = blended(palm, fraction) @ turns[lower]
        for name, (parent, _) in TREE.items():
            if name.startswith(side) and any(part in name for part in ("lower_arm", "hand", "index", "little")):
                heads[name] = heads[parent] + turns[parent] @ steps[name]
                turns.setdefault(name, turns[parent])
                if "index" in name or "little" in name:
                    turns[name] = turns[parent]
    return np.array([heads[name] for name in TREE]), np.array([turns[name] for name in TREE])


def acted(skeleton: Skeleton, act: Act) -> Clip:
    still = skeleton.world[:3, :3] @ skeleton.rest[:, :3, :3]
    heads, rotations = [], []
    for fraction in FRACTION:
        at, turns = posed(skeleton, act, float(fraction))
        heads.append(at)
        rotations.append([quaternion(turn) for turn in turns @ still])
    return Clip(skeleton, np.arange(len(FRACTION)) / 30.0, 30.0, np.array(heads), np.array(rotations))


def shown(target: Skeleton, result: PoseMotion) -> np.ndarray:
    """World heads (F, B, 3) of a result."""
    heads = []
    for frame in range(len(result.times)):
        basis = {bone: matrix(result.rotations[frame, place]) for place, bone in enumerate(result.bones)}
        heads.append(pose(target, basis, {bone: channel[frame] for bone, channel in result.locations.items()})[0])
    return np.array(heads)


def standing(seed: int, scale: float = 1.0, **how: float) -> tuple[Skeleton, BoneMap]:
    """A figure that stands at height 0 and whose head's bone ends at its crown."""
    low = 0.01 * scale - float(figure(np.random.default_rng(seed), scale=scale, **how)[0].heads[:, 2].min())
    skeleton, bone_map = figure(np.random.default_rng(seed), scale=scale, place=(0.0, 0.0, low), **how)
    tails = skeleton.tails.copy()
    tails[skeleton.index("head")] = skeleton.rest[skeleton.index("head"), :3, 3] + Z * 0.2 * scale / how.get(
        "unit", 1.0
    )
    return replace(skeleton, tails=tails), bone_map


SOURCE, SOURCE_MAP = standing(11, arms_down=0.5, stretch=0.02)
CLIPS = {name: acted(SOURCE, act) for name, act in ACTS.items()}
HEADS = {"like it": 1.0, "tall": 1.4, "small": 0.6, "odd": 1.0, "in centimetres": 1.0}
OTHERS: Mapping[str, Callable[[], tuple[Skeleton, BoneMap]]] = {
    "like it": lambda: standing(1, arms_down=0.9, stretch=0.03),
    "tall": lambda: standing(2, arms_down=0.2, scale=1.4, stretch=0.12),
    "small": lambda: standing(3, arms_down=0.8, scale=0.6, stretch=0.12),
    "odd": lambda: standing(4, arms_down=0.5, stretch=0.2),
    "in centimetres": lambda: standing(6, arms_down=0.7, stretch=0.15, unit=0.01),
}


def of(skeleton: Skeleton, heads: np.ndarray, name: str) -> np.ndarray:
    return heads[:, skeleton.index(name)]


def hand_length(skeleton: Skeleton, side: str) -> float:
    at = {
        part: skeleton.heads[skeleton.index(f"{side}_{part}")] for part in ("hand", "index_proximal", "little_proximal")
    }
    return float(np.linalg.norm((at["index_proximal"] + at["little_proximal"]) / 2.0 - at["hand"]))


def palm(skeleton: Skeleton, heads: np.ndarray, side: str) -> np.ndarray:
    knuckles = of(skeleton, heads, f"{side}_index_proximal") + of(skeleton, heads, f"{side}_little_proximal")
    return (of(skeleton, heads, f"{side}_hand") + knuckles / 2.0) / 2.0


def ratio(skeleton: Skeleton, *slots: str) -> float:
    """How far apart two joints are at rest, as a multiple of the source's."""
    ours, theirs = (
        np.linalg.norm(each.heads[each.index(slots[0])] - each.heads[each.index(slots[1])])
        for each in (skeleton, SOURCE)
    )
    return float(ours / theirs)


@pytest.mark.slow_cases
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("act", ACTS)
def test_hands_rest_on_what_they_rest_on_in_the_source(act: str, other: str) -> None:
    target, target_map = OTHERS[other]()
    clip = CLIPS[act]
    result, free = (retarget(clip, SOURCE_MAP, target, target_map, options) for options in (HELD, FREE))
    heads, before = shown(target, result), shown(target, free)
    there = [*THERE][2:-2]
    ours = [palm(target, heads, side)[there] for side in SIDES]
    theirs = [palm(SOURCE, clip.positions, side)[there] for side in SIDES]
    hands = [hand_length(target, side) / hand_length(SOURCE, side) for side in SIDES]
    apart, theirs_apart = (np.linalg.norm(both[0] - both[1], axis=1) for both in (ours, theirs))
    match act:
        case "clasped":
            wrists, theirs_too = (
                (of(each, every, "left_hand") - of(each, every, "right_hand"))[there]
                for each, every in ((target, heads), (SOURCE, clip.positions))
            )
            assert np.linalg.norm(wrists - theirs_too * np.mean(hands), axis=1).max() < 0.02
        case "on the hips":
            widths = [ratio(target, f"left_{part}", f"right_{part}") for part in ("upper_leg", "upper_arm")]
            assert (apart > theirs_apart * min(widths) - 0.02).all()
            assert (apart < theirs_apart * max(widths) + 0.02).all()
        case "on the head":
            assert np.abs(apart - theirs_apart * HEADS[other]).max() < 0.02
        case "on the knees":
            for side, own, their in zip(SIDES, ours, theirs, strict=True):
                knees = [of(*each, f"{side}_lower_leg")[there] for each in ((target, heads), (SOURCE, clip.positions))]
                size = ratio(target, f"{side}_upper_leg", f"{side}_foot")
                assert np.linalg.norm(own - knees[0] - (their - knees[1]) * size, axis=1).max() < 0.02
        case _:
            for own, their, scale in zip(ours, theirs, hands, strict=True):
                assert np.abs(own[:, 2] - their[:, 2] * scale).max() < 0.02
                assert np.ptp(own, axis=0).max() < 0.001
    if act not in ON_THE_FLOOR:  # where hips and legs take part
        legs = [target.index(name) for name in TREE if any(part in name for part in ("hips", "leg", "foot", "toes"))]
        assert np.abs(heads - before)[:, legs].max() < 1e-9
    away = 6 if act in ON_THE_FLOOR else 0  # samples: knees and hips are near the floor before the hands are
    assert np.abs(heads - before)[[*REST[: 12 - away], *BACK[away:]]].max() < 2e-4
    assert result.report.touches >= 1
    wrists = [target.index(f"{side}_hand") for side in SIDES]
    jolts = [np.linalg.norm(np.diff(each[:, wrists], 2, axis=0), axis=-1).max() for each in (heads, before)]
    assert jolts[0] < jolts[1] + 0.01


def test_half_the_strength_goes_half_the_way_and_none_nowhere() -> None:
    target, target_map = OTHERS["tall"]()
    gaps = []
    for strength in (0.0, 0.5, 1.0):
        options = RetargetOptions(contacts="BODY", hand_strength=strength)
        heads = shown(target, retarget(CLIPS["clasped"], SOURCE_MAP, target, target_map, options))
        gaps.append(np.linalg.norm(of(target, heads, "left_hand") - of(target, heads, "right_hand"), axis=1)[34])
    assert gaps[1] == pytest.approx((gaps[0] + gaps[2]) / 2.0, abs=0.3 * abs(gaps[2] - gaps[0]))
    assert abs(gaps[2] - gaps[0]) > 0.01


@pytest.mark.slow
@pytest.mark.parametrize(
    "gone", ["head", "neck", "upper_leg", "lower_leg", "foot", "shoulder", "index_proximal", "lower_arm"]
)
@pytest.mark.parametrize("act", ["on the head", "on the knees"])
def test_bones_that_are_not_known_on_either_side_are_done_without(act: str, gone: str) -> None:
    target, target_map = OTHERS["odd"]()
    without = [{gone, f"left_{gone}", f"right_{gone}"}, {f"left_{gone}"}]
    for names in without:
        fewer = [
            replace(each, matches={slot: match for slot, match in each.matches.items() if slot not in names})
            for each in (SOURCE_MAP, target_map)
        ]
        for maps in ((fewer[0], target_map), (SOURCE_MAP, fewer[1])):
            result = retarget(CLIPS[act], maps[0], target, maps[1], HELD)
            assert np.isfinite(result.rotations).all()
