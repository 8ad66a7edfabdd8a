"""What a G1 rig shows as files: lossless where nothing was edited, and nothing but the edit where something was."""

import json
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.media.g1_files import COLUMNS, JOINTS
from tests.scene.scene_dump import changes
from tests.ui.acts import refusal, whole_state

pytestmark = pytest.mark.usefixtures("addon")

CLIPS = ("kimodo_walk", "kimodo_dance")
FIELDS = ("root_pos", "root_rot_xyzw", "dof_pos")


@pytest.fixture(params=CLIPS)
def clip(request: pytest.FixtureRequest, shared_data: Path, addon: object) -> dict[str, object]:
    del addon
    file = shared_data / "g1" / f"{request.param}.json"
    bpy.context.scene.render.fps, bpy.context.scene.frame_current = 24, 7  # the keys lie between frames
    bpy.ops.aimocap.add_g1_rig()
    bpy.ops.aimocap.import_g1_motion(filepath=str(file))
    return json.loads(file.read_text())


def written(tmp_path: Path) -> dict[str, object]:
    assert bpy.ops.aimocap.export_g1_motion(filepath=str(tmp_path / "out.json")) == {"FINISHED"}
    return json.loads((tmp_path / "out.json").read_text())


def test_json_in_json_out(clip: dict[str, object], tmp_path: Path) -> None:
    out = written(tmp_path)
    assert {key: out[key] for key in ("version", "robotType", "fps", "frameCount")} == {
        key: clip[key] for key in ("version", "robotType", "fps", "frameCount")
    }
    quat = np.array(clip["root_rot_xyzw"])
    for field in ("root_pos", "dof_pos"):
        assert np.abs(np.array(out[field]) - np.array(clip[field])).max() < 1e-6
    same = np.array(out["root_rot_xyzw"])
    unit = quat / np.linalg.norm(quat, axis=1, keepdims=True)
    assert np.minimum(np.abs(same - unit).max(axis=1), np.abs(same + unit).max(axis=1)).max() < 1e-6
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.json"]


@pytest.mark.parametrize("limits", [False, True])
def test_only_the_edited_joint_differs(clip: dict[str, object], limits: bool, tmp_path: Path) -> None:
    del clip
    rig = bpy.context.view_layer.objects.active
    before = written(tmp_path)
    joint = rig.pose.bones["left_elbow_joint"]
    axis = list(joint.lock_rotation).index(False)
    frame = rig.animation_data.action.frame_range[0] + 24 * 40 / 30
    joint.rotation_euler[axis] = 3.0  # the hardware stops at 2.0944
    joint.keyframe_insert("rotation_euler", index=axis, frame=frame)
    if limits:
        bpy.ops.aimocap.show_g1_limits(show=True)
    out = written(tmp_path)
    differs = np.abs(np.array(out["dof_pos"]) - np.array(before["dof_pos"])) > 1e-6
    clamped = 2.0944 if limits else 3.0
    assert out["dof_pos"][40][JOINTS.index("left_elbow_joint")] == pytest.approx(clamped, abs=2e-5)
    edited = {JOINTS[column] for column in np.flatnonzero(differs.any(axis=0))}
    past = {
        name
        for name in JOINTS
        if limits
        and (
            np.array(before["dof_pos"])[:, JOINTS.index(name)].max() > rig.data.bones[name]["range_rad"][1]
            or np.array(before["dof_pos"])[:, JOINTS.index(name)].min() < rig.data.bones[name]["range_rad"][0]
        )
    }
    assert edited - (past - {"left_elbow_joint"}) == {"left_elbow_joint"}
    for field in ("root_pos", "root_rot_xyzw"):
        assert out[field] == before[field]


def test_what_trainers_read(clip: dict[str, object], tmp_path: Path) -> None:
    dof = np.array(clip["dof_pos"])
    for kind, order in (("BEYONDMIMIC_NPZ", "isaac"), ("MJLAB_NPZ", "mujoco")):
        assert bpy.ops.aimocap.export_g1_motion(filepath=str(tmp_path / "out.npz"), format=kind) == {"FINISHED"}
        with np.load(tmp_path / "out.npz") as arrays:
            assert np.abs(arrays["joint_pos"] - dof[:, COLUMNS["29dof", order]]).max() < 1e-6
            assert np.abs(arrays["body_pos_w"][:, 0] - np.array(clip["root_pos"])).max() < 1e-5
    bpy.ops.aimocap.export_g1_motion(filepath=str(tmp_path / "out.csv"), format="CSV")
    table = np.loadtxt(tmp_path / "out.csv", delimiter=",")
    assert table.shape == (len(dof), 36)
    assert np.abs(table[:, 7:] - dof).max() < 1e-6


def test_nothing_to_write_or_nowhere_to(addon: object, tmp_path: Path) -> None:
    del addon
    file = tmp_path / "kept.json"
    file.write_text("kept")
    assert "No Unitree G1" in refusal(bpy.ops.aimocap.export_g1_motion, filepath=str(file))
    bpy.ops.aimocap.add_g1_rig()
    before = whole_state()
    assert "no action" in refusal(bpy.ops.aimocap.export_g1_motion, filepath=str(file))
    assert file.read_text() == "kept"
    assert changes(before, whole_state()) == set()
