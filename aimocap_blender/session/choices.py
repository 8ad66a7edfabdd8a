"""The choices of how a motion is applied to a character: names and values, in the form of plain JSON."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, cast

from ..motion.retargeting.retarget_options import RetargetOptions
from ..scene.keys.pose_keys import KeyOptions

Timing = Literal["STRIP", "REAL_TIME"]
Choice = str | bool | float

ITEMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "timing": ("STRIP", "REAL_TIME"),
        "root_motion": ("FULL", "IN_PLACE"),
        "root_carrier": ("HIPS", "ROOT_BONE", "OBJECT"),
        "start": ("CHARACTER", "CAPTURE"),
        "source_reference": ("AUTO", "REST", "FRAME"),
        "target_reference": ("REST", "FRAME"),
        "ground": ("MOTION", "SCENE"),
        "limbs": ("FK", "IK_LEGS", "IK"),
        "sampling": ("SAMPLES", "FRAMES"),
        "previous_action": ("PUSH_DOWN", "IN_TURN", "LEAVE"),
    }
)
"""The choices with a fixed set of values."""
_SWITCHES = ("lock_feet", "hold_hands")
_NUMBERS = ("scale", "lock_strength", "hand_strength", "source_frame", "target_frame", "smoothing", "key_tolerance")
CHOICES = (*ITEMS, *_SWITCHES, *_NUMBERS)
"""The names of all choices for a capture's motion; other motion has no timing to choose."""
_OF_RETARGETING = {
    **{name: name for name in ("root_motion", "root_carrier", "scale", "start", "lock_feet", "lock_strength")},
    **{name: name for name in ("hold_hands", "hand_strength")},
    **{name: name for name in ("source_reference", "source_frame", "target_reference", "target_frame", "ground")},
    "smoothing": "smoothing_sec",
}
_OF_KEYS = {
    **{name: name for name in ("previous_action", "sampling", "limbs")},
    "key_tolerance": "tolerance_degrees",
}


def choices_of(chosen: object) -> dict[str, Choice]:
    """Return the choices made in `scene.aimocap` or an operator, by name; those without a property are absent."""
    return {name: getattr(chosen, name) for name in CHOICES if hasattr(chosen, name)}


def read_choices(data: Mapping[str, object]) -> dict[str, Choice]:
    """Return the choices among stored values; those that an earlier version did not store are absent.

    Raises:
        ValueError: a choice has an invalid value.
    """
    values: dict[str, Choice] = {}
    for name, items in ITEMS.items():
        if name in data:
            if data[name] not in items:
                raise ValueError(f"{name} is {data[name]!r}")
            values[name] = str(data[name])
    for name, kind in (*((name, bool) for name in _SWITCHES), *((name, (int, float)) for name in _NUMBERS)):
        value = data.get(name)
        if value is None:
            continue
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{name} is {value!r}")
        values[name] = value
    return values


def retarget_options(choices: Mapping[str, Choice]) -> RetargetOptions:
    """Return the choices for retargeting; absent ones have their default."""
    return RetargetOptions(**_renamed(choices, _OF_RETARGETING))


def key_options(choices: Mapping[str, Choice]) -> KeyOptions:
    """Return the choices for keyframes; absent ones have their default."""
    return KeyOptions(**_renamed(choices, _OF_KEYS))


def _renamed(choices: Mapping[str, Choice], names: Mapping[str, str]) -> dict[str, Any]:
    return {names[name]: cast("Any", value) for name, value in choices.items() if name in names}
