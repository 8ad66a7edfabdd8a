"""The model is the table's, and its kinematics are MuJoCo's."""

import json
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.g1.model import MODEL_FILE, g1_model
from tests.media.g1_mjcf import degrees_between, g1_mujoco, mujoco_poses, random_states

CLIPS = ("kimodo_walk", "kimodo_wave", "kimodo_dance", "asap_CR7_level2", "g1moves_B_BowKarate")


def test_names_and_tree_are_mujocos() -> None:
    model, oracle = g1_model(), g1_mujoco()
    assert list(model.bodies) == [oracle.body(index).name for index in range(1, oracle.nbody)]
    assert [joint.name for joint in model.joints] == [oracle.joint(index).name for index in range(1, oracle.njnt)]
    assert model.parents.tolist() == [int(parent) - 1 for parent in oracle.body_parentid[1:]]
    assert model.ranges == pytest.approx(oracle.jnt_range[1:])
    assert model.ranges.shape == (29, 2)


def test_efforts_and_speeds_are_read_from_their_columns() -> None:
    ankle = next(joint for joint in g1_model().joints if joint.name == "left_ankle_roll_joint")
    assert (ankle.effort, ankle.velocity) == (35.0, 30.0)
    assert g1_model().stand_height == 0.79


def test_the_table_is_the_specs(shared_data: Path) -> None:
    spec = shared_data.parent / "spec" / MODEL_FILE.name
    assert json.loads(MODEL_FILE.read_text()) == json.loads(spec.read_text())


def test_random_poses_over_the_full_ranges_are_mujocos() -> None:
    states = random_states(200, seed=1)
    names, positions, quaternions = mujoco_poses(*states)
    pos, quat = g1_model().body_poses(*states)
    assert list(g1_model().bodies) == names
    assert np.abs(pos - positions).max() < 1e-9
    assert degrees_between(quat, quaternions).max() < 1e-6


@pytest.mark.parametrize("clip", CLIPS)
def test_real_clips_are_their_oracles(shared_data: Path, clip: str) -> None:
    motion = json.loads((shared_data / "g1" / f"{clip}.json").read_text())
    oracle = np.load(shared_data / "g1" / f"{clip}.oracle.npz")
    pos, quat = g1_model().body_poses(
        np.array(motion["root_pos"]),
        np.array(motion["root_rot_xyzw"])[:, [3, 0, 1, 2]],
        np.array(motion["dof_pos"]),
    )
    assert list(g1_model().bodies) == oracle["body_names"].tolist()
    assert np.abs(pos - oracle["xpos"]).max() < 1e-5
    assert degrees_between(quat, oracle["xquat_wxyz"]).max() < 1e-3
