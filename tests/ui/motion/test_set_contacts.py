"""Set Foot Contacts as scripts call it: frames in words, undo, and where the motion is read from."""

import json

import bpy
import pytest

from tests.bench.tall_character import add_tall_character
from tests.blender_versions import in_newest
from tests.media.walk import put_walk_on
from tests.ui.acts import module, refusal
from tests.ui.posing import heads

BALL = "mixamorig:LeftToeBase"


@pytest.fixture
def source(character: bpy.types.Object) -> bpy.types.Object:
    """Someone taller, who walks for two and a half seconds from frame 1 on."""
    walker = add_tall_character(bpy.context.scene, seed=7)
    put_walk_on(walker, 2.5)
    bpy.context.view_layer.objects.active = character
    return walker


def stored(character: bpy.types.Object) -> dict[str, list[list[int]]]:
    return json.loads(character.animation_data.action["aimocap_contacts"])["feet"]


def keys_of(character: bpy.types.Object) -> dict[tuple[str, int], bytes]:
    found = module("scene.keys.keyframes").all_keyed_values(character)
    return {channel: frames.tobytes() + values.tobytes() for channel, (frames, values) in found.items()}


def slid(character: bpy.types.Object, start: int, end: int) -> float:
    path = heads(character, [BALL], range(start, end))[BALL]
    return float((path.max(axis=0) - path.min(axis=0)).max())


def test_frames_are_set_undone_and_redone_in_one_step(character: bpy.types.Object, source: bpy.types.Object) -> None:
    name = character.name
    assert bpy.ops.aimocap.retarget_from(source=source.name) == {"FINISHED"}
    before, found = keys_of(character), stored(character)
    (first, second, *rest), longer = found["left"], found["left"][1][1] + 4
    frames = ", ".join(f"{start}-{end - 1}" for start, end in (first, [second[0], longer], *rest))
    assert slid(character, second[0], longer) > 0.01
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aimocap.set_contacts("EXEC_DEFAULT", True, foot="LEFT", frames=frames) == {"FINISHED"}
    character = bpy.data.objects[name]
    edited = keys_of(character)
    assert stored(character) == {**found, "left": [first, [second[0], longer], *rest]}
    assert slid(character, second[0], longer) < 5e-4
    bpy.ops.ed.undo()
    character = bpy.data.objects[name]
    assert (keys_of(character), stored(character)) == (before, found)
    bpy.ops.ed.redo()
    character = bpy.data.objects[name]
    assert keys_of(character) == edited

    module("scene.action_contacts")._memory.applied.clear()  # as after the file was opened again
    bpy.context.view_layer.objects.active = character
    assert bpy.ops.aimocap.set_contacts(foot="RIGHT", frames="") == {"FINISHED"}
    assert stored(character)["right"] == []
    assert slid(character, second[0], longer) < 5e-4
    module("scene.action_contacts")._memory.applied.clear()
    bpy.data.objects.remove(bpy.data.objects["Tall"])
    message = refusal(bpy.ops.aimocap.set_contacts, foot="RIGHT", frames="20-30")
    assert "is no longer available. Apply it again, then edit its contacts." in message


@in_newest
def test_frames_in_words(character: bpy.types.Object, source: bpy.types.Object) -> None:
    message = refusal(bpy.ops.aimocap.set_contacts, foot="LEFT", frames="1-5")
    assert f"The Action of “{character.name}” has no foot contacts." in message
    assert bpy.ops.aimocap.retarget_from(source=source.name) == {"FINISHED"}
    assert bpy.ops.aimocap.set_contacts(foot="LEFT", frames=" 40 - 44,10-12, 11 - 20, 70-300, 60") == {"FINISHED"}
    assert stored(character)["left"] == [[10, 21], [40, 45], [60, 61], [70, 76]]
    for wrong in ("5-1", "a", "1-2-3", "1,,2"):
        assert "isn't a range of frames. Enter frames such as 10-25, 40-52." in refusal(
            bpy.ops.aimocap.set_contacts, foot="LEFT", frames=wrong
        )
    for outside, frame in {"76-90": 76, "12-20, 500": 500}.items():
        message = refusal(bpy.ops.aimocap.set_contacts, foot="LEFT", frames=outside)
        assert f"The motion has no frame {frame}: it goes from 1 to 75. Choose frames within these." in message
    assert stored(character)["left"] == [[10, 21], [40, 45], [60, 61], [70, 76]]


@in_newest
def test_locked_feet_are_compared_with_free_ones(character: bpy.types.Object, source: bpy.types.Object) -> None:
    name = character.name
    assert bpy.ops.aimocap.retarget_from(source=source.name, lock_feet=False) == {"FINISHED"}
    start, end = 20, 40
    free = heads(character, [BALL], range(start, end))[BALL]
    assert bpy.ops.aimocap.retarget_from(source=source.name, lock_feet=True) == {"FINISHED"}
    locked, actions = heads(character, [BALL], range(start, end))[BALL], sorted(bpy.data.actions.keys())
    assert abs(free - locked).max() > 0.01
    bpy.ops.ed.undo_push(message="before")

    assert bpy.ops.aimocap.compare_feet("EXEC_DEFAULT", True) == {"FINISHED"}
    assert bpy.ops.aimocap.flip_takes() == {"FINISHED"}
    assert abs(heads(character, [BALL], range(start, end))[BALL] - free).max() < 1e-3
    assert bpy.ops.aimocap.cancel_takes() == {"FINISHED"}
    assert abs(heads(character, [BALL], range(start, end))[BALL] - locked).max() < 1e-6
    assert sorted(bpy.data.actions.keys()) == actions

    assert bpy.ops.aimocap.compare_feet("EXEC_DEFAULT", True) == {"FINISHED"}
    assert bpy.ops.aimocap.flip_takes() == {"FINISHED"}
    assert bpy.ops.aimocap.keep_take("EXEC_DEFAULT", True) == {"FINISHED"}
    assert len(bpy.data.actions) == len(actions)
    assert abs(heads(character, [BALL], range(start, end))[BALL] - free).max() < 1e-3
    bpy.ops.ed.undo()
    character = bpy.data.objects[name]
    assert abs(heads(character, [BALL], range(start, end))[BALL] - locked).max() < 1e-6
