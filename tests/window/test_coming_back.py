"""Blender goes away while a paid job runs, and comes back."""

import sys
from pathlib import Path

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


def test_a_blender_that_comes_back_takes_the_job_up_and_applies_it(drive: Drive) -> None:
    with StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("completed",)) as service:
        service.hold("processing")
        gone = drive(service, "leave_in_the_middle")
        service.release()
        back = drive(service, "come_back", again=True)
        steps, charges = service.steps(), service.charges
    assert gone["state"] == ["running"]
    assert [failed for _, failed in back["notes"]] == [False]
    assert back["action"].startswith("Capture · ")
    assert steps.count("create") == steps.count("upload") == steps.count("complete_upload") == len(charges) == 1
