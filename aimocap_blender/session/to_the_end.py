"""A capture followed to its end where there is no window."""

from ..jobs.runner import CaptureView
from ..scene.faults import SceneFault
from .session import Session

_FAILURES_BEFORE_PAYING = 6
"""In a row; with the pauses between them about a minute."""


class Patience:
    """How long a capture that isn't paid is waited for where there is no window."""

    def __init__(self) -> None:
        self._before: int | None = None

    def is_over(self, view: CaptureView) -> bool:
        """Has it failed too often in a row since this was first asked? Failures of earlier processes don't count."""
        self._before = view.failures if self._before is None else min(self._before, view.failures)
        return view.failures - self._before >= _FAILURES_BEFORE_PAYING and not view.paid


def follow_to_the_end(session: Session, capture_id: str) -> CaptureView:
    """Pump until nothing more happens to the capture by itself, where there is no window; then how it stands.

    What is paid is followed without end. What isn't is given up after some failures in a row: nobody sees them.

    Raises:
        SceneFault: its clip could not be rendered, or the service not be reached.
    """
    preparation = session.preparations.get(capture_id)
    patience = Patience()
    while True:
        session.pump(may_wait=False)
        if preparation is not None and preparation.fault is not None:
            session.preparations.pop(preparation.id).drop_clip()
            raise preparation.fault
        if preparation is not None and preparation.capture_id:
            capture_id = preparation.capture_id
            preparation = None
        view = session.view(capture_id)
        if preparation is None and view is not None and not view.followed and not session.is_to_be_applied(view):
            return view
        if view is not None and patience.is_over(view):
            session.runner.stop_following(capture_id)
            raise SceneFault(view.what, "Nothing was paid: check the network and the address, then try again.")
        session.runner.wait_for_change(0.1)
