"""The cost of a long list of captures for Blender's main thread: at the start, and at each tick."""

import sys
from pathlib import Path

from .child_runs import run_child

if __name__ == "__main__":
    sys.exit(run_child(Path(__file__).with_name("captures_child.py"), (0, 100, 500, 2000)))
