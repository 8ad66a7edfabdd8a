"""On a slow disk, Blender's own thread does no file work in the captures folder, and waits for none."""

import sys
from pathlib import Path

import pytest

from tests.faults.marks import Seen
from tests.standin import Results, StandIn
from tests.window.conftest import Drive

SECONDS = 0.04, 0.1
"""Of an operation, and of an fsync: longer than a press waits for the disk."""


@pytest.mark.fault(87)
def test_no_press_draw_or_tick_touches_the_disk(drive: Drive, tmp_path: Path, seen: Seen) -> None:
    more = {"script": "drive_slow_disk.py", "captures": str(tmp_path / "captures"), "seconds": SECONDS}
    with StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("processing", "completed")) as service:
        answer = drive(service, "presses", control=service.control_url, **more)
        charges, violations = len(service.charges), service.violations
    assert answer["operations"] == []
    assert (charges, violations) == (2, [])
    seen("no file operation on Blender's thread from Capture to Restore; 2 captures, 2 charged")
