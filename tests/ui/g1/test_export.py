"""Exported files of a G1 rig: lossless where nothing was edited, and nothing but the edit where something was."""

import json
import threading
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.media.g1_files import JOINTS
from tests.scene.scene_dump import changes
from tests.special_files import kind_of, special_file
from tests.ui.acts import module, refusal, whole_state

pytestmark = pytest.mark.usefixtures("addon")

FIELDS = ("root_pos", "root_rot_xyzw", "dof_pos")


@pytest.fixture
def clip(shared_data: Path, addon: object) -> dict[str, object]:
    del addon
    file = shared_data / "g1" / "kimodo_dance.json"
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


def test_a_file_of_one_rate_only_is_told_with_it(
    clip: dict[str, object], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert clip["fps"] == 30
    path = tmp_path / "joint_pos.csv"
    assert bpy.ops.aimocap.export_g1_motion(filepath=str(path), format="SONIC_CSV") == {"FINISHED"}
    (file,) = tmp_path.rglob("joint_pos.csv")
    rows = len(file.read_text().splitlines()) - 1  # below the names
    assert f"Exported {rows} frames at 50 fps" in capfd.readouterr().out


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


def test_a_file_has_the_frame_rate_and_the_place_that_its_trainer_wants(
    clip: dict[str, object], tmp_path: Path
) -> None:
    call = bpy.ops.aimocap.export_g1_motion
    assert call(filepath=str(tmp_path / "walk.npz"), format="HDMI_NPZ", fps=50.0) == {"FINISHED"}
    assert json.loads((tmp_path / "walk" / "meta.json").read_text())["fps"] == 50
    with np.load(tmp_path / "walk" / "motion.npz") as arrays:
        assert len(arrays["joint_pos"]) == round((len(clip["dof_pos"]) - 1) * 50 / 30) + 1
    assert call(filepath=str(tmp_path / "walk.csv"), format="NAMED_CSV", fps=15.0) == {"FINISHED"}
    first, *rows = (tmp_path / "walk.csv").read_text().splitlines()
    assert first.split(",")[7:] == [*JOINTS]
    dof = np.array(clip["dof_pos"])[::2]
    assert np.array([row.split(",") for row in rows[: len(dof)]], float)[:, 7:] == pytest.approx(dof, abs=1e-6)


def test_a_file_is_named_after_its_format(clip: dict[str, object], tmp_path: Path) -> None:
    """As exports of characters are: nobody reads JSON from a table."""
    del clip
    assert bpy.ops.aimocap.export_g1_motion(filepath=str(tmp_path / "walk.csv"), format="JSON") == {"FINISHED"}
    assert [path.name for path in tmp_path.glob("walk*")] == ["walk.csv.json"]


def hands_clip(clip: dict[str, object]) -> dict[str, object]:
    """The clip with the joints of two hands, which MuJoCo has after each wrist's yaw."""
    dof = np.array(clip["dof_pos"])
    fingers = 0.1 + np.arange(14) / 20 + np.arange(len(dof))[:, None] / 1000
    hands = np.concatenate([dof[:, :22], fingers[:, :7], dof[:, 22:], fingers[:, 7:]], axis=1)
    return {**clip, "dof_pos": hands.tolist()}


def test_hands_come_in_and_go_out_on_the_robot_that_has_them(clip: dict[str, object], tmp_path: Path) -> None:
    with_hands = hands_clip(clip)
    (tmp_path / "hands.json").write_text(json.dumps(with_hands))
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = None
    assert bpy.ops.aimocap.import_g1_motion(filepath=str(tmp_path / "hands.json")) == {"FINISHED"}
    rig = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE" and len(thing.data.bones) == 44)
    bpy.context.view_layer.objects.active = rig
    assert np.abs(np.array(written(tmp_path)["dof_pos"]) - np.array(with_hands["dof_pos"])).max() < 1e-6
    bpy.ops.aimocap.export_g1_motion(filepath=str(tmp_path / "out.csv"), format="CSV")
    assert np.loadtxt(tmp_path / "out.csv", delimiter=",").shape == (len(with_hands["dof_pos"]), 50)
    assert bpy.ops.aimocap.check_g1_motion() == {"FINISHED"}
    assert bpy.ops.aimocap.fix_g1_motion(step="LIMITS") == {"FINISHED"}
    adjusted = np.array(written(tmp_path)["dof_pos"])
    assert adjusted.shape[1] == 43
    low, high = np.array([rig.data.bones[name]["range_rad"] for name in rig.data.bones.keys()[1:]]).T
    assert (adjusted >= low - 1e-6).all()
    assert (adjusted <= high + 1e-6).all()


def test_a_robot_with_hands_that_are_not_used_has_the_services_29_joints(
    clip: dict[str, object], tmp_path: Path
) -> None:
    bpy.ops.aimocap.add_g1_rig(variant="43dof_with_hands")
    rig = bpy.context.view_layer.objects.active
    (tmp_path / "in.json").write_text(json.dumps(clip))
    bpy.ops.aimocap.import_g1_motion(filepath=str(tmp_path / "in.json"))
    assert np.abs(np.array(written(tmp_path)["dof_pos"]) - np.array(clip["dof_pos"])).max() < 1e-6
    rig.pose.bones["left_hand_thumb_2_joint"].rotation_euler.z = 0.5
    assert np.array(written(tmp_path)["dof_pos"])[:, 24] == pytest.approx(0.5)


def test_joints_that_a_robot_without_hands_leaves_out_are_reported(clip: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "hands.json").write_text(json.dumps(hands_clip(clip)))
    rig = bpy.context.view_layer.objects.active
    read = module("takes.reading").ReadMotion(module("motion.g1.motion").read_g1_motion(tmp_path / "hands.json"))
    mapping = module("motion.time_mapping").TimeMapping(1.0, 30.0)
    reported = module("takes.applying").put_motion_on(bpy.context, read, rig, mapping, "Hands").details
    assert "Moving joints that it is missing: " in reported[0]
    assert "left_hand_thumb_0_joint" in reported[0]
    assert np.abs(np.array(written(tmp_path)["dof_pos"]) - np.array(clip["dof_pos"])).max() < 1e-6


def test_a_robot_with_fewer_joints_is_written_checked_and_adjusted(clip: dict[str, object], tmp_path: Path) -> None:
    bpy.ops.aimocap.add_g1_rig(variant="23dof_without_wrists")
    rig = bpy.context.view_layer.objects.active
    (tmp_path / "in.json").write_text(json.dumps(clip))
    bpy.ops.aimocap.import_g1_motion(filepath=str(tmp_path / "in.json"))
    out, dof = np.array(written(tmp_path)["dof_pos"]), np.array(clip["dof_pos"])
    has = [name in rig.data.bones for name in JOINTS]
    assert np.abs(out - dof * has).max() < 1e-6
    assert bpy.ops.aimocap.check_g1_motion() == {"FINISHED"}
    bpy.ops.aimocap.fix_g1_motion(step="MIRROR")
    bpy.ops.aimocap.fix_g1_motion(step="MIRROR")
    assert np.abs(np.array(written(tmp_path)["dof_pos"]) - out).max() < 1e-6
    bpy.ops.aimocap.export_g1_motion(filepath=str(tmp_path / "out.npz"), format="MJLAB_NPZ")
    with np.load(tmp_path / "out.npz") as arrays:
        assert arrays["body_names"].tolist() == [bone.get("mujoco_body", "pelvis") for bone in rig.data.bones]


@pytest.mark.parametrize("kind", ["JSON", "BEYONDMIMIC_NPZ", "GMR_PICKLE"])
def test_an_export_that_is_stopped_leaves_the_file_as_it_was(
    kind: str, clip: dict[str, object], tmp_path: Path
) -> None:
    del clip
    stopping, files = module("motion.stopping"), module("motion.g1.files")
    motion = module("scene.g1.keys").evaluated_g1_motion(bpy.context.view_layer.objects.active)
    file, stop = tmp_path / "walk", threading.Event()
    file.write_text("kept")
    stop.set()
    with stopping.stopped_by(stop), pytest.raises(stopping.Stopped):
        files.write_g1_file(file, motion, kind)
    assert file.read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["walk"]


def test_nothing_to_write_or_nowhere_to(addon: object, tmp_path: Path) -> None:
    del addon
    file = tmp_path / "kept.json"
    file.write_text("kept")
    assert "No robot is selected" in refusal(bpy.ops.aimocap.export_g1_motion, filepath=str(file))
    bpy.ops.aimocap.add_g1_rig()
    before = whole_state()
    assert "no Action" in refusal(bpy.ops.aimocap.export_g1_motion, filepath=str(file))
    assert file.read_text() == "kept"
    assert changes(before, whole_state()) == set()


@pytest.mark.fault(86)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_special_file_is_refused_before_the_motion_is_evaluated(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bpy.ops.aimocap.add_g1_rig()
    monkeypatch.delattr(module("ui.g1.files"), "evaluated_g1_motion")
    file = special_file(kind, tmp_path / "walk.json")
    before = kind_of(file)
    assert "pipe or a device" in refusal(lambda: bpy.ops.aimocap.export_g1_motion(filepath=str(file)))
    assert kind_of(file) == before
    assert list(tmp_path.iterdir()) == [file]
