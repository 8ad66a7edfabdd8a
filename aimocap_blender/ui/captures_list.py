"""The rows of the captures list: what each capture is doing, and what one can do about it."""

from typing import TYPE_CHECKING

import bpy

from ..jobs.runner import CaptureView
from ..jobs.setbacks import OTHER_KEY, UNKNOWN_JOB
from ..service.faults import Kind
from . import following, preferences
from .wrapped_text import say

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems

_MEBIBYTE = 1 << 20
PREFERENCES = "preferences.addon_show"
_IN_PREFERENCES = {Kind.KEY, Kind.ADDRESS, OTHER_KEY, UNKNOWN_JOB}
"""What is put right in the add-on's preferences."""


def draw_captures(layout: bpy.types.UILayout) -> None:
    """A box for each clip being rendered and each capture, the newest first; below them what brings back a lost one."""
    _draw_rows(layout)
    layout.menu("AIMOCAP_MT_recover", icon="RECOVER_LAST")


def _draw_rows(layout: bpy.types.UILayout) -> None:
    session = following.current()
    views = session.runner.captures() if session is not None else ()
    if session is None or not (session.preparations or views):
        say(layout, "Captures that you start are listed here.")
        return
    for preparation in session.preparations.values():
        box = layout.box().column(align=True)
        row = box.row()
        row.label(text=preparation.title, icon="RENDER_ANIMATION")
        _button(row, "aimocap.stop_following", preparation.id, "PANEL_CLOSE")
        if preparation.fault is not None:
            say(box, str(preparation.fault), "ERROR")
        else:
            done, total = preparation.progress
            say(box, f"A clip of the range is rendered: {preparation.reason}.")
            box.progress(factor=done / max(total, 1), text=f"{done} of {total} frames")
    for view in views:
        _draw_capture(layout.box().column(align=True), session, view)


def _draw_capture(box: bpy.types.UILayout, session: following.Following, view: CaptureView) -> None:
    note = session.notes.get(view.id)
    row = box.row()
    row.label(text=view.title, icon=_icon(view))
    if view.trouble or (note is not None and note.failed):
        row.operator("aimocap.copy_report", text="", icon="COPYDOWN", emboss=False)
    if view.followed:
        _button(row, "aimocap.stop_following", view.id, "PANEL_CLOSE")
    else:
        _button(row, "aimocap.forget_capture", view.id, "TRASH")
    say(box, view.what)
    if view.next_step:
        say(box, view.next_step)
    if view.transferred is not None:
        done, total = view.transferred
        box.progress(
            factor=done / max(total, 1),
            text=f"{done / _MEBIBYTE:.1f} of {total / _MEBIBYTE:.1f} MiB",
        )
    if view.followed:
        minutes, seconds = divmod(int(view.elapsed_sec), 60)
        said = f" – {view.events[-1]}" if view.events else ""
        say(box, f"{minutes}:{seconds:02d}{said}")
    if session.is_to_be_applied(view) and session.waits_for_the_scene(view):
        say(box, "It is put on the character when Edit Mode, or the render, is over.")
    if waits := session.where_it_waits(view):
        say(box, waits)
    if note is not None:
        say(box, note.sentence, "ERROR" if note.failed else "CHECKMARK")
        for sentence in note.details:
            say(box, sentence, "BLANK1")
    _draw_choices(box.row(align=True), view)


def _draw_choices(row: bpy.types.UILayout, view: CaptureView) -> None:
    for operator, text, icon in choices_of(view):
        if operator == PREFERENCES:
            setattr(row.operator(operator, text=text, icon=icon), "module", preferences.ADDON)  # noqa: B010 -- unknown to the stubs
        else:
            _button(row, operator, view.id, icon, text)


def choices_of(view: CaptureView) -> "tuple[tuple[str, str, IconItems], ...]":
    """What one can do about a capture: operator, text and icon of each button, what helps first before the others."""
    if view.state == "done":
        return (("aimocap.apply_capture", "Apply", "ARMATURE_DATA"),)
    if view.state == "unconfirmed":
        return (
            ("aimocap.check_again", "Check Again", "FILE_REFRESH"),
            ("aimocap.submit_anyway", "Submit Anyway", "ERROR"),
        )
    if not view.can_follow:
        return ()
    if view.state != "blocked":
        return (("aimocap.follow_capture", "Follow", "PLAY"),)
    again: tuple[str, str, IconItems] = ("aimocap.follow_capture", "Follow Again", "PLAY")
    if view.trouble in _IN_PREFERENCES:
        return ((PREFERENCES, "Preferences", "PREFERENCES"), again)
    return (again,)


def _button(layout: bpy.types.UILayout, operator: str, capture_id: str, icon: "IconItems", text: str = "") -> None:
    setattr(layout.operator(operator, text=text, icon=icon, emboss=bool(text)), "capture_id", capture_id)  # noqa: B010 -- unknown to the stubs


def _icon(view: CaptureView) -> "IconItems":
    if view.state == "done":
        return "CHECKMARK"
    if view.followed:
        return "SORTTIME"
    return "PAUSE" if view.can_follow else "X"
