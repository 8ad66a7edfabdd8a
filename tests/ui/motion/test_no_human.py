"""An animal as the character and as the source: said in a line, nothing changes; whoever insists has it applied."""

from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.motion.bones.human_and_animal_figures import LYING, ON_FOUR, figure
from tests.scene.scene_dump import changes
from tests.standin import StandIn
from tests.ui.acts import captures, module, preferences, refusal, whole_state


@pytest.fixture
def horse(character: bpy.types.Object) -> bpy.types.Object:
    """A horse whose bones are called as a person's, selected; the character stays in the file."""
    skeleton = figure(LYING, ON_FOUR)
    obj = bpy.data.objects.new("Horse", bpy.data.armatures.new("Horse"))
    bpy.context.scene.collection.objects.link(obj)
    character.select_set(state=False)
    obj.select_set(state=True)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    for number, name in enumerate(skeleton.names):
        bone = obj.data.edit_bones.new(name)
        bone.head, bone.tail = skeleton.heads[number], skeleton.world_tails[number]
        bone.parent = obj.data.edit_bones[skeleton.parents[number]] if number else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


@pytest.mark.usefixtures("sampled_once")
def test_a_file_onto_a_horse(horse: bpy.types.Object, motion_fbx: Path) -> None:
    before = whole_state()
    message = refusal(bpy.ops.aimocap.import_motion_fbx, filepath=str(motion_fbx))
    assert message == (
        "“Horse” isn't a human figure: it stands on four legs. Look at its bones with Review Bones, then apply again."
    )
    assert changes(before, whole_state()) == set()
    assert bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx), any_figure=True) == {"FINISHED"}
    assert horse.animation_data.action.name == "walk"


@pytest.mark.usefixtures("sampled_once", "horse")
def test_the_question_about_a_horse_takes_all_choices(motion_fbx: Path) -> None:
    """Choices of several, such as the body parts, are sets, which its answer hands on."""
    chosen = {"filepath": str(motion_fbx), "parts": {"head", "spine"}, "may_ask": True}
    assert bpy.ops.aimocap.import_motion_fbx(**chosen) == {"CANCELLED"}


def test_a_horse_onto_a_person(horse: bpy.types.Object, character: bpy.types.Object) -> None:
    horse.pose.bones["LeftArm"].keyframe_insert("rotation_quaternion", frame=1)
    horse.pose.bones["LeftArm"].keyframe_insert("rotation_quaternion", frame=20)
    bpy.context.view_layer.objects.active = character
    message = refusal(bpy.ops.aimocap.retarget_from, source="Horse")
    assert "The motion's skeleton isn't a human figure: it stands on four legs." in message
    assert character.animation_data is None
    assert bpy.ops.aimocap.retarget_from(source="Horse", any_figure=True) == {"FINISHED"}


@pytest.mark.usefixtures("strip")
def test_nobody_pays_for_a_horse_unasked(
    horse: bpy.types.Object, character: bpy.types.Object, service: StandIn
) -> None:
    """The dialog before a capture says it; with a person nothing is asked."""

    def question() -> Any:
        plans = module("takes.captures.planning").plan_captures(
            bpy.context, bpy.context.scene.aimocap.wishes(), is_only_asked=True
        )
        return module("ui.capture.before_capture").question_before(plans)

    preferences().consented_urls = ""
    first = question()
    assert first.cancel_first
    assert "“Horse” isn't a human figure: it stands on four legs." in first.sentences
    preferences().consented_urls = service.base_url
    asked = question()
    assert (asked.title, asked.cancel_first) == ("Capture for this character?", True)
    assert asked.sentences[0] == "“Horse” isn't a human figure: it stands on four legs."
    assert [answer.text for answer in asked.answers] == ["Capture (1.8 credits)", "Review Bones"]
    horse.select_set(state=False)
    bpy.context.view_layer.objects.active = character
    assert question() is None


@pytest.mark.usefixtures("sampled_once", "strip")
def test_a_capture_that_applies_itself_says_so_and_stays_listed(
    horse: bpy.types.Object, character: bpy.types.Object
) -> None:
    assert "four legs" in refusal(bpy.ops.aimocap.capture_motion)
    (view,) = captures()
    note = module("takes.session").open_session().application.notes[view.id]
    assert str(note.sentence).startswith("“Horse” isn't a human figure: it stands on four legs.")
    assert horse.animation_data is None
    bpy.context.view_layer.objects.active = character
    assert bpy.ops.aimocap.apply_capture(capture_id=view.id) == {"FINISHED"}
    assert character.animation_data.action is not None
