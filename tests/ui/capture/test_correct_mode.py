"""Correct Preview without a window, and what it needs of each Blender's viewport."""

import bpy
import pytest

from tests.ui.acts import module, refusal


@pytest.mark.usefixtures("addon")
def test_without_a_window_a_script_is_refused_with_an_alternative() -> None:
    said = refusal(bpy.ops.aimocap.correct_preview, preview_id="preview-1")
    assert said.endswith("Use the operator aimocap.correct_take in scripts.")


@pytest.mark.usefixtures("addon")
def test_this_blender_has_all_that_is_set_of_a_viewport() -> None:
    parts = {"shading": bpy.types.View3DShading, "overlay": bpy.types.View3DOverlay}
    for part, name, value in module("ui.capture.correct_mode")._LOOK:
        found = parts[part].bl_rna.properties[name]
        assert {"BOOLEAN": bool, "FLOAT": float, "ENUM": str}[found.type] is type(value)
    for name in ("use_local_camera", "camera", "region_3d"):
        assert name in bpy.types.SpaceView3D.bl_rna.properties
    for name in ("perspective_matrix", "view_perspective", "view_rotation", "view_location", "view_distance"):
        assert name in bpy.types.RegionView3D.bl_rna.properties
