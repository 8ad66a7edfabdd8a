"""Real clips of the robot, adjusted: feet and collisions judged by MuJoCo."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.g1.checks import check_g1_motion
from aimocap_blender.motion.g1.checks_findings import G1Fault
from aimocap_blender.motion.g1.motion import G1Motion, on_variant, read_g1_motion
from aimocap_blender.motion.g1_retargeting.adjusting_fit import adjusted_throughout, with_feet_planted, with_links_apart
from aimocap_blender.motion.stopping import Stopped, stopped_by
from tests.media.g1_judge import deepest, meshes_inside, soles_of

RAISED = np.array([0.0, 0.0, 1.5])
SLIDING = 0.15  # metres a second


def robot(motion: G1Motion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return motion.root_pos, motion.root_quat, motion.dof_pos


def sliding_frames(motion: G1Motion) -> int:
    """Feet and frames in which every corner within 5 mm of the ground slides."""
    soles = soles_of(robot(motion), motion.variant)
    low = soles[..., 2] < 0.005
    both = low[1:] & low[:-1]
    speeds = np.where(both, np.linalg.norm(np.diff(soles[..., :2], axis=0), axis=-1) * motion.fps, np.inf)
    return int(((speeds.min(axis=-1) > SLIDING) & both.any(axis=-1)).sum())


@pytest.mark.parametrize(("clip", "away"), [("kimodo_walk", 0.06), ("kimodo_dance", 0.2), ("asap_CR7_level2", 0.2)])
def test_all_leaves_nothing_and_the_motion_what_it_was(shared_data: Path, clip: str, away: float) -> None:
    motion = read_g1_motion(shared_data / "g1" / f"{clip}.json")
    adjusted, change = adjusted_throughout(motion)
    report = check_g1_motion(adjusted)
    assert {finding.kind for finding in report.worst} <= {G1Fault.STRICT_LIMIT}
    assert not change.nothing
    assert sliding_frames(adjusted) < 0.03 * 2 * len(adjusted.dof_pos)  # single frames at the edges of stances
    assert deepest(robot(adjusted), "29dof").max() < 0.01
    assert meshes_inside(robot(adjusted)).max() < 0.01
    lowest = soles_of(robot(adjusted), "29dof")[..., 2].min(axis=(1, 2))
    assert lowest.min() > -0.005
    turned = np.degrees(np.abs(adjusted.dof_pos - motion.dof_pos))
    assert np.median(turned) < 1.0
    assert turned.max() < 40.0
    assert np.linalg.norm(adjusted.root_pos - motion.root_pos, axis=1).max() < away


def test_feet_are_held_at_any_height_of_the_ground_and_hands_stay(shared_data: Path) -> None:
    walk = read_g1_motion(shared_data / "g1" / "kimodo_walk.json")
    motion = on_variant(walk, "43dof_with_hands")
    motion.dof_pos[:, 24] = 0.3  # a thumb's
    raised = replace(motion, root_pos=motion.root_pos + RAISED)
    assert sliding_frames(walk) > 30
    adjusted, _ = with_feet_planted(raised, 1.5)
    assert sliding_frames(replace(adjusted, root_pos=adjusted.root_pos - RAISED)) <= 2
    assert (adjusted.dof_pos[:, 24] == 0.3).all()


def test_links_are_parted_where_they_collide_alone(shared_data: Path) -> None:
    motion = read_g1_motion(shared_data / "g1" / "kimodo_dance.json")
    before = deepest(robot(motion), "29dof")
    adjusted, change = with_links_apart(motion)
    after = deepest(robot(adjusted), "29dof")
    assert before.max() > 0.01
    assert after.max() < 0.005
    same = (adjusted.dof_pos == motion.dof_pos).all(axis=1)
    assert 0 < change.frames == int((~same).sum()) < 60
    np.testing.assert_allclose(soles_of(robot(adjusted), "29dof"), soles_of(robot(motion), "29dof"), atol=2e-3)


def test_faultless_motion_stays_bit_for_bit(shared_data: Path) -> None:
    motion, _ = adjusted_throughout(read_g1_motion(shared_data / "g1" / "kimodo_wave.json"))
    for adjust in (with_feet_planted, with_links_apart, adjusted_throughout):
        again, change = adjust(motion)
        assert change.nothing
        assert (again.dof_pos == motion.dof_pos).all()
        assert (again.root_pos == motion.root_pos).all()


def test_feet_are_left_when_a_stop_is_asked_for(shared_data: Path) -> None:
    stop = threading.Event()
    motion = read_g1_motion(shared_data / "g1" / "kimodo_dance.json")
    stop.set()
    with stopped_by(stop), pytest.raises(Stopped):
        with_feet_planted(motion)
