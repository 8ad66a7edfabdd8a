"""The second stage of retargeting: let the character's hips travel, at its own scale and on its own ground.

What carries it there are location channels of its hips, of a bone above them, or its object.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from ...texts.faults import Fault
from ...texts.text import Text
from ..body.body_points import ANKLE, FEET
from ..body.resting import lowest_reached
from ..bones.humanoid import LEG_JOINTS, LEG_SLOTS, SIDES, filled, sided, slots_of
from ..feet.body_pose import BodyPose
from ..feet.foot_contacts import FootContact, carrying_of, creeping_of, find_contact
from ..feet.leg_solution import Leg
from ..figures.figure import Figure
from ..rotations import BoolArray, FloatArray, conjugate, multiply, norm, rotate
from .retarget_options import RootCarrier
from .task import RetargetTask

# Set on ue4_run.fbx, cmu_91_48.fbx and boxing_toes.bvh, on the characters of tests/scene/test_retarget_real.py.
_LEAST_STEP = 3e-3  # of the leg's length squared: a body that sways over hands and knees goes nowhere
_FURTHEST = 1.25  # a scale beyond this many times the ratio of the legs comes from wrong contacts
_LEVEL = 0.047  # of the leg: ground that differs less is level
_ON_THE_GROUND = 0.1  # of the leg: a rest pose whose soles are this near to height 0 stands on the world's ground
_IN_THE_AIR = 0.25  # of the leg: a motion that never comes this near to its ground is in the air
_HORIZONTAL = np.array([1.0, 1.0, 0.0])
_NOTHING = 1e-9  # metres: a figure that travels less stays in place


@dataclass(frozen=True, eq=False)
class Travel:
    """A character that travels, its feet not yet held.

    Attributes:
        task: the task.
        pose: the character's pose.
        from_centre: (F, 3) from its centre to its hips' head, see `RetargetTask.centre_slots`.
        scale: metres that it travels for one metre of the source's, without the user's own scale.
        floor: height of the source's ground, metres; None where it has no foot that the character has too.
        legs_by_side: its legs that have a counterpart in the source.
    """

    task: RetargetTask
    pose: BodyPose
    from_centre: FloatArray
    scale: float
    floor: float | None
    legs_by_side: Mapping[str, Leg]

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The same, without their sides."""
        return tuple(self.legs_by_side.values())

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
    scale = _choose_scale(task.source_centre, others, target.leg_length / source.leg_length, source.leg_length)
    ground = ground_of(both, task.clip.times, scale, source.leg_length) if both else 0.0
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
    at_start = task if task.begins is None or options.start != "CHARACTER" else replace(task, clip=task.begins)
    path = _centre_path(
        task.source_centre, at_start.source_centre[0], both, scale, ground, start, options.root_motion, options.scale
    )
    # balls tell a ground of their own: rest poses of source and character differ in how far the heel is raised
    with_balls = [foot for foot in both if foot.relative.shape[1] > 1]
    ball_ground = ground_of(with_balls, task.clip.times, scale, source.leg_length, 1) + off if with_balls else 0.0
    legs: dict[str, Leg] = {}
    for side, foot in feet.items():
        level = standing_height(foot, scale, ground)
        ball_level = standing_height(foot, scale, ball_ground, 1) if foot in with_balls else None
        legs[side] = _leg(task, side, foot, scale, level, ball_level)
    floor = told + off if told is not None else None
    return Travel(task, replace(pose, hips=from_centre + path), from_centre, scale, floor, legs)


@dataclass(frozen=True, eq=False)
class Foot:
    """One foot of both figures, body axes, metres.

    Attributes:
        contact: its contacts with the ground.
        stands: these, and stances in which it carries the body without ever resting.
        source: (F, J, 3) the source's ankle and, with J = 2, ball.
        relative: (F, J, 3) the target's, relative to its centre between the legs.
        rest: (J,) heights of the target's at rest.
        source_rest: (J,) heights of the source's at rest.
    """

    contact: FootContact
    stands: FootContact
    source: FloatArray
    relative: FloatArray
    rest: FloatArray
    source_rest: FloatArray


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
    if task.centre_slots == ("hips",):
        return pose.hips
    return -pose.middle_of(filled(task.target.slots, task.centre_slots))


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
        contact = task.contacts[side] if len(joints) > 1 else task.contacts[side].without_ball
        feet[side] = Foot(
            contact=contact,
            stands=_stands(task, side, contact),
            source=np.stack(list(map(task.head, filled(source.slots, joints))), axis=1),
            relative=np.stack(filled(heads, own_bones), axis=1),
            rest=np.array(list(map(target.standing_height, joints))),
            source_rest=np.array([_source_height(source, joint) for joint in joints]),
        )
    return feet


def _stands(task: RetargetTask, side: str, contact: FootContact) -> FootContact:
    """Return a foot's contacts, and the stances in which the source's carries the body without ever resting."""
    if task.options.contacts == "BODY" and task.seen.first_seen.active.any():
        return contact
    source = task.source
    foot, toes = source.slots[f"{side}_foot"], source.slots.get(f"{side}_toes")
    ankle = task.head(foot)
    ball = source.posed_ball(foot, toes, ankle, multiply(source.to_body, task.clip.rotations[:, foot]))
    carrying = carrying_of(ankle, ball, task.clip.times, source.leg_length, task.source_centre)
    # where it rests for a part of a stance, it rolls on and off in the others
    return contact.or_of(carrying.apart_from(contact))


def _source_height(source: Figure, joint: str) -> float:
    """Return the height of a foot's joint at rest; that of both balls, which stand alike whatever the rest pose."""
    both = (joint,) if joint.endswith("_foot") else sided("toes")
    return float(np.mean([source.standing_height(slot) for slot in both if source.has(slot)]))


def _leg(
    task: RetargetTask, side: str, foot: Foot, scale: float, level: FloatArray, ball_level: FloatArray | None
) -> Leg:
    """Return a side's leg, whose planted ankle and ball are at these heights (F,)."""
    slots = task.target.slots
    slow, crept = _creeping(foot, task, scale)
    upper, toes = slots[f"{side}_upper_leg"], f"{side}_toes"
    return Leg(
        upper=upper,
        lower=slots[f"{side}_lower_leg"],
        foot=slots[f"{side}_foot"],
        toes=slots[toes] if toes in task.shared else None,
        contact=foot.contact,
        stands=foot.stands,
        slow=slow,
        crept=crept,
        level=level,
        ball_level=ball_level,
        hinge=rotate(conjugate(task.target.rest[upper]), np.array([1.0, 0.0, 0.0])),
    )


def _creeping(foot: Foot, task: RetargetTask, scale: float) -> tuple[FootContact, FloatArray]:
    """Return where a foot rests or creeps, and how far (F, 2, 3) ankle and ball have crept, metres of the target.

    A figure of other proportions would slide such a foot several times as far as the source's, while the hips move.
    """
    times, has_ball = task.clip.times, foot.source.shape[1] > 1
    ankle, ball = foot.source[:, 0], foot.source[:, -1]
    feet = ankle, ball if has_ball else None, times, task.source.leg_length
    creeps = creeping_of(foot.contact, *feet)
    active = task.seen.first_seen.active
    if task.options.contacts == "BODY" and active.any():
        # what else the body rests on carries it then, and would slide for them; it has stances as a whole
        creeps = creeps.where((active == 0.0) & ~find_contact(*feet).any)
    slow = foot.stands.or_of(creeps)
    crept = np.zeros((len(times), 2, 3))
    for joint, (path, rests) in enumerate(((ankle, foot.contact.ankle), (ball, foot.contact.ball))):
        steps = scale * np.diff(path, axis=0)
        steps[rests[1:] & rests[:-1]] = 0.0
        crept[1:, joint] = np.cumsum(steps, axis=0)
    return slow, crept


def _choose_scale(
    centre: FloatArray, others: Sequence[tuple[BoolArray, FloatArray]], leg_ratio: float, leg_length: float
) -> float:
    """Return how many metres the target travels for one metre of the source's.

    This is the ratio of the legs' lengths, except that what else a body rests on is to slide least: who swings from a
    bar goes as far as its arms are long. Feet don't tell: where they stand long enough, in squats before jumps, hips
    move over them by the small difference of thighs and shins that are turned against each other.

    Args:
        centre: (F, 3) the source's centre between the legs.
        others: see `_others`.
        leg_ratio: the target's leg length, as a multiple of the source's.
        leg_length: the source's, metres.
    """
    weight = _LEAST_STEP * leg_length**2
    against, along = weight * leg_ratio, weight
    travel = np.diff(centre, axis=0)[:, :2]
    for rests, path in others:
        # what rests in both of two samples should go as far back under the centre as that travels
        pairs = rests[1:] & rests[:-1]
        under = np.diff(path, axis=0)[:, :2]
        against -= float((travel * under)[pairs].sum())
        along += float((travel**2)[pairs].sum())
    return float(np.clip(against / along, leg_ratio / _FURTHEST, leg_ratio * _FURTHEST))


def ground_of(feet: list[Foot], times: FloatArray, scale: float, leg_length: float, joint: int = 0) -> float:
    """Return the height of the source's ground over the ground of its rest pose, metres, as an ankle or ball tells it.

    It is the ground under planted feet, the lowest where it isn't level; without contacts that under feet that carry
    the body, or else the lowest height that feet reach, unless the motion is in the air over the world's ground.

    Args:
        feet: both figures' feet.
        times: (F,) seconds.
        scale: see `_choose_scale`.
        leg_length: the source's, metres.
        joint: 0 for ankles, 1 for balls.
    """
    rises: list[FloatArray] = []
    flat: list[FloatArray] = []
    rest = any(foot.contact.flat.any() for foot in feet)
    for foot in feet:
        rises.append(foot.source[:, joint, 2] - foot.source_rest[joint])
        flat.append(rises[-1][(foot.contact if rest else foot.stands).flat])
    standing = np.sort(np.concatenate(flat))
    if len(standing):
        lowest = standing[len(standing) // 10]
        return float(np.median(standing[standing < lowest + _LEVEL * leg_length]))
    nearest = min(lowest_reached(rise, times) for rise in rises)
    leg = max(float(norm(foot.relative[:, 0]).max()) for foot in feet) / scale
    on_ground = abs(min(float(foot.source_rest.min()) for foot in feet)) < _ON_THE_GROUND * leg
    return 0.0 if on_ground and nearest > _IN_THE_AIR * leg else nearest


def standing_height(foot: Foot, scale: float, ground: float, joint: int = 0) -> FloatArray:
    """Return the height (F,) of the target's ankle over its own ground that corresponds to the source's over its.

    Args:
        foot: both figures' foot.
        scale: see `_choose_scale`.
        ground: see `ground_of`.
        joint: 0 for the ankle, 1 for the ball.
    """
    return foot.rest[joint] + scale * (foot.source[:, joint, 2] - foot.source_rest[joint] - ground)


def _centre_path(
    centre: FloatArray,
    at_start: FloatArray,
    feet: list[Foot],
    scale: float,
    ground: float,
    start: FloatArray,
    root_motion: Literal["FULL", "IN_PLACE"],
    further: float,
) -> FloatArray:
    """Return the path (F, 3) of the target's centre between the legs, on its own ground.

    Args:
        centre: (F, 3) the source's centre.
        at_start: (3,) where that is while the target's is at the start.
        feet: both figures' feet.
        scale: of the travel, see `_choose_scale`.
        ground: of the source, see `ground_of`.
        start: (3,) the target's centre at the start; its height is that at rest.
        root_motion: IN_PLACE leaves out the horizontal part.
        further: the user's factor on that part.
    """
    path = centre * scale * np.array([further, further, 1.0])
    if root_motion == "IN_PLACE":
        path = path * np.array([0.0, 0.0, 1.0]) + start * np.array([1.0, 1.0, 0.0])
    else:
        path[:, :2] += start[:2] - at_start[:2] * scale * further
    if not feet:
        path[:, 2] += start[2] - path[0, 2]
        return path
    # of each foot: how far its height is off, whether it stands, and the height of the source's
    off = np.zeros((len(feet), len(path)))
    standing, heights = np.zeros(off.shape, dtype=np.bool_), np.zeros(off.shape)
    for row, foot in enumerate(feet):
        off[row] = standing_height(foot, scale, ground) - path[:, 2] - foot.relative[:, 0, 2]
        standing[row], heights[row] = foot.stands.flat, foot.source[:, 0, 2]
    path[:, 2] += np.median(off[standing]) if standing.any() else off.flat[heights.argmin()]
    return path


def require_carrier(figure: Figure, carrier: RootCarrier) -> None:
    """Raise unless the figure has the carrier.

    Raises:
        Fault: there is no bone above the hips that could carry them.
    """
    if carrier == "ROOT_BONE" and not figure.skeleton.ancestors(figure.slots["hips"]):
        hips = figure.skeleton.names[figure.slots["hips"]]
        raise Fault(
            Text("The character has no root bone: nothing is above its hips, “{hips}”.", hips=hips),
            "Let the hips or the object carry the root motion, or add a root bone as parent of the hips.",
        )


def location_channels(
    pose: BodyPose, travel: FloatArray, carrier: RootCarrier, slots: frozenset[str]
) -> tuple[dict[int, FloatArray], FloatArray | None]:
    """Return the location channels of the bones that carry the hips, and of leg bones whose parent is another one.

    Args:
        pose: the character's pose.
        travel: (F, 3) how far the figure is from its own position; the carrier takes the horizontal part.
        carrier: the bone or object that takes it; one that the figure has, see `require_carrier`.
        slots: the slots that move.

    Returns:
        Bone to (F, 3) in armature units, and (F, 3) metres along the world's axes where the object travels.
    """
    linkage = pose.linkage
    figure, skeleton = linkage.figure, linkage.figure.skeleton
    root = figure.slots["hips"]
    up = skeleton.ancestors(root)
    carried = travel * _HORIZONTAL
    # the hips, or what they are attached to, gets the travel that nothing else carries
    bearer = root
    while _is_connected(figure, bearer):
        bearer = int(skeleton.parents[bearer])
    shifts = {bearer: pose.hips - figure.heads[root]}
    if carrier != "HIPS":
        shifts[bearer] = shifts[bearer] - carried
    if carrier == "ROOT_BONE":
        shifts[up[-1]] = shifts[up[-1]] + carried if bearer == up[-1] else carried
    heads = _leg_heads(pose, slots)
    for bone in _detached(figure, slots):
        above = skeleton.nearest_above(bone, heads)
        if above >= 0:
            stays = linkage.hang(bone, above, pose.rotations, heads)
        else:
            goes_along = carrier == "OBJECT" or (carrier == "ROOT_BONE" and up[-1] in skeleton.ancestors(bone))
            stays = figure.heads[bone] + (carried if goes_along else 0.0)
        shifts[bone] = heads[bone] - stays
    channels = {bone: linkage.location(bone, shift, pose.rotations) for bone, shift in shifts.items()}
    stays_put = carrier != "OBJECT" or float(np.abs(carried).max()) < _NOTHING
    return channels, None if stays_put else rotate(conjugate(figure.to_body), carried)


def _is_connected(figure: Figure, bone: int) -> bool:
    return figure.skeleton.option(bone).connected and int(figure.skeleton.parents[bone]) >= 0


def _leg_heads(pose: BodyPose, slots: frozenset[str]) -> dict[int, FloatArray]:
    heads: dict[int, FloatArray] = {}
    for side in SIDES:
        heads |= pose.heads(tuple(_moving(pose.linkage.figure, slots_of(side, LEG_SLOTS), slots)))
    return heads


def _moving(figure: Figure, wanted: Iterable[str], slots: frozenset[str]) -> list[int]:
    """Return the bones of wanted slots that move."""
    return filled(figure.slots, [slot for slot in wanted if slot in slots])


def _detached(figure: Figure, slots: frozenset[str]) -> list[int]:
    """Return the leg bones whose parent isn't the leg bone above them, such as feet on an IK root."""
    found: list[int] = []
    for side in SIDES:
        chain = _moving(figure, ("hips", *slots_of(side, LEG_SLOTS)), slots)
        for on, bone in pairwise(chain):
            if on not in figure.skeleton.ancestors(bone):
                found.append(bone)
    return found
