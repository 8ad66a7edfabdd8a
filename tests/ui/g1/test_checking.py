"""The check of a G1's motion in the scene: faults planted by hand are told with their frames, and saved."""

import json
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.scene.scene_dump import changes
from tests.ui.acts import module, refusal, whole_state

START = 11


@pytest.fixture
def rig(shared_data: Path, addon: object) -> bpy.types.Object:
    del addon
    bpy.context.scene.render.fps, bpy.context.scene.frame_current = 30, START
    bpy.ops.aimocap.add_g1_rig()
    bpy.ops.aimocap.import_g1_motion(filepath=str(shared_data / "g1" / "kimodo_walk.json"))
    return bpy.context.view_layer.objects.active


def plant(rig: bpy.types.Object, frame: int) -> None:
    """Bend an elbow for one frame further than it goes."""
    elbow = rig.pose.bones["left_elbow_joint"]
    axis = list(elbow.lock_rotation).index(False)
    elbow.rotation_euler[axis] = 2.6
    elbow.keyframe_insert("rotation_euler", index=axis, frame=frame)


def saved_report(tmp_path: Path) -> Any:
    assert bpy.ops.aimocap.save_g1_report(filepath=str(tmp_path / "report")) == {"FINISHED"}
    return json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))


def report_of(tmp_path: Path) -> dict[str, dict[str, object]]:
    return {row["kind"]: row for row in saved_report(tmp_path)["summary"]}


def test_a_planted_fault_is_reported_gone_to_marked_and_saved(rig: bpy.types.Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    plant(rig, START + 60)
    before = whole_state()
    assert bpy.ops.aimocap.check_g1_motion() == {"FINISHED"}
    assert changes(before, whole_state()) == set()
    reported = report_of(tmp_path)
    estimates = saved_report(tmp_path)["estimates"]["summary"]
    assert reported["joint_limit"]["worst"]["subject"] == "left_elbow_joint"
    assert reported["joint_limit"]["worst"]["worst"] == 60
    assert bpy.ops.aimocap.go_to_g1_fault(kind="joint_limit") == {"FINISHED"}
    assert scene.frame_current == START + 60
    scene.timeline_markers.new("mine", frame=3)
    bpy.ops.aimocap.mark_g1_faults()
    bpy.ops.aimocap.mark_g1_faults()
    marks = {marker.name: marker.frame for marker in scene.timeline_markers}
    assert marks["G1 Joint limits"] == START + 60
    assert (
        len(marks)
        == len(scene.timeline_markers)
        == 1 + sum(row["worst"] is not None for row in (*reported.values(), *estimates))
    )
    bpy.ops.aimocap.mark_g1_faults(remove=True)
    assert [marker.name for marker in scene.timeline_markers] == ["mine"]


def test_forces_are_estimated_reported_and_saved(rig: bpy.types.Object, tmp_path: Path) -> None:
    waist = rig.pose.bones["waist_pitch_joint"]
    for frame in range(START, START + 150):  # it leans forward all the way
        waist.rotation_euler[list(waist.lock_rotation).index(False)] = 0.5
        waist.keyframe_insert("rotation_euler", frame=frame)
    bpy.ops.aimocap.check_g1_motion()
    found = module("ui.g1.heat").checked(rig)
    said = [str(sentence) for sentence in found.feasibility.sentences(found.frames)]
    reported = saved_report(tmp_path)
    assert said[0] == f"Difficulty: {reported['difficulty']['grade']}, mostly for {reported['difficulty']['mostly']}"
    worst = max(reported["forces"]["torques"], key=lambda row: row["amount"] / row["limit"])
    assert worst["amount"] < worst["limit"]
    assert worst["joint"] in said[1]
    assert f"of {worst['limit']:.0f} N m at frame {START + worst['worst']}" in said[1]
    row = next(row for row in reported["estimates"]["summary"] if row["kind"] == "estimated_balance")
    assert row["frames"] == len(reported["forces"]["framesOffBalance"]) > 0
    assert bpy.ops.aimocap.go_to_g1_fault(kind="estimated_balance") == {"FINISHED"}
    assert bpy.context.scene.frame_current == START + row["worst"]["worst"]
    bpy.ops.aimocap.mark_g1_faults()
    assert bpy.context.scene.timeline_markers["G1 Estimated balance"].frame == START + row["worst"]["worst"]


def test_the_report_is_of_what_is_seen_and_goes_stale(rig: bpy.types.Object, tmp_path: Path) -> None:
    checking = module("ui.g1.heat")
    plant(rig, START + 60)
    bpy.ops.aimocap.check_g1_motion()
    assert not checking.is_stale(rig, checking.checked(rig))
    bpy.ops.aimocap.show_g1_limits(show=True)
    assert checking.is_stale(rig, checking.checked(rig))
    bpy.ops.aimocap.check_g1_motion()
    assert report_of(tmp_path)["joint_limit"]["worst"] is None  # held at the limit
    plant(rig, START + 80)
    bpy.context.view_layer.update()  # Blender's windows draw after it
    assert checking.is_stale(rig, checking.checked(rig))


def test_where_no_file_is_named_none_is_written(rig: bpy.types.Object, tmp_path: Path) -> None:
    del rig
    bpy.ops.aimocap.check_g1_motion()
    for operator in (bpy.ops.aimocap.save_g1_report, bpy.ops.aimocap.export_g1_motion):
        for path in ("", "/", str(tmp_path), f"{tmp_path}/new/"):
            assert "No file is selected" in refusal(operator, filepath=path)
        assert "not saved yet" in refusal(operator, filepath="//walk.json")
    assert bpy.ops.aimocap.save_g1_report(filepath=str(tmp_path / "Walk v1.2")) == {"FINISHED"}
    assert [path.name for path in tmp_path.iterdir()] == ["Walk v1.2.json"]


def test_nothing_to_tell_of(addon: object, tmp_path: Path) -> None:
    del addon
    before = whole_state()
    assert "No robot is selected" in refusal(bpy.ops.aimocap.check_g1_motion)
    assert changes(before, whole_state()) == set()
    bpy.ops.aimocap.add_g1_rig()
    before = whole_state()
    assert "no Action" in refusal(bpy.ops.aimocap.check_g1_motion)
    assert "not been checked" in refusal(bpy.ops.aimocap.go_to_g1_fault, kind="joint_limit")
    assert "not been checked" in refusal(bpy.ops.aimocap.mark_g1_faults)
    assert "not been checked" in refusal(bpy.ops.aimocap.save_g1_report, filepath=str(tmp_path / "report.json"))
    assert changes(before, whole_state()) == set()
    assert not list(tmp_path.iterdir())
