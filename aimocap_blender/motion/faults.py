"""What is wrong with a motion or a skeleton, in words for the person who gave it."""


class MotionFault(Exception):  # noqa: N818 -- the project's word for what is shown to people
    """A motion or a skeleton that can't be used.

    Attributes:
        what: one sentence of what happened.
        next_step: one sentence of what to do about it.
    """

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what} {next_step}")
        self.what = what
        self.next_step = next_step
