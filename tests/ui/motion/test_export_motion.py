"""The export of a character's motion from File > Export, the panel and scripts."""

from pathlib import Path

import bpy
import pytest

from tests.blender_versions import in_newest

pytestmark = in_newest


def animated(obj: bpy.types.Object) -> bpy.types.Object:
    for frame in (5, 9):
        obj.location.x = float(frame)
        obj.keyframe_insert("location", frame=frame)
    obj.animation_data.action.name = "Jump 1.5"
    return obj


@pytest.mark.usefixtures("addon")
def test_each_format_by_its_suffix(character: bpy.types.Object, tmp_path: Path) -> None:
    animated(character)
    for kind, suffix in (("BVH", "bvh"), ("FBX", "fbx")):
        file = tmp_path / "Jump 1.5"
        told = bpy.ops.aimocap.export_motion(filepath=str(file), format=kind, meshes=False, deforming_only=True)
        assert told == {"FINISHED"}
        assert (tmp_path / f"Jump 1.5.{suffix}").is_file()
    assert "Frames: 5\n" in (tmp_path / "Jump 1.5.bvh").read_text()


@pytest.mark.usefixtures("addon")
def test_what_cannot_be_exported_is_said(character: bpy.types.Object, tmp_path: Path) -> None:
    def said(**options: str) -> str:
        with pytest.raises(RuntimeError) as error:
            bpy.ops.aimocap.export_motion("EXEC_DEFAULT", **options)
        return str(error.value)

    file = str(tmp_path / "walk.fbx")
    assert "has no Action with keyframes. Apply motion to it, or assign an Action." in said(filepath=file)
    animated(character)
    assert "No file is selected. Choose a file, or enter its path." in said(filepath=str(tmp_path))
    assert "There is no “Nobody” in this file." in said(filepath=file, onto="Nobody")
    bpy.context.view_layer.objects.active = None
    character.select_set(state=False)
    assert "No character is selected. Select the armature whose motion should be exported." in said(filepath=file)
    assert not list(tmp_path.glob("*.fbx"))
