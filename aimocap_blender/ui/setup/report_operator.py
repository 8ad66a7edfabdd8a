"""The report for support: versions, settings, the last captures and the end of the log."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from ...jobs.capture import Capture
from ...jobs.ledger import Ledger
from ...texts.text import Text
from ...whole_files import write_whole
from ..chosen_files import RELATIVE
from ..text.reporting import Returned, inform, refuse
from . import preferences
from .log_file import last_lines, redacted, versions

_MOST_CAPTURES = 20
_MOST_LINES = 200


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


CLASSES = (CopyReport,)
