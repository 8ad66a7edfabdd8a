"""How long after a click the window shows that something goes on, for each button that starts a wait; aim: 100 ms.

From the click to the drawing of the bar and to its first pixel on the screen of a real Blender; beside it the same for
a button of a panel that is no add-on's. Without a graphics card nearly all of it is between the two.
"""

import sys
import tempfile
from pathlib import Path

from tests.media.figure.film import Film
from tests.standin import Results, StandIn
from tests.window.real_window import missing_tools, play, virtual_display

FRAMES, SIZE = 80, (320, 240)
"""Of which a half is cut off by the file that window tests begin with."""


def main() -> int:
    missing = missing_tools()
    if missing:
        print(f"not measured: {', '.join(missing)} not installed")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video, here = folder / "dance.mp4", folder / "window"
        Film(frames=FRAMES, size=SIZE).make(video)
        here.mkdir()
        results = Results(make_with=Path(sys.executable))
        with virtual_display() as display, StandIn("A", results=results) as service:
            script = str(Path(__file__).with_name("drive_feedback.py"))
            answer = play(display, service, "feedback", here, video, script=script)
    if "error" in answer:
        print(answer["error"])
        return 1
    for name, (drawn, seen) in answer["shown"].items():
        print(f"{name:22} drawn {drawn * 1e3:3.0f} ms after the click, on the screen {seen * 1e3:3.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
