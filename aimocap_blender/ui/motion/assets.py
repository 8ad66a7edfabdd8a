"""Retargeting an Action of the Asset Browser, or of the 3D Viewport's asset shelf, to the character."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...scene.action_source import ASSET_TAG, asset_motion, loaded_action, mark_as_asset, source_of
from ...scene.armatures import action_of
from ...scene.asset_library import add_to_library
from ...scene.chosen_character import character_of
from ...scene.playback_range import scene_fps
from ...scene.retargeting import require_character
from ...takes.configuration import configuration
from ...takes.messages import Note
from ...takes.take import Kind, Take, read_from
from ...texts.faults import Fault
from ...texts.text import Text
from ..character.choosing import OntoCharacter
from ..chosen_files import RELATIVE
from ..text.modal_work import Steps
from ..text.reporting import Returned, SaysWhyNot, inform, refusing
from .retargeting import Retargets

_PICTURE_PIXELS = 96
_LIBRARY_FOLDER = ".assets"
"""In the captures folder."""
_LIBRARIES = {"LOCAL": 1, "ALL": 2, "ESSENTIALS": 3, "ONLINE_ESSENTIALS": 4, "CUSTOM": 100}
"""Types of libraries with Blender's own numbers, which its asset shelf sets."""
_NO_ASSET = Fault("No Action is selected in an Asset Browser.", "Select one, then choose this in its context menu.")


_NO_MOTION = Fault("The selected object has no motion.", "Select a character that has an Action.")


class RetargetAsset(Retargets, bpy.types.Operator):
    """Retarget the Action that is selected in the Asset Browser to the character, on the same frames"""

    bl_idname = "aimocap.retarget_asset"
    bl_label = "Retarget to Character"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        action: str
        filepath: str
        asset_library_type: str
        asset_library_identifier: str
        relative_asset_identifier: str
    else:
        # what Blender's asset shelf sets
        asset_library_type: bpy.props.EnumProperty(
            items=[(name, name.title(), "", number) for name, number in _LIBRARIES.items()],
            options={"HIDDEN", "SKIP_SAVE"},
        )
        asset_library_identifier: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        relative_asset_identifier: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        action: bpy.props.StringProperty(
            name="Action",
            description="Name of the Action; leave empty to use the asset that is selected",
            options={"SKIP_SAVE"},
        )
        filepath: bpy.props.StringProperty(
            name="File",
            description="Blend file that contains the Action; empty for this file",
            subtype="FILE_PATH",
            options={"SKIP_SAVE", *RELATIVE},
        )

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        return super().why_not(context) or (_NO_ASSET if _asset(context) is None else None)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Retarget the selected asset."""
        self.take_defaults(context)
        asset = _asset(context)
        if asset is not None and not self.action:
            self.action, self.filepath = asset.name, asset.full_library_path
        return super().invoke(context, event)

    def retargeted(self, context: bpy.types.Context, target: bpy.types.Object) -> Steps[Note]:
        """Retarget the Action; see `Retargets`."""
        scene = cast("bpy.types.Scene", context.scene)
        if self.relative_asset_identifier and not self.action:
            self._take_activated(context)
        if not self.action:
            raise _NO_ASSET
        # before the Action is loaded, which a character that can't take it doesn't need
        require_character(target)
        library = bpy.path.abspath(self.filepath) if self.filepath else ""
        with loaded_action(self.action, str(Path(library)) if library else "") as action:
            motion = asset_motion(action, scene_fps(scene))
            take = Take(Kind.ARMATURE, title=self.action, origin=source_of(action))
        return (yield from self.put_on(context, target, take, read_from(motion), motion.mapping))

    def _take_activated(self, context: bpy.types.Context) -> None:
        """Take the asset that was activated, which Blender names by its library and its path there."""
        # Windows writes paths in its own way, and an Action of this file has none
        file, _, self.action = self.relative_asset_identifier.replace("\\", "/").rpartition("/Action/")
        if not file:
            self.action = self.relative_asset_identifier.removeprefix("Action/")
            return
        libraries = cast("bpy.types.Preferences", context.preferences).filepaths.asset_libraries
        library = libraries.get(self.asset_library_identifier)
        if library is None:
            raise _NO_ASSET
        self.filepath = str(Path(library.path) / file)


def _asset(context: bpy.types.Context) -> Any:  # noqa: ANN401 -- the stubs know no assets in the context
    asset = getattr(context, "asset", None)
    return asset if asset is not None and asset.id_type == "ACTION" else None


class AddToLibrary(SaysWhyNot, OntoCharacter, bpy.types.Operator):
    """Write the character's Action into the asset library of the add-on, which every file lists then"""

    bl_idname = "aimocap.add_to_library"
    bl_label = "Add to Asset Library"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        character = character_of(context)
        return _NO_MOTION if character is None or action_of(character) is None else None

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Write it, and have the preferences list the library: pressing this asks for that."""
        character = self.character(context)
        action = action_of(character) if character is not None else None
        if character is None or action is None:
            raise _NO_MOTION
        if action.asset_data is None:
            # motion that people made is no asset yet
            mark_as_asset(character, action)
        file = add_to_library(action, configuration().captures_folder / _LIBRARY_FOLDER)
        inform(self, Text("“{action}” is in the asset library AIMoCap: {file}.", action=action.name, file=file))
        return {"FINISHED"}


class MotionShelf(bpy.types.AssetShelf):
    """Motion that was applied, at the bottom of the 3D Viewport; a click retargets it to the character."""

    bl_idname = "AIMOCAP_AST_motion"
    bl_space_type = "VIEW_3D"
    bl_activate_operator = RetargetAsset.bl_idname
    bl_default_preview_size = _PICTURE_PIXELS

    @classmethod
    def poll(cls, context: bpy.types.Context | None) -> bool:
        """Offer the shelf while there is a character for what is in it."""
        return (
            context is not None
            and context.mode == "OBJECT"
            and configuration().mark_assets
            and character_of(context) is not None
        )

    @classmethod
    def asset_poll(cls, asset: Any) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]  # noqa: ANN401 -- the stubs know half of it
        """Show Actions that the add-on marked."""
        return asset.id_type == "ACTION" and ASSET_TAG in asset.metadata.tags


CLASSES = (RetargetAsset, AddToLibrary, MotionShelf)
