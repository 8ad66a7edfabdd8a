"""The character that is kept, the range's fields and the video in the viewport, by mouse."""

from pathlib import Path

import pytest

from tests.standin import StandIn
from tests.window.conftest import Drive


@pytest.mark.slow
def test_kept_trimmed_and_seen_ranges_are_right(drive: Drive, tmp_path: Path) -> None:
    console = tmp_path / "console.txt"
    with StandIn("A") as service:
        answer = drive(service, "look", script="drive_look.py", console=str(console), size=(320, 240))
    assert answer["kept"] == "Mannequin"
    assert answer["changed"] == [0, 0]
    assert answer["moved"]
    assert answer["trimmed"] == [21, 31, 21]
    assert answer["seen"] == [39, 20, 54]
    assert answer["left"] == [[], 0]
    assert answer["sequencers"] == [1, 1]
    assert answer["framed"][0] > 0.4
    assert all(answer["framed"])
    assert "Traceback" not in console.read_text()
