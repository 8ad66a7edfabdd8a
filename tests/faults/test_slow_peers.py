"""Transfers that never end, beside captures that have nothing to do with them; no time-out helps."""

import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.desk import Desk
from tests.service.raw_server import Asked, RawServer
from tests.standin import StandIn

from .marks import Seen

pytestmark = pytest.mark.fault(84)


class Silent:
    """An answer that begins and never goes on; counts those who wait for it at a time."""

    def __init__(self) -> None:
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket, _asked: Asked) -> None:
        self._count(1)
        try:
            connection.settimeout(60)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")
            connection.recv(1)  # until the client leaves
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._lock:
            self._now += more
            self.most = max(self.most, self._now)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.timeouts = replace(desk.timeouts, answer=600, whole=600, stall=600)
    return desk


def test_preview_videos_that_never_end(standin: StandIn, desk: Desk, video: Path, seen: Seen) -> None:
    silent = Silent()
    with RawServer([silent]) as peer:
        standin.faults.add(step="result", times=None, merge={"previewVideoUrl": f"{peer.url}/preview.mp4"})
        for _ in range(4):
            assert desk.wait(desk.begin(video), lambda view: view.state == "done")
        assert peer.arrived.wait(20)
        assert desk.wait(desk.begin(video), lambda view: view.state == "done")
        desk.runner.close()
    seen(f"five done, one charge each, {silent.most} connection to the slow peer at a time")
    assert (len(standin.charges), silent.most) == (5, 1)


def test_downloads_that_never_end(standin: StandIn, desk: Desk, video: Path, seen: Seen) -> None:
    held = standin.faults.add(step="download", times=None, hold="before")
    slow = [desk.begin(video) for _ in range(4)]
    for capture_id in slow:
        desk.wait(capture_id, lambda view: view.state == "downloading")
    assert held.reached.wait(20)
    last = desk.begin(video)
    desk.wait(last, lambda view: view.state == "downloading")
    assert standin.wait_until(lambda: standin.steps().count("download") == 2)
    assert len(standin.charges) == 5
    standin.faults.clear()
    assert {desk.wait(one, lambda view: view.state == "done").state for one in (*slow, last)} == {"done"}
    seen("two downloads held, two more wait; the next capture uploaded, charged and looked at; then all done")
    assert len(standin.charges) == 5


def test_uploads_that_are_not_read(standin: StandIn, desk: Desk, video: Path, seen: Seen) -> None:
    """Looks and the motion of another capture go on beside them."""
    standin.hold("processing")
    first = desk.begin(video)
    desk.wait(first, lambda view: view.state == "running")
    held = standin.faults.add(step="upload", times=None, hold="before")
    slow = [desk.begin(video) for _ in range(5)]
    assert held.reached.wait(20)
    standin.release()
    assert desk.wait(first, lambda view: view.state == "done")
    assert len(standin.charges) == 1
    standin.faults.clear()
    assert {desk.wait(one, lambda view: view.state == "done").state for one in slow} == {"done"}
    seen("five uploads held, another capture's looks and motion came; then all done")
    assert len(standin.charges) == 6
