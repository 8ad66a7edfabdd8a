"""Compare Takes as people press it: flip, keep, cancel, undo, save, and what the button says where it is grey."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.scene.scene_dump import changes, dump
from tests.ui.acts import module, refusal
from tests.ui.posing import Array, world_matrices

BONES = ("mixamorig:Hips", "mixamorig:LeftHand", "mixamorig:RightFoot")
FRAMES = (3, 20, 41)
SWAY, WAVE = "Sway", "Wave"


def put(character: bpy.types.Object, name: str, bone: str, source: str) -> None:
    """A take that rotates one bone."""
    keyframes, sources = module("scene.keys.keyframes"), module("scene.action_source")
    frames = np.arange(1.0, 46.0)
    character.pose.bones[bone].rotation_mode = "XYZ"
    path = f'pose.bones["{bone}"].rotation_euler'
    with sources.stamped(character, sources.ActionSource(file="walk.mp4", capture=source), as_asset=True):
        keyframes.write_action(character, name, frames, [keyframes.Channel(path, 0, bone, np.sin(frames / 9.0))])


def seen(name: str) -> dict[str, Array]:
    return world_matrices(bpy.data.objects[name], BONES, FRAMES)


def apart(one: dict[str, Array], other: dict[str, Array]) -> float:
    return max(float(np.abs(one[bone] - other[bone]).max()) for bone in BONES)


@pytest.fixture
def takes(character: bpy.types.Object) -> dict[str, dict[str, Array]]:
    """The poses of each of two takes; the second one plays."""
    found = {}
    for name, bone in ((SWAY, "mixamorig:Spine"), (WAVE, "mixamorig:LeftArm")):
        put(character, name, bone, f"capture of {name}")
        found[name] = seen(character.name)
    assert apart(found[SWAY], found[WAVE]) > 0.1
    bpy.context.scene.frame_set(FRAMES[0])
    bpy.ops.ed.undo_push(message="before")
    return found


def changed_motion(before: dict[str, object]) -> set[str]:
    """Changes that an undo hasn't brought back, of those that it brings back exactly."""
    return {path for path in changes(before, dump()) if path.startswith(("actions", "objects"))}


def act(name: str) -> None:
    """Press a button, which pushes an undo step where it should."""
    assert getattr(bpy.ops.aimocap, name)("EXEC_DEFAULT", True) == {"FINISHED"}


def test_flip_keep_and_undo_in_one_step(
    character: bpy.types.Object, takes: dict[str, dict[str, Array]], capfd: pytest.CaptureFixture[str]
) -> None:
    name, before = character.name, dump()
    act("compare_takes")
    assert apart(seen(name), takes[WAVE]) < 1e-6
    act("flip_takes")
    assert apart(seen(name), takes[SWAY]) < 1e-6
    bpy.context.scene.frame_set(FRAMES[0])
    capfd.readouterr()
    act("keep_take")
    assert "“Sway” plays. “Wave” was removed." in capfd.readouterr().out
    assert [action.name for action in bpy.data.actions] == [SWAY]
    assert not bpy.data.objects[name].animation_data.nla_tracks
    assert {path.partition("[")[0] for path in changes(before, dump())} <= {"actions", "objects"}
    assert apart(seen(name), takes[SWAY]) < 1e-6
    assert not bpy.ops.aimocap.flip_takes.poll()
    bpy.context.scene.frame_set(FRAMES[0])
    bpy.ops.ed.undo()
    assert changed_motion(before) == set()
    assert apart(seen(name), takes[WAVE]) < 1e-6


def test_cancel_undo_and_saving_leave_all_as_it_was(
    character: bpy.types.Object, takes: dict[str, dict[str, Array]], tmp_path: Path
) -> None:
    name, before = character.name, dump()
    act("compare_takes")
    act("flip_takes")
    act("cancel_takes")
    bpy.context.view_layer.update()
    assert changes(before, dump()) == set()
    act("compare_takes")
    act("flip_takes")
    bpy.ops.ed.undo()
    bpy.context.view_layer.update()
    assert changed_motion(before) == set()
    assert not bpy.ops.aimocap.flip_takes.poll()
    act("compare_takes")
    act("flip_takes")
    file = tmp_path / "comparing.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    assert apart(seen(name), takes[SWAY]) < 1e-6  # the comparison goes on
    bpy.ops.wm.open_mainfile(filepath=str(file))
    assert not bpy.ops.aimocap.flip_takes.poll()
    assert apart(seen(name), takes[WAVE]) < 1e-6
    assert sorted(action.name for action in bpy.data.actions) == [SWAY, WAVE]


def test_a_grey_button_says_why(character: bpy.types.Object) -> None:
    def tooltip() -> str:
        operator: Any = module("ui.motion.comparing").CompareTakes
        return operator.description(bpy.context, None)

    put(character, SWAY, "mixamorig:Spine", "one")
    assert tooltip() == (
        f"“{character.name}” has only one take. Apply another capture or preview to it, and keep the previous Action"
    )
    assert refusal(bpy.ops.aimocap.compare_takes) == f"{tooltip()}."
    put(character, WAVE, "mixamorig:LeftArm", "another")
    assert tooltip() == "Show another take of the character as a ghost, flip between the two, and keep one"
    character.select_set(state=False)
    bpy.context.view_layer.objects.active = None
    assert tooltip() == "No character is selected. Select the armature whose takes to compare"
