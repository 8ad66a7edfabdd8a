"""A capture that Blender on another computer follows: its row says so, and its button continues it here."""

import json

import bpy
import pytest

from tests.standin import StandIn
from tests.ui.acts import begin, captures, module, refusal, until
from tests.ui.capture.drawn_rows import drawn

pytestmark = [pytest.mark.usefixtures("sampled_once", "strip", "character")]

THERE = {"host": "1f", "computer": "studio-2", "boot": "b", "process": 1, "token": "t", "beats": 0}


def is_followed_elsewhere() -> str:
    """Let another computer take it, as one does that shares the folder; its id."""
    (view,) = captures()
    module("takes.session").close_session()
    (view.folder / "lock.lease").write_text(json.dumps(THERE))
    until(lambda: captures()[0].can_take_over)
    return str(view.id)


def test_a_paid_one_is_continued_without_a_question(service: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    service.hold("processing")
    begin()
    until(lambda: captures()[0].state == "running")
    capture_id = is_followed_elsewhere()
    shown = drawn(monkeypatch)
    assert ("aimocap.take_over", "Take Over") in shown
    assert [text for _, text in shown if "studio-2" in text] == ["Blender on “studio-2” is following this capture."]
    assert "Another Blender is following" in refusal(bpy.ops.aimocap.stop_following, capture_id=capture_id)
    service.release()
    assert bpy.ops.aimocap.take_over("INVOKE_DEFAULT", capture_id=capture_id) == {"FINISHED"}
    until(lambda: captures()[0].applied)
    assert len(service.charges) == 1
    assert "No other computer" in refusal(bpy.ops.aimocap.take_over, capture_id=capture_id)


def test_an_unpaid_one_is_asked_about_first(service: StandIn) -> None:
    held = service.faults.add(step="upload", hold="before")
    begin()
    assert held.reached.wait(30)
    held.release()
    service.faults.add(step="upload", status=503, times=None)
    is_followed_elsewhere()
    question = module("ui.capture.decisions").before_taking_over(captures()[0])
    assert question.cancel_first
    assert [str(sentence) for sentence in question.sentences] == [
        "Blender on “studio-2” is following this capture.",
        "If it is still running there, both computers may submit the job, and you may pay twice.",
    ]
    (answer,) = question.answers
    service.faults.clear()
    act = getattr(bpy.ops.aimocap, answer.operator.removeprefix("aimocap."))
    assert act("EXEC_DEFAULT", **answer.properties) == {"FINISHED"}
    until(lambda: captures()[0].applied)
    assert len(service.charges) == 1
