"""How far to trust a preview, in sentences."""

from collections.abc import Iterator

from ...motion.bones.slot_words import in_words
from ...vision.sighting import Kind, Notice, Sighting
from ...vision.trust import Doubt, Reason

_MOST = 4
"""Sentences about limbs; the strip along the timeline shows all."""


def doubts_in_words(seen: Sighting) -> tuple[str, ...]:
    """Return sentences on what the video lacks, then on limbs that can't be relied on, the longest spans first."""
    return (*map(_of_video, seen.notices), *_of_limbs(seen.trust.doubts))


def _of_video(notice: Notice) -> str:
    if notice.kind is Kind.PEOPLE:
        return f"{notice.amount} people are in view; the preview follows the one who is largest for longest."
    if notice.kind is Kind.CUT:
        return f"There is a cut at {notice.start:.1f} s."
    if notice.kind is Kind.LEFT_OUT:
        return f"Left out: {notice.start:.1f} to {notice.end:.1f} s."
    return "The camera moves, so the path of the motion is rough."


def _of_limbs(doubts: tuple[Doubt, ...]) -> Iterator[str]:
    """Yield a sentence for each limb and reason, those that last longest first."""
    spans: dict[tuple[str, Reason], list[tuple[float, float]]] = {}
    for doubt in doubts:
        spans.setdefault((doubt.limb, doubt.reason), []).append((doubt.start, doubt.end))
    totals = {one: sum(end - start for start, end in found) for one, found in spans.items()}
    for limb, reason in sorted(spans, key=lambda one: -totals[one])[:_MOST]:
        found = spans[limb, reason]
        start, end = max(found, key=lambda span: span[1] - span[0])
        others = f", and {len(found) - 1} times more" if len(found) > 1 else ""
        yield f"{in_words(limb).capitalize()} {reason.value} from {start:.1f} to {end:.1f} s{others}."
