"""What is worth knowing before one pays. The service decides; nothing here refuses."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ..scene.video.strips import StripSource, must_render
from .preferences import preferences
from .preparing import SEVERAL_MAY_COST_MORE, CapturePlan
from .settings import Settings

_FREE_PLANS_SEC = 30.0
_FREE_PLANS_BYTES = 50_000_000
_SHORTEST_SEC = 1.0


def warnings_before_paying(source: StripSource, settings: Settings) -> Iterator[str]:
    """Sentences for a strip, those that may save credits first."""
    is_rendered = must_render(source, settings.upload) is not None
    yield from _warnings(source.trimmed_sec, source.duration_sec, None if is_rendered else source.path)
    if settings.both:
        yield SEVERAL_MAY_COST_MORE


def warnings_of(plan: CapturePlan) -> Iterator[str]:
    """The same for a planned capture, but for those of its targets."""
    request = plan.request
    yield from _warnings(plan.credits, request.duration_sec, request.source if plan.source is None else None)


def _warnings(range_sec: float, whole_sec: float, file: Path | None) -> Iterator[str]:
    """Args: lengths of the range and of its video, and the file that is sent whole; None where a clip is rendered."""
    if range_sec < _SHORTEST_SEC:
        yield f"The range is only {range_sec:.1f} s long; hardly any motion fits into it."
    if preferences().plan == "FREE":
        yield from _beyond_the_free_plan(range_sec, whole_sec, file)


def _beyond_the_free_plan(range_sec: float, whole_sec: float, file: Path | None) -> Iterator[str]:
    sent_sec = range_sec if file is None else whole_sec
    size = 0 if file is None else _size_of(file)
    too_much = [
        *([f"{sent_sec:.0f} s"] if sent_sec > _FREE_PLANS_SEC else []),
        *([f"{size / 1e6:.0f} MB"] if size > _FREE_PLANS_BYTES else []),
    ]
    if too_much:
        yield f"The video has {' and '.join(too_much)}; the free plan takes up to 30 s and 50 MB."
        if file is not None and range_sec <= _FREE_PLANS_SEC:
            yield "Set Upload to Only the Range, to send no more than that."


def _size_of(file: Path) -> int:
    with contextlib.suppress(OSError):
        return file.stat().st_size
    return 0
