"""A script for a background Blender: puts a motion onto a copy of a rig, and records the answers. See ``ahead.py``."""

import importlib
import pickle
from pathlib import Path
from typing import Any


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Write the answers, unless the rig moves otherwise here."""
    # by name: here the package is `aimocap`, whatever the extension's is in the user's Blender
    ahead: Any = importlib.import_module("aimocap.scene.ahead")
    bone_maps: Any = importlib.import_module("aimocap.scene.bone_maps")
    copied: Any = importlib.import_module("aimocap.scene.background_blender")
    retargeting: Any = importlib.import_module("aimocap.scene.retargeting")
    solving: Any = importlib.import_module("aimocap.scene.rigs.rig_keys")
    obj = copied.open_copy(request["copied"])
    if obj is None:
        return {"same": False}
    folder = Path(request["copied"]["folder"])
    asked = ahead.asked_in(folder, request["package"])
    # detected again here it could differ, as the user's own maps aren't known without their folders
    bone_maps.keep_bone_map(obj, asked.bone_map)
    with solving.answers_recorded() as answers:
        retargeting.put_clip_on(
            obj,
            asked.clip,
            asked.mapping,
            asked.options,
            "Ahead",
            asked.keys,
            asked.source_map,
            any_figure=asked.any_figure,
        )
    (folder / ahead.ANSWERS).write_bytes(pickle.dumps(answers))
    return {"same": True}
