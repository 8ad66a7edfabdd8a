"""The threads that drive captures, and the interface to them for the rest of the add-on.

A few workers share one list of captures, each with the time of its next step. The pure state machine in `life` decides
the step; a worker saves the record, makes the request, and passes the outcome to the machine.
"""

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..service.contract import Generation
from ..service.interruption import Cancellation
from ..texts.faults import Fault
from .capture import ENDED, Capture, CaptureRequest, State
from .drives import Drive, Drives, Lane, Views
from .events import CheckAgain, Event, Follow, PayAsMine, Rename, Stop, SubmitAnyway
from .intake import LONGEST_TITLE, check_request, new_capture, recovered_capture
from .ledger import Ledger, Survey, survey
from .life import NOT_MINE, advance
from .source_file import shows_the_same
from .stepping import EffectContext, Stepping
from .timing import SteadyClock, Timing
from .trash import Trash
from .view import TURN_ONLINE, CaptureView, is_kept

if TYPE_CHECKING:
    from ..service.client import Service

__all__ = ["GONE", "OFFLINE", "UNWRITABLE", "CaptureView", "Runner"]

WORKERS_OF: Mapping[Lane, int] = MappingProxyType(
    {Lane.REQUESTS: 4, Lane.UPLOADS: 2, Lane.DOWNLOADS: 2, Lane.PREVIEWS: 1}
)
"""How many steps of each kind are taken at a time, so that slow ones of one kind hold up no other."""
_HOLD_SEC = 0.2
_PART_SEC = 0.02
_LOOKED_AT = 50
"""How many finished captures are looked at in one survey."""
GONE = Fault(
    "The captures folder is gone, with all earlier captures.",
    "Connect its drive, or choose another captures folder in the preferences.",
)
OFFLINE = Fault("Blender's online access is off.", TURN_ONLINE)
UNWRITABLE = Fault("The captures folder can't be written to.", "Choose another captures folder in the preferences.")

_log = logging.getLogger(__name__)


class Runner:
    """Drives the unfinished captures of a folder that no other process drives.

    Args:
        folder: of the captures; created when the first one begins.
        connect: returns the service at an address, with the current key; may raise a `ServiceFault`.
        default_base_url: returns the service's address for new captures.
        may_go_online: called before each request; False pauses everything after the current request.
        verify: called with kind and path of each downloaded motion; raises if it is invalid.
        timing: all waits.
        only: the captures that it drives, besides those that it begins or is told to take up; None for all.
        leftovers: deletes what killed processes left elsewhere; called once, after the captures were read.
        witness: a file outside the folder that notes what is submitted, see `Ledger`; None for none.
        is_same: returns whether two captures are of the same motion: the same video, range and settings.

    Attributes:
        views: the captures as they are shown.

    The callables are called from other threads too. All methods may be called from any thread, and return at once.
    """

    def __init__(
        self,
        folder: Path,
        connect: "Callable[[str], Service]",
        default_base_url: Callable[[], str],
        may_go_online: Callable[[], bool],
        verify: Callable[[str, Path], None],
        timing: Timing = Timing(),  # noqa: B008 -- frozen
        only: Collection[str] | None = None,
        leftovers: Callable[[], None] = lambda: None,
        *,
        witness: Path | None = None,
        is_same: Callable[[Capture, Capture], bool] = shows_the_same,
    ) -> None:
        self._ledger = Ledger(folder, witness)
        self.trash = Trash(self._ledger, timing, self.wait_while_held, leftovers)
        self._default_base_url = default_base_url
        self._may_go_online = may_go_online
        self._timing = timing
        self._only = None if only is None else set(only)
        self._is_same = is_same
        self._clock = SteadyClock()
        self._condition = threading.Condition()
        self._drives = Drives()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closing = False
        self._look_around_due = 0.0
        self._looking_around = False
        self._changed_at: dict[str, float] = {}
        self._begun_here: set[str] = set()
        self._context = EffectContext(
            connect,
            verify,
            self._ledger.folder_of,
            {},
            self._ledger.owner,
            self._unsettled,
            self._look_once_more,
        )
        self._stepping = Stepping(
            ledger=self._ledger,
            context=self._context,
            timing=timing,
            clock=self._clock,
            may_go_online=may_go_online,
            closing=lambda: self._closing,
            changed=self._changed,
            between_parts=self.wait_while_held,
        )
        self.revision = 0
        self.views = Views(self._drives, self._condition, self._ledger.folder_of, timing, self._clock)

    def start(self, *, wait: bool = True) -> None:
        """Read the captures on disk and drive the unfinished ones.

        Args:
            wait: return when they are read, instead of at once.
        """
        with self._condition:
            if self._threads:
                return
            self._closing = False
            if wait:
                self._look_around()
            # a window doesn't wait until hundreds of records are read: a worker reads them
            self._look_around_due = time.monotonic() + self._timing.look_around_sec if wait else 0.0
            self._add_worker()

    def close(self) -> None:
        """Stop driving: abort transfers, wait for a submission, release the locks."""
        with self._condition:
            self._closing = True
            cancellations = [drive.cancellation for drive in self._drives if drive.busy]
            threads, self._threads = self._threads, []
            self._condition.notify_all()
        for cancellation in cancellations:
            cancellation.set()
        # of an aborted submission nobody would know whether it was paid
        deadline = time.monotonic() + self._timing.close_sec
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        with self._condition:
            for drive in self._drives:
                # a busy worker releases it after its request
                if not drive.busy:
                    self._stepping.settle(drive)

    def begin(self, request: CaptureRequest, seen: AbstractSet[str] | None = None) -> str:
        """Start a capture; its record is on disk when this returns.

        Args:
            seen: the captures that were there when earlier ones were looked for, to ask before paying again: where
                another process has begun one of the same motion since then, it is refused. None if nobody looked.

        Returns:
            Its id.

        Raises:
            Fault: nothing was written or sent.
        """
        check_request(request)
        # made anew it would know no capture of those that were paid, and hide them once its drive is back
        if self._ledger.is_gone():
            raise GONE
        service = self._service()
        capture = new_capture(request, service.base_url, self._clock.now())
        try:
            with self._ledger.while_beginning(self._timing.close_sec):
                others = self._begun_elsewhere(seen) if seen is not None else []
                if any(self._is_the_same_order(other, capture) for other in others):
                    raise Fault(
                        "Another Blender has just begun to capture this range.",
                        "Follow that capture in the list, or capture again to pay for both.",
                    )
                return self._take_on(replace(capture, key_fingerprint=service.key_fingerprint))
        except OSError:
            raise UNWRITABLE from None

    def recover(self, job_id: str, target_ids: tuple[str, ...] = ()) -> str:
        """Recover a job whose record was lost: check it and fetch its files, never create or submit anything.

        Args:
            job_id: the service's id of the job.
            target_ids: its targets, if the service doesn't report them.

        Returns:
            The new capture's id.

        Raises:
            Fault: the id is invalid, or a capture of the job is complete or in progress here.
        """
        capture = recovered_capture(job_id, target_ids, self._service().base_url, self._clock.now())
        with self._condition:
            self._wait_until_read()
            known = [drive.capture for drive in self._drives if drive.capture.job_id == capture.job_id]
        # a job that ended without its motion may be recovered once more
        if any(other.state not in ENDED or self._ledger.has_motions(other) for other in known):
            raise Fault("This job is already in the list of captures.", "Follow or apply it there.")
        return self._take_on(capture)

    def lost_jobs(self) -> dict[str, str]:
        """Return jobs that may be paid and have no record, newest first, with the time when each was noted.

        Reads the log in the captures folder.
        """
        with self._condition:
            self._wait_until_read()
            known = {drive.capture.job_id for drive in self._drives}
        return {job_id: at for job_id, at in self._ledger.jobs().items() if job_id not in known}

    def take_up(self, capture_id: str) -> None:
        """Drive this capture too, besides those in `only`; it need not be known yet."""
        with self._condition:
            if self._only is not None:
                self._only.add(capture_id)
            self._changed()

    def follow(self, capture_id: str) -> None:
        """Follow a capture again that is no longer followed, or that was blocked.

        Raises:
            Fault: it has ended, is driven by another process, or waits for another decision.
        """
        key = self._key_for(capture_id)
        with self._condition:
            drive = self._drive(capture_id)
            shown = self.views.shown(drive)
            if shown.state in ENDED:
                raise Fault("This capture has ended.", "Start a new one if you need it again.")
            if shown.state is State.UNCONFIRMED:
                raise Fault("It is not known whether the service accepted this job.", "Check again first.")
            if shown.is_of_another(key):
                raise Fault(*NOT_MINE.sentences)
            self._command(drive, Follow(key))

    def pay_as_mine(self, capture_id: str) -> None:
        """Pay, with the current key, for a capture that was begun with another one, from its start.

        Raises:
            Fault: it needs no other key, or another process drives it.
        """
        key = self._key_for(capture_id)
        with self._condition:
            drive = self._drive(capture_id)
            shown = self.views.shown(drive)
            if not shown.is_of_another(key):
                raise Fault("This capture is not waiting for that decision.", "See its status in the list.")
            self._command(drive, PayAsMine(key))

    def take_over(self, capture_id: str) -> None:
        """Take over a capture that another computer followed, at the user's word that it no longer does.

        Raises:
            Fault: no other computer has it, as far as is known.
        """
        with self._condition:
            drive = self._drive(capture_id)
            if drive.watch is None or drive.watch.foreign is None:
                raise Fault("No other computer is following this capture.", "See its status in the list.")
            # only people know whether the other computer is still at work
            drive.watch.overruled = True
            drive.due = time.monotonic()
            self.take_up(capture_id)

    def stop_following(self, capture_id: str) -> None:
        """Cancel a capture while nothing is paid; later, only stop following it.

        Raises:
            Fault: there is no such capture, or another process drives it.
        """
        with self._condition:
            drive = self._drive(capture_id)
            self._command(drive, Stop())
            drive.cancellation.set()

    def check_again(self, capture_id: str) -> None:
        """Check a job again: whether it was accepted, or after it ended without the motion that was paid for.

        Raises:
            Fault: there is nothing to check, or another process drives it.
        """
        with self._condition:
            capture = self._drive(capture_id).capture
        command = CheckAgain(self._ledger.lost(capture))
        with self._condition:
            drive = self._drive(capture_id)
            shown = self.views.shown(drive)
            if advance(shown, command, self._timing, self._clock.now())[0] == shown:
                raise Fault("There is nothing to check for this capture.", "See its status in the list.")
            self._command(drive, command)

    def fetch_again(self, capture_id: str, kinds: tuple[str, ...]) -> None:
        """Fetch motions again whose files are no longer what was delivered, free of charge.

        Raises:
            Fault: it has no such motion, or another process drives it.
        """
        with self._condition:
            drive = self._drive(capture_id)
            self._command(drive, CheckAgain(kinds))

    def submit_anyway(self, capture_id: str) -> None:
        """Submit an unconfirmed job again if it is still a draft, which may be charged twice.

        Raises:
            Fault: it isn't unconfirmed, or another process drives it.
        """
        key = self._key_for(capture_id)
        with self._condition:
            drive = self._drive(capture_id)
            if drive.capture.recovered:
                raise Fault("A recovered job is never submitted.", "Capture again if you need it.")
            if not self.views.shown(drive).can_be_submitted:
                raise Fault("This capture is not waiting for that decision.", "See its status in the list.")
            self._command(drive, SubmitAnyway(key))

    def rename(self, capture_id: str, name: str) -> None:
        """Give a capture another name, cut where it is too long; without one it has its first name again.

        Raises:
            Fault: there is no such capture, or another process drives it.
        """
        with self._condition:
            self._command(self._drive(capture_id), Rename(name.strip()[:LONGEST_TITLE]))

    def forget(self, capture_id: str) -> None:
        """Remove a capture from the list and move its files to the trash.

        Raises:
            Fault: it is being followed, here or elsewhere, or its folder can't be changed.
        """
        with self._condition:
            drive = self._drive(capture_id)
            if self.views.shown(drive).continues:
                if drive.elsewhere:
                    raise Fault("Another Blender is following this capture.", "Stop or forget it there.")
                raise Fault("This capture is still being followed.", "Stop following it first.")
            cancellation = drive.cancellation
        cancellation.set()
        with self._condition:
            if not self._condition.wait_for(lambda: not drive.busy, self._timing.close_sec):
                raise Fault("This capture still has a request in progress.", "Try again in a moment.")
            # no worker takes it
            drive.busy = True
        try:
            # what the user asked for before is done first
            self._stepping.settle(drive)
            if drive.is_worth_saving(drive.capture):
                raise Fault("The capture's record could not be written.", "Check the captures folder.")
            self.trash.put(capture_id, drive.lock)
            with self._condition:
                self._changed_at[capture_id] = time.monotonic()
                self._drives.remove(capture_id)
        finally:
            with self._condition:
                drive.busy, drive.lock = False, None
                self._drives.touch(capture_id)
                self._changed()

    def restore(self, capture_id: str) -> None:
        """Restore a forgotten capture.

        Raises:
            Fault: it is no longer in the trash, or can't be moved.
        """
        self.trash.restore(capture_id)
        capture, applied = self._ledger.load(capture_id), self._ledger.is_applied(capture_id)
        with self._condition:
            # a survey may have found it first
            if capture is not None and capture_id not in self._drives:
                self._drives.add(Drive(capture, capture, None, applied))
                # completes it from disk
                self._look_around_due = 0.0
            self._changed()

    def claim_application(self, capture_id: str) -> bool:
        """Claim the automatic application of its motion: return True once, of all processes and calls.

        Raises:
            Fault: there is no such capture, or its folder can't be written to.
        """
        with self._condition:
            self._drive(capture_id)
        try:
            claimed = self._ledger.claim_application(capture_id)
        except OSError:
            raise Fault("The captures folder can't be written to.", "Check its permissions.") from None
        self._note_applied(capture_id, applied=True)
        return claimed

    def give_application_back(self, capture_id: str) -> None:
        """Release a claim: the motion couldn't be applied, and waits for that again."""
        self._ledger.give_application_back(capture_id)
        self._note_applied(capture_id, applied=False)

    def ids(self) -> frozenset[str]:
        """Return the captures that have a record on disk now; reads the captures folder."""
        return frozenset(self._ledger.ids())

    def captures(self) -> tuple[CaptureView, ...]:
        """Return all captures, newest first."""
        return self.views.all()

    def capture(self, capture_id: str) -> CaptureView | None:
        """Return one capture, None if there is no such one."""
        return self.views.one(capture_id)

    def wait_for_change(self, seconds: float) -> bool:
        """Wait until a view changes, at most this many seconds; return whether one did."""
        with self._condition:
            seen = self.revision
            return self._condition.wait_for(lambda: self.revision != seen, seconds)

    @contextmanager
    def held_still(self) -> Generator[None]:
        """Hold all workers still within the context.

        Quick requests are waited for; a transfer stops between two parts, and on a slow network as soon as it
        gets an answer.
        """
        with self._condition:
            self._condition.wait_for(self._is_idle, _HOLD_SEC)
            self._condition.notify_all()
            # holding the condition: all workers get to wait for it, without waking up
            time.sleep(_PART_SEC)
            yield

    def _service(self) -> "Service":
        if not self._may_go_online():
            raise OFFLINE
        return self._context.connect(self._default_base_url())

    def _take_on(self, capture: Capture) -> str:
        """Save a new record and have it driven.

        Raises:
            Fault: it can't be saved.
        """
        try:
            saved, lock = self._ledger.begin(capture)
        except OSError:
            raise UNWRITABLE from None
        self._begun_here.add(capture.id)
        drive = Drive(saved, saved, self._ledger.stamp(capture.id), lock=lock, due=time.monotonic())
        with self._condition:
            self._drives.add(drive)
            self.take_up(capture.id)
        return capture.id

    def _key_for(self, capture_id: str) -> str:
        """Return the fingerprint of the current key for a capture's service; '' without one."""
        with self._condition:
            base_url = self._drive(capture_id).capture.base_url
        return self._context.key_fingerprint(base_url)

    def _drive(self, capture_id: str) -> Drive:
        drive = self._drives.get(capture_id)
        if drive is None:
            raise Fault("There is no such capture in the captures folder.", "Choose one from the list.")
        return drive

    def _is_to_be_looked_at(self, capture: Capture) -> bool:
        """Return whether a refused submission may still be accepted, as far as the service keeps jobs."""
        if not capture.was_refused or (self._only is not None and capture.id not in self._only):
            return False
        return is_kept(capture, self._clock.now()) and self._may_go_online()

    def _wait_until_read(self) -> None:
        self._condition.wait_for(lambda: self.views.has_read or not self._threads, self._timing.close_sec)

    def _command(self, drive: Drive, command: Event) -> None:
        if drive.elsewhere and drive.capture.continues:
            raise Fault("Another Blender is following this capture.", "Continue there, or close that Blender.")
        if isinstance(command, Follow | PayAsMine | SubmitAnyway):
            drive.key = command.key_fingerprint
        drive.commands.append(command)
        drive.due = time.monotonic()
        self._drives.touch(drive.capture.id)
        self.take_up(drive.capture.id)

    def _note_applied(self, capture_id: str, *, applied: bool) -> None:
        with self._condition:
            # a survey that began before saw the folder as it was then
            self._changed_at[capture_id] = time.monotonic()
            if (drive := self._drives.get(capture_id)) is not None:
                drive.applied = applied
                self._drives.touch(capture_id)
            self._changed()

    def _unsettled(self, capture: Capture) -> tuple[Capture, ...]:
        """Return other captures of the same motion whose submission was refused or is unconfirmed."""
        with self._condition:
            shown = [self.views.shown(drive) for drive in self._drives if drive.capture.id != capture.id]
        unsettled: list[Capture] = []
        for other in shown:
            # without a job, nothing was submitted
            is_open = other.job_id and (other.was_refused or other.can_be_submitted)
            if is_open and self._is_the_same_order(other, capture):
                unsettled.append(other)
        return tuple(unsettled)

    def _begun_elsewhere(self, seen: AbstractSet[str]) -> list[Capture]:
        """Return the captures that another process has begun since a look that saw these.

        Reads the captures folder.
        """
        # no time is compared: clocks of two computers and of a network share differ
        unseen = map(self._ledger.load, {*self._ledger.names()} - self._begun_here - seen)
        return [capture for capture in unseen if capture and (capture.continues or capture.may_be_paid)]

    def _is_the_same_order(self, one: Capture, other: Capture) -> bool:
        return one.base_url == other.base_url and self._is_same(one, other)

    def _look_once_more(self, capture_id: str) -> None:
        # another Blender does so
        with self._condition, suppress(Fault):
            self._command(self._drive(capture_id), CheckAgain())

    def _changed(self) -> None:
        with self._condition:
            self.revision += 1
            self._condition.notify_all()

    def _is_idle(self) -> bool:
        return not self._looking_around and not any(drive.busy for drive in self._drives.moving())

    def wait_while_held(self) -> None:
        """Wait while workers are held still, in another thread than Blender's."""
        with self._condition:
            pass

    def _add_worker(self) -> None:
        """Start a thread if none waits for work: few threads disturb Blender less, and none waits for a slow one."""
        if self._idle or self._closing or len(self._threads) >= sum(WORKERS_OF.values()):
            return
        # daemons, as a transfer that hangs must not keep Blender from quitting
        thread = threading.Thread(target=self._work, name=f"aimocap worker {len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while not self._closing:
            if self._is_time_to_look_around():
                if self.views.has_read:
                    self.trash.sweep()
                self._look_around()
            if (drive := self._next()) is not None:
                self._drive_on(drive)

    def _drive_on(self, drive: Drive) -> None:
        there = True
        try:
            there = self._stepping.step(drive)
        except Exception:  # noqa: BLE001 -- an error in one capture must not take the worker from the others
            _log.exception("A capture's step failed")
            drive.due = time.monotonic() + self._timing.longest_retry_sec
        with self._condition:
            drive.busy = False
            drive.transferred = None
            # received too late for this step
            if drive.commands:
                drive.due = time.monotonic()
            if self._closing:
                self._stepping.settle(drive)
            if not there:
                self._drives.remove(drive.capture.id)
            self._drives.touch(drive.capture.id)
            self._changed()

    def _next(self) -> Drive | None:
        """Return the next drive that is due, marked busy; None when it is time for something else."""
        with self._condition:
            while not self._closing and (now := time.monotonic()) < self._look_around_due:
                due = min(self._ready(), key=lambda drive: drive.due, default=None)
                if due is not None and due.due <= now:
                    due.busy = True
                    self._drives.touch(due.capture.id)
                    # a stop that came too late for the last step must not abort this one
                    due.cancellation = Cancellation()
                    self._add_worker()
                    return due
                wake = min(self._look_around_due, math.inf if due is None else due.due)
                self._idle += 1
                self._condition.wait(wake - now)
                self._idle -= 1
            return None

    def _ready(self) -> list[Drive]:
        moving = self._drives.moving()
        idle = [drive for drive in moving if not drive.busy and (self._only is None or drive.capture.id in self._only)]
        busy = Counter(drive.lane for drive in moving if drive.busy)
        return [drive for drive in idle if busy[drive.lane] < WORKERS_OF[drive.lane]]

    def _is_time_to_look_around(self) -> bool:
        with self._condition:
            now = time.monotonic()
            if now < self._look_around_due:
                return False
            self._look_around_due = now + self._timing.look_around_sec
            self._looking_around = True
            self._add_worker()
            return True

    def _look_around(self) -> None:
        with self._condition:
            since = time.monotonic()
            resting = self._drives.resting(_LOOKED_AT)
            known = self._drives.seen(resting)
            locks = [drive.lock for drive in self._drives.moving() if drive.lock is not None]
        for lock in locks:
            # others take a lease that stays the same for one whose owner has died
            lock.renew()
        self._take_in(survey(self._ledger, known, resting, self.wait_while_held), since)
        self._look_at_the_key()

    def _look_at_the_key(self) -> None:
        """Note the current key, which decides what another one has to pay for: the user may have entered one since."""
        with self._condition:
            addresses = {drive.capture.base_url for drive in self._drives if drive.capture.will_pay}
        keys = {base_url: self._context.key_fingerprint(base_url) for base_url in addresses}
        with self._condition:
            for drive in self._drives:
                capture = drive.capture
                if drive.busy or not capture.will_pay or capture.base_url not in keys:
                    continue
                others, drive.key = drive.others, keys[capture.base_url]
                if drive.others != others:
                    drive.take_up_or_leave()
                    self._drives.touch(capture.id)
                    self._changed()

    def _take_in(self, found: Survey, since: float) -> None:
        """Take over what other processes changed; drive what no process drives.

        Args:
            since: when the survey began: what was forgotten here or claimed since may have been seen before.
        """
        gone = {one.capture.id for one in found.changed if self._ledger.stamp(one.capture.id) is None}
        with self._condition:
            self._looking_around = False
            is_first = not self.views.has_read
            self.views.note_read(one.capture for one in found.changed)
            self._condition.notify_all()
            for one in found.changed:
                capture = one.capture
                # the survey may have read it before it was forgotten here, or its motion claimed
                is_stale = self._changed_at.get(capture.id, -math.inf) >= since
                if capture.id not in self._drives and (is_stale or capture.id in gone):
                    # forgotten since it was seen
                    continue
                self._drives.take_in(one, applied=one.seen.applied and not is_stale)
                if capture.generation in set(Generation):
                    self._context.generations.setdefault(capture.base_url, Generation(capture.generation))
                if is_first and self._is_to_be_looked_at(capture):
                    self._look_once_more(capture.id)
            self._drives.remove_gone(found.gone)
            if found.changed or found.gone:
                self._changed()
