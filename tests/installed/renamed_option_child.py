"""Install a zip in which options were renamed, and read what has their old names. Runs in Blender."""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any, cast

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import blender_knows


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text())
    blender_knows.install(request["zip"])
    kept, names = Path(request["kept"]), request["names"]

    def values(owner: Any) -> dict[str, object]:
        return {new: getattr(owner, new) for new in names.values()}

    bpy.ops.wm.open_mainfile(filepath=str(kept / "film.blend"))
    said: dict[str, object] = {"blend": values(cast("Any", bpy.context.scene).aimocap)}
    bpy.ops.wm.save_as_mainfile(filepath=str(kept / "saved.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(kept / "saved.blend"))
    settings = cast("Any", bpy.context.scene).aimocap
    said |= {"saved": values(settings), "old names": settings.hand_strength}
    for new in names.values():
        settings.property_unset(new)
    (preset,) = kept.glob("scripts/presets/aimocap/motion/*.py")
    bpy.ops.script.execute_preset(filepath=str(preset), menu_idname="AIMOCAP_PT_motion_presets")
    said["preset"] = values(settings)
    settings.hand_strength, settings.source_reference = 0.5, "FRAME"
    said["script"] = values(settings)
    (preset,) = kept.glob("scripts/presets/operator/aimocap.apply_capture/*.py")
    last = 'bpy.context.window_manager.operator_properties_last("aimocap.apply_capture")'
    exec(preset.read_text().replace("bpy.context.active_operator", last), {})  # noqa: S102 -- as Blender does
    properties = bpy.context.window_manager.operator_properties_last("aimocap.apply_capture")
    said["operator's preset"] = {**values(properties), "scale": properties.scale}
    choices = importlib.import_module(f"{blender_knows.MODULE}.takes.binding")
    (record, *_) = kept.glob("captures/*/capture.json")
    binding = json.loads(record.read_text())["binding"]
    read = choices.read_choices(binding)
    said["binding"] = {new: read[new] for new in names.values()}
    try:
        choices.read_choices({**binding, "source_reference": "MUCH"})
    except ValueError as error:
        said["refused"] = str(error)
    Path(request["answer"]).write_text(json.dumps(said))
    sys.stdout.flush()
    os._exit(0)


main()
