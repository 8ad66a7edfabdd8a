"""Heat map in the Timeline and Dope Sheet: a strip with each frame of a checked G1 coloured by its faults."""

from functools import lru_cache

import bpy
import numpy as np

from ...texts.text import Text
from ...while_enabled import discarded
from ..motion.contact_bars import shown_contacts
from ..timeline_rows import TimelineRows, draw_rows, shows_timeline
from ..timeline_rows import forget as forget_rows
from .reports import FAULT_NAMES, Checked, checked_rigs, is_stale
from .rig_operators import selected_g1_rig


def draw_strip(context: bpy.types.Context) -> None:
    """Draw a row for each kind of fault and estimate found."""
    shown = _shown(context) if shows_timeline(context) and shown_contacts(context) is None else None
    if shown is not None:
        rig, found = shown
        draw_rows(context, _rows_of(found), pale=is_stale(rig, found))


def forget() -> None:
    """Release the GPU data."""
    forget_rows()
    _rows_of.cache_clear()


def _shown(context: bpy.types.Context) -> tuple[bpy.types.Object, Checked] | None:
    """Return the selected G1, or else the last in the view layer, if its check found anything; with the report."""
    found = [(rig, last) for rig, last in checked_rigs(context.view_layer) if last.found]
    selected = selected_g1_rig(context) if found else None
    return next((pair for pair in found if pair[0] == selected), found[-1] if found and selected is None else None)


@lru_cache(maxsize=4)
def _rows_of(found: Checked) -> TimelineRows:
    heats = np.stack([check.severity for check in found.found])
    return TimelineRows(tuple(Text(FAULT_NAMES[check.kind]) for check in found.found), heats, found.frames)


discarded(_rows_of.cache_clear)
