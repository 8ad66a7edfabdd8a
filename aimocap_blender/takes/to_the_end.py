"""Follows a capture or a preview to its end without a window."""

import time

from ..jobs.runner import CaptureView
from ..scene.video.strips import StripSource
from ..texts.faults import Fault
from ..texts.text import Text
from .messages import Note
from .session import Session

_TICK_SEC = 0.1
_FAILURES_BEFORE_PAYING = 6
"""Consecutive failures; with the pauses between them about a minute."""


class Patience:
    """Limits the failures of a capture without a window.

    Args:
        also_paid: of a paid one too, which can be followed again at any time.
    """

    def __init__(self, *, also_paid: bool = False) -> None:
        self._before: int | None = None
        self._also_paid = also_paid

    def is_over(self, view: CaptureView) -> bool:
        """Return whether it has failed too often in a row since the first call; earlier failures don't count."""
        self._before = view.failures if self._before is None else min(self._before, view.failures)
        return view.failures - self._before >= _FAILURES_BEFORE_PAYING and (self._also_paid or not view.paid)


def follow_to_the_end(session: Session, capture_id: str) -> CaptureView:
    """Pump until the capture no longer continues automatically; return its view then.

    A paid capture is followed without limit. An unpaid one is given up after some consecutive failures, which no one
    sees.

    Raises:
        Fault: its clip could not be rendered, or the service could not be reached.
    """
    preparation = session.captures.preparations.get(capture_id)
    patience = Patience()
    while True:
        session.pump(may_wait=False)
        if preparation is not None and preparation.fault is not None:
            session.captures.preparations.pop(preparation.id).drop_clip()
            raise preparation.fault
        if preparation is not None and preparation.capture_id:
            capture_id = preparation.capture_id
            preparation = None
        view = session.captures.view(capture_id)
        if (
            preparation is None
            and view is not None
            and not view.followed
            and not session.application.is_to_be_applied(view.id)
        ):
            return view
        if view is not None and patience.is_over(view):
            session.captures.runner.stop_following(capture_id)
            raise Fault(view.what, "Nothing was paid: check the network and the address, then try again.")
        session.captures.runner.wait_for_change(0.1)


def check_to_the_end(session: Session, source: StripSource) -> tuple[Text, ...]:
    """Pump until a strip's range is checked; return what was found."""
    while session.video_checks.is_running(source):
        session.pump(may_wait=False)
        time.sleep(_TICK_SEC)
    return session.video_checks.found(source) or ()


def preview_to_the_end(session: Session, preview_id: str) -> Note:
    """Pump until a preview's motion is on its character; return the outcome of applying it.

    Raises:
        Fault: there is no motion.
    """
    preview = session.previews.running[preview_id]
    while preview_id in session.previews.running or session.application.is_to_be_applied(preview_id):
        session.pump(may_wait=False)
        time.sleep(_TICK_SEC)
    if preview.run.fault is not None:
        raise preview.run.fault
    return session.application.notes[preview_id]
