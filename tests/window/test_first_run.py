"""From the installed zip, a fresh configuration and a character to applied motion, by mouse and keyboard alone."""

import re
import sys
from pathlib import Path
from typing import Any

from tests.media.g1_json import make_g1_json
from tests.pages import ROOT
from tests.standin import Results, StandIn
from tests.window.conftest import Drive

DIALOG = {"Send Only the Range", "Allow Online Access", "Get a Key"}
"""Drawn in a dialog, where no command is read from a button."""
FIRST_STEPS = {
    label
    for page, start, end in (
        ("docs/first-capture.md", "# ", "## Next"),
        ("docs/install.md", "## Set it up", "\n## "),
        ("README.md", "## First capture", "A paid capture"),
    )
    for text in [(ROOT / page).read_text(encoding="utf-8").partition(start)[2].partition(end)[0]]
    for label in re.findall(r"\*\*(.+?)\*\*", text.replace("\n", " "))
}
MOST_CLICKS = 8
"""From the installed add-on to a capture's motion on the character."""


def test_a_first_run_and_what_may_go_wrong_in_it(drive: Drive, tmp_path: Path) -> None:
    robot = tmp_path / "robot" / "walk.json"
    robot.parent.mkdir()
    make_g1_json(robot, 0.0, 2.0, 30.0)
    (robot.parent / "letter.json").write_text('{"dear": "animator"}')
    with StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("processing", "completed")) as service:
        answer = drive(
            service,
            "first_run",
            script="drive_first_run.py",
            prepare="prepare_first_run_child.py",
            options=(),
            variables={"AIMOCAP_API_KEY": ""},
            control=service.control_url,
            key=service.api_key,
            robot=str(robot),
        )
        charges, violations, steps = service.charges, service.violations, service.steps()
    assert answer["clicks_to_motion"] <= MOST_CLICKS
    check_the_docs(answer)
    assert answer["online"] is True
    assert steps[:2] == ["job", "job"]  # the key was checked twice
    assert len(answer["in_viewport"]) == 1
    assert (answer["chosen"], answer["character"]) == ("Mannequin", "Mannequin Body")
    assert answer["stopped"] == [False]
    assert [failed for _, failed in answer["notes"]] == [False]
    assert answer["repeated"][-1] == "AIMOCAP_OT_apply_capture"  # what was paid can't be repeated
    assert "AIMOCAP_OT_capture_motion" not in answer["repeated"]
    assert answer["redone"] == ["IN_PLACE", "SAMPLES", "OFF"]
    assert answer["actions_the_same"]
    assert "not enough credits" in answer["refused"]
    assert "connection" in answer["lost"]
    assert ["“letter.json” contains no joint angles" in said for said in answer["wrong"]] == [True]
    assert answer["wrong_adds"] == []
    assert answer["robot"] == ["Unitree G1"]
    assert len(charges) == 2
    assert violations == []


def check_the_docs(answer: dict[str, Any]) -> None:
    """Whoever reads the first pages finds each button by its name, with the mouse."""
    drawn, found = answer["labels"], {call for _, call in answer["buttons"]}
    for label in FIRST_STEPS:
        shown = next((text for text in drawn if text == label or text.startswith(f"{label} · ")), None)
        assert shown is not None, f"{label} is nowhere in the window"
        assert not drawn[shown] or drawn[shown] in found or label in DIALOG, f"no button calls {drawn[shown]}"
    assert {"range_start", "range_end"} <= set(answer["fields"])
