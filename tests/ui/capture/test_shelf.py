"""Captures are found in a long list: by file, state, name and video; and are given other names."""

import json
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.command.captures_on_disk import records
from tests.scene.video.sequencer_acts import Strip, move_ends
from tests.standin import StandIn
from tests.ui.acts import begin, capture, capture_ids, captures, module, until

pytestmark = pytest.mark.usefixtures("character", "sampled_once")


def rows() -> Any:
    module("takes.session").open_session().pump()
    module("ui.capture.list").update_list()
    return bpy.context.window_manager.aimocap_captures


def shown(text: str = "") -> list[str]:
    """The captures that the list shows, from top to bottom."""
    items = rows()
    flags, order = module("ui.capture.list").shown_rows(items, text, 1)
    places = order or range(len(items))
    by_place = sorted(zip(places, items.keys(), flags or [1] * len(items), strict=True))
    return [name for _, name, flag in by_place if flag]


@in_newest
def test_those_of_this_file_in_a_state_and_with_a_name(strip: Strip, service: StandIn, tmp_path: Path) -> None:
    shelf = bpy.context.window_manager.aimocap_shelf
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "one.blend"))
    ready = capture()
    module("takes.session").open_session().captures.runner.give_application_back(ready)
    service.credits = 0.0
    move_ends(strip, -2, 2)
    assert "CANCELLED" in run_refused()
    failed = capture_ids()[0]
    service.credits = None
    move_ends(strip, -1, 1)
    applied = capture()
    assert shown() == [applied, failed, ready]
    for standing, wanted in (("READY", ready), ("FAILED", failed), ("APPLIED", applied)):
        shelf.standing = standing
        assert shown() == [wanted], standing
    shelf.standing = "RUNNING"
    assert shown() == []
    shelf.standing = "ALL"
    rows()[applied].title = "Her jump"
    assert shown("JUMP") == [applied]
    shelf.this_file = True
    assert shown() == [applied, failed, ready]
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "two.blend"))
    module("takes.binding")._another_file()  # as in another run of Blender
    assert shown() == []
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "one.blend"))
    bpy.context.window_manager.aimocap_shelf.this_file = True
    assert shown() == [applied, failed, ready]


def run_refused() -> str:
    try:
        return str(bpy.ops.aimocap.capture_motion())
    except RuntimeError:
        return "CANCELLED"


@in_newest
def test_those_of_the_same_video_stand_together(strip: Strip, tmp_path: Path) -> None:
    movie = Path(bpy.path.abspath(strip.filepath))
    other = tmp_path / "other.mp4"
    other.write_bytes(movie.read_bytes())
    made = []
    for file, inwards in ((movie, 0), (other, 1), (movie, 1), (other, 1)):
        strip.filepath = str(file)
        move_ends(strip, inwards, 0)
        made.append(capture())
    assert shown() == made[::-1]
    bpy.context.window_manager.aimocap_shelf.order = "VIDEO"
    assert shown() == [made[3], made[1], made[2], made[0]]


@in_newest
@pytest.mark.usefixtures("strip")
def test_a_name_stays_over_a_restart_and_a_row_can_be_selected() -> None:
    first, _ = capture(), capture()
    rows()[first].title = "Her best jump"
    module("takes.session").close_session()
    assert [view.title for view in captures()] == ["Take 1", "Her best jump"]
    assert [item.title for item in rows()] == ["Capture · Mannequin · 0.3–2.0 s", "Her best jump"]
    assert bpy.ops.aimocap.select_capture(capture_id=first) == {"FINISHED"}
    assert module("ui.capture.list").selected_capture() == first
    assert bpy.ops.aimocap.select_capture(capture_id="none") == {"CANCELLED"}


def row_of(view: Any) -> Any:
    return module("ui.capture.list").row_of(module("takes.session").open_session(), view.id)


@in_newest
@pytest.mark.usefixtures("strip")
def test_a_row_tells_kind_receiver_range_and_video() -> None:
    capture()
    (view,) = captures()
    words = module("ui.capture.details")
    assert (row_of(view).title, row_of(view).facts) == ("Capture · Mannequin · 0.3–2.0 s", "Take 1")
    assert "1.8 credits" in words.facts_of(view)
    bpy.context.scene.aimocap.upload = "TRIMMED_CLIP"
    capture()
    assert [item.title for item in rows()] == [  # of the file, not of the clip
        "Capture · Mannequin · 0.3–2.0 s 2",
        "Capture · Mannequin · 0.3–2.0 s",
    ]


@in_newest
@pytest.mark.usefixtures("strip")
def test_the_time_left_is_estimated_from_earlier_captures(service: StandIn, tmp_path: Path) -> None:
    def reported() -> str:
        session = module("takes.session").open_session()
        session.pump()
        (view,) = [view for view in captures() if view.followed]
        sentences = [str(sentence) for sentence, _ in module("ui.capture.details")._other_sentences(session, view)]
        return sentences[0]

    service.hold("queued")
    begin()
    until(lambda: captures()[0].state == "running")
    assert "left" not in reported()
    service.release()
    until(lambda: captures()[0].state == "done")
    (record,) = records(tmp_path)
    module("takes.session").close_session()
    earlier = json.loads(record.read_text())
    earlier["submission"]["at"] -= 300.0  # as if it had taken five minutes
    record.write_text(json.dumps(earlier))
    service.hold("queued")
    begin()
    until(lambda: captures()[0].state == "running")
    assert "· about 5 min left" in reported()


@in_newest
@pytest.mark.usefixtures("strip")
def test_filter_hides_no_capture_that_was_just_started_and_selects_only_shown_ones(service: StandIn) -> None:
    shelf, selected = bpy.context.window_manager.aimocap_shelf, module("ui.capture.list").selected_capture
    first, second = capture(), capture()
    rows()[first].title = "Her jump"
    rows()
    assert selected() == second
    shelf.text = "JUMP"
    assert (shown(), selected()) == ([first], first)
    shelf.text = "take 1"  # the strip
    assert shown() == [second, first]
    shelf.text = "JUMP"
    service.hold("processing")
    begin()
    third = capture_ids()[0]
    assert (shown(), selected()) == ([third, second, first], third)
    shelf.standing = "RUNNING"
    assert selected() == third
    bpy.ops.aimocap.stop_following(capture_id=third)
    until(lambda: not captures()[0].followed)
    shelf.text = "jump"
    shelf.standing = "RUNNING"
    assert (shown(), selected()) == ([], "")  # no button acts on what isn't seen


@pytest.mark.usefixtures("strip")
def test_after_an_undo_the_list_says_that_nothing_is_applied(character: bpy.types.Object) -> None:
    name = character.name
    for thing in bpy.context.view_layer.objects:
        thing.select_set(thing == character)
    bpy.ops.ed.undo_push(message="Before")
    first = capture()
    bpy.ops.ed.undo_push(message="Captured")
    session = module("takes.session").open_session()
    assert session.application.notes[first].applied
    bpy.ops.ed.undo()
    assert bpy.data.objects[name].animation_data is None
    assert "was undone" in session.application.notes[first].sentence
    bpy.ops.ed.redo()
    assert session.application.notes[first].applied


@pytest.mark.usefixtures("strip", "character")
def test_a_motion_is_said_to_be_applied_only_in_the_file_that_has_it(tmp_path: Path) -> None:
    film = str(tmp_path / "film.blend")
    first = capture()
    application = module("takes.session").open_session().application
    note = application.notes[first]
    assert note.applied
    bpy.ops.wm.save_as_mainfile(filepath=film)
    for _ in range(2):
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        assert first not in application.notes
        assert not application.is_to_be_applied(first)
    bpy.ops.wm.open_mainfile(filepath=film)
    assert application.notes[first] == note


@pytest.mark.fault(93)
def test_previews_alone_are_listed_after_a_restart(service: StandIn, tmp_path: Path) -> None:
    del service
    kept, folder = module("takes.previews.kept"), tmp_path / "captures"
    looks = module("ui.capture.watching")._look_for_captures(folder)
    assert not looks()
    record = kept.PreviewRecord("preview-1", "Take 1", "dance.mp4", (0.8, 3.2), 1.0, {})
    (folder / kept.FOLDER / record.id).mkdir(parents=True)
    (folder / kept.FOLDER / record.id / "preview.json").write_text(json.dumps(module("record_json").to_json(record)))
    assert looks()
    assert rows().keys() == ["preview-1"]
