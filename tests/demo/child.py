"""A step of the demo in a process of its own, with Blender in it: its request, what it says meanwhile, its answer.

All that Blender prints goes to a log.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tools.faults import ToolFault
from tools.waiting import say, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).resolve().parents[2]
_LAST_LINES = 5
"""Of the log, that are said where a step fails for no reason of its own."""


def run_child(
    python: Path, module: str, request: Mapping[str, object], work: Path, variables: Mapping[str, str], waited_for: str
) -> dict[str, Any]:
    """Run `tests.demo.MODULE` to its end, and say its lines; return its answer.

    Args:
        python: that has bpy.
        module: which calls `answering`.
        request: plain JSON for it.
        work: the folder of all that is temporary.
        variables: of its environment, besides this process's.
        waited_for: what is said of it until it says so itself.

    Raises:
        ToolFault: it failed.
    """
    ended: dict[str, Any] = {}
    doing = [waited_for]

    def listen(lines: TextIO) -> None:
        for line in lines:
            (kind, text), *_ = json.loads(line).items()
            if kind == "say":
                say(f"   {text}")
            elif kind == "do":
                doing[0] = text
            else:
                ended[kind] = text

    log = work / f"{module}.log"
    end, other_end = os.pipe()
    with log.open("wb") as printed, os.fdopen(end, encoding="utf-8") as lines:
        process = subprocess.Popen(
            [str(python), "-m", f"tests.demo.{module}", json.dumps(request), str(other_end)],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            pass_fds=[other_end],
            start_new_session=True,
        )
        os.close(other_end)
        listener = threading.Thread(target=listen, args=(lines,), daemon=True)
        listener.start()
        status = wait_for(process, lambda: doing[0])
        listener.join()
    if "fault" in ended:
        raise ToolFault(*ended["fault"])
    if status != 0 or "answer" not in ended:
        last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:])
        raise ToolFault(f"The step failed ({doing[0]}, status {status}):\n{last}", "Report it with these lines.")
    return ended["answer"]


class Saying:
    """A child's way to say something."""

    def __init__(self, pipe: int) -> None:
        self._lines = os.fdopen(pipe, "w", encoding="utf-8")

    def say(self, text: object) -> None:
        """Have a line printed."""
        self.send(say=str(text))

    def do(self, text: object) -> None:
        """Have this printed whenever nothing was for a while."""
        self.send(do=str(text))

    def send(self, **message: object) -> None:
        """Send a message."""
        print(json.dumps(message), file=self._lines, flush=True)


def answering(main: Callable[[dict[str, Any], Saying], dict[str, Any]]) -> None:
    """Answer the request on the command line, and end this process."""
    request, pipe = sys.argv[1:]
    saying, status = Saying(int(pipe)), 1
    try:
        saying.send(answer=main(json.loads(request), saying))
        status = 0
    except Exception as error:  # noqa: BLE001 -- told to the parent, or in the log
        if hasattr(error, "next_step"):
            fault: Any = error  # the add-on's class is not the one that is imported here
            saying.send(fault=[str(fault.what), str(fault.next_step)])
        else:
            traceback.print_exc()
    except KeyboardInterrupt:
        pass
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # some versions hang while the interpreter ends
