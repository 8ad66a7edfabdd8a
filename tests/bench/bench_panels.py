"""What drawing the sidebar costs with a hundred captures in its list; into a layout that does nothing."""

import sys
from pathlib import Path

from .child_runs import run_child

if __name__ == "__main__":
    sys.exit(run_child(Path(__file__).with_name("panels_child.py"), (0, 100)))
