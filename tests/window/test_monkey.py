"""No Python error and no crash in a random walk of clicks over all panels: the same walk at each seed."""

import sys
from pathlib import Path

import pytest

from tests.standin import Results, StandIn
from tests.thorough import IS_THOROUGH
from tests.window.conftest import Drive

STEPS, MANY_STEPS, MANY_SEEDS = 60, 100, 16
"""Many of both take half an hour."""


@pytest.mark.parametrize("seed", range(MANY_SEEDS) if IS_THOROUGH else [1])
@pytest.mark.slow
def test_nothing_breaks_at_random_clicks(seed: int, drive: Drive, tmp_path: Path) -> None:
    console, steps = tmp_path / "console.txt", MANY_STEPS if IS_THOROUGH else STEPS
    with StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("processing", "completed")) as service:
        answer = drive(
            service,
            "monkey",
            script="drive_monkey.py",
            control=service.control_url,
            console=str(console),
            blend=str(tmp_path / "film.blend"),
            seed=seed,
            steps=steps,
            name=f"monkey_{seed}",
        )
        violations, charges = service.violations, service.charges
    reported = console.read_text(errors="replace")
    assert "Traceback" not in reported, reported[max(reported.index("Traceback") - 500, 0) :][:4000]
    logged = "".join(file.read_text() for file in (tmp_path / "config").rglob("*.log*"))
    assert " ERROR " not in logged, logged[max(logged.index(" ERROR ") - 500, 0) :][:4000]
    assert answer["steps"] == steps
    assert violations == []
    assert len({charge.job_id for charge in charges}) == len(charges)  # no job is paid twice
