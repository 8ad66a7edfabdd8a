"""Joints of hands that no robot here has, such as Inspire's: carried from file to file, under their names.

No description of these hands comes with a licence in a package that the build could fetch, so they aren't shown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...texts.text import Text
from ..rotations import FloatArray, IntArray

_FINGERS = {"thumb", "index", "middle", "ring", "little", "pinky", "finger"}
_SIDES = {"left", "right", "l", "r"}
_OTHER_SIDE = {"left": "right", "right": "left", "Left": "Right", "Right": "Left", "L_": "R_", "R_": "L_"}
_NAME = re.compile(r"[\w.-]{1,60}", re.ASCII)  # Blender's properties have names of up to 63 characters
_MOST = 64  # joints of two hands; Inspire's have 24
_SHOWN = 3  # names of joints in a sentence


@dataclass(frozen=True, eq=False)
class OtherHands:
    """The joints of a motion's hands, frame by frame.

    Attributes:
        names: (K,) as the file has them.
        angles: (F, K) as the file has them, degrees in rad.
    """

    names: tuple[str, ...]
    angles: FloatArray

    def at(self, rows: slice | IntArray) -> "OtherHands":
        """Return some frames."""
        return replace(self, angles=self.angles[rows])

    @property
    def shown(self) -> Text:
        """How many they are, and some names, for people."""
        names = ", ".join(self.names[:_SHOWN]) + (", …" if len(self.names) > _SHOWN else "")
        return Text("{count} joints of hands that no robot here has: {names}", count=len(self.names), names=names)


def parted_from_hands(columns: Sequence[tuple[str, int]], table: FloatArray) -> tuple[list[str], OtherHands | None]:
    """Return the names among columns that no robot here has without those of hands, and the hands.

    Args:
        columns: name and column of each.
        table: (F, C).
    """
    fingers: dict[str, int] = {}
    others: list[str] = []
    for name, column in columns:
        words = set(re.split(r"[^a-z]+", name.lower()))
        if words & _FINGERS and words & _SIDES and _NAME.fullmatch(name) and len(fingers) < _MOST:
            fingers.setdefault(name, column)
        else:
            others.append(name[:40])
    return others, OtherHands(tuple(fingers), table[:, list(fingers.values())]) if fingers else None


def mirrored_hands(hands: OtherHands) -> OtherHands:
    """Return the hands with left and right swapped: fingers bend the same way on both sides."""
    sides = "|".join(_OTHER_SIDE)
    order: list[int] = []
    for own, name in enumerate(hands.names):
        other = re.sub(sides, lambda side: _OTHER_SIDE[side[0]], name, count=1)
        order.append(hands.names.index(other) if other in hands.names else own)
    return replace(hands, angles=hands.angles[:, order])
