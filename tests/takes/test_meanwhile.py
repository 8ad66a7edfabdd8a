"""Acts of a user while a capture is under way: it continues or waits, is charged once, and its motion gets applied."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import bpy
import pytest

from tests.demo.character import bring_character
from tests.standin import StandIn
from tests.ui.acts import begin, captures, module, refusal, until

pytestmark = pytest.mark.usefixtures("sampled_once", "no_traceback")


@pytest.fixture
def film(strip: object, character: bpy.types.Object, service: StandIn, tmp_path: Path) -> Path:
    """The saved file, in which a capture is under way that the service works on."""
    del strip
    character.name = "Hero"
    film = tmp_path / "film.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(film))
    service.polls = ["processing", "completed"]
    service.hold("processing")
    begin()
    until(lambda: captures()[0].state == "running")
    return film


def settled() -> bool:
    """Whether the motion is here, and nothing more happens to it by itself."""
    (view,) = captures()
    return view.state == "done" and not module("takes.session").open_session().application.is_to_be_applied(view.id)


def finish(service: StandIn) -> None:
    service.release()
    until(settled)


def check_applied(name: str, service: StandIn) -> None:
    assert bpy.data.objects[name].animation_data.action.name == f"Capture · {name} · 0.3–2.0 s"
    assert [note.failed for note in module("takes.session").open_session().application.notes.values()] == [False]
    check_charged_once(service)


def check_waits_and_can_be_applied(service: StandIn, character_blend: Path) -> None:
    """It is in the list, on no character, and goes onto another one by hand."""
    (view,) = captures()
    assert not view.applied
    assert "press Apply" in module("takes.session").open_session().application.how_to_apply(view.id)
    assert [thing.name for thing in bpy.data.objects if thing.animation_data and thing.animation_data.action] == []
    other = bring_character(character_blend)
    assert bpy.ops.aimocap.apply_capture("EXEC_DEFAULT", capture_id=view.id) == {"FINISHED"}
    assert other.animation_data.action is not None
    check_charged_once(service)


def check_charged_once(service: StandIn) -> None:
    assert len(service.charges) == service.steps().count("complete_upload") == service.steps().count("create") == 1
    assert service.violations == []


def save(film: Path) -> str:
    bpy.ops.wm.save_mainfile(filepath=str(film))
    return "Hero"


def save_elsewhere(film: Path) -> str:
    bpy.ops.wm.save_as_mainfile(filepath=str(film.with_name("other.blend")))
    return "Hero"


def rename_both(_: Path) -> str:
    bpy.data.objects["Hero"].name = "Villain"
    editor = bpy.context.scene.sequence_editor
    editor.active_strip.name = "Other Take"
    return "Villain"


def delete_the_strip(_: Path) -> str:
    editor = bpy.context.scene.sequence_editor
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.remove(editor.active_strip)
    return "Hero"


def delete_the_sequencer(_: Path) -> str:
    bpy.context.scene.sequence_editor_clear()
    return "Hero"


def select_another(_: Path) -> str:
    bpy.ops.object.armature_add()
    return "Hero"


def hide_it(_: Path) -> str:
    bpy.data.objects["Hero"].hide_set(state=True)
    bpy.data.objects["Hero"].hide_viewport = True
    return "Hero"


def look_at_another_scene(_: Path) -> str:
    bpy.ops.scene.new(type="EMPTY")
    return "Hero"


def delete_the_scene(_: Path) -> str:
    """The character lives on in another one."""
    replace_the_scene("LINK_COPY")
    return "Hero"


def replace_the_scene(kind: Literal["LINK_COPY", "EMPTY"]) -> None:
    window = bpy.context.window
    old = window.scene
    bpy.ops.scene.new(type=kind)
    window.scene = old
    assert bpy.ops.scene.delete() == {"FINISHED"}


def render(_: Path) -> str:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x = scene.render.resolution_y = 16
    bpy.ops.render.render()
    return "Hero"


def append_another_of_that_name(film: Path) -> str:
    """And it is the new one that is selected."""
    folder = f"{copy_of(film)}/Object/"
    bpy.ops.wm.append(directory=folder, filename="Hero")
    assert bpy.context.view_layer.objects.selected.keys() == ["Hero.001"]
    return "Hero"


def link_another_of_that_name(film: Path) -> str:
    bpy.ops.wm.link(directory=f"{copy_of(film)}/Object/", filename="Hero")
    assert [thing.library is None for thing in bpy.data.objects if thing.name == "Hero"] == [True, False]
    return "Hero"


def copy_of(film: Path) -> Path:
    library = film.with_name("library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=str(library), copy=True)
    return library


def undo(_: Path) -> str:
    bpy.ops.ed.undo_push(message="before")
    bpy.data.objects["Hero"].location.x = 3.0
    bpy.ops.ed.undo_push(message="moved")
    bpy.ops.ed.undo()
    assert bpy.data.objects["Hero"].location.x == 0.0
    return "Hero"


def undo_and_redo(film: Path) -> str:
    undo(film)
    bpy.ops.ed.redo()
    assert bpy.data.objects["Hero"].location.x == pytest.approx(3.0)
    return "Hero"


def purge(_: Path) -> str:
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    return "Hero"


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    "act",
    [
        save,
        save_elsewhere,
        rename_both,
        delete_the_strip,
        delete_the_sequencer,
        select_another,
        hide_it,
        look_at_another_scene,
        delete_the_scene,
        render,
        append_another_of_that_name,
        link_another_of_that_name,
        undo,
        undo_and_redo,
        purge,
    ],
    ids=lambda act: act.__name__,
)
def test_it_goes_on_and_reaches_its_character(act: Callable[[Path], str], film: Path, service: StandIn) -> None:
    name = act(film)
    finish(service)
    check_applied(name, service)


def delete_its_data(_: Path) -> None:
    bpy.data.armatures.remove(bpy.data.objects["Hero"].data)


def delete_its_only_scene(_: Path) -> None:
    replace_the_scene("EMPTY")
    assert "Hero" in bpy.data.objects


def another_file(film: Path) -> None:
    del film
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


@pytest.mark.parametrize("act", [delete_its_data, delete_its_only_scene, another_file], ids=lambda act: act.__name__)
def test_it_waits_in_the_list(act: Callable[[Path], None], film: Path, service: StandIn, character_blend: Path) -> None:
    act(film)
    finish(service)
    check_waits_and_can_be_applied(service, character_blend)


def test_another_file_and_back(film: Path, service: StandIn) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    finish(service)
    (view,) = captures()
    assert not view.applied
    assert "film.blend" in module("takes.session").open_session().application.how_to_apply(view.id)
    bpy.ops.wm.open_mainfile(filepath=str(film))
    until(settled)
    check_applied("Hero", service)


def test_edit_mode(film: Path, service: StandIn) -> None:
    del film
    bpy.ops.object.mode_set(mode="EDIT")
    service.release()
    until(lambda: captures()[0].state == "done")
    following = module("takes.session").open_session()
    for _ in range(5):
        following.pump()
    assert following.application.cannot_be_keyed(captures()[0].id)
    assert bpy.data.objects["Hero"].animation_data is None
    bpy.ops.object.mode_set(mode="OBJECT")
    until(settled)
    check_applied("Hero", service)


def test_forgetting_waits_for_a_stop(film: Path, service: StandIn) -> None:
    del film
    (view,) = captures()
    assert "Stop following it first" in refusal(bpy.ops.aimocap.forget_capture, "EXEC_DEFAULT", capture_id=view.id)
    bpy.ops.aimocap.stop_following(capture_id=view.id)
    assert "Follow it again" in captures()[0].next_step
    service.release()
    bpy.ops.aimocap.follow_capture("INVOKE_DEFAULT", capture_id=view.id)
    until(settled)
    check_applied("Hero", service)
