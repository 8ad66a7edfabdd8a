"""The outcome of applying a motion to a character, in a few short sentences."""

from collections.abc import Iterable, Iterator

from ..jobs.runner import CaptureView
from ..motion.bones.slot_words import in_words, listed
from ..scene.retargeting import RetargetOutcome
from .reading import Motion

_ENOUGH = 0.9
_FEW_SEC = 0.5
"""A motion counts as complete if it has this share of its range, or lacks at most this many seconds."""


def shortfall(view: CaptureView, motions: Iterable[Motion]) -> str:
    """Return a warning if a capture's motions cover much less than the range that was paid for; else ''."""
    start, end = view.range_sec
    covered = min(float(motion.times[-1] - motion.times[0]) for motion in motions)
    paid = end - start
    if covered >= _ENOUGH * paid or paid - covered <= _FEW_SEC:
        return ""
    return f"The motion covers {covered:.1f} of {paid:.1f} s."


def sentences_of(character: str, outcome: RetargetOutcome) -> tuple[str, ...]:
    """Return sentences on what was done, its quality, what was not moved, and what in the scene affects it."""
    return tuple(_sentences(character, outcome))


def _sentences(character: str, outcome: RetargetOutcome) -> Iterator[str]:
    yield f"{character}: {len(outcome.bones)} bones moved, {outcome.frames} frames, {outcome.seconds:.1f} s."
    report = outcome.report
    if outcome.as_it_is:
        yield "The motion uses the same skeleton and was copied unchanged."
    held_back = round(outcome.deviation_degrees, 2) > round(report.worst_limb_degrees, 2)
    if held_back:
        yield f"Worst bone: {outcome.deviation_degrees:.2f}° off, because of the rig's constraints or drivers."
    elif report.worst_limb:
        yield f"Worst limb: {in_words(report.worst_limb)}, {report.worst_limb_degrees:.2f}° off."
    if report.slide_before > 0.0 or report.slide_after > 0.0:
        yield f"Planted feet slide {report.slide_after:.1f} cm/s ({report.slide_before:.1f} before foot locking)."
    if round(report.leg_change_degrees, 1) > 0.0:
        yield f"Foot locking rotated the legs by up to {report.leg_change_degrees:.1f}°."
    if outcome.solved_frames:
        off = "" if held_back else f", at most {outcome.deviation_degrees:.1f}° off"
        yield f"The rig's constraints were solved on {outcome.solved_frames} frames{off}."
    if outcome.not_found:
        yield f"Not moved: {listed(outcome.not_found)}."
    yield from outcome.warnings
