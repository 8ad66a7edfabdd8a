"""Two processes that take up the same captures at the same moment."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from aimocap_blender.jobs.ledger import Ledger
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
