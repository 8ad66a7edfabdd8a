"""How far to trust a preview, in sentences."""

from collections import defaultdict
from collections.abc import Iterator

from ...texts.text import Text
from ...vision.sighting import Kind, Notice, Person, Sighting
from ...vision.trust import Doubt, Reason

_MOST = 4
"""Sentences about limbs; the strip along the timeline shows all. Also the people who are told apart."""

_MIDDLE = 0.1
"""Of the frame's width."""

LIMB_NAMES = {
    "head": Text("Head"),
    "torso": Text("Upper body"),
    "left_arm": Text("Left arm"),
    "right_arm": Text("Right arm"),
    "left_leg": Text("Left leg"),
    "right_leg": Text("Right leg"),
    "left_hand": Text("Left hand"),
    "right_hand": Text("Right hand"),
}
_REASONS = {
    Reason.NOT_SEEN: Text("is not seen"),
    Reason.OUT_OF_FRAME: Text("is out of frame"),
    Reason.HIDDEN: Text("is hidden"),
    Reason.EXCHANGED: Text("is confused with the other side"),
    Reason.UNCLEAR: Text("is not clear"),
}


def doubts_in_words(seen: Sighting) -> tuple[Text, ...]:
    """Return sentences on what the video lacks, then on limbs that can't be relied on, the longest spans first."""
    return (
        *_of_people(seen),
        *map(_of_video, seen.notices),
        *([] if seen.other is None else [Text("Which way is up is not certain in this video.")]),
        *_of_limbs(seen.trust.doubts),
    )


def _of_people(seen: Sighting) -> Iterator[Text]:
    if len(seen.people) > 1:
        where = [
            Text(
                "{number} {place} ({start:.1f} to {end:.1f} s)",
                number=number,
                place=_place(one),
                start=one.start,
                end=one.end,
            )
            for number, one in enumerate(seen.people[:_MOST], 1)
        ]
        yield Text(
            "{count} people are in view: {where}. This is person {number}.",
            count=len(seen.people),
            where=Text.listed(where),
            number=seen.person + 1,
        )


def _place(person: Person) -> Text:
    if abs(person.place - 0.5) < _MIDDLE:
        return Text("in the middle")
    return Text("on the left") if person.place < 0.5 else Text("on the right")  # noqa: PLR2004 -- the middle


def _of_video(notice: Notice) -> Text:
    if notice.kind is Kind.CUT:
        return Text("There is a cut at {moment:.1f} s.", moment=notice.start)
    if notice.kind is Kind.LEFT_OUT:
        return Text("Left out: {start:.1f} to {end:.1f} s.", start=notice.start, end=notice.end)
    return Text("The camera moves, so the path of the motion is rough.")


def _of_limbs(doubts: tuple[Doubt, ...]) -> Iterator[Text]:
    """Yield a sentence for each limb and reason, those that last longest first."""
    spans: defaultdict[tuple[str, Reason], list[tuple[float, float]]] = defaultdict(list)
    totals: defaultdict[tuple[str, Reason], float] = defaultdict(float)
    for doubt in doubts:
        spans[doubt.limb, doubt.reason].append((doubt.start, doubt.end))
        totals[doubt.limb, doubt.reason] += doubt.end - doubt.start
    for limb, reason in sorted(spans, key=lambda one: -totals[one])[:_MOST]:
        found = spans[limb, reason]
        start, end = max(found, key=lambda span: span[1] - span[0])
        others = len(found) - 1
        text = "{limb} {reason} from {start:.1f} to {end:.1f} s."
        if others == 1:
            text = "{limb} {reason} from {start:.1f} to {end:.1f} s, and once more."
        elif others:
            text = "{limb} {reason} from {start:.1f} to {end:.1f} s, and {others} times more."
        yield Text(text, limb=LIMB_NAMES[limb], reason=_REASONS[reason], start=start, end=end, others=others)
