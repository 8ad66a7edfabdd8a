"""Shapes of the strip that are rendered before they are sent, and the clips that are left of them."""

from pathlib import Path

import bpy

from tests.scene.video.sequencer_acts import Strip, in_sequencer
from tests.ui.acts import files_below, preferences


def trimmed_clip(_: Strip) -> None:
    bpy.context.scene.aimocap.upload = "TRIMMED_CLIP"


def backwards_clip(strip: Strip) -> None:
    strip.use_reverse_frames = True
    bpy.context.scene.aimocap.upload = "TRIMMED_CLIP"


def meta(strip: Strip) -> None:
    strip.name, strip.select = "inner", True
    with in_sequencer(bpy.context.scene):
        bpy.ops.sequencer.meta_make()
    bpy.context.scene.sequence_editor.active_strip.name = "Take 1"


SHAPES = {
    trimmed_clip: (range(7, 51), 25),
    backwards_clip: (range(9, 53), -25),
    meta: (range(7, 51), 30),
}
"""Pictures that are to be sent, in which the person moves forwards; and timeline frames to a second of them."""


def left_over() -> list[str]:
    """Names of clips, and of folders for them, that are still with the captures."""
    folder = Path(preferences().captures_folder)
    clips = [path.name for path in folder.glob(".clips/*")]
    return clips + [file.name for file in files_below(folder) if file.suffix == ".mp4" and file.stem != "preview"]
