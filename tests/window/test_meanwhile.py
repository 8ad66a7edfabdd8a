"""Acts of a person in the window while a capture is under way: none loses, repeats or breaks anything."""

import sys
from pathlib import Path

import pytest

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


def test_a_capture_outlives_what_is_done_meanwhile(drive: Drive, tmp_path: Path) -> None:
    console = tmp_path / "console.txt"
    more = {"script": "drive_meanwhile.py", "console": str(console)}
    results = Results(make_with=Path(sys.executable))
    with StandIn("A", results=results, polls=("processing", "completed")) as service:
        service.hold("processing")
        answer = drive(service, "many_things", control=service.control_url, **more)
        if answer.get("read_only"):
            pytest.skip(f"this Blender's timers can't write after the render: {answer['bones_are_left']}")
        service.release()
        back = drive(service, "come_back", control=service.control_url, again=True, **more)
        charges, steps, violations = service.charges, service.steps(), service.violations
    assert (answer["undone"], answer["redone"]) == (0.0, 2.0)
    assert answer["saved"] == answer["after_undo"] == answer["after_reload"] == ["running"]
    assert (answer["followed_in_the_second"], answer["windows"], answer["alive_after_closing"]) == (1, 1, False)
    assert answer["while_rendering"] == [True, False]
    assert answer["while_editing"] is False
    for reported in (answer, back):
        assert [failed for _, failed in reported["notes"]] == [False]
        assert reported["action"].startswith("Capture · ")
    assert answer["at_the_end"] == ["running", "done"]
    assert len(charges) == steps.count("complete_upload") == steps.count("upload") == steps.count("create") == 2
    assert violations == []
    said = console.read_text()
    if "Traceback" in said or "Error" in said:
        pytest.fail(said)
