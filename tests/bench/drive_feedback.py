"""In a real window: from the click on each button that starts a wait to the first pixel of its bar.

Started as `tests/window/drive.py` is.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parents[1] / "window"))
sys.path.insert(0, str(Path(__file__).parents[2]))
from drive_characters import add_source
from hands import (
    REQUEST,
    Steps,
    answer,
    area_of,
    find_button,
    has_thumbnails,
    main,
    open_panel,
    open_tab,
    session,
    sidebar_of,
    states,
    window,
)

ADDON = "bl_ext.user_default.aimocap_blender"
DRAWS_BARS = ("text.modal_work", "panels", "capture.details", "preview.drawing")
LONGEST_SEC = 3
drawn: list[float] = []
"""When what was waited for was drawn."""


class Toggle(bpy.types.Operator):
    """Says something else."""

    bl_idname, bl_label = "wm.aimocap_feedback", "Off"

    def execute(self, context: bpy.types.Context) -> set[str]:
        del context
        Baseline.is_on = True
        sidebar_of(area_of("VIEW_3D")).tag_redraw()
        return {"FINISHED"}


class Baseline(bpy.types.Panel):
    """A button in a tab of its own."""

    bl_idname, bl_label, bl_category = "VIEW3D_PT_feedback", "Baseline", "Baseline"
    bl_space_type, bl_region_type = "VIEW_3D", "UI"
    is_on = False

    def draw(self, context: bpy.types.Context) -> None:
        del context
        if self.is_on:
            drawn.append(time.monotonic())
        self.layout.operator("wm.aimocap_feedback", text="On" if self.is_on else "Off")


def feedback() -> Steps:
    """The button of no add-on, then each of ours; a wait is over before the next one begins."""
    answer["shown"] = {}
    area = area_of("VIEW_3D")
    for one in (Toggle, Baseline):
        bpy.utils.register_class(one)
    area.spaces.active.show_region_ui = True
    space = area.spaces.active
    space.shading.type, space.overlay.show_overlays = (
        "WIREFRAME",
        False,
    )  # quick to draw
    yield 1.0
    sidebar_of(area).active_panel_category = "Baseline"
    yield 1.0
    yield from measure(area, "a button of no add-on", "wm.aimocap_feedback")
    note_bars()
    open_panel("existing_motion")
    source = add_source(window().view_layer.objects.active)
    yield from open_tab(area)
    yield has_thumbnails
    yield 0.5
    source.select_set(state=True)
    yield 0.5
    yield from measure(area, "Retarget", "aimocap.retarget_from")
    source.select_set(state=False)
    yield 0.5
    yield from measure(area, "Check Video", "aimocap.check_video")
    yield lambda: not session().video_checks.busy
    yield from measure(area, "Free Preview", "aimocap.preview_motion")
    yield lambda: not session().previews.running and bool(session().application.notes)
    bpy.context.preferences.addons[ADDON].preferences.consented_urls = REQUEST["service_url"]
    yield from measure(area, "Capture Motion", "aimocap.capture_motion")
    yield lambda: states()[:1] == ["done"]


def measure(area: bpy.types.Area, name: str, call: str) -> Steps:
    """Click the button while another process watches the sidebar's pixels."""
    yield from find_button(area, call)
    yield 1.0
    region, height = sidebar_of(area), REQUEST["screen"][1]
    part = (region.x, height - region.y - region.height, region.width, region.height)
    drawn.clear()
    watch = [sys.executable, str(Path(__file__).with_name("pixel_watch.py")), REQUEST["pixels"]]
    process = subprocess.Popen([*watch, *map(str, (*part, LONGEST_SEC))], stdout=subprocess.PIPE)
    yield lambda: process.poll() is not None
    clicked, changes = json.loads(process.stdout.read())
    begun = next((moment for moment in drawn if moment > clicked), float("inf"))
    seen = next((moment for moment in changes if moment > begun), float("inf"))
    answer["shown"][name] = begun - clicked, seen - clicked


def note_bars() -> None:
    """Note when a bar is drawn."""
    for name in DRAWS_BARS:
        module = sys.modules[f"{ADDON}.ui.{name}"]
        module.draw_bar = noted(module.draw_bar)


def noted(draw: Callable[..., None]) -> Callable[..., None]:
    def drawing(*arguments: object) -> None:
        drawn.append(time.monotonic())
        draw(*arguments)

    return drawing


if __name__ == "__main__":
    main(globals())
