"""Trust in each limb of a preview, where its seconds are, and its corrections, stored on its Action.

An undo takes them back with the keyframes. Trust is told in sentences too.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import Any, cast

import bpy
import numpy as np

from ...motion.rotations import FloatArray, IntArray
from ...motion.time_mapping import TimeMapping
from ...texts.text import Text
from ...vision.corrections import Correction, correction_of
from ...vision.sighting import FilmBeside, Kind, Notice, Person, Sighting
from ...vision.trust import Doubt, Reason, Trust
from ..action_contacts import moved_frames, moved_mapping

_FIGURES, _FRAMES, _FILMS = "aimocap_trust", "aimocap_trust_frames", "aimocap_trust_films"
_PER_SEC = 10.0

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

_CORRECTIONS = "aimocap_corrections"
_ALTERNATIVE = "aimocap_alternative"


@dataclass(frozen=True, eq=False)
class ActionTrust:
    """The trust in a preview's motion along the timeline.

    Attributes:
        limbs: their names, see `vision.trust.LIMBS`.
        frames: (N,) ascending timeline frames.
        values: (N, L) 0 to 1.
        films: number of the film, from 0, that shows each of the first limbs best; empty if there is only one.
    """

    limbs: tuple[str, ...]
    frames: FloatArray
    values: FloatArray
    films: tuple[int, ...] = ()


def keep_trust(action: bpy.types.Action, trust: Trust, times: FloatArray, mapping: TimeMapping) -> None:
    """Store the trust on an Action, ten figures a second for each limb.

    Args:
        times: (F,) seconds of the motion.
        mapping: its seconds to timeline frames.
    """
    count = max(2, round(float(times[-1] - times[0]) * _PER_SEC) + 1)
    seconds: FloatArray = np.linspace(float(times[0]), float(times[-1]), count)
    figures: dict[str, list[float]] = {}
    for column, limb in enumerate(trust.limbs):
        values = np.interp(seconds, times, trust.values[:, column])
        figures[limb] = np.round(values, 3).tolist()
    action[_FIGURES] = figures
    action[_FILMS] = list(trust.films)
    keep_mapping(action, times, mapping)


def keep_mapping(action: bpy.types.Action, times: FloatArray, mapping: TimeMapping) -> None:
    """Store on an Action where the first and the last sample of its motion were put, for `mapping_on`."""
    action[_FRAMES] = mapping.frames(times[[0, -1]]).tolist()


def can_be_mapped(action: bpy.types.Action) -> bool:
    """Return whether `mapping_on` knows where the seconds of an Action's motion are."""
    return _FRAMES in action


def trust_on(action: bpy.types.Action | None) -> ActionTrust | None:
    """Return the trust that is stored on an Action; None if there is none."""
    if action is None or _FIGURES not in action or _FRAMES not in action:
        return None
    kept: dict[str, list[float]] = {limb: list(figures) for limb, figures in cast("Any", action)[_FIGURES].items()}
    values: FloatArray = np.array(list(kept.values()), dtype=np.float64).T
    frames: FloatArray = np.linspace(*_frames_of(action), len(values))
    if (since := moved_frames(action)) is not None:
        frames = since.moved(frames)
    order: IntArray = np.argsort(frames)
    films = tuple(map(int, cast("Any", action).get(_FILMS, ())))
    return ActionTrust(tuple(kept), frames[order], values[order], films)


def mapping_on(action: bpy.types.Action, times: FloatArray) -> TimeMapping:
    """Return the mapping of a motion's seconds to timeline frames, given its motion's times (F,) and its Action."""
    return moved_mapping(action, first_mapping_on(action, times))


def first_mapping_on(action: bpy.types.Action, times: FloatArray) -> TimeMapping:
    """Return the mapping with which a motion was put on an Action, before its frames were moved; see `mapping_on`."""
    first, last = _frames_of(action)
    length = float(times[-1] - times[0])
    per_second = (last - first) / length if length and last != first else 1.0
    return TimeMapping(first - float(times[0]) * per_second, per_second)


def _frames_of(action: bpy.types.Action) -> tuple[float, float]:
    """Return the timeline frames at which the first and the last sample were put."""
    first, last = cast("Any", action)[_FRAMES]
    return float(first), float(last)


def doubts_in_words(seen: Sighting) -> tuple[Text, ...]:
    """Return sentences on what the video lacks, then on limbs that can't be relied on, the longest spans first."""
    return (
        *_of_people(seen),
        *map(_of_video, seen.notices),
        *([] if seen.other is None else [Text("Which way is up is not certain in this video.")]),
        *_of_offsets(seen.beside),
        *_of_limbs(seen.trust.doubts),
    )


def _of_offsets(beside: Iterable[FilmBeside]) -> Iterator[Text]:
    for number, film in enumerate(beside, 2):
        if film.other is not None:
            # a film that begins later is at an earlier second of its own
            seconds = film.offset - film.other
            yield Text("Moved by {seconds:+.2f} s, video {number} fits about as well.", seconds=seconds, number=number)


def _of_people(seen: Sighting) -> Iterator[Text]:
    if len(seen.people) > 1:
        where: list[Text] = []
        for number, one in enumerate(seen.people[:_MOST], 1):
            place = _place(one)
            where.append(
                Text(
                    "{number} {place} ({start:.1f} to {end:.1f} s)",
                    number=number,
                    place=place,
                    start=one.start,
                    end=one.end,
                )
            )
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


def keep_corrections(action: bpy.types.Action, corrections: Sequence[Correction]) -> None:
    """Store corrections on an Action."""
    if corrections:
        action[_CORRECTIONS] = json.dumps(list(map(astuple, corrections)))
    elif _CORRECTIONS in action:
        del action[_CORRECTIONS]


def corrections_on(action: bpy.types.Action | None) -> tuple[Correction, ...]:
    """Return the corrections that are stored on an Action; none if they can't be read."""
    if action is None:
        return ()
    with suppress(ValueError, TypeError):
        return tuple(map(correction_of, json.loads(str(action.get(_CORRECTIONS, "[]")))))
    return ()


def keep_alternative(action: bpy.types.Action, seen: Sighting) -> None:
    """Store on an Action which of the motions that explain the same videos it has."""
    action[_ALTERNATIVE] = list(seen.alternative)


def alternative_on(action: bpy.types.Action | None) -> tuple[float, ...]:
    """Return the `Sighting.alternative` that is stored on an Action; () if there is none."""
    return tuple(map(float, cast("Any", action).get(_ALTERNATIVE, ()))) if action is not None else ()
