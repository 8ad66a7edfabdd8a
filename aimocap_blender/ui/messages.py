"""What is said when a capture comes to an end, once each, so that it is seen wherever one works in Blender."""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..jobs.capture import ENDED, FOR_THE_USER, State

if TYPE_CHECKING:
    from ..jobs.view import CaptureView
    from .following import Following

_MOST_WAITING = 20
_ENDS = {*ENDED, *FOR_THE_USER} - {State.STOPPED}  # whoever stopped it knows


@dataclass(frozen=True)
class Message:
    """One of them: how Blender's reports call such, and what is said."""

    level: Literal["INFO", "WARNING", "ERROR"]
    sentence: str


class Messages:
    """Those of one `Following`; how captures stood when it began is no news."""

    def __init__(self, session: "Following") -> None:
        self._session = session
        self._ends = {view.id: self._end_of(view) for view in session.runner.captures()}
        self._waiting: deque[Message] = deque(maxlen=_MOST_WAITING)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def take(self) -> list[Message]:
        """All that have not been said yet."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def say(self, title: str, fault: object) -> None:
        """Say why no capture comes of a clip."""
        self._waiting.append(Message("ERROR", f"{title}: {fault}"))

    def look(self, views: "tuple[CaptureView, ...]") -> None:
        """Note what has come to an end since the last look."""
        for view in views:
            end = self._end_of(view)
            if end is not None and self._ends.get(view.id) is None:
                self._waiting.append(Message(end.level, f"{view.title}: {end.sentence}"))
            self._ends[view.id] = end

    def _end_of(self, view: "CaptureView") -> Message | None:
        """None while something is under way: the job, or its motion to the character."""
        if view.state != State.DONE:
            ended = view.state in _ENDS and not view.followed
            return Message("ERROR", f"{view.what} {view.next_step}".strip()) if ended else None
        if (note := self._session.notes.get(view.id)) is not None:
            level = "ERROR" if note.failed else "WARNING" if note.warning else "INFO"
            return Message(level, " ".join(filter(None, (note.sentence, note.warning, *note.details))))
        if self._session.is_to_be_applied(view):
            return None
        return Message("INFO", f"{view.what} {self._session.where_it_waits(view)}".strip())
