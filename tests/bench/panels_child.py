"""Put captures into the list, draw each panel into a layout that does nothing; print the time that each takes.

Runs in Blender. Its arguments: the zip, and how many captures.
"""

import importlib
import itertools
import operator
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import bpy.utils.previews

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.demo.character import add_character
from tests.installed.blender_knows import MODULE, install

DRAWS = 200
PICTURES = 20
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "store" / "icon.png"


class Layout:
    """Takes every call of a layout's, as fast as Python can."""

    drawn = 0

    def __call__(self, *_: object, **__: object) -> "Layout":
        return self

    def __getattr__(self, _: str) -> "Layout":
        return self

    def panel(self, *_: object, **__: object) -> "tuple[Layout, Layout]":
        return self, self

    def template_list(self, *_: object, maxrows: int, **__: object) -> None:
        """Draw as many rows as are seen at a time, other ones each time as if it were scrolled."""
        rows, manager = importlib.import_module(f"{MODULE}.ui.capture.list").CapturesList, bpy.context.window_manager
        blenders = SimpleNamespace(filter_name="", bitflag_filter_item=1)
        rows.filter_items(blenders, bpy.context, manager, "aimocap_captures")
        first = self.drawn % max(PICTURES - maxrows, 1)
        Layout.drawn += 1
        for item in manager.aimocap_captures[first : first + maxrows]:
            rows.draw_item(SimpleNamespace(), bpy.context, self, None, item, None, None, None)


def main() -> None:
    zip_file, captures = sys.argv[-2], int(sys.argv[-1])
    bpy.context.preferences.system.use_online_access = True
    install(zip_file)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    add_character(bpy.context.scene)
    bpy.context.view_layer.objects.active = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    bpy.context.preferences.addons[MODULE].preferences.captures_folder = tempfile.mkdtemp()
    importlib.import_module(f"{MODULE}.ui.preview.thumbnail_strip")._shown.icons = bpy.utils.previews.new()
    session = importlib.import_module(f"{MODULE}.takes.session").open_session()
    fill(session, captures)
    importlib.import_module(f"{MODULE}.ui.capture.list").update_list()
    wrapped = importlib.import_module(f"{MODULE}.ui.text.wrapped_text")
    wrapped._region_width = lambda: 300.0  # no region is being drawn
    panels = importlib.import_module(f"{MODULE}.ui.panels")
    reported = {}
    for panel in panels.CLASSES[:5]:
        reported[panel.bl_label] = seconds_of(panel)
    shelf = bpy.context.window_manager.aimocap_shelf
    shelf.this_file, shelf.order = True, "VIDEO"
    reported["Captures, filtered and by video"] = seconds_of(panels.CLASSES[4])
    print(f"{captures} captures in the list, ms a draw: ", end="")
    print(", ".join(f"{name} {seconds * 1000:.2f}" for name, seconds in reported.items()), flush=True)
    sys.stdout.flush()
    os._exit(0)


def seconds_of(panel: Any) -> float:
    """The median time of a draw."""
    stand_in = SimpleNamespace(layout=Layout())
    draw(panel, stand_in)
    times = [time.perf_counter()]
    for _ in range(DRAWS):
        draw(panel, stand_in)
        times.append(time.perf_counter())
    return statistics.median(itertools.starmap(operator.sub, zip(times[1:], times, strict=False)))


def draw(panel: Any, stand_in: object) -> None:
    panel.draw(stand_in, bpy.context)


def fill(session: Any, captures: int) -> None:
    """Captures that are done, as their records in memory tell; the newest ones have pictures."""
    capture = importlib.import_module(f"{MODULE}.jobs.capture")
    drive = importlib.import_module(f"{MODULE}.jobs.drives")
    binding = importlib.import_module(f"{MODULE}.takes.binding")
    mapping = importlib.import_module(f"{MODULE}.motion.time_mapping").TimeMapping
    choices = importlib.import_module(f"{MODULE}.takes.binding").choices_of(bpy.context.scene.aimocap)
    bound = binding.unbound("Take", mapping(1.0, 30.0), choices).to_json()
    for number in range(captures):
        source = capture.Source("/take.mp4", "take.mp4", 1000, 0, "0" * 64, temporary=False)
        order = capture.Order(("default",), f"Take {number}", 10.0, 1.0, 9.0, 30, None)
        one = capture.Capture(
            id=f"capture-{number}",
            base_url="https://aimocap.net",
            created_at=1.7e9 + number,
            source=source,
            order=order,
            binding=bound,
            state=capture.State.DONE,
        )
        session.captures.runner._drives.add(drive.Drive(one, one, None))
        view = session.captures.view(one.id)
        session.captures.known[one.id] = session.take(one.id)
        if captures - number <= PICTURES:
            view.folder.mkdir(parents=True)
            shutil.copyfile(PICTURE, view.folder / "picture.jpg")


main()
