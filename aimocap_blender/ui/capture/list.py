"""The list of captures, with the details of the selected one below it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import bpy
from bpy.app.handlers import persistent

from ...takes.session import current_session
from ...texts.faults import Fault
from ...while_enabled import discarded, lasting
from ..preview import drawing
from ..text.narrow_sidebars import is_narrow
from ..text.translation import translated
from ..text.wrapped_text import say
from .details import draw_capture, draw_preparation
from .pictures import keep_pictures, picture_of
from .shelf import draw_shelf_filter, is_filtered, shown_rows
from .words import briefly, icon_of, price_of, range_and_receiver

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems, OperatorReturnItems

    from ...takes.session import Session

_ITEMS, _INDEX = "aimocap_captures", "aimocap_capture_index"
"""Properties of the window manager, since Blender's lists can only show properties."""
_MOST_ROWS = 3
"""Of two lines each; more are filtered."""
_ROOM_FOR_AGE, _ROOM_FOR_PRICE = 250.0, 330.0
_PICTURE_SCALE = 2.0
"""Side of a picture, in the height of a line."""


def _title_of(item: "CaptureItem") -> str:
    session = current_session()
    if session is None:
        return ""
    known = session.view(item.name) or session.previews.kept.record(item.name)
    return known.title if known is not None else ""


def _rename(item: "CaptureItem", title: str) -> None:
    session = current_session()
    if session is None:
        return
    if session.view(item.name) is None:
        session.previews.kept.change(item.name, title=title.strip() or _title_of(item))
        return
    try:
        session.runner.rename(item.name, title)
    except Fault as fault:
        session.messages.say(_title_of(item), fault)


class CaptureItem(bpy.types.PropertyGroup):
    """Row of the list; its name is the capture's ID, everything else is looked up when it is drawn."""

    if TYPE_CHECKING:
        title: str
    else:
        title: bpy.props.StringProperty(
            name="Name",
            description="Name of this capture. Double-click to change it",
            get=_title_of,
            set=_rename,
            options={"SKIP_SAVE"},
        )


class CapturesList(bpy.types.UIList):
    """List of captures by title, each with a picture."""

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
        """Draw a picture, the title, the progress or age, and below these the range, the receiver and the price."""
        session = current_session()
        if session is None or item is None or context is None:
            return
        shown = _row_of(session, item.name)
        row = layout.row()
        if not is_narrow(context):
            row.template_icon(shown.picture or _no_picture(), scale=_PICTURE_SCALE)
        lines = row.column(align=True)
        top, below = lines.row(), lines.row()
        if shown.can_be_renamed:
            top.prop(item, "title", text="", emboss=False, icon=shown.icon)
        else:
            top.label(text=shown.title, icon=shown.icon, translate=False)
        below.active = False
        below.alignment = "LEFT"
        facts = shown.facts.partition(" · ")[0] if is_narrow(context) else shown.facts
        select = below.operator("aimocap.select_capture", text=facts, translate=False, emboss=False)
        setattr(select, "capture_id", item.name)  # noqa: B010 -- unknown to the stubs
        for line, short, pixels in ((top, shown.short, _ROOM_FOR_AGE), (below, shown.price, _ROOM_FOR_PRICE)):
            if short and not is_narrow(context, pixels):
                end = line.row()
                end.alignment = "RIGHT"
                end.label(text=short, translate=False)

    def filter_items(  # pyright: ignore[reportIncompatibleMethodOverride] -- Blender takes lists
        self,
        context: bpy.types.Context | None,
        data: object,
        property: str,  # noqa: A002 -- Blender's name
    ) -> "tuple[list[int], list[int]]":
        """Show the wanted captures whose titles contain the filter text."""
        return shown_rows(getattr(data, property), self.filter_name, self.bitflag_filter_item)


class SelectCapture(bpy.types.Operator):
    """Show the details of this capture below the list"""

    bl_idname = "aimocap.select_capture"
    bl_label = "Select Capture"
    bl_options = {"INTERNAL"}

    if TYPE_CHECKING:
        capture_id: str
    else:
        capture_id: bpy.props.StringProperty(options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Select it: Blender's own button for that covers one line of the row."""
        row = getattr(context.window_manager, _ITEMS).find(self.capture_id)
        if row < 0:
            return {"CANCELLED"}
        setattr(context.window_manager, _INDEX, row)
        return {"FINISHED"}


def draw_captures(layout: bpy.types.UILayout) -> None:
    """Draw the list, the selected capture, and the menu of lost captures."""
    manager, session = cast("Any", bpy.context).window_manager, current_session()
    items = getattr(manager, _ITEMS)
    if session is None or not items:
        say(layout, "Your captures are listed here.")
    else:
        if len(items) > _MOST_ROWS or is_filtered():
            draw_shelf_filter(layout, bpy.context)
        rows = min(len(items), _MOST_ROWS)
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
    if session is not None:
        keep_pictures(session)
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


@dataclass(frozen=True)
class _Row:
    """Content of a row.

    Attributes:
        title: its name.
        icon: of its state.
        short: progress or age.
        facts: what is captured, and for whom.
        price: its price.
        picture: an icon; 0 if there is none.
        can_be_renamed: whether the user may change the title.
    """

    title: str
    icon: "IconItems"
    short: str = ""
    facts: str = ""
    price: str = ""
    picture: int = 0
    can_be_renamed: bool = False


def _row_of(session: "Session", capture_id: str) -> _Row:
    if (preparation := session.preparations.get(capture_id)) is not None:
        if preparation.fault is not None:
            return _Row(preparation.title, "ERROR")
        if preparation.is_saving:
            return _Row(preparation.title, "FILE_TICK", translated("Saving"))
        done, total = preparation.progress
        return _Row(preparation.title, "RENDER_ANIMATION", f"{done / max(total, 1):.0%}")
    view = session.view(capture_id)
    if view is not None:
        price = translated(price_of(view))
        picture, facts = picture_of(session, view), range_and_receiver(view)
        short = briefly(view) if view.id not in session.acts else translated("Saving")
        return _Row(view.title, icon_of(view), short, facts, price, picture, can_be_renamed=True)
    title, short, icon = drawing.row_of(session.previews, capture_id)
    return _Row(title, icon, short, can_be_renamed=session.previews.kept.record(capture_id) is not None)


@lru_cache(maxsize=1)
def _no_picture() -> int:
    """Return the icon of a row without a picture."""
    items = cast("Any", bpy.types.UILayout).bl_rna.functions["prop"].parameters["icon"].enum_items
    return int(items["FILE_MOVIE"].value)


discarded(_no_picture.cache_clear)


@persistent
def _another_file(*_: object) -> None:
    """Update the list, which is stored in the window manager of each file."""
    _listed.state = None
    update_list()


CLASSES = (CaptureItem, CapturesList, SelectCapture)


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
