"""The captures that a runner knows, indexed so that a longer list of finished ones makes no look at them longer."""

import math
from bisect import bisect_left, insort
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from .drive import Drive
from .survey import Found, Seen


class Drives:
    """Accessed only under the runner's condition.

    Attributes:
        listing: grows whenever a capture is added or removed.
    """

    def __init__(self) -> None:
        self._all: dict[str, Drive] = {}
        self._order: list[tuple[float, str]] = []
        self._moving: dict[str, None] = {}
        self._changed: dict[str, None] = {}
        self._looked_at = 0
        self.listing = 0

    def __iter__(self) -> Iterator[Drive]:
        return iter(self._all.values())

    def __contains__(self, capture_id: str) -> bool:
        return capture_id in self._all

    def get(self, capture_id: str) -> Drive | None:
        """Return a capture's drive, None if it is unknown."""
        return self._all.get(capture_id)

    def add(self, drive: Drive) -> Drive:
        """Add a capture, in place of another with its id."""
        self.remove(drive.capture.id)
        self._all[drive.capture.id] = drive
        # a list of thousands is kept in order, not sorted at each look
        insort(self._order, _place_of(drive))
        self.listing += 1
        self.touch(drive.capture.id)
        return drive

    def remove(self, capture_id: str) -> None:
        """Remove a capture, if it is known."""
        if (drive := self._all.pop(capture_id, None)) is not None:
            del self._order[bisect_left(self._order, _place_of(drive))]
            self.listing += 1

    def take_in(self, one: Found, *, applied: bool) -> None:
        """Take in what a survey found: another process may have changed it, or applied it by now."""
        drive = self._all.get(one.capture.id) or self.add(Drive(one.capture, one.capture, one.seen.stamp))
        drive.applied |= applied
        drive.lost = one.lost
        # what this process drives is newer than what it finds on disk
        if drive.lock is None and not drive.busy and one.capture.revision >= drive.saved.revision:
            drive.capture = drive.saved = one.capture
            drive.stamp = one.seen.stamp
            drive.elsewhere &= one.capture.continues
            drive.take_up_or_leave()
        self.touch(one.capture.id)

    def remove_gone(self, ids: AbstractSet[str]) -> None:
        """Remove captures that are no longer on disk, but for those that this process drives."""
        for capture_id in ids:
            drive = self._all.get(capture_id)
            if drive is not None and drive.lock is None and not drive.busy:
                self.remove(capture_id)

    def order(self) -> list[tuple[float, str]]:
        """Return when each capture was created, and its id, newest first."""
        return self._order[::-1]

    def touch(self, capture_id: str) -> None:
        """Note that a capture's view or its next step may have changed."""
        self._moving[capture_id] = self._changed[capture_id] = None

    def moving(self) -> list[Drive]:
        """Return the captures that are being driven, or wait for that."""
        found = [drive for capture_id in self._moving if (drive := self._all.get(capture_id)) is not None]
        moving = [drive for drive in found if not _is_at_rest(drive)]
        if len(moving) < len(self._moving):
            self._moving = dict.fromkeys(drive.capture.id for drive in moving)
        return moving

    def take_changed(self, at_most: int) -> list[Drive]:
        """Return captures that changed since they were last returned, the last changed first."""
        taken = [self._changed.popitem()[0] for _ in range(min(at_most, len(self._changed)))]
        return [drive for capture_id in taken if (drive := self._all.get(capture_id)) is not None]

    @property
    def has_changed(self) -> bool:
        """Whether `take_changed` has something to return."""
        return bool(self._changed)

    def resting(self, looked_at: int) -> frozenset[str]:
        """Return the captures at rest but for the next few, whose turn it is to be looked at on disk.

        Args:
            looked_at: how many have a turn at a time.
        """
        # what rests is changed by other Blenders only, so it needn't be looked at each time: there may be thousands
        moving = {drive.capture.id for drive in self.moving()}
        ids = [capture_id for capture_id in self._all if capture_id not in moving]
        if len(ids) <= looked_at:
            return frozenset()
        first = self._looked_at % len(ids)
        self._looked_at = first + looked_at
        turn = (ids + ids)[first : first + looked_at]
        return frozenset(ids).difference(turn)

    def seen(self, resting: AbstractSet[str]) -> dict[str, Seen]:
        """Return how others were last seen on disk, but for those that this process drives."""
        seen: dict[str, Seen] = {}
        for drive in self:
            # what this process drives nobody else changes
            if drive.capture.id not in resting and drive.lock is None and not drive.busy:
                seen[drive.capture.id] = Seen(drive.stamp, drive.applied)
        return seen


def _place_of(drive: Drive) -> tuple[float, str]:
    return drive.capture.created_at, drive.capture.id


def _is_at_rest(drive: Drive) -> bool:
    return not (drive.busy or drive.commands or drive.capture.continues or math.isfinite(drive.due))
