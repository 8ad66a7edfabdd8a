"""What the command line says: a line a step on standard output, faults on standard error."""

import json
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

from ..jobs.runner import CaptureView

USAGE = 2
_COMMAND = "blender --online-mode --command aimocap"
FOLLOW, RECOVER = f"{_COMMAND} follow", f"{_COMMAND} recover"
"""Calls that are named as the next step."""


def wrong(what: str, next_step: str) -> NoReturn:
    """End with the status for a command line that can't be meant.

    Raises:
        SystemExit: always.
    """
    _complain(what, next_step)
    raise SystemExit(USAGE)


def _complain(*sentences: str) -> None:
    _say(" ".join(sentences).strip(), sys.stderr)


def _say(line: str, stream: TextIO) -> None:
    """One line. Where nobody reads them any more, they go nowhere from then on: what is paid is followed on."""
    try:
        print(line, file=stream, flush=True)
    except OSError:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


class Output:
    """Where the command line's lines go.

    Args:
        lines: takes one line a step.
        as_json: each is a JSON object; else a sentence.
    """

    def __init__(self, lines: TextIO, *, as_json: bool) -> None:
        self._lines = lines
        self._as_json = as_json

    def step(self, step: str, sentence: str, **fields: object) -> None:
        """One step: its name and fields for a program, its sentence for a person."""
        line = json.dumps({"step": step, **fields}, ensure_ascii=True) if self._as_json else sentence
        _say(line, self._lines)

    def found(self, label: str, capture_id: str) -> None:
        """An earlier capture is taken up."""
        sentence = f"{label}: resuming an earlier capture; nothing is paid twice."
        self.step("found", sentence, label=label, capture=capture_id)

    def done(self, label: str, view: CaptureView, outputs: Sequence[Path], told: Sequence[str]) -> None:
        """A capture's motions are where they were asked for."""
        places = list(map(str, outputs))
        sentence = " ".join((f"{label}: {', '.join(places)}", *told))
        fields = {"label": label, "output": places[0], "outputs": places, "told": told, **facts_of(view)}
        self.step("done", sentence, **fields)

    def fault(self, label: str, what: str, next_step: str) -> None:
        """What went wrong, and what to do about it; `label` names the video or the capture, '' all of them."""
        if self._as_json:
            self.step("failed", "", label=label, what=what, next_step=next_step)
        _complain(*([f"{label}:"] if label else []), what, next_step)


def facts_of(view: CaptureView) -> dict[str, object]:
    """A capture's fields in a JSON line."""
    return {
        "capture": view.id,
        "job": view.job_id,
        "state": view.state,
        "what": view.what,
        "next_step": view.next_step,
        "checking_until": view.checking_until,
        "targets": list(view.target_ids),
        "credits": round(view.credits, 3),
        "title": view.title,
        "files": {kind: str(file) for kind, file in view.files.items()},
    }


@contextmanager
def output_of(*, as_json: bool) -> Generator[Output]:
    """The command line's output; beside JSON lines nothing gets to standard output, whatever Blender prints."""
    sys.stdout.flush()
    if not as_json:
        yield Output(sys.stdout, as_json=False)
        return
    own = os.dup(1)
    try:
        os.dup2(2, 1)
        with os.fdopen(os.dup(own), "w", encoding="ascii") as lines:
            yield Output(lines, as_json=True)
    finally:
        sys.stdout.flush()
        os.dup2(own, 1)
        os.close(own)
