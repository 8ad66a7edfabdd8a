"""What one sees of the capture that is selected in the list, and what one can do about it."""

from typing import TYPE_CHECKING

import bpy

from ...jobs.durations import clock
from ...jobs.runner import CaptureView
from ...jobs.trouble_kinds import TroubleKind
from ...service.faults import Kind
from ..setup import preferences
from ..text.translation import translated
from ..text.wrapped_text import say
from .words import facts_of, kept_until, mebibytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bpy.stub_internal.rna_enums import IconItems

    from ...session.planning import Preparation
    from ...session.session import Session

PREFERENCES = "preferences.addon_show"
_IN_PREFERENCES = {Kind.KEY, Kind.ADDRESS, TroubleKind.OTHER_KEY, TroubleKind.UNKNOWN_JOB}
"""What is put right in the add-on's preferences."""


def draw_preparation(box: bpy.types.UILayout, preparation: "Preparation") -> None:
    """A clip that is rendered before its capture begins."""
    row = box.row()
    row.label(text=preparation.title, icon="RENDER_ANIMATION", translate=False)
    buttons_for(row, preparation.id)("aimocap.stop_following", "", "PANEL_CLOSE")
    if preparation.fault is not None:
        say(box, str(preparation.fault), "ERROR")
    else:
        done, total = preparation.progress
        say(box, f"A clip of the range is rendered: {preparation.reason}.")
        box.progress(factor=done / max(total, 1), text=translated(f"{done} of {total} frames"))


def draw_capture(box: bpy.types.UILayout, session: "Session", view: CaptureView) -> None:
    """How it stands in sentences, how far it is, how its motion went on, and the buttons."""
    note = session.notes.get(view.id)
    row = box.row()
    row.label(text=facts_of(view), translate=False)
    if view.trouble or (note is not None and note.failed):
        row.operator("aimocap.copy_report", text="", icon="COPYDOWN", emboss=False)
    if view.followed:
        buttons_for(row, view.id)("aimocap.stop_following", "", "PANEL_CLOSE")
    else:
        buttons_for(row, view.id)("aimocap.forget_capture", "", "TRASH")
    say(box, view.what)
    if view.next_step:
        say(box, view.next_step)
    if view.transferred is not None:
        done, total = view.transferred
        box.progress(factor=done / max(total, 1), text=f"{mebibytes(done)} / {mebibytes(total)}")
    for sentence, icon in _what_else(session, view):
        say(box, sentence, icon)
    if is_without_its_motion(view):
        buttons_for(box, view.id)("aimocap.copy_job_id", view.job_id, "COPYDOWN")
    if view.rejected:
        buttons_for(box, view.id)("aimocap.open_capture_folder", "Show Rejected File", "FILE_FOLDER")
    buttons = box.row(align=True)
    for operator, text, icon in choices_of(view):
        if operator == PREFERENCES:
            setattr(buttons.operator(operator, text=text, icon=icon), "module", preferences.ADDON)  # noqa: B010 -- unknown to the stubs
        else:
            buttons_for(buttons, view.id)(operator, text, icon)
    buttons.menu("AIMOCAP_MT_capture", text="", icon="DOWNARROW_HLT")


def _what_else(session: "Session", view: CaptureView) -> "Iterator[tuple[str, IconItems]]":
    if view.followed:
        yield f"{clock(view.elapsed_sec)} – {view.events[-1]}" if view.events else clock(view.elapsed_sec), "NONE"
    if session.is_to_be_applied(view) and session.cannot_be_keyed(view):
        yield "It is put on the character when Edit Mode, or the render, is over.", "NONE"
    yield session.how_to_apply(view), "NONE"
    if (note := session.notes.get(view.id)) is not None:
        yield note.sentence, "ERROR" if note.failed else "CHECKMARK"
        yield note.warning, "ERROR"
        for sentence in note.details:
            yield sentence, "BLANK1"
    if view.state == "failed" and view.paid:
        yield "The service says that it refunds failed jobs to your API credits.", "NONE"
    yield kept_until(view), "NONE"


def is_without_its_motion(view: CaptureView) -> bool:
    """Whether its job, which may be paid, is what support would ask for."""
    return bool(view.job_id) and view.paid and not view.followed and (view.state != "done" or view.can_check_again)


def choices_of(view: CaptureView) -> "tuple[tuple[str, str, IconItems], ...]":
    """What one can do about a capture: operator, text and icon of each button, what helps first before the others."""
    check: tuple[str, str, IconItems] = ("aimocap.check_again", "Check Again", "FILE_REFRESH")
    if view.state == "done":
        apply: tuple[str, str, IconItems] = ("aimocap.apply_capture", "Apply", "ARMATURE_DATA")
        return (apply, check) if view.can_check_again else (apply,)
    if view.state == "unconfirmed":
        return (check, ("aimocap.submit_anyway", "Submit Again" if view.refused else "Submit Anyway", "ERROR"))
    if view.can_check_again or not view.can_follow:
        return (check,) if view.can_check_again else ()
    if view.state != "blocked":
        return (("aimocap.follow_capture", "Follow", "PLAY"),)
    again: tuple[str, str, IconItems] = ("aimocap.follow_capture", "Follow Again", "PLAY")
    if view.trouble in _IN_PREFERENCES:
        return ((PREFERENCES, "Preferences", "PREFERENCES"), again)
    return (again,)


def buttons_for(layout: bpy.types.UILayout, capture_id: str) -> "Callable[[str, str, IconItems], object]":
    """What puts a button into a layout that calls an operator for a capture; its further properties may be set."""

    def button(operator: str, text: str, icon: "IconItems") -> object:
        called = layout.operator(operator, text=text, icon=icon, emboss=bool(text))
        setattr(called, "capture_id", capture_id)  # noqa: B010 -- unknown to the stubs
        return called

    return button
