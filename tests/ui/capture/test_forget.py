"""Forgetting and submitting again: what is said first, and how a forgotten capture comes back."""

from dataclasses import replace
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.standin import StandIn
from tests.ui.acts import begin, captures, files_below, module, preferences, refusal, until
from tests.ui.capture.drawn_rows import Layout

pytestmark = [pytest.mark.usefixtures("sampled_once", "strip", "character")]


def capture() -> str:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    return captures()[0].id


def before_forgetting() -> Any:
    return module("ui.capture.decisions").before_forgetting(captures()[0])


@in_newest
def test_forgetting_a_paid_motion_is_asked_for_and_return_cancels(service: StandIn) -> None:
    capture_id = capture()
    question = before_forgetting()
    assert question.cancel_first
    assert list(question.sentences) == [
        "“Take 1” and its motion will be removed from the list.",
        "It cost about 1.8 credits.",
        "Lost Captures can restore it for 7 days.",
        "Applied motion stays.",
    ]
    assert [view.id for view in captures()] == [capture_id]
    (answer,) = question.answers
    act = getattr(bpy.ops.aimocap, answer.operator.removeprefix("aimocap."))
    assert act("EXEC_DEFAULT", **answer.properties) == {"FINISHED"}
    assert captures() == ()
    assert len(service.charges) == 1


@in_newest
def test_forgetting_an_unfinished_paid_capture_says_that_its_motion_is_missing(service: StandIn) -> None:
    service.hold("processing")
    begin()
    until(lambda: captures()[0].state == "running")
    (view,) = captures()
    module("takes.session").open_session().captures.runner.stop_following(view.id)
    question = before_forgetting()
    assert question.cancel_first
    assert question.sentences[:2] == (
        "“Take 1” will be removed from the list.",
        "It may have cost about 1.8 credits, and its motion has not been downloaded yet.",
    )


@pytest.mark.usefixtures("service")
def test_unpaid_capture_is_forgotten_unasked() -> None:
    preferences().api_key = "sk-another"
    begin()
    until(lambda: captures()[0].state == "blocked")
    assert before_forgetting() is None


def test_forgotten_capture_is_listed_and_comes_back(service: StandIn) -> None:
    capture_id = capture()
    until(lambda: "preview" in captures()[0].files)  # or it may come meanwhile
    (before,) = captures()
    files = {file: file.read_bytes() for file in files_below(before.folder) if file.name != "lock"}
    bpy.ops.aimocap.forget_capture("EXEC_DEFAULT", capture_id=capture_id)
    assert captures() == ()
    assert not before.folder.exists()
    drawn = menu()
    assert [text for operator, text in drawn if operator == "aimocap.restore_capture"] == [
        "Restore “Take 1” (forgotten: now)"
    ]
    assert not any(before.job_id in text for _, text in drawn)  # it isn't lost
    sent = len(service.requests)
    assert bpy.ops.aimocap.restore_capture(capture_id=capture_id) == {"FINISHED"}
    (after,) = captures()
    assert (after.state, after.files, after.applied) == ("done", before.files, True)
    assert {file: file.read_bytes() for file in files} == files
    assert bpy.ops.aimocap.apply_capture(capture_id=capture_id) == {"FINISHED"}
    assert len(service.requests) == sent
    assert not any(operator == "aimocap.restore_capture" for operator, _ in menu())


def test_capture_that_left_the_trash_is_not_restored() -> None:
    assert "no longer in the trash" in refusal(bpy.ops.aimocap.restore_capture, capture_id="nothing")


@in_newest
@pytest.mark.parametrize(
    ("refused", "button", "says"),
    [
        (False, "Submit Anyway", "Submitting again may cost another 1.8 credits."),
        (True, "Submit Again", "The add-on first checks with the service"),
    ],
)
def test_submitting_again_says_what_it_may_cost(*, refused: bool, button: str, says: str) -> None:
    capture()
    view = replace(captures()[0], state="unconfirmed", refused=refused, can_check_again=True)
    question = module("ui.capture.decisions").before_submitting(view)
    assert question.cancel_first
    assert [answer.text for answer in question.answers] == [button]
    assert any(sentence.startswith(says) for sentence in question.sentences)
    assert any("another 1.8 credits" in sentence for sentence in question.sentences)
    buttons = module("ui.capture.details").choices_of(view)
    assert [text for _, text, _ in buttons] == ["Check Again", button]


@pytest.mark.usefixtures("addon")
def test_blender_has_the_dialogs_that_are_used() -> None:
    """They are seen in a window, in one Blender; see `tests/window/test_questions.py`."""
    buttons = bpy.types.UILayout.bl_rna.functions["template_popup_confirm"].parameters
    assert {"operator", "text", "translate", "cancel_text", "cancel_default"} <= set(buttons.keys())
    assert "title" in bpy.types.WindowManager.bl_rna.functions["invoke_props_dialog"].parameters


def menu() -> list[tuple[str, str]]:
    layout = Layout()
    module("ui.capture.decisions").RecoverMenu.draw(type("Menu", (), {"layout": layout})(), bpy.context)
    return layout.shown
