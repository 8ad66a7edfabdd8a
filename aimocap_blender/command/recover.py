"""The verb `recover` of the command line: a job whose record was lost, to the files of its motion."""

import argparse
import contextlib
from pathlib import Path

from ..jobs.capture import ENDED, FOR_THE_USER
from ..jobs.runner import CaptureRefused, CaptureView
from ..jobs.setbacks import UNKNOWN_JOB
from ..scene.faults import SceneFault
from ..service.addresses import service_address
from ..service.contract import result_type
from ..session.configuration import configuration
from ..session.session import Session, open_session
from .batch import Batch, Item
from .capture import require_service
from .delivery import SUFFIXES, Delivered, beside, deliver, require_place
from .files import ledger
from .output import FOLLOW, Output, wrong

_NEXT_STEPS = {
    UNKNOWN_JOB: "Check the job id, and that AIMOCAP_API_KEY is the key that made the job.",
    "no_target": "Say with --target what it makes.",
    "still_draft": "Call this again to ask once more; a recovered job is never submitted.",
}
"""What the window says for these is about a row of its list, and none stays here."""


def recover(asked: argparse.Namespace, output: Output) -> int:
    """Fetch the job's motion, or deliver again what was fetched before; the exit status. Sends nothing that costs."""
    job_id, place = asked.job_id.strip(), asked.output
    if place is not None and place.suffix.lower() not in SUFFIXES.values():
        wrong(f"{place.name} can't hold this motion.", f"End its name in {' or '.join(SUFFIXES.values())}.")
    require_service()
    if place is not None:
        require_place(place, overwrite=asked.overwrite)
    session = open_session((), asked.patience)
    item = Item(job_id, None, lambda view: _deliver(view, place, asked), next_steps=_NEXT_STEPS)
    if earlier := _earlier(job_id):
        item.capture_id = earlier
        output.found(job_id, earlier)
        session.runner.take_up(earlier)
    else:
        item.capture_id = session.runner.recover(job_id, () if asked.target is None else (asked.target,))
        item.begun_here = True
    status = Batch([item], output, parallel=1, patience=asked.patience).run()
    _forget_what_came_to_nothing(item.capture_id, session)
    return status


def _earlier(job_id: str) -> str:
    """A capture of the job that is done or was recovered before; '' where there is none.

    Raises:
        SceneFault: it is not lost, and following it might submit it.
    """
    kept, address = ledger(), service_address(configuration().service_url)
    of_job = [capture for capture in kept.captures() if (capture.job_id, capture.base_url) == (job_id, address)]
    for capture in of_job:
        if kept.has_motions(capture):
            return capture.id
    for capture in of_job:
        if capture.state not in ENDED:
            if not capture.recovered:
                raise SceneFault("The record of this job is there.", f"Fetch it with {FOLLOW} {capture.id}.")
            return capture.id
    return ""


def _deliver(view: CaptureView, place: Path | None, asked: argparse.Namespace) -> Delivered:
    kinds = tuple(map(result_type, view.target_ids))
    if place is None:
        return deliver(view, kinds, {}, asked)
    suffixes = {kind: SUFFIXES[kind] for kind in kinds}
    if place.suffix.lower() not in suffixes.values():
        raise SceneFault(f"{place.name} can't hold this motion.", f"End its name in {suffixes[kinds[0]]}.")
    return deliver(view, kinds, beside(place, suffixes), asked)


def _forget_what_came_to_nothing(capture_id: str, session: Session) -> None:
    """Leave no record of a recovery that waits for a word of the user's: calling this again is all that it takes."""
    view = session.view(capture_id)
    if view is not None and view.state in FOR_THE_USER and not view.rejected:
        with contextlib.suppress(CaptureRefused):
            session.runner.forget(capture_id)
