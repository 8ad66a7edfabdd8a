"""A survey of the captures folder: what other processes changed in it since the last survey."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from .capture import Capture
from .ledger import Ledger, Stamp


@dataclass(frozen=True)
class Seen:
    """The known state of a capture's folder."""

    stamp: Stamp | None
    applied: bool


@dataclass(frozen=True)
class Found:
    """A record that is new or different.

    Attributes:
        lost: kinds of motion that were delivered and are no longer on disk.
    """

    capture: Capture
    seen: Seen
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Survey:
    """The changes since the last survey.

    Attributes:
        changed: the records that are new or different.
        gone: known captures that no longer exist.
    """

    changed: tuple[Found, ...]
    gone: frozenset[str]


def survey(
    ledger: Ledger,
    known: Mapping[str, Seen],
    resting: AbstractSet[str] = frozenset(),
    between_parts: Callable[[], None] = lambda: None,
) -> Survey:
    """Compare the folder with what is known; set torn records aside.

    Args:
        ledger: of the folder.
        known: captures, as they were seen before.
        resting: other known captures, whose records are not looked at this time.
        between_parts: called between two captures; may wait.
    """
    names = frozenset(ledger.names())
    there: set[str] = set()
    changed: list[Found] = []
    for capture_id in sorted(names - resting):
        between_parts()
        stamp = ledger.stamp(capture_id)
        if stamp is None:
            continue
        there.add(capture_id)
        seen = Seen(stamp, ledger.is_applied(capture_id))
        # comparing size and time of a file is cheap, reading hundreds is not
        if known.get(capture_id) == seen:
            continue
        capture = ledger.load(capture_id)
        if capture is None:
            _set_aside(ledger, capture_id)
        else:
            changed.append(Found(capture, seen, ledger.lost(capture)))
    return Survey(tuple(changed), (frozenset(known) - there) | (resting - names))


def _set_aside(ledger: Ledger, capture_id: str) -> None:
    try:
        lock = ledger.lock(capture_id)
    except OSError:
        return
    if lock is not None:
        ledger.quarantine(capture_id)
        lock.release()
