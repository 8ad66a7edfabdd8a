"""Follows a preview to its end without a window."""

import time

from ..messages import Note
from ..session import Session

_TICK_SEC = 0.1


def preview_to_the_end(session: Session, preview_id: str) -> Note:
    """Wait until a preview has its motion on the character; return the outcome of applying it.

    Raises:
        SceneFault: there is no motion.
    """
    preview = session.previews.running[preview_id]
    while session.previews.is_active(preview_id):
        session.pump(may_wait=False)
        time.sleep(_TICK_SEC)
    if preview.fault is not None:
        raise preview.fault
    return session.previews.notes[preview_id]
