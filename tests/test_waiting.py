"""Who waits for a process hears what for; who interrupts it ends it; who sees it fail sees its last words."""

import subprocess

import pytest

from tools import waiting
from tools.faults import ToolFault
from tools.quiet_commands import run_quietly


def test_it_is_said_what_is_waited_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(waiting, "EVERY_SEC", 0.01)
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
    left = 3

    def waited_for() -> str:
        nonlocal left
        left -= 1
        if left == 0 and process.stdin is not None:
            process.stdin.close()
        return f"for {left} more"

    assert waiting.wait_for(process, waited_for) == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in lines][:3] == [f"   … for {count} more" for count in (2, 1, 0)]


def test_an_interrupted_process_ends_with_what_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "EVERY_SEC", 0.01)
    process = subprocess.Popen(
        ["sh", "-c", "cat | cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )

    def interrupted() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        waiting.wait_for(process, interrupted)
    assert process.returncode is not None
    assert process.stdout is not None
    assert process.stdout.read() == b""  # once nobody has its other end


def test_the_last_lines_of_a_failed_process_are_shown() -> None:
    with pytest.raises(ToolFault, match=r"^It failed:\nthree\nTry again\.$"):
        run_quietly(
            ["sh", "-c", "echo two; echo three >&2; exit 3"], "It failed", "Try again.", waited_for="trying", lines=1
        )
