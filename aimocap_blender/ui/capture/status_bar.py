"""Progress of captures in the status bar of each window."""

from typing import Any, cast

import bpy

from ...takes.session import current_session, progress_of
from ..text.translation import translated


def _draw(self: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    session = current_session()
    progress = progress_of(session) if session is not None else None
    if progress is None:
        return
    row = self.layout.row()
    row.label(text=f"AIMoCap: {translated(progress.sentence)}", icon="SORTTIME")
    if progress.factor is not None:
        bar = row.row()
        bar.ui_units_x = 5
        bar.progress(factor=progress.factor, text=f"{progress.factor:.0%}")


def register() -> None:
    """Add the progress to the status bar."""
    cast("Any", bpy.types).STATUSBAR_HT_header.append(_draw)


def unregister() -> None:
    """Remove it from the status bar."""
    cast("Any", bpy.types).STATUSBAR_HT_header.remove(_draw)
