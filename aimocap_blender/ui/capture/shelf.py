"""Which captures the list shows, and in which order."""

from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

from ...takes.session import Session, current_session
from ...takes.take import Kind, Standing, Take
from ..text.translation import translated
from ..text.wrapped_text import row_if_wide

_SHELF = "aimocap_shelf"
"""Property of the window manager."""
ITEMS, INDEX = "aimocap_captures", "aimocap_capture_index"
"""Those of the list, since Blender's lists can only show properties."""


def _select_shown(_shelf: object, _context: bpy.types.Context) -> None:
    """Select the first row that is shown, if the selected one isn't any more."""
    manager = bpy.context.window_manager
    items, index = getattr(manager, ITEMS), getattr(manager, INDEX)
    if 0 <= index < len(items) and not is_shown(items, index):
        shown = [row for row in range(len(items)) if is_shown(items, row)]
        if shown:
            setattr(manager, INDEX, shown[0])


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
    found = [_take(session, item.name) for item in items]
    flags = [shown if _is_wanted(one, shelf) and _contains(one, text) else 0 for one in found]
    return flags, _by_video(found) if shelf.order == "VIDEO" else []


def _shelf() -> ShelfFilter:
    return cast("ShelfFilter", getattr(bpy.context.window_manager, _SHELF))


def _contains(one: Take, text: str) -> bool:
    return text.casefold() in f"{one.name} {one.shows}".casefold()


def _is_wanted(one: Take, shelf: ShelfFilter) -> bool:
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
    places = [0] * len(found)
    for place, row in enumerate(order):
        places[row] = place
    return places


def _take(session: Session, take_id: str) -> Take:
    """Return a row's take; a capture as it last changed, so that a long list asks for none."""
    return session.captures.known.get(take_id) or session.take(take_id) or _NOTHING


_NOTHING = Take(Kind.CAPTURE, standing=Standing.FAILED)

CLASSES = (ShelfFilter,)


def register() -> None:
    """Add the choices to the window manager."""
    shelf = cast("Any", bpy.props).PointerProperty(type=ShelfFilter, options={"SKIP_SAVE"})
    setattr(bpy.types.WindowManager, _SHELF, shelf)


def unregister() -> None:
    """Remove them."""
    delattr(bpy.types.WindowManager, _SHELF)
