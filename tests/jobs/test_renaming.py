"""Another name for a capture: stored with it, never sent, and nothing else of it changes."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from aimocap_blender.jobs.intake import LONGEST_TITLE
from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.texts.faults import Fault
from tests.standin import StandIn

from .desk import Desk


def test_a_finished_one_keeps_its_new_name_and_all_else(standin: StandIn, folder: Path, video: Path) -> None:
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        capture_id = desk.begin(video)
        first = desk.to_the_end(capture_id).title
    before, asked = Ledger(folder).load(capture_id), len(standin.requests)
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        desk.runner.rename(capture_id, "  Her best jump ")
        assert desk.view(capture_id).title == "Her best jump"  # at once
        with pytest.raises(Fault):
            desk.runner.rename("none", "x")
    after = Ledger(folder).load(capture_id)
    assert before is not None
    assert after is not None
    changed = {name for name, value in asdict(after).items() if value != asdict(before)[name]}
    assert changed == {"name", "revision"}
    assert len(standin.requests) == asked
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        assert desk.view(capture_id).title == "Her best jump"
        desk.runner.rename(capture_id, "")
        assert desk.view(capture_id).title == first
        desk.runner.rename(capture_id, "long" * LONGEST_TITLE)
        assert len(desk.view(capture_id).title) == LONGEST_TITLE
    assert len(standin.charges) == 1


def test_one_that_is_renamed_while_it_is_submitted_is_paid_once(standin: StandIn, desk: Desk, video: Path) -> None:
    held = standin.faults.add(step="complete_upload", hold="before")
    capture_id = desk.begin(video)
    assert held.reached.wait(20)
    desk.runner.rename(capture_id, "Renamed")
    held.release()
    view = desk.to_the_end(capture_id)
    assert (view.state, view.title) == ("done", "Renamed")
    assert len(standin.charges) == 1
    assert not any("Renamed" in json.dumps(request.body) for request in standin.requests)
