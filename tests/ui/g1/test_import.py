"""G1 motion files of every kind, as others write them, onto a rig: recognised, or asked about; nothing is guessed."""

import pickle
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.media.g1_files import JOINTS, Written
from tests.media.g1_mjcf import mujoco_poses
from tests.scene.scene_dump import changes
from tests.ui.acts import module, refusal, whole_state

pytestmark = pytest.mark.usefixtures("addon")

CLIP = "kimodo_dance"


@pytest.fixture
def arrays(shared_data: Path, addon: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    del addon
    motion = module("motion.g1.motion").read_g1_motion(shared_data / "g1" / f"{CLIP}.json")
    return motion.root_pos, motion.root_quat, motion.dof_pos


def the_rig() -> bpy.types.Object:
    (rig,) = [thing for thing in bpy.data.objects if thing.type == "ARMATURE"]
    return rig


def keyed_angles(rig: bpy.types.Object) -> np.ndarray:
    """(F, 29) rad, off the bones as Blender plays them."""
    first, last = (int(frame) for frame in rig.animation_data.action.frame_range)
    rows = []
    for frame in range(first, last + 1):
        bpy.context.scene.frame_set(frame)
        rows.append([rig.pose.bones[name].rotation_euler[_axis(rig, name)] for name in JOINTS])
    return np.array(rows)


def _axis(rig: bpy.types.Object, bone: str) -> int:
    return list(rig.pose.bones[bone].lock_rotation).index(False)


def test_a_table_in_another_order(arrays: tuple[np.ndarray, ...], tmp_path: Path) -> None:
    written = Written(arrays, order="isaac", quaternion="wxyz", angle="deg")
    file = tmp_path / "dance.csv"
    file.write_bytes(written.csv())
    bpy.context.scene.render.fps = 30
    assert bpy.ops.aimocap.import_g1_motion(filepath=str(file), fps=30.0) == {"FINISHED"}
    rig = the_rig()
    assert rig.animation_data.action.name == "dance"
    assert np.abs(keyed_angles(rig) - arrays[2]).max() < 1e-5


def test_frame_rate_that_the_table_lacks_is_asked_for(arrays: tuple[np.ndarray, ...], tmp_path: Path) -> None:
    file = tmp_path / "dance.csv"
    file.write_bytes(Written(arrays).csv())
    before = whole_state()
    message = refusal(bpy.ops.aimocap.import_g1_motion, filepath=str(file))
    assert "fps=30" in message
    assert "joint_order" not in message
    assert changes(before, whole_state()) == set()


def test_a_choice_goes_before_the_evidence(arrays: tuple[np.ndarray, ...], tmp_path: Path) -> None:
    written = Written(arrays, "23dof")
    file = tmp_path / "dance.csv"
    file.write_bytes(written.csv())
    bpy.context.scene.render.fps = 50
    bpy.ops.aimocap.import_g1_motion(filepath=str(file), fps=50.0, joints="23dof", joint_order="mujoco")
    rig = the_rig()
    assert rig.animation_data.action["aimocap_fps"] == 50.0
    assert np.abs(keyed_angles(rig) - written.dof).max() < 1e-5


def test_choosing_otherwise_reads_the_numbers_that_are_at_hand(arrays: tuple[np.ndarray, ...], tmp_path: Path) -> None:
    reading, choices = module("takes.reading"), module("motion.g1.choices").ReadingChoices
    kind = reading.MotionKind.ROBOT
    file = tmp_path / "dance.csv"
    file.write_bytes(Written(arrays).csv())
    first = reading.MotionReading(kind, file)
    first.wait()
    file.unlink()
    again = reading.MotionReading(kind, file, choices(angle_unit="deg", fps=60.0), first.g1_reading.source)
    again.wait()
    assert again.result.motion.fps == 60.0
    assert np.abs(np.degrees(again.result.motion.dof_pos) - arrays[2]).max() < 1e-9
    refused = reading.MotionReading(kind, file, choices(joints="23dof"), first.g1_reading.source)
    refused.wait()
    assert "29 joints" in refused.fault.what
    for each in (first, again, refused):
        each.close()


def test_onto_the_selected_rig_of_another_variant(arrays: tuple[np.ndarray, ...], shared_data: Path) -> None:
    bpy.ops.aimocap.add_g1_rig(variant="23dof")
    bpy.context.scene.render.fps = 30
    bpy.ops.aimocap.import_g1_motion(filepath=str(shared_data / "g1" / f"{CLIP}.json"))
    rig = the_rig()
    assert len(rig.data.bones) == 24
    bpy.context.scene.frame_set(int(rig.animation_data.action.frame_range[0]) + 40)
    assert rig.pose.bones["left_knee_joint"].rotation_euler[1] == pytest.approx(
        arrays[2][40, JOINTS.index("left_knee_joint")], abs=1e-5
    )


def test_onto_the_rig_and_frame_of_when_it_was_chosen(arrays: tuple[np.ndarray, ...], tmp_path: Path) -> None:
    file = tmp_path / "dance.csv"
    file.write_bytes(Written(arrays).csv())
    first, second = add_rig(), add_rig()
    call = {"filepath": str(file), "joint_order": "mujoco", "fps": 30.0, "rig_uid": first.session_uid, "frame": 30}
    assert bpy.context.view_layer.objects.active == second
    assert bpy.ops.aimocap.import_g1_motion(**call) == {"FINISHED"}
    assert first.animation_data.action.frame_range[0] == 30.0
    assert second.animation_data is None
    other = bpy.data.scenes.new("Other")
    other.render.fps = 60
    elsewhere = call | {"rig_uid": 0, "scene_uid": other.session_uid}
    assert bpy.ops.aimocap.import_g1_motion(**elsewhere) == {"FINISHED"}
    (third,) = (thing for thing in other.objects if thing.type == "ARMATURE")
    frames = [rig.animation_data.action.frame_range for rig in (first, third)]
    assert frames[1][1] - 30.0 == pytest.approx((frames[0][1] - 30.0) * 60 / bpy.context.scene.render.fps, abs=1.0)
    bpy.data.objects.remove(first)
    before = whole_state()
    assert "no longer exists" in refusal(bpy.ops.aimocap.import_g1_motion, **call)
    assert changes(before, whole_state()) == set()


def add_rig() -> bpy.types.Object:
    assert bpy.ops.aimocap.add_g1_rig() == {"FINISHED"}
    return bpy.context.view_layer.objects.active


def test_a_pickle_is_imported_unless_it_calls_anything(arrays: tuple[np.ndarray, ...], tmp_path: Path) -> None:
    written = Written(arrays)
    content = {"fps": 30, "root_pos": written.pos, "root_rot": written.rot, "dof_pos": written.angles}
    (tmp_path / "dance.pkl").write_bytes(pickle.dumps(content))
    bpy.context.scene.render.fps = 30
    assert bpy.ops.aimocap.import_g1_motion(filepath=str(tmp_path / "dance.pkl")) == {"FINISHED"}
    assert np.abs(keyed_angles(the_rig()) - arrays[2]).max() < 1e-5
    (tmp_path / "motion.pkl").write_bytes(b"\x80\x04cos\nsystem\n")
    before = whole_state()
    assert "os.system" in refusal(bpy.ops.aimocap.import_g1_motion, filepath=str(tmp_path / "motion.pkl"))
    assert changes(before, whole_state()) == set()


def test_dropped_files_go_the_same_way() -> None:
    handlers = {known.bl_idname: known for known in bpy.types.FileHandler.__subclasses__()}
    handler = handlers["AIMOCAP_FH_g1_motion"]
    assert handler.bl_import_operator == "aimocap.import_g1_motion"
    assert set(handler.bl_file_extensions.split(";")) == {
        *(".json", ".csv", ".npz", ".npy", ".pkl", ".joblib", ".pt", ".pth", ".motion")
    }


def test_a_new_rig_is_selected_and_checked_at_once(shared_data: Path) -> None:
    cube = bpy.data.objects.new("Cube", bpy.data.meshes.new("Cube"))
    bpy.context.collection.objects.link(cube)
    cube.select_set(True)
    bpy.context.view_layer.objects.active = cube
    assert bpy.ops.aimocap.import_g1_motion(filepath=str(shared_data / "g1" / f"{CLIP}.json")) == {"FINISHED"}
    assert bpy.context.selected_objects == [the_rig()]
    assert bpy.context.view_layer.objects.active == the_rig()
    assert bpy.ops.aimocap.check_g1_motion() == {"FINISHED"}


def test_a_new_rig_is_selected_out_of_another_armatures_edit_mode(shared_data: Path) -> None:
    rig = add_rig()
    bpy.ops.object.mode_set(mode="EDIT")
    call = {"filepath": str(shared_data / "g1" / f"{CLIP}.json"), "rig_uid": 0}
    assert bpy.ops.aimocap.import_g1_motion(**call) == {"FINISHED"}
    assert bpy.context.mode == "OBJECT"
    assert bpy.context.selected_objects == [bpy.context.view_layer.objects.active] != [rig]


def test_the_selection_stays_where_the_motion_goes_onto_a_rig(shared_data: Path) -> None:
    first, second = add_rig(), add_rig()
    call = {"filepath": str(shared_data / "g1" / f"{CLIP}.json"), "rig_uid": first.session_uid}
    assert bpy.ops.aimocap.import_g1_motion(**call) == {"FINISHED"}
    assert bpy.context.selected_objects == [second]


def playback_range() -> tuple[int, int]:
    return bpy.context.scene.frame_start, bpy.context.scene.frame_end


def test_a_new_files_range_becomes_the_motions(shared_data: Path) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 1, 250, 60
    scene.frame_set(11)
    clip = str(shared_data / "g1" / f"{CLIP}.json")
    bpy.ops.aimocap.import_g1_motion(filepath=clip, playback_range="KEEP")
    assert playback_range() == (1, 250)
    bpy.ops.aimocap.import_g1_motion(filepath=clip)
    assert playback_range() == (11, 11 + 149 * 2)
    scene.frame_set(1)
    bpy.ops.aimocap.import_g1_motion(filepath=clip)
    assert playback_range() == (11, 11 + 149 * 2)
    bpy.ops.aimocap.import_g1_motion(filepath=clip, playback_range="MOTION")
    assert playback_range() == (1, 1 + 149 * 2)


def test_a_range_that_is_the_motions_stays_so_as_it_gets_longer(shared_data: Path) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 1, 250, 30
    bpy.ops.aimocap.import_g1_motion(filepath=str(shared_data / "g1" / f"{CLIP}.json"))
    assert playback_range() == (1, 150)
    bpy.ops.aimocap.fix_g1_motion(step="LEAD_IN", lead=1.0)
    assert playback_range() == (1, 180)
    scene.frame_end = 100
    bpy.ops.aimocap.fix_g1_motion(step="LEAD_OUT", lead=1.0)
    assert playback_range() == (1, 100)


@pytest.mark.parametrize("used_by", ["another object", "a marker", "a preview range", "a strip"])
def test_a_range_that_is_used_stays(shared_data: Path, used_by: str) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 250
    if used_by == "another object":
        cube = bpy.data.objects.new("Cube", None)
        scene.collection.objects.link(cube)
        cube.keyframe_insert("location")
    elif used_by == "a marker":
        scene.timeline_markers.new("cut", frame=30)
    elif used_by == "a preview range":
        scene.use_preview_range = True
    else:
        editor = scene.sequence_editor_create()
        strips = editor.strips if hasattr(editor, "strips") else editor.sequences
        strips.new_effect(name="colour", type="COLOR", channel=1, frame_start=1, **strip_end(30))
    bpy.ops.aimocap.import_g1_motion(filepath=str(shared_data / "g1" / f"{CLIP}.json"))
    assert playback_range() == (1, 250)


def strip_end(frames: int) -> dict[str, int]:
    return {"length": frames} if bpy.app.version >= (5, 0) else {"frame_end": 1 + frames}


def test_a_refused_motion_leaves_no_rig_behind(shared_data: Path) -> None:
    """It is read, but its last frame would be past Blender's last."""
    bpy.context.scene.frame_set(1048500)
    before = whole_state()
    for _ in range(3):
        message = refusal(
            bpy.ops.aimocap.import_g1_motion, filepath=str(shared_data / "g1" / f"{CLIP}.json"), playback_range="MOTION"
        )
        assert "past the end of Blender's timeline" in message
    assert changes(before, whole_state()) == set()


@pytest.mark.parametrize("onto", ["a new rig", "a rig with the later waist"])
def test_a_motion_of_the_robot_with_the_earlier_waist(
    arrays: tuple[np.ndarray, ...], tmp_path: Path, onto: str, capfd: pytest.CaptureFixture[str]
) -> None:
    names, positions, turns = mujoco_poses(*arrays, "29dof_before_rev_1_0")
    qpos = np.concatenate(arrays, axis=1)
    bodies = {"body_names": np.array(names), "body_pos_w": positions, "body_quat_w": turns}
    np.savez(tmp_path / "a.npz", fps=30, joint_pos=qpos, joint_names=np.array(JOINTS), **bodies)
    if onto != "a new rig":
        add_rig()
    capfd.readouterr()
    assert bpy.ops.aimocap.import_g1_motion(filepath=str(tmp_path / "a.npz")) == {"FINISHED"}
    reported = capfd.readouterr().out
    assert "made on a G1 before rev. 1.0" in reported
    assert ("has another waist" in reported) == (onto != "a new rig")
    assert module("scene.g1.rig").variant_of(the_rig()) == ("29dof_before_rev_1_0" if onto == "a new rig" else "29dof")
