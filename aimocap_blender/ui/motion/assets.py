"""Retargeting an Action of the Asset Browser to the character."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...scene.action_source import source_of
from ...scene.asset_motion import asset_motion, loaded_action
from ...scene.retargeting import require_character
from ...takes.applying import put_take_on
from ...takes.choices import choices_of
from ...takes.messages import Note
from ...takes.take import Kind, Take, read_from
from ...texts.faults import Fault
from ..text.reporting import Returned
from .retargets import Retargets

_NO_ASSET = Fault("No Action is selected in an Asset Browser.", "Select one, then choose this in its context menu.")


class RetargetAsset(Retargets, bpy.types.Operator):
    """Retarget the Action that is selected in the Asset Browser to the character, on the same frames"""

    bl_idname = "aimocap.retarget_asset"
    bl_label = "Retarget to Character"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        action: str
        filepath: str
    else:
        action: bpy.props.StringProperty(
            name="Action",
            description="Name of the Action; leave empty to use the asset that is selected",
            options={"SKIP_SAVE"},
        )
        filepath: bpy.props.StringProperty(
            name="File",
            description="Blend file that contains the Action; empty for this file",
            subtype="FILE_PATH",
            options={"SKIP_SAVE"},
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
        return self.execute(context)

    def retargeted(self, context: bpy.types.Context, target: bpy.types.Object) -> Note:
        """Retarget the Action; see `Retargets`."""
        render = cast("bpy.types.Scene", context.scene).render
        if not self.action:
            raise _NO_ASSET
        require_character(target)
        library = bpy.path.abspath(self.filepath) if self.filepath else ""
        with loaded_action(self.action, str(Path(library)) if library else "") as action:
            motion = asset_motion(action, render.fps / render.fps_base)
            take = Take(Kind.ARMATURE, title=self.action, origin=source_of(action))
        motions, mappings = [read_from(motion)], [motion.mapping]
        return put_take_on(context, take, motions, target, None, mappings, choices_of(self), any_figure=self.any_figure)


def _asset(context: bpy.types.Context) -> Any:  # noqa: ANN401 -- the stubs know no assets in the context
    asset = getattr(context, "asset", None)
    return asset if asset is not None and asset.id_type == "ACTION" else None


CLASSES = (RetargetAsset,)
