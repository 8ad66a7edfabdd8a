"""Write records of finished captures and previews, open a session as a window does, and print what that costs.

Runs in Blender. Its arguments: the zip, and how many captures and previews. Times are those of the main thread alone,
and in brackets as a clock shows them, with what other threads did meanwhile.
"""

import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.installed.blender_knows import MODULE, install

TICKS = 200
RUNNING = 20


def main() -> None:
    zip_file, finished = sys.argv[-2], int(sys.argv[-1])
    install(zip_file)
    sessions = importlib.import_module(f"{MODULE}.takes.session")
    progress_of = importlib.import_module(f"{MODULE}.takes.session").progress_of
    captures_list = importlib.import_module(f"{MODULE}.ui.capture.list")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bpy.context.preferences.addons[MODULE].preferences.captures_folder = name
        write(folder, finished)
        sessions.shows_a_window = lambda: True
        started, session = timed(lambda: sessions.open_session(only=()))
        running(session.captures.runner)

        def tick() -> object:
            if session.pump():
                captures_list.update_list()
            return session.busy, session.active, progress_of(session)

        arriving = []
        while session.busy:
            arriving.append(timed(tick)[0])
            time.sleep(0.02)
        assert len(session.captures.runner.captures()) == finished + RUNNING
        ticks = [timed(tick)[0] for _ in range(TICKS)]
        ended, _ = timed(lambda: end_one(session.captures.runner, tick))
        reported = {
            "start": started,
            "tick while it is read (median)": median(arriving),
            "longest": max(arriving, default=(0.0, 0.0)),
            "tick": median(ticks),
            "tick when one is new": ended,
        }
        print(f"{finished} finished, {RUNNING} running, ms: ", end="")
        print(", ".join(f"{what} {cpu * 1000:.2f} ({wall * 1000:.2f})" for what, (cpu, wall) in reported.items()))
    sys.stdout.flush()
    os._exit(0)


def timed(act: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    cpu, wall = time.thread_time(), time.perf_counter()
    result = act()
    return (time.thread_time() - cpu, time.perf_counter() - wall), result


def median(times: list[tuple[float, float]]) -> tuple[float, float]:
    return (
        statistics.median(cpu for cpu, _ in times or [(0.0, 0.0)]),
        statistics.median(wall for _, wall in times or [(0.0, 0.0)]),
    )


def record(name: str, created_at: float) -> Any:
    capture = importlib.import_module(f"{MODULE}.jobs.capture")
    binding = importlib.import_module(f"{MODULE}.takes.binding")
    mapping = importlib.import_module(f"{MODULE}.motion.time_mapping").TimeMapping
    choices = importlib.import_module(f"{MODULE}.takes.binding").choices_of(bpy.context.scene.aimocap)
    return capture.Capture(
        id=name,
        base_url="https://aimocap.net",
        created_at=created_at,
        source=capture.Source("/take.mp4", "take.mp4", 1000, 0, "0" * 64, temporary=False),
        order=capture.Order(("default",), f"Take {name}", 10.0, 1.0, 9.0, 30, None),
        binding=binding.unbound("Take", mapping(1.0, 30.0), choices).to_json() | {"blend_file": "/elsewhere.blend"},
        state=capture.State.DONE,
        job_id=f"job-{name}",
        files={"fbx": capture.ResultFile("motion.fbx", 1000, "0" * 64, "")},
    )


def write(folder: Path, finished: int) -> None:
    """Write the records, every other one's motion applied."""
    json_of = importlib.import_module(f"{MODULE}.record_json").to_json
    version = importlib.import_module(f"{MODULE}.jobs.capture").VERSION
    kept = importlib.import_module(f"{MODULE}.takes.previews.kept")
    for number in range(finished):
        one = record(f"capture-{number:05}", 1.7e9 + number)
        there = folder / one.id
        there.mkdir()
        (there / "capture.json").write_text(json.dumps({"v": version, **json_of(one)}))
        (there / "motion.fbx").touch()
        if number % 2:
            (there / "applied").touch()
        preview = kept.PreviewRecord(f"p{number}", "Take", "take.mp4", (0.0, 1.0), 1.7e9 + number + 0.5, one.binding)
        there = folder / kept.FOLDER / preview.id
        there.mkdir(parents=True)
        (there / "preview.json").write_text(json.dumps(json_of(preview)))


def running(runner: Any) -> None:
    """Captures that the service works on, none of which is due."""
    drive = importlib.import_module(f"{MODULE}.jobs.drives").Drive
    state = importlib.import_module(f"{MODULE}.jobs.capture").State
    with runner._condition:
        for number in range(RUNNING):
            one = replace(record(f"running-{number}", 1.8e9 + number), state=state.RUNNING, files={})
            added = runner._drives.add(drive(one, one, None, lock=SimpleNamespace(renew=lambda: None)))
            added.due = time.monotonic() + 1000.0


def end_one(runner: Any, tick: Callable[[], object]) -> None:
    drive = importlib.import_module(f"{MODULE}.jobs.drives").Drive
    one = record("new", 1.9e9)
    with runner._condition:
        runner._drives.add(drive(one, one, None, lock=SimpleNamespace(renew=lambda: None)))
        runner.revision += 1
    tick()


main()
