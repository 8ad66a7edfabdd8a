"""While the workers are held still nothing of them moves, not even a transfer; then all goes on to its end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.standin import StandIn

from .desk import Desk, big

A_MOMENT_SEC = 0.3
"""Far longer than a request takes here."""


@pytest.fixture
def moves(standin: StandIn) -> Callable[[], bool]:
    """Does anything reach the service in a moment from now?"""

    def moves() -> bool:
        known = len(standin.requests)
        return standin.wait_until(lambda: len(standin.requests) > known, A_MOMENT_SEC)

    return moves


def test_no_request_begins(standin: StandIn, desk: Desk, video: Path, moves: Callable[[], bool]) -> None:
    with desk.runner.held_still():
        capture_id = desk.begin(video)
        assert not moves()
    assert desk.to_the_end(capture_id).state == "done"
    assert len(standin.charges) == 1


def test_a_transfer_stops_and_goes_on(standin: StandIn, desk: Desk, tmp_path: Path, moves: Callable[[], bool]) -> None:
    held = standin.faults.add(step="upload", hold="reading", after_bytes=2**20)
    capture_id = desk.begin(big(tmp_path))
    held.reached.wait()
    with desk.runner.held_still():
        held.release()
        assert not moves()
        sent, size = desk.view(capture_id).transferred or (0, 0)
        assert 0 < sent < size
    assert desk.to_the_end(capture_id).state == "done"
    assert len(standin.charges) == 1
