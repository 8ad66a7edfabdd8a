"""The progress of all captures, as a sentence and, if known, as a fraction."""

from dataclasses import dataclass

from ..texts.text import Text
from .session import Session


@dataclass(frozen=True)
class Progress:
    """The progress of all captures.

    Attributes:
        sentence: the capture's title and what it is doing, or how many there are.
        factor: 0 to 1 of the current transfers and renderings; None while unknown.
    """

    sentence: Text
    factor: float | None


def progress_of(session: Session) -> Progress | None:
    """Return the progress of all followed captures and rendering clips; None if there are none."""
    doing: list[tuple[str, Text, tuple[int, int] | None]] = [
        (preparation.title, Text("Saving the capture."), None)
        if preparation.is_saving
        else (preparation.title, Text("Rendering the range to a clip."), preparation.progress)
        for preparation in session.preparations.values()
        if preparation.active
    ]
    previews = [(preview.title, preview.progress) for preview in session.previews.running.values()]
    doing += [(title, one.what, (one.done, one.total) if one.total else None) for title, one in previews]
    doing += [(view.title, view.what, view.transferred) for view in session.runner.views.followed()]
    if not doing:
        return None
    parts = [done / max(total, 1) for *_, moved in doing if moved is not None for done, total in (moved,)]
    title, what, _ = doing[0]
    return Progress(
        sentence=Text("{title} – {what}", title=title, what=what)
        if len(doing) == 1
        else Text("{count} captures in progress", count=len(doing)),
        factor=sum(parts) / len(parts) if parts else None,
    )
