"""Both sidebars draw at two widths, two scales and in two themes; the pictures are to be looked at."""

import sys
from pathlib import Path

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


def test_every_sidebar_is_drawn(drive: Drive, tmp_path: Path) -> None:
    console = tmp_path / "console.txt"
    with StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("processing", "completed")) as service:
        answer = drive(
            service,
            "sidebars",
            script="drive_sidebars.py",
            control=service.control_url,
            console=str(console),
        )
    assert len(answer["widths"]) == 16
    for name, width in answer["widths"].items():
        assert abs(width - int(name.rpartition("_")[2])) < 15, name
    assert "Traceback" not in console.read_text()
