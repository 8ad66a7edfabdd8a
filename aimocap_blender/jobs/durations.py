"""Durations in a form that is read at a glance, and an estimate of one from earlier ones."""

import math
import statistics
from collections.abc import Iterable

from ..texts.text import Sentence, Text

_MOST_ALIKE = 5
_NEARLY_OVER_SEC = 45.0

MINUTE, HOUR, DAY = 60, 3600, 86400


def age(seconds: float) -> str:
    """Return an age in its largest unit; '' for less than a minute."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit:.0f} {name}"
    return ""


def clock(seconds: float) -> str:
    """Return minutes and seconds."""
    minutes, rest = divmod(int(seconds), MINUTE)
    return f"{minutes}:{rest:02d}"


def estimated(earlier: Iterable[tuple[float, float]], length: float) -> float | None:
    """Return how long something takes: as long as earlier ones most alike in length, in proportion; None without any.

    Args:
        earlier: length of each, and how long it took, in seconds.
        length: of the new one, in seconds.
    """
    known = [(of_one, took) for of_one, took in earlier if of_one > 0.0 and took > 0.0]
    # what took a minute for a second of video says little about an hour of it
    alike = sorted(known, key=lambda one: abs(math.log(one[0] / length)))[:_MOST_ALIKE] if length > 0.0 else []
    return statistics.median(took * length / of_one for of_one, took in alike) if alike else None


def time_left(seconds: float) -> Sentence:
    """Return in words an estimate of the time that is left; negative if there should be none left."""
    if seconds < 0.0:
        return "takes longer than earlier ones"
    if seconds < _NEARLY_OVER_SEC:
        return "less than a minute left"
    return Text("about {minutes:.0f} min left", minutes=max(round(seconds / MINUTE), 1))
