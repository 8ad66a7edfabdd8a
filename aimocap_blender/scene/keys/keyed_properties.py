"""Properties over time, and which of their samples become keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from ...motion.key_reduction import needed_keys
from ...motion.rotations import BoolArray, FloatArray, dot
from .keyframes import Channel
from .rotation_channels import shown_turns

_LENGTH = 0.001 / 1.7  # of the figure's height, for each degree
_SINGLE = 0.98  # of the tolerance: the rest is for the single precision that Blender keeps keys in


@dataclass(frozen=True, eq=False)
class KeyedProperty:
    """A property's numbers over time.

    Attributes:
        data_path: from the object.
        group: of its channels.
        values: (F, C), in the property's own units.
        locked: (C,) numbers that are to be left as they are.
        now: (C,) what the property's numbers are.
        rotation_mode: how Blender reads the numbers as a turn; '' where they are no turn.
    """

    data_path: str
    group: str
    values: FloatArray
    locked: tuple[bool, ...]
    now: tuple[float, ...]
    rotation_mode: str = ""

    def channels(self, kept: BoolArray | None = None) -> Iterator[Channel]:
        """The channels that aren't locked, with keys where `kept` (F,) says so."""
        for index, is_locked in enumerate(self.locked):
            if not is_locked:
                yield Channel(self.data_path, index, self.group, self.values[:, index], kept)

    @property
    def seen(self) -> FloatArray:
        """(F, C) the numbers that the property will have, in single precision."""
        numbers = np.where(np.array(self.locked), np.array(self.now), self.values)
        with np.errstate(over="ignore"):  # what doesn't fit is refused where it is keyed
            return numbers.astype(np.float32).astype(np.float64)


def reduced(
    properties: Sequence[KeyedProperty], frames: FloatArray, degrees: float, height: float
) -> Iterator[Channel]:
    """Channels with as few keys as keep all samples of every property within an error.

    The numbers of one property are keyed on the same frames: interpolated as Blender does, they stay within `degrees`
    of each sampled turn, and within 1/1700 of the height for each degree of each sampled place.

    Args:
        properties: what to key.
        frames: (F,) rising.
        degrees: the tolerance.
        height: of the figure at rest, in the units that its bones' locations are in.
    """
    moments = frames.astype(np.float32).astype(np.float64)

    def kind(keyed: KeyedProperty) -> tuple[str, int]:
        return keyed.rotation_mode, keyed.values.shape[1]

    for (mode, _), alike in groupby(sorted(properties, key=kind), key=kind):
        group = list(alike)
        values = np.stack([keyed.seen for keyed in group], axis=1)
        if mode:
            kept = needed_keys(moments, values, _Turned(mode), np.radians(degrees) * _SINGLE)
        else:
            kept = needed_keys(moments, values, _apart, _LENGTH * degrees * height * _SINGLE)
        for column, keyed in enumerate(group):
            yield from keyed.channels(kept[:, column])


class _Turned:
    """Radians between the turns that Blender makes of two rows of numbers."""

    def __init__(self, rotation_mode: str) -> None:
        self.rotation_mode = rotation_mode

    def __call__(self, between: FloatArray, sampled: FloatArray) -> FloatArray:
        cosine = dot(shown_turns(self.rotation_mode, between), shown_turns(self.rotation_mode, sampled))
        return np.asarray(2.0 * np.arccos(np.minimum(np.abs(cosine), 1.0)), dtype=np.float64)


def _apart(between: FloatArray, sampled: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(between - sampled, axis=-1), dtype=np.float64)
