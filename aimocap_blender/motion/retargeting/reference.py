"""The pose of a motion that corresponds to a character's rest pose, where the motion's own rest pose doesn't.

Captures in which all bones lie along one axis at rest, and files of games that have a pose as rest, say nothing of how
a body stands: a frame of the motion does.

Its feet are rotated until their soles are level; and motion relative to it is put relative to the character's own rest.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from ..bones.humanoid import SIDES, BoneMap, filled, sided
from ..contacts import contact_of
from ..feet.foot_contacts import FootContact, contacts_in
from ..figures.figure import Figure, feet_alike, figure_of, leftward, stands, torso_of, unlikeness
from ..pose_motion import PoseMotion
from ..rotations import (
    BoolArray,
    FloatArray,
    angle_between,
    conjugate,
    continuous,
    cross,
    extent,
    from_angles,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
    to_rotation_vector,
)
from ..skeleton import Clip, Skeleton
from ..spans import runs

_UPRIGHT = np.radians(15.0)  # a reference frame's torso leans little: weighed as the angles of `posture`
_MODELLED = np.radians(25.0)  # feet of splayed legs tilt as much at rest; on tiptoe they would more
_UP = np.array([0.0, 0.0, 1.0])
_STANDING = 0.8  # least height of the mean direction of torsos of who stands, as most files have Z up
_MEAN = 0.5  # least length of the mean direction of torsos by which a motion tells what is up
_NOTHING = 1e-7  # radians
_APART = 1e-5  # of the skeleton's size: a head that is nearer is where it was
_LEG_SHARE = 0.5  # of a body's height
_LOWEST = 10.0  # percent of a foot's samples
_TURNING = np.radians(30.0)  # a second: a foot that tilts faster is rolling
_ALIKE = np.radians(30.0)  # of a foot that stands, whatever its slope
_RAISED = 0.03  # of a leg: an ankle that is higher is of a raised heel

# Of the leg's length, where nothing else is said.
_FEWEST = 4  # stances
_FAR = 1.5  # they are that far apart at least
_FLAT = 0.025  # and that near to a plane: stairs aren't
_NARROW = 0.1  # a path that is narrower tells little of the slope across it
_LEAST, _MOST = np.radians(2.5), np.radians(6.0)  # less is within what bodies differ, more is a ramp

_SOMA = Path(__file__).with_name("soma-rest.json")
"""Rest pose of SOMA's skeleton, as in the BVH files of BONES-SEED and Kimodo: joint → degrees about X, Y and Z in its
parent's axes; that about Z comes first.

Its bones lie along one axis there: Blender's importer reads where a joint is, but not how it is rotated at rest, the
fourth to sixth number of an OFFSET, which Kimodo's files lack.
"""
_ONLY_IN_SOMA = "Spine1", "Chest", "Neck2", "LeftLeg", "LeftShin", "RightShin"
"""Joints that only SOMA's skeleton has together."""
_FROM_FILE = from_rotation_vector(np.array([np.pi / 2.0, 0.0, 0.0]))
"""From a file's axes, Y up, to those of an armature, Z up."""
_ALONG_AXIS = np.cos(np.radians(1.0))


@dataclass(frozen=True, eq=False)
class Referenced:
    """A motion with a rest pose to retarget from.

    Attributes:
        clip: the motion; its skeleton's rest pose is a standing body.
        measured: whether heights at rest tell where the ground is.
        contacts: side to the contacts of its foot; absent without one.
        begins: its first samples as they are, up to the first of the motion, if rest poses are left out of that.
    """

    clip: Clip
    measured: bool
    contacts: Mapping[str, FootContact]
    begins: Clip | None = None


@dataclass(frozen=True, eq=False)
class References:
    """The poses of motion and character that correspond to each other.

    Attributes:
        motion: AUTO takes the rest pose if that is a standing body, else the most upright sample; or the index of one.
        character: the character with another rest pose; None for its own.
    """

    motion: Literal["AUTO", "REST"] | int = "AUTO"
    character: Skeleton | None = None


RESTS = References()


def referenced(
    clip: Clip, bone_map: BoneMap, reference: Literal["AUTO", "REST"] | int, *, lie: bool = False
) -> Referenced:
    """Return the motion with the rest pose to retarget from.

    Args:
        clip: the motion.
        bone_map: its humanoid bones.
        reference: see `References.motion`.
        lie: see `_with_level_feet`.
    """
    skeleton = clip.skeleton
    slots = bone_map.indices_in(skeleton.indices)
    if "hips" not in slots or reference == "REST":
        return Referenced(clip, measured=True, contacts=contacts_in(clip, slots))
    up = _up_of(clip, slots)
    found = _found(clip, slots, up, lie=lie)
    if reference == "AUTO":
        return found
    # the chosen frame says how the body stands, but a foot may be in the air in it
    own_up = _nearest_axis(torso_of(found.clip.skeleton.heads, slots))
    soles = soles_of(found.clip.skeleton, slots, own_up)
    posed = _posed_at_rest(clip, reference)
    posed = replace(posed, skeleton=_with_soles(posed.skeleton, soles, up))
    return Referenced(posed, measured=False, contacts=found.contacts)


def _found(clip: Clip, slots: dict[str, int], up: FloatArray, *, lie: bool) -> Referenced:
    """Return the motion with its own rest pose if that is a standing body, else with its most upright sample."""
    known = soma_at_rest(clip.skeleton)
    clip = clip if known is None else replace(clip, skeleton=known)
    clip = _with_standing_rest(clip, slots)
    skeleton = clip.skeleton
    contacts = contacts_in(clip, slots)
    if known is None and not stands(skeleton, slots):
        clip = _facing_as_at_first(_posed_at_rest(clip, _best_frame(clip, slots, up)), slots, up)
        return Referenced(
            _with_level_feet(clip, slots, contacts, up, np.pi, lie=lie), measured=False, contacts=contacts
        )
    alike = feet_alike(skeleton, slots)
    if _nearest_axis(torso_of(skeleton.heads, slots)) @ up > 0.0:
        clip = _with_level_feet(clip, slots, contacts, up, _MODELLED if alike else np.pi, lie=lie)
    return Referenced(clip, measured=alike, contacts=contacts)


def posed_character(posed: Skeleton, own: Figure, bone_map: BoneMap) -> Figure:
    """Return a character with another rest pose, its feet as level as they are at its own rest if it stands there.

    Args:
        posed: the character as it is posed.
        own: the same at its own rest.
        bone_map: its humanoid bones.
    """
    figure = figure_of(posed, bone_map, "object")
    if not stands(own.skeleton, own.slots):
        return figure
    soles = soles_of(own.skeleton, own.slots, rotate(conjugate(own.standing.to_body), _UP))
    figure = figure_of(_with_soles(posed, soles, rotate(conjugate(figure.to_body), _UP)), bone_map, "object")
    heights: dict[int, float] = {}
    for slot, bone in own.slots.items():
        if bone in soles:
            heights[bone] = own.standing_height(slot)
    return replace(figure, standing_at=heights)


def _nearest_axis(direction: FloatArray) -> FloatArray:
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    return axes[int(np.argmax(axes @ direction))]


def _up_of(clip: Clip, slots: dict[str, int]) -> FloatArray:
    """Return (3,) the axis of the world along which torsos stand in the mean; Z where they lie about."""
    mean = torso_of(clip.positions, slots).mean(axis=0)
    return _nearest_axis(mean) if norm(mean) > _MEAN else np.array([0.0, 0.0, 1.0])


def _with_standing_rest(clip: Clip, slots: dict[str, int]) -> Clip:
    """Return the clip with a rest pose that lies stood up, if the motion stands: a bone above rotates the body then."""
    at_rest, mean = _nearest_axis(torso_of(clip.skeleton.heads, slots)), torso_of(clip.positions, slots).mean(axis=0)
    if at_rest @ _UP != 0.0 or mean @ _UP < _STANDING:
        return clip
    by, skeleton = shortest_arc(at_rest, _UP), clip.skeleton
    return replace(clip, skeleton=skeleton.posed(rotate(by, skeleton.heads), multiply(by, skeleton.rest_rotations)))


def _best_frame(clip: Clip, slots: dict[str, int], up: FloatArray) -> int:
    """Return the sample that is most like a standing body."""
    lean = angle_between(torso_of(clip.positions, slots), np.broadcast_to(up, (len(clip.times), 3))) / _UPRIGHT
    return int(np.argmin((unlikeness(clip.positions, slots) ** 2).sum(axis=-1) + lean**2))


def _posed_at_rest(clip: Clip, frame: int) -> Clip:
    """Return the clip with the pose of a sample as its skeleton's rest pose."""
    return replace(clip, skeleton=clip.skeleton.posed(clip.positions[frame], clip.rotations[frame]))


def _facing_as_at_first(clip: Clip, slots: dict[str, int], up: FloatArray) -> Clip:
    """Return the clip with a rest pose that faces as the first sample does, so that a character starts as it faces."""
    skeleton = clip.skeleton
    at_rest, at_first = leftward(skeleton.heads, slots), leftward(clip.positions[0], slots)
    # only how they lie over the ground counts
    at_rest = at_rest - up * (at_rest @ up)
    at_first = at_first - up * (at_first @ up)
    angle = np.arctan2(cross(at_rest, at_first) @ up, at_rest @ at_first)
    by = from_rotation_vector(up * angle)
    return replace(clip, skeleton=skeleton.posed(rotate(by, skeleton.heads), multiply(by, skeleton.rest_rotations)))


def from_own_rest(motion: PoseMotion, target: Skeleton, posed: Skeleton) -> PoseMotion:
    """Return a motion relative to another rest pose of a character as one relative to its own.

    Bones that the motion doesn't rotate keep the other rest pose, unless constraints or drivers rotate them.

    Args:
        motion: channels relative to `posed`.
        target: the character.
        posed: the same with the other rest pose.
    """
    size = float(np.ptp(target.heads, axis=0).max())
    rotations = motion.by_bone()
    locations = dict(motion.locations)
    for bone, name in enumerate(target.names):
        option = target.option(bone)
        if option.driven and name not in rotations:
            continue
        turned, away = _basis(target, posed, bone)
        if name in rotations:
            rotations[name] = multiply(turned, rotations[name])
        elif float(norm(to_rotation_vector(turned))) > _NOTHING:
            rotations[name] = np.broadcast_to(turned, (len(motion.times), 4))
        if name in locations:
            locations[name] = away + (rotate(turned, locations[name]) if option.local_location else locations[name])
        elif float(norm(away)) * target.scale > _APART * size and not option.connected:
            locations[name] = np.broadcast_to(away, (len(motion.times), 3))
    return replace(
        motion,
        bones=tuple(rotations),
        rotations=continuous(np.stack(list(rotations.values()), axis=1)),
        locations=locations,
    )


def _basis(target: Skeleton, posed: Skeleton, bone: int) -> tuple[FloatArray, FloatArray]:
    """Return the rotation (4,) and location (3,) channels that pose a bone as it is in the other rest pose."""
    parent, option = int(target.parents[bone]), target.option(bone)
    own, other = target.rest_rotations, posed.rest_rotations
    over = multiply(other[parent], conjugate(own[parent])) if parent >= 0 else np.array([1.0, 0.0, 0.0, 0.0])
    hangs = target.heads[bone]
    if parent >= 0:
        hangs = posed.heads[parent] + rotate(over, target.heads[bone] - target.heads[parent])
    axes = own[bone] if option.local_location else own[parent] if parent >= 0 else target.world_rotation
    away = rotate(conjugate(multiply(over, axes)), posed.heads[bone] - hangs) / target.scale
    inherited = over if option.inherit_rotation else np.array([1.0, 0.0, 0.0, 0.0])
    return multiply(conjugate(multiply(inherited, own[bone])), other[bone]), away


def soles_of(skeleton: Skeleton, slots: Mapping[str, int], up: FloatArray) -> dict[int, FloatArray]:
    """Return by bone what is up (3,) in its own axes at rest, of feet, then of toes.

    Args:
        skeleton: its feet are level at rest.
        slots: humanoid slot to bone index.
        up: (3,) away from the ground, in the world.
    """
    bones = filled(slots, sided("foot", "toes"))
    return {bone: rotate(conjugate(skeleton.rest_rotations[bone]), up) for bone in bones}


def _with_soles(skeleton: Skeleton, soles: Mapping[int, FloatArray], up: FloatArray) -> Skeleton:
    """Return the skeleton with bones rotated at rest, with what hangs on them, until their own up (3,) is `up` (3,)."""
    for bone, own_up in soles.items():
        skeleton = _rotated(skeleton, bone, shortest_arc(rotate(skeleton.rest_rotations[bone], own_up), up))
    return skeleton


def _rotated(skeleton: Skeleton, bone: int, by: FloatArray) -> Skeleton:
    """Return the skeleton with a bone and all that hang on it rotated at rest about its head."""
    heads, rotations = skeleton.heads.copy(), skeleton.rest_rotations.copy()
    below = skeleton.below(bone)
    rotations[below] = multiply(by, rotations[below])
    heads[below] = heads[bone] + rotate(by, heads[below] - heads[bone])
    return skeleton.posed(heads, rotations)


def _with_level_feet(
    clip: Clip, slots: Mapping[str, int], contacts: Mapping[str, FootContact], up: FloatArray, most: float, *, lie: bool
) -> Clip:
    """Return the clip with feet that are as level at rest as they are in the motion while they stand on the ground.

    Args:
        clip: the motion.
        slots: humanoid slot to bone index.
        contacts: side to the contacts of its foot.
        up: (3,) axis of the world.
        most: radians; feet that differ by more, as on tiptoe, stay as they are at rest. With pi, feet that never stand
            become as level as the other foot, or as when they are lowest where neither stands.
        lie: whether feet whose heels lie count as well.
    """
    skeleton = clip.skeleton
    rolled, standing = _carried_back(clip, slots, up), _standing(clip, slots, contacts, up)
    lowest = _lowest(clip, slots, up) | rolled
    told = lowest | standing if most >= np.pi else standing or rolled
    soles: dict[int, FloatArray] = {}
    for foot, there in told.items():
        seen = rotate(conjugate(clip.rotations[there, foot]), up)
        # a heel that lies is as low as one that stands, its sole as steep as a wall
        if not lie:
            alike = angle_between(seen, normalise(np.median(seen, axis=0))) < _ALIKE
            seen = seen[alike] if alike.any() else seen
        soles[foot] = normalise(seen.mean(axis=0))
        if float(angle_between(rotate(skeleton.rest_rotations[foot], soles[foot]), up)) > most:
            del soles[foot]
    skeleton = _with_soles(skeleton, soles, up)
    if most >= np.pi and len(standing) == 1 and len(lowest) == len(SIDES):
        skeleton = _as_steep_as_the_other(skeleton, slots, up, next(iter(standing)))
    return replace(clip, skeleton=skeleton)


def _as_steep_as_the_other(skeleton: Skeleton, slots: Mapping[str, int], up: FloatArray, standing: int) -> Skeleton:
    """Return the skeleton with the foot that never stands sloping at rest as the one that does."""
    along: dict[int, FloatArray] = {}
    for side in SIDES:
        foot, toes = slots[f"{side}_foot"], slots.get(f"{side}_toes")
        if toes is None:
            return skeleton
        along[foot] = normalise(skeleton.heads[toes] - skeleton.heads[foot])
    (other,) = along.keys() - {standing}
    level = normalise(along[other] - up * (along[other] @ up))
    steep = along[standing] @ up
    wanted = level * np.sqrt(1.0 - steep**2) + up * steep
    return _rotated(skeleton, other, shortest_arc(along[other], wanted))


def _heights(clip: Clip, slots: Mapping[str, int], up: FloatArray) -> dict[int, FloatArray]:
    return {foot: clip.positions[:, foot] @ up for foot in filled(slots, sided("foot"))}


def _standing(
    clip: Clip, slots: Mapping[str, int], contacts: Mapping[str, FootContact], up: FloatArray
) -> dict[int, BoolArray]:
    """Return by foot bone when (F,) it stands flat, its ankle no higher than the lowest of both; only feet that do."""
    leg = _LEG_SHARE * float(np.ptp(clip.skeleton.heads @ up))
    heights = _heights(clip, slots, up)
    flat: dict[int, BoolArray] = {}
    floor = np.inf
    for side, contact in contacts.items():
        if contact.flat.any():
            foot = slots[f"{side}_foot"]
            flat[foot] = contact.flat
            floor = min(floor, float(np.percentile(heights[foot][contact.flat], _LOWEST)))
    found: dict[int, BoolArray] = {}
    for foot, there in flat.items():
        low = there & (heights[foot] < floor + _RAISED * leg)
        if low.any():
            found[foot] = low
    return found


def _carried_back(clip: Clip, slots: Mapping[str, int], up: FloatArray) -> dict[int, BoolArray]:
    """Return by foot bone when (F,) it is low and neither rises nor tilts, as on a treadmill; only feet that do."""
    found: dict[int, BoolArray] = {}
    if len(clip.times) < 3:  # noqa: PLR2004 -- no speeds
        return found
    leg = _LEG_SHARE * float(np.ptp(clip.skeleton.heads @ up))
    for foot, height in _heights(clip, slots, up).items():
        tilted = rotate(conjugate(clip.rotations[:, foot]), up)
        turning = norm(np.gradient(tilted, clip.times, axis=0)) < _TURNING
        low = height < float(np.percentile(height, _LOWEST)) + _RAISED * leg
        there = contact_of(np.outer(height, up), clip.times, leg, near=turning & low).rests
        if there.any():
            found[foot] = there
    return found


def _lowest(clip: Clip, slots: Mapping[str, int], up: FloatArray) -> dict[int, BoolArray]:
    """Return by foot bone when (F,) it is lowest."""
    heights = _heights(clip, slots, up)
    return {foot: height <= np.percentile(height, _LOWEST) for foot, height in heights.items()}


def levelled(clip: Clip, figure: Figure, contacts: Mapping[str, FootContact]) -> Clip:
    """Return the motion with its ground level, if its feet stand on a slightly tilted plane.

    Args:
        clip: the motion.
        figure: its figure.
        contacts: side to the contacts of its foot.
    """
    stances: list[FloatArray] = []
    for side, contact in contacts.items():
        stances += _stances(clip, figure, side, contact)
    if len(stances) < _FEWEST:
        return clip
    points = np.array(stances) / figure.leg_length
    points = points - points.mean(axis=0)
    ground = points[:, :2]
    # the plane nearest to all stances, by least squares; across a narrow path it is taken for level
    square: FloatArray = ground.T @ ground + len(points) * _NARROW**2 * np.eye(2)
    slope: FloatArray = np.linalg.inv(square) @ (ground.T @ points[:, 2])
    tilt = float(np.arctan(norm(slope)))
    apart = float(extent(ground))
    off = float(np.abs(points[:, 2] - ground @ slope).max())
    if apart < _FAR or off > _FLAT or not _LEAST < tilt < _MOST:
        return clip
    # from the plane's perpendicular to the vertical, about the world's origin
    by = shortest_arc(normalise(np.array([-slope[0], -slope[1], 1.0])), np.array([0.0, 0.0, 1.0]))
    in_world = multiply(conjugate(figure.to_body), multiply(by, figure.to_body))
    return replace(
        clip,
        positions=rotate(in_world, clip.positions),
        rotations=multiply(in_world, clip.rotations),
        eyes=None if clip.eyes is None else rotate(in_world, clip.eyes),
    )


def _stances(clip: Clip, figure: Figure, side: str, contact: FootContact) -> list[FloatArray]:
    """Return the mean positions (3,) of a foot's ankle in its stances, body axes."""
    ankle = rotate(figure.to_body, clip.positions[:, figure.slots[f"{side}_foot"]])
    return [ankle[start:stop].mean(axis=0) for start, stop in runs(contact.flat).tolist()]


def soma_at_rest(skeleton: Skeleton) -> Skeleton | None:
    """Return SOMA's skeleton as it stands; None if it is another one, or its bones don't lie along one axis."""
    if not all(name in skeleton.indices for name in _ONLY_IN_SOMA):
        return None
    joints: dict[str, list[float]] = json.loads(_SOMA.read_text(encoding="utf-8"))["joints"]
    to_world = multiply(skeleton.world_rotation, _FROM_FILE)
    heads = skeleton.heads.copy()
    thigh = normalise(heads[skeleton.index("LeftShin")] - heads[skeleton.index("LeftLeg")])
    if not joints.keys() >= set(skeleton.names) or rotate(conjugate(to_world), thigh)[0] < _ALONG_AXIS:
        return None
    own = from_angles(np.radians(list(map(joints.__getitem__, skeleton.names))))
    turned = multiply(to_world, multiply(own, conjugate(to_world)))
    for bone, parent in enumerate(skeleton.parents.tolist()):
        if parent >= 0:
            turned[bone] = multiply(turned[parent], turned[bone])
            heads[bone] = heads[parent] + rotate(turned[parent], heads[bone] - skeleton.heads[parent])
    return skeleton.posed(heads, multiply(turned, skeleton.rest_rotations))
