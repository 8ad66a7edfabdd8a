"""The command line's output: one line per step on standard output, faults on standard error."""

import errno
import json
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

from ..jobs.runner import CaptureView
from ..service.faults import Kind
from ..takes.configuration import configuration
from ..texts.text import Text

USAGE = 2
_READER_ENDED = (errno.EPIPE, errno.EINVAL)
"""Of a write to a pipe; Windows has the second one."""
_LAST_STREAM = 2
"""The file descriptor of standard error, the highest of the three in every process."""
_COMMAND = "blender --online-mode --command aimocap"
FOLLOW, RECOVER = f"{_COMMAND} follow", f"{_COMMAND} recover"
"""Commands that messages name as the next step."""


def wrong(what: str, next_step: str) -> NoReturn:
    """Exit with the status for an invalid command line.

    Raises:
        SystemExit: always.
    """
    _complain(what, next_step)
    raise SystemExit(USAGE)


def _complain(*sentences: str) -> None:
    _say(" ".join(sentences).strip(), sys.stderr)


def _say(line: str, stream: TextIO) -> OSError | None:
    """Write one line; return why it is lost, unless its reader has ended.

    From then on all lines are discarded, so that paid captures are still followed.
    """
    try:
        print(line, file=stream, flush=True)
    except OSError as error:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())
        # a reader such as head may end first
        return None if error.errno in _READER_ENDED else error
    return None


class Output:
    """Writes the command line's lines.

    Args:
        lines: receives one line per step.
        as_json: each is a JSON object; else a sentence.

    Attributes:
        is_lost: a line couldn't be written, though somebody wants it.
    """

    def __init__(self, lines: TextIO, *, as_json: bool) -> None:
        self._lines = lines
        self._as_json = as_json
        self.is_lost = False

    def step(self, step: str, sentence: str, **fields: object) -> None:
        """Write one step: its name and fields for a program, or its sentence for a person."""
        # ASCII, as a terminal or a farm's log may have any encoding
        self.write(json.dumps({"step": step, **fields}, ensure_ascii=True) if self._as_json else sentence)

    def write(self, line: str) -> None:
        """Write a line as it is."""
        if error := _say(line, self._lines):
            self.is_lost = True
            reason = error.strerror or str(error)
            _complain(f"The output can't be written: {reason}.", "Free some space on its disk, then run this again.")

    def found(self, label: str, capture_id: str) -> None:
        """Report that an earlier capture is resumed."""
        sentence = f"{label}: resuming an earlier capture; nothing is paid twice."
        self.step("found", sentence, label=label, capture=capture_id)

    def done(self, label: str, outputs: Iterable[Path], sentences: Sequence[str], **facts: object) -> None:
        """Report files that are written, with sentences on them for people and more fields for programs."""
        places = list(map(str, outputs))
        sentence = " ".join((f"{label}: {', '.join(places)}", *sentences))
        self.step("done", sentence, label=label, output=places[0], outputs=places, told=sentences, **facts)

    def fault(self, label: str, what: str, next_step: str) -> None:
        """Report what went wrong and what to do; `label` names the video or the capture, '' all of them."""
        if self._as_json:
            self.step("failed", "", label=label, what=what, next_step=next_step)
        _complain(f"{label}:" if label else "", what, next_step)


def facts_of(view: CaptureView) -> dict[str, object]:
    """Return a capture's fields for a JSON line."""
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
    """Yield the command line's output; with JSON, Blender's own prints are kept off standard output."""
    _open_closed_streams()
    sys.stdout.flush()
    if not as_json:
        yield Output(sys.stdout, as_json=False)
        return
    # file descriptor 1 is standard output, 2 is standard error
    own = os.dup(1)
    try:
        # exporters and other add-ons print to standard output, also from C, where Python's own stream isn't asked
        os.dup2(2, 1)
        with os.fdopen(os.dup(own), "w", encoding="ascii") as lines:
            yield Output(lines, as_json=True)
    finally:
        sys.stdout.flush()
        os.dup2(own, 1)
        os.close(own)


def _open_closed_streams() -> None:
    """Have standard streams that the caller closed, as `>&-` does, lead nowhere."""
    # the next record that is opened would get their number, and what Blender prints would be written into it
    while (free := os.open(os.devnull, os.O_RDWR)) <= _LAST_STREAM:
        pass
    os.close(free)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8", errors="replace")  # noqa: SIM115 -- stays open
            setattr(sys, name, nowhere)


def next_steps() -> dict[str, Text]:
    """Return the kinds of fault whose cause an environment variable sets, and what to do about it."""
    now, steps = configuration(), dict[str, Text]()
    if now.key_variable:
        steps[Kind.KEY] = Text(
            "Set the environment variable {name} to a valid key of the service.", name=now.key_variable
        )
    if now.url_variable:
        address = Text(
            "Set the environment variable {name} to the service's address, such as https://aimocap.net.",
            name=now.url_variable,
        )
        steps |= dict.fromkeys((Kind.ADDRESS, Kind.NO_SERVICE, Kind.REDIRECT), address)
    return steps
