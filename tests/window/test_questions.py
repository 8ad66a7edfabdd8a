"""Questions before something is sent, paid or removed, answered with the mouse and with Return."""

import sys
from pathlib import Path

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


def test_nothing_is_sent_paid_or_forgotten_but_by_a_click(drive: Drive, video: Path) -> None:
    """Consent, a strip that was captured, several strips, forgetting, a job that failed: one after the other."""
    with StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("completed",)) as service:
        answer = drive(service, "questions", script="drive_questions.py", control=service.control_url)
        first = next(request.body for request in service.requests if request.step == "create")
        charges, steps = service.charges, service.steps()
    assert answer["called_off"] == 0
    assert answer["upload"] == "AUTO"
    assert first["sourceBytes"] != video.stat().st_size  # only the range is sent
    assert first["trimStartSec"] == 0.0
    assert first["trimEndSec"] == first["sourceDurationSec"] < 3.0
    assert answer["moved"] == [True, False, True]
    assert answer["again_called_off"] == [0, 0]
    assert answer["again_by_return"] == [0, 1]  # what is paid was applied
    assert answer["changed"] == 0
    assert answer["begun_elsewhere"] == 1  # by the other Blender alone
    assert answer["several_called_off"] == 0
    assert answer["titles"][0] == "Take 2"
    assert answer["several_by_return"] == 1  # what was captured is left out
    assert answer["kept_by_return"] == answer["restored"] == 0
    assert answer["copied"] == charges[-1].job_id
    assert steps.count("create") == steps.count("complete_upload") == len(charges) == 6
