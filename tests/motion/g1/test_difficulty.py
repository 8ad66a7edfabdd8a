"""How hard motions are, in the order of the help that it takes a robot in MuJoCo to follow them.

`make bench ONLY=difficulty` tells it of recorded motions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from aimocap_blender.motion.g1.feasibility import feasibility_of
from tests.media.g1_clips import weight_shift
from tests.media.g1_tracker import tracked
from tests.media.ranks import spearman

if TYPE_CHECKING:
    from aimocap_blender.motion.g1.motion import G1Motion


def swaying(far: float, rate: float) -> G1Motion:
    """It sways from side to side so many metres, so many times a second."""
    times = np.arange(240) / 60.0
    return weight_shift(sway=far * np.sin(2.0 * np.pi * rate * times) * np.minimum(times, 1.0))


def help_of(motion: G1Motion) -> float:
    return tracked(motion.fps, (motion.root_pos, motion.root_quat, motion.dof_pos)).help


@pytest.mark.slow
def test_who_sways_further_and_faster_is_graded_harder_and_needs_more_help() -> None:
    motions = [swaying(far, rate) for far, rate in ((0.0, 0.5), (0.03, 1.0), (0.05, 1.5), (0.05, 2.5), (0.08, 3.0))]
    found = [feasibility_of(motion, 0.0).difficulty for motion in motions]
    assert spearman([one.score for one in found], [help_of(motion) for motion in motions]) > 0.99
    assert found[0].grade == "easy"
    assert found[-1].grade == "extreme"
    assert found[-1].mostly in str(found[-1].sentence)


def test_a_robot_in_the_air_falls_and_one_that_stands_does_not() -> None:
    motion = weight_shift(60)
    robot = motion.root_pos, motion.root_quat, motion.dof_pos
    assert tracked(motion.fps, robot).falls == 0
    lying = np.tile([0.0, 1.0, 0.0, 0.0], (60, 1))  # on its head
    assert tracked(motion.fps, (robot[0], lying, robot[2])).help > 4.0 * tracked(motion.fps, robot).help


def test_the_same_motion_at_another_frame_rate_is_as_hard() -> None:
    motion = swaying(0.05, 1.0)
    rows = slice(None, None, 2)
    half = replace(
        motion,
        fps=30.0,
        root_pos=motion.root_pos[rows],
        root_quat=motion.root_quat[rows],
        dof_pos=motion.dof_pos[rows],
    )
    score = feasibility_of(motion, 0.0).difficulty.score
    assert feasibility_of(half, 0.0).difficulty.score == pytest.approx(score, rel=0.1)
