"""In a real window: how long its main loop stands still while long motions are read, meant otherwise, and written.

Started as `tests/window/drive.py` is.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parents[1] / "window"))
from hands import REQUEST, answer, area_of, file_chosen, is_at_work, main, press, view_of, window

_TICK_SEC = 0.005
_MODULE = "bl_ext.user_default.aimocap_blender.ui.g1."
_IDLE_SEC = 3.0
phase = ["between"]
longest: dict[str, list[float]] = {}


def watch() -> None:
    """Note the time between two ticks of a timer. Nothing more than is due is drawn: software would take its time."""
    last = [time.perf_counter()]

    def tick() -> float:
        now = time.perf_counter()
        longest.setdefault(phase[0], []).append(now - last[0])
        last[0] = now
        return _TICK_SEC

    bpy.app.timers.register(tick)


def during(name: str, going_on: Callable[[], bool]) -> Iterator[float | Callable[[], bool]]:
    """Wait until something that has begun is over; what begins and ends it is no part of the phase."""
    yield 0.02  # the tick that began it
    phase[0] = name
    while going_on():
        yield _TICK_SEC
    phase[0] = "between"


def idle(name: str) -> Iterator[float]:
    """Nothing goes on, once what came before has been drawn."""
    yield 1.5
    phase[0] = f"nothing, with {name}"
    yield _IDLE_SEC
    phase[0] = "between"


def gaps() -> Iterator[float | Callable[[], bool]]:
    """Read each file by hand, answer what is asked, export it, while the time between ticks is taken."""
    in_background = sys.modules[_MODULE + "files"]._in_background
    area = area_of("VIEW_3D")
    watch()
    for path in map(Path, REQUEST["files"]):
        yield from idle("an empty scene")
        with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
            bpy.ops.aimocap.import_g1_motion("INVOKE_DEFAULT", filepath=str(path))
        reading = in_background.reading
        yield from during(f"reading {path.name}", lambda reading=reading: thread_of(reading))
        if path.suffix == ".csv":
            yield 2.0
            press("Return")  # the dialog, as it proposes
            yield lambda reading=reading: in_background.reading is not reading
            again = in_background.reading
            yield from during("meant otherwise", lambda again=again: again is not None and thread_of(again))
        yield lambda: any(rig.name.startswith("Unitree") and rig.animation_data for rig in bpy.data.objects)
        rig = next(rig for rig in bpy.data.objects if rig.name.startswith("Unitree") and rig.animation_data)
        window().view_layer.objects.active = rig
        yield 0.5
        export = {".csv": "CSV", ".json": "JSON", ".npz": "BEYONDMIMIC_NPZ"}[path.suffix]
        out = path.with_name(f"out{path.suffix}")
        yield from idle("a robot")
        place = bpy.context.temp_override(window=window(), area=area, region=view_of(area))
        with place, file_chosen("export_g1_motion"):
            bpy.ops.aimocap.export_g1_motion("INVOKE_DEFAULT", filepath=str(out), format=export)
        yield from during(f"writing {out.name}", lambda: is_at_work("export_g1_motion"))
        yield 1.0
        press("Escape")
        for thing in list(bpy.data.objects):
            bpy.data.objects.remove(thing)
        yield 0.5
    answer["longest"] = {name: sorted(times)[-3:] for name, times in longest.items()}
    answer["ticks"] = {name: len(times) for name, times in longest.items()}
    answer["threads"] = threading.active_count()


def thread_of(reading: object) -> bool:
    thread = reading._thread
    return thread is not None and thread.is_alive()


if __name__ == "__main__":
    main(globals())
