"""Time to draw the sidebar with hundreds of captures in its list, 20 with pictures; nothing is put on a screen."""

import sys
from pathlib import Path

from .child_runs import run_child

if __name__ == "__main__":
    sys.exit(run_child(Path(__file__).with_name("panels_child.py"), (0, 100, 500)))
