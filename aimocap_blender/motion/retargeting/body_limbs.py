"""Arms and legs that bend by what hips and torso leave of a body's contacts."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..feet.body_pose import BodyPose
from ..feet.leg_solution import PosedLeg, solve
from ..feet.limb_shifts import eased, least_shifts, middle_stiffness
from ..rotations import (
    FloatArray,
    conjugate,
    cross,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
    to_rotation_vector,
)
from ..smoothing import covered, in_samples, saturated, smooth_step
from .body_contacts import Contact, Limb, depth

_UP, _LEVEL = np.array([0.0, 0.0, 1.0]), np.array([1.0, 1.0, 0.0])
_MOST_TILT = np.radians(40.0)  # of a foot out of the ground, or of a head to what it rests on
_MOST_BEND = np.radians(70.0)  # of toes
_FLAT = np.sin(np.radians(45.0))  # of an arm, along the ground: it is raised by turning alone
_MOST_REACH = 0.5  # of a limb, that what rests is moved
_FREE_SEC = 0.4  # seconds within which a knee or an elbow that rested takes part in what its end does
_LIFT = 0.005  # weight of what lifts a limb out of the ground, relative to a contact: it need not be exact
_LIFTS = 3  # rounds in which what is under the ground is lifted
_LIFTS_OF_FEET = 8  # the same of a foot that is there for a moment
_AS_IT_WAS = 0.01  # weight of toes where they aren't bent: else they swing past it
_CALM = 6e-4  # weight of a foot's tilt, in the ground or not: one that points straight down may turn either way
_STANDS = 0.1  # the same of one that stands: it would slide as it tilts for what comes after
_SLOWLY = 1.6  # times as long as a limb a neck takes, which may bend far to bring the head down
_UNSEEN = 5e-4  # metres: a foot is tilted or lifted again only for more
_NO_LENGTH = 1e-9
_LITTLE = 1e-6


def with_limbs_moved(pose: BodyPose, contacts: list[Contact], limbs: Mapping[str, Limb], times: FloatArray) -> BodyPose:
    """Return the pose with neck and limbs that bring their points to where they are held."""
    # first: arms may hang from a neck
    for contact in contacts:
        if contact.is_head:
            pose = _with_neck_bent(pose, contact, times)
    for limb in limbs.values():
        middle: list[Contact] = []
        ends: list[Contact] = []
        for contact in contacts:
            if contact.limb is limb:
                (middle if contact.point.point.limb == "middle" else ends).append(contact)
        # the upper bone swings a knee or an elbow to where it rests; what is beyond then only bends
        rests = np.zeros(len(times))
        if middle:
            posed = limb.posed(pose)
            shift, weight = _shift(pose, middle, middle_stiffness(posed, middle[0].along), posed.lengths[0], times)
            turn = shortest_arc(posed.knee - posed.hip, posed.knee + shift - posed.hip)
            moved = {limb.upper: multiply(turn, pose.rotations[limb.upper])}
            pose = replace(pose, rotations={**pose.rotations, **eased(pose.rotations, moved, weight, times)})
            rests = np.max([contact.firmness for contact in middle], axis=0)
        if ends:
            free = 1.0 - smooth_step(covered(rests, round(in_samples(times, _FREE_SEC) / 2.0)))
            posed = limb.posed(pose)
            shift, weight = _shift(pose, ends, posed.stiffness, posed.bones, times)
            moved = _ended(pose, limb, posed, shift, free)
            pose = replace(pose, rotations={**pose.rotations, **eased(pose.rotations, moved, weight, times)})
            if soles := [contact for contact in ends if contact.is_sole]:
                pose = _with_foot_tilted(pose, limb, soles, times)
                pose = _with_foot_lifted(pose, limb, soles, free, times)
    return pose


def _with_foot_lifted(
    pose: BodyPose, limb: Limb, contacts: list[Contact], free: FloatArray, times: FloatArray
) -> BodyPose:
    """Return the pose with a foot that is lifted where tilting left it in the ground; see `_ended` for `free`."""
    rests = np.max([contact.firmness for contact in contacts], axis=0)
    for _ in range(_LIFTS_OF_FEET):
        under = np.max([contact.deep(contact.point.lowest(pose)) for contact in contacts], axis=0)
        sunk = under > _UNSEEN
        if not sunk.any():
            return pose
        posed = limb.posed(pose)
        counts = np.where(sunk, _LIFT, rests)
        weight = np.where(sunk[:, None, None], _LIFT * np.diag(_UP), rests[:, None, None] * np.eye(3))
        asked = saturated(np.maximum(under, 0.0)[:, None] * _UP, _MOST_REACH * posed.bones)
        shift = least_shifts(asked, weight, posed.stiffness, times)
        moved = _ended(pose, limb, posed, shift, free)
        pose = replace(pose, rotations={**pose.rotations, **eased(pose.rotations, moved, counts, times)})
    return pose


def _with_neck_bent(pose: BodyPose, contact: Contact, times: FloatArray) -> BodyPose:
    """Return the pose with neck and head tilted about the neck's base, so that the head is at its contact's height."""
    bones = [bone for bone in (*pose.linkage.figure.neck, contact.point.bone) if bone in pose.rotations]
    for _ in range(_LIFTS):
        # a head that is turned has other skin lowest
        lowest = contact.point.lowest(pose)
        under = np.maximum(contact.deep(lowest), 0.0)
        counts = np.maximum(contact.firmness, _LIFT * (under > 0.0))
        if not counts.any():
            return pose
        arm = lowest - pose.head(bones[0])
        lacking = contact.level - contact.below - lowest[:, 2]
        turn = _raised(arm, np.where(contact.holds > 0.0, lacking, under), _across(arm))
        moved = {bone: multiply(from_rotation_vector(turn), pose.rotations[bone]) for bone in bones}
        pose = replace(pose, rotations={**pose.rotations, **eased(pose.rotations, moved, counts, times, _SLOWLY)})
    return pose


def _with_foot_tilted(pose: BodyPose, limb: Limb, contacts: list[Contact], times: FloatArray) -> BodyPose:
    """Return the pose with toes that bend at their ball, then a foot about its ankle, out of the ground.

    A foot tilts only until its other end is as deep.
    """
    figure, own = pose.linkage.figure, pose.rotations[limb.end]
    as_at_rest = multiply(own, conjugate(figure.rest[limb.end]))
    for bone in (*({contact.point.bone for contact in contacts} - {limb.end}), limb.end):
        mine = [contact for contact in contacts if bone in (limb.end, contact.point.bone)]
        # what rests stays
        counts = np.max([contact.holds * ~contact.stands for contact in mine], axis=0)
        is_foot = bone == limb.end
        straight = conjugate(own if is_foot else multiply(as_at_rest, figure.rest[bone]))
        for _ in range(_LIFTS):
            # what it is tilted already counts towards its limit; what is held doesn't tilt
            turned = norm(to_rotation_vector(multiply(pose.rotations[bone], straight)))
            most = np.where(counts < 1.0, np.maximum((_MOST_TILT if is_foot else _MOST_BEND) - turned, 0.0), 0.0)
            tilt = _tilt(pose, bone, mine, most, bends=not is_foot)
            if not tilt.any():
                break
            below = [each for each in pose.rotations if bone in figure.skeleton.upwards(each)]
            moved = {each: multiply(from_rotation_vector(tilt), pose.rotations[each]) for each in below}
            if is_foot:
                stands = np.any([contact.stands for contact in mine], axis=0)
                firm = np.where(stands & ~tilt.any(axis=-1), _STANDS, _CALM)
            else:
                firm = np.where(tilt.any(axis=-1), 1.0, _AS_IT_WAS)
            weight = np.maximum(counts, firm)
            pose = replace(pose, rotations={**pose.rotations, **eased(pose.rotations, moved, weight, times)})
    return pose


def _tilt(pose: BodyPose, bone: int, contacts: list[Contact], most: FloatArray, *, bends: bool) -> FloatArray:
    """Return how a foot, or its toes, turns out of the ground (F, 3), radians, at `most` (F,).

    What `bends` turns forwards however steep it is.
    """
    figure, joint = pose.linkage.figure, pose.head(bone)
    arms = [contact.point.lowest(pose) - joint for contact in contacts]
    deep = [contact.deep(joint + arm) for contact, arm in zip(contacts, arms, strict=True)]
    tilt = np.zeros_like(pose.hips)
    for contact, arm, under in zip(contacts, arms, deep, strict=True):
        others = [row for row, other in enumerate(contacts) if other.is_heel != contact.is_heel]
        above = np.max([deep[row] for row in others], axis=0) if others else -under
        there = (under > np.maximum(above, 0.0) + _UNSEEN) & (most > 0.0)
        # about the foot's own axis: one that points straight down has no other
        at_rest = figure.heads[contact.point.bone] + contact.point.offset - figure.heads[bone]
        own = multiply(pose.rotations[bone], conjugate(figure.rest[bone]))
        axis = normalise(rotate(own, _across(at_rest)) * _LEVEL)
        turn = (_bent if bends else _raised)(arm, np.maximum(under, 0.0), axis)
        turn *= (there * np.minimum(1.0, most / np.maximum(norm(turn), _NO_LENGTH)))[:, None]
        # only until the end that comes down is as deep as the one that comes up, as if both moved evenly
        if others:
            turned = [contacts[row].deep(joint + rotate(from_rotation_vector(turn), arms[row])) for row in others]
            deeper = np.maximum(np.max(turned, axis=0), 0.0)
            apart = np.where(there, under - above, 1.0)
            turn *= (apart / (apart + deeper))[:, None]
        tilt = np.where((norm(turn) > norm(tilt))[:, None], turn, tilt)
    return tilt


def _raised(arm: FloatArray, by: FloatArray, axis: FloatArray) -> FloatArray:
    """Return the rotation vector (F, 3) about a level axis (F, 3) that raises an arm's end (F, 3) by metres (F,)."""
    ahead = cross(axis, arm)[:, 2]
    length = np.maximum(norm(arm), _NO_LENGTH)
    # one that points straight down would turn far for little: it is lifted; one that points behind turns backwards
    share = smooth_step(np.minimum(np.abs(ahead) / (_FLAT * length), 1.0))
    sine = np.clip((arm[:, 2] + share * by) / np.maximum(np.hypot(ahead, arm[:, 2]), _NO_LENGTH), -1.0, 1.0)
    turn = np.sign(ahead) * (np.arcsin(sine) - np.arctan2(arm[:, 2], np.abs(ahead)))
    return axis * np.clip(turn, -_MOST_TILT, _MOST_TILT)[:, None]


def _bent(arm: FloatArray, by: FloatArray, axis: FloatArray) -> FloatArray:
    """Return the same for toes, which bend forwards however steep they are."""
    ahead = cross(axis, arm)[:, 2]
    sine = np.clip((arm[:, 2] + by) / np.maximum(np.hypot(ahead, arm[:, 2]), _NO_LENGTH), -1.0, 1.0)
    return axis * np.maximum(np.arcsin(sine) - np.arctan2(arm[:, 2], ahead), 0.0)[:, None]


def _across(way: FloatArray) -> FloatArray:
    """Return (..., 3) the level axis about which the end of an arm (..., 3) is raised."""
    return normalise(cross(way * _LEVEL, np.broadcast_to(_UP, way.shape)))


def _ended(pose: BodyPose, limb: Limb, posed: PosedLeg, shift: FloatArray, free: FloatArray) -> dict[int, FloatArray]:
    """Return the rotations of a limb whose end moves by `shift` (F, 3), its middle only as far as it is `free` (F,)."""
    both = solve(pose.rotations, limb, posed, shift * free[:, None])
    # what its middle may not do is for the lower bone, which at least points there
    now = limb.posed(replace(pose, rotations={**pose.rotations, **both}))
    wanted = posed.ankle + shift
    turn = shortest_arc(now.ankle - now.knee, wanted - now.knee)
    return {**both, limb.lower: multiply(turn, both[limb.lower])}


def _shift(
    pose: BodyPose, contacts: list[Contact], stiffness: FloatArray, length: FloatArray, times: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the shifts (F, 3) of a limb's joint that serve its points best, and (F,) how much they count."""
    places = [contact.at(pose) for contact in contacts]
    stays = np.any([contact.stays for contact in contacts], axis=0)
    shift, lift = np.zeros_like(pose.hips), np.zeros(len(times))
    for _ in range(_LIFTS):
        # the mean of what its points lack, along each direction in which they are held
        asked, total = np.zeros_like(pose.hips), np.zeros((len(times), 3, 3))
        for contact, at in zip(contacts, places, strict=True):
            weight = _directions(contact)
            asked += (weight @ contact.lacking(at)[:, :, None])[:, :, 0]
            total += weight
        # and of what lifted it out of the ground in the round before
        asked[:, 2] += _LIFT * lift
        total[:, 2, 2] += _LIFT * (lift > 0.0)
        most = np.maximum(np.trace(total, axis1=1, axis2=2) / 3.0, 1.0)[:, None, None]
        wanted = np.asarray(np.linalg.solve(total + _LITTLE * np.eye(3), asked[:, :, None])[:, :, 0], dtype=np.float64)
        wanted = saturated(wanted, _MOST_REACH * length)
        # what stays where it is must be there exactly; else the limb goes there and away smoothly
        shift = np.where(stays[:, None], wanted, least_shifts(wanted, total / most, stiffness, times))
        under = depth(contacts, [contact.under(at + shift) for contact, at in zip(contacts, places, strict=True)])
        if not (under > lift).any():
            break
        lift = np.where(under > 0.0, np.maximum(lift, shift[:, 2] + under), lift)
    return shift, np.max([_LIFT * (lift > 0.0), *(contact.firmness for contact in contacts)], axis=0)


def _directions(contact: Contact) -> FloatArray:
    """Return (F, 3, 3) how much a point is held along each direction."""
    weight = np.zeros((len(contact.holds), 3, 3))
    weight[:, 2, 2] = contact.firmness
    weight[:, 0, 0] = weight[:, 1, 1] = np.where(contact.stays, contact.firmness, 0.0)
    return weight
