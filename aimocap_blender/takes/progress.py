"""The progress of all takes, as a sentence and, if known, as a fraction."""

from dataclasses import dataclass

from ..texts.text import Text
from .session import Session


@dataclass(frozen=True)
class Progress:
    """The progress of all takes.

    Attributes:
        sentence: the take's title and what it is doing, or how many there are.
        factor: 0 to 1 of the current transfers and renderings; None while unknown.
    """

    sentence: Text
    factor: float | None


def progress_of(session: Session) -> Progress | None:
    """Return the progress of all that is being done for takes; None if nothing is."""
    doing = [one for source in session.sources for one in source.doing()]
    if not doing:
        return None
    parts = [done / max(total, 1) for one in doing if one.moved is not None for done, total in (one.moved,)]
    return Progress(
        sentence=Text("{title} – {what}", title=doing[0].title, what=doing[0].what)
        if len(doing) == 1
        else Text("{count} captures in progress", count=len(doing)),
        factor=sum(parts) / len(parts) if parts else None,
    )
