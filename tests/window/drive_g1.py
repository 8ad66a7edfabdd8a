"""A person's hands on a G1: a table is imported, asked about, checked and mended; see `drive.py`."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from drive import REQUEST, answer, area_of, click, find_button, main, open_tab, press, shot, view_of, window


def table_by_drop() -> Iterator[float | Callable[[], bool]]:
    """What a dropped file does: it is read beside the window, then asked about; then the check by its button."""
    area = area_of("VIEW_3D")
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.import_g1_motion("INVOKE_DEFAULT", filepath=REQUEST["table"])
    answer["at_once"] = [rig.name for rig in bpy.data.objects if rig.name.startswith("Unitree")]
    yield 4.0
    shot("asked")
    answer["while_asked"] = [rig.name for rig in bpy.data.objects if rig.name.startswith("Unitree")]
    press("Return")
    yield lambda: any(rig.name.startswith("Unitree") and rig.animation_data for rig in bpy.data.objects)
    yield 1.0
    rig = next(rig for rig in bpy.data.objects if rig.name.startswith("Unitree") and rig.animation_data)
    answer["fps"] = rig.animation_data.action["aimocap_fps"]
    for other in bpy.data.objects:
        if other.name in window().view_layer.objects:
            other.select_set(state=other == rig)
    window().view_layer.objects.active = rig
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.view3d.view_selected()
    yield from open_tab(area)
    yield 1.0
    yield from find_button(area, "aimocap.check_g1_motion")
    click()
    yield 3.0
    shot("checked")


if __name__ == "__main__":
    main(globals())
