"""Retargeting from one armature in the scene to another, or from an Action of the Asset Browser or its shelf.

The add-on's own library is a folder of Actions with catalogs, which the preferences list once that is asked for.
"""

import time
import uuid
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...jobs.timing import clock
from ...motion.time_mapping import TimeMapping
from ...scene.action_source import (
    ASSET_TAG,
    LIBRARY,
    asset_motion,
    catalog_id,
    catalogs,
    loaded_action,
    mark_as_asset,
    source_of,
)
from ...scene.armatures import action_of, object_with
from ...scene.retargeting import require_character
from ...scene.scene_values import character_of, scene_fps
from ...takes.applying import begin_ahead, put_take_on
from ...takes.binding import choices_of
from ...takes.configuration import configuration
from ...takes.messages import Note
from ...takes.reading import ReadMotion
from ...takes.take import Kind, Take, read_from, take_of_armature
from ...texts.faults import Fault
from ...texts.text import Text
from ...while_enabled import lasting
from ...whole_files import file_name_of, make_folders, write_whole
from ..character.choosing import NeedsCharacter, OntoCharacter, character_named
from ..chosen_files import RELATIVE
from ..settings import MotionChoices, settings_of
from ..text.modal_work import RETARGETING, ModalWork, Steps, Work
from ..text.option_properties import SearchItems
from ..text.reporting import Returned, SaysWhyNot, inform, refusing
from ..text.translation import AS_IT_IS
from .outcome_words import ShowsOutcome

_search_items = lasting(SearchItems)

_PICTURE_PIXELS = 96
_LIBRARY_FOLDER = ".assets"
"""In the captures folder."""
_LIBRARIES = {"LOCAL": 1, "ALL": 2, "ESSENTIALS": 3, "ONLINE_ESSENTIALS": 4, "CUSTOM": 100}
"""Types of libraries with Blender's own numbers, which its asset shelf sets."""
_NO_ASSET = Fault("No Action is selected in an Asset Browser.", "Select one, then choose this in its context menu.")


_NO_MOTION = Fault("The selected object has no motion.", "Select a character that has an Action.")

_FILE = "blender_assets.cats.txt"
"""Where Blender looks for the catalogs of a library."""
_HEAD = "VERSION 1\n\n"


class PutsMotion(ModalWork, ShowsOutcome, MotionChoices, OntoCharacter):
    """Operator that puts a take's motion onto the character, and shows the outcome."""

    def take_defaults(self, context: bpy.types.Context) -> None:
        """Take the scene's options and character: for `invoke`."""
        self.take_choices(choices_of(settings_of(context.scene)))
        self.take_character(context)
        self.may_ask = not bpy.app.background

    def refused(self, fault: Fault) -> Returned:
        """Ask about a figure that isn't human, or report."""
        return self.ask_or_refuse(fault)

    def put_on(
        self,
        context: bpy.types.Context,
        armature: bpy.types.Object | None,
        take: Take,
        read: ReadMotion,
        mapping: TimeMapping,
    ) -> Steps[Note]:
        """Put a take's motion onto an armature."""
        choices = choices_of(self)
        # a script waits for it in any case
        if self.is_modal:
            began = time.monotonic()
            uids = [obj.session_uid if obj is not None else 0 for obj in (armature, read.shown_by)]
            origin = take.origin_of(read.motion)
            ahead = begin_ahead(armature, read, mapping, choices, origin, any_figure=self.any_figure)
            if ahead is not None:
                try:
                    while not ahead.poll():
                        yield 0.0, Text("Retargeting for {elapsed}", elapsed=clock(time.monotonic() - began))
                # a stop ends the generator here
                finally:
                    ahead.close()
            yield RETARGETING
            # the window went on meanwhile: an undo replaces all objects by others
            armature, shown_by = map(object_with, uids)
            read = replace(read, shown_by=shown_by)
        return put_take_on(context, take, [read], armature, None, [mapping], choices, any_figure=self.any_figure)


class Retargets(PutsMotion, NeedsCharacter):
    """Operator that retargets a motion in Blender to the character, and shows options and outcome in its redo panel."""

    nobody = Fault("No character is selected.", "Select the armature that should receive the motion.")

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        del context
        layout = cast("bpy.types.UILayout", cast("bpy.types.Operator", self).layout)
        layout.use_property_split = True
        layout.use_property_decorate = False
        self.draw_source(layout)
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def draw_source(self, layout: bpy.types.UILayout) -> None:
        """Draw what chooses the motion, if anything does."""

    def work(self, context: bpy.types.Context) -> Work:
        """Retarget the motion; a fault leaves the file unchanged."""
        yield 0.0, RETARGETING[1]
        target = self.required_character(context)
        self.show_outcome((yield from self.retargeted(context, target)))
        return {"FINISHED"}

    def retargeted(self, context: bpy.types.Context, target: bpy.types.Object) -> Steps[Note]:
        """Put the motion onto the character and return the outcome.

        Raises:
            Fault: it can't be. Nothing has changed then.
        """
        raise NotImplementedError


def _sources(operator: "RetargetFrom", context: bpy.types.Context | None) -> tuple[tuple[str, str, str], ...]:
    found: list[bpy.types.Object] = []
    if context is not None:
        target = character_named(operator.onto, context)
        found = other_armatures(context.scene.objects, target)
    # Blender keeps no reference to the texts of such a list
    _search_items.last = tuple((source.name, source.name, "") for source in found)
    return _search_items.last


def other_armatures(among: Iterable[bpy.types.Object], target: bpy.types.Object | None) -> list[bpy.types.Object]:
    """Return the armatures among the objects, except the character."""
    return [found for found in among if found.type == "ARMATURE" and found != target]


def selected_source(context: bpy.types.Context, target: bpy.types.Object | None) -> bpy.types.Object | None:
    """Return the selected armature that is not the character, if there is exactly one."""
    others = other_armatures(context.selected_objects, target)
    # of several, which one is meant would be a guess
    return others[0] if len(others) == 1 else None


class FromArmature:
    """Operator on the motion of another armature in the scene."""

    if TYPE_CHECKING:
        source: str
    else:
        source: bpy.props.StringProperty(
            name="Source",
            description="Name of the armature with the motion; leave empty to use the other selected armature",
            options={"SKIP_SAVE"},
        )

    def draw_source(self, layout: bpy.types.UILayout) -> None:
        """Draw the choice of the armature."""
        layout.prop_search(cast("Any", self), "source", bpy.data, "objects", icon="ARMATURE_DATA")


def object_in_scene(context: bpy.types.Context, name: str) -> bpy.types.Object:
    """Return an object of the scene.

    Raises:
        Fault: there is none of that name.
    """
    found = context.scene.objects.get(name)
    if found is None:
        raise Fault(Text("There is no “{name}” in this scene.", name=name), "Choose an armature in this scene.")
    return found


class RetargetFrom(FromArmature, Retargets, bpy.types.Operator):
    """Retarget the motion of another armature in the scene to the character, on the same frames"""

    bl_idname = "aimocap.retarget_from"
    bl_label = "Retarget from Armature"
    bl_options = {"REGISTER", "UNDO", "PRESET"}
    bl_property = "searched"

    if TYPE_CHECKING:
        searched: str
    else:
        searched: bpy.props.EnumProperty(items=_sources, translation_context=AS_IT_IS, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Retarget from the other selected armature, or ask for one."""
        self.take_defaults(context)
        if (
            self.begins_again
            or self.source
            or self._selected_source(context) is not None
            or not _sources(self, context)
        ):
            return super().invoke(context, event)
        context.window_manager.invoke_search_popup(self)
        return self.asking()

    def retargeted(self, context: bpy.types.Context, target: bpy.types.Object) -> Steps[Note]:
        """Retarget the armature's motion; see `Retargets`."""
        source = self._source(context, target)
        if source == target:
            raise Fault(
                Text("“{target}” can't be its own source.", target=target.name),
                "Select the character last, and choose another armature as source.",
            )
        require_character(target)
        take, motion, mapping = take_of_armature(source, context.scene)
        # the redo panel shows it, and repeats with it whatever is selected then
        self.source = source.name
        return (yield from self.put_on(context, target, take, motion, mapping))

    def _selected_source(self, context: bpy.types.Context) -> bpy.types.Object | None:
        return selected_source(context, character_named(self.onto, context))

    def _source(self, context: bpy.types.Context, target: bpy.types.Object) -> bpy.types.Object:
        name = self.source
        # Blender executes what a search popup answered in another instance, which has the properties alone
        if not name and cast("Any", self).properties.is_property_set("searched"):
            name = self.searched
        source = object_in_scene(context, name) if name else selected_source(context, target)
        if source is None:
            raise Fault(
                "No source armature is selected.",
                "Select only the animated armature, then Shift-click the character.",
            )
        return source


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
        # a script that names one means that one, whatever is selected
        if asset is not None and not self.action:
            self.action, self.filepath = asset.name, asset.full_library_path
        return super().invoke(context, event)

    def retargeted(self, context: bpy.types.Context, target: bpy.types.Object) -> Steps[Note]:
        """Retarget the Action; see `Retargets`."""
        scene = context.scene
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
        libraries = context.preferences.filepaths.asset_libraries
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
    def asset_poll(cls, asset: Any) -> bool:  # noqa: ANN401 -- the stubs know half of it
        """Show Actions that the add-on marked."""
        return asset.id_type == "ACTION" and ASSET_TAG in asset.metadata.tags


def add_to_library(action: bpy.types.Action, folder: Path) -> Path:
    """Write an Action into a file of the library's folder, and have Blender list that folder; return the file.

    The same take's file is replaced. The catalogs that people added stay.

    Raises:
        Fault: the folder can't be written.
    """
    source = source_of(action)
    # takes may have the same name, but each has a file of its own
    made_by = source.capture or source.preview or source.checksum or uuid.uuid4().hex
    file = folder / f"{file_name_of(action.name)}-{made_by[-8:]}.blend"
    try:
        make_folders(folder)
        _add_catalogs(folder / _FILE)
        bpy.data.libraries.write(str(file), {action}, fake_user=True, compress=True)
    except (OSError, RuntimeError) as error:
        reason = Text.of(getattr(error, "strerror", None) or str(error).strip())
        raise Fault(
            Text("The asset library {folder} can't be written: {reason}.", folder=folder, reason=reason),
            "Choose another captures folder, or free up space there.",
        ) from error
    preferences = bpy.context.preferences
    libraries = preferences.filepaths.asset_libraries
    # by its folder: the user may have given it another name; since 5.3 it is of a class that the stubs don't have
    if not any(Path(cast("Any", library).path) == folder for library in libraries):
        libraries.new(name=LIBRARY, directory=str(folder))
        # Blender saves preferences when it quits only if it knows that they changed
        preferences.is_dirty = True
    return file


def _add_catalogs(file: Path) -> None:
    before = file.read_text(encoding="utf-8") if file.exists() else _HEAD
    # by their ids, since people may move and rename catalogs
    missing = [path for path in catalogs() if catalog_id(path) not in before]
    if missing:
        added = "".join(f"{catalog_id(path)}:{path}:{path.replace('/', '-')}\n" for path in missing)
        write_whole(file, [f"{before.rstrip()}\n{added}".encode()])


CLASSES = (RetargetFrom, RetargetAsset, AddToLibrary, MotionShelf)
