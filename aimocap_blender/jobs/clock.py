"""A wall clock that doesn't jump while the process runs."""

import time


class SteadyClock:
    """Seconds since 1970: the wall clock at the start, advanced by the monotonic clock."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Return the seconds since 1970."""
        return time.monotonic() + self._offset
