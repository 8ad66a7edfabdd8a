"""A finished capture's motion as the service delivered it: fetched again where its files on disk are something else."""

from ..jobs.capture import State
from ..jobs.runner import CaptureView
from ..takes.captures.planning import require_service
from ..takes.session import Patience, Session, open_session
from ..texts.faults import Fault
from ..texts.text import Text
from .files import ledger

_TICK_SEC = 0.1


def whole(view: CaptureView) -> tuple[CaptureView, tuple[str, ...]]:
    """Return a finished capture with the files that were delivered, and a sentence if they were fetched again.

    Raises:
        Fault: they can't be fetched.
    """
    kept = ledger()
    capture = kept.load(view.id)
    damaged = kept.damaged(capture) if capture is not None else ()
    if not damaged:
        return view, ()
    names = ", ".join(view.files[kind].name for kind in damaged)
    try:
        require_service()
        fetched = _fetched_again(open_session((view.id,)), view.id, damaged)
    except Fault as fault:
        raise Fault(
            Text(
                "{names} is not what the service delivered, and can't be fetched again: {why}",
                names=names,
                why=fault.what,
            ),
            fault.next_step,
        ) from None
    return fetched, (f"{names} was not what the service delivered, and was fetched again, free of charge.",)


def _fetched_again(session: Session, capture_id: str, kinds: tuple[str, ...]) -> CaptureView:
    """Wait until motions are fetched again; return the capture then.

    Raises:
        Fault: they are not.
    """
    session.captures.runner.take_up(capture_id)
    session.captures.runner.fetch_again(capture_id, kinds)
    # what is paid is waited for without end elsewhere, but here somebody waits for one file
    patience = Patience(also_paid=True)
    while True:
        session.captures.refresh()
        view = session.captures.view(capture_id)
        if view is None:
            raise Fault("The capture has been removed from the captures folder.", "Capture again if you need it.")
        if patience.is_over(view):
            raise Fault(view.what, "Check the network, then run this again.")
        if not view.followed:
            break
        session.captures.runner.wait_for_change(_TICK_SEC)
    if view.state is not State.DONE or not set(kinds) <= set(view.files):
        raise Fault(view.what, view.next_step)
    return view
