"""A job whose record was lost is taken up by its id; whatever the service answers, nothing that costs is sent."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimocap_blender.jobs import life
from aimocap_blender.jobs.capture import State, Trouble
from aimocap_blender.jobs.events import (
    CheckAgain,
    Created,
    Effect,
    Failed,
    Follow,
    Interrupted,
    Looked,
    Noted,
    Restarted,
    Stop,
    SubmitAnyway,
    Submitted,
    Uploaded,
    Wake,
)
from aimocap_blender.jobs.intake import recovered_capture
from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.service.contract import CreatedJob, Generation, JobState
from aimocap_blender.service.faults import Kind
from aimocap_blender.texts.faults import Fault
from tests.standin import StandIn

from .desk import Desk

KINDS = [*(kind.value for kind in Kind), "bad_file", "other_key", "unknown_job", "internal"]
STATUSES = ["draft", "queued", "processing", "completed", "failed", "canceled", "resting"]


def looked(status: str, targets: tuple[str, ...] | None) -> Looked:
    return Looked(JobState("job_1", status, targets), "key")


def failed(kind: str, status: int | None, sent: bool, refused: bool) -> Failed:
    return Failed(Trouble(kind, "It.", "Do.", None, status), sent, refused)


EVENTS = st.one_of(
    st.sampled_from([Restarted(Noted()), Interrupted(), Stop(), Follow(), CheckAgain(), SubmitAnyway(), Submitted()]),
    st.just(Created(CreatedJob("other", "https://s/u", Generation.A), "key")),
    st.just(Uploaded("etag")),
    st.builds(
        looked,
        st.sampled_from(STATUSES),
        st.sampled_from([None, (), ("default",), ("unitree_g1", "default"), ("",), ("default", "avatar:7")]),
    ),
    st.builds(
        failed,
        st.sampled_from(KINDS),
        st.sampled_from([None, 400, 401, 404, 429, 500]),
        st.booleans(),
        st.booleans(),
    ),
)


FREE = {Effect.NOTE_JOB, Effect.LOOK, Effect.ASK_RESULT, Effect.FETCH, Effect.FETCH_PREVIEW}


@settings(max_examples=400)
@given(
    st.lists(EVENTS, max_size=25),
    st.sampled_from([(), ("default",)]),
    st.just(State.VERIFYING) | st.sampled_from([state for state in State if state is not State.STOPPED]),
)
def test_no_events_lead_to_a_request_that_costs(events: list[object], targets: tuple[str, ...], state: State) -> None:
    """From where it begins, nor from any state that it should never be in."""
    capture, now = replace(recovered_capture("job_1", targets, "https://service", 0.0), state=state), 0.0
    for event in events:
        capture, first = life.advance(capture, event, Timing(), now)  # type: ignore[arg-type]
        now += 700.0
        capture, second = life.advance(capture, Wake(), Timing(), now)
        assert {*first, *second} <= FREE
        assert capture.state is not State.STOPPED


def test_submitting_anyway_is_none_of_its_choices() -> None:
    capture = replace(recovered_capture("job_1", (), "https://service", 0.0), state=State.UNCONFIRMED)
    assert life.advance(capture, SubmitAnyway(), Timing(), 1.0) == (capture, ())


@pytest.mark.parametrize("how", ["torn", "uninstalled"])
@pytest.mark.parametrize("targets", [("default",), ("default", "unitree_g1")])
def test_a_lost_record(how: str, targets: tuple[str, ...], motion: Path, folder: Path, video: Path) -> None:
    del motion
    with StandIn("B") as standin:
        standin.hold("processing")
        with Desk(folder, standin.base_url, standin.api_key) as desk:
            lost = desk.begin(video, target_ids=targets)
            desk.wait(lost, lambda view: "Processing" in view.what)
            assert desk.runner.lost_jobs() == {}
        if how == "torn":
            (folder / lost / "capture.json").write_bytes(b'{"v": 2')
        else:
            shutil.rmtree(folder)
        paid = len(standin.requests)
        with Desk(folder, standin.base_url, standin.api_key) as desk:
            (job_id,) = desk.runner.lost_jobs() if how == "torn" else [standin.charges[0].job_id]
            capture_id = desk.runner.recover(f" {job_id}\n")
            with pytest.raises(Fault, match="in the list"):
                desk.runner.recover(job_id)
            desk.wait(capture_id, lambda view: "Processing" in view.what)
        standin.release()
        with Desk(folder, standin.base_url, standin.api_key) as desk:  # it outlives a restart
            view = desk.to_the_end(capture_id)
            assert (view.state, view.target_ids, view.binding, view.paid) == ("done", targets, {}, True)
            assert len({kind for kind in view.files if kind != "preview"}) == len(targets)
            assert desk.runner.lost_jobs() == {}
        assert {request.method for request in standin.requests[paid:]} == {"GET"}
        assert len(standin.charges) == 1


def untold(standin: StandIn) -> None:
    standin.faults.add(step="job", drop=("job.targetIds",), times=None)


def test_a_target_that_the_service_does_not_tell_is_asked_for(standin: StandIn, desk: Desk, video: Path) -> None:
    first = desk.begin(video)
    desk.to_the_end(first)
    desk.runner.forget(first)
    untold(standin)
    (job_id,) = desk.runner.lost_jobs()
    view = desk.to_the_end(desk.runner.recover(job_id))
    assert (view.state, view.trouble, view.can_follow) == ("blocked", "no_target", True)
    desk.runner.forget(view.id)
    assert desk.to_the_end(desk.runner.recover(job_id, ("default",))).state == "done"
    assert len(standin.charges) == 1


def test_a_draft_is_called_one_and_is_never_submitted(standin: StandIn, desk: Desk, video: Path) -> None:
    held = standin.faults.add(step="upload", hold="before")
    first = desk.begin(video)
    assert held.reached.wait(20)
    job_id = desk.view(first).job_id
    desk.runner.stop_following(first)
    standin.faults.clear()
    desk.runner.forget(first)
    assert desk.runner.lost_jobs() == {}  # a draft costs nothing
    asked = len(standin.requests)
    capture_id = desk.runner.recover(job_id)
    for _ in range(3):
        view = desk.to_the_end(capture_id)
        assert (view.state, view.trouble) == ("blocked", "still_draft")
        assert "draft" in view.what
        with pytest.raises(Fault):
            desk.runner.submit_anyway(capture_id)
        desk.runner.follow(capture_id)
    desk.to_the_end(capture_id)
    assert {request.method for request in standin.requests[asked:] if request.step != "upload"} == {"GET"}
    assert standin.charges == []


def test_a_job_that_this_key_does_not_know(standin: StandIn, desk: Desk) -> None:
    view = desk.to_the_end(desk.runner.recover("job_of_somebody"))
    assert (view.state, view.trouble, view.can_follow) == ("blocked", "unknown_job", True)
    assert "key" in view.what
    assert "job ID" in view.next_step
    assert standin.steps() == ["job"]


def recovered_at_work(standin: StandIn, desk: Desk, video: Path) -> str:
    """The capture of a job that is known by its id alone, while the service works on it."""
    standin.hold("processing")
    first = desk.begin(video)
    desk.wait(first, lambda view: "Processing" in view.what)
    job_id = desk.view(first).job_id
    desk.runner.stop_following(first)
    desk.runner.forget(first)
    capture_id = desk.runner.recover(job_id)
    desk.wait(capture_id, lambda view: "Processing" in view.what)
    return capture_id


@pytest.mark.parametrize("step", ["job", "result"])
def test_one_404_of_a_job_that_was_known_is_waited_out(step: str, standin: StandIn, desk: Desk, video: Path) -> None:
    capture_id = recovered_at_work(standin, desk, video)
    standin.faults.add(step=step, status=404)
    standin.release()
    assert desk.to_the_end(capture_id).state == "done"


def test_another_key_loses_no_job_that_was_known(standin: StandIn, desk: Desk, video: Path) -> None:
    capture_id = recovered_at_work(standin, desk, video)
    own, desk.key = desk.key, "sk-of-another-account"
    standin.faults.add(step="job", status=404, times=None)
    view = desk.to_the_end(capture_id)
    assert (view.state, view.trouble, view.can_follow) == ("blocked", "other_key", True)
    standin.faults.clear()
    standin.release()
    desk.key = own
    desk.runner.follow(capture_id)
    assert desk.to_the_end(capture_id).state == "done"


@pytest.mark.parametrize("job_id", ["", "  ", "..", "two words", "job\n1", "jöb", "x" * 201, "a\x00b"])
def test_text_that_can_t_be_a_job_id_is_refused_without_a_request(
    job_id: str, standin: StandIn, desk: Desk, folder: Path
) -> None:
    with pytest.raises(Fault, match="job ID"):
        desk.runner.recover(job_id)
    assert standin.requests == []
    assert not folder.exists()


def test_a_job_id_is_one_step_of_the_path(standin: StandIn, desk: Desk) -> None:
    desk.to_the_end(desk.runner.recover("../../x?y#z"))
    assert [request.path for request in standin.requests] == ["/api/v1/mocap/jobs/..%2F..%2Fx%3Fy%23z"]


def test_a_torn_line_of_the_ledger_hides_no_other(folder: Path) -> None:
    ledger = Ledger(folder)
    ledger.log.add("1", "job_a", "submitting")
    with (folder / "ledger.log").open("ab") as log:
        log.write(b'{"at": "2026-01-01T00:00:00+00:00", "capture": "1", "job": "jo\xff\n[]\n5\n{"job": 5, "at": "x"}\n')
    ledger.log.add("2", "job_b", "created")
    ledger.log.add("2", "job_c", "submitting")
    ledger.log.add("3", "job_a", "verifying")
    assert list(ledger.jobs()) == ["job_a", "job_c"]
