"""Who is a human figure: people in every pose and with parts missing are, animals aren't, however they are called."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.bones.map_check import no_human
from aimocap_blender.motion.skeleton import Skeleton
from tests.motion.bones.human_and_animal_figures import HUMAN, LYING, MAYBE, ON_FOUR, Names, figure


def without(skeleton: Skeleton, *words: str) -> Skeleton:
    """A figure without the bones that have a word in their names, and those below."""
    gone = [any(word in name for word in words) for name in skeleton.names]
    kept = [b for b in range(len(skeleton)) if not any(gone[at] for at in (b, *skeleton.ancestors(b)))]
    return replace(
        skeleton,
        names=tuple(skeleton.names[bone] for bone in kept),
        parents=np.array([kept.index(skeleton.parents[b]) if skeleton.parents[b] >= 0 else -1 for b in kept]),
        rest=skeleton.rest[kept],
        tails=skeleton.tails[kept],
    )


def is_human(skeleton: Skeleton, positions: np.ndarray | None = None) -> bool:
    return no_human(skeleton, detect_bones(skeleton), positions) == ""


@pytest.mark.parametrize("names", MAYBE.values(), ids=MAYBE)
@pytest.mark.parametrize("length", [0.8, 1.0, 1.4])
def test_animals_are_none(names: Names, length: float) -> None:
    horse = figure({part: (0, y * length, z) for part, (_, y, z) in LYING.items()}, ON_FOUR, names)
    assert not is_human(horse)


def test_a_snake_and_a_bird_are_none() -> None:
    snake = without(figure(), "Arm", "Leg", "Foot")
    assert "arm" in no_human(snake, detect_bones(snake))
    bird = figure(limbs={"upper_leg": HUMAN["upper_leg"]}, more={"Wing.L": ("Chest", [(0.1, 0, 1.4), (0.5, 0, 1.4)])})
    assert not is_human(bird)


def test_half_a_leg_is_no_leg() -> None:
    found = detect_bones(figure())
    thighs = {slot: match for slot, match in found.matches.items() if not slot.endswith(("lower_leg", "foot"))}
    assert "leg" in no_human(figure(), replace(found, matches=thighs))
    assert "trunk" in no_human(figure(), BoneMap())


@pytest.mark.parametrize(
    "missing", [("UpLeg",), ("Head",), ("LeftArm",), ("RightUpLeg",), ("UpLeg", "Head", "RightArm"), ("Hand", "Foot")]
)
def test_people_may_lack_parts(missing: tuple[str, ...]) -> None:
    assert is_human(without(figure(), *missing))


@pytest.mark.parametrize(
    "more",
    [
        {"Tail": ("Hips", [(0, 0.1 * n, 0.95 - 0.05 * n) for n in range(1, 6)])},
        {
            f"{side}Arm2_": ("Spine", [(sign * 0.17, 0, 1.2), (sign * 0.45, 0, 1.2), (sign * 0.7, 0, 1.2)])
            for side, sign in (("Left", 1), ("Right", -1))
        },
    ],
    ids=["tail", "four arms"],
)
def test_people_may_have_more_parts(more: dict[str, tuple[str, list[tuple[float, float, float]]]]) -> None:
    assert is_human(figure(more=more))


def turned(skeleton: Skeleton, part: str, degrees: float) -> Skeleton:
    """Turned about X at a bone, with all below it: forward from hanging where it is more than 0."""
    at, places = skeleton.index(part), skeleton.rest.copy()
    below = [bone for bone in range(len(skeleton)) if bone == at or at in skeleton.ancestors(bone)]
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    about = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    places[below, :3, 3] = (places[below, :3, 3] - places[at, :3, 3]) @ about.T + places[at, :3, 3]
    return replace(skeleton, rest=places, tails=places[:, :3, 3] + (0, 0, 0.03))


def crawling(*, thigh: float, shin: float) -> Skeleton:
    """A person whose rest is a crawl, on the hands and on knees or feet."""
    hanging = HUMAN | {"upper_arm": ("chest", [(0.17, 0, 1.45), (0.17, 0, 1.17), (0.17, 0, 0.92)])}
    body = turned(figure(limbs=hanging), "Hips", 80)
    for side in ("Left", "Right"):
        for part, degrees in ((f"{side}Arm", -80), (f"{side}UpLeg", thigh), (f"{side}Leg", shin)):
            body = turned(body, part, degrees)
    return body


@pytest.mark.parametrize("legs", [{"thigh": -80, "shin": 80}, {"thigh": -60, "shin": 20}, {"thigh": -100, "shin": 40}])
def test_people_may_crawl(legs: dict[str, float]) -> None:
    body, standing = crawling(**legs), figure()
    assert body.heads[body.index("Head"), 2] - body.heads[body.index("Hips"), 2] < 0.2
    assert is_human(body)
    assert is_human(standing, np.tile(body.heads, (5, 1, 1)))


def test_an_animal_whose_rest_shows_nothing_is_recognized_by_its_motion() -> None:
    horse = figure(LYING, ON_FOUR)
    along = horse.rest.copy()
    for bone in range(1, len(horse)):  # as some BVH have it: every bone along one axis
        step = np.linalg.norm(horse.heads[bone] - horse.heads[horse.parents[bone]])
        along[bone, :3, 3] = along[horse.parents[bone], :3, 3] + (0, -step, 0)
    at_rest = replace(horse, rest=along, tails=along[:, :3, 3])
    bone_map = detect_bones(horse)
    assert no_human(at_rest, bone_map) == ""
    assert "four legs" in no_human(at_rest, bone_map, np.tile(horse.heads, (9, 1, 1)))
