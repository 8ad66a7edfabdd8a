"""Wall-clock time that doesn't jump while the process runs."""

import time


class SteadyClock:
    """Seconds since 1970, as the wall clock had them at the start and the monotonic clock counts them since."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since 1970."""
        return time.monotonic() + self._offset
