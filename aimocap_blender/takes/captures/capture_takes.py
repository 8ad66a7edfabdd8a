"""Captures as takes, and what is known of the time they take and of the ranges that they pay."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial

from ...jobs.capture import AWAITING_USER, ENDED, State
from ...jobs.durations import DAY, estimated
from ...jobs.source_file import is_as_delivered
from ...jobs.view import CaptureView
from ...scene.action_source import ActionSource
from ...service.addresses import host_of
from ...service.contract import FBX, ROBOT_MOTION, result_type
from ...texts.faults import Fault
from ..binding import Binding
from ..reading import MotionKind
from ..take import Kind, MotionFile, Standing, Take, VideoRange
from .earlier import clip_of

_LONGEST_SEC = DAY
_CORRECTIONS = "corrections.npz"
"""In a capture's folder: what lies over its motion."""
KINDS: Mapping[str, MotionKind] = {FBX: MotionKind.HUMAN, ROBOT_MOTION: MotionKind.ROBOT}
"""The service's kinds of motion files, by what they hold."""


def take_of(view: CaptureView, binding: Binding | None) -> Take:
    """Return a capture as a take.

    Args:
        view: the capture.
        binding: where its motion belongs.
    """
    shown, standing = video_range_of(view), standing_of(view)
    start, end = view.range_sec
    files: dict[MotionKind, MotionFile] = {}
    for kind, holds in KINDS.items():
        if kind in view.files:
            is_whole = partial(is_as_delivered, view.folder, view.delivered[kind])
            # only a human's motion can be corrected by hand
            layer = view.folder / _CORRECTIONS if holds is MotionKind.HUMAN else None
            files[holds] = MotionFile(view.files[kind], is_whole, layer)
    return Take(
        kind=Kind.CAPTURE,
        id=view.id,
        title=view.title,
        standing=standing,
        created_at=view.created_at,
        video=(shown.path if shown is not None else view.video) or view.title,
        binding=binding,
        origin=origin_of(view),
        folder=view.folder,
        files=files,
        without=None if view.files else Fault(view.what, view.next_step),
        continues=view.followed,
        targets={KINDS[result_type(target)]: target for target in view.target_ids},
        shown=shown,
        is_paid=view.paid and standing is not Standing.FAILED,
        paid_sec=end - start,
        took=_took(view) if view.state == State.DONE else None,
    )


def origin_of(view: CaptureView) -> ActionSource:
    """Return what is stored on a capture's Actions. Of a recovered one, video and time of the capture are unknown."""
    known = bool(view.video)
    return ActionSource(
        file=view.video,
        capture=view.id,
        job=view.job_id,
        range_sec=view.range_sec if known else (),
        captured_at=datetime.fromtimestamp(view.created_at, UTC).isoformat(timespec="seconds") if known else "",
        service=host_of(view.base_url),
    )


def video_range_of(view: CaptureView) -> VideoRange | None:
    """Return the range that a capture shows; None for a recovered one, and for a strip that is no file."""
    clip = clip_of(view.binding)
    if clip is None:
        source = view.source
        return VideoRange(source.path, source.size, source.mtime_ns, *view.range_sec) if source.path else None
    return VideoRange(*clip.file, *clip.range_sec) if clip.file is not None and clip.is_range_of_file else None


def standing_of(view: CaptureView) -> Standing:
    """Return how far a capture is."""
    if view.state == State.DONE:
        return Standing.APPLIED if view.applied else Standing.READY
    return Standing.FAILED if view.state in ENDED | AWAITING_USER else Standing.RUNNING


def seconds_left(takes: Iterable[Take], view: CaptureView, now: float) -> float | None:
    """Return an estimate of how long the service still works on a capture; None if it doesn't, or nothing is known.

    Args:
        takes: the captures of this machine.
        view: the capture.
        now: seconds since 1970.
    """
    if view.state != State.RUNNING or view.submitted_at is None:
        return None
    # another service may be faster, or slower
    earlier = [one.took[1:] for one in takes if one.took is not None and one.took[0] == view.base_url]
    whole = estimated(earlier, view.credits)
    return whole - (now - view.submitted_at) if whole is not None else None


def paid_ranges(takes: Iterable[Take]) -> list[tuple[VideoRange, bool]]:
    """Return the ranges whose motion is paid for, and whether it has arrived."""
    paid = [one for one in takes if one.is_paid]
    return [(one.shown, one.standing is not Standing.RUNNING) for one in paid if one.shown is not None]


def _took(view: CaptureView) -> tuple[str, float, float] | None:
    if view.submitted_at is None or view.completed_at is None:
        return None
    # by the service's clock and this machine's: one that is off makes it useless
    took = view.completed_at - view.submitted_at
    return (view.base_url, view.credits, took) if 0.0 < took < _LONGEST_SEC else None
