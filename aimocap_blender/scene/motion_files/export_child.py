"""A script for a background Blender: exports a character's motion. See ``exporting.py``."""

import importlib
import json
import time
from pathlib import Path
from typing import Any

import bpy

_PAUSE_SEC = 0.1
"""Between two notes of how far it is."""


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Write what the request says."""
    copied: Any = importlib.import_module("aimocap.scene.background_blender")
    exporting: Any = importlib.import_module("aimocap.scene.motion_files.exporting")
    obj = copied.open_copy(request["copied"])
    if obj is None or any(map(copied.needs_scripts, bpy.data.shape_keys)):
        return {"written": False}
    first, last = request["ends"]
    progress = Path(request["progress"])
    latest = [0.0, time.monotonic()]

    def tell(scene: bpy.types.Scene, *_: object) -> None:
        latest[0] = max(latest[0], (scene.frame_current - first) / max(last - first, 1))
        if time.monotonic() > latest[1] + _PAUSE_SEC:
            latest[1] = time.monotonic()
            progress.write_text(json.dumps(min(latest[0], 0.99)), encoding="utf-8")

    bpy.app.handlers.frame_change_post.append(tell)
    options = exporting.ExportOptions(**request["options"])
    exporting.write_motion(bpy.context, obj, Path(request["file"]), options, (first, last))
    return {"written": True}
