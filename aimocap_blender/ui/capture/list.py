"""The list of captures, with the details of the selected one below it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import bpy
from bpy.app.handlers import persistent

from ...session.session import current_session
from ...while_enabled import lasting
from ..preview import drawing
from ..text.narrow_sidebars import is_narrow
from ..text.wrapped_text import say
from .details import draw_capture, draw_preparation
from .words import briefly, icon_of

if TYPE_CHECKING:
    from ...session.session import Session

_ITEMS, _INDEX = "aimocap_captures", "aimocap_capture_index"
"""Properties of the window manager, since Blender's lists can only show properties."""
_FEWEST_ROWS, _MOST_ROWS = 2, 6


class CaptureItem(bpy.types.PropertyGroup):
    """Row of the list; its name is the capture's ID, everything else is looked up when it is drawn."""


class CapturesList(bpy.types.UIList):
    """List of captures by title."""

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
        """Draw the title and, where there is room, the progress or age."""
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
        """Show captures whose titles contain the filter text."""
        wanted, session = self.filter_name.casefold(), current_session()
        if not wanted or session is None:
            return [], []
        titles = [_row_of(session, item.name)[0].casefold() for item in getattr(data, property)]
        return [self.bitflag_filter_item if wanted in title else 0 for title in titles], []


def draw_captures(layout: bpy.types.UILayout) -> None:
    """Draw the list, the selected capture, and the menu of lost captures."""
    manager, session = cast("Any", bpy.context).window_manager, current_session()
    items = getattr(manager, _ITEMS)
    if session is None or not items:
        say(layout, "Your captures are listed here.")
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
        elif selected:
            drawing.draw_preview(layout.box().column(align=True), session.previews, selected)
    layout.menu("AIMOCAP_MT_recover", text="Lost Captures", icon="RECOVER_LAST")


def selected_capture() -> str:
    """Return the ID of the capture selected in the list; '' if none is."""
    manager = bpy.context.window_manager
    items, index = getattr(manager, _ITEMS), getattr(manager, _INDEX)
    return items[index].name if 0 <= index < len(items) else ""


def update_list() -> None:
    """Update the list, if anything was added to it or removed, and select a new capture."""
    session, manager = current_session(), cast("Any", bpy.context).window_manager
    items = getattr(manager, _ITEMS)
    state = (_state_of(session) if session is not None else (), len(items))
    if _listed.state == state:
        return
    ids = _ids_of(session) if session is not None else []
    before = items.keys()
    if ids != before:
        selected = selected_capture()
        known = set(before)
        new = next((capture_id for capture_id in ids if capture_id not in known), "") if before else ""
        _make_equal(items, before, ids)
        wanted = new or selected
        setattr(manager, _INDEX, ids.index(wanted) if wanted in ids else 0)
    _listed.state = (state[0], len(ids))


@dataclass
class _Listed:
    """The state that the list was made from, and its length."""

    state: tuple[object, int] | None = None


_listed = lasting(_Listed)


def _state_of(session: "Session") -> object:
    return (
        session.id,
        session.runner.views.listing,
        session.previews.kept.listing,
        tuple(session.preparations),
        tuple(session.previews.running),
    )


def _make_equal(items: Any, before: list[str], ids: list[str]) -> None:  # noqa: ANN401 -- Blender's collection
    """Make the rows equal to these ids, changing the fewest at its beginning, where new ones are."""
    same = 0
    while same < min(len(before), len(ids)) and before[-1 - same] == ids[-1 - same]:
        same += 1
    for _ in range(len(before) - same):
        items.remove(0)
    for row, capture_id in enumerate(ids[: len(ids) - same]):
        items.add().name = capture_id
        if same:
            items.move(len(items) - 1, row)


def _ids_of(session: "Session") -> list[str]:
    """Return the IDs, newest first, including clips that are rendered for a capture, and previews."""
    ended = session.runner.views.order()
    ended += [(record.created_at, record.id) for record in session.previews.kept.records()]
    return [
        *reversed(session.preparations),
        *reversed(session.previews.running),
        *(one for _, one in sorted(ended, key=lambda pair: pair[0], reverse=True)),
    ]


def _row_of(session: "Session", capture_id: str) -> "tuple[str, str, Any]":
    if (preparation := session.preparations.get(capture_id)) is not None:
        if preparation.fault is not None:
            return preparation.title, "", "ERROR"
        done, total = preparation.progress
        return preparation.title, f"{done / max(total, 1):.0%}", "RENDER_ANIMATION"
    view = session.view(capture_id)
    if view is not None:
        return view.title, briefly(view), icon_of(view)
    return drawing.row_of(session.previews, capture_id)


@persistent
def _another_file(*_: object) -> None:
    """Update the list, which is stored in the window manager of each file."""
    _listed.state = None
    update_list()


CLASSES = (CaptureItem, CapturesList)


def register() -> None:
    """Add the properties of the list."""
    manager = cast("Any", bpy.types.WindowManager)
    setattr(manager, _ITEMS, bpy.props.CollectionProperty(type=CaptureItem, options={"HIDDEN"}))
    shown = "Capture whose details are shown below the list"
    setattr(manager, _INDEX, cast("Any", bpy.props).IntProperty(name="Capture", description=shown))
    bpy.app.handlers.load_post.append(_another_file)


def unregister() -> None:
    """Remove the properties of the list."""
    bpy.app.handlers.load_post.remove(_another_file)
    manager = cast("Any", bpy.types.WindowManager)
    delattr(manager, _INDEX)
    delattr(manager, _ITEMS)
