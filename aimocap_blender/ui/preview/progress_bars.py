"""Progress of what is done for the video and its takes, next to the buttons that began it."""

import time
from collections.abc import Iterator

from ...jobs.capture import State
from ...jobs.durations import clock, time_left
from ...jobs.runner import CaptureView
from ...scene.video.strips import StripSource
from ...takes.captures.capture_takes import seconds_left
from ...takes.captures.preparation import Preparation
from ...takes.previews.running import RunningPreview
from ...takes.session import Session
from ...takes.take import Kind, Take
from ...texts.text import Text
from ..text.waits import Bar

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
    """Return for what a capture waits, with an estimate of the seconds that are left, or since when."""
    # later its card says that it takes longer than earlier ones
    if left is not None and left >= 0.0:
        words = Text.of(time_left(left))
        return (
            Text("In the queue, {left}", left=words) if view.what == _QUEUED else Text("Processing, {left}", left=words)
        )
    since = clock(view.elapsed_sec)
    if view.what == _QUEUED:
        return Text("In the queue since {since}", since=since)
    if view.what == _PROCESSING:
        return Text("Processing since {since}", since=since)
    if view.trouble or view.what == _NOT_HEARD:
        return Text("Waiting for the service since {since}", since=since)
    return Text("{what} {since}", what=view.what, since=since)


def _part(done: int, total: int) -> float:
    return done / total if total else 0.0
