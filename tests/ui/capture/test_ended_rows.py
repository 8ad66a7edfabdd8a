"""The row, and the possible acts, where a paid job ended without its motion."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.standin import StandIn
from tests.ui.acts import begin, captures, module, preferences, refusal, until
from tests.ui.capture.drawn_rows import drawn
from tests.vision.made_tracks import made_track

pytestmark = [pytest.mark.usefixtures("sampled_once", "strip", "character")]


def ended(service: StandIn, *statuses: str) -> Any:
    service.polls = list(statuses)
    begin()
    until(lambda: captures()[0].checking_until is not None or captures()[0].state == "failed")
    runner = module("takes.session").open_session().captures.runner
    if captures()[0].followed:
        runner.stop_following(captures()[0].id)
    until(lambda: captures()[0].state == "failed" and not captures()[0].followed)
    return captures()[0]


def test_a_failed_job_can_be_checked_again_and_shows_its_id(service: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    view = ended(service, "failed")
    shown = drawn(monkeypatch)
    assert ("aimocap.check_again", "Check Again") in shown
    assert ("aimocap.copy_job_id", view.job_id) in shown
    assert any("failed jobs are refunded" in text for _, text in shown)
    assert ("aimocap.apply_capture", "Apply") not in shown
    question = module("ui.capture.decisions").before_forgetting(view)
    assert "Check Again asks the service for the motion, free of charge." in question.sentences


def test_the_card_of_a_result_has_a_verdict_and_what_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    shown = drawn(monkeypatch)
    assert not {"aimocap.copy_job_id", "aimocap.check_again"} & {operator for operator, _ in shown}
    first = next(number for number, (_, text) in enumerate(shown) if text.startswith("Applied to Mannequin, "))
    assert [text for _, text in shown[first + 1 :]] == ["Good", "Compare", "False", "Export…", ""]
    session, take_id = module("takes.session").open_session(), captures()[0].id
    note = session.application.notes[take_id]
    both = module("texts.text").Text.joined(("Left foot is 9 cm too high.", "So is the right one."))
    session.application.notes[take_id] = replace(note, warning=both, frame=12.4)
    shown = drawn(monkeypatch)
    assert ("", "Look at it: Left foot is 9 cm too high.") in shown
    assert ("aimocap.go_to_frame", "") in shown
    report = [str(sentence) for sentence in module("ui.capture.details")._sentences(session, take_id)]
    assert f"Look at it: {both}" in report
    bpy.ops.aimocap.go_to_frame(frame=12)
    assert bpy.context.scene.frame_current == 12
    session.application.notes[take_id] = replace(note, warning="Review the bones.", doubtful_bones=True)
    shown = drawn(monkeypatch)
    assert ("", "Doubtful: Review the bones.") in shown
    assert ("aimocap.review_bones", "") in shown


def test_numbers_are_in_a_text_that_is_not_saved() -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert bpy.ops.aimocap.show_details(take_id=captures()[0].id) == {"FINISHED"}
    (text,) = bpy.data.texts
    said = text.as_string()
    for part in ("Take 1", "Applied to Mannequin", "Good", "Planted feet slide", "credits", "The service keeps"):
        assert part in said
    assert text.users == 0
    assert "not applied" in refusal(bpy.ops.aimocap.show_details, take_id="none")


@in_newest
def test_numbers_say_how_far_off_it_is_in_films_of_the_same_moment(tmp_path: Path) -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (capture,) = captures()
    made = made_track(2.0)
    motion = module("vision.motion_from_track").motion_from_track(made.track)
    kept = module("vision.kept_solution").kept_solution(motion, 0.0, made.track.size)
    sighting = module("vision.sighting").Sighting(motion.clip, motion.trust, (), (), 0, 0.0, None)
    np.savez(tmp_path / "motion.npz", **module("vision.kept_solution").all_arrays(sighting, kept))
    previews = module("takes.session").open_session().previews.kept
    record = module("takes.previews.kept").PreviewRecord(
        "p", "Both", Path(capture.source.path).name, capture.range_sec, 0.0, {}, beside=("second.mp4",)
    )
    previews.add(previews.keep(record, tmp_path / "motion.npz")[0])
    assert bpy.ops.aimocap.show_details(take_id=capture.id) == {"FINISHED"}
    said = next(text for text in bpy.data.texts if "Applied to" in text.as_string()).as_string()
    (line,) = [line for line in said.splitlines() if line.startswith(f"Pixels off in {record.video}: ")]
    assert [limb for limb in ("Left arm", "Right arm", "Left leg", "Right leg") if limb in line]
    previews.remove("p")


def test_a_file_that_failed_the_check_is_kept_and_its_folder_a_click_away(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.results.fbx = tmp_path / "spoiled.fbx"
    service.results.fbx.write_bytes(b"Kaydara FBX Binary  \x00" + bytes(100))
    begin()
    until(lambda: captures()[0].state == "blocked")
    assert ("aimocap.open_capture_folder", "Show Rejected File") in drawn(monkeypatch)
    assert all(file.is_file() for file in captures()[0].rejected)


def test_without_a_window_the_id_is_in_the_words(service: StandIn) -> None:
    service.hold("processing")
    begin()
    until(lambda: captures()[0].job_id != "")
    (view,) = captures()
    assert view.job_id in refusal(bpy.ops.aimocap.copy_job_id, capture_id=view.id)


def test_without_credits_there_is_a_way_to_add_some(service: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    service.credits = 0.0
    begin()
    until(lambda: captures()[0].state == "rejected")
    assert ("wm.url_open", "Add Credits") in drawn(monkeypatch)


def test_a_refused_key_offers_to_get_one(service: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    preferences().api_key = "sk-other"
    begin()
    until(lambda: captures()[0].state == "blocked")
    shown = drawn(monkeypatch)
    assert shown.index(("wm.url_open", "Get a Key")) < shown.index(("aimocap.follow_capture", "Follow Again"))
    preferences().api_key = service.api_key
