"""Preview a video from the installed zip; answer what it cost. Argument: JSON."""

import json
import os
import resource
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import bpy

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1] / "installed")]
import blender_knows

from tests.demo.character import add_character
from tests.installed.strips import add_movie_strip

SCRIPTS = {"render_clip_child.py": "frames", "seeing_child.py": "seeing"}
TICK = 0.01


class Processes(threading.Thread):
    """Watches the processes that this one starts: largest memory in MB and processor seconds of each kind.

    `spent` is what watching itself took.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.megabytes: dict[str, int] = {}
        self.cpu_sec: dict[str, float] = {}
        self.spent = 0.0

    def run(self) -> None:
        while True:
            for process in started():
                with suppress(OSError, StopIteration, IndexError):  # just ended, or not yet the program it will be
                    self._look(process)
            self.spent = time.thread_time()
            time.sleep(TICK)

    def _look(self, process: Path) -> None:
        command = (process / "cmdline").read_text()
        kind = next(kind for script, kind in SCRIPTS.items() if script in command)
        peak = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM"))
        self.megabytes[kind] = max(self.megabytes.get(kind, 0), int(peak.split()[1]) // 1024)
        ticks = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
        self.cpu_sec[kind] = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def started() -> list[Path]:
    """The processes that this one started, and that aren't over."""
    numbers: list[str] = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # a thread that has just ended
            numbers += (task / "children").read_text().split()
    return [Path("/proc") / number for number in numbers]


def whole_preview() -> dict[str, object]:
    """From the call to the motion on the character."""
    processes = Processes()
    processes.start()
    wall, cpu, others = time.perf_counter(), time.process_time(), spent_by_others()
    bpy.ops.aimocap.preview_motion()
    return {
        "wall": time.perf_counter() - wall,
        "own": time.process_time() - cpu - processes.spent,
        "others": spent_by_others() - others,
        "megabytes": dict(processes.megabytes),
        "cpu": dict(processes.cpu_sec),
    }


def spent_by_others() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def stopped_preview() -> float:
    """Seconds from Stop in the middle of a preview until its processes are gone."""
    rooms = f"{blender_knows.MODULE}.takes"
    session = sys.modules[f"{rooms}.session"].open_session()
    choices = sys.modules[f"{rooms}.binding"].choices_of(bpy.context.scene.aimocap)
    plan = sys.modules[f"{rooms}.previews.planning"].plan_preview(bpy.context, choices)
    running = session.previews.running[session.previews.begin(plan)]
    while not running.progress.share:
        session.pump()
        time.sleep(TICK)
    start = time.perf_counter()
    bpy.ops.aimocap.stop_preview(preview_id=running.id)
    while started():
        time.sleep(0.001)
    return time.perf_counter() - start


def main() -> None:
    request = json.loads(sys.argv[-1])
    blender_knows.install(request["zip"])
    scene = bpy.context.scene
    scene.render.fps = request["fps"]
    strip = add_movie_strip(scene, request["video"], first=1)
    handle = "right_handle" if hasattr(strip, "right_handle") else "frame_final_end"
    setattr(strip, handle, min(getattr(strip, handle), 1 + request["frames"]))
    bpy.context.view_layer.objects.active = add_character(scene)
    answer = whole_preview()
    answer["stopped"] = stopped_preview()
    Path(request["answer"]).write_text(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)


main()
