"""What is asked before a video is captured that was captured already: a background Blender has the words, no dialog."""

import json
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_oldest_and_newest
from tests.scene.video.sequencer_acts import Strip, move_ends
from tests.standin import StandIn
from tests.ui.acts import captures, module, preferences
from tests.ui.test_command_line import call, records
from tests.ui.test_meanwhile import begin, until
from tests.ui.test_rendered_strips import SHAPES, meta, trimmed_clip
from tests.ui.test_several_strips import three

__all__ = ["call", "three"]

pytestmark = [in_oldest_and_newest, pytest.mark.usefixtures("sampled_once", "character")]

COSTS = "Capturing again costs about 1.8 v-credits."
LISTED = "In the list under Captures the earlier one can be applied at no cost."


@pytest.fixture(autouse=True)
def agreed(service: StandIn) -> None:
    preferences().consented_urls = service.base_url


def plans(filepath: str = "", *, all_selected: bool = False) -> Any:  # noqa: ANN401 -- of the installed add-on
    return module("ui.preparing").plan_captures(bpy.context, filepath, all_selected=all_selected)


def question(filepath: str = "", *, all_selected: bool = False) -> Any:  # noqa: ANN401 -- as above
    return module("ui.capture_questions").question_before(plans(filepath, all_selected=all_selected))


def asked() -> list[str]:
    found = question()
    return list(found.sentences) if found else []


def capture() -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}


@pytest.mark.usefixtures("strip")
def test_the_first_one_needs_consent_alone(service: StandIn) -> None:
    assert question() is None
    preferences().consented_urls = ""
    found = question()
    assert (found.title, found.answer) == ("Send this video?", "Send and Capture")
    assert len(found.sentences) == 3
    assert service.requests == []


@pytest.mark.usefixtures("strip")
def test_the_second_one_is_asked_for(tmp_path: Path) -> None:
    capture()
    found = question()
    assert (found.title, found.answer) == ("Capture again?", "Capture Again")
    assert list(found.sentences) == ["“Take 1” was captured already (just now).", COSTS, LISTED]
    (record,) = records(tmp_path)
    earlier = json.loads(record.read_text())
    record.write_text(json.dumps({**earlier, "created_at": earlier["created_at"] - 2.5 * 3600}))
    assert asked()[0] == "“Take 1” was captured already (2 h ago)."
    preferences().consented_urls = ""
    found = question()
    assert found.title == "Send this video?"
    assert list(found.sentences[3:]) == ["“Take 1” was captured already (2 h ago).", COSTS, LISTED]


@pytest.mark.usefixtures("strip")
def test_one_that_is_under_way(service: StandIn) -> None:
    service.hold("processing")
    begin()
    assert asked() == ["“Take 1” is being captured already (begun just now).", COSTS, LISTED]
    until(lambda: captures()[0].state == "running")
    assert asked()[0] == "“Take 1” is being captured already (begun just now)."


@pytest.mark.usefixtures("strip")
@pytest.mark.parametrize("paid", [True, False])
def test_one_that_came_to_nothing(service: StandIn, *, paid: bool) -> None:
    if paid:
        service.polls = ["failed"]
    else:
        service.credits = 0.0
    begin()
    until(lambda: captures()[0].state in {"failed", "rejected"})
    words = ["“Take 1” was sent already (just now) and may be paid, but came to nothing.", COSTS]
    assert asked() == (words if paid else [])


@pytest.mark.usefixtures("strip")
def test_one_whose_motion_is_gone_is_not_said_to_be_in_the_list(tmp_path: Path) -> None:
    capture()
    for file in (tmp_path / "captures").rglob("motion.*"):
        file.unlink()
    assert asked() == ["“Take 1” was captured already (just now).", COSTS]


@pytest.mark.usefixtures("strip")
def test_one_that_cannot_be_read_may_be_the_same(service: StandIn, tmp_path: Path) -> None:
    capture()
    module("ui.following").stop()
    records(tmp_path)[0].write_text("{")
    job = service.charges[0].job_id
    assert job in asked()[0]
    assert "Lost Captures" in asked()[1]
    assert bpy.ops.aimocap.recover_capture(job_id=job) == {"FINISHED"}
    assert not any("can't be read" in sentence for sentence in asked())


@pytest.mark.parametrize("upload", ["AUTO", "TRIMMED_CLIP"])
def test_twins_in_one_go(upload: str, three: list[Strip]) -> None:
    bpy.context.scene.aimocap.upload = upload
    credits_each = plans()[0].credits
    move_ends(three[1], 1, -1)
    assert list(question(all_selected=True).sentences)[:2] == [
        "“Take 3” shows the same as “Take 1”.",
        f"Capturing again costs about {credits_each:.1f} v-credits.",
    ]


def other_range(strip: Strip) -> None:
    move_ends(strip, 8, -9)


def other_target(_: Strip) -> None:
    bpy.context.scene.aimocap.also_unitree_g1 = True


def other_rate(_: Strip) -> None:
    bpy.context.scene.aimocap.export_fps = "60"


def other_body(_: Strip) -> None:
    bpy.context.scene.aimocap.capture_type = "UPPER_BODY"


def other_service(_: Strip) -> None:
    preferences().service_url = "http://127.0.0.1:9"
    preferences().consented_urls = "http://127.0.0.1:9"


@pytest.mark.parametrize("change", [other_range, other_target, other_rate, other_body, other_service])
@pytest.mark.parametrize("upload", ["AUTO", "TRIMMED_CLIP"])
def test_what_makes_it_another_one(upload: str, change: Callable[[Strip], None], strip: Strip) -> None:
    bpy.context.scene.aimocap.upload = upload
    capture()
    assert asked()
    change(strip)
    assert not any("already" in sentence for sentence in asked())


def test_the_video_lies_elsewhere_or_is_another_one(strip: Strip, tmp_path: Path) -> None:
    own = tmp_path / "own.mp4"
    own.write_bytes(Path(bpy.path.abspath(strip.filepath)).read_bytes())
    strip.filepath = str(own)
    capture()
    moved = own.rename(tmp_path / "moved.mp4")
    os.utime(moved, (1.0, 1.0))
    strip.filepath = str(moved)
    assert asked()
    with moved.open("ab") as file:
        file.write((8).to_bytes(4, "big") + b"free")
    assert not asked()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_strip_that_is_rendered(shape: Callable[[Strip], None], strip: Strip) -> None:
    shape(strip)
    begin()
    assert asked()[0] == "A clip of “Take 1” is being rendered already, to be captured."
    assert asked()[2] == LISTED
    until(lambda: bool(captures()) and captures()[0].state == "done")
    assert [asked()[0], asked()[2]] == ["“Take 1” was captured already (just now).", LISTED]


def test_a_file_that_was_made_anew_is_another_video(strip: Strip, tmp_path: Path) -> None:
    own = tmp_path / "own.mp4"
    own.write_bytes(Path(bpy.path.abspath(strip.filepath)).read_bytes())
    strip.filepath = str(own)
    trimmed_clip(strip)
    capture()
    assert asked()
    os.utime(own, (1.0, 1.0))
    assert not asked()


def test_what_is_no_file_is_known_in_its_own_blend(strip: Strip, tmp_path: Path) -> None:
    meta(strip)
    place = str(tmp_path / "film.blend")
    bpy.ops.wm.save_as_mainfile(filepath=place)
    capture()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film_2.blend"))
    assert asked()
    bpy.ops.wm.open_mainfile(filepath=place)
    assert asked()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "film_2.blend"))
    assert not asked()


def test_the_command_line_s_captures_are_known(
    call: Any,  # noqa: ANN401
    movies: Callable[[Fraction], Path],
) -> None:
    movie = movies(Fraction(25))
    assert question(str(movie)) is None
    assert call("capture", movie)[0] == 0
    assert "was captured already" in question(str(movie)).sentences[0]


def test_some_of_several(three: list[Strip], monkeypatch: pytest.MonkeyPatch) -> None:
    bpy.context.scene.sequence_editor.active_strip = three[1]
    move_ends(three[1], 3, -3)
    capture()
    first, second, third = (plan.credits for plan in plans(all_selected=True))
    assert list(question(all_selected=True).sentences) == [
        "“Take 2” was captured already (just now).",
        "“Take 3” shows the same as “Take 1”.",
        f"Capturing again costs about {second + third:.1f} v-credits.",
        LISTED,
        f"All 3 captures cost about {first + second + third:.1f} v-credits.",
    ]
    assert bpy.ops.aimocap.capture_motion(all_selected=True) == {"FINISHED"}
    monkeypatch.setattr(module("ui.capture_questions"), "_MOST_LINES", 2)
    assert "And 1 more like these." in question(all_selected=True).sentences


def test_what_may_save_credits_is_told_too(strip: Strip) -> None:
    move_ends(strip, 15, -15)
    capture()
    assert "hardly any motion" in asked()[-1]
    bpy.context.scene.aimocap.also_unitree_g1 = True
    preferences().consented_urls = ""
    found = asked()
    assert ["Two targets" in found[-2], "hardly any motion" in found[-1]] == [True, True]
