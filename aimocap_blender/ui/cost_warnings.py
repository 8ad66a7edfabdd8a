"""What is worth knowing before one pays. The service decides; nothing here refuses."""

import os
from collections.abc import Iterator

from ..scene.strips import StripSource, must_render
from .preferences import preferences
from .preparing import SEVERAL_MAY_COST_MORE
from .settings import Settings

_FREE_PLANS_SEC = 30.0
_FREE_PLANS_BYTES = 50_000_000
_SHORTEST_SEC = 1.0


def warnings_before_paying(source: StripSource, settings: Settings) -> Iterator[str]:
    """Sentences, those that may save credits first."""
    if source.trimmed_sec < _SHORTEST_SEC:
        yield f"The range is only {source.trimmed_sec:.1f} s long; hardly any motion fits into it."
    if preferences().plan == "FREE":
        yield from _beyond_the_free_plan(source, settings)
    if settings.both:
        yield SEVERAL_MAY_COST_MORE


def _beyond_the_free_plan(source: StripSource, settings: Settings) -> Iterator[str]:
    is_rendered = must_render(source, settings.upload) is not None
    sent_sec = source.trimmed_sec if is_rendered else source.duration_sec
    size = 0 if is_rendered or source.path is None else _size_of(source)
    too_much = [
        *([f"{sent_sec:.0f} s"] if sent_sec > _FREE_PLANS_SEC else []),
        *([f"{size / 1e6:.0f} MB"] if size > _FREE_PLANS_BYTES else []),
    ]
    if too_much:
        yield f"The video has {' and '.join(too_much)}; the free plan takes up to 30 s and 50 MB."
        if not is_rendered and source.trimmed_sec <= _FREE_PLANS_SEC:
            yield "Set Upload to Only the Range, to send no more than that."


def _size_of(source: StripSource) -> int:
    try:
        return os.stat(source.path or "").st_size  # noqa: PTH116 -- a path that may be none
    except OSError:
        return 0
