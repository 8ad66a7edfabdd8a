"""Views of captures that are over are on disk, made once, and again when something about them changes."""

from pathlib import Path
from typing import Any

import pytest

from aimocap_blender.jobs import runner
from aimocap_blender.jobs.capture import Capture
from aimocap_blender.jobs.ledger import Ledger, Survey, survey
from tests.standin import StandIn

from .desk import Desk


def test_the_view_of_an_ended_capture_is_kept_until_it_changes(video: Path, folder: Path) -> None:
    with StandIn("A") as standin, Desk(folder, standin.base_url, standin.api_key) as desk:
        desk.verify = lambda _kind, _path: None
        capture_id = desk.begin(video)
        desk.to_the_end(capture_id)
        assert desk.until(lambda: desk.view(capture_id) is desk.view(capture_id))
        assert not desk.view(capture_id).applied
        desk.runner.claim_application(capture_id)
        assert desk.view(capture_id).applied


def test_a_claim_that_is_given_back_is_not_seen_later(
    video: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StandIn("A") as standin, Desk(folder, standin.base_url, standin.api_key) as desk:
        desk.verify = lambda _kind, _path: None
        capture_id = desk.begin(video)
        desk.to_the_end(capture_id)
        seen: list[bool] = []

        def while_claimed(*arguments: Any) -> Survey:
            desk.runner.claim_application(capture_id)
            found = survey(*arguments)
            desk.runner.give_application_back(capture_id)
            seen.extend(one.seen.applied for one in found.changed)
            return found

        monkeypatch.setattr(runner, "survey", while_claimed)
        assert desk.until(lambda: len(seen) > 1)
        monkeypatch.undo()
        assert all(seen)
        assert not desk.view(capture_id).applied


def test_nothing_is_shown_before_it_is_on_disk(video: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with StandIn("A") as standin, Desk(folder, standin.base_url, standin.api_key) as desk:
        desk.verify = lambda _kind, _path: None
        shown: list[tuple[str, str]] = []
        save = Ledger.save

        def watched(ledger: Ledger, capture: Capture) -> Capture:
            view, record = desk.runner.capture(capture.id), ledger.load(capture.id)
            if view is not None and record is not None:
                shown.append((view.state, record.state.value))
            return save(ledger, capture)

        monkeypatch.setattr(Ledger, "save", watched)
        desk.to_the_end(desk.begin(video))
        assert len(set(shown)) > 6
        assert [pair for pair in shown if pair[0] != pair[1]] == []
