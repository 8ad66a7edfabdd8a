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
    """Capture, apply, forget, restore, capture again, capture a rendered range, and see what can be recovered."""
    addon = bpy.context.preferences.addons[MODULE].preferences
    addon.captures_folder = hands.REQUEST["captures"]
    addon.consented_urls = hands.REQUEST["service_url"]
    area = hands.area_of("VIEW_3D")
    yield from hands.open_tab(area)
    yield hands.has_thumbnails
    package = Path(sys.modules[MODULE].__file__).parent
    seconds = hands.REQUEST["seconds"]  # of an operation and of an fsync; None: the disk as it is
    disk = slow_disk.SlowDisk(Path(hands.REQUEST["captures"]), package, *seconds, is_held) if seconds else None
    stalls = slow_disk.Stalls(package)
    press("capture_motion", "INVOKE_DEFAULT", agreed=hands.agreed())
    yield lambda: hands.states() == ["done"] and bool(hands.session().application.notes)
    yield 1.0
    (capture_id,) = (view.id for view in hands.session().captures.runner.captures())
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
    press("capture_motion", "INVOKE_DEFAULT", only_range=True, agreed=agreed_to_the_range())
    yield lambda: hands.states() == ["done", "done"] and len(hands.session().application.notes) > 0
    with bpy.context.temp_override(window=hands.window(), area=area, region=hands.sidebar_of(area)):
        bpy.ops.wm.call_menu(name="AIMOCAP_MT_recover")
    yield 1.0
    hands.press("Escape")
    addon.api_key = "sk-another"
    yield 1.0
    hands.answer["stalls"], hands.answer["operations"] = stalls.told(), sorted(disk.operations) if disk else []


def is_held() -> bool:
    """Whether this thread has what Blender's own thread needs for each draw."""
    session = hands.session()
    return session is not None and session.captures.runner._condition._is_owned()


def agreed_to_the_range() -> str:
    """The agreement to capturing a rendered clip of the active strip."""
    options = bpy.context.scene.aimocap.wishes()
    planned = sys.modules[f"{MODULE}.takes.captures.planning"].plan_captures(bpy.context, options, only_range=True)
    return sys.modules[f"{MODULE}.ui.capture.before_capture"].agreement(planned)


def press(name: str, how: str, **properties: object) -> None:
    """Call an operator as a click does."""
    area = hands.area_of("VIEW_3D")
    operator: Any = getattr(bpy.ops.aimocap, name)
    with bpy.context.temp_override(window=hands.window(), area=area, region=hands.sidebar_of(area)):
        operator(how, **properties)


if __name__ == "__main__":
    hands.main(globals())
