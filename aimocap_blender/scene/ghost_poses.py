"""Poses of the take that a character doesn't play, sampled beside the user's scene."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

import numpy as np

from ..motion.rotations import FloatArray
from .isolated_evaluation import isolated
from .keys.keyframes import keys_checksum
from .takes import Comparison, Take

if TYPE_CHECKING:
    import bpy


class GhostPoses:
    """Poses of one take on whole frames, as Blender evaluates them; sampled when they are needed.

    Attributes:
        bones: names of the bones that are seen: those that deform and aren't hidden, or all if there are none.
        lengths: (N,) of these bones at rest, in armature space.
        take: the take.
    """

    def __init__(self, comparison: Comparison) -> None:
        """Of the take that is the ghost's now."""
        character, self.take = comparison.character, comparison.ghost
        armature = cast("bpy.types.Armature", character.data)
        seen = [bone for bone in armature.bones if bone.use_deform and not bone.hide] or list(armature.bones)
        self.bones = tuple(bone.name for bone in seen)
        self.lengths = np.array([bone.length for bone in seen], dtype=np.float64)
        self._checksum = _checksum(self.take)
        self._poses: dict[int, FloatArray] = {}

    def are_of(self, take: Take) -> bool:
        """Return whether these are the take's poses, and no key of it has changed."""
        return take is self.take and _checksum(take) == self._checksum

    def at(self, frame: float) -> FloatArray | None:
        """Return (N, 4, 4) bone-to-world matrices at the nearest whole frame; None if it is not sampled yet."""
        return self._poses.get(round(frame))

    def missing(self, current: float) -> list[int]:
        """Return the frames to sample: the current one, then those of the Action after and before it."""
        now, (first, last) = round(current), self.take.action.frame_range
        frames = [now, *range(max(now, int(first)), int(last) + 2), *range(int(first), min(now, int(last) + 2))]
        return [frame for frame in dict.fromkeys(frames) if frame not in self._poses]

    def sample(self, comparison: Comparison, frames: Iterable[int], longest_sec: float) -> None:
        """Sample frames until that many seconds have passed, at least one; the scene and what it shows stay."""
        deadline = time.monotonic() + longest_sec
        with comparison.ghost_played(), isolated(comparison.character) as rig:
            columns = rig.rows(self.bones)
            for frame in frames:
                poses = rig.at(frame)[columns]
                self._poses[frame] = rig.world() @ poses
                if time.monotonic() > deadline:
                    break


def _checksum(take: Take) -> int:
    return keys_checksum(take.action, take.action_slot)
