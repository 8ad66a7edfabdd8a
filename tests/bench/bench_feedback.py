"""How long after a click the window shows that something goes on, for each button that starts a wait; aim: 100 ms.

From the click to the first pixel of the bar, on the screen of a real Blender; beside it the same for a button of a
panel that is no add-on's. Where software draws, as without a graphics card, nearly all of it is drawing.
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
        with virtual_display(kept_in=folder) as display, StandIn("A", results=results) as service:
            script = str(Path(__file__).with_name("drive_feedback.py"))
            answer = play(display, service, "feedback", here, video, script=script, pixels=str(folder / "Xvfb_screen0"))
    if "error" in answer:
        print(answer["error"])
        return 1
    usual = answer["shown"].pop("a button of no add-on")
    print(f"from a click to its pixel: {usual * 1e3:.0f} ms for a button of no add-on")
    for name, seconds in answer["shown"].items():
        print(f"  {name:20} {seconds * 1e3:5.0f} ms, {(seconds - usual) * 1e3:+.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
