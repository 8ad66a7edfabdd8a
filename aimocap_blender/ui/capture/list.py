"""The list of captures with the content of its rows, and the details of the selected one below it."""

import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import bpy
from bpy.app.handlers import persistent

from ...jobs.durations import age
from ...scene.app_handlers import AppHandlers
from ...scene.windows import in_a_window
from ...takes.session import current_session
from ...texts.faults import Fault
from ...while_enabled import discarded, lasting
from ..preview.thumbnail_strip import keep_pictures, picture_of
from ..text.option_properties import set_options
from ..text.reporting import Returned
from ..text.translation import translated
from ..text.wrapped_text import fits, is_narrow
from .details import draw_take
from .shelf import INDEX, ITEMS, draw_shelf_filter, is_shown, show_all, shown_rows
from .words import briefly, icon_of, range_and_receiver

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems

    from ...takes.captures.preparation import Preparation
    from ...takes.session import Session

_MOST_ROWS = 3
"""Of two lines each; more are filtered."""
_BESIDE_NAME, _PICTURE = 116.0, 44.0
"""Widths in a row of the sidebar, unscaled: beside a name, and of a picture."""
_PICTURE_SCALE = 2.0
"""Side of a picture, in the height of a line."""


def _title_of(item: "CaptureItem") -> str:
    session = current_session()
    take = session.take(item.name) if session is not None else None
    if take is None:
        return ""
    return f"{take.name} {item.number}" if item.number > 1 else take.name


def _rename(item: "CaptureItem", title: str) -> None:
    session = current_session()
    source = session.source_of(item.name) if session is not None else None
    if session is None or source is None or title == _title_of(item):
        return
    try:
        source.rename(item.name, title)
    except Fault as fault:
        session.messages.say(_title_of(item), fault)
    if not bpy.app.background:
        # a search knows the new name after it; the session may have nothing else to do
        bpy.app.timers.register(have_captures_watched, first_interval=0.0)


def have_captures_watched() -> None:
    """Have the operator that watches captures do the session's work."""
    with in_a_window():
        cast("Any", bpy.ops).aimocap.watch_captures("INVOKE_DEFAULT")


class CaptureItem(bpy.types.PropertyGroup):
    """Row of the list; its name is the capture's ID, everything else is looked up when it is drawn."""

    if TYPE_CHECKING:
        title: str
        number: int
    else:
        title: bpy.props.StringProperty(
            name="Name",
            description="Name of this capture. Double-click to change it",
            get=_title_of,
            set=_rename,
            options={"SKIP_SAVE"},
        )
        number: bpy.props.IntProperty(
            name="Number", description="Number among takes of the same name", options={"HIDDEN", "SKIP_SAVE"}
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
        """Draw a picture, the name, and below it the video, and the progress or age."""
        session = current_session()
        if session is None or item is None or context is None:
            return
        shown = row_of(session, item.name)
        row = layout.row()
        if not is_narrow():
            row.template_icon(shown.picture or _no_picture(), scale=_PICTURE_SCALE)
        lines = row.column(align=True)
        top, below = lines.row(), lines.row()
        if shown.can_be_renamed:
            top.prop(item, "title", text="", emboss=False, icon=shown.icon)
        else:
            top.label(text=shown.title, icon=shown.icon, translate=False)
        below.active = False
        below.alignment = "LEFT"
        name = item.title if shown.can_be_renamed else shown.title
        beside = _BESIDE_NAME + (0.0 if is_narrow() else _PICTURE)
        # below a name that is cut stands what tells it from others
        facts = shown.facts if fits(name, beside) else cut_of(name) or shown.facts
        if is_narrow():
            facts = facts.partition(" · ")[0]
        select = below.operator("aimocap.select_capture", text=facts, translate=False, emboss=False)
        set_options(select, capture_id=item.name)
        if shown.short and not is_narrow():
            end = below.row()
            end.alignment = "RIGHT"
            end.label(text=shown.short, translate=False)

    def filter_items(  # pyright: ignore[reportIncompatibleMethodOverride] -- Blender takes lists
        self,
        context: bpy.types.Context | None,
        data: object,
        property: str,  # noqa: A002 -- Blender's name
    ) -> "tuple[list[int], list[int]]":
        """Show the wanted captures whose titles contain the filter text."""
        return shown_rows(getattr(data, property), self.filter_name, self.bitflag_filter_item)


@dataclass(frozen=True)
class Row:
    """Content of a row.

    Attributes:
        title: its name.
        icon: of its state.
        short: progress or age.
        facts: the video; of a take that people named, its range and for whom it is.
        picture: an icon; 0 if there is none.
        can_be_renamed: whether the user may change the title.
    """

    title: str
    icon: "IconItems"
    short: str = ""
    facts: str = ""
    picture: int = 0
    can_be_renamed: bool = False


def cut_of(name: str) -> str:
    """Return what tells a take from others, where its name is cut: the range with its number, then the character."""
    _, *receiver, ends = name.split(" · ") if " · " in name else ("", "")
    return " · ".join((ends, *receiver))


def row_of(session: "Session", take_id: str) -> Row:
    """Return the content of a take's row."""
    if (preparation := session.captures.preparations.get(take_id)) is not None:
        return _row_of_preparation(preparation)
    if (running := session.previews.running.get(take_id)) is not None:
        return Row(running.take.name, "SORTTIME", f"{running.progress.share:.0%}", running.take.shows)
    take = session.take(take_id)
    if take is None:
        return Row("", "NONE")
    if (unfinished := session.previews.kept.unfinished.get(take_id)) is not None:
        return Row(take.name, "PAUSE", f"{unfinished.share:.0%}", take.shows)
    since = age(time.time() - take.created_at) or translated("now")
    row = Row(
        take.name,
        "HIDE_OFF",
        since,
        range_and_receiver(take) if take.name == take.title else take.shows,
        picture=picture_of(session, take),
        can_be_renamed=True,
    )
    if (view := session.captures.view(take_id)) is not None:
        short = briefly(view) if take_id not in session.captures.acts else translated("Saving")
        return replace(row, icon=icon_of(view), short=short)
    record = session.previews.kept.record(take_id)
    return replace(row, icon="HIDE_ON") if record is not None and record.captured_by else row


def _row_of_preparation(preparation: "Preparation") -> Row:
    if preparation.fault is not None:
        return Row(preparation.title, "ERROR")
    if preparation.is_saving:
        return Row(preparation.title, "FILE_TICK", translated("Saving"))
    return Row(preparation.title, "RENDER_ANIMATION", _share(*preparation.progress))


def _share(done: int, total: int) -> str:
    return f"{done / total:.0%}" if total else ""


class OnCapture:
    """Operator on one capture of the list."""

    bl_options = {"INTERNAL"}

    if TYPE_CHECKING:
        capture_id: str
    else:
        capture_id: bpy.props.StringProperty(options={"SKIP_SAVE"})


class SelectCapture(OnCapture, bpy.types.Operator):
    """Show the details of this capture below the list"""

    bl_idname = "aimocap.select_capture"
    bl_label = "Select Capture"

    def execute(self, context: bpy.types.Context) -> Returned:
        """Select it: Blender's own button for that covers one line of the row."""
        row = getattr(context.window_manager, ITEMS).find(self.capture_id)
        if row < 0:
            return {"CANCELLED"}
        setattr(context.window_manager, INDEX, row)
        return {"FINISHED"}


def draw_captures(layout: bpy.types.UILayout) -> None:
    """Draw the list, the selected capture, and the menu of lost captures."""
    manager, session = cast("Any", bpy.context).window_manager, current_session()
    items = getattr(manager, ITEMS)
    if session is not None and items:
        if len(items) > 1:
            draw_shelf_filter(layout)
        rows = min(len(items), _MOST_ROWS)
        layout.template_list(CapturesList.bl_idname, "", manager, ITEMS, manager, INDEX, rows=rows, maxrows=_MOST_ROWS)
        draw_take(layout, session, selected_capture())
    layout.menu("AIMOCAP_MT_recover", text="Lost Captures", icon="RECOVER_LAST")


def has_captures() -> bool:
    """Return whether the list has rows."""
    return bool(getattr(bpy.context.window_manager, ITEMS))


def selected_capture() -> str:
    """Return the ID of the capture selected in the list; '' if none is that the list shows."""
    manager = bpy.context.window_manager
    items, index = getattr(manager, ITEMS), getattr(manager, INDEX)
    return items[index].name if 0 <= index < len(items) and is_shown(items, index) else ""


def update_list() -> None:
    """Update the list, if anything was added to it or removed, and select a new capture."""
    session, manager = current_session(), cast("Any", bpy.context).window_manager
    if session is not None:
        keep_pictures(session)
    items = getattr(manager, ITEMS)
    state = (_state_of(session) if session is not None else (), len(items))
    # each tick asks, and a long list takes long to compare
    if _listed.state == state:
        return
    ids = _ids_of(session) if session is not None else []
    before = items.keys()
    if ids != before:
        selected = selected_capture()
        known = set(before)
        new = next((capture_id for capture_id in ids if capture_id not in known), "") if before else ""
        _make_equal(items, before, ids)
        # the selection stays on its take wherever that goes, unless one was just started
        wanted = new or selected
        index = ids.index(wanted) if wanted in ids else 0
        setattr(manager, INDEX, index)
        # what was just started is seen
        if new and not is_shown(items, index):
            show_all()
    _number(session, items)
    _listed.state = (state[0], len(ids))


@dataclass
class _Listed:
    """The state that the list was made from, and its length."""

    state: tuple[object, int] | None = None


_listed = lasting(_Listed)


def _state_of(session: "Session") -> object:
    return (session.id, *(source.listing for source in session.sources))


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


def _number(session: "Session | None", items: Any) -> None:  # noqa: ANN401 -- Blender's collection
    """Number rows of the same name, the oldest first."""
    counts: Counter[str] = Counter()
    for item in reversed(items):
        take = (session.captures.known.get(item.name) or session.take(item.name)) if session is not None else None
        if take is not None:
            counts[take.name] += 1
            item.number = counts[take.name]


def _ids_of(session: "Session") -> list[str]:
    """Return the IDs, newest first: those that are not on disk yet, then all others."""
    begun, kept = list[str](), list[tuple[float, str]]()
    for source in session.sources:
        begun += reversed(source.unfinished())
        kept += source.order()
    kept.sort(key=lambda pair: pair[0], reverse=True)
    return [*begun, *(take_id for _, take_id in kept)]


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


@persistent
def _before_undo(*_: object) -> None:
    if (session := current_session()) is not None:
        session.application.look_before_undo()


@persistent
def _undone(*_: object) -> None:
    """Have the list say which motions are applied now."""
    if (session := current_session()) is not None:
        session.application.look_for_undone()


CLASSES = (CaptureItem, CapturesList, SelectCapture)
_HANDLERS = AppHandlers(
    (_another_file, ("load_post",)), (_before_undo, ("undo_pre", "redo_pre")), (_undone, ("undo_post", "redo_post"))
)


def register() -> None:
    """Add the properties of the list."""
    manager = cast("Any", bpy.types.WindowManager)
    setattr(manager, ITEMS, bpy.props.CollectionProperty(type=CaptureItem, options={"HIDDEN"}))
    shown = "Capture whose details are shown below the list"
    setattr(manager, INDEX, cast("Any", bpy.props).IntProperty(name="Capture", description=shown))
    _HANDLERS.add()


def unregister() -> None:
    """Remove the properties of the list."""
    _HANDLERS.remove()
    manager = cast("Any", bpy.types.WindowManager)
    delattr(manager, INDEX)
    delattr(manager, ITEMS)
