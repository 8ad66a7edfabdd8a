"""The list of captures by mouse: pictures and names."""

import sys
from pathlib import Path

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


def test_captures_are_named_and_found(drive: Drive) -> None:
    with StandIn("A", results=Results(make_with=Path(sys.executable))) as service:
        answer = drive(service, "shelf", script="drive_shelf.py")
        charges = service.charges
    assert answer["picture"]
    assert answer["titles"] == ["Her best jump", "Take 1"]
    assert len(charges) == 2
