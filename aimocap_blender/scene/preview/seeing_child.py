"""A script for a background Blender: sees a person's motion in pictures that another one writes. See ``seeing.py``."""

import contextlib
import importlib
import json
import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

Request = dict[str, Any]
_WAIT_SEC = 0.02
_NEAR_SEC = 300.0
"""From the beginning of a file; to read a second from there takes Blender 0.6 MB and 2 ms."""


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


def sound_of(video: Request, rate: int) -> npt.NDArray[np.float64] | None:
    """Return the sound (N,) of a video, mono; None if it has none, or this Blender can't hear."""
    if video["sound"] is None:
        return None
    path, start, end, later = video["sound"]
    try:
        aud: Any = importlib.import_module("aud")
    except ImportError:  # as in some builds
        return None
    sound = aud.Sound(path)
    try:
        _ = sound.specs  # asked before the data, which end Blender 4.5 where there are none
    except aud.error:
        return None
    # the file plays from its first sound on, which phones begin some hundredths of a second after the first frame
    silent = round(max(later - start, 0.0) * rate)
    start, end = max(start - later, 0.0), end - later
    # Blender seeks too far in Opus, by the 6.5 ms of silence that an encoder begins with: read from the beginning
    first = 0.0 if end < _NEAR_SEC else start
    heard = sound.limit(first, end).rechannel(1).resample(rate, False).data()[round((start - first) * rate) :, 0]
    return np.pad(heard.astype(np.float64), (silent, 0))


def main(request: Request) -> Request:
    """See what the request says."""
    seeing: Any = importlib.import_module("aimocap.vision.seeing")
    progress = Path(request["progress"])

    def tell(stage: str, done: int, total: int) -> None:
        progress.write_text(json.dumps([stage, done, total]), encoding="utf-8")

    if request["rendering"] is not None:
        importlib.import_module("aimocap.scene.video.render_clip_child").main(request["rendering"])
    bpy.ops.wm.read_factory_settings(use_empty=True)
    films = (request, *request["others"])
    clips = [seeing.ClipFrames(each["count"], each["fps"], Pictures(each)) for each in films]
    seen = clips[0], Path(request["networks"]), tell
    if request["person"] is None:
        return {"facts": seeing.facts_checked(*seen)}
    kept = None if request["checkpoints"] is None else Path(request["checkpoints"])
    if request["several"] == "PEOPLE":
        return _written(request, seeing.arrays_of_everyone(*seen, kept))
    if request["several"] == "SHOTS":
        return _written(request, seeing.arrays_of_shots(*seen, request["person"], kept))
    if request["others"]:
        sounds = [sound_of(each, seeing.SOUND_RATE) for each in films]
        networks, offsets = Path(request["networks"]), request["offsets"]
        return _written(request, seeing.arrays_seen_together(clips, networks, tell, sounds, offsets, kept))
    return _written(request, [seeing.arrays_seen(*seen, request["person"], kept)])


def _written(request: Request, motions: list[dict[str, npt.NDArray[np.generic]]]) -> Request:
    first = Path(request["motion"])
    files: list[str] = []
    for number, arrays in enumerate(motions):
        file = first.with_stem(f"{first.stem}_{number}") if number else first
        np.savez(file, **arrays)  # pyrefly: ignore[bad-argument-type] -- arrays, no option
        files.append(str(file))
    return {"motions": files}
