"""The verb `recover` of the command line: fetches the motion of a job whose record was lost."""

import argparse
import contextlib
from collections.abc import Mapping
from pathlib import Path

from ..jobs.capture import AWAITING_USER, ENDED, TroubleKind
from ..jobs.runner import CaptureView
from ..service.addresses import service_address
from ..service.contract import result_type
from ..takes.configuration import configuration
from ..takes.session import Session, open_session
from ..texts.faults import Fault
from ..texts.text import Text
from .batch import Batch, Item
from .capture import require_service
from .delivery import SUFFIXES, Delivered, deliver, paths_next_to, require_place
from .files import ledger
from .output import FOLLOW, Output, wrong

_NEXT_STEPS: Mapping[str, str] = {
    TroubleKind.UNKNOWN_JOB: "Check the job ID, and that AIMOCAP_API_KEY is the key that created the job.",
    TroubleKind.NO_TARGET: "Give its target with --target.",
    TroubleKind.STILL_DRAFT: "Run this again to check once more; a recovered job is never submitted.",
}
"""Replaces the window's next steps, which refer to a row of its list."""


def recover(options: argparse.Namespace, output: Output) -> int:
    """Fetch the job's motion, or deliver it again; return the exit status. Sends nothing that costs credits."""
    job_id, place = options.job_id.strip(), options.output
    if place is not None and place.suffix.lower() not in SUFFIXES.values():
        wrong(f"{place.name} can't hold this motion.", f"Use a name that ends in {' or '.join(SUFFIXES.values())}.")
    require_service()
    if place is not None:
        require_place(place, overwrite=options.overwrite)
    session = open_session((), options.patience)
    item = Item(job_id, None, lambda view: _deliver(view, place, options), next_steps=_NEXT_STEPS)
    if earlier := _earlier(job_id):
        item.capture_id = earlier
        output.found(job_id, earlier)
        session.captures.runner.take_up(earlier)
    else:
        item.capture_id = session.captures.runner.recover(job_id, () if options.target is None else (options.target,))
        item.begun_here = True
    status = Batch([item], output, parallel=1, patience=options.patience, take_over=options.take_over).run()
    _forget_if_waiting(item.capture_id, session)
    return status


def _earlier(job_id: str) -> str:
    """Return a capture of the job that is done or was recovered before; '' if there is none.

    Raises:
        Fault: it is not lost, and following it might submit it.
    """
    kept, address = ledger(), service_address(configuration().service_url)
    of_job = [capture for capture in kept.captures() if (capture.job_id, capture.base_url) == (job_id, address)]
    for capture in of_job:
        if capture.is_complete:
            return capture.id
    for capture in of_job:
        if capture.state not in ENDED:
            if not capture.recovered:
                raise Fault(
                    "This job still has its record.", Text("Fetch it with {follow} {id}.", follow=FOLLOW, id=capture.id)
                )
            return capture.id
    return ""


def _deliver(view: CaptureView, place: Path | None, options: argparse.Namespace) -> Delivered:
    kinds = tuple(map(result_type, view.target_ids))
    if place is None:
        return deliver(view, kinds, {}, options)
    suffixes = {kind: SUFFIXES[kind] for kind in kinds}
    if place.suffix.lower() not in suffixes.values():
        raise Fault(
            Text("{place} can't hold this motion.", place=place.name),
            Text("Use a name that ends in {suffix}.", suffix=suffixes[kinds[0]]),
        )
    return deliver(view, kinds, paths_next_to(place, suffixes), options)


def _forget_if_waiting(capture_id: str, session: Session) -> None:
    """Remove the record of a recovery that waits for the user: running this again is enough."""
    view = session.captures.view(capture_id)
    if view is not None and view.state in AWAITING_USER and not view.rejected:
        with contextlib.suppress(Fault):
            session.captures.runner.forget(capture_id)
