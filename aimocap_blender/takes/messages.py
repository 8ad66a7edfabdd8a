"""Messages about takes, shown once each wherever the user works in Blender, and what the log tells of a fault."""

import traceback
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..texts.faults import Fault
from ..texts.text import Sentence, Text

_MOST_WAITING = 20  # of a batch that fails, the last ones say what all say


@dataclass(frozen=True)
class Message:
    """A message.

    Attributes:
        level: in Blender's reports.
        sentence: one or more sentences.
        title: of the take that it is about, in the user's own words.
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
        frame: of the timeline, where what the warning says is worst; None if it is nowhere.
        applied: a motion is on a character.
    """

    sentence: Sentence
    failed: bool = False
    warning: Sentence = ""
    details: tuple[Sentence, ...] = ()
    doubtful_bones: bool = False
    frame: float | None = None
    applied: bool = True

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


class Messages:
    """The pending messages."""

    def __init__(self) -> None:
        self._waiting: deque[Message] = deque(maxlen=_MOST_WAITING)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def take(self) -> list[Message]:
        """Return all pending messages and clear them."""
        # each is shown once, in whichever window asks first
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def say(self, title: str, fault: Fault) -> None:
        """Add a message on why a clip was not captured."""
        self.add(Message("ERROR", fault.text, title))

    def add(self, message: Message) -> None:
        """Add a message."""
        self._waiting.append(message)


def source_line_of(fault: Exception) -> str:
    """Return a fault's type and source line, which identify its message without the values it quotes."""
    # the last one is where it was raised, mostly another line for each message
    frames = traceback.extract_tb(fault.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(fault).__name__}{where}"
