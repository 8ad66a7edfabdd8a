"""A short, always equal run of the fuzzer; `make fuzz` is the long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .spoiling import spans_of
from .targets import targets

_ROOT = Path(__file__).resolve().parents[2]


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzz", *arguments]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_every_reader_takes_or_refuses_whatever_it_is_given() -> None:
    ran = fuzz("--examples", "150")
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr[-5000:]}"
    lines = {line[:26].strip(): line[26:].split() for line in ran.stdout.splitlines()[1:]}
    assert list(lines) == [target.name for target in targets()]
    for name, (taken, refused, *_) in lines.items():
        assert int(taken) > 0, name
        assert int(refused) > 0, name


@pytest.mark.slow
@pytest.mark.parametrize("what", ["raise KeyError", "bytearray(2 << 30)", "assert False"])
def test_a_reader_that_fails_is_found(what: str) -> None:
    script = f"""
import sys
from hypothesis import strategies as st
from tests.fuzz import __main__ as fuzz, targets

def takes(data):
    if len(data) > 2:
        {what}
    return True

fuzz.targets = lambda: [targets.Target("any", st.binary(), takes)]
sys.argv = ["fuzz", "--examples", "100"]
fuzz.main()
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=_ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert "data=b" in ran.stderr


def test_all_values_and_members_of_a_json_are_found() -> None:
    text = '{"a": [1, {"b": "}\\""}], "c": true}'
    found = {text[start:end] for start, end in spans_of(text)}
    assert found == {
        text,
        '"a"',
        '[1, {"b": "}\\""}]',
        '"a": [1, {"b": "}\\""}]',
        "1",
        '{"b": "}\\""}',
        '"b"',
        '"}\\""',
        '"b": "}\\""',
        '"c"',
        "true",
        '"c": true',
    }
