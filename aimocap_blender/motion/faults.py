"""Problems with a motion or a skeleton, described for users."""


def printable(text: str) -> str:
    """Return one line in which unprintable characters, and those that reverse the text direction, are spaces."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


class MotionFault(Exception):  # noqa: N818 -- the project's word for errors shown to users
    """A motion or a skeleton that can't be used.

    Attributes:
        what: one sentence of what happened.
        next_step: one sentence of what to do about it.
    """

    def __init__(self, what: str, next_step: str) -> None:
        self.what = printable(what)
        self.next_step = printable(next_step)
        super().__init__(f"{self.what} {self.next_step}")
