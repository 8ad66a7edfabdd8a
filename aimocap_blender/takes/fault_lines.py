"""The source line where a fault was raised, for the log."""

import traceback
from pathlib import Path


def source_line_of(fault: Exception) -> str:
    """Return a fault's type and source line, which identify its message without the values it quotes."""
    frames = traceback.extract_tb(fault.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(fault).__name__}{where}"
