"""The second stage of retargeting: let the character's hips travel, at its own scale and on its own ground."""

from dataclasses import dataclass, replace

import numpy as np

from ..body.body_points import ANKLE, FEET
from ..bones.humanoid import LEG_JOINTS, SIDES, filled, sided, slots_of
from ..feet.body_pose import BodyPose
from ..feet.leg_solution import Leg
from ..figures.figure import Figure
from ..rotations import BoolArray, FloatArray, conjugate, rotate
from .location_channels import location_channels
from .root_motion import Foot, centre_path, choose_scale, ground_of, standing_height
from .task import RetargetTask


@dataclass(frozen=True, eq=False)
class Travel:
    """A character that travels, its feet not yet held.

    Attributes:
        task: the task.
        pose: the character's pose.
        from_centre: (F, 3) from its centre to its hips' head, see `RetargetTask.centre_slots`.
        scale: metres that it travels for one metre of the source's, without the user's own scale.
        floor: height of the source's ground, metres; None where it has no foot that the character has too.
        legs: its legs that have a counterpart in the source.
    """

    task: RetargetTask
    pose: BodyPose
    from_centre: FloatArray
    scale: float
    floor: float | None
    legs: tuple[Leg, ...]

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides of the legs."""
        feet = {self.task.target.slots.get(f"{side}_foot"): side for side in SIDES}
        return tuple(feet[leg.foot] for leg in self.legs)

    def locations(self, pose: BodyPose) -> tuple[dict[int, FloatArray], FloatArray | None]:
        """Return the location channels of this or a later pose, and the object's travel, see `location_channels`."""
        travel = pose.hips - self.from_centre - self.task.rest_centre
        return location_channels(pose, travel, self.task.options.root_carrier, frozenset(self.task.shared))


def travelled(task: RetargetTask, pose: BodyPose) -> Travel:
    """Return the rotated character with hips that travel.

    Args:
        task: the task.
        pose: the character's pose, its hips at the origin.
    """
    source, target, options = task.source, task.target, task.options
    from_centre = _hips_from_centre(task, pose)
    pose = replace(pose, hips=from_centre)
    feet = _feet(task, pose)
    both = list(feet.values())
    others = _others(task, pose) if options.contacts == "BODY" else []
    # metres on the way of the character for one of the source's: so that what rests slides least
    scale = choose_scale(task.source_centre, both, target.leg_length / source.leg_length, source.leg_length, others)
    ground = ground_of(both, scale, source.leg_length) if both else 0.0
    told = _floor(task, scale, ground) if both else None
    off = 0.0
    # feet don't tell the ground where they stand on something else only, or lie
    if told is not None:
        stand = any(foot.contact.any.any() for foot in both) or not task.seen.first_seen.active.any()
        seen = told if source.measured else ground - ANKLE[0] * task.seen.size
        off = task.seen.ground(seen if stand else None) - seen
        if options.ground == "HEIGHT":
            off = options.ground_height - told
    ground += off
    start = task.rest_centre if options.start == "CHARACTER" else _start_of_capture(task, scale)
    path = centre_path(task.source_centre, both, scale, ground, start, options.root_motion, options.scale)
    # balls tell a ground of their own: rest poses of source and character differ in how far the heel is raised
    with_balls = [foot for foot in both if foot.relative.shape[1] > 1]
    ball_ground = ground_of(with_balls, scale, source.leg_length, 1) + off if with_balls else 0.0
    legs: list[Leg] = []
    for side, foot in feet.items():
        level = standing_height(foot, scale, ground)
        ball_level = standing_height(foot, scale, ball_ground, 1) if foot in with_balls else None
        legs.append(_leg(task, side, foot, level, ball_level))
    floor = told + off if told is not None else None
    return Travel(task, replace(pose, hips=from_centre + path), from_centre, scale, floor, tuple(legs))


def _others(task: RetargetTask, pose: BodyPose) -> list[tuple[BoolArray, FloatArray]]:
    """Return when (F,) points of the body other than soles rest, and their paths (F, 3) for a centre at the origin."""
    others: list[tuple[BoolArray, FloatArray]] = []
    for name, resting in task.seen.first_seen.points.items():
        placed = task.target_points.get(name)
        if placed is None or name.endswith(FEET) or not resting.rests.any():
            continue
        if placed.bone in pose.rotations:
            others.append((resting.rests, placed.at(pose)))
    return others


def _floor(task: RetargetTask, scale: float, ground: float) -> float:
    """Return the height of the source's ground; ankles stand as high as the target's if its rest pose is no help."""
    source, target = task.source, task.target
    if source.measured:
        return source.sole + ground
    ankles = list(map(target.over_sole, filled(target.slots, sided("foot"))))
    return ground - float(np.mean(ankles)) / scale


def _hips_from_centre(task: RetargetTask, pose: BodyPose) -> FloatArray:
    """Return the path (F, 3) of the hips' head relative to the centre, for a pose whose hips are at the origin."""
    legs = filled(task.target.slots, task.centre_slots) if task.centre_slots != ("hips",) else []
    heads = [pose.heads((leg,))[leg] for leg in legs]
    return np.asarray(-np.mean(heads, axis=0), dtype=np.float64) if heads else pose.hips


def _start_of_capture(task: RetargetTask, scale: float) -> FloatArray:
    """Return the position (3,) of the target's centre at which the capture's is in the first sample, in the world."""
    factor = 1.0 if task.options.start == "WORLD" else scale * task.options.scale
    in_world = rotate(conjugate(task.source.to_body), task.source_centre[0]) * factor
    # only over the ground: the height is the character's own, whichever of both axes the object is tilted to
    in_world[2] = rotate(conjugate(task.target.to_body), task.rest_centre)[2]
    in_body = rotate(task.target.to_body, in_world)
    in_body[2] = task.rest_centre[2]
    return in_body


def _feet(task: RetargetTask, pose: BodyPose) -> dict[str, Foot]:
    """Return the feet that both figures have, by side, for a pose whose centre is at the origin."""
    source, target = task.source, task.target
    feet: dict[str, Foot] = {}
    for side in SIDES:
        needed = slots_of(side, LEG_JOINTS)
        if not (source.has(*needed) and target.has(*needed)):
            continue
        joints = [f"{side}_foot"]
        if source.has(toes := f"{side}_toes") and target.has(toes):
            joints.append(toes)
        own_bones = filled(target.slots, joints)
        heads = pose.heads((*filled(target.slots, needed), *own_bones[1:]))
        contact = task.contacts[side]
        feet[side] = Foot(
            contact=contact if len(joints) > 1 else contact.without_ball,
            source=np.stack(list(map(task.head, filled(source.slots, joints))), axis=1),
            relative=np.stack(filled(heads, own_bones), axis=1),
            rest=np.array([target.standing_height(joint) for joint in joints]),
            source_rest=np.array([_source_height(source, joint) for joint in joints]),
        )
    return feet


def _source_height(source: Figure, joint: str) -> float:
    """Return the height of a foot's joint at rest; that of both balls, which stand alike whatever the rest pose."""
    both = (joint,) if joint.endswith("_foot") else sided("toes")
    return float(np.mean([source.standing_height(slot) for slot in both if source.has(slot)]))


def _leg(task: RetargetTask, side: str, foot: Foot, level: FloatArray, ball_level: FloatArray | None) -> Leg:
    """Return a side's leg, whose planted ankle and ball are at these heights (F,)."""
    slots = task.target.slots
    upper, toes = slots[f"{side}_upper_leg"], f"{side}_toes"
    return Leg(
        upper=upper,
        lower=slots[f"{side}_lower_leg"],
        foot=slots[f"{side}_foot"],
        toes=slots[toes] if toes in task.shared else None,
        contact=foot.contact,
        level=level,
        ball_level=ball_level,
        hinge=rotate(conjugate(task.target.rest[upper]), np.array([1.0, 0.0, 0.0])),
    )
