"""Progress next to the buttons that began it: what is being done, how far it is, and a button that stops it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import bpy

from ...jobs.capture import State
from ...jobs.durations import clock, time_left
from ...jobs.runner import CaptureView
from ...scene.video.strips import StripSource
from ...takes.captures.capture_takes import seconds_left
from ...takes.captures.preparation import Preparation
from ...takes.previews.running import RunningPreview
from ...takes.session import Session
from ...texts.text import Text
from ..text.translation import translated

_MEGABYTE = 1e6
_QUEUED, _NOT_HEARD = "Queued.", "Waiting for the service."
_AS_HIGH_AS_A_LINE = 0.85


@dataclass(frozen=True)
class Bar:
    """Work in progress.

    Attributes:
        text: in words, with an estimate if there is one.
        done: from 0 to 1.
        stop: operator that stops it, with the name and the value of its property; '' if nothing does.
    """

    text: Text
    done: float
    stop: tuple[str, str, object] = ("", "", "")


def draw_bar(layout: bpy.types.UILayout, bar: Bar) -> None:
    """Draw the bar, as high as the line in whose place it is."""
    row = layout.row(align=True)
    row.scale_y = _AS_HIGH_AS_A_LINE
    row.progress(factor=bar.done, text=translated(bar.text))
    operator, name, value = bar.stop
    if operator:
        setattr(row.operator(operator, text="", icon="PANEL_CLOSE"), name, value)


def free_bar(session: Session | None, source: StripSource) -> Bar | None:
    """Return the bar of a strip's check or preview; None while there is none."""
    if session is None:
        return None
    if (done := session.video_checks.progress(source)) is not None:
        return Bar(Text("Checking the video"), _part(*done), ("aimocap.check_video", "stop", True))
    running = (one for one in session.previews.running.values() if one.plan.source.name == source.name)
    return next(map(_of_preview, running), None)


def capture_bar(session: Session | None, source: StripSource) -> Bar | None:
    """Return the bar of the newest capture of a strip that is being made; None while there is none."""
    return next(_of_captures(session, source.name), None) if session is not None else None


def _of_captures(session: Session, strip: str) -> Iterator[Bar]:
    for one in session.captures.preparations.values():
        if one.active and one.plan.binding.strip == strip:
            yield _of_preparation(one)
    views = (session.captures.view(take.id) for take in session.captures.under_way() if _is_of(take.binding, strip))
    for view in sorted(filter(None, views), key=lambda view: -view.created_at):
        yield _of_capture(session, view)
    for take in session.application.waiting():
        if _is_of(take.binding, strip):
            yield Bar(Text("Reading the motion"), 1.0)


def _is_of(binding: object, strip: str) -> bool:
    return getattr(binding, "strip", None) == strip


def _of_preview(running: RunningPreview) -> Bar:
    now = running.progress
    text = now.what
    if now.seconds_left is not None:
        text = Text("{what}, {time} left", what=now.what, time=clock(now.seconds_left))
    return Bar(text, _part(now.done, now.total), ("aimocap.stop_preview", "preview_id", running.id))


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
    """Return for what a capture waits, with an estimate of the seconds that are left, or since when."""
    if left is not None:
        words = Text.of(time_left(left))
        return (
            Text("In the queue, {left}", left=words) if view.what == _QUEUED else Text("Processing, {left}", left=words)
        )
    since = clock(view.elapsed_sec)
    if view.what == _QUEUED:
        return Text("In the queue since {since}", since=since)
    if view.trouble or view.what == _NOT_HEARD:
        return Text("Waiting for the service since {since}", since=since)
    return Text("{what} {since}", what=view.what, since=since)


def _part(done: int, total: int) -> float:
    return done / total if total else 0.0
