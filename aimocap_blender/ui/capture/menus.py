"""The add-on's entries in Blender's menus, and so in its search (F3), which finds what stands in a menu."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, LiteralString, cast

import bpy

from ...jobs.capture import State
from ...jobs.life import PREVIEW
from ...scene.video.strips import selected_videos
from ...takes.session import current_session
from ...takes.take import Kind
from ...texts.text import Text
from ...while_enabled import lasting
from ..g1.rig_operators import draw_robots_to_add
from ..motion.retargeting import RetargetAsset
from ..preview.corrections import id_of
from ..shortcuts import Shortcuts
from ..text.option_properties import option_button, set_options
from ..text.translation import translated
from .details import has_problem
from .list import selected_capture

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems, SpaceTypeItems

_CAPTURE, _OPEN_VIDEO = "aimocap.capture_motion", "aimocap.open_video"
_GO_TO_FAULT = "aimocap.go_to_g1_fault"
_ON_CAPTURE = ("aimocap.apply_capture", "aimocap.show_video")
_ON_PREVIEW = ("aimocap.apply_preview",)
_ON_EITHER = "aimocap.correct_take"
_ICONS: "Mapping[str, IconItems]" = {_CAPTURE: "RADIOBUT_ON", _OPEN_VIDEO: "FILE_MOVIE"}

_IN_OBJECT = (
    (_CAPTURE, "aimocap.check_video", "aimocap.preview_motion"),
    (_OPEN_VIDEO, "aimocap.edit_range", "aimocap.video_in_viewport"),
    (*_ON_CAPTURE, *_ON_PREVIEW, _ON_EITHER, "aimocap.render_review"),
    ("aimocap.detect_bones", "aimocap.review_bones", "aimocap.save_bone_map", "aimocap.load_bone_map"),
    ("aimocap.retarget_from", "aimocap.retarget_to_g1", "aimocap.add_to_library"),
    (
        "aimocap.smooth_motion",
        "aimocap.trim_motion",
        "aimocap.retime_motion",
        "aimocap.mirror_motion",
        "aimocap.make_loop",
        "aimocap.blend_takes",
        "aimocap.compare_takes",
        "aimocap.compare_feet",
        *("aimocap.flip_takes", "aimocap.next_take", "aimocap.keep_take", "aimocap.cancel_takes"),
    ),
    (
        *("aimocap.check_g1_motion", _GO_TO_FAULT, "aimocap.mark_g1_faults", "aimocap.fix_g1_motion"),
        *("aimocap.save_g1_report", "aimocap.show_g1_limits"),
    ),
)
"""Groups of operators on the selected object."""
_VIDEOS: tuple[tuple[str, LiteralString], ...] = (("PREVIEW", "Preview"), ("SOURCE", "Source"))
_PLACES: "tuple[tuple[str, LiteralString, IconItems], ...]" = (
    ("STRIP", "as Strip", "SEQUENCE"),
    ("CAMERA", "behind Character", "CAMERA_DATA"),
)


class ObjectMenu(bpy.types.Menu):
    """Capture motion, apply and check it"""

    bl_idname = "AIMOCAP_MT_object"
    bl_label = "AIMoCap"

    def draw(self, context: bpy.types.Context | None) -> None:
        """Draw the operators on the selected object."""
        layout = cast("bpy.types.UILayout", self.layout)
        for number, group in enumerate(_IN_OBJECT):
            if number:
                layout.separator()
            _draw_entries(layout, *group)


class WorkPie(bpy.types.Menu):
    """Preview, capture, apply and compare motion"""

    bl_idname = "AIMOCAP_MT_work"
    bl_label = "AIMoCap"

    def draw(self, context: bpy.types.Context | None) -> None:
        """Draw the four steps of the work, each in its direction."""
        pie = cast("bpy.types.UILayout", self.layout).menu_pie()
        _draw_entries(pie, "aimocap.preview_motion", _CAPTURE)
        session, selected = current_session(), selected_capture()
        take = session.take(selected) if session is not None else None
        # what stays in its direction is found without looking
        applied = _ON_PREVIEW if take is not None and take.kind is Kind.PREVIEW else _ON_CAPTURE[:1]
        _draw_entries(pie, *applied, "aimocap.compare_takes")


def _draw_entries(layout: bpy.types.UILayout, *operators: str) -> None:
    # else it is what the menu's last entry left
    layout.operator_context = "INVOKE_DEFAULT"
    for name in operators:
        icon = _ICONS.get(name, "NONE")
        if name == _GO_TO_FAULT:
            layout.operator_menu_enum(name, "kind", icon=icon)
        elif name in _ON_CAPTURE:
            _draw_on_selected(layout, name, Kind.CAPTURE)
        elif name in _ON_PREVIEW:
            _draw_on_selected(layout, name, Kind.PREVIEW)
        elif name == _ON_EITHER:
            _draw_on_selected(layout, name, Kind.PREVIEW, Kind.CAPTURE)
        else:
            layout.operator(name, icon=icon)


def _draw_on_selected(layout: bpy.types.UILayout, name: str, *kinds: Kind) -> None:
    """Draw an operator on what is selected in the list; grey if that isn't what it works on."""
    session, selected = current_session(), selected_capture()
    row = layout.row()
    take = session.take(selected) if session is not None else None
    kind = take.kind if take is not None and take.kind in kinds else kinds[0]
    # grey and not left out: a menu whose entries move is searched anew each time
    row.enabled = take is not None and take.kind is kind and take.is_kept
    set_options(row.operator(name), **id_of(kind, selected))


def _draw_strips(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    layout.separator()
    _draw_entries(layout, _CAPTURE)
    several = len(selected_videos(context))
    if several > 1:
        # Blender's own translation knows no numbers in words
        every = translated(Text("Capture {several} Strips", several=several))
        set_options(layout.operator(_CAPTURE, text=every), all_selected=True)
    _draw_entries(layout, "aimocap.preview_motion")
    if several > 1:
        set_options(layout.operator("aimocap.preview_motion", text="Free Preview Together"), together=True)


def _draw_asset(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    layout.separator()
    row = layout.row()
    row.enabled = RetargetAsset.why_not(context) is None
    _draw_entries(row, "aimocap.retarget_asset")


def _draw_object(layout: bpy.types.UILayout, _context: bpy.types.Context) -> None:
    layout.separator()
    layout.menu(ObjectMenu.bl_idname)


def _entries(*operators: str) -> Callable[[bpy.types.UILayout, bpy.types.Context], None]:
    return lambda layout, _context: _draw_entries(layout, *operators)


_MENUS: Mapping[str, Callable[[bpy.types.UILayout, bpy.types.Context], None]] = {
    "ASSETBROWSER_MT_context_menu": _draw_asset,
    "SEQUENCER_MT_context_menu": _draw_strips,
    "SEQUENCER_MT_strip": _draw_strips,
    "SEQUENCER_MT_add": _entries(_OPEN_VIDEO),
    "TOPBAR_MT_file_export": _entries("aimocap.export_motion", "aimocap.export_g1_motion"),
    "TOPBAR_MT_file_import": _entries(
        "aimocap.import_motion_fbx", "aimocap.import_g1_motion", "aimocap.import_g1_folder"
    ),
    "TOPBAR_MT_help": _entries("aimocap.check_service", "aimocap.copy_report"),
    "VIEW3D_MT_armature_add": lambda layout, _context: draw_robots_to_add(layout),
    "VIEW3D_MT_object": _draw_object,
    "VIEW3D_MT_object_animation": _entries("aimocap.retarget_from", "aimocap.retarget_to_g1"),
    "VIEW3D_MT_pose": _draw_object,
}


@dataclass
class _Added:
    """The draw functions that were added to menus, with these."""

    functions: tuple[tuple[Any, Callable[..., None]], ...] = ()


_added = lasting(_Added)

_shortcuts = Shortcuts()


def _as_method(draw: Callable[[bpy.types.UILayout, bpy.types.Context], None]) -> Callable[..., None]:
    def draw_in_menu(self: Any, context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
        draw(self.layout, context)

    return draw_in_menu


def register() -> None:
    """Add the entries to the menus."""
    menus: list[tuple[Any, Callable[..., None]]] = []
    for name, draw in _MENUS.items():
        menu, method = getattr(cast("Any", bpy.types), name), _as_method(draw)
        menu.append(method)
        # each is another object at every call, and only the one that was added can be removed
        menus.append((menu, method))
    _added.functions = tuple(menus)
    keymaps: tuple[tuple[str, SpaceTypeItems], ...] = (("3D View", "VIEW_3D"), ("Sequencer", "SEQUENCE_EDITOR"))
    for keymap, space in keymaps:
        item = _shortcuts.add(keymap, space, "wm.call_menu_pie", "M", ctrl=True, shift=True, alt=True)
        if item is not None:
            set_options(item.properties, name=WorkPie.bl_idname)
            # off: the key is free in Blender's own keymap, but people may have their own
            item.active = False


def unregister() -> None:
    """Remove them."""
    for menu, draw in _added.functions:
        menu.remove(draw)
    _shortcuts.remove()


class CaptureMenu(bpy.types.Menu):
    """Show more actions for this capture, all of them free of charge"""

    bl_idname = "AIMOCAP_MT_capture"
    bl_label = "Capture"

    def draw(self, context: bpy.types.Context | None) -> None:
        """Draw the actions for files and videos, and the one that forgets the capture."""
        layout = cast("bpy.types.UILayout", self.layout)
        session = current_session()
        view = session.captures.view(selected_capture()) if session is not None else None
        if view is None:
            return
        button = partial(option_button, layout, capture_id=view.id)
        if view.state == State.DONE:
            button("aimocap.apply_capture", "Apply", "ARMATURE_DATA")
            layout.operator("aimocap.render_review", icon="RENDER_ANIMATION")
        button("aimocap.open_capture_folder", "Show Folder", "FILE_FOLDER")
        if view.job_id:
            button("aimocap.copy_job_id", "Copy Job ID", "COPYDOWN")
        if session is not None and has_problem(view, session.application.notes.get(view.id)):
            layout.operator("aimocap.copy_report", icon="COPYDOWN")
        if PREVIEW in view.files:
            button("aimocap.play_preview", "Play Preview", "PLAY")
        layout.separator()
        for video, name in _VIDEOS:
            if video == "SOURCE" or PREVIEW in view.files:
                for place, how, icon in _PLACES:
                    text = f"{translated(name)} {translated(how)}"
                    button("aimocap.show_video", text, icon, video=video, place=place)
        layout.separator()
        button("aimocap.forget_capture", "Forget", "TRASH")


CLASSES = (ObjectMenu, WorkPie, CaptureMenu)
