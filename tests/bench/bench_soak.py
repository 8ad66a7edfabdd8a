"""The cost of a long day: 20 captures that the service works on, polled 30,000 times, with faults in a tenth.

Memory, Python's objects, handles and threads of the process are printed as it goes on, and must not grow.

`python -m tests.bench.bench_soak [LOOKS]`
"""

import gc
import logging
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from aimocap_blender.service.client import Service
from aimocap_blender.service.contract import JobState
from aimocap_blender.service.interruption import Cancellation
from tests.jobs.desk import Desk
from tests.standin.process import StandInProcess

RUNNING = 20
LOOKS = 30_000
STAGES = 10
WARM = 2
"""Stages until caches and connections are there."""
FAULTS = (
    {"status": 503},
    {"reset": True},
    {"close": True},
    {"status": 429, "headers": {"Retry-After": "0"}},
    {"status": 200, "body": "<html>A moment, please"},
    {"status": 200, "body": '{"data": {"id": '},
    {"merge": {"status": "a new word"}},
    {"drop": ["status"]},
    {"early": 103},
    {"pads": 2**22},
)
MOST_MEMORY_MIB = 6.0
"""By which it may grow after the first stages: freed memory is left in pieces. Objects say whether any is kept."""
MOST_OBJECTS = 2000
MOST_MORE = 2
"""Handles or threads: how many requests are under way differs a little."""
PAGES, HANDLES = Path("/proc/self/statm"), Path("/proc/self/fd")


class Looks:
    """Counts the looks of all captures, those that fail too."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()
        look = Service.job

        def counted(service: Service, job_id: str, cancellation: Cancellation | None = None) -> JobState:
            with self._lock:
                self.count += 1
            return look(service, job_id, cancellation)

        Service.job = counted  # type: ignore[method-assign]


def main() -> int:
    wanted = int(sys.argv[1]) if sys.argv[1:] else LOOKS
    if not PAGES.exists():
        print("not measured: this system doesn't show a process's memory and handles as files")
        return 0
    with StandInProcess("--hold", "processing") as standin, tempfile.TemporaryDirectory() as name:
        return 0 if soak(standin, Path(name), wanted) else 1


def soak(standin: StandInProcess, folder: Path, wanted: int) -> bool:
    video = folder / "walk.mp4"
    video.write_bytes(bytes(10_000))
    logging.getLogger("aimocap_blender").setLevel(logging.CRITICAL)
    looks, found = Looks(), []
    with Desk(folder / "captures", standin.base_url, standin.api_key) as desk:
        for _ in range(RUNNING):
            desk.begin(video)
        while any(view.state != "running" for view in desk.runner.captures()):
            desk.runner.wait_for_change(0.1)
        looks.count = 0
        for stage in range(STAGES):
            for kind in FAULTS:
                standin.control("faults", step="job", times=wanted // STAGES // 10 // len(FAULTS), **kind)
            samples = []
            while looks.count < wanted * (stage + 1) // STAGES:
                desk.runner.views.changed()  # as the window does
                time.sleep(0.05)
                samples.append((len(list(HANDLES.iterdir())), threading.active_count()))
            handles, threads = (statistics.median_low(values) for values in zip(*samples, strict=True))
            gc.collect()
            found.append((memory_mib(), len(gc.get_objects()), handles, threads))
            memory, objects, *_ = found[-1]
            print(f"{looks.count:6} looks: {memory:.1f} MiB, {objects} objects, {handles} handles, {threads} threads")
        states = {str(view.state) for view in desk.runner.captures()}
    memory, objects, handles, threads = (last - first for first, last in zip(found[WARM - 1], found[-1], strict=True))
    grown = f"{memory:+.1f} MiB, {objects:+} objects, {handles:+} handles, {threads:+} threads"
    print(f"after {wanted * WARM // STAGES} looks: {grown}")
    charges = len(standin.state()["charges"])
    print(f"{RUNNING} captures: {', '.join(states)}; {charges} charged")
    is_flat = memory < MOST_MEMORY_MIB and objects < MOST_OBJECTS and max(handles, threads) <= MOST_MORE
    return is_flat and states == {"running"} and charges == RUNNING


def memory_mib() -> float:
    return int(PAGES.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    sys.exit(main())
