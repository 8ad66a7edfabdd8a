"""Actions as assets, also of another file, and the properties that they keep."""

from pathlib import Path

import bpy


def kept_on(action: bpy.types.Action) -> dict[str, object]:
    kept = {name: value.to_list() if hasattr(value, "to_list") else value for name, value in action.items()}
    assert kept.pop("aimocap_keys")
    assert kept.pop("aimocap_object")
    for name in ("aimocap_contacts", "aimocap_skeleton"):  # see test_contacts.py and test_asset_motion.py
        kept.pop(name, None)
    return kept


def assets() -> list[str]:
    return sorted(action.name for action in bpy.data.actions if action.asset_data is not None)


def assets_in(file: Path) -> list[bpy.types.Action]:
    """The actions that another file offers as assets, appended to an empty one."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(file), assets_only=True) as (theirs, ours):
        ours.actions = theirs.actions
    return sorted(ours.actions, key=lambda action: action.name)


def saved(tmp_path: Path) -> Path:
    file = tmp_path / "film.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    return file
