"""A long list of finished captures and previews: it is read aside, listed, and no longer looked at."""

import json
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest

from tests.jobs.example_captures import write_finished
from tests.standin import StandIn
from tests.ui.acts import module, preferences
from tests.ui.conftest import MODULE

FINISHED = 90


@pytest.fixture
def listed(service: StandIn, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The list as a window shows it once all is read."""
    del service
    folder = Path(preferences().captures_folder)
    for number in range(FINISHED):
        write_finished(folder, number)
        preview = {"id": f"preview-{number}", "title": "", "video": "", "range_sec": [0, 1], "binding": {}}
        there = folder / ".previews" / f"preview-{number}"
        there.mkdir(parents=True)
        (there / "preview.json").write_text(json.dumps(preview | {"created_at": number + 0.5}))
    monkeypatch.setattr(f"{MODULE}.takes.session.shows_a_window", lambda: True)

    def rows() -> list[str]:
        session = module("takes.session").open_session()
        while session.busy:
            session.pump()
            session.captures.runner.wait_for_change(0.01)
        assert not session.messages, [message.sentence for message in session.messages.take()]
        module("ui.capture.list").update_list()
        return bpy.context.window_manager.aimocap_captures.keys()

    return rows


def test_it_is_listed_newest_first_and_left_alone(
    listed: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = listed()
    names = [(f"preview-{number}", f"capture-{number:04}") for number in range(FINISHED - 1, -1, -1)]
    assert rows == [name for pair in names for name in pair]
    looks: list[object] = []
    monkeypatch.setattr(module("jobs.drives").Drive, "driving", lambda drive, _shown: looks.append(drive))
    session = module("takes.session").open_session()
    session.pump()
    assert not session.busy
    assert not session.active
    assert looks == []


def test_rows_come_and_go(listed: Callable[[], list[str]]) -> None:
    rows = listed()
    session = module("takes.session").open_session()
    session.captures.runner.forget("capture-0040")
    session.previews.remove("preview-3")
    write_finished(Path(preferences().captures_folder), 400)
    while session.captures.runner.capture("capture-0400") is None:
        session.captures.runner.wait_for_change(0.1)
    session.pump()
    session.messages.take()
    left = [name for name in rows if name not in {"capture-0040", "preview-3"}]
    assert listed() == ["capture-0400", *left]
