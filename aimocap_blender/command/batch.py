"""Follows captures to their end from the command line, several at a time, and says before what they cost."""

import contextlib
import logging
import signal
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType, MappingProxyType

from ..jobs.capture import AWAITING_USER, ENDED, Capture, CaptureRequest, Order, State, TroubleKind
from ..jobs.intake import check_request, new_capture
from ..jobs.leased_lock import LeasedLock, LeaseWatch
from ..jobs.ledger import Ledger
from ..jobs.runner import UNWRITABLE, CaptureView
from ..service.addresses import service_address
from ..service.contract import result_type
from ..takes.captures.capture_settings import CaptureOptions
from ..takes.captures.capture_takes import EarlierCaptures, ended_without_motion, with_digest
from ..takes.captures.planning import SEVERAL_MAY_COST_MORE
from ..takes.configuration import configuration
from ..takes.session import Patience, Session, open_session
from ..texts.faults import Fault
from ..texts.text import Text
from ..whole_files import make_folders
from .delivery import Delivered
from .files import ledger, require_captures_folder, view_on_disk
from .output import FOLLOW, RECOVER, Output, facts_of, next_steps

DONE, FAILED, INTERRUPTED = 0, 1, 130
_TICK_SEC = 0.1
_NEXT_STEPS: Mapping[str, str] = MappingProxyType(
    {
        TroubleKind.REFUSED: "Fix the problem, then pay with --again or press Submit Again; "
        "both may cost a second time.",
        TroubleKind.NOTES_LOST: "Look for its job on the service's website; capture --again pays, perhaps twice.",
        TroubleKind.ACCEPTED: "Fetch that one with follow; capture --again pays for both.",
    }
)
"""For kinds of trouble whose text in the window names a button."""
_ANOTHER_KEY = "Give the key that it was begun with, or pay for the video with yours with capture --again."
_TAKE_OVER = "If it is no longer running there, add --take-over."
_log = logging.getLogger(__name__)

_DEFAULT = CaptureOptions()
_MB = 1e6


@contextlib.contextmanager
def interruptible(interrupted: Callable[[], object]) -> Generator[None]:
    """Have the first SIGINT or SIGTERM call a function; the second ends Blender.

    Blender's own handler only remembers the first SIGINT, which nothing here asks for, and leaves Python without one.
    """

    def interrupt(number: int, _frame: FrameType | None) -> None:
        # a second Ctrl-C means now
        signal.signal(number, signal.SIG_DFL)
        interrupted()

    at_int, at_term = signal.signal(signal.SIGINT, interrupt), signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        # Blender's own handlers aren't Python's, which then knows none
        signal.signal(signal.SIGINT, at_int or signal.SIG_DFL)
        signal.signal(signal.SIGTERM, at_term or signal.SIG_DFL)


@dataclass
class Item:
    """A wanted capture and its progress.

    Attributes:
        label: its name in the output.
        request: what to begin; None if it has begun already.
        deliver: called once its motion is on disk; may raise a fault.
        capture_id: '' until it has begun.
        begun_here: this process began it, so that waiting for the user is its end here.
        next_steps: kind of trouble to what to do about it, if that differs from the view's next step.
        over: nothing more is done for it.
        delivered: the motion is delivered.
        asked: one that began elsewhere and waited for the user has been continued.
        shown: the last reported state and its sentence.
        patience: with failures before it is paid.
        fault: why it can't begin.
    """

    label: str
    request: CaptureRequest | None
    deliver: Callable[[CaptureView], Delivered]
    capture_id: str = ""
    begun_here: bool = False
    next_steps: Mapping[str, str] = field(default_factory=dict[str, str])
    over: bool = False
    delivered: bool = False
    asked: bool = False
    shown: tuple[str, str] = ("", "")
    patience: Patience = field(default_factory=Patience)
    fault: Fault | None = None


class Batch:
    """The wanted captures and their progress.

    Args:
        items: in the order in which they begin.
        parallel: how many are in progress at a time.
        patience: seconds that the service must report the same end of a paid job until it is accepted; None for the
            default.
        take_over: take over captures that another computer followed.
        again: capture again what was captured before.

    Raises:
        ServiceFault: the service's address is invalid.
    """

    def __init__(
        self,
        items: Sequence[Item],
        output: Output,
        *,
        parallel: int,
        patience: float | None,
        take_over: bool,
        again: bool = False,
    ) -> None:
        self._items = items
        self._output = output
        self._parallel = parallel
        self._patience = patience
        self._take_over = take_over
        self._ledger = ledger()
        self._spared = Spared(self._ledger, again=again)
        self._interrupted = False
        for item in items:
            if item.fault is not None:
                self._fail(item, item.fault.what, item.fault.next_step)

    def run(self) -> int:
        """Follow all to their end; return the exit status."""
        session = open_session({item.capture_id for item in self._items}, self._patience)
        with interruptible(self._interrupt):
            self._take_up_paid(session)
            while not all(item.over for item in self._items):
                # only between two steps: within one, a job may just be paid
                if self._interrupted:
                    self._stop(session)
                    return INTERRUPTED
                # another command line, or a window, may share the captures folder
                session.captures.refresh()
                self._begin_some(session)
                for item in self._items:
                    if item.capture_id and not item.over and not self._interrupted:
                        self._look_at(item, session)
                session.captures.runner.wait_for_change(_TICK_SEC)
        return DONE if all(item.delivered for item in self._items) else FAILED

    def _take_up_paid(self, session: Session) -> None:
        """Take up jobs that the service may be processing first, since they count as parallel ones."""
        for item in self._items:
            earlier = self._spared.paid_one(item.request) if item.request is not None else None
            if earlier is not None and earlier.state not in ENDED:
                self._take(item, earlier.id, session)

    def _begin_some(self, session: Session) -> None:
        for item in self._items:
            # counted anew each time: one may have failed at once, and left its place to the next
            under_way = sum(bool(other.capture_id) and not other.over for other in self._items)
            if under_way >= self._parallel or self._interrupted:
                return
            if item.capture_id or item.over or item.request is None:
                continue
            try:
                # two command lines that look at the same time would both find nothing, and both pay
                with self._alone():
                    self._find_or_begin(item, item.request, session)
            except Fault as refused:
                self._fail(item, refused.what, refused.next_step)
            except OSError:
                self._fail(item, "The video can't be read.", "Check its permissions and the disk.")

    def _find_or_begin(self, item: Item, request: CaptureRequest, session: Session) -> None:
        seen = session.captures.runner.ids()
        earlier = self._spared.capture_of(request)
        # with the digest the same video is known again under another name
        if earlier is None:
            say_price(self._output, item.label, request)
            item.capture_id = session.captures.runner.begin(with_digest(request), seen)
            item.begun_here = True
        elif earlier.state is State.DONE and not earlier.is_complete:
            self._take(item, session.captures.runner.recover(earlier.job_id, earlier.targets), session)
        else:
            self._take(item, earlier.id, session)

    def _take(self, item: Item, capture_id: str, session: Session) -> None:
        item.capture_id = capture_id
        session.captures.runner.take_up(capture_id)
        self._output.found(item.label, capture_id)

    def _look_at(self, item: Item, session: Session) -> None:
        view = session.captures.view(item.capture_id)
        if view is None:
            # one without a view may just have been begun: only one that is not on disk is removed
            if self._ledger.stamp(item.capture_id) is None:
                self._fail(
                    item, "The capture has been removed from the captures folder.", "Capture again if you need it."
                )
            # another process has just begun it
            return
        if not item.begun_here and self._ask(item, view, session):
            view = session.captures.view(item.capture_id) or view
        if item.over:
            return
        if item.shown != (view.state, view.what):
            item.shown = view.state, view.what
            self._output.step("state", f"{item.label}: {view.what}", label=item.label, **facts_of(view))
        # a call can't wait for somebody to press a button: what asks for one is a failure here
        if view.state is State.DONE:
            self._deliver(item, view)
        elif view.state in ENDED | AWAITING_USER:
            steps = {**_NEXT_STEPS, **next_steps(), **item.next_steps}
            self._fail(item, view.what, steps.get(view.trouble, view.next_step))
        elif view.can_pay_as_mine or view.can_take_over:
            self._take_from_elsewhere(item, view, session)
        # a farm's task must end where the network or the address doesn't work
        elif item.patience.is_over(view) and view.followed:
            session.captures.runner.stop_following(view.id)
            self._fail(item, view.what, "Nothing was paid: check the network and the address, then try again.")

    def _take_from_elsewhere(self, item: Item, view: CaptureView, session: Session) -> None:
        if view.can_pay_as_mine or not self._take_over:
            self._fail(item, view.what, _ANOTHER_KEY if view.can_pay_as_mine else _TAKE_OVER)
            return
        # a worker has it already
        with contextlib.suppress(Fault):
            session.captures.runner.take_over(view.id)

    def _ask(self, item: Item, view: CaptureView, session: Session) -> bool:
        """Continue a found capture that isn't followed, and once one that waits for the user; return whether it did.

        A named one that ended without the motion that was paid for is checked once more.
        """
        # who names an ended capture wants its motion, so the service is asked once more
        ended = view.can_check_again and item.request is None and not _was_delivered(view)
        waits = view.state in AWAITING_USER or ended
        if (waits and item.asked) or not (waits or view.can_follow):
            return False
        item.asked |= waits
        try:
            if view.can_check_again:
                session.captures.runner.check_again(view.id)
            else:
                session.captures.runner.follow(view.id)
        except Fault as refused:
            now = session.captures.view(view.id)
            # one that can no longer be followed is followed by another process now
            if not waits and now is not None and now.can_follow:
                self._fail(item, refused.what, refused.next_step)
        return True

    def _deliver(self, item: Item, view: CaptureView) -> None:
        try:
            delivered = item.deliver(view)
        except Fault as fault:
            self._fail(item, fault.what, fault.next_step)
            return
        except Exception as error:  # noqa: BLE001 -- an error in the add-on must not stop following the others
            _log.exception("capture %s: its motion was not delivered", view.id)
            self._fail(item, f"The add-on failed ({type(error).__name__}).", "The motion is in the captures folder.")
            return
        item.over = item.delivered = True
        # a capture that was just paid says if the service did something else than asked
        deviations = (view.next_step,) if item.request is not None and view.next_step else ()
        self._output.done(item.label, delivered.outputs, delivered.sentences + deviations, **facts_of(view))

    def _fail(self, item: Item, what: str, next_step: str) -> None:
        item.over = True
        self._output.fault(item.label, what, next_step)

    def _stop(self, session: Session) -> None:
        """Cancel what isn't paid; the rest continues at the service, and any later Blender follows it."""
        left = [session.captures.view(item.capture_id) for item in self._items if not item.over]
        is_paid = False
        for view in filter(None, left):
            is_paid |= view.paid
            if view.followed and not view.paid:
                with contextlib.suppress(Fault):
                    session.captures.runner.stop_following(view.id)
        next_step = f"Paid jobs continue at the service; fetch them with {FOLLOW}." if is_paid else "Run it again."
        self._output.fault("", "Interrupted.", next_step)

    def _interrupt(self) -> None:
        """Stop at the next safe moment."""
        self._interrupted = True

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        """Lock out other command lines while looking for an earlier capture and beginning one: two would pay twice.

        Raises:
            Fault: the captures folder is gone, can't be written to, or another computer has it, as far as is known.
        """
        # a folder in its place would keep its drive from coming back there
        require_captures_folder()
        watch = LeaseWatch(overruled=self._take_over)
        try:
            make_folders(self._ledger.folder)
            while (lock := LeasedLock.take(self._ledger.folder / ".command.lock", watch)) is None:
                if watch.foreign is not None:
                    computer = watch.foreign.computer
                    raise Fault(Text("Blender on “{computer}” is starting captures.", computer=computer), _TAKE_OVER)
                time.sleep(_TICK_SEC)
        except OSError:
            raise UNWRITABLE from None
        try:
            yield
        finally:
            lock.release()


def _was_delivered(view: CaptureView) -> bool:
    """Return whether all of its motion was delivered: what is no longer here is fetched again before it is used."""
    return view.state is State.DONE and set(map(result_type, view.target_ids)) <= set(view.files)


class Spared:
    """Earlier captures that spare new ones.

    Args:
        ledger: the captures on disk.
        again: capture again what was captured before.

    Raises:
        ServiceFault: the service's address is invalid.
    """

    def __init__(self, ledger: Ledger, *, again: bool) -> None:
        self._ledger = ledger
        self._earlier = EarlierCaptures(ledger, service_address(configuration().service_url))
        self._again = again

    def capture_of(self, request: CaptureRequest) -> Capture | None:
        """Return the capture that spares this one; None if there is none.

        Raises:
            Fault: this one may be paid already, without a motion or with a record that can't be read.
        """
        if self._again:
            return None
        earlier = self._earlier.of(request)
        if earlier is not None and ended_without_motion(earlier):
            raise self._refusal_to_pay_again(earlier)
        # a record that can't be read may be of just this video
        if earlier is None and (lost := self._earlier.unreadable_jobs()):
            raise Fault(
                Text(
                    "The record of a capture can't be read, which may be a paid one of this video: job {job}.",
                    job=", ".join(lost),
                ),
                Text(
                    "Fetch it with {recover} {job}, or pay for this video anyway with --again.",
                    recover=RECOVER,
                    job=lost[0],
                ),
            )
        return earlier

    def paid_one(self, request: CaptureRequest) -> Capture | None:
        """Return the capture that spares this one if it may be paid; None if there is none."""
        earlier = None if self._again else self._earlier.of(request)
        return earlier if earlier is not None and earlier.may_be_paid else None

    def _refusal_to_pay_again(self, earlier: Capture) -> Fault:
        """Return a refusal to pay again unasked: scripts may run this again after each failure."""
        said = view_on_disk(self._ledger, earlier).what.removesuffix(".")
        return Fault(
            Text(
                "Job {job_id} of this video ended without a motion and may be paid ({said}).",
                job_id=earlier.job_id,
                said=said,
            ),
            Text(
                "Check that job again with {follow} {id}, or pay for the video again with --again.",
                follow=FOLLOW,
                id=earlier.id,
            ),
        )


def settings_of(order: Order | CaptureRequest) -> dict[str, object]:
    """Return the service's settings of a capture, for a JSON line."""
    return {
        "fps": order.export_fps or int(_DEFAULT.export_fps),
        "body": order.mocap_type or _DEFAULT.capture_type.lower(),
    }


def in_words(settings: dict[str, object]) -> str:
    """Return the service's settings of a capture for people."""
    return f"{settings['fps']} fps, {str(settings['body']).replace('_', ' ')}"


def say_price(output: Output, label: str, request: CaptureRequest) -> float:
    """Write what is sent of a video, where to, and what it costs; return the credits.

    Raises:
        Fault: the service could not accept the request, or the file can't be read.
    """
    # what the service can't accept has no price
    check_request(request)
    address = configuration().service_url
    capture = new_capture(request, address, time.time())
    order, settings = capture.order, settings_of(capture.order)
    start, end, size = order.trim_start_sec, order.trim_end_sec, capture.source.size
    output.step(
        "price",
        f"{label}: {start:.2f} to {end:.2f} s for {', '.join(order.target_ids)} ({in_words(settings)}) "
        f"cost {capture.credits:.2f} credits; the file of {size / _MB:.1f} MB is sent to {address}."
        + (f" {SEVERAL_MAY_COST_MORE}" if len(order.target_ids) > 1 else ""),
        label=label,
        range=[round(start, 3), round(end, 3)],
        credits=round(capture.credits, 3),
        bytes=size,
        address=address,
        targets=list(order.target_ids),
        title=order.title,
        options=settings,
    )
    return capture.credits
