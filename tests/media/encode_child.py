"""Compresses a raw AVI to H.264 with Blender's own FFmpeg: run by a Python that has bpy, or by Blender itself.

Arguments: one JSON object: source, output, width, height, frames, fps (numerator), fps_base (denominator), gop.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import bpy

CONTAINERS = {".mkv": "MKV"}


def encode(request: dict[str, int | str]) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    render = scene.render
    render.resolution_x, render.resolution_y = request["width"], request["height"]
    render.resolution_percentage = 100
    render.fps, render.fps_base = request["fps"], request["fps_base"]
    scene.frame_start, scene.frame_end = 1, request["frames"]
    scene.view_settings.view_transform = "Standard"
    scene.sequencer_colorspace_settings.name = "sRGB"
    render.use_sequencer = True
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    ffmpeg = render.ffmpeg
    container = CONTAINERS.get(Path(str(request["output"])).suffix, "MPEG4")
    ffmpeg.format, ffmpeg.codec, ffmpeg.audio_codec = container, "H264", "NONE"
    ffmpeg.constant_rate_factor = "MEDIUM"
    ffmpeg.ffmpeg_preset = "REALTIME"
    ffmpeg.gopsize = request["gop"]
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie("source", request["source"], channel=1, frame_start=1)
    if strip.frame_duration != request["frames"]:
        raise RuntimeError(f"{strip.frame_duration} frames instead of {request['frames']}")
    output = Path(str(request["output"]))
    render.use_file_extension = False
    render.filepath = str(output)
    bpy.ops.render.render(animation=True)


try:
    encode(json.loads(sys.argv[-1]))
except Exception as error:  # noqa: BLE001 - told to the parent, whatever it is
    print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    os._exit(1)
os._exit(0)  # some versions hang while the interpreter ends
