"""Protection against SIGPIPE, so that writing to a closed connection raises an error instead of ending Blender.

Python usually ignores SIGPIPE, but not inside a Blender built without Python's signal handlers (such as Debian's 4.3):
there an upload that is stopped, or broken off by the service, would end Blender without a message.
"""

import signal
from dataclasses import dataclass

from ...while_enabled import lasting


@dataclass
class _Handler:
    """Whether this add-on changed the handler of SIGPIPE."""

    changed: bool = False


_handler = lasting(_Handler)


def register() -> None:
    """Ignore the signal unless that is so already; child processes still start with the system's default."""
    # Windows has no such signal, and other add-ons may have a handler
    if hasattr(signal, "SIGPIPE") and signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        _handler.changed = True


def unregister() -> None:
    """Restore the handler."""
    if _handler.changed:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
