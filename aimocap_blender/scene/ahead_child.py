"""A script for a background Blender: puts a motion onto a copy of a rig, and records the answers. See ``ahead.py``."""

import importlib
import pickle
from pathlib import Path
from typing import Any


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Write the answers, unless the rig moves otherwise here."""
    names = ("ahead", "bone_maps", "background_blender", "retargeting", "rigs.rig_solving")
    ahead, bone_maps, copied, retargeting, solving = (
        importlib.import_module(f"aimocap.scene.{name}") for name in names
    )
    obj = copied.open_copy(request["copied"])
    if obj is None:
        return {"same": False}
    folder = Path(request["copied"]["folder"])
    asked = ahead.asked_in(folder, request["package"])
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
