"""What the captures need to know of the preferences, handed in by whoever holds these."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Configuration:
    """What is the same for all files.

    Attributes:
        api_key: '' while there is none.
        service_url: the service's address, without a slash at its end.
        captures_folder: where captures and their motion are kept.
        poll_seconds: the longest time between two status checks in a job's first half hour.
        mark_assets: Actions that motion is put on are marked as assets.
    """

    api_key: str
    service_url: str
    captures_folder: Path
    poll_seconds: float
    mark_assets: bool


@dataclass
class _Source:
    """Where the configuration comes from, while the add-on is enabled, and who is told that the folder changed."""

    read: Callable[[], Configuration] | None = None
    subscribers: tuple[Callable[[], None], ...] = ()


_source = _Source()


def configuration() -> Configuration:
    """Return what is configured now."""
    assert _source.read is not None  # noqa: S101 -- nothing runs while the add-on is disabled
    return _source.read()


def read_from(source: Callable[[], Configuration] | None) -> None:
    """Have the configuration read from there; None: from nowhere any more."""
    _source.read = source


def subscribe(subscriber: Callable[[], None]) -> None:
    """Have this called whenever the captures folder is another one."""
    _source.subscribers += (subscriber,)


def unsubscribe(subscriber: Callable[[], None]) -> None:
    """Have it called no more."""
    _source.subscribers = tuple(other for other in _source.subscribers if other is not subscriber)


def folder_changed() -> None:
    """Tell the subscribers."""
    for subscriber in _source.subscribers:
        subscriber()
