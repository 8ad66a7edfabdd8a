"""Motion on a character written to files: read again, by Blender and by readers of the tests, it is the same."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, get_args

import addon_utils
import bpy
import numpy as np
import pytest

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.background_blender import open_copy, write_copy
from aimocap_blender.scene.motion_files.exporting import (
    SUFFIX_OF,
    BackgroundExport,
    ExportOptions,
    Format,
    export_motion,
    meshes_of,
    require_export,
)
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_newest, in_oldest_and_newest
from tests.scene.real_files import motion
from tests.scene.rigs.rigify_rig import open_rig
from tests.scene.scene_dump import changes, dump

from .readers import Joints, read_bvh, read_glb

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

pytestmark = in_oldest_and_newest

FORMATS: tuple[Format, ...] = get_args(Format)
MOST_METRES, MOST_DEGREES = 1e-4, 0.01
FIRST, LAST = 20, 41
Poses = dict[str, np.ndarray]


BONES = {
    "hips": ("", (0.0, 0.0, 1.0), (0.0, 0.0, 1.2)),
    "chest": ("hips", (0.0, 0.0, 1.2), (0.0, 0.05, 1.5)),
    "arm": ("chest", (0.2, 0.0, 1.45), (0.5, 0.0, 1.4)),
    "hand": ("arm", (0.5, 0.0, 1.4), (0.6, 0.02, 1.38)),
    "leg": ("hips", (0.1, 0.0, 1.0), (0.1, -0.02, 0.5)),
}
"""Name to parent, head and tail."""


def add_figure() -> bpy.types.Object:
    """An armature with a mesh that it deforms, active."""
    scene = bpy.context.scene
    obj = bpy.data.objects.new("Mannequin", bpy.data.armatures.new("Bones"))
    scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    for name, (parent, head, tail) in BONES.items():
        bone = obj.data.edit_bones.new(name)
        bone.head, bone.tail, bone.roll = head, tail, 0.3
        bone.parent = obj.data.edit_bones.get(parent)
    bpy.ops.object.mode_set(mode="OBJECT")
    mesh = bpy.data.meshes.new("Body")
    corners = [point for _, head, tail in BONES.values() for point in (head, tail, (head[0], head[1] + 0.1, head[2]))]
    mesh.from_pydata(corners, [], [(3 * bone, 3 * bone + 1, 3 * bone + 2) for bone in range(len(BONES))])
    body = bpy.data.objects.new("Body", mesh)
    scene.collection.objects.link(body)
    body.parent = obj
    body.modifiers.new("Armature", "ARMATURE").object = obj
    for number, name in enumerate(BONES):
        body.vertex_groups.new(name=name).add([3 * number, 3 * number + 1, 3 * number + 2], 1.0, "REPLACE")
    return obj


@pytest.fixture
def walker() -> bpy.types.Object:
    """A figure that turns all its bones and travels as an object, turned and scaled, at 29.97 fps."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.001
    obj = add_figure()
    obj.rotation_euler, obj.scale = (0.0, 0.1, 0.7), (0.9, 0.9, 0.9)
    random = np.random.default_rng(7)
    for frame in (20, 27, 34, 40.5):
        obj.location = random.normal(0.0, 1.0, 3)
        obj.keyframe_insert("location", frame=frame)
        for bone in obj.pose.bones:
            bone.rotation_mode = "QUATERNION"
            bone.rotation_quaternion = np.array([1.0, 0.0, 0.0, 0.0]) + random.normal(0.0, 0.2, 4)
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.context.view_layer.update()
    return obj


def poses(obj: bpy.types.Object, frames: np.ndarray) -> Poses:
    """(F, 4, 4) world matrices of the bones at frames."""
    found: dict[str, list[np.ndarray]] = {bone.name: [] for bone in obj.pose.bones}
    for frame in frames.tolist():
        whole = int(np.floor(frame))
        bpy.context.scene.frame_set(whole, subframe=frame - whole)
        for bone in obj.pose.bones:
            found[bone.name].append(np.array(obj.matrix_world @ bone.matrix))
    return {name: np.array(matrices) for name, matrices in found.items()}


def imported(file: Path, fps: float, count: int) -> tuple[bpy.types.Object, Poses]:
    """The file's armature, and its poses at each of its frames: as many as it should have, at that rate."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    render = bpy.context.scene.render
    render.fps = per_second = round(fps)
    if file.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(file))
        assert render.fps / render.fps_base == pytest.approx(fps, abs=1e-3)
    elif file.suffix == ".bvh":
        bpy.ops.import_anim.bvh(filepath=str(file), update_scene_fps=True)
        assert render.fps / render.fps_base == pytest.approx(fps, abs=1e-3)
        per_second = fps
    else:
        bpy.ops.import_scene.gltf(filepath=str(file))
    (obj,) = [obj for obj in bpy.data.objects if obj.type == "ARMATURE"]
    first, last = obj.animation_data.action.frame_range
    assert (last - first) / per_second == pytest.approx((count - 1) / fps, abs=1e-5)  # importers ignore the base
    return obj, poses(obj, np.linspace(first, last, count))


def turned(matrices: np.ndarray) -> np.ndarray:
    """(F, 3, 3) rotations since the first frame: importers choose other axes for bones at rest."""
    axes = matrices[:, :3, :3] / np.linalg.norm(matrices[:, :3, :3], axis=1, keepdims=True)
    return axes @ np.linalg.inv(axes[0])


def assert_same(got: Poses, want: Poses) -> None:
    for name, matrices in got.items():
        assert np.linalg.norm(matrices[:, :3, 3] - want[name][:, :3, 3], axis=1).max() < MOST_METRES, name
        sine = np.linalg.norm(turned(matrices) - turned(want[name]), axis=(1, 2)) / np.sqrt(8.0)
        assert np.degrees(2.0 * np.arcsin(np.minimum(sine, 1.0))).max() < MOST_DEGREES, name


def assert_read(joints: Joints, want: Poses, fps: float) -> None:
    """As read by the tests: Y is up there."""
    assert set(joints.heads) == set(want)
    assert joints.seconds == pytest.approx(np.arange(len(joints.seconds)) / fps, abs=1e-4)
    for name, heads in joints.heads.items():
        upright = np.stack([heads[:, 0], -heads[:, 2], heads[:, 1]], axis=1)
        assert np.linalg.norm(upright - want[name][:, :3, 3], axis=1).max() < MOST_METRES, name


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_has_the_motion_and_the_scene_stays(kind: Format, walker: bpy.types.Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    want = poses(walker, np.arange(FIRST, LAST + 1))
    scene.frame_set(33, subframe=0.25)
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 25, 30
    bpy.ops.object.mode_set(mode="POSE")
    next(obj for obj in scene.objects if obj.type == "MESH").select_set(state=True)
    walker.pose.bones[3].rotation_quaternion = (0.5, 0.5, 0.5, 0.5)  # posed and not keyed
    bpy.context.view_layer.update()
    before, mode = dump(), walker.mode
    file = tmp_path / f"walk{SUFFIX_OF[kind]}"
    file.write_text("before")
    done = export_motion(bpy.context, walker, file, ExportOptions(kind))
    bpy.context.view_layer.update()
    assert changes(before, dump()) == set()
    assert (walker.mode, bpy.context.view_layer.objects.active) == (mode, walker)
    assert (done.first, done.last, done.fps) == (FIRST, LAST, pytest.approx(29.97, abs=1e-4))
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    obj, got = imported(file, done.fps, LAST - FIRST + 1)
    assert_same(got, want)
    assert any(other.type == "MESH" and other.find_armature() == obj for other in bpy.data.objects) == (kind != "BVH")
    readers = {"BVH": read_bvh, "GLB": read_glb}
    if importlib.util.find_spec("assimp_py") is not None:  # it is made for the newest Python
        from .assimp_reader import read_fbx

        readers["FBX"] = read_fbx
    if kind in readers:
        assert_read(readers[kind](file), want, done.fps)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("position", ["POSE", "REST"])
def test_without_meshes_a_file_has_the_rest_pose_too(
    position: str, kind: Format, walker: bpy.types.Object, tmp_path: Path
) -> None:
    want, rest = poses(walker, np.arange(FIRST, LAST + 1)), _apart_at_rest(walker)
    bpy.context.scene.frame_set(33)
    walker.data.pose_position = position
    bpy.context.view_layer.update()
    before = dump()
    file = tmp_path / f"walk{SUFFIX_OF[kind]}"
    done = export_motion(bpy.context, walker, file, ExportOptions(kind, meshes=False))
    bpy.context.view_layer.update()
    assert changes(before, dump()) == set()
    obj, got = imported(file, done.fps, LAST - FIRST + 1)
    assert_same(got, want)
    assert np.allclose(_apart_at_rest(obj), rest, atol=MOST_METRES)  # an FBX file's was once that of frame 33


def _apart_at_rest(obj: bpy.types.Object) -> np.ndarray:
    """(B, B) metres between the heads of bones at rest, by name."""
    heads = np.array(
        [obj.matrix_world @ bone.head_local for bone in sorted(obj.data.bones, key=lambda bone: bone.name)]
    )
    return np.linalg.norm(heads[:, None] - heads, axis=-1)


@pytest.mark.parametrize("kind", FORMATS)
def test_without_an_action_what_nla_strips_play_is_written(
    kind: Format, walker: bpy.types.Object, tmp_path: Path
) -> None:
    """As after takes were blended; the takes themselves stay on muted tracks."""
    want = poses(walker, np.arange(FIRST, LAST + 1))
    data = walker.animation_data
    action, data.action = data.action, None
    for start, mute in ((FIRST, False), (200, True)):
        track = data.nla_tracks.new()
        track.mute = mute
        track.strips.new("Walk", start, action)
    assert np.ptp(poses(walker, np.arange(FIRST, LAST + 1))["hips"], axis=0).max() > 0.1
    file = tmp_path / f"walk{SUFFIX_OF[kind]}"
    done = export_motion(bpy.context, walker, file, ExportOptions(kind))
    assert (done.first, done.last) == (FIRST, LAST)
    assert_same(imported(file, done.fps, LAST - FIRST + 1)[1], want)


@pytest.mark.slow_cases
@in_newest
@pytest.mark.parametrize("kind", FORMATS)
def test_only_deforming_bones_of_a_control_rig(
    kind: Format, shared_data: Path, basic_rig_file: Path, tmp_path: Path
) -> None:
    played, obj = motion(shared_data / "motions" / "ue4_run.fbx", tmp_path, most=12), open_rig(basic_rig_file)
    put_clip_on(obj, played.clip, TimeMapping(5.0, 24.0), RetargetOptions(), "Run")
    deforming = {bone.name for bone in obj.data.bones if bone.use_deform}
    file = tmp_path / f"run{SUFFIX_OF[kind]}"
    done = export_motion(bpy.context, obj, file, ExportOptions(kind, deforming_only=True))
    frames = np.arange(done.first, done.last + 1)
    want = {name: matrices for name, matrices in poses(obj, frames).items() if name in deforming}
    again, got = imported(file, done.fps, len(frames))
    assert deforming <= set(got)
    assert_same({name: got[name] for name in deforming}, want)
    if kind == "FBX":  # Blender's exporter keeps what they hang on
        assert not {"hand_ik.L", "foot_fk.R", "f_index.01.L"} & set(got)
    else:
        assert set(got) == deforming
    if kind == "BVH":
        parents = {bone.name: bone.parent.name if bone.parent else "" for bone in again.data.bones}
        assert parents["DEF-shin.L"] == "DEF-thigh.L.001"
        assert parents["DEF-thigh.L"] == "DEF-spine"
        assert parents["DEF-upper_arm.R"] == "DEF-shoulder.R"
        assert [name for name, parent in parents.items() if not parent] == ["DEF-spine"]


@in_newest
def test_a_hidden_character_that_is_not_selected(walker: bpy.types.Object, tmp_path: Path) -> None:
    other = bpy.data.objects.new("Other", None)
    bpy.context.scene.collection.objects.link(other)
    bpy.context.view_layer.objects.active = other
    walker.select_set(state=False)
    walker.hide_set(state=True)
    want_hidden = walker.hide_get(), walker.hide_viewport
    export_motion(bpy.context, walker, tmp_path / "walk.glb", ExportOptions("GLB", meshes=False))
    assert (walker.hide_get(), walker.hide_viewport) == want_hidden
    assert not walker.select_get()
    assert bpy.context.view_layer.objects.active == other
    assert len(read_glb(tmp_path / "walk.glb").seconds) == LAST - FIRST + 1


@in_newest
def test_names_with_spaces_are_whole_for_other_readers(walker: bpy.types.Object, tmp_path: Path) -> None:
    for bone, name in zip(walker.data.bones[:3], ("Left Arm", "Left_Arm", "Bip01 L  Hand"), strict=False):
        bone.name = name
    export_motion(bpy.context, walker, tmp_path / "walk.bvh", ExportOptions("BVH"))
    read = read_bvh(tmp_path / "walk.bvh")
    assert {"Left_Arm", "Left_Arm.001", "Bip01_L_Hand"} <= read.heads.keys()
    assert len(read.heads) == len(walker.data.bones)


class TestRefused:
    def refused(self, obj: bpy.types.Object, file: Path, options: ExportOptions) -> str:
        bpy.context.view_layer.update()
        before = dump()
        with pytest.raises(Fault) as fault:
            export_motion(bpy.context, obj, file, options)
        assert changes(before, dump()) == set()
        assert not file.exists()
        return str(fault.value.text)

    def test_without_an_action(self, walker: bpy.types.Object, tmp_path: Path) -> None:
        walker.animation_data.action = None
        said = self.refused(walker, tmp_path / "walk.fbx", ExportOptions())
        assert said == "“Mannequin” has no Action with keyframes. Apply motion to it, or assign an Action."

    @pytest.mark.slow_cases
    @pytest.mark.parametrize("kind", FORMATS)
    def test_where_nothing_can_be_written(self, kind: Format, walker: bpy.types.Object, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        said = self.refused(walker, tmp_path / "file" / f"walk{SUFFIX_OF[kind]}", ExportOptions(kind))
        assert said.endswith("Choose a folder that you can write to.")

    @pytest.mark.parametrize(("kind", "name"), [("BVH", "io_anim_bvh"), ("FBX", "io_scene_fbx")])
    def test_without_blender_s_exporter(
        self, kind: Format, name: str, walker: bpy.types.Object, tmp_path: Path
    ) -> None:
        addon_utils.disable(name)
        try:
            said = self.refused(walker, tmp_path / f"walk{SUFFIX_OF[kind]}", ExportOptions(kind))
        finally:
            addon_utils.enable(name)
        assert said.startswith(f"Blender's exporter for {kind} is turned off. Enable “")
        assert said.endswith("” in Edit > Preferences > Add-ons.")

    def test_outside_the_view_layer(self, walker: bpy.types.Object, tmp_path: Path) -> None:
        for collection in walker.users_collection:
            collection.objects.unlink(walker)
        assert "view layer" in self.refused(walker, tmp_path / "walk.fbx", ExportOptions())


@in_newest
def test_a_background_blender_writes_the_same_file(walker: bpy.types.Object, tmp_path: Path) -> None:
    """Byte for byte. 3 s of CPU, most of them Blender's start."""
    here, there, options = tmp_path / "walk.glb", tmp_path / "there.glb", ExportOptions("GLB")
    export_motion(bpy.context, walker, here, options)
    bpy.context.view_layer.update()
    before = dump()
    ends = require_export(bpy.context, walker, options)
    export = BackgroundExport(bpy.context, walker, there, options, ends, tmp_path).begin().wait()
    assert export.is_written
    assert there.read_bytes() == here.read_bytes()
    assert not changes(before, dump())


def overridden(objects: Iterable[bpy.types.Object], folder: Path) -> bpy.types.Object:
    """Keep them in a file of their own, link that in a new file, and return the override of the armature there."""
    character = bpy.data.collections.new("Character")
    for obj in objects:
        character.objects.link(obj)
    bpy.data.libraries.write(str(folder / "character.blend"), {character})
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(folder / "character.blend"), link=True) as (_, linked):
        linked.collections = ["Character"]
    bpy.context.scene.collection.children.link(linked.collections[0])
    linked.collections[0].override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    return bpy.data.objects["Mannequin", None]


@pytest.mark.parametrize("is_linked", [False, True])
def test_a_file_from_a_copy_does_not_name_the_copy(
    walker: bpy.types.Object, tmp_path: Path, *, is_linked: bool
) -> None:
    """FBX has the path of the scene's file."""
    if is_linked:
        walker = overridden(bpy.context.scene.objects, tmp_path)
    folder, file = tmp_path / "copy", tmp_path / "walk.fbx"
    folder.mkdir()
    obj = open_copy(write_copy(walker, meshes_of(bpy.context, walker), folder, (FIRST, LAST)))
    assert obj is not None
    export_motion(bpy.context, obj, file, ExportOptions("FBX"))
    assert b"Original|ApplicationNativeFile" in file.read_bytes()
    assert str(folder).encode() not in file.read_bytes()


@in_newest
@pytest.mark.parametrize("moved", ["bone", "shape key"])
def test_where_scripts_of_the_user_move_the_character_it_says_so(
    walker: bpy.types.Object, tmp_path: Path, moved: str
) -> None:
    """A function that only this Blender has: the file isn't written in another one."""
    bpy.app.driver_namespace["swing"] = lambda frame: frame * 0.1
    if moved == "bone":
        curve = walker.pose.bones["arm"].driver_add("location", 0)
    else:
        face = bpy.data.objects.new("Face", bpy.data.meshes.new("Face"))
        bpy.context.scene.collection.objects.link(face)
        face.modifiers.new("Armature", "ARMATURE").object = walker
        face.shape_key_add(name="Basis")
        curve = face.shape_key_add(name="Smile").driver_add("value")
    curve.driver.expression = "swing(frame)"
    options = ExportOptions("GLB")
    ends = require_export(bpy.context, walker, options)
    there = tmp_path / "there.glb"
    export = BackgroundExport(bpy.context, walker, there, options, ends, tmp_path).begin().wait()
    assert not export.is_written
    assert not there.exists()
