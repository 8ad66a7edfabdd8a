"""The choices of how a motion is applied to a character: names and values, in the form of plain JSON."""

from collections.abc import Mapping

from .. import options
from ..motion.retargeting.retarget_options import MOTION_OPTIONS, KeyOptions, RetargetOptions
from ..options import Choice


def choices_of(chosen: object) -> dict[str, Choice]:
    """Return the choices made in `scene.aimocap` or an operator, by name; those without a property are absent."""
    return options.choices_in(chosen, *MOTION_OPTIONS)


def read_choices(data: Mapping[str, object]) -> dict[str, Choice]:
    """Return the choices among stored values; those that an earlier version did not store are absent.

    Raises:
        ValueError: a choice has an invalid value.
    """
    return options.read_choices(data, *MOTION_OPTIONS)


def retarget_options(choices: Mapping[str, Choice]) -> RetargetOptions:
    """Return the choices for retargeting; absent ones have their default."""
    return options.made(RetargetOptions, choices)


def key_options(choices: Mapping[str, Choice]) -> KeyOptions:
    """Return the choices for keyframes; absent ones have their default."""
    return options.made(KeyOptions, choices)
