"""What is said when a capture comes to an end, once each, so that it is seen wherever one works in Blender."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..jobs.capture import AWAITING_USER, ENDED, State
from ..jobs.view import CaptureView

_MOST_WAITING = 20
_ENDS = {*ENDED, *AWAITING_USER} - {State.STOPPED}  # whoever stopped it knows


@dataclass(frozen=True)
class Message:
    """One of them: how Blender's reports call such, and what is said."""

    level: Literal["INFO", "WARNING", "ERROR"]
    sentence: str


@dataclass(frozen=True)
class Standing:
    """How a capture and its motion stand.

    Attributes:
        view: the capture.
        applied: how applying its motion went; None where that hasn't been tried.
        to_be_applied: its motion is on its way to a character.
        waits: what to do about a motion that is on no character; '' where there is nothing to do.
    """

    view: CaptureView
    applied: Message | None
    to_be_applied: bool
    waits: str

    @property
    def end(self) -> Message | None:
        """What is said of it; None while something is under way: the job, or its motion to the character."""
        view = self.view
        if view.state is not State.DONE:
            ended = view.state in _ENDS and not view.followed
            return Message("ERROR", f"{view.what} {view.next_step}".strip()) if ended else None
        if self.applied is not None:
            return self.applied
        return None if self.to_be_applied else Message("INFO", f"{view.what} {self.waits}".strip())


class Messages:
    """What has not been said yet; how captures stood at the beginning is no news.

    Args:
        standings: of all captures at the beginning.
    """

    def __init__(self, standings: Iterable[Standing]) -> None:
        self._ends = {standing.view.id: standing.end for standing in standings}
        self._waiting: deque[Message] = deque(maxlen=_MOST_WAITING)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def take(self) -> list[Message]:
        """Return all that have not been said yet."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def say(self, title: str, fault: object) -> None:
        """Say why no capture comes of a clip."""
        self._waiting.append(Message("ERROR", f"{title}: {fault}"))

    def look(self, standings: Iterable[Standing]) -> None:
        """Note what has come to an end since the last look."""
        for standing in standings:
            view, end = standing.view, standing.end
            if end is not None and self._ends.get(view.id) is None:
                self._waiting.append(Message(end.level, f"{view.title}: {end.sentence}"))
            self._ends[view.id] = end
