"""A motion that is worked out for a rig by a background Blender, before it is applied; see `scene/ahead.py`."""

import logging
from collections.abc import Mapping

import bpy

from ..motion.g1.motion import G1Motion
from ..motion.skeleton import Clip
from ..motion.time_mapping import TimeMapping
from ..options import Choice
from ..scene.action_source import ActionSource
from ..scene.ahead import Asked, WorkingAhead, answers_to, is_long
from ..scene.armatures import pose_of
from ..scene.bone_maps import bone_map_of
from ..scene.g1.rig import is_g1_rig
from ..scene.retargeting import require_character
from ..texts.faults import Fault
from .applying import keys_for
from .binding import retarget_options
from .private_folder import PrivateFolder
from .reading import ReadMotion

_log = logging.getLogger(__name__)
_SHORT = 150_000
"""Bones times frames that are put onto a rig within about a second: beginning another Blender takes longer."""


class Ahead:
    """One that is being worked out, in a private folder.

    Raises:
        Fault: it can't begin.
    """

    def __init__(self, armature: bpy.types.Object, asked: Asked) -> None:
        self._folder = PrivateFolder()
        try:
            self._working = WorkingAhead(armature, asked, self._folder.path).begin()
        except BaseException:
            self._folder.remove()
            raise

    def poll(self) -> bool:
        """Return whether it has ended; then what it worked out will be taken over."""
        over = self._working.poll()
        if over:
            self._working.keep()
        return over

    def close(self) -> None:
        """End it, and delete what it wrote."""
        self._working.kill()
        self._folder.remove()


def takes_long(armature: bpy.types.Object | None, motion: Clip | G1Motion, choices: Mapping[str, Choice]) -> bool:
    """Return whether a motion is worked out ahead for an armature."""
    if armature is None or isinstance(motion, G1Motion) or is_g1_rig(armature):
        return False
    if len(motion.times) * len(pose_of(armature).bones) < _SHORT:
        return False
    try:
        return is_long(armature, require_character(armature), retarget_options(choices))
    except Fault:  # applying it reports this
        return False


def begin_ahead(
    armature: bpy.types.Object | None,
    read: ReadMotion,
    mapping: TimeMapping,
    choices: Mapping[str, Choice],
    source: ActionSource,
    *,
    any_figure: bool = False,
) -> Ahead | None:
    """Begin to work out what `put_motion_on` will do; None if that doesn't take long, is known, or is refused."""
    motion, options = read.motion, retarget_options(choices)
    if armature is None or isinstance(motion, G1Motion) or not takes_long(armature, motion, choices):
        return None
    keys, bones = keys_for(armature, choices, source), bone_map_of(armature)
    asked = Asked(motion, mapping, options, keys, read.bone_map, any_figure, bones)
    try:
        return None if answers_to(armature, asked) else Ahead(armature, asked)
    except Fault as fault:
        _log.warning("not worked out ahead: %s", fault)
        return None
