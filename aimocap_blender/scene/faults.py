"""Problems with the scene or a file, described for users."""

from ..motion.faults import printable


class SceneFault(Exception):  # noqa: N818 -- the project's word for errors shown to users
    """A problem with the scene or a file that the user can solve.

    Attributes:
        what: one sentence of what happened.
        next_step: one sentence of what to do about it.
    """

    def __init__(self, what: str, next_step: str) -> None:
        self.what = printable(what)
        self.next_step = printable(next_step)
        super().__init__(f"{self.what} {self.next_step}")
