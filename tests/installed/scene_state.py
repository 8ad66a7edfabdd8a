"""All that a capture must leave as it is, as plain values, so that two moments can be compared. Runs in Blender."""

import bpy

_SIMPLE = {"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"}
_VOLATILE = {"is_updated", "is_updated_data", "is_evaluated", "tag", "users", "session_uid"}


def scene_state() -> dict[str, object]:
    """The simple properties of every datablock, and what is selected, active and current."""
    state: dict[str, object] = {
        "selected": sorted(obj.name for obj in bpy.context.view_layer.objects if obj.select_get()),
        "active": getattr(bpy.context.view_layer.objects.active, "name", None),
        "mode": bpy.context.mode,
        "file": bpy.data.filepath,
    }
    for collection in (prop.identifier for prop in bpy.data.bl_rna.properties if prop.type == "COLLECTION"):
        for block in getattr(bpy.data, collection):
            state[f"{collection}/{block.name}"] = _properties(block)
    for scene in bpy.data.scenes:
        state[f"render of {scene.name}"] = _properties(scene.render)
        state[f"units of {scene.name}"] = _properties(scene.unit_settings)
        if scene.sequence_editor is not None:
            editor = scene.sequence_editor
            for strip in editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all:
                state[f"strip {strip.name}"] = [
                    strip.type,
                    strip.channel,
                    str(strip.filepath),
                    strip.mute,
                    strip.select,
                ]
    return state


def changes(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """What came, went or changed, by name."""
    return sorted(name for name in {*before, *after} if before.get(name, "absent") != after.get(name, "absent"))


def _properties(block: bpy.types.bpy_struct) -> dict[str, object]:
    found = {}
    for prop in block.bl_rna.properties:
        if prop.type not in _SIMPLE or prop.identifier in _VOLATILE:
            continue
        value = getattr(block, prop.identifier)
        found[prop.identifier] = sorted(value) if isinstance(value, set) else str(_plain(value))
    return found


def _plain(value: object) -> object:
    return [_plain(item) for item in value] if hasattr(value, "__iter__") and not isinstance(value, str) else value
