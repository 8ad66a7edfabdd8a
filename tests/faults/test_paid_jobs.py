"""Whole captures that are paid for, or about to be, while the service says once, or for long, what it shouldn't."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aimocap_blender.jobs.transitions import MOST_CREATES, MOST_FETCHES
from aimocap_blender.service.client import LARGEST_ANSWER
from tests.jobs.desk import QUICK, Desk
from tests.standin import StandIn

from .conftest import Ended
from .marks import Seen

PATIENT = replace(QUICK, end_patience_sec=600.0)
ENDS = {
    "404": {"status": 404, "code": "not_found"},
    "410": {"status": 410, "code": "gone"},
    "failed": {"merge": {"job": {"status": "failed"}}},
    "canceled": {"merge": {"job": {"status": "canceled"}}},
}
REPORTED = {"404": "not found", "410": "gone", "failed": "failed", "canceled": "canceled"}
ENDED_AS = {"404": "gone", "410": "gone", "failed": "failed", "canceled": "canceled"}
GARBAGE = {
    "a web page": {
        "body": "<!DOCTYPE html><html><title>Sign in</title></html>",
        "headers": {"Content-Type": "text/html"},
    },
    "a forbidding web page": {"status": 403, "body": "<html>Blocked</html>", "headers": {"Content-Type": "text/html"}},
    "half an answer": {"body": '{"data": {"jobId": "jo'},
    "a redirect": {"status": 302, "headers": {"Location": "/sign-in"}},
    "early hints": {"early": 103},
    "a compressed body": {"gzip": True},
}
REASONS = [
    (402, "payment_required", "Your card was declined"),
    (403, "plan_forbids", "Your plan does not include this"),
    (400, "odd_range", "This range is odd"),
    (409, "conflict", "Another job is being made of this video"),
]


@pytest.mark.fault(64)
@pytest.mark.parametrize("step", ["job", "result"])
def test_an_answer_about_another_job(step: str, standin: StandIn, desk: Desk, video: Path, seen: Seen) -> None:
    """The other one is finished; ours is not, so whoever believes the answer has the other's motion."""
    other = desk.begin(video)
    assert desk.to_the_end(other).state == "done"
    standin.hold("processing")
    fault = standin.faults.add(step=step, of_job=desk.view(other).job_id, skip=2 * (step == "job"), times=3)
    capture_id = desk.begin(video)
    desk.wait(capture_id, lambda view: view.failures > 0 or "Processing" in view.what)
    standin.release()
    view = desk.to_the_end(capture_id)
    seen(f"{view.state} after {fault.hits} such answers, {len(standin.charges)} jobs charged")
    assert (view.state, fault.hits) == ("done", 3)
    assert view.job_id != desk.view(other).job_id


@pytest.mark.fault(65)
@pytest.mark.parametrize("reported", ENDS)
def test_one_report_of_an_end(reported: str, standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    fault = standin.faults.add(step="job", skip=2, times=2, **ENDS[reported])
    assert ended(desk, desk.begin(video)) == "done"
    assert fault.hits == 2


@pytest.mark.fault(65)
@pytest.mark.parametrize("reported", ENDS)
def test_one_result_of_an_end(reported: str, standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    flat = {"merge": {"status": reported}, "drop": ["fbxUrl"]}
    standin.faults.add(step="result", times=2, **(flat if "merge" in ENDS[reported] else ENDS[reported]))
    assert ended(desk, desk.begin(video)) == "done"


@pytest.mark.fault(65)
@pytest.mark.parametrize("reported", ENDS)
def test_an_end_that_is_reported_for_long(
    reported: str, standin: StandIn, desk: Desk, video: Path, seen: Seen, ended: Ended
) -> None:
    """It is believed; but whoever asks again later gets what was paid for."""
    fault = standin.faults.add(step="job", skip=2, times=None, **ENDS[reported])
    capture_id = desk.begin(video)
    assert ended(desk, capture_id) == ENDED_AS[reported]
    view = desk.view(capture_id)
    assert (view.paid, view.can_check_again) == (True, True)
    assert view.job_id == standin.charges[0].job_id
    fault.times = fault.hits
    desk.runner.check_again(capture_id)
    assert desk.to_the_end(capture_id).state == "done"
    assert len(standin.charges) == 1
    seen(f"{ENDED_AS[reported]}, done after Check Again")


@pytest.mark.fault(65)
@pytest.mark.parametrize("reported", ENDS)
def test_reported_end_is_shown_with_the_end_of_checking_and_can_be_stopped(
    reported: str, standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    """The row says at once what is reported, and until when it goes on, in a new Blender too; Stop ends the wait."""
    fault = standin.faults.add(step="job", skip=2, times=None, **ENDS[reported])
    with Desk(folder, standin.base_url, standin.api_key, PATIENT) as desk:
        capture_id = desk.begin(video)
        until = desk.wait(capture_id, lambda view: view.checking_until is not None).checking_until
    with Desk(folder, standin.base_url, standin.api_key, PATIENT) as desk:
        view = desk.wait(capture_id, lambda view: view.checking_until is not None)
        assert view.checking_until == until
        assert view.what.startswith(f"The service reports {REPORTED[reported]}; checking until ")
        assert view.followed
        seen(view.what)
        desk.runner.stop_following(capture_id)
        view = desk.to_the_end(capture_id)
        assert (view.state, view.can_check_again) == (ENDED_AS[reported], True)
        fault.times = fault.hits
        desk.runner.check_again(capture_id)
        assert desk.to_the_end(capture_id).state == "done"
    assert len(standin.charges) == 1


@pytest.mark.fault(66)
def test_a_draft_with_the_id_of_an_earlier_job(standin: StandIn, desk: Desk, video: Path, seen: Seen) -> None:
    other = desk.begin(video)
    assert desk.to_the_end(other).state == "done"
    fault = standin.faults.add(step="create", of_job=desk.view(other).job_id)
    capture_id = desk.begin(video)
    view = desk.to_the_end(capture_id)
    assert (view.state, fault.hits) == ("done", 1)
    charged = [charge.job_id for charge in standin.charges]
    assert sorted(charged) == sorted({desk.view(other).job_id, view.job_id})
    seen(f"{view.state}, {len(charged)} jobs charged once each")


@pytest.mark.fault(66)
def test_two_drafts_with_one_id_at_the_same_time(standin: StandIn, desk: Desk, video: Path, seen: Seen) -> None:
    """Neither knows of the other when it is made: the one whose job was noted first has it."""
    held = standin.faults.add(step="upload", hold="before")
    first = desk.begin(video)
    assert held.reached.wait(20)
    job_id = desk.view(first).job_id
    log = desk.view(first).folder.parent / "ledger.log"
    noted = log.read_bytes()
    log.write_bytes(b"")  # as it stood when both asked
    second_upload = standin.faults.add(step="upload", hold="before")
    standin.faults.add(step="create", of_job=job_id)
    second = desk.begin(video)
    assert second_upload.reached.wait(20)
    log.write_bytes(noted + log.read_bytes())
    held.release()
    second_upload.release()
    views = [desk.to_the_end(capture_id) for capture_id in (first, second)]
    assert [view.state for view in views] == ["done", "done"]
    assert views[0].job_id == job_id
    assert sorted(charge.job_id for charge in standin.charges) == sorted({view.job_id for view in views})
    seen("each has a job of its own, charged once")


@pytest.mark.fault(67)
@pytest.mark.parametrize("step", ["create", "job"])
@pytest.mark.parametrize("garbage", GARBAGE)
def test_an_answer_that_is_none_before_payment(
    garbage: str, step: str, standin: StandIn, desk: Desk, video: Path, ended: Ended
) -> None:
    fault = standin.faults.add(step=step, **GARBAGE[garbage])
    assert ended(desk, desk.begin(video)) == "done"
    assert fault.hits == 1


@pytest.mark.fault(67)
@pytest.mark.parametrize("step", ["create", "job"])
@pytest.mark.parametrize("garbage", ["a web page", "a forbidding web page", "a redirect", "a compressed body"])
def test_answers_that_are_none_for_long(
    garbage: str, step: str, standin: StandIn, desk: Desk, video: Path, ended: Ended
) -> None:
    """Then it waits for the user, in words that name what came, with nothing paid."""
    fault = standin.faults.add(step=step, times=None, **GARBAGE[garbage])
    capture_id = desk.begin(video)
    assert ended(desk, capture_id) == "blocked"
    assert fault.hits == MOST_CREATES if step == "create" else fault.hits > 1
    what = desk.view(capture_id).what
    named = {"a redirect": "redirect", "a compressed body": "compressed"}.get(garbage, "web page")
    assert named in what
    assert "key" not in what
    assert not desk.view(capture_id).paid
    fault.times = fault.hits
    desk.runner.follow(capture_id)
    assert desk.to_the_end(capture_id).state == "done"


@pytest.mark.fault(68)
def test_a_link_to_a_dead_host(standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    standin.faults.add(step="result", links_to=standin.dead_url)
    assert ended(desk, desk.begin(video)) == "done"
    assert standin.steps().count("result") == 2


@pytest.mark.fault(68)
@pytest.mark.parametrize("broken", [{"status": 503}, {"reset": True}], ids=["503", "reset"])
def test_a_link_that_fails_each_time(
    broken: dict[str, object], standin: StandIn, desk: Desk, video: Path, ended: Ended
) -> None:
    standin.faults.add(step="download", times=MOST_FETCHES, **broken)
    assert ended(desk, desk.begin(video)) == "done"
    assert standin.steps().count("result") == 2


@pytest.mark.fault(69)
def test_an_answer_about_the_job_that_is_too_large(standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    standin.faults.add(step="job", skip=2, times=None, pads=LARGEST_ANSWER)
    assert ended(desk, desk.begin(video)) == "done"


@pytest.mark.fault(70)
@pytest.mark.parametrize(("status", "code", "message"), REASONS, ids=lambda value: str(value).partition(" ")[0])
def test_a_submission_that_is_refused_with_a_reason(
    status: int, code: str, message: str, standin: StandIn, desk: Desk, video: Path, ended: Ended
) -> None:
    standin.faults.add(step="complete_upload", acts=False, status=status, code=code, message=message)
    capture_id = desk.begin(video)
    assert ended(desk, capture_id) == "unconfirmed"
    view = desk.view(capture_id)
    assert view.what == f"Refused: {message}; the service reports nothing paid."
    assert (view.refused, len(standin.charges)) == (True, 0)
    assert "both are paid" in view.next_step
    before = len(standin.steps())
    desk.runner.submit_anyway(capture_id)
    assert desk.to_the_end(capture_id).state == "done"
    assert standin.steps()[before : before + 2] == ["job", "complete_upload"]
    assert len(standin.charges) == 1


@pytest.mark.fault(70)
@pytest.mark.parametrize(("status", "code", "message"), REASONS, ids=lambda value: str(value).partition(" ")[0])
def test_a_refused_submission_that_was_taken_all_the_same(
    status: int, code: str, message: str, standin: StandIn, desk: Desk, video: Path, ended: Ended
) -> None:
    standin.faults.add(step="complete_upload", acts=True, status=status, code=code, message=message)
    assert ended(desk, desk.begin(video)) == "done"
    assert standin.steps().count("complete_upload") == 1


@pytest.mark.fault(70)
def test_submit_again_looks_first(standin: StandIn, desk: Desk, video: Path, seen: Seen, ended: Ended) -> None:
    """The service takes the refused job late, before the user presses the button: one charge."""
    status, code, message = REASONS[0]
    late = standin.faults.add(step="complete_upload", late=True, status=status, code=code, message=message)
    capture_id = desk.begin(video)
    assert ended(desk, capture_id) == "unconfirmed"
    late.release()
    assert standin.wait_until(lambda: len(standin.charges) == 1)
    desk.runner.submit_anyway(capture_id)
    assert desk.to_the_end(capture_id).state == "done"
    assert (len(standin.charges), standin.steps().count("complete_upload")) == (1, 1)
    seen("Submit Again found it taken: 1 submitted, 1 charged")


@pytest.mark.fault(71)
def test_a_motion_that_fails_the_check(standin: StandIn, desk: Desk, video: Path, seen: Seen, ended: Ended) -> None:
    one, other = b"not a motion", b"another that is none"
    fault = standin.faults.add(step="download", body=one, times=1)
    later = standin.faults.add(step="download", body=other, times=None)
    capture_id = desk.begin(video)
    assert ended(desk, capture_id) == "blocked"
    view = desk.view(capture_id)
    assert (view.can_follow, view.files, standin.steps().count("download")) == (True, {}, 3)
    assert sorted(path.read_bytes() for path in view.rejected) == sorted({one, other})
    assert all(path.parent == view.folder and path.name.startswith("motion.rejected.") for path in view.rejected)
    assert all(said in view.next_step for said in ("kept", "repeats", "follow the capture again"))
    later.times = later.hits
    desk.runner.follow(capture_id)
    assert desk.to_the_end(capture_id).state == "done"
    assert all(path.exists() for path in view.rejected)
    seen(f"{len(view.rejected)} files kept, {fault.hits + later.hits} downloads rejected, then done")


def test_a_motion_that_was_deleted_is_fetched_again(standin: StandIn, folder: Path, video: Path) -> None:
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        capture_id = desk.begin(video)
        view = desk.to_the_end(capture_id)
        assert (view.state, view.can_check_again) == ("done", False)
        motion = view.files["fbx"].read_bytes()
    view.files["fbx"].unlink()
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        assert desk.view(capture_id).can_check_again
        desk.runner.check_again(capture_id)
        view = desk.wait(capture_id, lambda view: view.state == "done" and not view.followed)
        assert view.files["fbx"].read_bytes() == motion
    assert len(standin.charges) == 1


def test_after_thirty_days_nothing_is_left_to_check(standin: StandIn, folder: Path, video: Path) -> None:
    standin.faults.add(step="job", skip=2, times=None, **ENDS["failed"])
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        capture_id = desk.begin(video)
        assert desk.to_the_end(capture_id).can_check_again
    record = folder / capture_id / "capture.json"
    fields = json.loads(record.read_text(encoding="ascii"))
    fields["created_at"] -= 31 * 86400
    fields["submission"]["at"] -= 31 * 86400
    record.write_text(json.dumps(fields), encoding="ascii")
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        assert not desk.view(capture_id).can_check_again
