"""Captures followed to their ends from the command line, some at a time, without a window and without a click."""

import contextlib
import logging
import signal
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from types import FrameType

from ..jobs.capture import ENDED, FOR_THE_USER, Capture, CaptureRequest, State
from ..jobs.file_lock import FileLock
from ..jobs.ledger import Ledger
from ..jobs.runner import CaptureRefused, CaptureView
from ..jobs.source_file import fingerprint, is_unchanged
from ..motion.faults import MotionFault
from ..scene.faults import SceneFault
from ..service.addresses import service_address
from ..service.contract import FBX, ROBOT_MOTION
from . import preferences
from .command_files import ledger
from .command_output import Output, facts_of
from .following import Following, following, is_given_up

DONE, FAILED, INTERRUPTED = 0, 1, 130
_TICK_SEC = 0.1
_SAME_SEC = 1e-3
_log = logging.getLogger(__name__)


@dataclass
class Item:
    """One capture that is wanted, and how far it is.

    Attributes:
        label: how it is named to people.
        request: what to begin; None where it is there already.
        deliver: called once its motion is on disk; returns where it was put and how that went, may raise a fault.
        capture_id: '' while it hasn't begun.
        over: nothing more is done for it.
        delivered: the motion is where it was wanted.
        asked: one that was found has been taken up again.
        shown: the state that was last told, and its sentence.
    """

    label: str
    request: CaptureRequest | None
    deliver: Callable[[CaptureView], tuple[str, ...]]
    capture_id: str = ""
    over: bool = False
    delivered: bool = False
    asked: bool = False
    shown: tuple[str, str] = ("", "")


class Batch:
    """Wanted captures, and how far they are.

    Args:
        items: in the order in which they begin.
        parallel: how many are under way at a time.
        again: begin anew what was captured before.

    Raises:
        ServiceFault: the service's address can't be one.
    """

    def __init__(self, items: Sequence[Item], output: Output, *, parallel: int, again: bool = False) -> None:
        self._items = items
        self._output = output
        self._parallel = parallel
        self._again = again
        self._ledger = ledger()
        self._address = service_address(preferences.service_url())
        self._mine: set[str] = set()
        self._interrupted = False

    def run(self) -> int:
        """Follow all to their ends; the exit status."""
        session = following()
        with self._interruptible():
            if not self._again:
                self._take_what_is_under_way()
            while not all(item.over for item in self._items):
                if self._interrupted:
                    self._stop(session)
                    return INTERRUPTED
                session.refresh()
                self._begin_some(session)
                for item in self._items:
                    if item.capture_id and not item.over and not self._interrupted:
                        self._look_at(item, session)
                session.runner.wait_for_change(_TICK_SEC)
        return DONE if all(item.delivered for item in self._items) else FAILED

    def _take_what_is_under_way(self) -> None:
        """Know first what counts as one of those at a time; what waits, unpaid, for a word of the user's does not."""
        for item in self._items:
            earlier = self._earlier(item.request) if item.request is not None else None
            if earlier is not None and (earlier.state is not State.BLOCKED or earlier.may_be_paid):
                self._take(item, earlier)

    def _begin_some(self, session: Following) -> None:
        for item in self._items:
            under_way = sum(bool(other.capture_id) and not other.over for other in self._items)
            if under_way >= self._parallel or self._interrupted:
                return
            if item.capture_id or item.over or item.request is None:
                continue
            try:
                with _alone(self._ledger):
                    self._take(item, None if self._again else self._earlier(item.request))
                    if not item.capture_id:
                        item.capture_id = session.runner.begin(item.request)
                        self._mine.add(item.capture_id)
            except (CaptureRefused, SceneFault) as refused:
                self._fail(item, refused.what, refused.next_step)

    def _take(self, item: Item, capture: Capture | None) -> None:
        if capture is not None:
            item.capture_id = capture.id
            self._output.step(
                "found",
                f"{item.label}: an earlier capture is taken up; nothing is paid twice.",
                label=item.label,
                capture=capture.id,
            )

    def _earlier(self, request: CaptureRequest) -> Capture | None:
        """The capture of the same file, range and target at the same service that need not be paid again."""
        try:
            looks = fingerprint(request.source, request.source_name, temporary=False)
        except OSError:
            return None  # beginning it says so
        found = [
            capture
            for capture in map(self._ledger.load, self._ledger.ids())
            if capture is not None
            and (self._is_complete(capture) or self._can_go_on(capture))
            and not capture.recovered
            and (capture.source.size, capture.source.edge_sha256) == (looks.size, looks.edge_sha256)
            and capture.order.target_ids == request.target_ids
            and (capture.order.export_fps, capture.order.mocap_type) == (request.export_fps, request.mocap_type)
            and abs(capture.order.trim_start_sec - request.trim_start_sec) < _SAME_SEC
            and abs(capture.order.trim_end_sec - request.trim_end_sec) < _SAME_SEC
            and capture.base_url == self._address
        ]
        return max(found, key=lambda capture: (capture.state is State.DONE, capture.created_at), default=None)

    def _is_complete(self, capture: Capture) -> bool:
        folder = self._ledger.folder_of(capture.id)
        motions = [folder / file.name for kind, file in capture.files.items() if kind in (FBX, ROBOT_MOTION)]
        return capture.state is State.DONE and not capture.given_up and all(file.is_file() for file in motions)

    @staticmethod
    def _can_go_on(capture: Capture) -> bool:
        return capture.state not in ENDED and (not capture.needs_source or is_unchanged(capture.source))

    def _look_at(self, item: Item, session: Following) -> None:
        view = session.view(item.capture_id)
        if view is None:
            if self._ledger.stamp(item.capture_id) is None:
                self._fail(item, "The capture has been removed from the captures folder.", "Capture again if need be.")
            return  # another process began it just now
        if item.capture_id not in self._mine and not item.asked:
            item.asked = True
            with contextlib.suppress(CaptureRefused):  # another process follows it, or it is over: its view tells
                if view.state == State.UNCONFIRMED:
                    session.runner.check_again(view.id)
                elif view.can_follow:
                    session.runner.follow(view.id)
            view = session.view(item.capture_id) or view
        if item.shown != (view.state, view.what):
            item.shown = view.state, view.what
            self._output.step("state", f"{item.label}: {view.what}", label=item.label, **facts_of(view))
        if view.state == State.DONE:
            self._deliver(item, view)
        elif view.state in ENDED | FOR_THE_USER:
            self._fail(item, view.what, view.next_step)
        elif view.followed and is_given_up(view):
            session.runner.stop_following(view.id)
            self._fail(item, view.what, "Nothing was paid: check the network and the address, then try again.")

    def _deliver(self, item: Item, view: CaptureView) -> None:
        try:
            place, *told = item.deliver(view)
        except (SceneFault, MotionFault) as fault:
            self._fail(item, fault.what, fault.next_step)
            return
        except Exception as error:  # noqa: BLE001 -- a fault of the add-on's own must not end the others' following
            _log.exception("capture %s: its motion was not delivered", view.id)
            self._fail(item, f"The add-on failed ({type(error).__name__}).", "The motion is in the captures folder.")
            return
        item.over = item.delivered = True
        sentence = " ".join((f"{item.label}: {place}", *told))
        self._output.step("done", sentence, label=item.label, output=place, told=told, **facts_of(view))

    def _fail(self, item: Item, what: str, next_step: str) -> None:
        item.over = True
        self._output.fault(item.label, what, next_step)

    def _stop(self, session: Following) -> None:
        """Cancel what isn't paid; the rest goes on at the service, and any later Blender takes it up."""
        for item in self._items:
            view = session.view(item.capture_id)
            if view is not None and view.followed and not view.paid and not item.over:
                with contextlib.suppress(CaptureRefused):
                    session.runner.stop_following(view.id)
        fetch = "blender --online-mode --command aimocap follow"
        self._output.fault("", "Interrupted.", f"What is paid goes on at the service: {fetch} fetches it.")

    @contextlib.contextmanager
    def _interruptible(self) -> Generator[None]:
        """The first SIGINT or SIGTERM is kept until it is a good moment; the second ends Blender."""

        def interrupt(number: int, _frame: FrameType | None) -> None:
            self._interrupted = True
            signal.signal(number, signal.SIG_DFL)

        before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler or signal.SIG_DFL)


@contextlib.contextmanager
def _alone(ledger: Ledger) -> Generator[None]:
    """Be the only command line that looks for an earlier capture and begins one: two of them would pay twice.

    Raises:
        SceneFault: the captures folder can't be written to.
    """
    try:
        ledger.folder.mkdir(parents=True, exist_ok=True)
        while (lock := FileLock.take(ledger.folder / ".command.lock")) is None:
            time.sleep(_TICK_SEC)
    except OSError:
        raise SceneFault(
            "The captures folder can't be written to.", "Choose another captures folder in the preferences."
        ) from None
    try:
        yield
    finally:
        lock.release()
