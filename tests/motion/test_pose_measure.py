"""The measurement of poses, on figures whose deviation is known because it was made."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.pose_measure import SeenFigure, deviations, report_of
from tests.resting import LEG, resting

from .made_figures import TREE, turn_about

SLOTS = tuple(TREE)
X, Y, Z = np.eye(3)
TIMES = np.arange(30) / 30.0
STILL = np.tile([1.0, 0.0, 0.0, 0.0], (30, len(SLOTS), 1))


def rest() -> np.ndarray:
    heads: dict[str, np.ndarray] = {}
    for slot, (above, step) in TREE.items():
        heads[slot] = heads.get(above, np.zeros(3)) + step
    return np.array(list(heads.values()))


def below(top: str) -> np.ndarray:
    """(S,) whether a slot hangs on another, or is it."""
    found = {top}
    for slot, (above, _) in TREE.items():
        if above in found:
            found.add(slot)
    return np.array([slot in found for slot in SLOTS])


def turned(heads: np.ndarray, top: str, turn: np.ndarray) -> np.ndarray:
    """The heads with all that hangs on a joint turned about it."""
    centre = heads[..., SLOTS.index(top), :][..., None, :]
    return np.where(below(top)[:, None], (heads - centre) @ turn.T + centre, heads)


def seen(heads: np.ndarray, rests: np.ndarray | None = None) -> SeenFigure:
    """A figure that is posed alike in all samples, or as given in each; its bones don't turn."""
    heads = np.broadcast_to(heads, (30, len(SLOTS), 3))
    return SeenFigure(SLOTS, heads, STILL, rest() if rests is None else rests, STILL[0], heads)


def bent() -> np.ndarray:
    heads = rest()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        heads = turned(heads, f"{side}_lower_arm", turn_about(Z, -0.6 * sign))
        heads = turned(heads, f"{side}_upper_leg", turn_about(X, -0.4))
        heads = turned(heads, f"{side}_lower_leg", turn_about(X, 0.7))
    return heads


@pytest.mark.parametrize("yaw", [0.0, 0.5, 3.0, -2.2])
def test_a_figure_that_faces_elsewhere_is_not_off_and_one_limb_that_is_does_not_count_for_the_others(
    yaw: float,
) -> None:
    turn = turn_about(Z, yaw)
    target = turned(bent(), "left_upper_arm", turn_about(X, 0.9)) @ turn.T
    found = report_of(deviations(seen(bent()), seen(target, rest() @ turn.T), {}, TIMES), 30).degrees
    assert found["left_upper_arm"] < 90.0
    moved = {slot for slot, degrees in found.items() if degrees > 1e-4}
    assert moved <= {"left_upper_arm", "left_lower_arm", "left_hand"}
    assert found["left_lower_arm"] > 20.0


def test_a_figure_that_lies_is_a_right_angle_off() -> None:
    lying = bent() @ turn_about(X, np.pi / 2.0).T
    found = report_of(deviations(seen(bent()), seen(lying), {}, TIMES), 30)
    assert found.worst[1] > 60.0


@pytest.mark.parametrize("joint", ["left_lower_arm", "right_lower_leg"])
def test_a_joint_that_is_bent_to_the_other_side_is_named(joint: str) -> None:
    axis, back = (Z, 1.2) if "arm" in joint else (X, -1.4)
    wrong = turned(bent(), joint, turn_about(axis, back))
    found = report_of(deviations(seen(bent()), seen(wrong), {}, TIMES), 30)
    assert found.wrong_side == (joint,)
    straight = turned(bent(), joint, turn_about(axis, back / 2.0 * 1.05))  # a little beyond straight has no side
    assert report_of(deviations(seen(bent()), seen(straight), {}, TIMES), 30).wrong_side == ()


@pytest.mark.parametrize("slot", ["head", "left_foot", "right_hand"])
def test_a_bone_that_turns_while_the_sources_does_not_is_off_by_the_angle(slot: str) -> None:
    target = seen(bent())
    turns = STILL.copy()
    angle = np.radians(33.0) * (np.arange(30) == 17)
    turns[:, SLOTS.index(slot)] = np.stack([np.cos(angle / 2), np.sin(angle / 2), 0.0 * angle, 0.0 * angle], axis=-1)
    source = seen(bent()).of([name for name in SLOTS if "proximal" not in name])
    found = report_of(deviations(source, replace(target, rotations=turns), {}, TIMES), 30)
    assert found.worst == (slot, pytest.approx(33.0))


def test_a_hand_without_knuckles_that_is_bent_all_the_time_is_off() -> None:
    source = seen(bent()).of([name for name in SLOTS if "proximal" not in name])
    turns = STILL.copy()
    turns[:, SLOTS.index("right_hand")] = [np.cos(0.3), 0.0, 0.0, np.sin(0.3)]
    found = report_of(deviations(source, replace(seen(bent()), rotations=turns), {}, TIMES), 30)
    assert found.worst == ("right_hand", pytest.approx(np.degrees(0.6)))
    posed = rest() @ turn_about(X, 1.2).T  # a rest pose that doesn't stand tells nothing of hands
    found = report_of(deviations(source, replace(seen(bent(), posed), rotations=turns), {}, TIMES), 30)
    assert found.degrees["right_hand"] < 1e-4


@pytest.mark.parametrize("height", [0.0, 0.4])
def test_feet_that_rest_at_any_height_slide_as_fast_as_they_are_moved(height: float) -> None:
    heads = np.tile(bent(), (30, 1, 1)) + np.array([0.0, 0.0, height])
    feet = [SLOTS.index(f"left_{part}") for part in ("foot", "toes")]
    walking = heads + np.array([0.0, -1.0, 0.0]) * TIMES[:, None, None]
    walking[12:24, feet] = walking[12, feet]
    source = seen(walking)
    rests = {slot: resting(source.head(slot), TIMES, LEG) for slot in ("left_foot", "left_toes", "right_foot")}
    planted = {slot: there[1:] & there[:-1] for slot, there in rests.items()}
    sliding = walking + 0.05 * np.array([1.0, 0.0, 0.0]) * TIMES[:, None, None]
    found = report_of(deviations(source, seen(sliding), planted, TIMES), 30)
    assert (found.slide, found.most_slide) == (pytest.approx(5.0), pytest.approx(5.0))
    assert report_of(deviations(source, source, planted, TIMES), 30).slide == pytest.approx(0.0)
