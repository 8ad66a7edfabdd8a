"""The add-on is disabled, removed, updated and reloaded in the window while a capture runs."""

import re
import sys
import zipfile
from pathlib import Path

import pytest

from tests.built_zip import built_zip
from tests.faults.marks import Seen
from tests.standin import Results, StandIn
from tests.thorough import IS_THOROUGH
from tests.window.conftest import Drive

ROUNDS = 30 if IS_THOROUGH else 5
"""Each of the five ways in turn."""


@pytest.mark.fault(82)
def test_the_capture_goes_on_after_each(drive: Drive, tmp_path: Path, seen: Seen, told: Seen) -> None:
    captures, console = tmp_path / "captures", tmp_path / "console.txt"
    more = {"script": "drive_disabling.py", "captures": str(captures), "console": str(console), "rounds": ROUNDS}
    with StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("processing", "completed")) as service:
        service.hold("processing")
        answer = drive(service, "disabled", control=service.control_url, zips=newer_zips(tmp_path), **more)
        charges, violations = len(service.charges), service.violations
    assert len(answer["rounds"]) == ROUNDS
    assert set(answer["left"]) == set()
    assert [failed for _, failed in answer["notes"]] == [False]
    assert (charges, violations) == (1, [])
    assert len(list(captures.glob("*/capture.json"))) == 1
    said = console.read_text()
    assert "Traceback" not in said, said
    seen(f"{ROUNDS} of {ROUNDS} rounds without a crash, done, 1 charged")
    told(f"{ROUNDS} of {ROUNDS}")


def newer_zips(folder: Path) -> list[str]:
    """The extension in two later versions."""
    made = []
    with zipfile.ZipFile(built_zip(folder / "zip")) as built:
        for version in ("98.0.0", "99.0.0"):
            made.append(str(folder / f"{version}.zip"))
            with zipfile.ZipFile(made[-1], "w") as newer:
                for name in built.namelist():
                    content = built.read(name)
                    if name.endswith("blender_manifest.toml"):
                        content = re.sub(rb'(?m)^version = ".*"', f'version = "{version}"'.encode(), content)
                    newer.writestr(name, content)
    return made
