"""A tree of robot motion through the command `g1`, killed halfway and resumed: time for a file, and memory.

Made are 100 files; `FILES=1000` makes as many, in some five minutes.
"""

import os
import sys
from pathlib import Path

from .child_runs import run_child

if __name__ == "__main__":
    sys.exit(run_child(Path(__file__).with_name("g1_folders_child.py"), (int(os.environ.get("FILES", "100")),)))
