"""The list of captures: a row for each, and below it what one sees of the selected one."""

from typing import TYPE_CHECKING, Any, cast

import bpy
from bpy.app.handlers import persistent

from ...session.session import current_session
from ..text.narrow_sidebars import is_narrow
from ..text.wrapped_text import say
from .details import draw_capture, draw_preparation
from .words import briefly, icon_of

if TYPE_CHECKING:
    from ...session.session import Session

_ITEMS, _INDEX = "aimocap_captures", "aimocap_capture_index"
"""Properties of the window manager, since Blender's lists show nothing else than properties."""
_FEWEST_ROWS, _MOST_ROWS = 2, 6


class CaptureItem(bpy.types.PropertyGroup):
    """A row; its name is the capture's id. All else is asked for when it is drawn."""


class CapturesList(bpy.types.UIList):
    """Captures by their titles."""

    bl_idname = "AIMOCAP_UL_captures"

    def draw_item(  # noqa: PLR0917 -- as Blender calls it
        self,
        context: bpy.types.Context | None,
        layout: bpy.types.UILayout,
        data: object,
        item: CaptureItem | None,
        icon: int | None,
        active_data: object,
        active_property: str | None,
        index: int | None = 0,
        flt_flag: int | None = 0,
    ) -> None:
        """Title and, where there is room, how far it is or how old."""
        session = current_session()
        if session is None or item is None or context is None:
            return
        title, short, symbol = _row_of(session, item.name)
        row = layout.row()
        row.label(text=title, icon=symbol, translate=False)
        if short and not is_narrow(context):
            end = row.row()
            end.alignment = "RIGHT"
            end.label(text=short, translate=False)

    def filter_items(  # pyright: ignore[reportIncompatibleMethodOverride] -- Blender takes lists
        self,
        context: bpy.types.Context | None,
        data: object,
        property: str,  # noqa: A002 -- Blender's name
    ) -> "tuple[list[int], list[int]]":
        """Those whose titles hold what is typed."""
        wanted, session = self.filter_name.casefold(), current_session()
        if not wanted or session is None:
            return [], []
        titles = [_row_of(session, item.name)[0].casefold() for item in getattr(data, property)]
        return [self.bitflag_filter_item if wanted in title else 0 for title in titles], []


def draw_captures(layout: bpy.types.UILayout) -> None:
    """The list, the selected capture, and what brings back a lost one."""
    manager, session = cast("Any", bpy.context).window_manager, current_session()
    items = getattr(manager, _ITEMS)
    if session is None or not items:
        say(layout, "Captures that you start are listed here.")
    else:
        rows = min(max(len(items), _FEWEST_ROWS), _MOST_ROWS)
        layout.template_list(
            CapturesList.bl_idname, "", manager, _ITEMS, manager, _INDEX, rows=rows, maxrows=_MOST_ROWS
        )
        selected = selected_capture()
        preparation = session.preparations.get(selected)
        view = session.view(selected)
        if preparation is not None:
            draw_preparation(layout.box().column(align=True), preparation)
        elif view is not None:
            draw_capture(layout.box().column(align=True), session, view)
    layout.menu("AIMOCAP_MT_recover", text="Lost Captures", icon="RECOVER_LAST")


def selected_capture() -> str:
    """The id of the capture that is selected in the list; '' where none is."""
    manager = bpy.context.window_manager
    items, index = getattr(manager, _ITEMS), getattr(manager, _INDEX)
    return items[index].name if 0 <= index < len(items) else ""


def keep_up() -> None:
    """Have the list show what there is now; one that is new to it becomes the selected one."""
    session, manager = current_session(), cast("Any", bpy.context).window_manager
    ids = _ids_of(session) if session is not None else []
    items = getattr(manager, _ITEMS)
    before = items.keys()
    if ids == before:
        return
    selected = selected_capture()
    new = next((one for one in ids if one not in before), "") if before else ""
    items.clear()
    for one in ids:
        items.add().name = one
    wanted = new or selected
    setattr(manager, _INDEX, ids.index(wanted) if wanted in ids else 0)


def _ids_of(session: "Session") -> list[str]:
    """The newest first; clips that are being rendered are to become captures."""
    return [*reversed(session.preparations), *(view.id for view in session.runner.captures())]


def _row_of(session: "Session", capture_id: str) -> "tuple[str, str, Any]":
    if (preparation := session.preparations.get(capture_id)) is not None:
        if preparation.fault is not None:
            return preparation.title, "", "ERROR"
        done, total = preparation.progress
        return preparation.title, f"{done / max(total, 1):.0%}", "RENDER_ANIMATION"
    view = session.view(capture_id)
    return (view.title, briefly(view), icon_of(view)) if view is not None else ("", "", "NONE")


@persistent
def _another_file(*_: object) -> None:
    """The list lies in the window manager, which comes from the file."""
    keep_up()


CLASSES = (CaptureItem, CapturesList)


def register() -> None:
    """Make the list known to Blender."""
    manager = cast("Any", bpy.types.WindowManager)
    setattr(manager, _ITEMS, bpy.props.CollectionProperty(type=CaptureItem, options={"HIDDEN"}))
    shown = "Which capture of the list is shown below it"
    setattr(manager, _INDEX, cast("Any", bpy.props).IntProperty(name="Capture", description=shown))
    bpy.app.handlers.load_post.append(_another_file)


def unregister() -> None:
    """Take it away again."""
    bpy.app.handlers.load_post.remove(_another_file)
    manager = cast("Any", bpy.types.WindowManager)
    delattr(manager, _INDEX)
    delattr(manager, _ITEMS)
