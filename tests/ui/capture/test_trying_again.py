"""Try Again: a new capture with the same request, where the earlier one ended without motion."""

from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.scene.video.sequencer_acts import Strip, move_ends
from tests.standin import StandIn
from tests.takes.rendered_strips import left_over, trimmed_clip
from tests.ui.acts import begin, captures, module, preferences, refusal, until
from tests.ui.capture.drawn_rows import Box, drawn

pytestmark = [in_newest, pytest.mark.usefixtures("sampled_once")]
BUTTON = ("aimocap.try_again", "Try Again · 1.8 credits")


@pytest.fixture(autouse=True)
def agreed(service: StandIn) -> None:
    preferences().consented_urls = service.base_url


def try_again(capture_id: str) -> None:
    assert bpy.ops.aimocap.try_again(capture_id=capture_id) == {"FINISHED"}


def question(earlier: str) -> Any:
    session = module("takes.session").open_session()
    plan = module("ui.capture.operators")._plan(bpy.context, session, earlier)
    return module("ui.capture.before_capture").question_before([plan], again=earlier)


def refused_for_credits(service: StandIn) -> str:
    """The id of a capture that was refused, as there were no credits; then there are."""
    credits_before, service.credits = service.credits, 0.0
    begin()
    until(lambda: bool(captures()) and captures()[0].state == "rejected")
    service.credits = credits_before
    return captures()[0].id


def bodies(service: StandIn) -> list[object]:
    return [request.body for request in service.requests if request.step == "create" and request.acted]


def test_a_refused_one_is_asked_for_once_more(
    strip: Strip, character: bpy.types.Object, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    bpy.context.scene.aimocap.export_fps = "60"
    earlier = refused_for_credits(service)
    shown = drawn(monkeypatch)
    assert shown.index(("wm.url_open", "Add Credits")) < shown.index(BUTTON)
    assert question(earlier) is None  # nothing was paid, and the price stands on the button

    move_ends(strip, 5, -5)  # what is selected and set meanwhile doesn't matter
    bpy.context.scene.aimocap.export_fps = "24"
    bpy.context.scene.aimocap.lock_feet = False
    camera = bpy.data.objects.new("Camera", None)
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.view_layer.objects.active = camera
    character.select_set(state=False)
    try_again(earlier)
    first, second = bodies(service)
    assert second == first
    new, old = captures()
    assert (new.order, new.order.export_fps) == (old.order, 60)
    assert (new.state, old.state, old.id) == ("done", "rejected", earlier)
    assert [charge.job_id for charge in service.charges] == [new.job_id]
    assert new.job_id != old.job_id
    assert character.animation_data.action.name == "Capture · Mannequin · 0.3–2.0 s"
    assert new.binding["lock_feet"]
    assert service.violations == []

    found = question(earlier)  # once more after that would pay for it a second time
    assert [answer.text for answer in found.answers] == ["Apply Earlier (free)", "Capture Again (1.8 credits)"]
    assert (found.answers[1].operator, found.answers[1].properties["capture_id"]) == ("aimocap.try_again", earlier)
    assert bpy.ops.aimocap.try_again.poll()


@pytest.mark.usefixtures("strip", "character")
def test_one_that_may_be_paid_asks_first_and_return_cancels(service: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    service.polls = ["failed"]
    begin()
    until(lambda: captures()[0].state == "failed")
    shown = drawn(monkeypatch)
    assert shown.index(("aimocap.check_again", "Check Again")) < shown.index(BUTTON)
    found = question(captures()[0].id)
    assert found.cancel_first
    assert [answer.text for answer in found.answers] == ["Capture Again (1.8 credits)"]
    assert "According to the service, failed jobs are refunded to your API credits." in found.sentences
    assert len(service.charges) == 1


@pytest.mark.usefixtures("strip", "character")
def test_one_that_is_done_or_under_way_or_recovered_cannot_be_tried_again(
    service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.hold("processing")
    begin()
    until(lambda: captures()[0].state == "running")
    for _ in range(2):
        assert BUTTON not in drawn(monkeypatch)
        assert "can't be tried again" in refusal(bpy.ops.aimocap.try_again, capture_id=captures()[0].id)
        service.release()
        until(lambda: captures()[0].state == "done")
    assert len(service.charges) == 1
    assert "no such capture" in refusal(bpy.ops.aimocap.try_again, capture_id="none")


@pytest.mark.usefixtures("character")
def test_another_video_is_refused(strip: Strip, service: StandIn, tmp_path: Path) -> None:
    own = tmp_path / "own.mp4"
    own.write_bytes(Path(bpy.path.abspath(strip.filepath)).read_bytes())
    strip.filepath = str(own)
    earlier = refused_for_credits(service)
    with own.open("ab") as file:
        file.write((8).to_bytes(4, "big") + b"free")
    assert "changed or is missing" in refusal(bpy.ops.aimocap.try_again, capture_id=earlier)
    assert len(bodies(service)) == 1


@pytest.mark.slow
def test_a_clip_is_rendered_once_more_while_its_strip_shows_it(
    strip: Strip, character: bpy.types.Object, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    trimmed_clip(strip)
    earlier = refused_for_credits(service)
    assert BUTTON in drawn(monkeypatch)
    bpy.context.scene.aimocap.upload = "AUTO"
    move_ends(strip, 1, -1)
    assert "No strip shows the range" in refusal(bpy.ops.aimocap.try_again, capture_id=earlier)
    move_ends(strip, -1, 1)
    strip.name = "Renamed"
    try_again(earlier)
    (job,) = [job for job in service.jobs if job.charged]
    assert job.trim == (0.0, pytest.approx(44 / 25, abs=2e-3))
    assert job.order.filename == "Take 1.mp4"
    assert character.animation_data.action.name == "Capture · Mannequin · 0.3–2.0 s"
    assert left_over() == []


@pytest.mark.usefixtures("character")
def test_a_clip_that_could_not_be_rendered(strip: Strip, service: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    trimmed_clip(strip)
    session = module("takes.session").open_session()
    begin()
    (failed,) = session.captures.preparations.values()
    failed._rendering.kill()
    until(lambda: failed.fault is not None)
    box = Box()
    monkeypatch.setattr(module("ui.capture.details"), "say", lambda *_, **__: None)
    module("ui.capture.details").draw_take(box, session, failed.id)
    assert BUTTON in box.shown
    try_again(failed.id)
    assert session.captures.preparations == {}
    assert [view.state for view in captures()] == ["done"]
    assert len(service.charges) == 1
    assert left_over() == []
