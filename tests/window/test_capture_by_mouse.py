"""The button is found and clicked with the mouse in both sidebars, and the capture runs through while Blender draws."""

import os
import sys
from pathlib import Path

import pytest

from tests.standin import Results, StandIn
from tests.window.conftest import Drive

EDITORS = ("SEQUENCE_EDITOR", *(("VIEW_3D",) if "AIMOCAP_SCREENSHOTS" in os.environ else ()))
"""`test_first_run.py` does it in the viewport, which has its sidebar here only for the pictures of the docs."""


@pytest.mark.slow  # `test_questions.py` does, too, and `test_sidebars.py` looks at both sidebars
@pytest.mark.parametrize("editor", EDITORS)
def test_one_click_puts_the_motion_on_the_character(editor: str, drive: Drive) -> None:
    with StandIn("A", results=Results(make_with=Path(sys.executable))) as service:
        answer = drive(service, "capture_by_mouse", name=editor.lower(), editor=editor)
        charges, violations, steps = service.charges, service.violations, service.steps()
    assert answer["buttons"] == [[editor, "aimocap.capture_motion"]]
    assert [failed for _, failed in answer["notes"]] == [False]
    assert answer["action"].startswith("Capture · ")
    assert not answer["action_after_undo"]
    assert len(charges) == answer["captures"] == 1
    assert violations == []
    assert steps.count("create") == steps.count("complete_upload") == 1
