"""Work without a service: motion from files, a new G1 rig, the character's bones. Real files; nothing is sent."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.scene.scene_dump import changes
from tests.ui.acts import module, refusal, whole_state
from tests.ui.capture.drawn_rows import Box
from tests.ui.posing import heads

HIPS = "mixamorig:Hips"


pytestmark = pytest.mark.usefixtures("nothing_is_sent")


@pytest.mark.long
def test_a_real_run_onto_the_character(character: bpy.types.Object, shared_data: Path) -> None:
    scene = bpy.context.scene
    scene.render.fps, scene.frame_current = 24, 11
    file = shared_data / "motions" / "ue4_run.fbx"
    assert bpy.ops.aimocap.import_motion_fbx(filepath=str(file)) == {"FINISHED"}
    action = character.animation_data.action
    first, last = action.frame_range
    assert action.name == "ue4_run"
    assert first == pytest.approx(11.0)
    assert 11 < last < 11 + 2 * 24
    assert scene.frame_current == 11
    feet = heads(character, ["mixamorig:LeftFoot", "mixamorig:RightFoot"], np.linspace(first, last, 15))
    assert all(np.ptp(path[:, 2]) > 0.1 for path in feet.values())  # who runs lifts the feet
    assert bpy.data.objects.keys() == ["Mannequin", "Mannequin Body"]


@in_newest
def test_a_bvh_moves_the_character_as_its_armature_would(character: bpy.types.Object, shared_data: Path) -> None:
    """Blender's own import of the file, retargeted from there, against the file read in the background."""
    scene, file = bpy.context.scene, str(shared_data / "motions" / "xia_strut.bvh")
    frames, bones = np.linspace(5, 100, 10), [bone.name for bone in character.pose.bones]
    bpy.ops.import_anim.bvh(filepath=file, update_scene_fps=True)
    (source,) = bpy.context.selected_objects
    bpy.context.view_layer.objects.active = character
    scene.frame_current = 1
    assert bpy.ops.aimocap.import_motion_fbx(filepath=file) == {"FINISHED"}
    read = heads(character, bones, frames)
    assert bpy.ops.aimocap.retarget_from(source=source.name) == {"FINISHED"}
    moved = heads(character, bones, frames)
    assert np.ptp(read[HIPS], axis=0).max() > 0.1
    assert max(np.abs(read[bone] - moved[bone]).max() for bone in bones) < 2e-3


@pytest.mark.usefixtures("sampled_once")
def test_a_file_that_is_imported_again_takes_the_place_of_its_action(
    character: bpy.types.Object, motion_fbx: Path
) -> None:
    for _ in range(2):
        bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx))
        assert [action.name for action in bpy.data.actions] == ["walk"]
        assert len(character.animation_data.nla_tracks) == 0
    character.pose.bones[HIPS].keyframe_insert("location", frame=500)
    bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx))
    assert [action.name for action in bpy.data.actions] == ["walk", "walk 2"]  # what was edited is kept
    assert character.animation_data.action.name == "walk 2"


@pytest.mark.long
@in_newest
def test_a_vrm_file_is_read_as_the_gltf_file_that_it_is(
    character: bpy.types.Object, motion_fbx: Path, tmp_path: Path
) -> None:
    assert bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx)) == {"FINISHED"}
    before = character.animation_data.action
    assert bpy.ops.aimocap.export_motion(filepath=str(tmp_path / "walk.glb"), format="GLB") == {"FINISHED"}
    vrm = (tmp_path / "walk.glb").rename(tmp_path / "walk.vrm")
    assert bpy.ops.aimocap.import_motion_fbx(filepath=str(vrm)) == {"FINISHED"}
    after = character.animation_data.action
    assert (before["aimocap_file"], after["aimocap_file"]) == ("walk.fbx", "walk.vrm")
    lengths = [action.frame_range[1] - action.frame_range[0] for action in (before, after)]
    assert abs(lengths[1] - lengths[0]) <= 1.0


def test_another_file_of_the_same_name_is_another_motion(tmp_path: Path) -> None:
    files = [tmp_path / folder / "walk.bvh" for folder in ("monday", "tuesday")]
    for file in files:
        file.parent.mkdir()
        file.write_text(file.parent.name, encoding="utf-8")
    monday, tuesday = (module("takes.take").take_of_file(file).origin for file in files)
    assert monday != tuesday


@pytest.mark.usefixtures("sampled_once")
def test_in_place(character: bpy.types.Object, motion_fbx: Path) -> None:
    travelled = []
    for root_motion in ("FULL", "IN_PLACE"):
        bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx), root_motion=root_motion)
        path = heads(character, [HIPS], character.animation_data.action.frame_range)[HIPS]
        travelled.append(np.linalg.norm((path[1] - path[0])[:2]))
    assert travelled[0] > 0.4
    assert travelled[1] < 0.1


def test_a_real_robot_walk(shared_data: Path) -> None:
    scene = bpy.context.scene
    scene.render.fps, scene.frame_current = 30, 5
    file = shared_data / "g1" / "kimodo_walk.json"
    assert bpy.ops.aimocap.import_g1_motion(filepath=str(file)) == {"FINISHED"}
    (rig,) = [thing for thing in bpy.data.objects if thing.type == "ARMATURE"]
    motion = json.loads(file.read_text())
    assert tuple(rig.animation_data.action.frame_range) == (5, 4 + motion["frameCount"])
    oracle = np.load(shared_data / "g1" / "kimodo_walk.oracle.npz")
    names = oracle["body_names"].tolist()
    places = heads(rig, [bone.name for bone in rig.pose.bones], [5 + 70])
    for bone, body in ((rig.pose.bones[0].name, "pelvis"), ("left_wrist_yaw_joint", "left_wrist_yaw_link")):
        assert np.abs(places[bone][0] - oracle["xpos"][70][names.index(body)]).max() < 1e-4


def test_a_second_motion_goes_onto_the_selected_rig(shared_data: Path) -> None:
    bpy.ops.aimocap.add_g1_rig()
    for clip in ("kimodo_walk", "kimodo_wave"):
        bpy.ops.aimocap.import_g1_motion(filepath=str(shared_data / "g1" / f"{clip}.json"))
    (rig,) = [thing for thing in bpy.data.objects if thing.type == "ARMATURE"]
    assert rig.animation_data.action.name == "kimodo_wave"


def test_a_new_rig_is_selected_as_blenders_own_additions_are(character: bpy.types.Object) -> None:
    assert bpy.ops.aimocap.add_g1_rig() == {"FINISHED"}
    rig = bpy.context.view_layer.objects.active
    assert rig != character
    assert bpy.context.selected_objects == [rig]
    assert len(rig.data.bones) == 30


def test_bones_are_detected_and_kept(character: bpy.types.Object) -> None:
    assert bpy.ops.aimocap.detect_bones() == {"FINISHED"}
    kept = character["aimocap_bone_map"]
    assert all(f"mixamorig:{bone}" in kept for bone in ("Hips", "Head", "LeftHand", "RightToeBase"))


@pytest.mark.usefixtures("character")
@pytest.mark.parametrize(
    ("operator", "name", "content"),
    [
        ("import_motion_fbx", "noise.fbx", "not an FBX"),
        ("import_g1_motion", "other.json", '{"version": 1}'),
    ],
)
def test_a_file_that_holds_no_motion(operator: str, name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    before = whole_state()
    message = refusal(getattr(bpy.ops.aimocap, operator), filepath=str(tmp_path / name))
    assert message.count(". ") >= 1
    assert "Traceback" not in message
    assert changes(before, whole_state()) == set()


@pytest.mark.usefixtures("character")
def test_no_file_is_named() -> None:
    for operator in (bpy.ops.aimocap.import_motion_fbx, bpy.ops.aimocap.import_g1_motion):
        assert "No file is selected" in refusal(operator)
        assert "not saved yet" in refusal(operator, filepath="//walk.bvh")


@pytest.mark.usefixtures("sampled_once")
def test_nobody_is_selected(motion_fbx: Path) -> None:
    before = whole_state()
    assert "No character is selected" in refusal(bpy.ops.aimocap.import_motion_fbx, filepath=str(motion_fbx))
    assert "No armature is selected" in refusal(bpy.ops.aimocap.detect_bones)
    assert changes(before, whole_state()) == set()


@pytest.mark.usefixtures("sampled_once")
def test_several_files_each_get_an_action_and_a_bad_one_is_a_row(
    character: bpy.types.Object, motion_fbx: Path, tmp_path: Path
) -> None:
    for name in ("walk.fbx", "run.fbx"):
        (tmp_path / name).write_bytes(motion_fbx.read_bytes())
    names = ("walk.fbx", "gone.fbx", "run.fbx")
    files = [{"name": name} for name in names]
    assert bpy.ops.aimocap.import_motion_fbx(directory=str(tmp_path), files=files) == {"FINISHED"}
    assert sorted(action.name for action in bpy.data.actions) == ["run", "walk"]
    assert character.animation_data.action.name == "run"
    message = refusal(bpy.ops.aimocap.import_motion_fbx, directory=str(tmp_path), files=[{"name": "a"}, {"name": "b"}])
    assert message.startswith("Files on the character: 0 of 2. a: ")
    assert " b: " in message


def test_several_files_have_one_progress() -> None:
    def of_one() -> Iterator[tuple[float, str]]:
        yield from ((0.0, "Reading"), (1.0, "Retargeting"))

    steps = (module("ui.motion.motion_files")._one_of(2, number, of_one()) for number in range(2))
    assert [share for each in steps for share, _ in each] == [0.0, 0.5, 0.5, 1.0]


def test_of_many_files_the_bad_ones_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    motion_files, said = module("ui.motion.motion_files"), list[str]()
    monkeypatch.setattr(motion_files, "say", lambda _layout, sentence, *_, **__: said.append(sentence))
    rows = [("ERROR" if number == 250 else "INFO", f"{number}.bvh", "Said") for number in range(300)]
    motion_files._draw_rows(Box(), rows)
    assert (said[0], said[-1]) == ("250.bvh: Said", "And 285 more.")


def test_files_before_a_stop_are_an_undo_step() -> None:
    """Else the next undo takes back what came before them, too."""
    motion_files = module("ui.motion.motion_files")
    pushes, note = motion_files._push_undo, module("takes.messages").Note(module("texts.text").Text("Applied"))

    def stopped_at(second: int) -> bool:
        def import_one(_context: object, _file: Path) -> Iterator[tuple[float, str]]:
            yield 0.0, "Reading"
            return note

        operator = SimpleNamespace(_import=import_one)
        work = motion_files.ImportMotionFbx._import_all(operator, bpy.context, [Path("a"), Path("b"), Path("c")])
        for _ in range(second):
            next(work)
        work.close()
        is_pushed = bpy.app.timers.is_registered(pushes)
        if is_pushed:
            bpy.app.timers.unregister(pushes)
        return is_pushed

    assert [stopped_at(second) for second in (1, 2)] == [False, True]
