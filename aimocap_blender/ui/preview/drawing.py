"""The preview's button in the Capture panel, and its rows and details in the list of captures."""

from typing import TYPE_CHECKING

import bpy

from ...jobs.durations import clock
from ...scene.video.strips import StripSource, selected_videos
from ...takes.previews.planning import NO_NETWORKS
from ...takes.previews.video_checks import Verdict
from ...takes.session import current_session
from ...texts.text import Text
from ...vision.network_files import networks_available
from ..motion.outcome_words import draw_note
from ..text.option_properties import option_button, set_options
from ..text.translation import translated
from ..text.waits import draw_bar
from ..text.wrapped_text import row_if_wide, say
from .corrections_list import draw_corrections
from .progress_bars import free_bar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpy.stub_internal.rna_enums import IconItems

    from ...takes.previews.running import RunningPreview
    from ...takes.session import Session


_MOST_PEOPLE = 6
_VERDICT_ICONS: "Mapping[Verdict | None, IconItems]" = {Verdict.GOOD: "CHECKMARK", Verdict.RISKY: "INFO"}


def draw_free_of_charge(
    layout: bpy.types.UILayout, context: bpy.types.Context, source: StripSource | None, *, ready: bool
) -> None:
    """Draw the buttons that check a range and, for a character that is ready, preview it, and what the check found."""
    if not networks_available():
        say(layout, NO_NETWORKS.what, "INFO")
        say(layout, NO_NETWORKS.next_step, "BLANK1")
        return
    session = current_session()
    checks = session.video_checks if session is not None else None
    row = row_if_wide(layout)
    checking, previewing = row.row(align=True), row.row(align=True)
    checking.enabled, previewing.enabled = source is not None, ready and source is not None
    checking.operator("aimocap.check_video", icon="VIEWZOOM")
    previewing.operator("aimocap.preview_motion", icon="HIDE_OFF")
    if previewing.enabled and len(selected_videos(context)) > 1:
        column = layout.column(align=True)
        buttons: tuple[tuple[str, IconItems, bool], ...] = (
            ("Free Preview Together", "VIEW_CAMERA", False),
            ("As Placed", "LINKED", True),
        )
        for text, icon, in_sync in buttons:
            together = column.operator("aimocap.preview_motion", text=text, icon=icon)
            set_options(together, together=True, in_sync=in_sync)
    bar = free_bar(session, source) if source is not None else None
    if bar is not None:
        draw_bar(layout, bar)
    else:
        say(layout, "A rough motion. Nothing is uploaded.")
    found = checks.found(source) if checks is not None and source is not None else None
    if found is not None:
        row = layout.column(align=True)
        row.alert = found.verdict is Verdict.HOPELESS
        for number, sentence in enumerate(found.sentences):
            say(row, sentence, "BLANK1" if number else _VERDICT_ICONS.get(found.verdict, "ERROR"))


def draw_preview(box: bpy.types.UILayout, session: "Session", preview_id: str) -> None:
    """Draw the progress, or the outcome and the buttons."""
    previews, note = session.previews, session.application.notes.get(preview_id)
    running = previews.running.get(preview_id)
    if running is not None:
        _draw_running(box, running)
        return
    if (unfinished := previews.kept.unfinished.get(preview_id)) is not None:
        row = box.row(align=True)
        option_button(row, "aimocap.resume_preview", "Resume", "PLAY", preview_id=preview_id)
        option_button(row, "aimocap.remove_preview", "", "TRASH", preview_id=preview_id)
        say(box, "This preview is unfinished.")
        box.progress(factor=unfinished.share, text=f"{unfinished.share:.0%}")
        return
    record = previews.kept.record(preview_id)
    if record is None:
        return
    row = box.row(align=True)
    option_button(row, "aimocap.apply_preview", "Apply", "ARMATURE_DATA", preview_id=preview_id)
    if record.has_other_up:
        option_button(row, "aimocap.turn_preview", "Other Up", "ORIENTATION_GIMBAL", preview_id=preview_id)
    if note is not None:
        row.operator("aimocap.render_review", text="", icon="RENDER_ANIMATION", emboss=False)
    option_button(row, "aimocap.remove_preview", "", "TRASH", preview_id=preview_id)
    if record.captured_by:
        say(box, "A capture of the same video has replaced it.", "HIDE_ON")
    draw_note(box, preview_id, note)
    draw_corrections(box, session, session.take(preview_id))
    if record.cuts:
        set_options(box.operator("aimocap.preview_motion", text="Take per Shot"), per_shot=True)
    if record.people > 1:
        say(box, "Preview the active strip's motion of person:")
        row = box.row(align=True)
        for number in range(1, min(record.people, _MOST_PEOPLE) + 1):
            set_options(row.operator("aimocap.preview_motion", text=str(number)), person=number)
        set_options(row.operator("aimocap.preview_motion", text="Everyone"), everyone=True)


def _draw_running(box: bpy.types.UILayout, running: "RunningPreview") -> None:
    option_button(box.row(align=True), "aimocap.stop_preview", "Stop", "PANEL_CLOSE", preview_id=running.id)
    progress = running.progress
    say(box, progress.what)
    text = f"{progress.share:.0%}"
    if progress.seconds_left is not None:
        text += " · " + translated(Text("{time} left", time=clock(progress.seconds_left)))
    box.progress(factor=progress.share, text=text)
