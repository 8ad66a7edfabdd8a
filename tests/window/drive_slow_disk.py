"""Each press in a window on a slow disk. See `hands.py` and `slow_disk.py`."""

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import hands
import slow_disk

MODULE = "bl_ext.user_default.aimocap_blender"


def presses() -> hands.Steps:
    """Capture, apply, forget, restore and capture again, first on the disk as it is if that is asked for."""
    addon = bpy.context.preferences.addons[MODULE].preferences
    addon.captures_folder = hands.REQUEST["captures"]
    addon.consented_urls = hands.REQUEST["service_url"]
    area = hands.area_of("VIEW_3D")
    yield from hands.open_tab(area)
    yield hands.has_thumbnails
    if hands.REQUEST["slow"]:
        slow_disk.slow_down(Path(hands.REQUEST["captures"]))
    stalls = slow_disk.Stalls(Path(sys.modules[MODULE].__file__).parent)
    press("capture_motion", "INVOKE_DEFAULT", agreed=hands.agreed())
    yield lambda: hands.states() == ["done"] and bool(hands.session().notes)
    yield 1.0
    (capture_id,) = (view.id for view in hands.session().runner.captures())
    press("apply_capture", "INVOKE_DEFAULT", capture_id=capture_id)
    yield 3.0
    press("forget_capture", "EXEC_DEFAULT", capture_id=capture_id)
    yield lambda: hands.states() == []
    yield 1.0
    press("restore_capture", "EXEC_DEFAULT", capture_id=capture_id)
    yield lambda: hands.states() == ["done"]
    yield 1.0
    press("capture_motion", "INVOKE_DEFAULT")
    yield 3.0
    hands.press("Escape")
    yield 0.5
    addon.api_key = "sk-another"
    yield 1.0
    hands.answer["stalls"] = stalls.told()


def press(name: str, how: str, **properties: object) -> None:
    """Call an operator as a click does."""
    area = hands.area_of("VIEW_3D")
    operator: Any = getattr(bpy.ops.aimocap, name)
    with bpy.context.temp_override(window=hands.window(), area=area, region=hands.sidebar_of(area)):
        operator(how, **properties)


if __name__ == "__main__":
    hands.main(globals())
