"""Questions before a video is captured again: a background Blender has the words, no dialog."""

import json
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.command.captures_on_disk import records
from tests.scene.video.sequencer_acts import Strip, move_ends
from tests.standin import StandIn
from tests.takes.rendered_strips import SHAPES, meta, trimmed_clip
from tests.ui.acts import begin, captures, module, preferences, refusal, until
from tests.ui.capture.questions import answers, plans, question

pytestmark = [in_newest, pytest.mark.usefixtures("sampled_once", "character")]

COSTS = "Capturing again costs about 1.8 credits."
FREE = "You can apply the earlier motion free of charge."
FREE_LATER = "You can apply its motion free of charge when it arrives."
APPLY, AGAIN = "Apply Earlier (free)", "Capture Again (1.8 credits)"


@pytest.fixture(autouse=True)
def agreed(service: StandIn) -> None:
    preferences().consented_urls = service.base_url


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
    assert found.title == "Send this video?"
    host = module("ui.setup.preferences").service_host()
    assert list(found.sentences) == [
        f"Uploads the whole file (2.4 s, 0.1 MB) to {host}; 1.8 s of it are processed.",
        "This costs about 1.8 credits; the service charges the length that it measures.",
        "API credits are separate from web studio credits.",
        "This add-on is an unofficial client, not affiliated with the service.",
    ]
    assert answers(found) == ["Send Whole File · 1.8 credits", f"Send Only the Range · 1.8 credits · {host}"]
    assert not found.cancel_first
    assert found.first is None
    assert service.requests == []


@pytest.mark.usefixtures("strip")
@pytest.mark.parametrize("consented", [True, False])
def test_a_check_that_says_that_it_will_not_work_is_asked_about(
    monkeypatch: pytest.MonkeyPatch, *, consented: bool
) -> None:
    running, (plan,) = module("takes.previews.running"), plans()
    checks = module("takes.session").open_session().video_checks
    preferences().consented_urls = preferences().service_url if consented else ""
    before = asked()

    def says(verdict: str, *sentences: str) -> None:
        found = running.CheckedVideo(
            getattr(running.Verdict, verdict), tuple(map(module("texts.text").Text, sentences))
        )
        monkeypatch.setattr(checks, "_found", {module("takes.take").key_of_range(plan.strip): found})

    says("GOOD", "Good: one person is in view from head to foot.")
    assert asked() == before
    says("RISKY", "Risky: the camera moves.", "Also: it is too dark in the whole range.")
    risky = {"Risky: the camera moves.", "Also: it is too dark in the whole range."}
    assert set(asked()) == (set() if consented else risky.union(before))  # nobody is kept from trying
    says("HOPELESS", "Won't work: nobody is in view.")
    found = question()
    assert "Won't work: nobody is in view." in found.sentences
    assert any(text.startswith("This costs about 1.8 credits") for text in found.sentences)
    assert found.cancel_first
    assert {answer.operator for answer in found.answers} == {"aimocap.capture_motion"}
    move_ends(bpy.context.scene.sequence_editor.active_strip, 2, 0)  # another range, which nobody checked
    assert len(asked()) == len(before)


@pytest.fixture
def back_online() -> Iterator[None]:
    yield
    bpy.context.preferences.system.use_online_access = True


@pytest.mark.usefixtures("strip", "back_online")
def test_network_and_key_are_asked_for_with_it_and_nothing_is_sent_without(service: StandIn) -> None:
    capture, key = bpy.ops.aimocap.capture_motion, preferences().api_key
    agreed = module("ui.capture.before_capture").agreement(plans())
    preferences().api_key = ""
    assert question().first is not None
    assert "no API key yet" in refusal(capture, "INVOKE_DEFAULT", agreed=agreed)
    preferences().api_key = key
    bpy.context.preferences.system.use_online_access = False
    assert question().first is not None
    assert "online access is off" in refusal(capture, "INVOKE_DEFAULT", agreed=agreed)
    bpy.context.preferences.system.use_online_access = True
    assert question() is None
    assert service.requests == []


@pytest.mark.usefixtures("strip")
def test_a_range_that_is_rendered_is_all_that_is_sent() -> None:
    preferences().consented_urls = ""
    bpy.context.scene.aimocap.upload = "TRIMMED_CLIP"
    found = question()
    host = module("ui.setup.preferences").service_host()
    assert found.sentences[0] == f"Renders the range (1.8 s) and uploads the clip to {host}."
    assert [answer.partition(" · ")[0] for answer in answers(found)] == ["Send"]


@pytest.mark.usefixtures("strip")
def test_the_answer_only_the_range_plans_a_clip_for_this_capture_alone() -> None:
    preferences().consented_urls = ""
    answer = question().answers[1]
    planned = module("takes.captures.planning").plan_captures(
        bpy.context, bpy.context.scene.aimocap.wishes(), only_range=answer.properties["only_range"]
    )
    assert [plan.source is not None for plan in planned] == [True]
    assert answer.properties["consented"] == module("ui.capture.before_capture").agreement(planned)
    assert answer.properties["consented"] != module("ui.capture.before_capture").agreement(plans())
    assert bpy.context.scene.aimocap.upload == "AUTO"


def test_a_whole_movie_has_no_range_to_send(movies: Callable[[Fraction], Path]) -> None:
    preferences().consented_urls = ""
    movie = movies(Fraction(25))
    found = question(str(movie))
    assert [answer.partition(" · ")[0] for answer in answers(found)] == ["Send"]
    assert "processed" not in found.sentences[0]
    assert found.answers[0].properties["filepath"] == str(movie)


@pytest.mark.usefixtures("strip")
def test_agreement_changes_with_range_and_service(strip: Strip) -> None:
    agreement = module("ui.capture.before_capture").agreement
    before = agreement(plans())
    assert agreement(plans()) == before
    move_ends(strip, 1, -1)
    assert agreement(plans()) != before
    move_ends(strip, -1, 1)
    assert agreement(plans()) == before
    preferences().service_url = "http://127.0.0.1:9"
    assert agreement(plans()) != before


@pytest.mark.usefixtures("strip")
def test_the_second_one_is_asked_for(tmp_path: Path) -> None:
    capture()
    found = question()
    assert (found.title, answers(found), found.cancel_first) == ("Capture again?", [APPLY, AGAIN], False)
    assert list(found.sentences) == ["“Take 1” was already captured (just now).", FREE, COSTS]
    apply, again = found.answers
    assert (apply.operator, dict(apply.properties)) == ("aimocap.apply_capture", {"capture_id": captures()[0].id})
    assert again.properties["agreed"] == module("ui.capture.before_capture").agreement(plans())
    (record,) = records(tmp_path)
    earlier = json.loads(record.read_text())
    changed = record.with_name("changed.json")
    changed.write_text(json.dumps({**earlier, "created_at": earlier["created_at"] - 2.5 * 3600}))
    changed.replace(record)  # whole at any moment: a worker may look at it just now
    assert asked()[0] == "“Take 1” was already captured (2 h ago)."
    preferences().consented_urls = ""
    found = question()
    assert answers(found) == [APPLY, AGAIN]
    assert "Uploads the whole file" in found.sentences[0]
    assert list(found.sentences[1:4]) == ["“Take 1” was already captured (2 h ago).", FREE, COSTS]


@pytest.mark.usefixtures("strip")
def test_one_that_is_under_way(service: StandIn) -> None:
    service.hold("processing")
    begin()
    assert asked() == ["“Take 1” is already being captured (started just now).", FREE_LATER, COSTS]
    assert (answers(question()), question().cancel_first) == ([AGAIN], True)
    until(lambda: captures()[0].state == "running")
    assert asked()[0] == "“Take 1” is already being captured (started just now)."


@pytest.mark.usefixtures("strip")
@pytest.mark.parametrize("paid", [True, False])
def test_one_that_came_to_nothing(service: StandIn, *, paid: bool) -> None:
    if paid:
        service.polls = ["failed"]
    else:
        service.credits = 0.0
    begin()
    until(lambda: captures()[0].state in {"failed", "rejected"})
    refunds = "According to the service, failed jobs are refunded to your API credits."
    words = ["“Take 1” was already sent (just now) and may be paid, but gave no motion.", refunds, COSTS]
    assert asked() == (words if paid else [])
    if paid:
        assert (answers(question()), question().cancel_first) == ([AGAIN], True)


@pytest.mark.usefixtures("strip")
def test_one_whose_motion_is_gone_is_not_said_to_be_in_the_list(tmp_path: Path) -> None:
    capture()
    for file in (tmp_path / "captures").rglob("motion.*"):
        file.unlink()
    assert asked() == ["“Take 1” was already captured (just now).", COSTS]
    assert (answers(question()), question().cancel_first) == ([AGAIN], True)


@pytest.mark.usefixtures("strip")
def test_one_that_cannot_be_read_may_be_the_same(service: StandIn, tmp_path: Path) -> None:
    capture()
    module("takes.session").close_session()
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
        "“Take 3” shows the same range as “Take 1”.",
        f"Capturing again costs about {credits_each:.1f} credits.",
    ]


def other_range(strip: Strip) -> None:
    move_ends(strip, 0, 9)
    move_ends(strip, 44, 0)  # what comes after it


def other_target(_: Strip) -> None:
    bpy.context.scene.aimocap.also_unitree_g1 = True


def other_rate(_: Strip) -> None:
    bpy.context.scene.aimocap.export_fps = "60"


def other_body(_: Strip) -> None:
    bpy.context.scene.aimocap.capture_type = "UPPER_BODY"


def other_service(_: Strip) -> None:
    preferences().service_url = "http://127.0.0.1:9"
    preferences().consented_urls = "http://127.0.0.1:9"


CHANGES = (other_range, other_target, other_rate, other_body, other_service)


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("upload", "change"),
    [("TRIMMED_CLIP", other_range), *(("AUTO", change) for change in CHANGES)],
)
def test_other_range_target_or_option_makes_another_capture(
    upload: str, change: Callable[[Strip], None], strip: Strip
) -> None:
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


@pytest.mark.slow_cases
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_strip_that_is_rendered(shape: Callable[[Strip], None], strip: Strip) -> None:
    shape(strip)
    begin()
    assert asked()[0] == "A clip of “Take 1” is already being rendered for a capture."
    assert asked()[1].startswith("Capturing again costs about")
    assert question().cancel_first
    until(lambda: bool(captures()) and captures()[0].state == "done")
    assert asked()[:2] == ["“Take 1” was already captured (just now).", FREE]


def test_a_file_that_was_made_anew_is_another_video(strip: Strip, tmp_path: Path) -> None:
    own = tmp_path / "own.mp4"
    own.write_bytes(Path(bpy.path.abspath(strip.filepath)).read_bytes())
    strip.filepath = str(own)
    trimmed_clip(strip)
    capture()
    assert asked()
    os.utime(own, (1.0, 1.0))
    assert not asked()


def test_strip_without_a_file_is_known_in_its_own_blend(strip: Strip, tmp_path: Path) -> None:
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


def test_the_command_line_s_captures_are_known(call: Any, movies: Callable[[Fraction], Path]) -> None:
    movie = movies(Fraction(25))
    assert question(str(movie)) is None
    assert call("capture", movie)[0] == 0
    assert "was already captured" in question(str(movie)).sentences[0]


def test_some_of_several(three: list[Strip], monkeypatch: pytest.MonkeyPatch) -> None:
    bpy.context.scene.sequence_editor.active_strip = three[1]
    move_ends(three[1], 3, -3)
    capture()
    first, second, third = (plan.credits for plan in plans(all_selected=True))
    assert list(question(all_selected=True).sentences) == [
        "“Take 2” was already captured (just now).",
        "“Take 3” shows the same range as “Take 1”.",
        FREE,
        f"Capturing again costs about {second + third:.1f} credits.",
        f"All 3 captures cost about {first + second + third:.1f} credits.",
    ]
    total = first + second + third
    found = question(all_selected=True)
    assert answers(found) == [f"Capture the Other One ({first:.1f} credits)", f"Capture All 3 ({total:.1f} credits)"]
    assert not found.cancel_first
    others, every = found.answers
    assert (others.properties["skip_captured"], "skip_captured" in every.properties) == (True, False)
    left = module("ui.capture.before_capture").without_repeated(plans(all_selected=True))
    assert [plan.request.title for plan in left] == ["Take 1"]
    assert others.properties["agreed"] == module("ui.capture.before_capture").agreement(left)
    assert bpy.ops.aimocap.capture_motion(all_selected=True) == {"FINISHED"}
    monkeypatch.setattr(module("ui.capture.before_capture"), "_MOST_LINES", 2)
    assert "And 1 more." in question(all_selected=True).sentences


def test_question_names_savings_too(strip: Strip) -> None:
    move_ends(strip, 15, -15)
    capture()
    assert "Extend the strip" in asked()[-1]
    bpy.context.scene.aimocap.also_unitree_g1 = True
    preferences().consented_urls = ""
    found = asked()
    assert ["Two targets" in found[-3], "Extend the strip" in found[-2]] == [True, True]


def test_all_selected_are_asked_for_with_their_sum(three: list[Strip], service: StandIn) -> None:
    move_ends(three[1], 3, -3)
    move_ends(three[2], 5, -5)
    total = sum(plan.credits for plan in plans(all_selected=True))
    found = question(all_selected=True)
    assert (found.title, answers(found)) == ("Capture 3 strips?", [f"Capture All 3 ({total:.1f} credits)"])
    assert list(found.sentences) == [f"All 3 captures cost about {total:.1f} credits."]
    assert not found.cancel_first
    preferences().consented_urls = ""
    found = question(all_selected=True)
    assert "Uploads 3 whole files (7.2 s, 0.1 MB)" in found.sentences[0]
    assert service.requests == []


def test_all_selected_that_were_captured_are_not_paid_by_return(three: list[Strip]) -> None:
    move_ends(three[1], 3, -3)
    move_ends(three[2], 5, -5)
    assert bpy.ops.aimocap.capture_motion(all_selected=True) == {"FINISHED"}
    found = question(all_selected=True)
    assert len(found.answers) == 1
    assert found.cancel_first
    assert bpy.ops.aimocap.capture_motion(all_selected=True, skip_captured=True) == {"FINISHED"}
    assert len(captures()) == len(three)
