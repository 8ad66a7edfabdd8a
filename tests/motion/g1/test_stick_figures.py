"""The picture of a motion: figures in the robot's proportions on their ground, left and right told apart."""

import re

import numpy as np
import pytest

from aimocap_blender.motion.g1.motion import G1Motion
from aimocap_blender.motion.g1.stick_figures import strip_of
from aimocap_blender.motion.g1.variants import ROBOTS, g1_variant

LINE = re.compile(r'<path d="M([0-9.-]+) ([0-9.-]+)L([0-9.-]+) ([0-9.-]+)" stroke="([^"]+)"/>')


def lines_of(picture: str) -> list[tuple[str, np.ndarray]]:
    """Color, and (2, 2) from where to where, in pixels."""
    return [(color, np.array(numbers, float).reshape(2, 2)) for *numbers, color in LINE.findall(picture)]


@pytest.mark.parametrize("robot", [variants[0] for variants in ROBOTS.values()])
def test_a_robot_stands_on_the_ground_and_its_sides_are_told_apart(robot: str) -> None:
    model = g1_variant(robot)
    still = np.tile([3.0, 2.0, model.stand_height + 0.5], (20, 1)), np.tile([1.0, 0, 0, 0], (20, 1))
    motion = G1Motion(10.0, *still, np.zeros((20, len(model.joints))), robot)
    picture = strip_of(motion, 0.5)
    found = lines_of(picture)
    assert [float(text) for text in re.findall(r"([0-9.]+) s</text>", picture)] == pytest.approx(
        np.arange(8) * 19 / 70, abs=0.11
    )
    lowest = max(line[:, 1].max() for _, line in found)
    assert lowest == pytest.approx(120.0, abs=4.0)
    sides = [
        np.mean([line[:, 0].mean() % 80 for color, line in found if color == side]) for side in ("#2a7ab9", "#c2572b")
    ]
    assert abs(sides[0] - sides[1]) > 2.0
    assert min(line[:, 1].min() for _, line in found) > 0.0


def test_one_frame_is_a_picture_too() -> None:
    still = np.array([[0.0, 0.0, 0.79]]), np.array([[1.0, 0, 0, 0]])
    assert strip_of(G1Motion(30.0, *still, np.zeros((1, 29))), 0.0).count("<text") == 1
