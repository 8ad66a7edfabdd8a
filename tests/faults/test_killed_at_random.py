"""Fifty captures whose processes are killed again and again at random moments of their lives: one charge each."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.jobs.desk import Desk
from tests.standin import Results, StandIn
from tests.thorough import IS_THOROUGH

from .marks import Seen

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
BATCH = 10
"""Captures of one process, all under way at once: a kill meets each of them somewhere else."""
BATCHES = 5 if IS_THOROUGH else 2
MOST_KILLS = 6
REQUESTS = 14
"""Of one capture, about."""
VIDEO_BYTES = 3_000_000
RESOLVABLE = {"done", "unconfirmed", "blocked"}
"""`blocked`: a capture whose processes died four times while its draft was made."""
FAULTS = (
    {"step": "complete_upload", "acts": True, "close": True},
    {"step": "complete_upload", "acts": True, "status": 502},
    {"step": "upload", "reset": True, "after_bytes": 100_000},
    {"step": "create", "acts": True, "reset": True},
    {"step": "job", "status": 503},
    {"step": "result", "close": True},
    {"step": "download", "acts": True, "after_bytes": 50_000, "close": True},
)


def states_on_disk(folder: Path) -> list[str]:
    """The states in the records; one that is being put in its place is not missed for long."""
    return [json.loads(record.read_bytes())["state"] for record in folder.glob("*/capture.json")]


def moment(chance: random.Random, standin: StandIn) -> None:
    """Wait for a random request, or a random byte of an upload, then a random fraction of a millisecond or a few."""
    bytes_now = sum(request.body_bytes for request in standin.requests)
    if chance.random() < 0.3:
        wanted = bytes_now + chance.randrange(1, VIDEO_BYTES * 2)
        standin.wait_until(lambda: sum(request.body_bytes for request in standin.requests) >= wanted, 0.5)
    else:
        wanted = len(standin.requests) + chance.randrange(1, REQUESTS * BATCH // 3)
        standin.wait_until(lambda: len(standin.requests) >= wanted, 0.5)
    time.sleep(chance.random() * 0.004)  # the kernel's own moment is as good as any


def _more_than(standin: StandIn, before: int) -> bool:
    return len(standin.requests) > before


def kill_again_and_again(chance: random.Random, standin: StandIn, folder: Path, video: Path) -> Counter[str]:
    """Start, kill, start anew; the states that the records were left in."""
    command = [sys.executable, "-m", "tests.faults.captures_child", str(folder)]
    command += [standin.base_url, standin.api_key, str(video), str(BATCH)]
    met: Counter[str] = Counter()
    for _ in range(chance.randrange(2, MOST_KILLS + 1)):
        before = len(standin.requests)
        with subprocess.Popen(command, cwd=ROOT) as child:
            assert standin.wait_until(partial(_more_than, standin, before), 20) or child.poll() == 0
            moment(chance, standin)
            child.kill()
        if child.returncode == 0:
            break
        met.update(states_on_disk(folder))
    return met


def _none_under_way(standin: StandIn) -> bool:
    """Whether each submission has been processed, or refused, also those whose sender is dead."""
    sent = [request for request in standin.requests if request.step == "complete_upload"]
    return all(request.acted or request.status is not None for request in sent)


def resolve(desk: Desk, standin: StandIn, capture_id: str) -> str:
    """Decide as a user does about a capture that waits for it; return the state in which it came to rest by itself."""
    rested = desk.to_the_end(capture_id).state
    if rested == "blocked":
        desk.runner.follow(capture_id)
    if desk.to_the_end(capture_id).state == "unconfirmed":
        assert standin.wait_until(partial(_none_under_way, standin), 20)
        desk.runner.check_again(capture_id)
        if desk.to_the_end(capture_id).state == "unconfirmed":
            desk.runner.submit_anyway(capture_id)
    assert desk.to_the_end(capture_id).state == "done"
    return rested


@pytest.mark.fault(42)
def test_captures_that_are_killed(tmp_path: Path, motion: Path, told: Seen, seen: Seen) -> None:
    seed = int(os.environ.get("AIMOCAP_SEED") or random.SystemRandom().randrange(10**6))
    told(f"seed {seed} (AIMOCAP_SEED={seed} repeats it)")
    chance = random.Random(seed)  # noqa: S311 -- moments, not secrets
    video = tmp_path / "walk.mp4"
    video.write_bytes(bytes(VIDEO_BYTES))
    met: Counter[str] = Counter()
    rested: Counter[str] = Counter()
    for batch in range(BATCHES):
        folder = tmp_path / f"captures {batch}"
        with StandIn(results=Results(fbx=motion)) as standin:
            for fault in chance.sample(FAULTS, 3):
                standin.faults.add(**fault, skip=chance.randrange(BATCH))
            met += kill_again_and_again(chance, standin, folder, video)
            with Desk(folder, standin.base_url, standin.api_key) as desk:
                ids = [view.id for view in desk.runner.captures()]
                for capture_id in ids + [desk.begin(video) for _ in range(BATCH - len(ids))]:
                    rested[resolve(desk, standin, capture_id)] += 1
            charges = Counter(charge.job_id for charge in standin.charges)
            assert len(charges) == BATCH, f"seed {seed}, batch {batch}: {charges}"
            assert set(charges.values()) == {1}, f"seed {seed}, batch {batch}: {charges}"
            assert standin.violations == []
    told(f"killed with the records at {dict(met.most_common())}")
    told(f"came to rest by themselves at {dict(rested)}")
    seen(f"{rested.total()} captures with {met.total()} kills: {dict(rested)}, each charged once in the end")
    assert set(rested) <= RESOLVABLE
    assert len(met) >= (5 if IS_THOROUGH else 3), "the kills meet too few states"
