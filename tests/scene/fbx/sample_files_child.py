"""Runs alone: samples FBX files one after the other, as the add-on's own child does with each, and tells each outcome.

`python sample_files_child.py REQUEST.json`, the request as `fbx_sampling_child.py` has it, but with
`files` and the path of that `script`. A line is printed before a file, and one with what became of it after.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path

import bpy
import numpy as np


def outcome(child: object, request: dict[str, object]) -> list[object]:
    """A word, and sentences; `told` is all that the user would see."""
    try:
        child.sample_file(request)
    except child.Refused as refused:
        return ["refused", *refused.args]
    except Exception:  # noqa: BLE001 -- it is told, and the next file is taken
        return ["failed", traceback.format_exc()]
    with np.load(request["arrays"]) as arrays:
        whole = all(np.isfinite(arrays[name]).all() for name in arrays.files)
    return ["read" if whole else "not finite"]


def peak_mib() -> int:
    """Of this process alone: Linux counts in `ru_maxrss` what the process that started it took."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text(encoding="utf-8"))
    sys.path.insert(0, str(Path(request["script"]).parent))
    import fbx_sampling_child as child

    child.guard(request["memory_mib"], request["cpu_sec"])
    bpy.ops.wm.read_factory_settings(use_empty=True)
    for file in request["files"]:
        print("\n@begin", json.dumps(file), flush=True)
        started = time.monotonic()
        reported = outcome(child, {**request, "file": file})
        print("\n@end", json.dumps([file, round(time.monotonic() - started, 2), peak_mib(), *reported]), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
