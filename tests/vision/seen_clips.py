"""Motions seen in the frames of rendered truth, with their figures; and how trust goes along with errors."""

from dataclasses import dataclass, replace

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.vision.motion_from_track import SeenMotion, motion_from_track
from aimocap_blender.vision.person_track import PersonTrack
from tests.scene.real_files import composed_heads

from .judge import LIMBS, Figures, Heads, judged, limb_errors
from .rendered_truth.truth import Truth


@dataclass(frozen=True, eq=False)
class SeenClip:
    """A clip of rendered truth as it is seen.

    Attributes:
        motion: the product's result.
        heads: slot to (F, 3) heads in the truth's axes.
        figures: how far it is off.
    """

    motion: SeenMotion
    heads: Heads
    figures: Figures


def seen_clip(track: PersonTrack, truth: Truth, focal: float | None = None) -> SeenClip:
    """The motion of a track that was made of a rendered clip's frames."""
    motion = motion_from_track(track, focal)
    clip = motion.clip
    bones = detect_bones(clip.skeleton)
    back = motion.ground.axes
    heads = {
        slot: clip.positions[:, clip.skeleton.index(bone)] @ back + motion.ground.origin
        for slot, bone in bones.bones().items()
    }
    rest = replace(clip.skeleton, options=tuple(clip.skeleton.option(bone) for bone in range(len(clip.skeleton))))
    on_itself = composed_heads(rest, retarget(clip, bones, rest, bones, RetargetOptions()))
    locked = {slot: on_itself[bone] for slot, bone in bones.bones().items()}
    true = {slot: head[motion.frames] for slot, head in truth.heads.items()}
    return SeenClip(motion, heads, judged(heads, locked, motion.ground.up, true, truth.up, track.fps))


def trust_and_errors(clip: SeenClip, truth: Truth) -> np.ndarray:
    """(M, 2) trust in a limb, and degrees by which its bones are off, for all limbs and frames."""
    trust = clip.motion.trust
    rows: list[np.ndarray] = []
    for start, end in LIMBS:
        side, part = start.split("_", 1)
        limb = f"{side}_{part.removeprefix('upper_').removeprefix('lower_')}"
        true = {slot: truth.heads[slot][clip.motion.frames] for slot in (start, end)}
        rows.append(np.stack([trust.values[:, trust.limbs.index(limb)], limb_errors(clip.heads, true, start, end)], 1))
    return np.concatenate(rows)
