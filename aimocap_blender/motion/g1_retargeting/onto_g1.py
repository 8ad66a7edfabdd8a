"""Any human motion onto the G1: its intent in the robot's size, the footsteps, and the fitted joints."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..bones.humanoid import BoneMap
from ..feet.foot_contacts import FootContact
from ..g1.adjusting_curves import within_speeds
from ..g1.motion import G1Motion, on_variant
from ..g1.variants import WITH_HANDS, Variant
from ..held_poses import moving, without_rest_pose
from ..retargeting.retarget_options import RetargetOptions
from ..rotations import continuous
from ..skeleton import Clip
from .fingers import with_fingers
from .footsteps import footsteps_of
from .goals import Weights, goals_of
from .intent import Intent, intent_of
from .options import G1RetargetOptions
from .outcome import G1Outcome, outcome_of
from .solving import solved


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
