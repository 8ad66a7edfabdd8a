"""Repairing sliding feet and self-collision of a G1's motion: it is fitted again, as near to itself as it can be."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...texts.counts import frames_in_words
from ...texts.text import Text
from ..bones.humanoid import SIDES, sided
from ..feet.foot_contacts import FootContact, find_contact
from ..g1.adjusting import G1Change, change_of, joints_in_words, put_on_ground, within_limits
from ..g1.adjusting_curves import within_speeds, without_spikes
from ..g1.capsules import g1_capsules
from ..g1.checks import G1Tolerances, check_g1_motion
from ..g1.checks_findings import G1Fault
from ..g1.motion import G1Motion, on_variant
from ..g1.variants import WITH_HANDS
from ..pose_motion import PosedBones, PoseMotion, RetargetReport
from ..rotations import IDENTITY, BoolArray, FloatArray, continuous, norm, normalise
from ..smoothing import softened
from .footsteps import footsteps_of
from .goals import Goals, Limb, Path, Weights, goals_of
from .intent import LIMBS, UP, Intent
from .puppet import puppet_of
from .solving import refined
from .solving_again import calmed, parted
from .state import State

if TYPE_CHECKING:
    from collections.abc import Callable

OWN = Weights(pelvis=2.0, trunk=0.5, hand=0.0, place=6.0, neutral=1.0, wrist=1.0, free=(1.0, 1.0))
"""Of a robot's own motion that is changed."""
_ROUNDS = 10
_BACK = 0.04  # metres a second: slower than what counts as sliding, by far
_LEG = 0.6  # metres
_RISES = 0.2  # seconds within which the pelvis follows feet that come to the ground
_FEET = (G1Fault.SLIDE, G1Fault.FLOATING, G1Fault.SINKING)


def with_feet_planted(motion: G1Motion, ground: float = 0.0) -> tuple[G1Motion, G1Change]:
    """Hold feet that slide, hover or sink still on the ground; joints and pelvis change as little as that takes.

    Feet that stand are held where they mostly are, flat or on their front edge. Where a foot slides while no other
    stands, the robot travels as that foot carries it.

    Args:
        motion: any.
        ground: height, metres.
    """
    report = check_g1_motion(motion, G1Tolerances(ground=ground))
    if not any(report.check(kind).count for kind in _FEET):
        return change_of(motion, motion, "")
    lower = np.array([0.0, 0.0, ground])
    solving = without_fingers(replace(motion, root_pos=motion.root_pos - lower))
    intent = _intent_of(solving)
    steps = footsteps_of(intent, "FLAT", back=_BACK)
    goals = replace(goals_of(intent, steps, OWN, 0.0), limbs=(), angles=solving.dof_pos)
    state = State(solving.root_pos + steps.moved, solving.root_quat, solving.dof_pos)
    capsules = g1_capsules(solving.variant)
    state = calmed(refined(state, goals, capsules, OWN, _ROUNDS), goals, capsules, OWN)
    adjusted, change = change_of(motion, moved_as(motion, state, lower), "")
    far = 1000.0 * float(norm(adjusted.root_pos - motion.root_pos).max())
    sentence = Text("Feet held, the pelvis moved by up to {far:.0f} mm", far=far)
    return adjusted, replace(change, sentence=sentence)


def with_links_apart(motion: G1Motion) -> tuple[G1Motion, G1Change]:
    """Bring links out of one another, around each such span of frames; the other frames stay, bit for bit."""
    if not check_g1_motion(motion).check(G1Fault.COLLISION).count:
        return change_of(motion, motion, "")
    solving = without_fingers(motion)
    capsules = g1_capsules(solving.variant)
    goals = goals_on_its_feet(solving)
    state = parted(State(solving.root_pos, solving.root_quat, solving.dof_pos), goals, capsules, OWN)
    adjusted, change = change_of(motion, moved_as(motion, state, np.zeros(3)), "")
    most = float(np.degrees(np.abs(adjusted.dof_pos - motion.dof_pos).max(initial=0.0)))
    sentence = Text(
        "{joints} moved out of collisions, by up to {most:.0f}°, on {frames}",
        joints=joints_in_words(change.joints),
        most=most,
        frames=frames_in_words(change.frames),
    )
    return adjusted, change if change.nothing else replace(change, sentence=sentence)


def adjusted_throughout(motion: G1Motion, ground: float = 0.0) -> tuple[G1Motion, G1Change]:
    """Take all steps that repair faults, in the order in which none undoes another, and say what is left.

    Spikes would make limits, feet and collisions worse, so they are first; the ground comes before the feet that are to
    stand on it; feet move the trunk, and so come before collisions; speeds are last, since every step changes them.
    """
    before = motion
    said: list[Text] = []
    steps: tuple[Callable[[G1Motion], tuple[G1Motion, G1Change]], ...] = (
        without_spikes,
        within_limits,
        lambda one: put_on_ground(one, ground),
        lambda one: with_feet_planted(one, ground),
        with_links_apart,
        without_spikes,
        within_speeds,
        within_limits,
    )
    for step in steps:
        motion, change = step(motion)
        if not change.nothing:
            said.append(Text.of(change.sentence))
    report = check_g1_motion(motion, G1Tolerances(ground=ground))
    left = [check for check in report.checks if check.count and check.kind is not G1Fault.STRICT_LIMIT]
    said.extend(Text("Left: {finding}", finding=check.findings[0].sentence()) for check in left)
    _, change = change_of(before, motion, "")
    return motion, change if change.nothing else replace(change, sentence=Text.joined(said, ". "))


def without_fingers(motion: G1Motion) -> G1Motion:
    """Return the motion without fingers, which neither stand nor collide."""
    return on_variant(motion, "29dof") if motion.variant == WITH_HANDS else motion


def moved_as(motion: G1Motion, state: State, lower: FloatArray) -> G1Motion:
    """Return the motion with a state's pelvis and joints; what a state lacks stays."""
    dof = motion.dof_pos.copy()
    dof[:, motion.model.columns_of(without_fingers(motion).model)] = state.dof_pos
    unmoved = (state.root_quat == motion.root_quat).all(axis=1, keepdims=True)
    quat = np.where(unmoved, motion.root_quat, continuous(state.root_quat))
    return replace(motion, root_pos=state.root_pos + lower, root_quat=continuous(quat), dof_pos=dof)


def _intent_of(motion: G1Motion) -> Intent:
    """Return a robot's motion as its own intent."""
    puppet, model = puppet_of(motion.variant), motion.model
    pos, quat = model.body_poses(motion.root_pos, motion.root_quat, motion.dof_pos)
    joints = {slot: place.at(pos, quat) for slot, place in puppet.places.items()}
    heads = np.stack(list(joints.values()), axis=1)
    bones = PosedBones(np.broadcast_to(IDENTITY, (*heads.shape[:2], 4)), heads)
    own = PoseMotion(motion.times, motion.fps, (), np.zeros((len(pos), 0, 4)), {}, (), RetargetReport(1.0, 0.0))
    contacts: dict[str, FootContact] = {}
    for side in SIDES:
        contacts[side] = find_contact(joints[f"{side}_foot"], joints[f"{side}_toes"], motion.times, _LEG)
    # the robot's own attitudes; where its limbs point, the angles that it comes back to say
    slots = ("hips", "spine", *sided("foot", "hand"))
    rotations = {slot: quat[:, puppet.places[slot].body] for slot in slots}
    none = np.zeros(len(pos))
    return Intent(puppet, own, bones, contacts, rotations, {}, {}, none, joints["hips"], {}, none)


def goals_on_its_feet(motion: G1Motion) -> Goals:
    """Return a motion as its own goals, with feet that stay exactly where they are: no repair may move them."""
    intent = _intent_of(motion)
    steps = footsteps_of(replace(intent, contacts={}))
    goals = replace(goals_of(intent, steps, OWN, 0.0), limbs=(), angles=motion.dof_pos, floor=-np.inf)
    count, (turn, place) = len(goals.root_pos), OWN.planted
    rotations = dict(goals.rotations)
    paths: list[Path] = []
    for side in SIDES:
        foot = intent.puppet.places[f"{side}_foot"]
        rotations[foot.body] = intent.rotations[f"{side}_foot"], np.full(count, turn)
        paths.append(Path(foot.body, foot.offset, intent.head(f"{side}_foot"), np.full((count, 3), place)))
    return replace(goals, rotations=rotations, paths=tuple(paths))


def goals_on_flat_soles(motion: G1Motion, limb: float) -> Goals:
    """Return a motion as its own goals, but soles that stand are flat on the ground, and feet that swing clear it.

    Ankles only go up and down.

    Args:
        motion: over a ground at height 0.
        limb: weight of the directions of its limbs.
    """
    intent = _intent_of(motion)
    # what is higher than a step's edge is something that the foot stands on
    steps, own = footsteps_of(intent, "SOURCE", carrying=False), goals_on_its_feet(motion)
    rotations, paths, planted = dict(own.rotations), list[Path](), list[BoolArray]()
    rises, stands = np.zeros(len(own.root_pos)), np.zeros(len(own.root_pos))
    for side, path in zip(SIDES, own.paths, strict=True):
        foot = steps.feet[side]
        rise = foot.pos[:, 2] - path.pos[:, 2]
        paths.append(replace(path, pos=path.pos + rise[:, None] * UP))
        rotations[path.body] = foot.quat, own.rotations[path.body][1]
        planted.append(foot.planted)
        rises, stands = rises + rise * foot.planted, stands + foot.planted
    up = softened(rises / np.maximum(stands, 1.0), _RISES * motion.fps)
    places, firm = intent.puppet.places, np.full(len(up), limb)
    limbs: list[Limb] = []
    for start, end in LIMBS:
        direction = normalise(intent.head(end) - intent.head(start))
        limbs.append(Limb(places[start], places[end], direction, firm))
    return replace(
        own,
        root_pos=own.root_pos + up[:, None] * UP,
        rotations=rotations,
        limbs=tuple(limbs),
        paths=tuple(paths),
        planted=tuple(planted),
    )
