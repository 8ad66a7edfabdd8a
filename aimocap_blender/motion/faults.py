"""What is wrong with a motion or a skeleton, in words for the person who gave it."""


def fit_to_show(text: str) -> str:
    """One line: whatever of a file's own words can't be printed, or turns the writing round, is a space."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


class MotionFault(Exception):  # noqa: N818 -- the project's word for what is shown to people
    """A motion or a skeleton that can't be used.

    Attributes:
        what: one sentence of what happened.
        next_step: one sentence of what to do about it.
    """

    def __init__(self, what: str, next_step: str) -> None:
        self.what = fit_to_show(what)
        self.next_step = fit_to_show(next_step)
        super().__init__(f"{self.what} {self.next_step}")
