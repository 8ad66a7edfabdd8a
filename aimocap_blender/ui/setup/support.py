"""Help where something doesn't work: a check of the connection and the API key, free of charge; the report for support.

An ended connection must not end Blender. Python usually ignores SIGPIPE, but not inside a Blender built without
Python's signal handlers (such as Debian's 4.3): there an upload that is stopped, or broken off by the service, would
end Blender without a message.
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from ...jobs.capture import Capture
from ...jobs.ledger import Ledger
from ...scene.windows import redraw
from ...service.faults import Kind, ServiceFault
from ...takes.captures.captures import connect
from ...takes.captures.planning import OFFLINE
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
    """Ignore the signal unless that is so already; child processes still start with the system's default."""
    # Windows has no such signal, and other add-ons may have a handler
    if hasattr(signal, "SIGPIPE") and signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        _handler.changed = True


def unregister() -> None:
    """Restore the handler."""
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
            cast("bpy.types.WindowManager", context.window_manager).clipboard = text
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
