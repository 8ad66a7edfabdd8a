"""Humanoid slots in words."""

from collections.abc import Iterable

from ..motion.humanoid import FINGER_SLOTS, SIDES, SLOTS, mirrored


def in_words(slot: str) -> str:
    """One slot, in lower case: “left upper arm”."""
    return slot.replace("_", " ")


def listed(slots: Iterable[str]) -> str:
    """Slots as people would list them: “neck, toes, left hand, fingers”; a part without its side means both."""
    named = set(slots)
    words: list[str] = []
    for slot in (slot for slot in SLOTS if slot in named):
        part = slot.partition("_")[2] if slot.startswith(SIDES) else slot
        both = mirrored(slot) in named
        if part in FINGER_SLOTS:
            fingers = {f"{side}_{finger}" for side in SIDES for finger in FINGER_SLOTS}
            if fingers <= named:
                part, both = "fingers", True
            elif {own for own in fingers if own[0] == slot[0]} <= named:
                part, both = "fingers", False
        side = "" if both else f"{slot.partition('_')[0]} "
        word = in_words(part if part == slot else f"{side}{part}")
        if word not in words:
            words.append(word)
    return ", ".join(words)
