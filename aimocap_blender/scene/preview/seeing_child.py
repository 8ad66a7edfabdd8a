"""A script for a background Blender: sees a person's motion in pictures that another one writes. See ``seeing.py``.

The package's rooms without Blender are imported from its folder, without enabling the add-on.
"""

import contextlib
import importlib
import json
import os
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

Request = dict[str, Any]
_WAIT_SEC = 0.02


class Pictures:
    """The pictures, as arrays; one that is still being written is waited for."""

    def __init__(self, request: Request) -> None:
        self._folder, self._progress = Path(request["pictures"]), Path(request["written"])
        self._first, self._step = request["first"], request["step"]
        self._places = {index: place for place, index in enumerate(request["order"])}
        self._written = 0
        self._floats = np.empty(0, np.float32)

    def __call__(self, index: int) -> npt.NDArray[np.uint8]:
        """Return a picture (H, W, 3), from the top down."""
        while self._places[index] >= self._written:
            with contextlib.suppress(OSError, ValueError):  # not begun, or being written
                self._written = int(self._progress.read_text(encoding="ascii"))
            if self._places[index] >= self._written:
                time.sleep(_WAIT_SEC)
        number = self._first + index * self._step
        image: Any = bpy.data.images.load(str(self._folder / f"frame_{number:04d}.jpg"))
        width, height = map(int, image.size)
        if len(self._floats) != width * height * 4:
            self._floats = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(self._floats)
        bpy.data.images.remove(image)
        shown = self._floats.reshape(height, width, 4)[::-1, :, :3]
        return (shown * np.float32(255.0) + np.float32(0.5)).astype(np.uint8)


def progress_in(file: Path) -> Callable[[str, int, int], None]:
    """Return a function that writes stage, done and total to a file."""
    new = file.with_suffix(".new")

    def write(stage: str, done: int, total: int) -> None:
        new.write_text(json.dumps({"stage": stage, "done": done, "total": total}), encoding="utf-8")
        new.replace(file)

    return write


def rooms_of(package: str) -> None:
    """Make the package's rooms importable as ``aimocap``, without the add-on's own module."""
    module = types.ModuleType("aimocap")
    module.__path__ = [package]
    sys.modules["aimocap"] = module


def main() -> None:
    """Do what the request says."""
    request_file, result_file = sys.argv[sys.argv.index("--") + 1 :]
    request: Request = json.loads(Path(request_file).read_text(encoding="utf-8"))
    rooms_of(request["package"])
    seeing: Any = importlib.import_module("aimocap.vision.seeing")
    faults: Any = importlib.import_module("aimocap.texts.faults")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    result: Request = {}
    try:
        clip = (
            Pictures(request),
            request["count"],
            request["fps"],
            Path(request["networks"]),
            progress_in(Path(request["progress"])),
        )
        if request["person"] is None:
            result = {"facts": seeing.facts_checked(*clip)}
        else:
            np.savez(request["motion"], **seeing.arrays_seen(*clip, request["person"]))
    except faults.Fault as fault:
        result = {"fault": {"what": fault.what.to_json(), "next_step": fault.next_step.to_json()}}
    Path(result_file).write_text(json.dumps(result), encoding="utf-8")


main()
sys.stdout.flush()
os._exit(0)
