"""Writing to a connection that is gone is an error, and not the end of Blender.

Python by itself ignores SIGPIPE, but not the one inside a Blender that is started without Python's signal handlers
(Debian's 4.3 is): there an upload that is stopped, or broken off by the service, would end Blender without a word.
"""

import signal


class _Changed:
    """Whether it is this add-on that has the signal ignored."""

    here = False


def register() -> None:
    """Have the signal ignored, where it isn't; children are started with the system's default all the same."""
    if hasattr(signal, "SIGPIPE") and signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        _Changed.here = True


def unregister() -> None:
    """Leave it as it was."""
    if _Changed.here:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        _Changed.here = False
