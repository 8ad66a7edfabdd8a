"""The outcome of applying a motion to a character, in a few short sentences."""

from collections.abc import Iterable, Iterator

from ..jobs.runner import CaptureView
from ..motion.bones.slot_words import in_words, listed
from ..scene.retargeting import RetargetOutcome
from ..texts.text import Sentence, Text
from .reading import Motion

_ENOUGH = 0.9
_FEW_SEC = 0.5
"""A motion counts as complete if it has this share of its range, or lacks at most this many seconds."""


def shortfall(view: CaptureView, motions: Iterable[Motion]) -> Sentence:
    """Return a warning if a capture's motions cover much less than the range that was paid for; else ''."""
    start, end = view.range_sec
    covered = min(float(motion.times[-1] - motion.times[0]) for motion in motions)
    paid = end - start
    if covered >= _ENOUGH * paid or paid - covered <= _FEW_SEC:
        return ""
    return Text("The motion covers {covered:.1f} of {paid:.1f} s.", covered=covered, paid=paid)


def sentences_of(character: str, outcome: RetargetOutcome) -> tuple[Text, ...]:
    """Return sentences on what was done, its quality, what was not moved, and what in the scene affects it."""
    return tuple(map(Text.of, _sentences(character, outcome)))


def _sentences(character: str, outcome: RetargetOutcome) -> Iterator[Sentence]:
    yield Text(
        "{character}: {count} bones moved, {frames} frames, {seconds:.1f} s.",
        character=character,
        count=len(outcome.bones),
        frames=outcome.frames,
        seconds=outcome.seconds,
    )
    report = outcome.report
    if outcome.as_it_is:
        yield "The motion uses the same skeleton and was copied unchanged."
    held_back = round(outcome.deviation_degrees, 2) > round(report.worst_limb_degrees, 2)
    if held_back:
        yield Text(
            "Worst bone: {degrees:.2f}° off, because of the rig's constraints or drivers.",
            degrees=outcome.deviation_degrees,
        )
    elif report.worst_limb:
        yield Text(
            "Worst limb: {limb}, {degrees:.2f}° off.",
            limb=in_words(report.worst_limb),
            degrees=report.worst_limb_degrees,
        )
    if report.slide_before > 0.0 or report.slide_after > 0.0:
        yield Text(
            "Planted feet slide {after:.1f} cm/s ({before:.1f} before foot locking).",
            after=report.slide_after,
            before=report.slide_before,
        )
    if round(report.leg_change_degrees, 1) > 0.0:
        yield Text("Foot locking rotated the legs by up to {degrees:.1f}°.", degrees=report.leg_change_degrees)
    if outcome.solved_frames:
        off = "" if held_back else Text(", at most {degrees:.1f}° off", degrees=outcome.deviation_degrees)
        yield Text("The rig's constraints were solved on {frames} frames{off}.", frames=outcome.solved_frames, off=off)
    if outcome.not_found:
        yield Text("Not moved: {parts}.", parts=listed(outcome.not_found))
    yield from outcome.warnings
