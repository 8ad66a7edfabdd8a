"""Messages about captures that end, shown once each, wherever the user works in Blender."""

from collections import deque
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ..jobs.capture import AWAITING_USER, ENDED, State
from ..jobs.view import CaptureView
from ..texts.faults import Fault
from ..texts.text import Sentence, Text

_MOST_WAITING = 20
_ENDS = {*ENDED, *AWAITING_USER} - {State.STOPPED}  # stopped by the user


@dataclass(frozen=True)
class Message:
    """A message.

    Attributes:
        level: in Blender's reports.
        sentence: one or more sentences.
        title: of the capture that it is about, in the user's own words.
    """

    level: Literal["INFO", "WARNING", "ERROR"]
    sentence: Text
    title: str = ""


@dataclass(frozen=True)
class Note:
    """The outcome of applying a motion, for the panel: a sentence, and others on its quality.

    Attributes:
        sentence: what was done, or why not.
        failed: nothing was done.
        warning: what the user has to know about it; '' for nothing.
        details: more sentences.
        doubtful_bones: the warning is a reason to review the character's bone map.
    """

    sentence: Sentence
    failed: bool = False
    warning: Sentence = ""
    details: tuple[Sentence, ...] = ()
    doubtful_bones: bool = False

    @property
    def sentences(self) -> tuple[Text, ...]:
        """All sentences, the most important first."""
        return tuple(Text.of(one) for one in (self.sentence, self.warning, *self.details) if one)

    @property
    def message(self) -> Message:
        """The same as a message."""
        level = "ERROR" if self.failed else "WARNING" if self.warning else "INFO"
        return Message(level, Text.joined(self.sentences))

    def with_details(self, *details: Sentence) -> "Note":
        """Return the note with more sentences at its end."""
        return replace(self, details=(*self.details, *details))

    def with_warning(self, warning: Sentence) -> "Note":
        """Return the note with one more warning; '' for none."""
        return replace(self, warning=Text.joined((self.warning, warning)))


@dataclass(frozen=True)
class Standing:
    """The state of a capture and its motion.

    Attributes:
        view: the capture.
        applied: the outcome of applying its motion; None if that hasn't been tried.
        to_be_applied: its motion is about to be applied.
        waits: what to do about a motion that is not applied; '' if there is nothing to do.
    """

    view: CaptureView
    applied: Message | None
    to_be_applied: bool
    waits: Sentence

    @property
    def end(self) -> Message | None:
        """The message about its end; None while the job or the application of its motion is in progress."""
        view = self.view
        if view.state is not State.DONE:
            ended = view.state in _ENDS and not view.followed
            return Message("ERROR", Text.joined((view.what, view.next_step))) if ended else None
        if self.applied is not None:
            return self.applied
        return None if self.to_be_applied else Message("INFO", Text.joined((view.what, self.waits)))


class Messages:
    """The pending messages."""

    def __init__(self) -> None:
        self._ends: dict[str, Message | None] = {}
        self._waiting: deque[Message] = deque(maxlen=_MOST_WAITING)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def take(self) -> list[Message]:
        """Return all pending messages and clear them."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def say(self, title: str, fault: Fault) -> None:
        """Add a message on why a clip was not captured."""
        self.add(Message("ERROR", fault.text, title))

    def add(self, message: Message) -> None:
        """Add a message."""
        self._waiting.append(message)

    def look(self, standings: Iterable[Standing], ended_before: Container[str] = ()) -> None:
        """Add messages about captures that ended since the last call.

        Args:
            standings: of captures that may have ended.
            ended_before: ids of captures that had ended before the session began; these are not reported.
        """
        for standing in standings:
            view, end = standing.view, standing.end
            before = self._ends.get(view.id, end if view.id in ended_before else None)
            if end is not None and before is None:
                self._waiting.append(replace(end, title=view.title))
            self._ends[view.id] = end
