"""The background Blender samples the motion that an importer in this Blender shows, frame by frame."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mathutils import Euler, Matrix, Quaternion

from aimocap_blender.scene.fbx import bvh_text, fbx_sampling_child
from aimocap_blender.scene.fbx.bvh_text import BvhProblem, as_importers_read
from aimocap_blender.scene.fbx.fbx_sampling import FbxSampling, check_fbx
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import first_in_every, in_oldest_and_newest
from tests.media.fbx_text import TEXT
from tests.special_files import special_file

from .fbx_bytes import Node, file_of, scene_with

if TYPE_CHECKING:
    from aimocap_blender.motion.skeleton import Clip

REAL = ("motions/ue4_run.fbx", "motions/cmu_91_48.fbx", "motions/assimp_skeleton.fbx", "characters/kenney.fbx")
SAMPLES = {"ue4_run.fbx": 18, "cmu_91_48.fbx": 110, "assimp_skeleton.fbx": 21, "kenney.fbx": 17}
OTHER_IMPORTER = "fbx_import" in dir(bpy.ops.wm)


def sampled(path: Path, folder: Path) -> tuple[Clip, ...]:
    sampling = FbxSampling(path, folder).begin()
    sampling.wait()
    assert sampling.poll()
    return sampling.clips()


@pytest.fixture(scope="module", params=first_in_every(REAL))
def real(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Clip]:
    path = shared_data / request.param
    (clip,) = sampled(path, tmp_path_factory.mktemp("real"))
    return path, clip


def import_here(path: Path, *, use_anim: bool = True) -> float:
    """Import with the C++ importer, where there is one, and return the timeline's frames per second."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    if OTHER_IMPORTER:
        bpy.ops.wm.fbx_import(filepath=str(path), use_anim=use_anim)
        return bpy.context.scene.render.fps / bpy.context.scene.render.fps_base
    bpy.ops.import_scene.fbx(filepath=str(path), use_anim=use_anim)
    return bpy.context.scene.render.fps


def armature_here(names: tuple[str, ...]) -> bpy.types.Object:
    (obj,) = [
        obj for obj in bpy.data.objects if obj.type == "ARMATURE" and set(names) == {b.name for b in obj.data.bones}
    ]
    return obj


def angle(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """Degrees between turns; exact for small ones, unlike by the arc cosine of their product."""
    apart = min(np.linalg.norm(a - b), np.linalg.norm(a + b))
    return float(np.degrees(4 * np.arcsin(min(1.0, apart / 2))))


def key_seconds(path: Path) -> tuple[float, float]:
    """First and last instant of all animation curves, from the numbers in the file (a tick is 1/46186158000 s)."""
    from io_scene_fbx import parse_fbx

    root, _version = parse_fbx.parse(str(path))
    (objects,) = [node for node in root.elems if node.id == b"Objects"]
    curves = [node for node in objects.elems if node.id == b"AnimationCurve"]
    ticks = [elem.props[0] for curve in curves for elem in curve.elems if elem.id == b"KeyTime"]
    return min(min(t) for t in ticks) / 46186158000, max(max(t) for t in ticks) / 46186158000


@pytest.mark.slow_cases
def test_real_motions_agree_with_an_import_here(real: tuple[Path, Clip]) -> None:
    path, clip = real
    fps = import_here(path)
    obj = armature_here(clip.skeleton.names)
    size = float(np.ptp(clip.positions))
    for row in sorted({*range(0, len(clip.times), 5), len(clip.times) - 1}):
        frame = 1 + clip.times[row] * fps
        bpy.context.scene.frame_set(int(frame), subframe=frame % 1)
        shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for index, bone in enumerate(clip.skeleton.names):
            head = shown.matrix_world @ shown.pose.bones[bone].head
            assert clip.positions[row, index] == pytest.approx(head, abs=max(1e-4, 2e-6 * size))
            turn = (shown.matrix_world @ shown.pose.bones[bone].matrix).to_quaternion()
            assert angle(clip.rotations[row, index], np.array(turn)) < 0.02


@pytest.mark.slow_cases
def test_real_skeletons_agree_with_an_import_here(real: tuple[Path, Clip]) -> None:
    path, clip = real
    skeleton = clip.skeleton
    import_here(path, use_anim=False)
    obj = armature_here(skeleton.names)
    assert skeleton.world == pytest.approx(np.array(obj.matrix_world), abs=1e-6)
    for index, bone in enumerate(skeleton.names):
        here = obj.data.bones[bone]
        parent = int(skeleton.parents[index])
        assert (skeleton.names[parent] if parent >= 0 else None) == (here.parent.name if here.parent else None)
        assert parent < index
        length = max(1.0, here.matrix_local.translation.length)
        assert skeleton.rest[index] == pytest.approx(np.array(here.matrix_local), abs=1e-4 * length)
        assert skeleton.tails[index] == pytest.approx(np.array(here.tail_local), abs=1e-3 * length)


@pytest.mark.slow_cases
def test_times_are_those_of_the_file(real: tuple[Path, Clip]) -> None:
    path, clip = real
    first, last = key_seconds(path)
    assert clip.times[0] == 0.0
    assert clip.times[-1] == pytest.approx(last - first, abs=1e-6)
    assert len(clip.times) == SAMPLES[path.name]
    assert np.diff(clip.times) == pytest.approx(1 / clip.fps, abs=1e-9)


# made here: armatures that Blender's own exporter writes


def armature(name: str, bones: tuple[str, ...]) -> bpy.types.Object:
    data = bpy.data.armatures.new(name)
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    parent = None
    for index, bone in enumerate(bones):
        new = data.edit_bones.new(bone)
        new.head, new.tail, new.parent = (0, 0, 1 + 0.3 * index), (0, 0, 1.3 + 0.3 * index), parent
        parent = new
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def key_slide(obj: bpy.types.Object, action: str, frames: range, metres_a_frame: float, turn: float) -> None:
    """The object slides along x, and its second bone bends."""
    obj.animation_data_create().action = bpy.data.actions.new(action)
    bone = obj.pose.bones[1]
    bone.rotation_mode = "XYZ"
    for frame in frames:
        obj.location = (metres_a_frame * frame, 0, 0)
        obj.keyframe_insert("location", frame=frame)
        bone.rotation_euler = (turn * frame, 0, 0)
        bone.keyframe_insert("rotation_euler", frame=frame)


def exported(path: Path, fps: int = 30, fps_base: float = 1.0, *, all_actions: bool = False) -> Path:
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, fps_base
    scene.frame_start, scene.frame_end = 1, 31
    bpy.ops.export_scene.fbx(
        filepath=str(path),
        object_types={"ARMATURE", "EMPTY", "MESH", "LIGHT"},
        add_leaf_bones=False,
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=all_actions,
        bake_anim_force_startend_keying=True,
        bake_anim_simplify_factor=0.0,
    )
    return path


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("fps", "base", "rate"),
    [
        (30, 1.001, 30 / 1.001),
        pytest.param(30, 1.0, 30.0, marks=in_oldest_and_newest),
        pytest.param(24, 1.0, 24.0, marks=in_oldest_and_newest),
        pytest.param(60, 1.0, 60.0, marks=in_oldest_and_newest),
    ],
)
def test_the_armature_objects_own_motion_is_in_the_bones(tmp_path: Path, fps: int, base: float, rate: float) -> None:
    obj = armature("root", ("hips", "spine", "head"))
    key_slide(obj, "Walk", range(1, 32), 0.1, 0.02)
    (clip,) = sampled(exported(tmp_path / "walk.fbx", fps, base), tmp_path / "arrays")
    assert clip.fps == pytest.approx(rate, abs=1e-3)
    assert len(clip.times) == 31
    assert clip.times[-1] == pytest.approx(30 / rate, abs=1e-5)
    hips, spine = clip.skeleton.index("hips"), clip.skeleton.index("spine")
    assert clip.positions[:, hips, 0] == pytest.approx(np.arange(1, 32) * 0.1, abs=1e-5)
    assert clip.positions[:, hips, 2] == pytest.approx(np.ones(31), abs=1e-5)
    bent = [Quaternion((1, 0, 0), 0.02 * frame) for frame in range(1, 32)]
    turned = [Quaternion(row) @ Quaternion(clip.rotations[0, spine]).inverted() for row in clip.rotations[:, spine]]
    for frame, turn in enumerate(turned):
        assert turn.rotation_difference(bent[frame] @ bent[0].inverted()).angle < 1e-3


def test_the_rest_pose_stands_where_the_file_puts_it_without_animation(tmp_path: Path) -> None:
    obj = armature("root", ("hips", "spine"))
    key_slide(obj, "Walk", range(1, 32), 0.1, 0.0)
    path = exported(tmp_path / "walk.fbx")
    data = path.read_bytes()
    model = data.index(b"root\x00\x01Model")
    value = data.index(b"Lcl TranslationS", model) + len(b"Lcl TranslationS") + 4 + len(b"Lcl Translation") + 5 + 7
    assert data[value : value + 1] == b"D"
    moved = np.frombuffer(np.array([700.0], "<f8").tobytes(), np.uint8).tobytes()  # 7 m in centimetres
    path.write_bytes(data[: value + 1] + moved + data[value + 9 :])
    (clip,) = sampled(path, tmp_path / "arrays")
    assert clip.skeleton.world[:3, 3] == pytest.approx((7.0, 0.0, 0.0), abs=1e-5)
    assert clip.positions[:, 0, 0] == pytest.approx(np.arange(1, 32) * 0.1, abs=1e-5)


@pytest.mark.slow
def test_each_take_and_armature_is_a_clip_and_the_longest_of_a_humanoid_is_chosen(
    tmp_path: Path, shared_data: Path
) -> None:
    bpy.ops.wm.open_mainfile(filepath=str(shared_data / "characters/mh_mixamo.blend"))
    for extra in [obj for obj in bpy.data.objects if obj.type != "ARMATURE"]:
        bpy.data.objects.remove(extra)
    (character,) = bpy.data.objects
    for action in list(bpy.data.actions):
        bpy.data.actions.remove(action)
    character.animation_data_clear()
    key_slide(character, "Short", range(1, 12), 0.1, 0.0)
    key_slide(character, "Long", range(1, 22), 0.2, 0.0)
    crane = armature("crane", ("base", "arm"))
    key_slide(crane, "Longest", range(1, 32), 0.3, 0.0)
    sampling = FbxSampling(exported(tmp_path / "takes.fbx", all_actions=True), tmp_path / "arrays").begin()
    sampling.wait()
    of_crane = [clip for clip in sampling.clips() if len(clip.skeleton) == 2]
    assert max(np.ptp(clip.positions[:, 0, 0]) for clip in of_crane) == pytest.approx(9.0, abs=1e-4)
    travelled = {
        round(float(np.ptp(clip.positions[:, 0, 0])), 3): len(clip.times)
        for clip in sampling.clips()
        if len(clip.skeleton) > 2
    }
    assert {1.0, 4.0} <= set(travelled)
    chosen = sampling.clip()
    assert len(chosen.skeleton) > 2
    assert chosen.times[-1] == max(clip.times[-1] for clip in sampling.clips() if len(clip.skeleton) > 2)


def test_a_parent_that_moves_carries_the_armature(tmp_path: Path) -> None:
    obj = armature("rig", ("hips", "spine"))
    carrier = bpy.data.objects.new("carrier", None)
    bpy.context.scene.collection.objects.link(carrier)
    obj.parent = carrier
    key_slide(obj, "Bend", range(1, 32), 0.1, 0.02)
    for frame in range(1, 32):
        carrier.rotation_euler.z = 0.05 * frame
        carrier.keyframe_insert("rotation_euler", frame=frame)
    (clip,) = sampled(exported(tmp_path / "carried.fbx"), tmp_path / "arrays")
    fps = import_here(tmp_path / "carried.fbx")
    rig = armature_here(clip.skeleton.names)
    for row, time in enumerate(clip.times):
        bpy.context.scene.frame_set(2 + round(time * fps))  # the exporter puts frame 1 one frame after its zero
        assert clip.positions[row, 0] == pytest.approx(rig.matrix_world @ rig.pose.bones["hips"].head, abs=1e-4)
    assert np.ptp(clip.positions[:, 0, :2]) > 0.5


@in_oldest_and_newest
def test_names_of_files_are_taken_as_they_are(shared_data: Path, tmp_path: Path) -> None:
    file = tmp_path / "Tänzer – 踊り 1.FBX"
    file.write_bytes((shared_data / "motions/cmu_91_48.fbx").read_bytes())
    assert len(sampled(file, tmp_path / "mit Leerzeichen & Ümläuten")) == 1


@in_oldest_and_newest
def test_the_open_file_is_left_alone(shared_data: Path, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 25, 1.001
    scene.frame_set(77)
    sampled(shared_data / "motions/cmu_91_48.fbx", tmp_path)
    assert (scene.render.fps, round(scene.render.fps_base, 4), scene.frame_current) == (25, 1.001, 77)
    assert not bpy.data.objects
    assert not bpy.data.actions


# what can't be read is said in words


def fault(path: Path, folder: Path) -> Fault:
    with pytest.raises(Fault) as raised:
        sampled(path, folder)
    return raised.value


@in_oldest_and_newest
def test_a_skeleton_without_animation(shared_data: Path, tmp_path: Path) -> None:
    assert "without animation" in fault(shared_data / "characters/maya_character.fbx", tmp_path).what


@in_oldest_and_newest
def test_a_file_without_a_skeleton(tmp_path: Path) -> None:
    bpy.ops.mesh.primitive_cube_add()
    assert "no armature" in fault(exported(tmp_path / "cube.fbx"), tmp_path / "arrays").what


@pytest.mark.slow
def test_broken_absent_and_foreign_files(tmp_path: Path, shared_data: Path) -> None:
    whole = (shared_data / "motions/cmu_91_48.fbx").read_bytes()
    (tmp_path / "half.fbx").write_bytes(whole[: len(whole) // 2])
    assert "broken" in fault(tmp_path / "half.fbx", tmp_path / "a").what
    assert "could not be read" in fault(tmp_path / "absent.fbx", tmp_path / "b").what
    (tmp_path / "named.fbx").write_bytes((shared_data / "motions/boxing_toes.bvh").read_bytes())
    assert "not a binary FBX" in fault(tmp_path / "named.fbx", tmp_path / "c").what
    (tmp_path / "broken.bvh").write_text("HIERARCHY\nROOT\n", encoding="utf-8")
    assert "broken.bvh" in fault(tmp_path / "broken.bvh", tmp_path / "e").what
    (tmp_path / "hollow.fbx").write_bytes(file_of(scene_with(Node(b"Model"))))
    assert "importer" in fault(tmp_path / "hollow.fbx", tmp_path / "d").what


@pytest.mark.parametrize("name", ["absent.bvh", "absent.glb"])
def test_a_missing_file_is_said_to_be_missing_before_it_is_imported(tmp_path: Path, name: str) -> None:
    assert "No such file" in str(fault(tmp_path / name, tmp_path).what)


@pytest.mark.slow
def test_text_files_are_read_where_blender_can(tmp_path: Path) -> None:
    file = tmp_path / "ascii.fbx"
    file.write_text(TEXT, encoding="utf-8")
    if not OTHER_IMPORTER:
        assert "ASCII" in fault(file, tmp_path).what
        return
    file_cut = tmp_path / "cut.fbx"
    file_cut.write_text(TEXT[: TEXT.index("Connections:")], encoding="utf-8")
    assert "no scene" in fault(file_cut, tmp_path / "cut").what
    (clip,) = sampled(file, tmp_path)
    assert clip.skeleton.names == ("hips", "spine")
    assert len(clip.times) == 3
    assert clip.times[-1] == pytest.approx(2 / 30, abs=1e-6)
    bent = Quaternion(clip.rotations[0, 1]).rotation_difference(Quaternion(clip.rotations[2, 1]))
    assert np.degrees(bent.angle) == pytest.approx(40.0, abs=1e-3)


def test_given_up_it_is_a_fault(shared_data: Path, tmp_path: Path) -> None:
    sampling = FbxSampling(shared_data / "motions/cmu_91_48.fbx", tmp_path).begin()
    sampling.kill()
    assert sampling.poll()
    with pytest.raises(Fault):
        sampling.clip()


@in_oldest_and_newest
@pytest.mark.parametrize("mib", [1, 40])
def test_memory_is_limited(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mib: int) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux lets a process limit its memory")
    monkeypatch.setattr("aimocap_blender.scene.fbx.fbx_sampling._memory_mib", lambda: mib)
    found = fault(shared_data / "motions/ue4_run.fbx", tmp_path)
    assert "GB of memory" in found.what
    assert "log" not in found.next_step


@in_oldest_and_newest
def test_much_motion_is_refused_before_it_is_sampled(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aimocap_blender.scene.fbx.fbx_sampling._MOST_SAMPLES", 100)
    assert "more motion" in fault(shared_data / "motions/cmu_91_48.fbx", tmp_path).what


# BVH as other programs write it

BVH = """HIERARCHY
ROOT hip
{
  OFFSET 0 1.5 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT left_leg
  {
    OFFSET 0.5 -1.25 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 -1.5 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.04
0.5 1.5 0.0 10.5 0.0 0.0 0.0 20.5 -0.5
0.5 1.5 0.5 11.5 0.0 0.0 0.0 21.5 0.5
"""
HEAD, ROWS = BVH[: BVH.index("0.5 1.5 0.0")], BVH[BVH.index("0.5 1.5 0.0") :]
WRITTEN: dict[str, str | bytes] = {
    "braces in the line before": re.sub(r"\s*([{}])", r" \1", HEAD) + ROWS,
    "a hierarchy in one line": " ".join(HEAD[: HEAD.index("MOTION")].split()) + BVH[BVH.index("MOTION") - 1 :],
    "decimal commas": BVH.replace(".", ","),
    "commas between numbers": HEAD + ROWS.replace(" ", ", "),
    "no space after colons": BVH.replace(": ", ":"),
    "spaces before colons": BVH.replace(":", " :"),
    "no number of frames": BVH.replace("Frames: 2\n", ""),
    "frames over several lines": HEAD + ROWS.replace(" 10.5", "\n10.5").replace(" 11.5", "\n11.5"),
    "all frames in one line": HEAD + " ".join(ROWS.split()),
    "a byte order mark": BVH.encode("utf-8-sig"),
    "UTF-16": BVH.encode("utf-16"),
    "old Macs' lines": BVH.replace("\n", "\r"),
    "comments": "# by hand\n" + BVH.replace("MOTION", "; of a walk\nMOTION") + "# end\n",
    "another number of channels": BVH.replace("CHANNELS 3", "CHANNELS 6"),
    "braces that don't close": BVH.replace("}\nMOTION", "MOTION"),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_bvh_is_read_by_its_words_not_by_its_lines(written: str) -> None:
    text = WRITTEN[written]
    ours, notes = as_importers_read(text if isinstance(text, bytes) else text.encode(), "a.bvh")
    assert (ours.split(), notes) == (as_importers_read(BVH.encode(), "a.bvh")[0].split(), [])


@pytest.mark.parametrize("seconds", ["0", "-0.04", "nan", "33.3", "30", ""])
def test_bvh_that_does_not_say_its_rate_is_told(seconds: str) -> None:
    text, notes = as_importers_read(BVH.replace("Frame Time: 0.04", f"Frame Time: {seconds}").encode(), "a.bvh")
    assert f"Frame Time: {1 / 30}\n0.5 1.5" in text
    assert ["how long a frame lasts" in note.template for note in notes] == [True]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (BVH.replace("21.5", "nan"), {"frame": "1", "width": "9"}),
        (BVH.replace("0.5 1.5 0.0", "0.5 1.5"), {"frame": "0", "width": "9"}),
        (BVH[: BVH.index("0.5 1.5")], {"file": "a.bvh"}),
        (BVH[:150], {"file": "a.bvh"}),
        ("<html>", {"file": "a.bvh"}),
        ("", {"file": "a.bvh"}),
    ],
)
def test_bvh_without_motion_is_refused(data: str, says: dict[str, str]) -> None:
    with pytest.raises(BvhProblem) as raised:
        as_importers_read(data.encode(), "a.bvh")
    assert dict(raised.value.what.values).items() >= says.items()


def test_bvh_as_written_elsewhere_is_sampled_and_what_it_lacks_is_told(tmp_path: Path) -> None:
    joint = "CHANNELS 1 Xrotation"
    text = (
        re.sub(r"\s*([{}])", r" \1", BVH).replace("Frame Time: 0.04", "Frame Time:").replace("Frames: 2", "Frames: 3")
    )
    text = text.replace("CHANNELS 3 Zrotation Xrotation Yrotation", joint).replace("0.0 20.5 -0.5", "20.5")
    path = tmp_path / "ü.bvh"
    path.write_bytes(text.replace("0.0 21.5 0.5", "21.5").replace("left_leg", "linkes_Knie_ü").encode("latin-1"))
    sampling = FbxSampling(path, tmp_path / "arrays").begin()
    sampling.wait()
    assert sampling.poll()
    (clip,) = sampling.clips()
    assert (clip.fps, clip.skeleton.names) == (30.0, ("hip", "linkes_Knie_ü"))
    # Y up in the file, Z up here; the hip turns the leg's offset about Z, 10.5 and 11.5 degrees
    angles = np.radians([10.5, 11.5])
    aside, down = 0.5 * np.cos(angles) + 1.25 * np.sin(angles), 0.5 * np.sin(angles) - 1.25 * np.cos(angles)
    wanted = np.stack([0.5 + aside, [0.0, -0.5], 1.5 + down], axis=1)
    assert np.abs(clip.positions[:, 1] - wanted).max() < 1e-5
    assert [" is cut: it has 2 of 3 frames." in str(note) for note in sampling.notes] == [True, False]


# the child's own mathematics


def test_the_child_stands_alone() -> None:
    for module in (fbx_sampling_child, bvh_text):
        source = Path(module.__file__).read_text(encoding="utf-8")
        assert "from ." not in source
        assert "import aimocap" not in source


rates = st.sampled_from([23.976, 24.0, 25.0, 28.5, 29.97, 30.0, 50.0, 60.0, 100.0, 120.0])


@given(rate=rates, count=st.integers(2, 5000), start=st.floats(0, 100))
def test_evenly_keyed_motion_is_sampled_at_its_keys(rate: float, count: int, start: float) -> None:
    keys = (np.arange(count) / rate + start).astype(np.float32).astype(np.float64)
    intervals, fps = fbx_sampling_child.sample_intervals(keys, 7.0)
    assert intervals == count - 1
    assert fps == pytest.approx(rate, rel=1e-3 if count < 10 else 1e-4)


@given(rate=rates, keyed=st.sets(st.integers(1, 300), min_size=3, max_size=12))
def test_sparsely_keyed_motion_is_sampled_at_the_files_rate(rate: float, keyed: set[int]) -> None:
    keys = np.array([0, *sorted(number * 3.7 + 50 for number in keyed)]) / rate
    intervals, _fps = fbx_sampling_child.sample_intervals(keys, rate)
    assert abs(intervals - keys[-1] * rate) <= 0.5 + 1e-6


@given(
    angles=st.tuples(*[st.floats(-7, 7)] * 3),
    scale=st.tuples(*[st.floats(0.01, 50)] * 3),
    mirrored=st.booleans(),
)
def test_turns_are_those_of_blender_with_scale_taken_out(
    angles: tuple[float, float, float], scale: tuple[float, float, float], mirrored: bool
) -> None:
    turn = Euler(angles).to_matrix()
    sign = -1.0 if mirrored else 1.0
    scaled = np.array(turn @ Matrix.Diagonal(scale)) * sign
    found = fbx_sampling_child.quaternions(np.array([scaled]))[0]
    assert angle(found, np.array(turn.to_quaternion())) < 1e-3


def test_no_size_is_no_turn() -> None:
    assert np.isfinite(fbx_sampling_child.quaternions(np.zeros((1, 3, 3)))).all()


@pytest.mark.fault(88)
@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize("suffix", [".fbx", ".bvh", ".glb", ".gltf", ".vrm"])
def test_special_file_is_refused_at_once(suffix: str, kind: str, tmp_path: Path) -> None:
    file = special_file(kind, tmp_path / f"walk{suffix}")
    with pytest.raises(Fault, match="pipe or a device"):
        FbxSampling(file, tmp_path / "read").begin()
    with pytest.raises(Fault, match="pipe or a device"):
        check_fbx(file)
    assert not (tmp_path / "read").exists()
