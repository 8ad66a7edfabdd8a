"""The fingers of the robot with hands, which has a thumb, an index and a middle finger of two links each.

Seen from the palm, each link points as the source's finger does, as far as its joints reach: the links of a thumb as
the source's two outer bones, those of another finger as its first bone and as the others together.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..bones.humanoid import FINGERS, KNUCKLES, PHALANGES, SIDES, BoneMap, filled, slots_of
from ..g1.motion import G1Motion
from ..rotations import FloatArray, conjugate, frame, multiply, normalise, rotate
from ..skeleton import Clip

_DRIVING = {"thumb": FINGERS[:1], "index": FINGERS[1:2], "middle": FINGERS[2:]}
"""The robot's finger → the source's: the first of these that it has."""
_AHEAD = 0.3
"""The least sum of both links' directions along the hand that a thumb's first joint follows: where the thumb points
straight out of the palm, that joint has no effect, and would turn all the way for every little change."""


def with_fingers(motion: G1Motion, clip: Clip, bone_map: BoneMap) -> G1Motion:
    """Return the motion of the robot with hands, its fingers as the source's; those that the source lacks stay.

    Args:
        motion: the robot's.
        clip: the source's, of as many samples.
        bone_map: its humanoid bones.
    """
    slots = bone_map.indices_in(clip.skeleton.indices)
    dof, ranges, names = motion.dof_pos.copy(), motion.model.ranges, motion.model.joint_names
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        for finger, links in _links(clip, slots, side, sign).items():
            joints = [number for number, name in enumerate(names) if name.startswith(f"{side}_hand_{finger}")]
            # a thumb turns about the hand first, then it bends in the plane that it is in
            if finger == "thumb":
                ahead, aside, _ = np.moveaxis(links.sum(axis=0), -1, 0)
                turn = np.clip(np.arctan2(-aside, np.maximum(ahead, _AHEAD)), *ranges[joints[0]])
                dof[:, joints[0]] = turn
                in_plane = links[..., 0] * np.cos(turn) - links[..., 1] * np.sin(turn)
                # 0 out of the palm
                angles = sign * np.arctan2(in_plane, links[..., 2])
            else:
                # 0 along the hand
                angles = -sign * np.arctan2(links[..., 2], links[..., 0])
            dof[:, joints[-2:]] = _bends(angles, ranges[joints[-2:]])
    return replace(motion, dof_pos=dof)


def _bends(angles: FloatArray, ranges: FloatArray) -> FloatArray:
    """Return (F, J) each joint's angle in a chain that bends in a plane, from its links' own (J, F); rad."""
    bends: list[FloatArray] = []
    for angle, (low, high) in zip(angles, ranges, strict=True):
        # what the joints before leave of it, by the turn that is nearest to the middle of the range
        middle = (low + high) / 2.0
        off = (angle - sum(bends) - middle + np.pi) % (2.0 * np.pi) - np.pi
        bends.append(np.clip(middle + off, low, high))
    return np.stack(bends, axis=-1)


def _links(clip: Clip, slots: Mapping[str, int], side: str, sign: float) -> dict[str, FloatArray]:
    """Return where (2, F, 3) each finger's links are to point: along the hand, to its index finger, out of its palm.

    Args:
        clip: the source's motion.
        slots: humanoid slot to bone.
        side: the hand's.
        sign: 1 for a left hand, -1 for a right one.
    """
    knuckles = filled(slots, slots_of(side, KNUCKLES))
    wrist = slots.get(f"{side}_hand")
    if len(knuckles) < 2 or wrist is None:  # noqa: PLR2004 -- one alone defines no palm
        return {}
    first = normalise(clip.positions[:, knuckles[0]] - clip.positions[:, wrist])
    last = normalise(clip.positions[:, knuckles[-1]] - clip.positions[:, wrist])
    palm_from_world = conjugate(frame(first + last, first - last))
    found: dict[str, FloatArray] = {}
    for finger, driving in _DRIVING.items():
        chains = [filled(slots, slots_of(f"{side}_{one}", PHALANGES)) for one in driving]
        whole = [chain for chain in chains if len(chain) > 1]
        if whole:
            bones = _directions(clip, whole[0])
            links = bones[-2:] if finger == "thumb" else [bones[0], normalise(np.sum(bones[1:], axis=0))]
            found[finger] = rotate(palm_from_world, np.stack(links)) * np.array([1.0, 1.0, sign])
    return found


def _directions(clip: Clip, chain: list[int]) -> list[FloatArray]:
    """Return where (F, 3) each bone of a chain points, its last one as straight on at rest."""
    found = [normalise(clip.positions[:, end] - clip.positions[:, start]) for start, end in pairwise(chain)]
    before, last = clip.skeleton.heads[chain[-2:]]
    turned = multiply(clip.rotations[:, chain[-1]], conjugate(clip.skeleton.rest_rotations[chain[-1]]))
    return [*found, rotate(turned, normalise(last - before))]
