"""The export of a character's motion from File > Export, the panel and scripts."""

import contextlib
from pathlib import Path

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.special_files import KINDS, kind_of, special_file
from tests.ui.acts import refusal

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
        result = bpy.ops.aimocap.export_motion(filepath=str(file), format=kind, meshes=False, deforming_only=True)
        assert result == {"FINISHED"}
        assert (tmp_path / f"Jump 1.5.{suffix}").is_file()
    assert "Frames: 5\n" in (tmp_path / "Jump 1.5.bvh").read_text()


@pytest.mark.usefixtures("addon")
def test_export_without_motion_file_or_character_is_refused(character: bpy.types.Object, tmp_path: Path) -> None:
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


@pytest.mark.usefixtures("addon")
def test_a_collection_exports_its_own_character(character: bpy.types.Object, tmp_path: Path) -> None:
    """By Blender's operators, which keep the exporter with the collection; nothing is selected."""
    animated(character)
    file, collection = tmp_path / "walk.bvh", bpy.data.collections.new("Cast")
    bpy.context.scene.collection.children.link(collection)
    character.select_set(state=False)
    bpy.context.view_layer.objects.active = None
    with bpy.context.temp_override(collection=collection):
        assert bpy.ops.collection.exporter_add(name="AIMOCAP_FH_character_motion") == {"FINISHED"}
        (exporter,) = collection.exporters
        exporter.export_properties["filepath"] = str(file)
        exporter.export_properties["format"] = 1
        with contextlib.suppress(RuntimeError):  # in some versions it is told on the console alone
            bpy.ops.collection.exporter_export(index=0)
        assert not file.exists()
        collection.objects.link(character)
        bpy.ops.collection.exporter_export(index=0)
    assert "Frames: 5\n" in file.read_text()
    message = refusal(bpy.ops.aimocap.export_motion, filepath=str(file), collection="Nobody")
    assert message.startswith("“Nobody” has 0 armatures with motion, not one.")


@pytest.mark.fault(86)
@pytest.mark.usefixtures("addon")
class TestWhereItIsWritten:
    @pytest.mark.parametrize("format", ["FBX", "BVH", "GLB"])
    def test_a_link_s_target(self, format: str, character: bpy.types.Object, tmp_path: Path) -> None:  # noqa: A002
        suffix = format.lower()
        link, target = tmp_path / f"walk.{suffix}", tmp_path / f"target.{suffix}"
        target.write_bytes(b"the old")
        link.symlink_to(target.name)
        animated(character)
        assert bpy.ops.aimocap.export_motion(filepath=str(link), format=format, meshes=False) == {"FINISHED"}
        assert link.is_symlink()
        assert len(target.read_bytes()) > len(b"the old")
        assert sorted(file.name for file in tmp_path.iterdir()) == sorted((link.name, target.name))

    @pytest.mark.parametrize("kind", KINDS)
    def test_special_file_is_refused_before_anything_is_computed(
        self, kind: str, character: bpy.types.Object, tmp_path: Path
    ) -> None:
        """The character has no Action, which would be found out then."""
        file = special_file(kind, tmp_path / "walk.fbx")
        before = kind_of(file)
        with pytest.raises(RuntimeError, match=r"pipe or a device|No file is selected"):
            bpy.ops.aimocap.export_motion("EXEC_DEFAULT", filepath=str(file), onto=character.name)
        assert kind_of(file) == before
        assert list(tmp_path.iterdir()) == [file]
