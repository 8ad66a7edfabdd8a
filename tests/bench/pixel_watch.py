"""Click, then note when pixels of a part of the screen change: `python pixel_watch.py FILE X Y WIDTH HEIGHT SECONDS`.

The file is the screen as Xvfb keeps it. Prints the clock's seconds of the click and of each change.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "window"))
from screen_dump import lines_of

_LOOK_SEC = 0.001


def main(file: str, x: int, y: int, width: int, height: int, seconds: int) -> None:
    part = lines_of(Path(file))[y : y + height, x : x + width]
    before, changes = part.copy(), list[float]()
    clicked = time.monotonic()
    subprocess.run(["xdotool", "click", "1"], check=True)
    while time.monotonic() < clicked + seconds:
        if not np.array_equal(part, before):
            changes.append(time.monotonic())
            before = part.copy()
        time.sleep(_LOOK_SEC)
    print(json.dumps([clicked, changes]))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
