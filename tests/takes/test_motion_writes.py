"""Corrected motions are written while Blender goes on, and who corrects is told if one can't be."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.ui.acts import module


class Disk:
    """A thread, as in a window."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1)

    def later(self, work: Callable[[], None]) -> "Future[None]":
        return self.thread.submit(work)


def refused() -> None:
    raise OSError(28, "No space left on device")


def written_while_blender_goes_on(wait: threading.Event, done: list[int]) -> None:
    assert wait.wait(10.0)
    done.append(1)


@pytest.fixture
def messages(addon: object) -> Any:
    del addon
    return module("takes.messages").Messages()


def test_a_correction_does_not_wait_and_a_reader_does(messages: Any) -> None:
    disk, may_go_on, done = Disk(), threading.Event(), []
    writes = module("takes.disk_work").MotionWrites(disk, messages)
    writes.begin("a", "Dance", lambda: written_while_blender_goes_on(may_go_on, done))
    assert done == []
    assert writes.is_written("b")
    reader = ThreadPoolExecutor(1).submit(writes.is_written, "a")
    assert not reader.done()
    may_go_on.set()
    assert reader.result(10.0)
    assert done == [1]
    assert not writes.pump()
    assert messages.take() == []


def test_a_full_disk_is_told_of(messages: Any) -> None:
    writes = module("takes.disk_work").MotionWrites(disk := Disk(), messages)
    wait = threading.Event()
    disk.thread.submit(wait.wait, 10.0)
    writes.begin("a", "Dance", refused)
    wait.set()
    assert writes.is_written("a")
    assert writes.pump()
    (said,) = messages.take()
    assert said.title == "Dance"
    assert str(said.sentence).startswith("The motion can't be saved: No space left on device.")
    at_once = module("takes.disk_work").DiskWork()  # without a window it is waited for
    with pytest.raises(module("texts.faults").Fault, match="No space left"):
        module("takes.disk_work").MotionWrites(at_once, messages).begin("a", "Dance", refused)
    at_once.close()
