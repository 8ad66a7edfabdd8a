"""A long list of finished captures holds nobody up: it is read aside, and a look at the others leaves it out."""

import threading
from pathlib import Path

import pytest

from aimocap_blender.jobs import ledger
from aimocap_blender.jobs.capture import Capture
from aimocap_blender.jobs.drives import Drive
from aimocap_blender.jobs.view import Driving
from tests.jobs.example_captures import write_finished
from tests.standin import StandIn

from .desk import PATIENCE_SEC, Desk


def test_the_start_does_not_wait_for_a_slow_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        write_finished(folder, number)
    answers = threading.Event()

    def read_slowly(path: Path) -> bytes:
        if path.parent.name == "capture-0000":
            answers.wait(PATIENCE_SEC)
        return path.read_bytes()

    monkeypatch.setattr(ledger, "read_plain", read_slowly)
    desk = Desk(folder, "http://localhost:9", "sk-key", start=False)
    started = threading.Event()

    def start() -> None:
        desk.runner.start(wait=False)
        started.set()

    threading.Thread(target=start, daemon=True).start()
    assert started.wait(PATIENCE_SEC)
    assert desk.runner.captures() == ()
    answers.set()
    assert desk.until(lambda: [view.id for view in desk.runner.captures()] == ["capture-0001", "capture-0000"])
    desk.runner.close()


@pytest.mark.parametrize("finished", [3, 90])
def test_finished_captures_are_reported_once(finished: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(finished):
        write_finished(folder, number)
    with Desk(folder, "http://localhost:9", "sk-key") as desk:
        reported: list[str] = []
        while not desk.runner.views.has_reported_all:
            reported += [view.id for view in desk.runner.views.changed()]
        assert sorted(reported) == [f"capture-{number:04}" for number in range(finished)]
        looks: list[str] = []
        driving = Drive.driving

        def noted(drive: Drive, shown: Capture) -> Driving:
            looks.append(drive.capture.id)
            return driving(drive, shown)

        monkeypatch.setattr(Drive, "driving", noted)
        assert desk.runner.views.changed() == desk.runner.views.followed() == ()
        assert looks == []
        desk.runner.claim_application("capture-0001")
        (changed,) = desk.runner.views.changed()
        assert (changed.id, changed.applied) == ("capture-0001", True)
        assert set(looks) == {"capture-0001"}


def test_one_that_ends_after_the_last_look_is_still_to_be_reported(standin: StandIn, desk: Desk, video: Path) -> None:
    standin.hold("processing")
    capture_id = desk.begin(video)
    desk.wait(capture_id, lambda view: view.state == "running")
    assert [view.state for view in desk.runner.views.changed()] == ["running"]
    standin.release()
    assert desk.to_the_end(capture_id).state == "done"
    assert not desk.runner.views.has_reported_all
    assert [view.state for view in desk.runner.views.changed()] == ["done"]
    assert desk.until(lambda: desk.runner.views.has_reported_all or not desk.runner.views.changed())


def test_each_of_many_is_looked_at_in_its_turn(folder: Path) -> None:
    for number in range(130):
        write_finished(folder, number)
    with Desk(folder, "http://localhost:9", "sk-key") as desk:
        assert [view.id for view in desk.runner.captures()] == [f"capture-{number:04}" for number in range(129, -1, -1)]
        for number in (0, 64, 129):
            (folder / f"capture-{number:04}" / "applied").touch()
        (folder / "capture-0070" / "capture.json").unlink()
        write_finished(folder, 200)
        assert desk.until(lambda: sum(view.applied for view in desk.runner.captures()) == 3)
        assert desk.until(lambda: desk.runner.capture("capture-0070") is None)
        assert desk.runner.captures()[0].id == "capture-0200"
