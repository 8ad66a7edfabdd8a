"""Progress is shown next to the button that began it, with words, how far it is and what stops it."""

from dataclasses import replace
from typing import Any

import bpy
import pytest

from tests.standin import StandIn
from tests.ui.acts import begin, captures, module, until

pytestmark = [pytest.mark.usefixtures("sampled_once", "strip", "character")]


def bars() -> tuple[Any, Any]:
    session = module("takes.session").open_session()
    drawing, source = module("ui.preview.drawing"), module("scene.video.strips").video_of(bpy.context)
    return drawing.free_bar(session, source), drawing.capture_bar(session, source)


def test_a_capture_shows_what_it_waits_for_and_can_be_left(service: StandIn, strip: Any) -> None:
    assert bars() == (None, None)
    service.hold("queued")
    begin()
    until(lambda: captures()[0].what == "Queued.")
    free, bar = bars()
    assert free is None
    assert bar.text.startswith("In the queue for 0:0")
    assert bar.stop == ("aimocap.stop_following", "capture_id", captures()[0].id)
    strip.name = "Take 2"
    assert bars() == (None, None)
    strip.name = "Take 1"
    assert bpy.ops.aimocap.stop_following(capture_id=captures()[0].id) == {"FINISHED"}
    until(lambda: not captures()[0].followed)
    assert bars() == (None, None)


def test_a_transfer_says_how_much_of_how_much() -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (view,) = captures()
    drawing = module("ui.preview.drawing")
    session = module("takes.session").open_session()
    bar = drawing._of_capture(session, replace(view, state="created", transferred=(4_000_000, 12_000_000)))
    assert (bar.text, round(bar.done, 3)) == ("Uploading 4.0 of 12.0 MB", 0.333)
    bar = drawing._of_capture(session, replace(view, state="downloading", transferred=(1, 2)))
    assert bar.text.startswith("Downloading")
    waits = replace(
        view, state="running", what="Waiting for the service.", trouble="NETWORK", elapsed_sec=40.0, submitted_at=None
    )
    assert drawing._of_capture(session, waits).text == "Waiting 0:40 for the service"


@pytest.mark.usefixtures("sampled_once")
def test_a_motion_that_is_to_be_applied_can_be_left(character: bpy.types.Object) -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (view,) = captures()
    session, action = module("takes.session").open_session(), character.animation_data.action
    session.application.when_read(view.id, character)
    _, bar = bars()
    assert bar.text == "Applying the motion"
    assert module("ui.preview.drawing").applying_bar(session, view.id) == bar
    operator, name, value = bar.stop
    assert operator == "aimocap.stop_work"
    assert bpy.ops.aimocap.stop_work(**{name: value}) == {"FINISHED"}
    assert bars() == (None, None)
    assert session.application.notes[view.id].sentence.startswith("Applying the motion was stopped.")
    session.pump()
    assert character.animation_data.action == action
    assert bpy.ops.aimocap.stop_work(**{name: value}) == {"CANCELLED"}


@pytest.mark.parametrize(("fraction", "can_stop"), [(0.4, True), (1.0, False)])
def test_an_operator_s_work_stands_in_the_place_of_its_button(fraction: float, can_stop: bool) -> None:
    waits, modal, work = module("ui.text.modal_work"), module("ui.text.modal_work"), "aimocap.some_work"
    assert waits.work_bar(work) is None
    modal.show_wait(work, fraction, "Reading")
    bar = waits.work_bar("aimocap.other_work", work)
    assert (bar.text, bar.done) == ("Reading", fraction)
    assert (bar.stop == ("aimocap.stop_work", "work", work)) == can_stop
    assert bpy.ops.aimocap.stop_work(work=work) == {"FINISHED"}
    modal.show_wait(work, fraction, "Reading more")
    assert modal.wait_for(work).stops
    modal.show_wait(work)
    assert waits.work_bar(work) is None


def test_a_check_can_be_stopped() -> None:
    session = module("takes.session").open_session()
    session.video_checks.begin(module("scene.video.strips").video_of(bpy.context))
    bar, _ = bars()
    assert bar.text == "Checking the video"
    assert module("takes.session").progress_of(session).sentence == "Take 1 – Checking the video"
    operator, name, value = bar.stop
    assert operator == "aimocap.check_video"
    assert bpy.ops.aimocap.check_video(**{name: value}) == {"FINISHED"}
    assert not session.video_checks.busy
    assert bars() == (None, None)
