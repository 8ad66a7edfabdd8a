"""The list of captures by mouse: pictures, names, and what is offered of them."""

import sys
from pathlib import Path

import pytest

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


@pytest.mark.slow
def test_a_capture_has_a_picture_a_name_and_parts(drive: Drive) -> None:
    with StandIn("A", results=Results(make_with=Path(sys.executable))) as service:
        answer = drive(service, "shelf", script="drive_shelf.py")
        charges = service.charges
    assert answer["picture"]
    assert 4 <= answer["part"] <= 5  # the part begins up to a sample before what the strip shows
    assert answer["from_the_shelf"]
    assert answer["titles"] == ["Her best jump"]
    assert answer["second"] == [True, True]
    assert len(charges) == 1
