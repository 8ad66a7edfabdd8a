"""The findings of a video check, in sentences with their moments."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from ...texts.text import Text
from ...vision.video_check import FrameFacts

_PART = 0.5
"""Share of the feet or hands below which they count as out of view."""
_BLURRED = 0.7
_SMALL = 0.25
"""Of the frame's height: a person of less is hardly captured."""
_ANOTHER, _TIMES = 0.5, 2.0
"""Share of the frame that changes at a cut at least, also so many times as much as usual."""
_MOST_MOMENTS = 4

_HINDRANCES: tuple[tuple[Text, Callable[[FrameFacts], bool]], ...] = (
    (Text("Nobody is seen"), lambda one: one.people == 0),
    (Text("Several people are in view"), lambda one: one.people > 1),
    (Text("Feet are out of view"), lambda one: one.people > 0 and one.feet < _PART),
    (Text("Hands are out of view"), lambda one: one.people > 0 and one.hands < _PART),
    (Text("The person is small in the frame"), lambda one: one.people > 0 and one.height < _SMALL),
    (Text("The person is blurred"), lambda one: one.people > 0 and one.blur > _BLURRED),
)


def findings_in_words(facts: Sequence[FrameFacts], fps: float) -> tuple[Text, ...]:
    """Return a sentence for each hindrance; one that there is none if there is none.

    Args:
        facts: of the frames that were looked at.
        fps: of the frames.
    """
    found = tuple(_found(facts, fps))
    return found or (Text("One person is in view from head to foot, and nothing hinders the capture."),)


def _found(facts: Sequence[FrameFacts], fps: float) -> Iterator[Text]:
    for what, hinders in _HINDRANCES:
        moments = [one.frame / fps for one in facts if hinders(one)]
        if len(moments) == len(facts):
            yield Text("{what} in the whole range.", what=what)
        elif moments:
            yield Text("{what} at {moments} s.", what=what, moments=_listed(moments))
    if sum(one.camera_moves for one in facts) > len(facts) / 2:  # one frame alone may be mistaken
        yield Text("The camera moves.")
    usual = float(np.median([one.changed for one in facts]))
    for before, after in pairwise(facts):
        if after.changed > max(_ANOTHER, _TIMES * usual) and not after.camera_moves and not before.camera_moves:
            yield Text(
                "There is a cut between {start:.1f} and {end:.1f} s.", start=before.frame / fps, end=after.frame / fps
            )


def _listed(moments: Iterable[float]) -> str:
    shown = [f"{moment:.1f}" for moment in moments]
    return ", ".join(shown[:_MOST_MOMENTS]) + (" …" if len(shown) > _MOST_MOMENTS else "")
