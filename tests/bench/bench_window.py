"""How smoothly a real window goes on during a capture: a 200 MB upload, then 3 MB of robot motion, or an FBX."""

import sys
import tempfile
from pathlib import Path

from tests.media.barcode_video import barcode_video
from tests.media.big_video import big_video
from tests.standin import Results, StandIn
from tests.window.real_window import missing_tools, play, virtual_display

UPLOAD_BYTES = 200_000_000


def main() -> int:
    missing = missing_tools()
    if missing:
        print(f"not measured: {', '.join(missing)} not installed")
        return 0
    with tempfile.TemporaryDirectory() as name, virtual_display() as display:
        folder = Path(name)
        small = barcode_video(folder, fps=25, frames=100)
        large = folder / "large.mp4"
        big_video(small, large, UPLOAD_BYTES)
        motion = folder / "motion.json"
        _make_motion(motion)
        results = Results(motion_json=motion, make_with=Path(sys.executable))
        for target in ("UNITREE_G1", "DEFAULT"):
            here = folder / target
            here.mkdir()
            with StandIn("A", results=results, polls=("processing", "completed")) as service:
                answer = play(display, service, "measure_gaps", here, large, target=target)
            print(f"{target}: longest time between two ticks of the main loop, and as a ratio to no capture")
            longest = answer["longest"]
            for phase, seconds in longest.items():
                print(f"  {phase:20} {seconds * 1000:6.0f} ms {seconds / longest['no capture']:6.2f}")
    return 0


def _make_motion(file: Path) -> None:
    import subprocess

    subprocess.run([sys.executable, "-m", "tests.media.g1_json", str(file), "--megabytes", "3"], check=True)


if __name__ == "__main__":
    sys.exit(main())
