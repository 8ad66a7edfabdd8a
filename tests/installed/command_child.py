"""Install the zip, call the command line's function as Blender does, answer how each call went. Runs in Blender."""

import json
import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import blender_knows

_WAITS = dict.fromkeys(
    ("first_poll_sec", "first_retry_sec", "longest_retry_sec", "settle_sec", "look_around_sec"), 0.02
)


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text())
    bpy.context.preferences.system.use_online_access = True
    blender_knows.install(request["zip"])
    _save_two_armatures(request["blend"])
    captures: Any = import_module(f"{blender_knows.MODULE}.takes.captures.captures")
    captures.Timing = partial(captures.Timing, **_WAITS)
    run = import_module(f"{blender_knows.MODULE}.command").run
    streams = Path(request["answer"]).with_name("out"), Path(request["answer"]).with_name("err")
    waited = _hold_the_lock()
    answers: list[list[object]] = []
    for arguments in request["calls"]:
        with _taken(1, streams[0]), _taken(2, streams[1]):
            status = run(arguments)
        answers.append([status, *(stream.read_text() for stream in streams)])
    Path(request["answer"]).write_text(json.dumps({"calls": answers, "waited": len(waited)}))
    sys.stdout.flush()
    os._exit(0)


def _hold_the_lock() -> list[float]:
    """Begin a capture as another call does, until this one waits; how long it did is added to the list."""
    batch: Any = import_module(f"{blender_knows.MODULE}.command.batch")
    folder = batch.ledger().folder
    folder.mkdir(parents=True)
    held = batch.LeasedLock.take(folder / ".command.lock")
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        held.release()

    batch.time = SimpleNamespace(sleep=wait, time=time.time)
    return waited


def _save_two_armatures(file: str) -> None:
    for name in ("One", "Two"):
        armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
        bpy.context.scene.collection.objects.link(armature)
    bpy.ops.wm.save_as_mainfile(filepath=file, copy=True)


@contextmanager
def _taken(descriptor: int, file: Path) -> Generator[None]:
    """Write the output of the descriptor, of Blender too, into the file."""
    sys.stdout.flush()
    own = os.dup(descriptor)
    with file.open("wb") as taken:
        os.dup2(taken.fileno(), descriptor)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(own, descriptor)
        os.close(own)


main()
