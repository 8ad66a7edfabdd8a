"""State of this Blender that lasts while the add-on is enabled: owned here, so that disabling it leaves nothing."""

from collections.abc import Callable
from typing import TypeVar

State = TypeVar("State")

_resets: list[Callable[[], object]] = []


def lasting(kind: Callable[[], State]) -> State:
    """Return a new state, whose attributes get their first values again when the add-on is disabled.

    Args:
        kind: a dataclass with a default for each field.
    """
    state = kind()
    _resets.append(lambda: vars(state).update(vars(kind())))
    return state


def discarded(clear: Callable[[], object]) -> None:
    """Call this when the add-on is disabled, such as a cache's `cache_clear`."""
    _resets.append(clear)


def reset() -> None:
    """Give all state its first values; the add-on is disabled."""
    for one in _resets:
        one()
