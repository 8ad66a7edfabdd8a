"""How long each press, draw and tick holds a real window up, with 100 ms a file operation and 500 ms an fsync.

The same on the disk as it is comes first: what is computed takes as long there.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.media.barcode_video import barcode_video
from tests.standin import Results, StandIn
from tests.window.real_window import Screen, missing_tools, play, virtual_display

WORTH_TELLING_SEC = 0.02
SECONDS = 0.1, 0.5
"""Of an operation, and of an fsync."""


def main() -> int:
    missing = missing_tools()
    if missing:
        print(f"not measured: {', '.join(missing)} not installed")
        return 0
    with tempfile.TemporaryDirectory() as name, virtual_display() as display:
        video = barcode_video(Path(name), fps=25, frames=100)
        as_it_is, slow = (stalls(display, Path(name) / str(slow), video, slow=slow) for slow in (False, True))
    print("longest call that comes from Blender, in ms: as the disk is, on the slow disk; and where the latter was")
    for call, (longest, sites) in sorted(slow.items(), key=lambda one: -one[1][0]):
        before = as_it_is.get(call, [0.0])[0]
        if longest > WORTH_TELLING_SEC:
            print(f"{before * 1e3:6.0f} {longest * 1e3:6.0f}  {call}")
            if longest - before > WORTH_TELLING_SEC:
                print("".join(f"{'':16}{milliseconds:6} in all  {site}\n" for site, milliseconds in sites), end="")
    worst = max(longest - as_it_is.get(call, [0.0])[0] for call, (longest, _) in slow.items())
    print(f"the slow disk adds {worst * 1e3:.0f} ms at most to one call")
    return 0


def stalls(display: Screen, folder: Path, video: Path, *, slow: bool) -> dict[str, Any]:
    folder.mkdir()
    more = {"script": "drive_slow_disk.py", "captures": str(folder / "captures"), "seconds": SECONDS if slow else None}
    results = Results(make_with=Path(sys.executable))
    with StandIn("A", results=results, polls=("processing", "completed")) as service:
        return play(display, service, "presses", folder, video, control=service.control_url, **more)["stalls"]


if __name__ == "__main__":
    sys.exit(main())
