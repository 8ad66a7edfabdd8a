"""Help: the manual's pages, a check of the connection and the API key, free of charge, and the report for support.

Online Manual (F1, or the context menu of a button) opens the pages that are in the zip.

An ended connection must not end Blender. Python usually ignores SIGPIPE, but not inside a Blender built without
Python's signal handlers (such as Debian's 4.3): there an upload that is stopped, or broken off by the service, would
end Blender without a message.
"""

import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...jobs.capture import Capture
from ...jobs.ledger import Ledger
from ...jobs.runner import OFFLINE
from ...motion.retargeting.retarget_options import MOTION_OPTIONS
from ...options import options_of
from ...scene.windows import redraw
from ...service.faults import Kind, ServiceFault
from ...takes.captures.capture_settings import CaptureOptions, TargetOptions
from ...takes.captures.captures import connect
from ...takes.disk_work import in_a_thread
from ...texts.text import Sentence, Text
from ...while_enabled import lasting
from ...whole_files import write_whole
from ..chosen_files import RELATIVE
from ..text.modal_work import ModalWork, Work
from ..text.reporting import Returned, inform, refuse
from . import preferences
from .log_file import last_lines, redacted, versions

_PASSING = {  # temporary faults, which say nothing about the key
    Kind.NO_CONNECTION,
    Kind.LOST,
    Kind.TIMEOUT,
    Kind.SERVER,
    Kind.BUSY,
}
_ASK_AGAIN = "Check the address and the network, then try again."

_MOST_CAPTURES = 20
_MOST_LINES = 200


@dataclass
class _LastCheck:
    """Result of the last check.

    Attributes:
        subject: address and hash of the key that were checked; None if nothing is known about them.
        problem: sentences about the problem; '' if there is none.
    """

    subject: tuple[str, int] | None = None
    problem: Sentence = ""


_last_check = lasting(_LastCheck)


def was_checked() -> bool:
    """Return whether the current address and key have been checked."""
    base_url, key = _current_settings()
    # a hash, so that no state holds the key
    return _last_check.subject == (base_url, hash(key))


def last_problem() -> Sentence:
    """Return the problem that the last check found with the current address and key; an empty text for none."""
    return _last_check.problem if was_checked() else ""


class CheckService(ModalWork, bpy.types.Operator):
    """Check the connection to the service and the API key, free of charge"""

    bl_idname = "aimocap.check_service"
    bl_label = "Check Service"
    bl_options = {"INTERNAL"}

    def work(self, context: bpy.types.Context) -> Work:
        """Check in a thread, so that Blender stays responsive."""
        # Blender's own setting, which add-ons have to heed
        if not bpy.app.online_access:
            return refuse(self, OFFLINE)
        # as they are now: what is typed meanwhile wasn't checked
        settings = _current_settings()
        answer = in_a_thread(lambda: _check(*settings))
        area = context.area
        # the question before a capture has a place for the problem, the preferences have none
        in_a_dialog = self.is_modal and (area is None or area.type != "PREFERENCES")
        while not answer.done():
            yield 0.0, "Connecting to the service"
        return self._finish(settings, answer.result(), in_a_dialog=in_a_dialog)

    def _finish(self, settings: tuple[str, str], fault: ServiceFault | None, *, in_a_dialog: bool) -> Returned:
        base_url, key = settings
        passing = fault is not None and fault.kind in _PASSING
        sentence = "" if fault is None else Text.joined((fault.what, _ASK_AGAIN if passing else fault.next_step))
        _last_check.subject, _last_check.problem = None if passing else (base_url, hash(key)), sentence
        if fault is not None and fault.kind is Kind.KEY:
            # told above its field
            _last_check.problem = Text.joined((fault.what, "Enter a valid key."))
        redraw()
        # which says it: an error's popup would cover the field
        if _last_check.problem and in_a_dialog:
            inform(self, sentence, "WARNING")
            return {"CANCELLED"}
        if sentence:
            return refuse(self, sentence)
        inform(self, "Connected, key accepted.")
        return {"FINISHED"}


def _current_settings() -> tuple[str, str]:
    return preferences.service_url(), preferences.api_key()


def _check(base_url: str, key: str) -> ServiceFault | None:
    try:
        connect(base_url, key).check()
    except ServiceFault as fault:
        return fault
    return None


@dataclass
class _Handler:
    """Whether this add-on changed the handler of SIGPIPE."""

    changed: bool = False


_handler = lasting(_Handler)


def register() -> None:
    """Let Online Manual find the pages, and ignore the signal unless that is so already.

    Child processes still start with the system's default.
    """
    # Windows has no such signal, and other add-ons may have a handler
    if hasattr(signal, "SIGPIPE") and signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        _handler.changed = True
    # a checkout has no pages
    if _PAGES.is_dir():
        cast("Any", bpy.utils).register_manual_map(_map)


def unregister() -> None:
    """Restore the handler, and leave Blender's own pages."""
    cast("Any", bpy.utils).unregister_manual_map(_map)
    if _handler.changed:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


class CopyReport(bpy.types.Operator):
    """Copy versions, capture states and the log for support, without API key, titles or videos"""

    bl_idname = "aimocap.copy_report"
    bl_label = "Copy Report"

    if TYPE_CHECKING:
        filepath: str
    else:
        filepath: bpy.props.StringProperty(
            name="File",
            description="Text file to save the report to instead of copying it to the clipboard",
            subtype="FILE_PATH",
            options={"SKIP_SAVE", *RELATIVE},
        )

    def execute(self, context: bpy.types.Context) -> Returned:
        """Copy the report to the clipboard, or save it to the file."""
        if not self.filepath and bpy.app.background:
            return refuse(self, "The clipboard needs a window. Save to a file instead: copy_report(filepath=…).")
        text = report()
        if not self.filepath:
            context.window_manager.clipboard = text
            inform(self, "Copied the report. Paste it where you ask for help.")
            return {"FINISHED"}
        try:
            write_whole(Path(bpy.path.abspath(self.filepath)), [text.encode()])
        except OSError as error:
            reason = Text.of(error.strerror or str(error))
            return refuse(self, Text("The report can't be saved: {reason}. Choose another file.", reason=reason))
        inform(self, "Saved the report.")
        return {"FINISHED"}


def report() -> str:
    """Return the whole report, redacted."""
    return redacted("\n".join(_lines())) + "\n"


def _lines() -> Iterator[str]:
    yield versions()
    yield f"Made {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    yield ""
    yield from _settings()
    yield ""
    captures = _captures()
    yield f"Captures: {len(captures)}"
    yield from (_line_of(capture) for capture in captures[:_MOST_CAPTURES])
    yield ""
    yield "Log:"
    yield from last_lines(_MOST_LINES)


def _settings() -> Iterator[str]:
    # where the key comes from helps support, and what it is nobody must see
    by_environment = bool(preferences.from_environment())
    key = "from the environment" if by_environment else "in its file" if preferences.api_key() else "none"
    yield f"Service: {preferences.service_url()}"
    yield f"Key: {key}"
    yield f"Online access: {bpy.app.online_access}"
    yield f"Poll interval: {preferences.preferences().poll_seconds:g} s"
    yield f"Captures folder: {'custom' if preferences.preferences().captures_folder else 'default'}"


def _captures() -> list[Capture]:
    """Return all captures, newest first."""
    captures = Ledger(preferences.captures_folder()).captures()
    return sorted(captures, key=lambda capture: capture.created_at, reverse=True)


def _line_of(capture: Capture) -> str:
    trouble = capture.trouble
    parts = (
        f"{_moment(capture.created_at)} {capture.id}",
        f"job {capture.job_id or '-'}",
        capture.state.value + (f" (from {capture.blocked_from.value})" if capture.blocked_from else ""),
        f"at the service: {capture.heard.status}" if capture.heard.status else "",
        f"{capture.credits:.2f} s",
        f"generation {capture.generation}" if capture.generation else "",
        "" if capture.followed else "not tracked",
        "may be paid" if capture.may_be_paid else "",
        f"{capture.counts.failures} failures in a row" if capture.counts.failures else "",
        f"trouble: {trouble.kind} {trouble.http_status or ''} {trouble.code or ''}" if trouble else "",
    )
    # a part may have gaps where the service said nothing
    return ", ".join(" ".join(part.split()) for part in parts if part)


def _moment(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        # a damaged record must not prevent the report
        return "no date"


CLASSES = (CheckService, CopyReport)


_PAGES = Path(__file__).parents[2] / "manual"
_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "animators.html#open-a-video": ("open_video", "open_sample", "video_in_viewport"),
    "animators.html#preview-a-video-for-free": (
        "check_video",
        "preview_motion",
        "apply_preview",
        "stop_preview",
        "turn_preview",
        "take_other_offset",
    ),
    "animators.html#correct-a-preview": (
        *("correct_preview", "correct_take", "move_correction", "remove_correction"),
        "add_film_camera",
    ),
    "animators.html#choose-the-range": ("edit_range",),
    "animators.html#choose-the-character": ("select_character", "keep_character"),
    "animators.html#before-you-capture": ("capture_motion",),
    "animators.html#while-a-capture-runs": ("apply_capture", "stop_following", "follow_capture", "select_capture"),
    "animators.html#if-the-motion-doesnt-arrive": (
        "check_again",
        "submit_anyway",
        "pay_as_mine",
        "take_over",
        "try_again",
    ),
    "animators.html#compare-motion-and-video": ("show_video", "render_review", "play_preview"),
    "animators.html#bone-map": ("*bone*",),
    "animators.html#use-existing-motion": ("retarget_from", "import_motion_fbx"),
    "animators.html#assets": ("retarget_asset", "add_to_library"),
    "animators.html#smooth-a-motion": ("smooth_motion",),
    "animators.html#trim-a-motion": ("trim_motion",),
    "animators.html#retime-a-motion": ("retime_motion",),
    "animators.html#mirror-a-motion": ("mirror_motion",),
    "animators.html#make-a-loop": ("make_loop",),
    "animators.html#edit-foot-contacts": ("set_contacts",),
    "animators.html#blend-two-takes": ("blend_takes",),
    "animators.html#compare-two-takes": ("*_take", "*_takes", "compare_feet"),
    "animators.html#export-the-motion": ("export_motion",),
    "animators.html#recover-a-capture": ("recover_capture", "restore_capture", "forget_capture"),
    "animators.html#options": ("add_motion_preset", "show_details", "go_to_frame"),
    "robot-engineers.html#add-the-rig": ("add_g1_rig", "show_g1_limits"),
    "robot-engineers.html#import-motion": ("import_g1_motion", "import_g1_folder", "forget_g1_folder"),
    "robot-engineers.html#put-human-motion-onto-the-robot": ("retarget_to_g1",),
    "robot-engineers.html#check-motion": ("check_g1_motion", "go_to_g1_fault", "mark_g1_faults", "save_g1_report"),
    "robot-engineers.html#adjust-motion": ("fix_g1_motion",),
    "robot-engineers.html#export-motion": ("export_g1_motion",),
    "install.html#set-it-up": ("check_service", "copy_report"),
    "pipeline.html#operators": ("*",),
}
"""Page and heading for operators, the first that fits."""


def _map() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return where the pages are, and which one is about what, as Blender's `manual_map` takes it."""
    return f"{_PAGES.as_uri()}/", tuple(_pages())


def _pages() -> Iterator[tuple[str, str]]:
    for page, names in _OPERATORS.items():
        for name in names:
            yield f"bpy.ops.aimocap.{name}", page
    for name in options_of(TargetOptions, CaptureOptions, *MOTION_OPTIONS):
        yield f"bpy.types.settings.{name}", "animators.html#options"
    for name in ("character", "range_start", "range_end", "mirror_bones", "show_contacts"):
        yield f"bpy.types.settings.{name}", "animators.html#before-you-capture"
    for name in ("api_key", "service_url", "captures_folder", "poll_seconds", "plan", "mark_assets"):
        yield f"bpy.types.preferences.{name}", "install.html#set-it-up"
