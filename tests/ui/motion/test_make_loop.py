"""Make Loop as people press it: what it says, its redo panel, undo, and what happens to the capture's own Action."""

import bpy
import numpy as np
import pytest

from tests.ui.acts import refusal


@pytest.mark.parametrize("source", ["aimocap_capture", "aimocap_checksum"])
def test_a_loop_is_reported_redone_and_undone_in_one_step(
    source: str, walking: bpy.types.Object, capfd: pytest.CaptureFixture[str]
) -> None:
    name = walking.name
    walking.animation_data.action[source] = "0123"
    bpy.ops.ed.undo_push(message="before")
    capfd.readouterr()
    for travel, way in (("FULL", 0.92), ("IN_PLACE", 0.0)):  # the redo panel: back, then again with another choice
        assert bpy.ops.aimocap.make_loop("EXEC_DEFAULT", True, root_motion=travel) == {"FINISHED"}
        loop = bpy.data.objects[name].animation_data.action
        first, last = loop.frame_range
        assert f"Loop of frames {first:.0f} to {last:.0f}: poses differ by 0." in capfd.readouterr().out
        assert (loop.name, last - first, loop.use_cyclic) == ("Walk Loop", 30.0, True)
        assert source not in loop  # applying the capture or file again doesn't replace it
        assert [action.name for action in bpy.data.actions] == ["Walk", "Walk Loop"]
        hips = []
        for frame in (first, last):
            bpy.context.scene.frame_set(int(frame))
            hips.append(bpy.data.objects[name].pose.bones["mixamorig:Hips"].head.copy())
        travelled = (hips[1] - hips[0]).length
        assert np.isclose(travelled, way * 0.66 / 0.95, atol=0.3)
        assert (travelled < 1e-3) == (travel == "IN_PLACE")
        bpy.ops.ed.undo()
        assert [action.name for action in bpy.data.actions] == ["Walk"]
        assert not bpy.data.objects[name].animation_data.nla_tracks


def test_a_part_to_search_and_a_refusal(walking: bpy.types.Object) -> None:
    assert bpy.ops.aimocap.make_loop(frame_start=20, frame_end=60, shortest=0.8) == {"FINISHED"}
    first, last = walking.animation_data.action.frame_range
    assert 20 <= first < last <= 60
    message = refusal(bpy.ops.aimocap.make_loop, shortest=5.0)
    assert message.endswith("the shortest loop would have 151. Search more frames, or set a shorter length.")


def test_a_character_without_motion(character: bpy.types.Object) -> None:
    message = refusal(bpy.ops.aimocap.make_loop)
    assert message == f"“{character.name}” has no Action with keyframes of bones. Apply a motion to it, then try again."


@pytest.mark.usefixtures("addon")
def test_a_robot_has_its_own_way() -> None:
    assert bpy.ops.aimocap.add_g1_rig() == {"FINISHED"}
    assert "is a robot, whose motion has to stay within its limits. Choose Loop" in refusal(bpy.ops.aimocap.make_loop)
