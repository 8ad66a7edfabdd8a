"""Faults that stop a tool: said in one sentence, with what to do next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ToolFault(Exception):  # noqa: N818 - the project calls what it says to people a fault
    """Something that the machine lacks or refuses: what happened, and what to do next."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what}\n{next_step}")


def run_tool(main: Callable[[], int]) -> None:
    """Run a tool's main function and exit with its status; a fault is said on standard error without a traceback."""
    try:
        status = main()
    except ToolFault as fault:
        print(f"\n{fault}", file=sys.stderr)
        status = 1
    except OSError as fault:
        print(f"\n{fault}\nSee that the disk has room and that this folder can be written.", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        status = 130
    sys.exit(status)
