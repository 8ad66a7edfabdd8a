"""A motion goes onto what it was meant for, where and when it was meant, or is refused: never onto something else."""

from pathlib import Path

import bpy
import pytest

from tests.demo.character import bring_character
from tests.faults.marks import Seen
from tests.media.g1_json import make_g1_json
from tests.standin import StandIn
from tests.takes.applied_captures import carried_out, moved, press_apply
from tests.takes.delivered_motion import FPS, RANGE_SEC
from tests.ui.acts import begin, captures, module, preferences, refusal, until

pytestmark = pytest.mark.usefixtures("sampled_once")


class TestApplyThatWaitsForTheMotion:
    def test_onto_each_that_it_was_pressed_for(
        self, captured: str, character: bpy.types.Object, character_blend: Path
    ) -> None:
        other = bring_character(character_blend)
        press_apply(captured)
        bpy.context.view_layer.objects.active = character
        press_apply(captured)
        until(carried_out)
        assert moved() == {character.name, other.name}

    def test_renamed_meanwhile(self, captured: str, character: bpy.types.Object, character_blend: Path) -> None:
        other = bring_character(character_blend)
        bpy.context.view_layer.objects.active = character
        press_apply(captured)
        character.name = "Renamed"
        bpy.context.view_layer.objects.active = other
        until(carried_out)
        assert moved() == {"Renamed"}

    def test_deleted_meanwhile(self, captured: str, character_blend: Path) -> None:
        other = bring_character(character_blend)
        press_apply(captured)
        bpy.data.objects.remove(other)
        until(carried_out)
        assert moved() == set()
        assert "no longer exists" in module("takes.session").open_session().application.notes[captured].sentence

    def test_another_file_meanwhile(self, captured: str, character_blend: Path) -> None:
        press_apply(captured)
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bring_character(character_blend)
        until(carried_out)
        assert moved() == set()
        assert "no longer exists" in module("takes.session").open_session().application.notes[captured].sentence


def test_no_such_armature(captured: str) -> None:
    assert "no “Hero”" in refusal(bpy.ops.aimocap.apply_capture, capture_id=captured, onto="Hero")
    assert moved() == set()


def test_a_new_rig_is_made_in_the_scene_of_the_capture(strip: object, service: StandIn, tmp_path: Path) -> None:
    del strip
    service.results.motion_json = tmp_path / "walk.json"
    make_g1_json(service.results.motion_json, *RANGE_SEC, FPS)
    home = bpy.context.scene
    home.aimocap.target = "UNITREE_G1"
    begin()
    bpy.ops.scene.new(type="EMPTY")
    until(lambda: captures()[0].state == "done" and carried_out())
    (rig,) = [thing for thing in bpy.data.objects if module("scene.g1.rig").is_g1_rig(thing)]
    assert [scene.name for scene in rig.users_scene] == [home.name]
    assert bpy.context.scene != home


class TestRealTime:
    def test_another_frame_rate_by_now(self, strip: object, character: bpy.types.Object, service: StandIn) -> None:
        del strip
        bpy.context.scene.aimocap.timing = "REAL_TIME"
        service.hold("queued")
        begin()
        until(lambda: captures()[0].state == "running")
        bpy.context.scene.render.fps = 60
        service.release()
        until(lambda: captures()[0].state == "done" and carried_out())
        first, last = character.animation_data.action.frame_range
        assert (last - first) / 60 == pytest.approx(1.76, abs=0.05)

    def test_in_another_file_from_the_current_frame_on(self, captured: str, character_blend: Path) -> None:
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bpy.context.scene.render.fps = 50
        bpy.context.scene.frame_set(200)
        other = bring_character(character_blend)
        assert bpy.ops.aimocap.apply_capture(capture_id=captured) == {"FINISHED"}
        first, last = other.animation_data.action.frame_range
        assert first == pytest.approx(200)
        assert (last - first) / 50 == pytest.approx(1.76, abs=0.05)

    def test_a_later_version_of_the_file_has_the_strip(self, captured: str, tmp_path: Path) -> None:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film_v002.blend"))
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "film_v002.blend"))
        bpy.context.scene.frame_set(200)
        assert bpy.ops.aimocap.apply_capture(capture_id=captured) == {"FINISHED"}
        (name,) = moved()
        assert bpy.data.objects[name].animation_data.action.frame_range[0] == pytest.approx(17, abs=0.1)


@pytest.fixture
def linked(service: StandIn, character_blend: Path) -> bpy.types.Object:
    """The mannequin of another file, linked and selected."""
    del service
    with bpy.data.libraries.load(str(character_blend), link=True) as (held, wanted):
        wanted.objects = held.objects
    for thing in wanted.objects:
        bpy.context.scene.collection.objects.link(thing)
    (armature,) = [thing for thing in wanted.objects if thing.type == "ARMATURE"]
    bpy.context.view_layer.objects.active = armature
    return armature


class TestReceiverThatCannotTakeIt:
    @pytest.mark.usefixtures("strip", "linked")
    @pytest.mark.parametrize("target", ["DEFAULT", "AVATAR"])
    def test_linked(self, target: str, service: StandIn) -> None:
        bpy.context.scene.aimocap.target, bpy.context.scene.aimocap.avatar_id = target, "hero"
        assert "is linked" in refusal(bpy.ops.aimocap.capture_motion)
        assert service.requests == []

    @pytest.mark.usefixtures("strip")
    @pytest.mark.parametrize("beside_a_character", [False, True])
    def test_a_linked_robot(
        self, character: bpy.types.Object, service: StandIn, tmp_path: Path, *, beside_a_character: bool
    ) -> None:
        bpy.ops.aimocap.add_g1_rig()
        rig = bpy.context.view_layer.objects.active
        library = tmp_path / "robot.blend"
        bpy.data.libraries.write(str(library), {rig})
        name = rig.name
        bpy.data.objects.remove(rig)
        with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
            wanted.objects = [name]
        (rig,) = wanted.objects
        bpy.context.scene.collection.objects.link(rig)
        rig.select_set(state=True)
        settings = bpy.context.scene.aimocap
        settings.target = "DEFAULT" if beside_a_character else "UNITREE_G1"
        settings.also_unitree_g1 = beside_a_character
        bpy.context.view_layer.objects.active = character if beside_a_character else rig
        assert "is linked" in refusal(bpy.ops.aimocap.capture_motion)
        assert service.requests == []

    @pytest.mark.usefixtures("strip")
    def test_no_bones(self, service: StandIn) -> None:
        empty = bpy.data.objects.new("Nothing", bpy.data.armatures.new("Nothing"))
        bpy.context.scene.collection.objects.link(empty)
        bpy.context.view_layer.objects.active = empty
        bpy.context.scene.aimocap.target, bpy.context.scene.aimocap.avatar_id = "AVATAR", "hero"
        assert "has no bones" in refusal(bpy.ops.aimocap.capture_motion)
        assert service.requests == []

    @pytest.mark.usefixtures("strip")
    def test_failed_application_does_not_count_as_applied(self, character: bpy.types.Object, service: StandIn) -> None:
        service.hold("queued")
        begin()
        until(lambda: captures()[0].state == "running")
        bpy.context.view_layer.objects.active = character
        bpy.ops.object.mode_set(mode="EDIT")
        for bone in character.data.edit_bones[3:]:
            character.data.edit_bones.remove(bone)
        bpy.ops.object.mode_set(mode="OBJECT")
        service.release()
        until(lambda: captures()[0].state == "done" and carried_out())
        (view,) = captures()
        assert not view.applied
        assert module("takes.session").open_session().application.notes[view.id].failed
        module("takes.session").close_session()
        assert not captures()[0].applied


class TestCapturesFolder:
    def test_is_the_same_whichever_file_is_open(self, service: StandIn, tmp_path: Path) -> None:
        del service
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
        preferences().captures_folder = "//captured"
        assert Path(preferences().captures_folder) == tmp_path / "captured"

    @pytest.mark.fault(89)
    @pytest.mark.usefixtures("strip", "character")
    def test_changed_while_a_capture_is_busy(self, service: StandIn, tmp_path: Path, seen: Seen) -> None:
        """The next one goes there at once; the earlier one is followed to its end and applied."""
        service.hold("queued")
        begin()
        session = module("takes.session")
        first = session.current_session()
        assert first.busy
        preferences().captures_folder = str(tmp_path / "elsewhere")
        begin()
        assert [session.current_session().busy, first.busy] == [True, True]
        assert [len(list((tmp_path / name).glob("*/capture.json"))) for name in ("captures", "elsewhere")] == [1, 1]
        (message,) = session.open_session().messages.take()
        assert "1 capture in that folder continues while Blender runs. Choose that folder again" in message.sentence
        service.release()
        until(lambda: not session.open_session().active)
        assert [view.state for view in (*captures(), *first.captures.runner.captures())] == ["done", "done"]
        assert [view.applied for view in (*captures(), *first.captures.runner.captures())] == [True, True]
        assert len(service.charges) == 2
        assert session.open_session().earlier == []
        seen("one capture in each folder, both done and applied, 2 charged")

    @pytest.mark.usefixtures("strip", "character")
    def test_chosen_again(self, service: StandIn, tmp_path: Path) -> None:
        """A capture that is followed there is listed again, by the same session."""
        service.hold("queued")
        begin()
        session = module("takes.session")
        first = session.current_session()
        preferences().captures_folder = str(tmp_path / "elsewhere")
        assert captures() == ()
        preferences().captures_folder = str(tmp_path / "captures")
        assert session.open_session() is first
        service.release()
        until(lambda: not session.open_session().active)
        assert [view.applied for view in captures()] == [True]


def test_the_consent_is_kept_when_blender_ends(service: StandIn) -> None:
    del service
    bpy.context.preferences.is_dirty = False
    module("ui.setup.preferences").remember_consent()
    assert bpy.context.preferences.is_dirty
