"""The rest of a capture after an end that was reported, or a stop, and the user's next requests."""

from dataclasses import replace

import pytest

from aimocap_blender.jobs.capture import Capture, ResultFile, State, Trouble
from aimocap_blender.jobs.events import CheckAgain, Event, Failed, Follow, Looked, Stop, SubmitAnyway, Wake
from aimocap_blender.jobs.intake import recovered_capture
from aimocap_blender.jobs.ledger import LOG, Ledger
from aimocap_blender.jobs.life import advance
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.jobs.view import Driving, view_of
from aimocap_blender.service.contract import JobState
from tests.jobs.desk import Desk
from tests.standin import StandIn

from .model_world import new_capture

TIMING = Timing()
MOTION = ResultFile("motion.fbx", 1, "digest", "")
NO_CONNECTION = Failed(Trouble("no_connection", "No connection.", "Check the network."), sent=False)


def told(status: str, targets: tuple[str, ...] | None = ("unitree_g1",)) -> Looked:
    return Looked(JobState("job", status, targets), "fingerprint")


def live(capture: Capture, *events: Event | float) -> Capture:
    """The capture after these events, and pauses in seconds, beginning at second 1000."""
    now = 1000.0
    for event in events:
        if isinstance(event, float | int):
            now += event
        else:
            capture, _ = advance(capture, event, TIMING, now)
    return capture


def paid(**changes: object) -> Capture:
    capture = replace(new_capture(), job_id="job", state=State.RUNNING, target_confirmed=True)
    submission = replace(capture.submission, at=1000.0, tries=1, possible=True)
    return replace(capture, submission=submission, **changes)  # type: ignore[arg-type]


def row_of(capture: Capture, tmp_path: object) -> str:
    view = view_of(capture, Driving(followed=capture.continues), tmp_path, 1000.0)  # type: ignore[arg-type]
    return view.what


def test_stop_takes_submit_again_back() -> None:
    """Before it was sent: to follow the capture later is no yes to paying again."""
    unsure = paid(state=State.UNCONFIRMED)
    unsure = replace(unsure, submission=replace(unsure.submission, refusal="No more"))
    stopped = live(unsure, SubmitAnyway(), Wake(), NO_CONNECTION, Stop())
    assert stopped.state is State.UNCONFIRMED
    assert stopped.trouble is not None
    assert "No more" in stopped.trouble.what
    later = live(stopped, Follow(), CheckAgain(), Wake(), told("draft"), 200.0, told("draft"), told("draft"))
    assert later.state is State.UNCONFIRMED
    assert advance(later, Wake(), TIMING, 1e6)[1] == ()


def test_a_recovered_job_that_ended_can_be_checked_again() -> None:
    """Also where the service never told what it makes."""
    recovered = recovered_capture("job", (), "https://service", 1000.0)
    gone = Failed(Trouble("gone", "It is gone.", "Capture again."), sent=True)
    for ends in ([told("failed", None)] * 3, [gone] * 3):
        ended = live(recovered, *(step for end in ends for step in (end, 300.0)), ends[0])
        assert ended.state in {State.FAILED, State.GONE}
        assert ended.lacks_motion
        assert live(ended, CheckAgain()).state is State.RUNNING


def test_block_is_shown_instead_of_the_status_reported_before(tmp_path: object) -> None:
    reported = live(paid(), told("failed"))
    assert "reports failed" in row_of(reported, tmp_path)
    refused = live(
        reported, Failed(Trouble("key", "The service refused the API key.", "Enter one.", None, 401), sent=True)
    )
    assert (refused.state, refused.reported) == (State.BLOCKED, None)
    assert "refused the API key" in row_of(refused, tmp_path)
    offline = live(reported, NO_CONNECTION)
    assert row_of(offline, tmp_path) == "No connection."
    assert offline.reported == reported.reported


def test_a_preview_is_no_motion() -> None:
    preview = {"preview": replace(MOTION, name="preview.mp4")}
    gone = Failed(Trouble("gone", "It is gone.", "Capture again."), sent=True)
    ended = live(paid(files=preview), *[gone, 300.0] * 3, gone)
    assert ended.state is State.GONE


@pytest.mark.parametrize("targets", [None, (), ("",)])
def test_a_draft_that_tells_no_target_is_asked_about_for_two_minutes(targets: tuple[str, ...] | None) -> None:
    draft = replace(new_capture(), job_id="job", state=State.CREATED, upload_url="https://storage")
    odd = told("draft", targets)
    assert live(draft, odd, 60.0, odd).state is State.CREATED
    assert live(draft, odd, 60.0, told("draft")).target_confirmed
    assert live(draft, odd, 60.0, odd, 60.0, odd).state is State.BLOCKED


def test_a_look_that_is_too_large_and_nobody_knows_the_target() -> None:
    recovered = recovered_capture("job", (), "https://service", 1000.0)
    blocked = live(recovered, Failed(Trouble("too_large", "It is too large.", "Report it."), sent=True))
    assert (blocked.state, blocked.trouble and blocked.trouble.kind) == (State.BLOCKED, "no_target")


def test_stopped_with_one_of_two_motions_it_can_be_applied() -> None:
    both = replace(new_capture().order, target_ids=("default", "unitree_g1"))
    done = paid(order=both, state=State.DONE, files={"fbx": MOTION}, given_up=("robot_motion_json",))
    stopped = live(done, CheckAgain(), Stop())
    assert (stopped.state, stopped.given_up) == (State.DONE, ("robot_motion_json",))
    assert stopped.lacks_motion


def test_a_torn_line_of_the_log_swallows_no_other(tmp_path: object) -> None:
    ledger = Ledger(tmp_path)  # type: ignore[arg-type]
    ledger.log.add("one", "job1", "submitting", "https://service")
    log = ledger.folder / LOG
    log.write_bytes(log.read_bytes() + b'{"at": "2026-')
    ledger.log.add("two", "job2", "submitting", "https://service")
    assert ledger.owner("job2", "https://service") == "two"
    assert list(ledger.jobs()) == ["job2", "job1"]


def test_forgetting_carries_out_a_stop_that_no_worker_got_to(standin: StandIn, desk: Desk, video: object) -> None:
    """Brought back, a stopped capture stays stopped: nobody asked for paying it."""
    held = standin.faults.add(step="create", hold="before", times=4)
    busy = [desk.begin(video) for _ in range(4)]  # type: ignore[arg-type]
    assert standin.wait_until(lambda: held.hits == 4)
    waiting = desk.begin(video)  # type: ignore[arg-type]
    desk.runner.stop_following(waiting)
    desk.runner.forget(waiting)
    desk.runner.restore(waiting)
    held.release()
    assert [desk.to_the_end(capture_id).state for capture_id in busy] == ["done"] * 4
    assert desk.to_the_end(waiting).state == "stopped"
    assert len(standin.charges) == 4
