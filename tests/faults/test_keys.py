"""A shared captures folder and two people's keys: only whoever began a capture uploads and pays, or who says so."""

import json
from pathlib import Path

import pytest

from aimocap_blender.jobs.ledger import RECORD
from aimocap_blender.texts import faults as texts
from tests.jobs.desk import Desk
from tests.standin import Fault, StandIn

from .marks import Seen

pytestmark = pytest.mark.fault(83)

OTHER = "sk-other"
NOT_MINE = "This capture was begun with another API key."
PAYS = {"create", "upload", "complete_upload"}


@pytest.fixture
def other(standin: StandIn) -> str:
    standin.keys.add(OTHER)
    return OTHER


STATES = ("queued", "waiting for a slot", "created", "uploaded")


def left_at(state: str, standin: StandIn, folder: Path, video: Path) -> str:
    """A capture of the first person's, left there by a Blender that was closed; its id."""
    faults = {
        "queued": Fault(step="create", times=None, status=503),
        "waiting for a slot": Fault(step="create", times=None, status=429, code="api_concurrency_limit_exceeded"),
        "created": Fault(step="upload", hold="before", acts=False, status=503),
        "uploaded": Fault(step="job", skip=1, hold="before", acts=False, status=503),
    }
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        fault = standin.faults.add(faults[state])
        capture_id = desk.begin(video)
        if fault.hold:
            assert fault.reached.wait(20)
        else:
            desk.wait(capture_id, lambda view: view.failures > 0)
    standin.faults.clear()
    assert json.loads(record_of(folder, capture_id))["state"] == (state if fault.hold else "queued")
    return capture_id


def record_of(folder: Path, capture_id: str) -> bytes:
    return (folder / capture_id / RECORD).read_bytes()


def paying(standin: StandIn) -> list[str]:
    return [step for step in standin.steps() if step in PAYS]


def accounts(standin: StandIn) -> list[str]:
    """Who was charged."""
    return [standin.jobs[charge.job_id].account for charge in standin.charges]


@pytest.mark.parametrize("state", STATES)
def test_another_key_neither_uploads_nor_pays(
    state: str, other: str, standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    capture_id = left_at(state, standin, folder, video)
    record, before = record_of(folder, capture_id), paying(standin)
    with Desk(folder, standin.base_url, other) as desk:
        own = desk.begin(video)  # its own goes on beside it
        assert desk.to_the_end(own).state == "done"
        view = desk.wait(capture_id, lambda view: view.can_pay_as_mine)
        assert (view.what, view.followed, view.can_follow) == (NOT_MINE, False, False)
        with pytest.raises(texts.Fault) as refused:
            desk.runner.follow(capture_id)
        assert refused.value.what == NOT_MINE
        before += paying(standin)[len(before) :]
        assert desk.view(capture_id).what == NOT_MINE
    assert (record_of(folder, capture_id), paying(standin)) == (record, before)
    assert accounts(standin) == [other]
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        assert desk.to_the_end(capture_id).state == "done"
    seen(f"{state}: left alone by another key, then done with its own")
    assert accounts(standin) == [other, standin.api_key]


@pytest.mark.parametrize("state", STATES)
def test_pay_as_mine_begins_anew(
    state: str, other: str, standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    capture_id = left_at(state, standin, folder, video)
    with Desk(folder, standin.base_url, other) as desk:
        desk.wait(capture_id, lambda view: view.can_pay_as_mine)
        desk.runner.pay_as_mine(capture_id)
        assert desk.to_the_end(capture_id).state == "done"
    assert accounts(standin) == [other]
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        assert desk.to_the_end(capture_id).state == "done"
        with pytest.raises(texts.Fault):
            desk.runner.pay_as_mine(capture_id)
    seen(f"{state}: Pay as Mine, done, charged once to the other account")
    assert accounts(standin) == [other]


def test_its_own_key_pays_for_no_other_of_its_own(standin: StandIn, desk: Desk, video: Path, seen: Seen) -> None:
    standin.hold("processing")
    capture_id = desk.begin(video)
    desk.wait(capture_id, lambda view: view.state == "running")
    with pytest.raises(texts.Fault):
        desk.runner.pay_as_mine(capture_id)
    standin.release()
    assert desk.to_the_end(capture_id).state == "done"
    seen("no Pay as Mine of a capture with one's own key")
    assert accounts(standin) == [standin.api_key]


@pytest.mark.parametrize("state", STATES)
def test_the_same_key_on_another_computer_goes_on(
    state: str, standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    capture_id = left_at(state, standin, folder, video)
    beside = folder.parent / "another computer's.log"
    with Desk(folder, standin.base_url, standin.api_key, witness=beside) as desk:
        assert desk.to_the_end(capture_id).state == "done"
    seen(f"{state}: done with the same key, 1 charged")
    assert accounts(standin) == [standin.api_key]


def test_any_key_of_the_account_looks_and_downloads(
    other: str, standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    standin.hold("processing")
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        capture_id = desk.begin(video)
        desk.wait(capture_id, lambda view: "Processing" in view.what)
    standin.release()
    for job in standin.jobs:
        job.account = other  # a second key of the same person's
    before = paying(standin)
    with Desk(folder, standin.base_url, other) as desk:
        view = desk.to_the_end(capture_id)
    assert (view.state, view.can_pay_as_mine, paying(standin)) == ("done", False, before)
    seen("a running capture: looked at and downloaded with another key of the account")
    assert len(standin.charges) == 1


def test_a_key_that_changes_while_it_waits(other: str, standin: StandIn, desk: Desk, video: Path, seen: Seen) -> None:
    """The one that began it pays once it is back, whatever was in the preferences meanwhile."""
    standin.faults.add(step="create", times=None, status=429, code="api_concurrency_limit_exceeded")
    capture_id = desk.begin(video)
    desk.wait(capture_id, lambda view: view.failures > 0)
    desk.key = other
    desk.wait(capture_id, lambda view: view.can_pay_as_mine)
    standin.faults.clear()
    before = paying(standin)
    assert desk.to_the_end(capture_id).what == NOT_MINE
    assert paying(standin) == before
    desk.key = standin.api_key
    assert desk.wait(capture_id, lambda view: view.state == "done")
    seen("the key changed while it waited for a slot: nothing sent; done once it was back")
    assert accounts(standin) == [standin.api_key]


def test_a_refused_key_that_has_no_job_is_in_nobodys_way(
    standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    with Desk(folder, standin.base_url, "sk-wrong") as desk:
        capture_id = desk.begin(video)
        assert desk.to_the_end(capture_id).state == "blocked"
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        view = desk.view(capture_id)
        assert (view.can_follow, view.can_pay_as_mine) == (True, False)
        desk.runner.follow(capture_id)
        assert desk.to_the_end(capture_id).state == "done"
    seen("begun with a refused key, followed with a right one: done")
    assert accounts(standin) == [standin.api_key]
