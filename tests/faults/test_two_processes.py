"""Two processes that take up the same captures at the same moment."""

import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.texts.faults import Fault
from tests.jobs.desk import Desk
from tests.standin import StandIn

from .marks import Seen

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = 6


@pytest.mark.fault(41)
def test_each_capture_is_driven_by_one_of_them(standin: StandIn, folder: Path, video: Path, seen: Seen) -> None:
    with Desk(folder, standin.base_url, standin.api_key, start=False) as desk:
        ids = [desk.begin(video) for _ in range(CAPTURES)]
    command = [sys.executable, "-m", "tests.faults.captures_child", str(folder), standin.base_url, standin.api_key]
    children = [subprocess.Popen([*command, str(video), str(CAPTURES)], cwd=ROOT) for _ in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    ledger = Ledger(folder)
    states = Counter(capture.state.value for capture in map(ledger.load, ids) if capture is not None)
    charges = Counter(charge.job_id for charge in standin.charges)
    seen(f"two processes, {CAPTURES} captures: {dict(states)}, {charges.total()} charged")
    assert states == {"done": CAPTURES}
    assert list(charges.values()) == [1] * CAPTURES
    assert standin.steps().count("create") == CAPTURES
    assert standin.violations == []


@pytest.mark.fault(98)
def test_two_presses_at_the_same_moment_begin_one_capture(
    standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    """Each has looked for earlier captures before the other's record was there."""
    began, refused = list[str](), list[str]()
    ready = threading.Barrier(2)

    def press(desk: Desk) -> None:
        there = desk.runner.ids()
        ready.wait()
        try:
            began.append(desk.runner.begin(desk.request(video), there))
        except Fault as fault:
            refused.append(fault.what)

    with (
        Desk(folder, standin.base_url, standin.api_key) as one,
        Desk(folder, standin.base_url, standin.api_key) as other,
    ):
        presses = [threading.Thread(target=press, args=(desk,)) for desk in (one, other)]
        for thread in presses:
            thread.start()
        for thread in presses:
            thread.join()
        one.until(lambda: bool(one.runner.captures()) and not any(view.followed for view in one.runner.captures()))
        other.until(lambda: not any(view.followed for view in other.runner.captures()))
    seen(f"two presses at once: {len(began)} began, {len(standin.charges)} charged")
    assert (len(began), refused) == (1, ["Another Blender has just begun to capture this range."])
    assert len(standin.charges) == 1
    assert len(Ledger(folder).ids()) == 1


@pytest.mark.fault(98)
def test_a_capture_begun_while_a_clip_was_rendered_is_found(standin: StandIn, folder: Path, video: Path) -> None:
    """Whatever the other computer's clock and the share's say; who looks afterwards has been asked."""
    with (
        Desk(folder, standin.base_url, standin.api_key, start=False) as one,
        Desk(folder, standin.base_url, standin.api_key, start=False) as other,
    ):
        nothing = other.runner.ids()
        begun = one.begin(video)
        record = Ledger(folder).folder_of(begun) / "capture.json"
        os.utime(record, (0.0, 0.0))
        with pytest.raises(Fault, match="just begun"):
            other.runner.begin(other.request(video), nothing)
        # another range is another motion, and one's own second press was asked about
        other.runner.begin(other.request(video, trim_end_sec=3.0), nothing)
        one.runner.begin(one.request(video), nothing)
        other.runner.begin(other.request(video), other.runner.ids())
    assert len(Ledger(folder).ids()) == 4
