"""Drawing of the preview's button, of its rows and details in the list, and of progress.

Progress of what is done for the video and its takes is next to the buttons that began it, and in the status bar.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...jobs.capture import State
from ...jobs.runner import CaptureView
from ...jobs.timing import clock, time_left
from ...scene.video.strips import StripSource, selected_videos
from ...takes.captures.capture_takes import seconds_left
from ...takes.captures.captures import Preparation
from ...takes.previews.kept import PreviewRecord
from ...takes.previews.planning import NO_NETWORKS
from ...takes.previews.running import RunningPreview, Verdict
from ...takes.session import Session, current_session, progress_of
from ...takes.take import Kind, Take
from ...texts.text import Text
from ...vision.network_graph import networks_available
from ..motion.outcome_words import draw_note
from ..text.modal_work import Bar, draw_bar
from ..text.option_properties import option_button, set_options
from ..text.translation import translated
from ..text.wrapped_text import row_if_wide, say
from .corrections import draw_corrections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpy.stub_internal.rna_enums import IconItems


_MOST_PEOPLE = 6
_VERDICT_ICONS: "Mapping[Verdict | None, IconItems]" = {Verdict.GOOD: "CHECKMARK", Verdict.RISKY: "INFO"}

_MEGABYTE = 1e6
# sentences of `jobs/view.py`
_QUEUED, _PROCESSING, _NOT_HEARD = "Queued.", "Processing.", "Waiting for the service."


def applying_bar(session: Session, take_id: str) -> Bar | None:
    """Return the bar of a take whose motion is read to be applied; None for all others."""
    return next((_of_applying(take) for take in session.application.waiting() if take.id == take_id), None)


def free_bar(session: Session | None, source: StripSource) -> Bar | None:
    """Return the bar of a strip's check or preview; None while there is none."""
    if session is None:
        return None
    if (done := session.video_checks.progress(source)) is not None:
        return Bar(Text("Checking the video"), _part(*done), ("aimocap.check_video", "stop", True))
    running = (one for one in session.previews.running.values() if one.plan.source.name == source.name)
    bars = (*map(_of_preview, running), *_being_applied(session, Kind.PREVIEW, source.name))
    return next(iter(bars), None)


def capture_bar(session: Session | None, source: StripSource) -> Bar | None:
    """Return the bar of the newest capture of a strip that is being made; None while there is none."""
    return next(_of_captures(session, source.name), None) if session is not None else None


def _of_captures(session: Session, strip: str) -> Iterator[Bar]:
    for one in session.captures.preparations.values():
        if one.active and one.plan.binding.strip == strip:
            yield _of_preparation(one)
    # what was a preparation until it had a record
    views = (session.captures.view(take.id) for take in session.captures.under_way() if _is_of(take.binding, strip))
    for view in sorted(filter(None, views), key=lambda view: -view.created_at):
        yield _of_capture(session, view)
    yield from _being_applied(session, Kind.CAPTURE, strip)


def _being_applied(session: Session, kind: Kind, strip: str) -> Iterator[Bar]:
    takes = session.application.waiting()
    yield from (_of_applying(take) for take in takes if take.kind is kind and _is_of(take.binding, strip))


def _of_applying(take: Take) -> Bar:
    return Bar(Text("Applying the motion"), 1.0, ("aimocap.stop_work", "work", take.id))


def _is_of(binding: object, strip: str) -> bool:
    return getattr(binding, "strip", None) == strip


def _of_preview(running: RunningPreview) -> Bar:
    now = running.progress
    text = now.what
    if now.seconds_left is not None:
        text = Text("{what}, {time} left", what=now.what, time=clock(now.seconds_left))
    return Bar(text, now.share, ("aimocap.stop_preview", "preview_id", running.id))


def _of_preparation(preparation: Preparation) -> Bar:
    if preparation.is_saving:
        return Bar(Text("Saving the capture"), 0.0)
    done, total = preparation.progress
    text = Text("Rendering {done} of {total} frames", done=done, total=total)
    return Bar(text, _part(done, total), ("aimocap.stop_following", "capture_id", preparation.id))


def _of_capture(session: Session, view: CaptureView) -> Bar:
    stop = ("aimocap.stop_following", "capture_id", view.id)
    if view.transferred is not None:
        done, total = (f"{size / _MEGABYTE:.1f}" for size in view.transferred)
        text = Text("Uploading {done} of {total} MB", done=done, total=total)
        if view.state == State.DOWNLOADING:
            text = Text("Downloading {done} of {total} MB", done=done, total=total)
        return Bar(text, _part(*view.transferred), stop)
    left = seconds_left(session.captures.known.values(), view, time.time())
    done = view.elapsed_sec / max(view.elapsed_sec + max(left, 0.0), 1.0) if left is not None else 0.0
    return Bar(_wait_in_words(view, left), done, stop)


def _wait_in_words(view: CaptureView, left: float | None) -> Text:
    """Return for what a capture waits, with an estimate of the seconds that are left, or for how long."""
    # later its card says that it takes longer than earlier ones
    if left is not None and left >= 0.0:
        words = Text.of(time_left(left))
        return (
            Text("In the queue, {left}", left=words) if view.what == _QUEUED else Text("Processing, {left}", left=words)
        )
    elapsed = clock(view.elapsed_sec)
    if view.what == _QUEUED:
        return Text("In the queue for {elapsed}", elapsed=elapsed)
    if view.what == _PROCESSING:
        return Text("Processing for {elapsed}", elapsed=elapsed)
    if view.trouble or view.what == _NOT_HEARD:
        return Text("Waiting {elapsed} for the service", elapsed=elapsed)
    return Text("{what} {elapsed}", what=view.what, elapsed=elapsed)


def _part(done: int, total: int) -> float:
    return done / total if total else 0.0


def _draw(self: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    session = current_session()
    # every window has this bar, so it takes no room while nothing is done
    progress = progress_of(session) if session is not None else None
    if progress is None:
        return
    row = self.layout.row()
    row.label(text=f"AIMoCap: {translated(progress.sentence)}", icon="SORTTIME")
    if progress.factor is not None:
        bar = row.row()
        bar.ui_units_x = 5
        bar.progress(factor=progress.factor, text=f"{progress.factor:.0%}")


def register() -> None:
    """Add the progress to the status bar."""
    cast("Any", bpy.types).STATUSBAR_HT_header.append(_draw)


def unregister() -> None:
    """Remove it from the status bar."""
    cast("Any", bpy.types).STATUSBAR_HT_header.remove(_draw)


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
    # several videos may show the same scene
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
    # only what is on a character can be rendered beside the video
    if note is not None:
        row.operator("aimocap.render_review", text="", icon="RENDER_ANIMATION", emboss=False)
    option_button(row, "aimocap.remove_preview", "", "TRASH", preview_id=preview_id)
    _draw_others(box, record)
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


def _draw_others(box: bpy.types.UILayout, record: PreviewRecord) -> None:
    """Draw buttons that take what explains the video about as well: beside Apply their labels would be cut."""
    if not (record.has_other_up or record.has_other_offset):
        return
    row = box.row(align=True)
    if record.has_other_up:
        option_button(row, "aimocap.turn_preview", "Other Up", "ORIENTATION_GIMBAL", preview_id=record.id)
    if record.has_other_offset:
        option_button(row, "aimocap.take_other_offset", "Other Offset", "LINKED", preview_id=record.id)


def _draw_running(box: bpy.types.UILayout, running: "RunningPreview") -> None:
    option_button(box.row(align=True), "aimocap.stop_preview", "Stop", "PANEL_CLOSE", preview_id=running.id)
    progress = running.progress
    say(box, progress.what)
    text = f"{progress.share:.0%}"
    if progress.seconds_left is not None:
        text += " · " + translated(Text("{time} left", time=clock(progress.seconds_left)))
    box.progress(factor=progress.share, text=text)
