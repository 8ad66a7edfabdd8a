"""The list of captures: which it shows, and in which order, what rows contain, and the details of the selected one."""

import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, cast

import bpy
from bpy.app.handlers import persistent

from ...jobs.timing import age
from ...scene.windows import AppHandlers, in_a_window
from ...takes.session import Session, current_session
from ...takes.take import Kind, Standing, Take
from ...texts.faults import Fault
from ...while_enabled import discarded, lasting
from ..preview.thumbnail_strip import keep_pictures, picture_of
from ..text.option_properties import set_options
from ..text.reporting import Flags, Returned
from ..text.translation import translated
from ..text.wrapped_text import fits, is_narrow, row_if_wide
from .details import briefly, draw_take, icon_of, range_and_receiver

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems

    from ...takes.captures.captures import Preparation


_MOST_ROWS = 3
"""Of two lines each; more are filtered."""
_BESIDE_NAME, _PICTURE = 116.0, 44.0
"""Widths in a row of the sidebar, unscaled: beside a name, and of a picture."""
_PICTURE_SCALE = 2.0
"""Side of a picture, in the height of a line."""

_SHELF = "aimocap_shelf"
"""Property of the window manager."""
ITEMS, INDEX = "aimocap_captures", "aimocap_capture_index"
"""Those of the list, since Blender's lists can only show properties."""


def _select_shown(_shelf: object, _context: bpy.types.Context) -> None:
    """Select the first row that is shown, if the selected one isn't any more."""
    manager = bpy.context.window_manager
    items, index = getattr(manager, ITEMS), getattr(manager, INDEX)
    if 0 <= index < len(items) and not is_shown(items, index):
        for row in range(len(items)):
            if is_shown(items, row):
                setattr(manager, INDEX, row)
                return


class ShelfFilter(bpy.types.PropertyGroup):
    """Choices of which captures the list shows."""

    if TYPE_CHECKING:
        text: str
        this_file: bool
        standing: Literal["ALL", "RUNNING", "READY", "APPLIED", "FAILED", "PREVIEW"]
        order: Literal["NEWEST", "VIDEO"]
    else:
        text: bpy.props.StringProperty(
            name="Search",
            description="Show only takes with this in the name or in the name of the video",
            options={"TEXTEDIT_UPDATE"},
            update=_select_shown,
        )
        this_file: bpy.props.BoolProperty(
            name="This File",
            description="Show only captures that were started in the blend file that is open",
            update=_select_shown,
        )
        standing: bpy.props.EnumProperty(
            name="State",
            update=_select_shown,
            description="Show only captures in this state",
            items=(
                ("ALL", "All", "Show all captures and previews", "ALIGN_JUSTIFY", 0),
                (Standing.RUNNING.value, "Running", "Show captures that aren't finished", "SORTTIME", 1),
                (Standing.READY.value, "Ready", "Show finished captures that weren't applied yet", "ARMATURE_DATA", 2),
                (Standing.APPLIED.value, "Applied", "Show captures that were applied to a character", "CHECKMARK", 3),
                (
                    Standing.FAILED.value,
                    "Failed",
                    "Show captures that ended without motion or wait for you",
                    "ERROR",
                    4,
                ),
                (Kind.PREVIEW.value, "Previews", "Show only free previews", "HIDE_OFF", 5),
            ),
        )
        order: bpy.props.EnumProperty(
            name="Order",
            description="Order of the captures",
            items=(
                ("NEWEST", "Newest First", "Show the newest captures first", "SORTTIME", 0),
                ("VIDEO", "By Video", "Show captures of the same video together", "FILE_MOVIE", 1),
            ),
        )


def draw_shelf_filter(layout: bpy.types.UILayout) -> None:
    """Draw the search and the choices of what the list shows, in one row if there is room."""
    shelf, row = _shelf(), row_if_wide(layout)
    row.prop(shelf, "text", text="", icon="VIEWZOOM", placeholder=translated("Search"))  # Blender's own stays English
    choices = row.row(align=True)
    choices.prop(shelf, "this_file", text="", icon="FILE_BLEND", toggle=True)
    choices.prop(shelf, "standing", text="", icon_only=True)
    choices.prop(shelf, "order", text="", icon_only=True)


def show_all() -> None:
    """Show all captures again."""
    shelf = _shelf()
    shelf.text, shelf.this_file, shelf.standing = "", False, "ALL"


def is_shown(items: Any, row: int) -> bool:  # noqa: ANN401 -- Blender's collection
    """Return whether the list shows one of its rows."""
    shelf, session = _shelf(), current_session()
    return session is None or not _is_filtered(shelf) or _is_wanted(_take(session, items[row].name), shelf)


def _is_filtered(shelf: ShelfFilter) -> bool:
    return shelf.this_file or bool(shelf.text) or shelf.standing != "ALL"


def shown_rows(items: Any, text: str, shown: int) -> tuple[list[int], list[int]]:  # noqa: ANN401 -- Blender's collection
    """Return the flags of rows whose names have a text, and the new place of each; empty lists for all as they are."""
    shelf, session = _shelf(), current_session()
    if session is None or not (text or _is_filtered(shelf) or shelf.order != "NEWEST"):
        return [], []
    # each row once: both the flags and the places need its take
    found = [_take(session, item.name) for item in items]
    flags = [shown if _is_wanted(one, shelf) and _contains(one, text) else 0 for one in found]
    return flags, _by_video(found) if shelf.order == "VIDEO" else []


def _shelf() -> ShelfFilter:
    return cast("ShelfFilter", getattr(bpy.context.window_manager, _SHELF))


def _contains(one: Take, text: str) -> bool:
    # by what the row shows, so that nobody wonders why it was found
    return text.casefold() in f"{one.name} {one.shows}".casefold()


def _is_wanted(one: Take, shelf: ShelfFilter) -> bool:
    # a preview is nothing but a preview, whether it was applied or not
    standing = one.standing.value if one.kind is Kind.CAPTURE else one.kind.value
    return (
        shelf.standing in {"ALL", standing}
        and (not shelf.this_file or (one.binding is not None and one.binding.is_of_open_file))
        and _contains(one, shelf.text)
    )


def _by_video(found: list[Take]) -> list[int]:
    """Return the new place of each row: those of the video with the newest capture first."""
    newest: dict[str, float] = {}
    for one in found:
        newest[one.video] = max(newest.get(one.video, 0.0), one.created_at)
    order = sorted(range(len(found)), key=lambda row: (-newest[found[row].video], found[row].video, row))
    # Blender asks for each row's new place, not for the rows in their new order
    places = [0] * len(found)
    for place, row in enumerate(order):
        places[row] = place
    return places


def _take(session: Session, take_id: str) -> Take:
    """Return a row's take; a capture as it last changed, so that a long list asks for none."""
    return session.captures.known.get(take_id) or session.take(take_id) or _NOTHING


_NOTHING = Take(Kind.CAPTURE, standing=Standing.FAILED)


def _add_filter() -> None:
    """Add the choices to the window manager."""
    shelf = cast("Any", bpy.props).PointerProperty(type=ShelfFilter, options={"SKIP_SAVE"})
    setattr(bpy.types.WindowManager, _SHELF, shelf)


def _remove_filter() -> None:
    """Remove them."""
    delattr(bpy.types.WindowManager, _SHELF)


def _title_of(item: "CaptureItem") -> str:
    session = current_session()
    take = session.take(item.name) if session is not None else None
    if take is None:
        return ""
    return f"{take.name} {item.number}" if item.number > 1 else take.name


def _rename(item: "CaptureItem", title: str) -> None:
    session = current_session()
    source = session.source_of(item.name) if session is not None else None
    # leaving the field without a change writes its name, which may have a number that is no part of the title
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

    def filter_items(  # pyrefly: ignore[bad-override] -- Blender takes lists
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
    # the end of a name is cut, so that its title is seen in any case
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

    bl_options: Flags = {"INTERNAL"}

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
        # of a single one there is nothing to look for
        if len(items) > 1:
            draw_shelf_filter(layout)
        rows = min(len(items), _MOST_ROWS)
        layout.template_list(CapturesList.bl_idname, "", manager, ITEMS, manager, INDEX, rows=rows, maxrows=_MOST_ROWS)
        draw_take(layout, session, selected_capture())
    layout.menu("AIMOCAP_MT_recover", text="Lost Captures", icon="RECOVER_LAST")


def has_captures() -> bool:
    """Return whether the list has rows, or had some: whoever forgot the only capture restores it there."""
    return _listed.had_rows or bool(getattr(bpy.context.window_manager, ITEMS))


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
    _listed.state, _listed.had_rows = (state[0], len(ids)), _listed.had_rows or bool(ids)


@dataclass
class _Listed:
    """The state that the list was made from with its length, and whether it ever had rows."""

    state: tuple[object, int] | None = None
    had_rows: bool = False


_listed = lasting(_Listed)


def _state_of(session: "Session") -> object:
    return (session.id, *(source.listing for source in session.sources))


def _make_equal(items: Any, before: list[str], ids: list[str]) -> None:  # noqa: ANN401 -- Blender's collection
    """Make the rows equal to these ids, changing the fewest at its beginning, where new ones are."""
    same = 0
    # a collection of thousands takes seconds to make anew, and a new capture changes its first row only
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
    # from the oldest on, so that a new one leaves the numbers of the others as they are
    for item in reversed(items):
        take = (session.captures.known.get(item.name) or session.take(item.name)) if session is not None else None
        if take is not None:
            counts[take.name] += 1
            item.number = counts[take.name]


def _ids_of(session: "Session") -> list[str]:
    """Return the IDs, newest first: those that are not on disk yet, then all others."""
    begun, kept = list[str](), list[tuple[float, str]]()
    # each source is in order: only captures and previews among each other have to be sorted
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
    """Update the list, which is stored in the window manager of each file, and what is said of its takes."""
    if (session := current_session()) is not None:
        session.application.look_for_another_file()
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


_HANDLERS = AppHandlers(
    (_another_file, ("load_post",)), (_before_undo, ("undo_pre", "redo_pre")), (_undone, ("undo_post", "redo_post"))
)


def register() -> None:
    """Add the properties of the list."""
    manager = cast("Any", bpy.types.WindowManager)
    setattr(manager, ITEMS, bpy.props.CollectionProperty(type=CaptureItem, options={"HIDDEN"}))
    shown = "Capture whose details are shown below the list"
    setattr(manager, INDEX, cast("Any", bpy.props).IntProperty(name="Capture", description=shown))
    _add_filter()
    _HANDLERS.add()


def unregister() -> None:
    """Remove the properties of the list."""
    _HANDLERS.remove()
    manager = cast("Any", bpy.types.WindowManager)
    delattr(manager, INDEX)
    delattr(manager, ITEMS)
    _remove_filter()


CLASSES = (CaptureItem, CapturesList, SelectCapture, ShelfFilter)
