"""Captures folders where locks don't reach: shared by machines that know nothing of each other's, or without any."""

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Self

import pytest

from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.texts.faults import Fault
from tests.jobs.desk import PATIENCE_SEC, QUICK, Desk
from tests.jobs.machines import Machine, pretend
from tests.standin import StandIn

from .marks import Seen

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = 6
HERE, THERE = Machine("here"), Machine("there")
NO_LOCKS = ("do nothing", "are refused")
LATE = "60"
"""Seconds without a sign of life after which its own machine takes a process for dead."""


class Blender:
    """A process of a machine."""

    def __init__(
        self,
        machine: Machine,
        standin: StandIn,
        folder: Path,
        video: Path,
        *,
        count: int = 1,
        silent_sec: str = LATE,
        settle_sec: float = QUICK.lease_settle_sec,
    ) -> None:
        command = [sys.executable, "-m", "tests.jobs.machine_child", json.dumps(asdict(machine)), str(folder)]
        self.process = subprocess.Popen(
            [*command, standin.base_url, standin.api_key, str(video), str(count), silent_sec, str(settle_sec)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self._lines: queue.Queue[str] = queue.Queue()
        self.told: list[str] = []
        threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_SEC)

    def _read(self, output: IO[str]) -> None:
        for line in output:
            self._lines.put(line.strip())

    def shows(self, what: str) -> str:
        """Wait for a line that contains this."""
        latest = time.monotonic() + PATIENCE_SEC
        while time.monotonic() < latest:
            self.told.append(self._lines.get(timeout=PATIENCE_SEC))
            if what in self.told[-1]:
                return self.told[-1]
        raise AssertionError(f"never shown: {what}; last: {self.told[-3:]}")

    def takes_over(self, capture_id: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(capture_id + "\n")
        self.process.stdin.flush()


Blenders = Callable[..., Blender]


@pytest.fixture
def blenders(standin: StandIn, folder: Path, video: Path) -> Iterator[Blenders]:
    started: list[Blender] = []

    def start(machine: Machine, **options: object) -> Blender:
        started.append(Blender(machine, standin, folder, video, **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    standin.faults.release()
    for blender in started:
        blender.__exit__()


def is_paid_once(standin: StandIn, folder: Path) -> bool:
    ledger = Ledger(folder)
    states = {capture.state.value for capture in ledger.captures()}
    assert states == {"done"}
    assert standin.violations == []
    assert len(ledger.captures()) == len(standin.charges) == standin.steps().count("complete_upload")
    return max(Counter(charge.job_id for charge in standin.charges).values()) == 1


@pytest.mark.slow
@pytest.mark.fault(72)
@pytest.mark.parametrize("locks", NO_LOCKS)
def test_each_capture_is_driven_by_one_of_two_where_locks_do_not_hold(
    locks: str, standin: StandIn, folder: Path, video: Path, blenders: Blenders, seen: Seen
) -> None:
    with Desk(folder, standin.base_url, standin.api_key, start=False) as desk:
        for _ in range(CAPTURES):
            desk.begin(video)
    for blender in [blenders(Machine(locks=locks), count=CAPTURES) for _ in range(2)]:
        blender.shows("all are done")
    assert is_paid_once(standin, folder)
    assert standin.steps().count("create") == CAPTURES
    seen(f"two processes, {CAPTURES} captures, locks {locks}: {len(standin.charges)} charged")


@pytest.mark.slow_cases
@pytest.mark.fault(72)
@pytest.mark.parametrize(
    ("step", "hold"), [("create", "after"), ("upload", "before"), ("complete_upload", "after"), ("download", "before")]
)
def test_a_killed_one_is_taken_over_by_itself(
    step: str, hold: str, standin: StandIn, folder: Path, blenders: Blenders, seen: Seen
) -> None:
    held = standin.faults.add(step=step, hold=hold)
    first = blenders(Machine(locks="do nothing"))
    assert held.reached.wait(PATIENCE_SEC)
    second = blenders(Machine(locks="do nothing"))
    second.shows("Another Blender is following this capture.")
    first.process.kill()
    first.process.wait(PATIENCE_SEC)
    held.release()
    second.shows("all are done")
    assert is_paid_once(standin, folder)
    seen(f"killed at {step}: taken over, {len(standin.charges)} charged")


@pytest.mark.slow
@pytest.mark.fault(72)
@pytest.mark.skipif(sys.platform == "win32", reason="a process can't be stopped there")
@pytest.mark.parametrize("step", ["upload", "complete_upload", "job"])
def test_a_silent_one_is_taken_over_and_stops_when_it_wakes(
    step: str, standin: StandIn, folder: Path, blenders: Blenders, seen: Seen
) -> None:
    standin.hold("processing")
    held = standin.faults.add(step=step, hold="before", skip=3 if step == "job" else 0)
    first = blenders(Machine(locks="do nothing"))
    assert held.reached.wait(PATIENCE_SEC)
    first.process.send_signal(signal.SIGSTOP)
    second = blenders(Machine(locks="do nothing"), silent_sec="0.5")
    held.release()
    second.shows("Processing")
    first.process.send_signal(signal.SIGCONT)
    first.shows("Another Blender is following this capture.")
    standin.release()
    for blender in (first, second):
        blender.shows("all are done")
    assert is_paid_once(standin, folder)
    seen(f"stopped at {step}: taken over, {len(standin.charges)} charged")


@pytest.mark.slow
@pytest.mark.fault(72)
@pytest.mark.parametrize("locks", ["hold", *NO_LOCKS])
@pytest.mark.parametrize("step", ["create", "complete_upload"])
def test_a_dead_one_of_another_machine_only_at_the_users_word(
    step: str, locks: str, standin: StandIn, folder: Path, blenders: Blenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = standin.faults.add(step=step, hold="after")
    there = blenders(replace(THERE, locks=locks))
    assert held.reached.wait(PATIENCE_SEC)
    there.process.kill()
    there.process.wait(PATIENCE_SEC)
    held.release()
    asked = len(standin.requests)
    pretend(replace(HERE, locks=locks), monkeypatch)
    with Desk(folder, standin.base_url, standin.api_key, replace(QUICK, lease_silent_sec=0.0)) as desk:
        (capture_id,) = Ledger(folder).ids()
        view = desk.wait(capture_id, lambda view: view.can_take_over)
        assert (view.what, view.next_step) == (
            "Blender on “there” is following this capture.",
            "If it is no longer running there, press Take Over.",
        )
        assert not looked_until(desk, capture_id, lambda: len(standin.requests) > asked)
        for refused in (desk.runner.follow, desk.runner.stop_following, desk.runner.forget):
            with pytest.raises(Fault):
                refused(capture_id)
        desk.runner.take_over(capture_id)
        assert desk.wait(capture_id, lambda view: view.state == "done").paid
        with pytest.raises(Fault):
            desk.runner.take_over(capture_id)
    assert is_paid_once(standin, folder)


def looked_until(desk: Desk, capture_id: str, holds: Callable[[], bool]) -> bool:
    """Whether it holds after one of twenty looks at a capture that somebody else has."""
    drive = desk.runner._drives.get(capture_id)  # pyrefly: ignore[protected-access] -- only this test's business
    assert drive is not None
    assert drive.watch is not None
    last = drive.watch._looks + 20  # pyrefly: ignore[protected-access] -- only this test's business
    return desk.until(lambda: holds() or drive.watch is None or drive.watch._looks >= last) and holds()  # pyrefly: ignore[protected-access] -- only this test's business


@pytest.mark.slow_cases
@pytest.mark.fault(72)
@pytest.mark.parametrize("locks", ["hold", *NO_LOCKS])
def test_a_living_one_of_another_machine_stops_when_it_is_taken_over(
    locks: str, standin: StandIn, folder: Path, blenders: Blenders, seen: Seen
) -> None:
    standin.hold("processing")
    # What locks hold for is this machine alone: here it is as if the other one's were on another.
    there = blenders(replace(THERE, locks="do nothing"))
    capture_id = there.shows("Processing").split()[0]
    # on a busy machine the other one may be between its look at the lease and a write that undoes the takeover
    here = blenders(replace(HERE, locks=locks), settle_sec=2.0)
    here.shows("Blender on “there” is following this capture.")
    here.takes_over(capture_id)
    here.shows("Processing")
    there.shows("is following this capture.")  # whose it is may be known a look later
    standin.release()
    for blender in (here, there):
        blender.shows("all are done")
    assert is_paid_once(standin, folder)
    seen(f"another machine's, at the user's word, locks {locks}: {len(standin.charges)} charged")


@pytest.mark.slow
@pytest.mark.fault(72)
@pytest.mark.parametrize(("locks", "asks"), [("hold", False), ("do nothing", True)])
def test_one_of_an_earlier_start_of_this_machine(
    locks: str, asks: bool, standin: StandIn, folder: Path, blenders: Blenders
) -> None:
    held = standin.faults.add(step="create", hold="after")
    before = blenders(Machine("here", "monday", locks))
    assert held.reached.wait(PATIENCE_SEC)
    before.process.kill()
    before.process.wait(PATIENCE_SEC)
    held.release()
    after = blenders(Machine("here", "tuesday", locks))
    if asks:
        after.takes_over(after.shows("Blender on “here” is following this capture.").split()[0])
    after.shows("all are done")
    assert any("Blender on" in line for line in after.told) == asks
    assert is_paid_once(standin, folder)


@pytest.mark.fault(72)
def test_capture_that_a_machine_lets_go_continues_at_another_without_a_notice(
    standin: StandIn, folder: Path, video: Path, blenders: Blenders
) -> None:
    standin.hold("processing")
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        capture_id = desk.begin(video)
        desk.wait(capture_id, lambda view: "Processing" in view.what)
    standin.release()
    there = blenders(THERE)
    there.shows("all are done")
    assert not any("Blender" in line for line in there.told)
    assert is_paid_once(standin, folder)
