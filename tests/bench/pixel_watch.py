"""Click, then note when pixels of a part of the screen change: `python pixel_watch.py FILE X Y WIDTH HEIGHT SECONDS`.

The file is the screen as Xvfb keeps it: an X window dump. Prints the clock's seconds of the click and of each change.
"""

import json
import struct
import subprocess
import sys
import time

import numpy as np

_COLOUR_BYTES, _PIXEL_BYTES = 12, 4
_LOOK_SEC = 0.001


def main(file: str, x: int, y: int, width: int, height: int, seconds: int) -> None:
    screen = np.memmap(file, np.uint8, "r")
    header = struct.unpack(">25I", screen[:100].tobytes())
    start, wide, across, down, colours = header[0], header[12], header[4], header[5], header[19]
    start += colours * _COLOUR_BYTES
    lines = screen[start : start + wide * down].reshape(down, wide)[:, : across * _PIXEL_BYTES]
    part = lines[y : y + height, x * _PIXEL_BYTES : (x + width) * _PIXEL_BYTES]
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
