"""Human motion onto the robot from the scene, from files and from a capture, seen in Blender's evaluated poses."""

import json
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.scene.characters import facing, heads_at, heads_at_rest, true_names
from tests.standin import StandIn
from tests.ui.acts import captures, module, refusal
from tests.ui.motion.source_armatures import bring, select

RUN = "motions/ue4_run.fbx"
CHAINS = {
    "arm": (("upper_arm", "shoulder_roll"), ("lower_arm", "elbow"), ("hand", "wrist_yaw")),
    "leg": (("upper_leg", "hip_roll"), ("lower_leg", "knee"), ("foot", "ankle_pitch")),
}
JOINTS = {
    f"{side}_{slot}": f"{side}_{joint}_joint"
    for side in ("left", "right")
    for c in CHAINS.values()
    for slot, joint in c
}


def median_errors(source: bpy.types.Object, rig: bpy.types.Object, names: dict[str, str], frames: np.ndarray) -> dict:
    """Each limb part's median angle in degrees between the robot's direction and the source's."""
    theirs, ours = heads_at(source, names, frames), heads_at(rig, JOINTS, frames)
    turn = np.radians(90.0) - facing(heads_at_rest(source, names)) + rig.rotation_euler.z  # the robot faces X at rest
    c, s = np.cos(turn), np.sin(turn)
    errors = {}
    for side in ("left", "right"):
        for chain in CHAINS.values():
            for (start, _), (end, _) in pairwise(chain):
                one = ours[f"{side}_{end}"] - ours[f"{side}_{start}"]
                other = theirs[f"{side}_{end}"] - theirs[f"{side}_{start}"]
                other = other @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
                angle = np.arctan2(np.linalg.norm(np.cross(one, other), axis=1), (one * other).sum(axis=1))
                errors[f"{side}_{start}"] = float(np.median(np.degrees(angle)))
    return errors


def robots() -> list[bpy.types.Object]:
    return [obj for obj in bpy.data.objects if obj.type == "ARMATURE" and "floating_base_joint" in obj.data.bones]


def datablocks() -> set[str]:
    return {repr(data) for data in bpy.data.user_map()}


@pytest.fixture
def run(shared_data: Path, addon: object, tmp_path: Path) -> bpy.types.Object:
    del addon
    bpy.ops.wm.read_homefile(use_empty=True)
    return bring(shared_data, RUN, tmp_path)


@in_newest
def test_the_selected_robot_gets_it_with_its_own_joints(run: bpy.types.Object) -> None:
    bpy.ops.aimocap.add_g1_rig(variant="23dof_without_wrists")
    (rig,) = robots()
    select(run, rig)
    assert bpy.ops.aimocap.retarget_to_g1() == {"FINISHED"}
    assert robots() == [rig]
    assert rig.animation_data.action["aimocap_armature"] == run.name
    assert bpy.ops.aimocap.check_g1_motion() == {"FINISHED"}
    found = module("ui.g1.heat").checked(rig).report
    assert {finding.kind.value for finding in found.worst} <= {"strict_limit"}


def test_each_robot_is_added_by_name_and_the_first_one_s_variants_as_before(addon: object) -> None:
    del addon
    bpy.ops.wm.read_homefile(use_empty=True)
    variant_of, robots_of = module("scene.g1.rig").variant_of, module("motion.g1.variants").ROBOTS
    for robot, variants in robots_of.items():
        bpy.ops.aimocap.add_g1_rig(robot=robot)
        assert variant_of(bpy.context.view_layer.objects.active) == variants[0]
    bpy.ops.aimocap.add_g1_rig()
    assert variant_of(bpy.context.view_layer.objects.active) == "29dof"
    bpy.ops.aimocap.add_g1_rig(variant="23dof")  # as scripts did when there was one robot
    assert variant_of(bpy.context.view_layer.objects.active) == "23dof"
    bpy.ops.aimocap.add_g1_rig(robot="unitree_h1", variant="23dof")  # a menu keeps the variant that was chosen last
    assert variant_of(bpy.context.view_layer.objects.active) == "unitree_h1"


@in_newest
def test_another_robot_gets_it_is_checked_adjusted_and_exported(run: bpy.types.Object, tmp_path: Path) -> None:
    bpy.ops.aimocap.add_g1_rig(robot="unitree_h1")
    (rig,) = robots()
    select(run, rig)
    assert bpy.ops.aimocap.retarget_to_g1() == {"FINISHED"}
    assert bpy.ops.aimocap.fix_g1_motion(step="ALL") == {"FINISHED"}
    assert bpy.ops.aimocap.check_g1_motion() == {"FINISHED"}
    found = module("ui.g1.heat").checked(rig).report
    assert "joint_limit" not in {finding.kind.value for finding in found.worst}
    assert bpy.ops.aimocap.export_g1_motion(filepath=str(tmp_path / "run.json")) == {"FINISHED"}
    reported = json.loads((tmp_path / "run.json").read_text())
    assert (reported["robotType"], len(reported["dof_pos"][0])) == ("unitree_h1", 19)
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = None
    assert bpy.ops.aimocap.import_g1_motion(filepath=str(tmp_path / "run.json")) == {"FINISHED"}
    assert [len(robot.data.bones) for robot in robots()] == [20, 20]
    assert bpy.ops.aimocap.export_g1_motion(filepath=str(tmp_path / "run.csv"), format="CSV") == {"FINISHED"}
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = None
    # 18 frames of a sprint, mostly in the air, prove none of these
    options = {"fps": reported["fps"], "quaternion_order": "xyzw", "length_unit": "m"}
    assert bpy.ops.aimocap.import_g1_motion(filepath=str(tmp_path / "run.csv"), **options) == {"FINISHED"}
    again = module("scene.g1.keys").g1_motion_of(bpy.context.view_layer.objects.active)
    assert again.variant == "unitree_h1"
    assert again.dof_pos == pytest.approx(np.array(reported["dof_pos"]), abs=1e-5)


def test_a_new_robot_stands_beside_the_source_and_faces_as_it_does(run: bpy.types.Object, shared_data: Path) -> None:
    first, last = run.animation_data.action.frame_range
    assert bpy.ops.aimocap.retarget_to_g1(source=run.name) == {"FINISHED"}
    (rig,) = robots()
    assert bpy.context.view_layer.objects.active == rig
    assert tuple(rig.animation_data.action.frame_range) == pytest.approx((first, last), abs=1e-3)
    assert np.linalg.norm(rig.location) > 0.8
    errors = median_errors(run, rig, true_names(shared_data, RUN), np.arange(first, last + 1.0))
    assert max(errors.values()) < 8.0, errors


@pytest.mark.long
@in_newest
def test_files_of_all_kinds_in_their_own_time(shared_data: Path, addon: object, tmp_path: Path) -> None:
    del addon
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.scene.frame_current = 11
    bpy.context.scene.render.fps = 24
    short = tmp_path / "jumps.bvh"
    lines = (shared_data / "motions" / "cmu1_jumping_jacks.bvh").read_text().splitlines()
    head = next(row for row, line in enumerate(lines) if line.startswith("Frames:"))
    short.write_text("\n".join([*lines[:head], "Frames: 21", *lines[head + 1 : head + 2 + 21]]) + "\n")
    glb = shared_data / "characters" / "kaykit_rig_medium.glb"
    for file, seconds in ((short, 20 / 30), (glb, 70 / 30)):
        bpy.ops.object.select_all(action="DESELECT")
        bpy.context.view_layer.objects.active = None
        before = set(robots())
        assert bpy.ops.aimocap.retarget_to_g1(filepath=str(file)) == {"FINISHED"}
        (rig,) = set(robots()) - before
        first, last = rig.animation_data.action.frame_range
        assert first == pytest.approx(11.0)
        assert last - first == pytest.approx(24 * seconds, abs=0.05)
        assert rig.animation_data.action["aimocap_file"] == file.name


@in_newest
def test_a_finished_capture_of_a_character(character: bpy.types.Object, strip: object, service: StandIn) -> None:
    del strip
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (view,) = captures()
    sent = len(service.charges)
    select(character)
    assert bpy.ops.aimocap.retarget_to_g1(capture_id=view.id) == {"FINISHED"}
    (rig,) = robots()
    assert rig.animation_data.action["aimocap_capture"] == view.id
    assert len(service.charges) == sent


@in_newest
def test_choices_are_followed_and_one_undo_takes_it_back(run: bpy.types.Object) -> None:
    name = run.name
    bpy.ops.ed.undo_push(message="before")
    ways = []
    for held in (True, False):  # it runs in place: the foot on the ground carries the robot, or slides
        assert bpy.ops.aimocap.retarget_to_g1("EXEC_DEFAULT", True, source=name, hold_feet=held) == {"FINISHED"}
        (rig,) = robots()
        frames = np.round(rig.animation_data.action.frame_range)
        path = heads_at(rig, {"hips": "floating_base_joint"}, frames)["hips"]
        ways.append(float(np.linalg.norm((path[1] - path[0])[:2])))
        bpy.ops.ed.undo()
        assert not robots()
    assert ways[0] > 1.0
    assert ways[1] < 0.2


@in_newest
def test_source_that_can_t_be_put_on_the_robot_changes_nothing(run: bpy.types.Object, tmp_path: Path) -> None:
    bpy.ops.aimocap.add_g1_rig()
    (rig,) = robots()
    box = bpy.data.objects.new("Box", None)
    bpy.context.scene.collection.objects.link(box)
    broken = tmp_path / "broken.bvh"
    broken.write_text("HIERARCHY\n")
    select(rig)
    before = datablocks()
    retarget = bpy.ops.aimocap.retarget_to_g1
    assert "No motion is chosen" in refusal(retarget)
    assert "no “Nobody”" in refusal(retarget, source="Nobody")
    assert "is a robot" in refusal(retarget, source=rig.name)
    assert "Box" in refusal(retarget, source="Box")
    assert "broken.bvh" in refusal(retarget, filepath=str(broken))
    assert "gone.fbx" in refusal(retarget, filepath=str(tmp_path / "gone.fbx"))
    assert "no such capture" in refusal(retarget, capture_id="0")
    assert datablocks() == before
    assert rig.animation_data is None
    run.animation_data_clear()
    assert "no animation" in refusal(retarget, source=run.name)
    assert datablocks() == before
