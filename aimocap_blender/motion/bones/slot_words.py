"""Humanoid slots in words."""

from collections.abc import Iterable

from ...texts.text import Text
from .humanoid import FINGER_SLOTS, SIDES, SLOTS, mirrored


def in_words(slot: str) -> Text:
    """Return a slot in lower case: “left upper arm”."""
    return Text.of(slot.replace("_", " "))


def part_of(slot: str) -> str:
    """Return a slot without its side."""
    return slot.partition("_")[2] if slot.startswith(SIDES) else slot


def listed(slots: Iterable[str]) -> Text:
    """List slots for people: “neck, toes, left hand, fingers”; a part without a side is missing on both."""
    named = set(slots)
    for side in SIDES:
        fingers = {f"{side}_{finger}" for finger in FINGER_SLOTS}
        if fingers <= named:
            named = named - fingers | {f"{side}_fingers"}
    order = (*SLOTS, *(f"{side}_fingers" for side in SIDES))
    words = (in_words(part_of(slot) if mirrored(slot) in named else slot) for slot in order if slot in named)
    return Text.joined(dict.fromkeys(words), ", ")
