"""How long a real window's main loop stands still while 24 MB of a G1's motion are read, meant otherwise and written.

It has pauses of its own where software draws: what counts is how much is added to those with nothing going on.

python -m tests.bench.bench_g1_window
"""

import sys
import tempfile
from pathlib import Path

from aimocap_blender.motion.g1.files import write_g1_csv, write_g1_json, write_g1_npz
from tests.media.barcode_video import barcode_video
from tests.standin import StandIn
from tests.window.real_window import missing_tools, play, virtual_display

from .bench_g1 import motion

BYTES = 24e6
WRITERS = {"table.csv": write_g1_csv, "motion.json": write_g1_json, "beyondmimic.npz": write_g1_npz}


def main() -> int:
    missing = missing_tools()
    if missing:
        print(f"not measured: {', '.join(missing)} not installed")
        return 0
    with tempfile.TemporaryDirectory() as name, virtual_display() as display:
        folder = Path(name)
        files = []
        for file, write in WRITERS.items():
            write(folder / file, motion(1000))
            frames = round(BYTES / (folder / file).stat().st_size * 1000)
            write(folder / file, motion(frames))
            files.append(str(folder / file))
            print(f"{file}: {frames} frames, {(folder / file).stat().st_size / 1e6:.1f} MB")
        video = barcode_video(folder, fps=25, frames=100)
        script = str(Path(__file__).with_name("drive_g1_gaps.py"))
        with StandIn("A") as service:
            answer = play(display, service, "gaps", folder, video, script=script, files=files)
    if "error" in answer:
        print(answer["error"])
        return 1
    longest = {phase: times[-1] for phase, times in answer["longest"].items() if phase != "between"}
    print("longest time between two ticks of 5 ms")
    for phase, worst in longest.items():
        base = longest["nothing, with a robot" if phase.startswith("writing") else "nothing, with an empty scene"]
        print(f"  {phase:30} {worst * 1e3:5.0f} ms, {worst / base:.2f} of nothing, {(worst - base) * 1e3:+.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
