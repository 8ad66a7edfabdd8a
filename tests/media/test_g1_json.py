"""MuJoCo finds the robot's motion to be a walk: feet that stand still on the ground, joints within their limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from .g1_json import make_g1_json
from .metahuman_fbx import frame_times
from .performance import Performance

if TYPE_CHECKING:
    from pathlib import Path

mujoco = pytest.importorskip("mujoco", reason="the independent forward kinematics")

FEET = {"l": "left_ankle_roll_link", "r": "right_ankle_roll_link"}


@pytest.mark.parametrize("fps", [30, 24])
def test_the_robot_walks(fps: int, tmp_path: Path) -> None:
    from .g1_mjcf import g1_mujoco

    file = tmp_path / "walk.json"
    make_g1_json(file, 1.0, 5.0, fps)
    motion = json.loads(file.read_text())
    assert motion["frameCount"] == len(motion["root_pos"]) == len(motion["dof_pos"]) == 4 * fps
    rotation = np.array(motion["root_rot_xyzw"])
    assert np.allclose(np.linalg.norm(rotation, axis=1), 1.0, atol=1e-7)

    model = g1_mujoco()
    data = mujoco.MjData(model)
    angles = np.array(motion["dof_pos"])
    assert angles.shape[1] == model.nq - 7 == 29
    assert (angles >= model.jnt_range[1:, 0]).all()
    assert (angles <= model.jnt_range[1:, 1]).all()
    assert np.abs(np.diff(angles, axis=0)).max() * fps < 20.0

    places = {side: [] for side in FEET}
    for root, turn, dof in zip(motion["root_pos"], rotation, angles, strict=True):
        data.qpos[:] = [*root, turn[3], *turn[:3], *dof]
        mujoco.mj_kinematics(model, data)
        for side, name in FEET.items():
            places[side].append(data.body(name).xpos.copy())
    times = frame_times(1.0, 5.0, fps)
    for contact in Performance().contacts(1.0, 4.5):
        inside = (times > contact.start - 1e-6) & (times < contact.end)
        feet = np.array(places[contact.side])[inside]
        assert np.ptp(feet, axis=0).max() < 2e-5
        assert feet[:, 2] == pytest.approx(0.038, abs=2e-5)
