"""The sources of takes, all alike, so that everything that comes after a take is one code."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..texts.text import Text
from .take import Take


@dataclass(frozen=True)
class Doing:
    """Work in progress for a take.

    Attributes:
        title: of the take.
        what: in words.
        moved: how much is done of how much; None while unknown.
    """

    title: str
    what: Text
    moved: tuple[float, float] | None = None


class Source(Protocol):
    """A source of takes that are kept on disk."""

    @property
    def busy(self) -> bool:
        """Whether anything needs redrawing ten times per second."""
        ...

    @property
    def listing(self) -> object:
        """A value that differs whenever a take is added or removed."""
        ...

    def pump(self) -> bool:
        """Do the main thread's pending work; return whether anything visible has changed."""
        ...

    def take(self, take_id: str) -> Take | None:
        """Return one of its takes as it is now; None if it is none."""
        ...

    def unfinished(self) -> Sequence[str]:
        """Return the ids of those that are not on disk yet, in the order in which they began."""
        ...

    def order(self) -> Sequence[tuple[float, str]]:
        """Return when each of the others was created, in seconds since 1970, and its id, newest first."""
        ...

    def doing(self) -> Iterable[Doing]:
        """Return what is being done for its takes."""
        ...

    def under_way(self) -> Iterable[Take]:
        """Return those that continue, or were just made: their thumbnails are worth keeping."""
        ...

    def rename(self, take_id: str, title: str) -> None:
        """Give a take another title.

        Raises:
            Fault: it is refused.
        """
        ...

    def remove(self, take_id: str) -> None:
        """Remove a take from the list and the disk; some sources can restore it for some days.

        Raises:
            Fault: it is refused.
        """
        ...
