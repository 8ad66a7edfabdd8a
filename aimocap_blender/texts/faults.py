"""Faults: problems that users can solve."""

from .text import Sentence, Text


class Fault(Exception):  # noqa: N818 -- the project's word for errors shown to users
    """A problem that the user can solve.

    Attributes:
        what: one sentence of what happened.
        next_step: one sentence of what to do about it, or ''.
    """

    def __init__(self, what: Sentence, next_step: Sentence) -> None:
        # both end up in lines of a terminal, a log and a panel
        self.what = Text.of(what).printable()
        self.next_step = Text.of(next_step).printable()
        super().__init__(f"{self.what} {self.next_step}")

    @property
    def text(self) -> Text:
        """Both sentences."""
        return Text.joined((self.what, self.next_step))
