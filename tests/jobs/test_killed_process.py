"""A process that is killed in the middle, and a new one that follows the capture to its end: one charge."""

from pathlib import Path

import pytest

from tests.jobs.desk import run_desk
from tests.standin import StandIn

MOMENTS = [
    ("create", "before"),
    ("create", "after"),
    ("upload", "before"),
    ("upload", "after"),
    ("complete_upload", "before"),
    ("complete_upload", "after"),
    ("job", "before"),
    ("result", "before"),
    ("download", "before"),
]


@pytest.mark.slow_cases
@pytest.mark.parametrize(("step", "hold"), MOMENTS)
def test_one_charge(step: str, hold: str, standin: StandIn, folder: Path, video: Path) -> None:
    # The first question is asked before anything is paid; the third one after it.
    held = standin.faults.add(step=step, hold=hold, skip=3 if step == "job" else 0)
    with run_desk(folder, standin, video) as first:
        assert held.reached.wait(30)
        first.kill()
        first.wait(20)
        assert first.stdout is not None
        capture_id = first.stdout.readline().strip()
    # What was on the wire is processed after its sender's death, as a service behind a queue would.
    held.release()
    if step == "complete_upload":
        assert standin.wait_until(lambda: len(standin.charges) == 1)
    with run_desk(folder, standin, video) as second:
        reported, _ = second.communicate(timeout=60)
    assert reported.split() == [capture_id, "done"]
    assert len(standin.charges) == 1
    assert standin.steps().count("complete_upload") == 1
    assert standin.violations == []


def test_a_submission_lost_with_its_sender_is_not_repeated(standin: StandIn, folder: Path, video: Path) -> None:
    held = standin.faults.add(step="complete_upload", hold="before", acts=False, status=503)
    with run_desk(folder, standin, video) as first:
        assert held.reached.wait(30)
        first.kill()
    held.release()
    with run_desk(folder, standin, video) as second:
        reported, _ = second.communicate(timeout=60)
    assert reported.split()[1] == "unconfirmed"
    assert standin.charges == []
    assert standin.steps().count("complete_upload") == 1
