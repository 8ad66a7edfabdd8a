"""Missing parts of a capture are named one at a time, and each can be corrected where it is named."""

from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

from tests.media.g1_json import make_g1_json
from tests.standin import StandIn
from tests.ui.acts import module, preferences, refusal
from tests.ui.capture.drawn_rows import Box


@pytest.fixture
def checked(service: StandIn) -> Iterator[StandIn]:
    yield service
    bpy.context.preferences.system.use_online_access = True


def test_a_key_that_was_refused_is_remembered_until_it_is_another(checked: StandIn) -> None:
    check = module("ui.setup.support")
    assert not check.was_checked()
    preferences().api_key = "sk-wrong"
    assert "refused the API key" in refusal(bpy.ops.aimocap.check_service)
    assert check.was_checked()
    assert "refused the API key" in check.last_problem()
    preferences().api_key = checked.api_key
    assert not check.was_checked()
    assert check.last_problem() == ""
    bpy.ops.aimocap.check_service()
    assert check.was_checked()
    assert check.last_problem() == ""


def test_a_service_that_is_not_there_says_nothing_of_the_key(checked: StandIn) -> None:
    preferences().service_url = "http://127.0.0.1:9"
    assert "then try again" in refusal(bpy.ops.aimocap.check_service)
    assert not module("ui.setup.support").was_checked()
    assert checked.requests == []


def test_selecting_the_character(
    checked: StandIn, character: bpy.types.Object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del checked
    layer = bpy.context.view_layer
    for thing in layer.objects:
        thing.select_set(state=True)
    layer.objects.active = None
    bpy.ops.aimocap.select_character(armature=character.name)
    assert layer.objects.active == character
    assert [thing for thing in layer.objects if thing.select_get()] == [character]
    assert "no armature “Nobody”" in refusal(bpy.ops.aimocap.select_character, armature="Nobody")
    character.hide_set(True)
    assert "is hidden" in refusal(bpy.ops.aimocap.select_character, armature=character.name)
    assert module("ui.character.choosing").armatures_in(bpy.context) == []
    assert "hidden" in said_without_character(monkeypatch)
    shown = bpy.data.objects.new("Hero", None)
    shown.instance_type, shown.instance_collection = "COLLECTION", linked_hero(character, tmp_path)
    bpy.context.scene.collection.objects.link(shown)
    assert "Make a library override" in said_without_character(monkeypatch)
    bpy.data.objects.remove(shown)
    (linked,) = (thing for thing in bpy.data.objects if thing.library and thing.type == "ARMATURE")
    bpy.context.scene.collection.objects.link(linked)
    layer.objects.active = linked
    assert "Make a library override" in said_without_character(monkeypatch)
    bpy.data.objects.remove(linked)
    bpy.data.objects.remove(character)
    assert None in tuple(layer.objects)  # until it is updated
    assert "no character yet" in said_without_character(monkeypatch)


def linked_hero(character: bpy.types.Object, folder: Path) -> bpy.types.Collection:
    """A collection with the character, linked from another file."""
    hero = bpy.data.collections.new("Hero")
    hero.objects.link(character)
    bpy.data.libraries.write(str(folder / "hero.blend"), {hero})
    bpy.data.collections.remove(hero)
    with bpy.data.libraries.load(str(folder / "hero.blend"), link=True) as (_, linked):
        linked.collections = ["Hero"]
    return linked.collections[0]


def said_without_character(monkeypatch: pytest.MonkeyPatch) -> str:
    before_capture, box = module("ui.capture.before_capture"), Box()
    monkeypatch.setattr(before_capture, "say", lambda layout, sentence, *_: layout.label(text=sentence))
    before_capture.draw_missing_character(box, bpy.context)
    return " ".join(text for _, text in box.shown)


def test_a_button_that_can_t_be_pressed_says_why(strip: object, character: bpy.types.Object) -> None:
    del strip
    operators, previewing = module("ui.capture.operators"), module("ui.capture.previewing")
    capture, preview, check = operators.CaptureMotion, previewing.PreviewMotion, previewing.CheckVideo
    retarget, keep = module("ui.motion.retargeting").RetargetFrom, module("ui.character.choosing").KeepCharacter
    module("scene.video.strips").video_of(bpy.context)  # opens the movie
    usual = {operator: operator.__doc__ for operator in (capture, preview, check, retarget, keep)}

    def reported() -> dict[object, str]:
        return {operator: operator.description(bpy.context, None) for operator in usual}

    assert reported() == usual
    bpy.context.view_layer.objects.active = None
    nobody = "No character is selected. Select the armature for the motion"
    assert (reported()[capture], reported()[preview], reported()[check]) == (nobody, nobody, check.__doc__)
    assert reported()[retarget].startswith("No character is selected. Select the armature that should")
    assert reported()[keep] == "No armature is selected. Select the character"
    bpy.context.scene.aimocap.character = character
    assert reported() == usual
    bpy.context.scene.aimocap.target = "AVATAR"
    assert "ID is empty" in reported()[capture]
    bpy.context.scene.sequence_editor.active_strip = None
    for operator in (capture, preview, check):
        assert reported()[operator].startswith("No video strip is active")


@pytest.mark.usefixtures("sampled_once")
def test_local_files_need_neither_network_nor_key(
    checked: StandIn, character: bpy.types.Object, motion_fbx: Path, tmp_path: Path
) -> None:
    bpy.context.preferences.system.use_online_access = False
    preferences().api_key = ""
    assert bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx)) == {"FINISHED"}
    assert character.animation_data.action is not None
    walk = tmp_path / "walk.json"
    make_g1_json(walk, 0.0, 1.0, 30.0)
    assert bpy.ops.aimocap.import_g1_motion(filepath=str(walk)) == {"FINISHED"}
    assert bpy.ops.aimocap.add_g1_rig() == {"FINISHED"}
    assert checked.requests == []
