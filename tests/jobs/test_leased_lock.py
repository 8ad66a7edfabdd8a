"""The lease beside a lock, where the file system's locks hold nobody off."""

from pathlib import Path

import pytest

from aimocap_blender.jobs.leased_lock import LeasedLock, LeaseWatch
from aimocap_blender.jobs.timing import Timing

from .machines import Machine, pretend

LOOKS = 10


def test_a_sign_of_life_that_was_held_up_undoes_no_takeover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(Machine(locks="do nothing"), monkeypatch)
    first = LeasedLock.take(tmp_path / "capture.lock")
    assert first is not None
    taken: list[LeasedLock | None] = []
    write = Path.write_bytes

    def asleep_meanwhile(path: Path, content: bytes) -> int:
        monkeypatch.setattr(Path, "write_bytes", write)
        watch = LeaseWatch(Timing(lease_silent_sec=0.0, lease_settle_sec=0.0))
        taken.extend(LeasedLock.take(tmp_path / "capture.lock", watch) for _ in range(LOOKS))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", asleep_meanwhile)
    first.renew()
    second = next(lock for lock in taken if lock is not None)
    assert second.stands()
    assert not first.stands()
    second.release()
    assert list(tmp_path.glob("*.lease")) + list(tmp_path.glob(".*")) == []
