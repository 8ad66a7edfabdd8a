"""A strip in the Timeline and Dope Sheet: when each limb of the selected character's preview is not to be relied on."""

from dataclasses import dataclass

import bpy
import numpy as np

from ...motion.time_mapping import FrameMap
from ...motion.timeline_heat import LEAST_HEAT
from ...scene.action_contacts import moved_frames
from ...scene.armatures import action_of, selected_armature
from ...scene.preview.action_trust import LIMB_NAMES, ActionTrust, trust_on
from ...texts.text import Text
from ...vision.trust import LOW
from ...while_enabled import lasting
from ..motion.contacts import shown_contacts
from ..text.overlays import Overlay
from ..timeline_bars import TimelineRows, draw_rows, shows_timeline
from .correction_bars import bars_by_limb


@dataclass
class _Made:
    """The rows that were made last.

    Attributes:
        of: session_uid of the Action that the rows are of, and how its frames were moved.
        rows: of that Action; None if nothing of it is in doubt.
    """

    of: tuple[int, FrameMap | None] = (0, None)
    rows: TimelineRows | None = None


_made = lasting(_Made)


def _draw(context: bpy.types.Context) -> None:
    # there is room for one strip at the bottom: bars that are edited come first
    is_free = shows_timeline(context) and shown_contacts(context) is None and not bars_by_limb(context)
    rows = _rows_of(selected_armature(context)) if is_free else None
    if rows is not None:
        draw_rows(context, rows)


def _rows_of(armature: bpy.types.Object | None) -> TimelineRows | None:
    """Return a row for each limb of the armature's preview that is in doubt somewhere; kept for one Action."""
    action = action_of(armature)
    if action is None:
        return None
    of = action.session_uid, moved_frames(action)
    if _made.of != of:
        _made.of, _made.rows = of, _made_rows(action)
    return _made.rows


def _made_rows(action: bpy.types.Action) -> TimelineRows | None:
    trust = trust_on(action)
    if trust is None:
        return None
    doubt = np.clip((LOW - trust.values.T) / LOW, 0.0, 1.0)
    # 0 is not drawn, and a slight doubt is to be seen
    heats = np.where(doubt > 0.0, LEAST_HEAT + (1.0 - LEAST_HEAT) * doubt, 0.0)
    rows = np.flatnonzero(heats.any(axis=1))
    names = tuple(_name(trust, row) for row in rows.tolist())
    return TimelineRows(names, heats[rows], trust.frames) if len(rows) else None


def _name(trust: ActionTrust, row: int) -> Text:
    """Return the name of a limb, and the film that shows it best, of several."""
    limb = LIMB_NAMES[trust.limbs[row]]
    # of a single film there is nothing to tell apart
    if row >= len(trust.films):
        return limb
    return Text("{limb} · video {number}", limb=limb, number=trust.films[row] + 1)


register = Overlay(_draw, "DOPESHEET_EDITOR").show
