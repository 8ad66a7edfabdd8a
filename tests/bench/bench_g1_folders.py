"""A tree of robot motion through the command `g1`, killed halfway and resumed: time for a file, and memory.

Each file takes a process, so 20 are made; `FILES=1000` makes as many.
"""

import os
import sys
from pathlib import Path

from .child_runs import run_child

if __name__ == "__main__":
    sys.exit(run_child(Path(__file__).with_name("g1_folders_child.py"), (int(os.environ.get("FILES", "20")),)))
