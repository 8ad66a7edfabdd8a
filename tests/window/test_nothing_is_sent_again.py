"""Acts of a person in the window after, or during, a capture."""

import sys
from pathlib import Path

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


def test_repeat_last_and_the_redo_panel_send_nothing(drive: Drive) -> None:
    results = Results(make_with=Path(sys.executable))
    with StandIn("A", results=results, polls=("completed",)) as service:
        answer = drive(service, "repeat_and_redo")
        steps, charges = service.steps(), service.charges
    assert answer["last_operators"][-1] == "AIMOCAP_OT_apply_capture"
    assert "AIMOCAP_OT_capture_motion" not in answer["last_operators"]
    assert answer["contacts"] == ["BODY", "OFF"]
    assert len(answer["actions"]) == 1  # applied, then repeated and redone in its place
    assert len(answer["assets"]) == 1
    assert steps.count("create") == steps.count("upload") == steps.count("complete_upload") == len(charges) == 1


def test_blender_saves_by_itself_while_a_job_is_followed(drive: Drive) -> None:
    with StandIn("A") as service:
        service.hold("processing")
        answer = drive(service, "auto_save")
    assert answer["state"] == ["running"]
    assert len(answer["saved"]) == 1
