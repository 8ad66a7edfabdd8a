"""Any human motion onto the G1: its intent in the robot's size, the footsteps, the fitted joints, and the fingers.

The robot with hands has a thumb, an index and a middle finger of two links each. Seen from the palm, each link points
as the source's finger does, as far as its joints reach: the links of a thumb as the source's two outer bones, those of
another finger as its first bone and as the others together.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..bones.humanoid import FINGERS, KNUCKLES, PHALANGES, SIDES, BoneMap, filled, slots_of
from ..feet.foot_contacts import FootContact
from ..g1.adjusting_curves import within_speeds
from ..g1.motion import G1Motion, on_variant
from ..g1.variants import WITH_HANDS, Variant
from ..held_poses import moving, without_rest_pose
from ..retargeting.retarget_options import RetargetOptions
from ..rotations import FloatArray, conjugate, continuous, frame, multiply, normalise, rotate
from ..skeleton import Clip
from .footsteps import footsteps_of
from .goals import Weights, goals_of
from .intent import Intent, intent_of
from .options import G1RetargetOptions
from .outcome import G1Outcome, outcome_of
from .solving import solved

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


def retargeted_to_g1(
    clip: Clip,
    bone_map: BoneMap,
    variant: Variant = "29dof",
    options: G1RetargetOptions | None = None,
    told: Callable[[float], None] = lambda _share: None,
) -> G1Outcome:
    """Put a human motion onto the robot.

    Arms and legs point as the source's do, trunk, pelvis and feet are turned as the source's, as far as the joints'
    ranges and motors allow and no link is inside another. The robot starts at the origin, facing X.

    Args:
        clip: the motion.
        bone_map: its humanoid bones.
        variant: the robot.
        options: what the user chose.
        told: is called with the share that is done, 0 to 1; what it raises ends the work.

    Raises:
        Fault: hips are unknown, legs have no length, or the armature object is scaled unevenly.
    """
    chosen = options or G1RetargetOptions()
    solving: Variant = "29dof" if variant == WITH_HANDS else variant
    clip, left_out = without_rest_pose(moving(clip)[0])
    intent = intent_of(
        clip,
        bone_map,
        solving,
        RetargetOptions(scale=chosen.travel, contacts="FEET" if chosen.hold_feet else "OFF"),
    )
    steps = footsteps_of(intent if chosen.hold_feet else _without_contacts(intent), chosen.ground, chosen.hold_feet)
    weights = Weights()
    state = solved(goals_of(intent, steps, weights, chosen.reach), intent.puppet, weights, told)
    motion = on_variant(
        G1Motion(intent.fps, state.root_pos, continuous(state.root_quat), state.dof_pos, solving), variant
    )
    if variant == WITH_HANDS:
        motion = with_fingers(motion, clip, bone_map)
    slowed, _ = within_speeds(motion)
    outcome = outcome_of(slowed, intent, steps, np.abs(slowed.dof_pos - motion.dof_pos))
    # what was left out of the source is told
    return replace(outcome, source_jumps=((0, left_out - 1), *outcome.source_jumps)) if left_out else outcome


def _without_contacts(intent: Intent) -> Intent:
    never = np.zeros(len(intent.motion.times), dtype=np.bool_)
    return replace(intent, contacts={side: FootContact(never, never, never, never) for side in intent.contacts})
