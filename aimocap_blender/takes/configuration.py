"""The preferences that captures need, provided by their owner."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..while_enabled import lasting


@dataclass(frozen=True)
class Configuration:
    """Settings that are the same for all files.

    Attributes:
        api_key: '' while there is none.
        service_url: the service's address, without a trailing slash.
        captures_folder: the folder of captures and their motion.
        poll_seconds: the longest time between two status checks in a job's first half hour.
        mark_assets: Actions with applied motion are marked as assets.
        witness: the file outside the captures folder that notes what is submitted.
        key_variable: name of the environment variable that sets the key; '' for none.
        url_variable: name of the environment variable that sets the address; '' for none.
    """

    api_key: str
    service_url: str
    captures_folder: Path
    poll_seconds: float
    mark_assets: bool
    witness: Path
    key_variable: str
    url_variable: str


@dataclass
class _Source:
    """The source of the configuration while the add-on is enabled, and the listeners for a changed folder."""

    read: Callable[[], Configuration] | None = None
    subscribers: tuple[Callable[[], None], ...] = ()


_source = lasting(_Source)


def configuration() -> Configuration:
    """Return the current configuration."""
    assert _source.read is not None  # noqa: S101 -- nothing runs while the add-on is disabled
    return _source.read()


def read_from(source: Callable[[], Configuration]) -> None:
    """Set where the configuration is read from while the add-on is enabled."""
    _source.read = source


def subscribe(subscriber: Callable[[], None]) -> None:
    """Call this whenever the captures folder changes."""
    _source.subscribers += (subscriber,)


def unsubscribe(subscriber: Callable[[], None]) -> None:
    """Stop calling this."""
    _source.subscribers = tuple(other for other in _source.subscribers if other is not subscriber)


def folder_changed() -> None:
    """Notify the subscribers."""
    for subscriber in _source.subscribers:
        subscriber()
