"""Adjusting a G1's motion in the scene: what was asked for is done, the motion before it stays, one undo step each."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.media.g1_files import JOINTS
from tests.scene.scene_dump import changes
from tests.ui.acts import module, refusal, whole_state

ELBOW = JOINTS.index("left_elbow_joint")
START = 7


@pytest.fixture
def rig(shared_data: Path, addon: object) -> bpy.types.Object:
    del addon
    bpy.context.scene.render.fps, bpy.context.scene.frame_current = 24, START
    bpy.ops.aimocap.add_g1_rig()
    bpy.ops.aimocap.import_g1_motion(filepath=str(shared_data / "g1" / "kimodo_walk.json"))
    return bpy.context.view_layer.objects.active


def plant(rig: bpy.types.Object, row: int, angle: float) -> None:
    elbow = rig.pose.bones["left_elbow_joint"]
    axis = list(elbow.lock_rotation).index(False)
    elbow.rotation_euler[axis] = angle
    elbow.keyframe_insert("rotation_euler", index=axis, frame=START + row * 24 / 30)


def motion_of(tmp_path: Path) -> dict[str, np.ndarray]:
    bpy.ops.aimocap.export_g1_motion(filepath=str(tmp_path / "out.json"))
    out = json.loads((tmp_path / "out.json").read_text())
    return {name: np.array(value) for name, value in out.items()}


def test_limits_change_the_joint_that_is_past_them_alone(rig: bpy.types.Object, tmp_path: Path) -> None:
    plant(rig, 60, 2.6)
    before, action = motion_of(tmp_path), rig.animation_data.action
    assert bpy.ops.aimocap.fix_g1_motion(step="LIMITS") == {"FINISHED"}
    after = motion_of(tmp_path)
    differs = np.argwhere(np.abs(after["dof_pos"] - before["dof_pos"]) > 1e-6)
    assert differs.tolist() == [[60, ELBOW]]
    assert after["dof_pos"][60, ELBOW] == pytest.approx(rig.data.bones["left_elbow_joint"]["range_rad"][1], abs=1e-6)
    new = rig.animation_data.action
    assert new != action
    assert new.frame_range == action.frame_range
    (track,) = [track for track in rig.animation_data.nla_tracks if track.strips[0].action == action]
    assert track.mute


def test_a_spike_is_repaired(rig: bpy.types.Object, tmp_path: Path) -> None:
    whole = motion_of(tmp_path)["dof_pos"]
    plant(rig, 60, float(whole[60, ELBOW]) + 0.6)
    assert bpy.ops.aimocap.fix_g1_motion(step="SPIKES") == {"FINISHED"}
    assert np.abs(motion_of(tmp_path)["dof_pos"] - whole).max() < 0.02


def test_all_adjusts_the_feet_and_leaves_the_check_nothing(rig: bpy.types.Object) -> None:
    assert bpy.ops.aimocap.fix_g1_motion(step="ALL") == {"FINISHED"}
    bpy.ops.aimocap.check_g1_motion()
    found = module("ui.g1.heat").checked(rig).report
    assert {finding.kind.value for finding in found.worst} <= {"strict_limit"}
    for step in ("FEET", "COLLISION"):
        action = rig.animation_data.action
        assert bpy.ops.aimocap.fix_g1_motion(step=step) == {"FINISHED"}
        assert rig.animation_data.action == action  # nothing has to change


@in_newest
def test_each_fault_has_a_button_that_fixes_it_and_the_check_is_made_again(rig: bpy.types.Object) -> None:
    plant(rig, 60, 2.6)
    bpy.ops.aimocap.check_g1_motion()
    reports, panel = module("ui.g1.heat"), module("ui.g1.panel")
    before = reports.checked(rig)
    for check in [check for check in before.report.checks if check.findings]:
        assert bpy.ops.aimocap.fix_g1_motion(**panel._FIXES[check.kind]) == {"FINISHED"}
        after = reports.checked(rig)
        assert not reports.is_stale(rig, after)
        left = {one.kind: one.frame_count for one in after.report.checks}
        assert left[check.kind] < check.frame_count, check.kind
    assert {*panel._FIXES} == {*type(check.kind)}


def test_another_frame_rate_takes_as_long(rig: bpy.types.Object, tmp_path: Path) -> None:
    before, (first, last) = motion_of(tmp_path), rig.animation_data.action.frame_range
    bpy.ops.aimocap.fix_g1_motion(step="FPS", fps=60.0)
    after = motion_of(tmp_path)
    assert after["fps"] == 60
    assert np.abs(after["dof_pos"][::2] - before["dof_pos"]).max() < 1e-6
    assert tuple(rig.animation_data.action.frame_range) == pytest.approx((first, last), abs=1e-3)


def test_twice_mirrored_is_what_it_was_and_the_ground_moves_height_alone(rig: bpy.types.Object, tmp_path: Path) -> None:
    del rig
    before = motion_of(tmp_path)
    bpy.ops.aimocap.fix_g1_motion(step="MIRROR")
    assert np.abs(motion_of(tmp_path)["dof_pos"] - before["dof_pos"]).max() > 0.05
    bpy.ops.aimocap.fix_g1_motion(step="MIRROR")
    assert np.abs(motion_of(tmp_path)["dof_pos"] - before["dof_pos"]).max() < 1e-6
    bpy.ops.aimocap.fix_g1_motion(step="GROUND", ground=0.5)
    lifted = motion_of(tmp_path)
    assert np.abs(lifted["dof_pos"] - before["dof_pos"]).max() < 1e-6
    assert np.ptp(lifted["root_pos"] - before["root_pos"], axis=0).max() < 1e-5
    assert (lifted["root_pos"] - before["root_pos"])[0, 2] == pytest.approx(0.5, abs=0.05)


@in_newest
def test_faultless_motion_stays_and_a_rig_without_an_action_is_refused(rig: bpy.types.Object) -> None:
    bpy.ops.aimocap.fix_g1_motion(step="LIMITS")
    before = whole_state()
    bpy.ops.aimocap.fix_g1_motion(step="LIMITS")
    assert changes(before, whole_state()) == set()
    rig.animation_data.action = None
    before = whole_state()
    assert "no Action" in refusal(bpy.ops.aimocap.fix_g1_motion, step="MIRROR")
    assert changes(before, whole_state()) == set()


def test_a_motion_that_is_edited_while_it_is_adjusted_stays_as_edited(
    rig: bpy.types.Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def computed(compute: Callable[[], object], _says: object) -> Iterator[tuple[float, str]]:
        made = compute()
        plant(rig, 60, 2.6)
        bpy.context.view_layer.update()
        yield 0.0, ""
        return made

    monkeypatch.setattr(module("ui.g1.checking"), "computed", computed)
    action = rig.animation_data.action
    assert refusal(bpy.ops.aimocap.fix_g1_motion, step="LIMITS").startswith("The motion changed while it was adjusted.")
    assert rig.animation_data.action == action
