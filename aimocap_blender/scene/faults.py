"""What in the scene, or in a file, keeps something from working, in words for the person at the screen."""

from ..motion.faults import fit_to_show


class SceneFault(Exception):  # noqa: N818 -- the project's word for what is shown to people
    """Something in the scene that can't be used as it is.

    Attributes:
        what: one sentence of what happened.
        next_step: one sentence of what to do about it.
    """

    def __init__(self, what: str, next_step: str) -> None:
        self.what = fit_to_show(what)
        self.next_step = fit_to_show(next_step)
        super().__init__(f"{self.what} {self.next_step}")
