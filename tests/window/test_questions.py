"""Questions before something is sent, paid or removed, answered with the mouse and with Return."""

import sys
from pathlib import Path

import pytest

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


@pytest.fixture
def asked(drive: Drive) -> Drive:
    def run(service: StandIn, scenario: str, **more: object) -> dict[str, object]:
        return drive(service, scenario, script="drive_questions.py", **more)

    return run


def standin() -> StandIn:
    return StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("completed",))


def test_only_the_range_is_sent_at_a_click(asked: Drive, video: Path) -> None:
    with standin() as service:
        answer = asked(service, "consent")
        creates = [request.body for request in service.requests if request.step == "create"]
        charges = service.charges
    assert answer["called_off"] == 0
    assert answer["upload"] == "AUTO"
    assert len(creates) == len(charges) == 1
    assert creates[0]["sourceBytes"] != video.stat().st_size
    assert creates[0]["trimStartSec"] == 0.0
    assert creates[0]["trimEndSec"] == creates[0]["sourceDurationSec"] < 3.0


def test_return_applies_what_is_paid_and_only_a_click_pays_again(asked: Drive) -> None:
    with standin() as service:
        answer = asked(service, "again")
        charges = len(service.charges)
    assert answer["called_off"] == [1, 0]
    assert answer["by_return"] == [1, 1]
    assert (answer["changed"], charges) == (1, 2)


def test_all_selected_are_asked_for_and_what_is_captured_is_left_out(asked: Drive) -> None:
    with standin() as service:
        answer = asked(service, "several")
        charges = len(service.charges)
    assert answer["called_off"] == 1
    assert answer["titles"][0] == "Take 2"
    assert answer["by_return"] == charges == 2


def test_nobody_pays_for_a_horse_by_return(asked: Drive) -> None:
    with standin() as service:
        answer = asked(service, "horse")
        charges = len(service.charges)
    assert (answer["by_return"], answer["reviewed"]) == (0, 0)
    assert charges == 1
    assert "stands on four legs" in str(answer["notes"])


def test_return_keeps_what_is_paid_and_the_menu_brings_it_back(asked: Drive) -> None:
    with standin() as service:
        answer = asked(service, "forget")
        charges = len(service.charges)
    assert answer["by_return"] == answer["restored"] == ["done"]
    assert charges == 1


def test_the_job_of_an_ended_row_is_copied_and_checked_again(asked: Drive) -> None:
    with StandIn("A", polls=("failed",)) as service:
        answer = asked(service, "ended")
        steps = service.steps()
    assert answer["copied"] == answer["job"] == service.charges[0].job_id
    assert steps.count("create") == steps.count("complete_upload") == 1
