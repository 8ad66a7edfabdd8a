"""Properties over time, and the reduction of their keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from ...motion.key_reduction import needed_keys
from ...motion.rotations import BoolArray, FloatArray, dot
from .keyframes import Channel
from .rotation_channels import rotations_of_values

_LENGTH = 0.001 / 1.7  # of the figure's height, per degree
_SINGLE = 0.98  # of the tolerance: the rest allows for Blender's single-precision keys


@dataclass(frozen=True, eq=False)
class KeyedProperty:
    """A property's values over time.

    Attributes:
        data_path: from the object.
        group: of its channels.
        values: (F, C), in the property's own units.
        locked: (C,) values that must not be keyed.
        now: (C,) the property's current values.
        rotation_mode: how Blender reads the values as a rotation; '' if they are none.
    """

    data_path: str
    group: str
    values: FloatArray
    locked: tuple[bool, ...]
    now: tuple[float, ...]
    rotation_mode: str = ""

    def channels(self, kept: BoolArray | None = None) -> Iterator[Channel]:
        """Yield the unlocked channels, with keys where `kept` (F,) is true."""
        for index, is_locked in enumerate(self.locked):
            if not is_locked:
                yield Channel(self.data_path, index, self.group, self.values[:, index], kept)

    @property
    def seen(self) -> FloatArray:
        """(F, C) the property's values once keyed, in single precision."""
        numbers = np.where(np.array(self.locked), np.array(self.now), self.values)
        with np.errstate(over="ignore"):  # what doesn't fit is refused when it is keyed
            return numbers.astype(np.float32).astype(np.float64)


def reduced(
    properties: Sequence[KeyedProperty], frames: FloatArray, degrees: float, height: float
) -> Iterator[Channel]:
    """Yield channels with keys removed while all samples of every property stay within a tolerance.

    All values of a property share their keyed frames. Interpolated by Blender, rotations stay within `degrees` of each
    sample, and other values within 1/1700 of the height per degree.

    Args:
        properties: what to key.
        frames: (F,) ascending.
        degrees: the tolerance.
        height: of the figure at rest, in the units of its bones' locations.
    """
    moments = frames.astype(np.float32).astype(np.float64)

    def kind(keyed: KeyedProperty) -> tuple[str, int]:
        return keyed.rotation_mode, keyed.values.shape[1]

    for (mode, _), alike in groupby(sorted(properties, key=kind), key=kind):
        group = list(alike)
        values = np.stack([keyed.seen for keyed in group], axis=1)
        if mode:
            kept = needed_keys(moments, values, _RotationError(mode), np.radians(degrees) * _SINGLE)
        else:
            kept = needed_keys(moments, values, _distances, _LENGTH * degrees * height * _SINGLE)
        for column, keyed in enumerate(group):
            yield from keyed.channels(kept[:, column])


class _RotationError:
    """The angle in radians between the rotations that Blender makes of two rows of values."""

    def __init__(self, rotation_mode: str) -> None:
        self.rotation_mode = rotation_mode

    def __call__(self, between: FloatArray, sampled: FloatArray) -> FloatArray:
        cosine = dot(rotations_of_values(self.rotation_mode, between), rotations_of_values(self.rotation_mode, sampled))
        return np.asarray(2.0 * np.arccos(np.minimum(np.abs(cosine), 1.0)), dtype=np.float64)


def _distances(between: FloatArray, sampled: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(between - sampled, axis=-1), dtype=np.float64)
