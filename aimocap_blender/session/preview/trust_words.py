"""How far to trust a preview, in sentences."""

from collections.abc import Iterator

from ...motion.bones.slot_words import in_words
from ...vision.sighting import Kind, Notice, Sighting
from ...vision.trust import LIMBS, Doubt, Reason

_MOST = 6
"""Sentences about limbs; the strip along the timeline shows all."""


def doubts_in_words(seen: Sighting) -> tuple[str, ...]:
    """Return sentences on what the video lacks, then on limbs that can't be relied on, the longest spans first."""
    return (*map(_of_video, seen.notices), *_of_limbs(seen.trust.doubts))


def _of_video(notice: Notice) -> str:
    if notice.kind is Kind.PEOPLE:
        return f"{notice.amount} people are in view; the preview follows the largest."
    if notice.kind is Kind.CUT:
        return f"There is a cut at {notice.start:.1f} s."
    if notice.kind is Kind.LEFT_OUT:
        return f"Left out: {notice.start:.1f} to {notice.end:.1f} s."
    return "The camera moves, so the path of the motion is rough."


def _of_limbs(doubts: tuple[Doubt, ...]) -> Iterator[str]:
    """Yield one sentence for each span, of all limbs that share it."""
    spans: dict[tuple[float, float, Reason], list[str]] = {}
    for doubt in doubts:
        spans.setdefault((round(doubt.start, 1), round(doubt.end, 1), doubt.reason), []).append(in_words(doubt.limb))
    longest = sorted(spans.items(), key=lambda span: span[0][0] - span[0][1])[:_MOST]
    for (start, end, reason), limbs in sorted(longest):
        whole = "whole body" if len(limbs) == len(LIMBS) else ", ".join(limbs)
        yield f"{whole[:1].upper()}{whole[1:]} {reason.value} from {start:.1f} to {end:.1f} s."
