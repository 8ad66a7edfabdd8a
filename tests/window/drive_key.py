"""A key typed by hand into the preferences; then Blender crashes. See `hands.py`."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import hands

MODULE = "bl_ext.user_default.aimocap_blender"
FIELD, CHECK_SERVICE, COPY_REPORT = (897, 599), (354, 541), (700, 368)
"""Where the page has them, on a wide screen."""


def type_the_key() -> Iterator[float]:
    """Type it, use it, save everything, and crash."""
    area = hands.area_of("VIEW_3D")
    area.ui_type = "PREFERENCES"
    with bpy.context.temp_override(window=hands.window()):
        bpy.ops.preferences.addon_expand(module=MODULE)
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "aimocap"
    yield 1.0
    hands.point_at(*FIELD)
    yield 0.3
    subprocess.run(["xdotool", "click", "--repeat", "2", "--delay", "60", "1"], check=True)
    yield 0.4
    hands.press("ctrl+a")
    subprocess.run(["xdotool", "type", "--delay", "30", os.environ["AIMOCAP_TYPED_KEY"]], check=True)
    yield 0.5
    hands.press("Return")
    yield 0.5
    hands.point_at(*CHECK_SERVICE)
    yield 0.3
    hands.click()
    yield 1.5
    hands.point_at(*COPY_REPORT)
    yield 0.3
    hands.click()
    yield 0.5
    hands.shot("entered")
    hands.answer["report"] = bpy.context.window_manager.clipboard
    bpy.ops.wm.save_userpref()
    bpy.ops.wm.save_mainfile()
    hands.answer["temporary"] = str(Path(bpy.app.tempdir).parent)
    for picture in hands.pictures:
        picture.wait(20)
    Path(hands.REQUEST["answer"]).write_text(json.dumps(hands.answer))
    os.kill(os.getpid(), signal.SIGSEGV)


if __name__ == "__main__":
    hands.main(globals())
