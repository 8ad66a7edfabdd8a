"""A gateway that sends requests twice has the second refused, and the first taken: no refusal is believed unseen."""

from pathlib import Path

import pytest

from tests.jobs.desk import Desk
from tests.standin import StandIn

from .conftest import Ended
from .marks import Seen

DOCUMENTED = [
    (402, "insufficient_api_v_credits"),
    (403, "api_plan_inactive"),
    (400, "api_trim_range_invalid"),
    (409, "api_source_duration_invalid"),
    (422, "api_duration_limit_exceeded"),
]
EACH = pytest.mark.parametrize(("status", "code"), DOCUMENTED, ids=str)


@pytest.mark.fault(79)
@EACH
def test_acted_then_refused(status: int, code: str, standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    standin.faults.add(step="complete_upload", acts=True, status=status, code=code)
    assert ended(desk, desk.begin(video)) == "done"
    assert standin.steps().count("complete_upload") == 1


@pytest.mark.fault(79)
@EACH
def test_refused_and_taken_later(
    status: int, code: str, standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    """After all looks: the next start of Blender finds it, without being asked to."""
    late = standin.faults.add(step="complete_upload", late=True, status=status, code=code)
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        capture_id = desk.begin(video)
        view = desk.to_the_end(capture_id)
        assert (view.state, view.paid, view.can_check_again) == ("rejected", False, True)
        late.release()
        assert standin.wait_until(lambda: len(standin.charges) == 1)
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        view = desk.wait(capture_id, lambda view: view.state == "done")
    seen(f"rejected, {view.state} after the next start, {len(standin.charges)} charged")
    assert len(standin.charges) == 1


@pytest.mark.fault(79)
def test_a_new_capture_first_looks_at_the_refused_one(
    standin: StandIn, desk: Desk, video: Path, tmp_path: Path, seen: Seen
) -> None:
    status, code = DOCUMENTED[0]
    late = standin.faults.add(step="complete_upload", late=True, status=status, code=code)
    refused = desk.begin(video)
    assert desk.to_the_end(refused).state == "rejected"
    late.release()
    assert standin.wait_until(lambda: len(standin.charges) == 1)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(video.read_bytes())
    again = desk.begin(copy, title="Again")
    view = desk.to_the_end(again)
    assert view.state == "blocked"
    assert "accepted an earlier capture of this range after all: Walk" in view.what
    assert desk.wait(refused, lambda view: view.state == "done")
    assert len(standin.charges) == 1
    seen(f"{view.what} 1 charged")
    desk.runner.follow(again)  # the user wants both
    assert desk.to_the_end(again).state == "done"
    assert len(standin.charges) == 2


@pytest.mark.fault(79)
def test_a_refused_one_that_stays_a_draft_stops_no_other(standin: StandIn, desk: Desk, video: Path) -> None:
    status, code = DOCUMENTED[0]
    standin.faults.add(step="complete_upload", acts=False, status=status, code=code)
    refused = desk.begin(video)
    view = desk.to_the_end(refused)
    assert "not enough credits" in view.what
    assert desk.to_the_end(desk.begin(video)).state == "done"
    desk.runner.check_again(refused)
    assert desk.to_the_end(refused).state == "rejected"
    assert len(standin.charges) == 1


@pytest.mark.fault(80)
@pytest.mark.parametrize("acts", [True, False], ids=["acted", "not acted"])
def test_401_to_the_submission_and_followed_with_a_right_key(
    acts: bool, standin: StandIn, desk: Desk, video: Path, seen: Seen
) -> None:
    standin.faults.add(step="complete_upload", acts=acts, status=401, code="unauthorized")
    capture_id = desk.begin(video)
    view = desk.to_the_end(capture_id)
    assert (view.state, view.paid) == ("blocked", True)
    standin.keys = {"sk-new"}
    for job in standin.jobs:
        job.account = "sk-new"  # the same person's
    desk.key = "sk-new"
    desk.runner.follow(capture_id)
    view = desk.to_the_end(capture_id)
    assert (view.state, standin.steps().count("complete_upload")) == ("done" if acts else "unconfirmed", 1)
    seen(f"{'acted' if acts else 'not acted'}: {view.state}, {len(standin.charges)} charged")
    assert len(standin.charges) == acts
    if not acts:  # only the user submits it again, with the new key
        desk.runner.submit_anyway(capture_id)
        assert desk.to_the_end(capture_id).state == "done"
        assert len(standin.charges) == 1


@pytest.mark.fault(80)
def test_a_key_that_was_refused_before_there_was_a_job_owns_nothing(
    standin: StandIn, desk: Desk, video: Path, seen: Seen
) -> None:
    desk.key = "sk-wrong"
    capture_id = desk.begin(video)
    assert desk.to_the_end(capture_id).state == "blocked"
    desk.key = standin.api_key
    assert not desk.view(capture_id).can_pay_as_mine
    desk.runner.follow(capture_id)
    assert desk.to_the_end(capture_id).state == "done"
    seen("a wrong key, then the right one: done, 1 charged")
    assert len(standin.charges) == 1
