"""Whole captures while the service answers what it shouldn't, late, or not at all."""

import email.utils
import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.jobs.transitions import MOST_CREATES
from tests.jobs.desk import QUICK, Desk
from tests.service.raw_server import RawServer, reply_json
from tests.standin import StandIn

from .conftest import Ended
from .marks import Seen

DEEP = '{"job": ' * 100_000
NO_NUMBER = '{"job": {"id": "x", "status": "queued", "progress": NaN}}'


def only_asked(standin: StandIn) -> bool:
    """Whether what follows the submission is nothing but questions, until the result."""
    steps = standin.steps()
    return set(steps[steps.index("complete_upload") + 1 :]) <= {"job", "result", "download"}


@pytest.mark.parametrize("acts", [True, False])
@pytest.mark.parametrize(
    "status",
    [
        pytest.param(408, marks=pytest.mark.fault(11)),
        pytest.param(409, marks=pytest.mark.fault(12)),
        *(pytest.param(status, marks=pytest.mark.fault(16)) for status in (500, 502, 503, 504)),
    ],
)
def test_an_unclear_answer_to_the_submission(
    status: int, acts: bool, standin: StandIn, desk: Desk, video: Path, ended: Ended
) -> None:
    standin.faults.add(step="complete_upload", acts=acts, status=status)
    assert ended(desk, desk.begin(video)) == ("done" if acts else "unconfirmed")
    assert only_asked(standin)
    assert len(standin.charges) == acts


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<html>Sign in to the hotel's network</html>", marks=pytest.mark.fault(17)),
        pytest.param('{"data": {"jobId": "jo', marks=pytest.mark.fault(18)),
        pytest.param(NO_NUMBER, marks=pytest.mark.fault(50)),
        pytest.param(DEEP, marks=pytest.mark.fault(51)),
    ],
    ids=["html", "truncated", "NaN", "deep"],
)
@pytest.mark.parametrize("step", ["complete_upload", "job"])
def test_no_answer_with_200(body: str, step: str, standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    standin.faults.add(step=step, acts=True, body=body, skip=2 if step == "job" else 0)
    assert ended(desk, desk.begin(video)) == "done"
    assert only_asked(standin)


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [
        pytest.param("7", 5.0, 7.0, marks=pytest.mark.fault(13)),
        pytest.param("in 30 s", 20.0, 30.0, marks=pytest.mark.fault(14)),
        pytest.param("in a day", 590.0, 600.0, marks=pytest.mark.fault(14)),
        *(pytest.param(text, 0.0, 0.5, marks=pytest.mark.fault(15)) for text in ("-5", "1e99")),
    ],
)
@pytest.mark.parametrize("step", ["job", "download"])
def test_how_long_it_waits(  # noqa: PLR0917 -- pytest passes by name
    retry_after: str,
    least: float,
    most: float,
    step: str,
    standin: StandIn,
    desk: Desk,
    video: Path,
    monkeypatch: pytest.MonkeyPatch,
    seen: Seen,
) -> None:
    """This machine's clock is a year ahead, as far as answers are concerned."""
    for room in ("answers", "transfers"):
        wrong = SimpleNamespace(time=lambda: time.time() + 86400 * 365)
        monkeypatch.setattr(f"aimocap_blender.service.{room}.time", wrong)
    dates = {"in 30 s": 30, "in a day": 86400}
    text = (
        email.utils.formatdate(time.time() + dates[retry_after], usegmt=True) if retry_after in dates else retry_after
    )
    standin.faults.add(step=step, status=429, headers={"Retry-After": text}, skip=2 if step == "job" else 0)
    capture_id = desk.begin(video)
    # A short pause of its own may be over before it is looked at.
    view = desk.wait(capture_id, lambda view: (view.failures > 0 and bool(view.wake_in_sec)) or view.state == "done")
    assert view.state == "done" or least <= (view.wake_in_sec or 0.0) <= most
    if least:
        seen(f"waits {view.wake_in_sec:.0f} s")
        desk.runner.follow(capture_id)
    else:
        seen("own pause")
    assert desk.to_the_end(capture_id).state == "done"
    assert len(standin.charges) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"merge": {"jobId": 5}}, marks=pytest.mark.fault(19)),
        pytest.param({"merge": {"uploadUrl": ["x"]}}, marks=pytest.mark.fault(19)),
        pytest.param({"drop": ["jobId"]}, marks=pytest.mark.fault(20)),
        pytest.param({"drop": ["uploadUrl"]}, marks=pytest.mark.fault(20)),
    ],
    ids=str,
)
def test_a_draft_that_is_none(
    wrong: dict[str, object], standin: StandIn, desk: Desk, video: Path, ended: Ended
) -> None:
    fault = standin.faults.add(step="create", times=None, **wrong)
    capture_id = desk.begin(video)
    assert ended(desk, capture_id) == "blocked"
    assert "answer" in desk.view(capture_id).what
    assert fault.hits == MOST_CREATES
    fault.times = fault.hits
    desk.runner.follow(capture_id)
    assert desk.to_the_end(capture_id).state == "done"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"merge": {"resultType": 5}}, marks=pytest.mark.fault(19)),
        pytest.param({"drop": ["fbxUrl"]}, marks=pytest.mark.fault(20)),
    ],
    ids=str,
)
def test_a_result_that_is_none(
    wrong: dict[str, object], standin: StandIn, desk: Desk, video: Path, ended: Ended
) -> None:
    fault = standin.faults.add(step="result", times=None, **wrong)
    capture_id = desk.begin(video)
    assert ended(desk, capture_id) == "blocked"
    assert desk.view(capture_id).paid
    fault.times = fault.hits
    desk.runner.follow(capture_id)
    assert desk.to_the_end(capture_id).state == "done"


@pytest.mark.fault(21)
def test_a_status_that_nobody_documented(standin: StandIn, desk: Desk, video: Path, seen: Seen, ended: Ended) -> None:
    strange = standin.faults.add(step="job", merge={"job": {"status": "rendering"}}, skip=2, times=None)
    capture_id = desk.begin(video)
    seen(desk.wait(capture_id, lambda view: "rendering" in view.what).what)
    assert standin.wait_until(lambda: strange.hits >= 5)
    strange.times = strange.hits
    assert ended(desk, capture_id) == "done"


@pytest.mark.fault(22)
def test_the_other_spelling(standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    standin.faults.add(step="job", merge={"job": {"status": "Cancelled"}}, skip=2, times=None)
    assert ended(desk, desk.begin(video)) == "canceled"


@pytest.mark.fault(23)
def test_a_success_that_did_nothing(standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    standin.faults.add(step="complete_upload", acts=False, status=200, body='{"data": {"status": "queued"}}')
    assert ended(desk, desk.begin(video)) == "unconfirmed"
    assert standin.charges == []


@pytest.mark.fault(24)
@pytest.mark.parametrize("jump", [-1e7, 1e7])
def test_the_clock_jumps(
    jump: float, standin: StandIn, folder: Path, video: Path, monkeypatch: pytest.MonkeyPatch, ended: Ended
) -> None:
    """A wait of 10 minutes is on disk; then the machine starts with another time, and nobody waits in vain."""
    standin.faults.add(step="job", status=503, headers={"Retry-After": "600"}, skip=2)
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        capture_id = desk.begin(video)
        desk.wait(capture_id, lambda view: view.failures > 0)
    honest = time.time
    monkeypatch.setattr(time, "time", lambda: honest() + jump)
    with Desk(folder, standin.base_url, standin.api_key, replace(QUICK, late_poll_sec=0.01)) as desk:
        assert ended(desk, capture_id) == "done"


@pytest.mark.fault(24)
def test_the_clock_jumps_between_a_busy_answer_and_its_late_effect(
    standin: StandIn, folder: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another time at the next start doesn't mean that the job stayed a draft until then."""
    late = standin.faults.add(step="complete_upload", late=True, status=429)
    patient = replace(QUICK, settle_sec=600.0)
    with Desk(folder, standin.base_url, standin.api_key, patient) as desk:
        capture_id = desk.begin(video)
        desk.wait(capture_id, lambda view: view.state == "verifying")
    honest, looks = time.time, standin.steps().count("job")
    monkeypatch.setattr(time, "time", lambda: honest() + 3600.0)
    with Desk(folder, standin.base_url, standin.api_key, patient) as desk:
        assert standin.wait_until(lambda: standin.steps().count("job") >= looks + 3)
        late.release()
        assert desk.to_the_end(capture_id).state == "done"
    assert standin.steps().count("complete_upload") == len(standin.charges) == 1


@pytest.mark.fault(25)
@pytest.mark.parametrize("step", ["create", "job", "complete_upload", "result"])
def test_a_redirected_call(step: str, standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    """Each time, but for the result, of which one says nothing yet."""
    with RawServer([reply_json("200 OK", "{}")]) as elsewhere:
        times = 1 if step == "result" else None
        standin.faults.add(step=step, status=307, times=times, headers={"Location": f"{elsewhere.url}/here"})
        expected = {"create": "blocked", "job": "blocked", "complete_upload": "unconfirmed", "result": "done"}
        assert ended(desk, desk.begin(video)) == expected[step]
        assert elsewhere.asked == []


@pytest.mark.fault(52)
def test_half_a_pair_of_surrogates(standin: StandIn, desk: Desk, video: Path, seen: Seen, ended: Ended) -> None:
    standin.faults.add(step="job", merge={"events": ["Half \ud800 a pair"]}, skip=2, times=None)
    capture_id = desk.begin(video)
    (event,) = desk.wait(capture_id, lambda view: view.events != () and "Half" in view.events[0]).events
    seen(event)
    assert event.encode("utf-8") == b"Half ? a pair"
    assert ended(desk, capture_id) == "done"


@pytest.mark.fault(57)
def test_another_accounts_key(standin: StandIn, desk: Desk, video: Path, seen: Seen, ended: Ended) -> None:
    standin.hold("processing")
    standin.keys.add("sk-other")
    capture_id = desk.begin(video)
    desk.wait(capture_id, lambda view: "Processing" in view.what)
    own, desk.key = desk.key, "sk-other"
    view = desk.to_the_end(capture_id)
    seen(f"{view.state}: {view.what}")
    assert (view.state, view.paid) == ("blocked", True)
    assert "different API key" in view.what
    desk.key = own
    standin.release()
    desk.runner.follow(capture_id)
    assert ended(desk, capture_id) == "done"


@pytest.mark.fault(62)
def test_a_service_that_acts_after_the_time_out(standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    late = standin.faults.add(step="complete_upload", late=True, close=True)
    capture_id = desk.begin(video)
    assert ended(desk, capture_id) == "unconfirmed"
    late.release()
    assert standin.wait_until(lambda: len(standin.charges) == 1)
    desk.runner.check_again(capture_id)
    assert ended(desk, capture_id) == "done"
    assert standin.steps().count("complete_upload") == 1


@pytest.mark.fault(63)
@pytest.mark.parametrize("answered", [True, False])
def test_an_answer_from_before_the_submission(
    answered: bool, standin: StandIn, desk: Desk, video: Path, ended: Ended
) -> None:
    if not answered:
        standin.faults.add(step="complete_upload", acts=True, close=True)
    standin.faults.add(step="job", merge={"job": {"status": "draft"}}, skip=2, times=2)
    assert ended(desk, desk.begin(video)) == "done"
    assert standin.steps().count("complete_upload") == 1


@pytest.mark.fault(43)
def test_a_torn_record(standin: StandIn, folder: Path, video: Path, seen: Seen) -> None:
    standin.hold("processing")
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        capture_id = desk.begin(video)
        desk.wait(capture_id, lambda view: view.state == "running")
    record = folder / capture_id / "capture.json"
    record.write_bytes(record.read_bytes()[:-20])
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        assert desk.until(lambda: desk.runner.captures() == ())
    assert Ledger(folder).ids() == ()
    assert (folder / capture_id / "capture.torn.json").exists()
    log = [json.loads(line) for line in (folder / "ledger.log").read_text(encoding="ascii").splitlines()]
    assert {line["job"] for line in log} >= {standin.charges[0].job_id}
    seen("set aside as capture.torn.json; ledger.log names the job")


@pytest.mark.fault(56)
def test_a_revoked_key(standin: StandIn, desk: Desk, video: Path, seen: Seen, ended: Ended) -> None:
    standin.hold("processing")
    capture_id = desk.begin(video)
    desk.wait(capture_id, lambda view: "Processing" in view.what)
    standin.keys.clear()
    view = desk.to_the_end(capture_id)
    seen(f"{view.state}: {view.what}")
    assert (view.state, view.paid) == ("blocked", True)
    assert "key" in view.what
    standin.keys.add(desk.key)
    standin.release()
    desk.runner.follow(capture_id)
    assert ended(desk, capture_id) == "done"
