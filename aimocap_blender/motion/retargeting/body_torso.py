"""Hips and torso that follow smoothly what all contacts of a body ask for together."""

from collections.abc import Mapping

import numpy as np

from ..bones.humanoid import filled, sided
from ..contacts import LEG
from ..feet.body_pose import BodyPose
from ..feet.leg_solution import PosedLeg
from ..feet.limb_shifts import middle_stiffness
from ..rotations import FloatArray, from_rotation_vector, multiply, norm, rotate, turning
from ..smoothing import in_samples, least_bent
from .body_contacts import Contact, Limb, lacking_together

_EXACT = 300.0  # radians squared a metre squared: a torso 1 cm off weighs as much as a limb rotated by 10 degrees
_STILL = 10.0  # times as exact over the ground where a torso rests: it slides else while hips change their course
_TURN, _LEAN = 3.0, 1.5  # weights of a rotation of the whole torso, and of the spine's bend, relative to a limb's
_STAY = 0.02  # radians squared a metre squared: the hips come back gently where nothing asks for more
_SMOOTH_SEC = 0.105  # seconds within which hips and torso don't change their course
_MOVES = 4.0  # radians squared a metre squared: the same weight for the hips' travel as for a limb's rotation
_RISES = 3.0  # times that: who lands is let down or lifted by the hips, and would bend its legs suddenly for it
_MOST = np.radians(30.0)  # that the torso turns or bends in a round
_NECK = 0.1  # weight of a head relative to other parts of the torso: the neck bends by what is left
_MUCH = 0.15  # of a limb: the body goes only part of the way if it lacks so much
_NO_LENGTH = 1e-9


def together(
    pose: BodyPose,
    whole: FloatArray,
    contacts: list[Contact],
    limbs: Mapping[str, Limb],
    times: FloatArray,
    *,
    stands: bool,
) -> FloatArray:
    """Return the move (F, 9) of hips and torso that all contacts ask for: shift, rotation, bend of the spine."""
    count = len(times)
    total, asked = np.zeros((count, 9, 9)), np.zeros((count, 9))
    posed = {limb.end: limb.posed(pose) for limb in limbs.values()}
    torso = _Torso(pose)
    size = pose.linkage.figure.leg_length / LEG
    places = [contact.at(pose) for contact in contacts]
    of_torso = [row for row, contact in enumerate(contacts) if contact.limb is None]
    of_whole = lacking_together([contacts[row] for row in of_torso], [places[row] for row in of_torso])
    settled = dict(zip(of_torso, of_whole, strict=True))
    for row, (contact, at) in enumerate(zip(contacts, places, strict=True)):
        lever = torso.lever(contact)
        # feet of who stands tilt or lift out of the ground, and the body goes where it goes
        for each in (contact, None if contact.is_foot and stands else contact.above_ground(at)):
            if each is not None and each.holds.any():
                lacking = settled[row] if each is contact and row in settled else each.lacking(at)
                pull = lever.swapaxes(1, 2) @ _weight(each, posed, lacking, size)
                total += pull @ lever
                asked += (pull @ lacking[:, :, None])[:, :, 0]
    free = np.array([_STAY / size**2] * 3 + [_TURN] * 3 + [_LEAN] * 3)
    total += np.diag(free)
    asked -= free * whole
    moves = _MOVES / size**2
    stiff = np.array([moves, moves, _RISES * moves] + [_TURN] * 3 + [_LEAN] * 3) * in_samples(times, _SMOOTH_SEC) ** 4
    step = least_bent(total, asked, stiff, whole)
    # levers are exact for small rotations only: who asks again goes on from there
    turn = norm(step[:, 3:]).max()
    return whole + step * min(1.0, _MOST / max(float(turn), _NO_LENGTH))


def _weight(contact: Contact, posed: Mapping[int, PosedLeg], lacking: FloatArray, size: float) -> FloatArray:
    """Return (F, 3, 3) what a shift of a point costs while it is held, radians squared a metre squared.

    The body doesn't go out of its way for a limb that is much too short: the more it lacks, the less it counts.
    """
    if contact.limb is None:
        stiffness = np.broadcast_to(np.diag([_STILL, _STILL, 1.0]) * _EXACT / size**2, (len(contact.level), 3, 3))
    else:
        limb = posed[contact.limb.end]
        is_middle = contact.point.point.limb == "middle"
        stiffness = middle_stiffness(limb, contact.along) if is_middle else limb.stiffness
    # what is free to move over the ground costs less
    upwards = np.zeros_like(stiffness)
    upwards[:, 2, 2] = 1.0 / np.linalg.inv(stiffness)[:, 2, 2]
    much = 0.0 if contact.limb is None else norm(lacking) / (_MUCH * posed[contact.limb.end].bones)
    counts = contact.holds * (_NECK if contact.is_head else 1.0) / (1.0 + much**2) ** 2
    return np.where(contact.stays[:, None, None], stiffness, upwards) * counts[:, None, None]


class _Torso:
    """The levers by which hips and torso move what hangs on them."""

    def __init__(self, pose: BodyPose) -> None:
        self.pose = pose
        figure = pose.linkage.figure
        self.root = figure.slots["hips"]
        self.centre = _centre(pose)
        self.spine = tuple(bone for bone in figure.spine if bone in pose.rotations)
        self.heads = pose.heads(self.spine) if self.spine else {self.root: pose.hips}

    def lever(self, contact: Contact) -> FloatArray:
        """Return the map (F, 3, 9) from a move of hips and torso to that of a point."""
        pose, figure = self.pose, self.pose.linkage.figure
        bone = contact.limb.upper if contact.limb is not None else contact.point.bone
        # a limb takes its point along from where it hangs, and so does the neck the head; its own bend is the limb's
        base = pose.head(bone) if contact.limb is not None or bone == figure.slots.get("head") else contact.at(pose)
        lever = np.zeros((len(base), 3, 9))
        lever[:, [0, 1, 2], [0, 1, 2]] = 1.0
        lever[:, :, 3:6] = turning(base - self.centre)
        if self.spine and (self.spine[0] in figure.skeleton.ancestors(bone) or bone in self.spine):
            lever[:, :, 6:9] = turning(self._bent(bone, base))
        return lever

    def _bent(self, bone: int, base: FloatArray) -> FloatArray:
        """Return (F, 3) the sum of the spine's bones up to a point, each as much as it takes part in a bend."""
        total = np.zeros_like(base)
        upwards = self.pose.linkage.figure.skeleton.upwards(bone)
        chain = [each for each in self.spine if each in upwards]
        # the bend adds up along the spine: its first bone turns by one part of it, the last by all
        for number, each in enumerate(chain, 1):
            end = self.heads[chain[number]] if number < len(chain) else base
            total += (end - self.heads[each]) * (number / len(self.spine))
        return total


def _centre(pose: BodyPose) -> FloatArray:
    """Return (F, 3) the point between the legs."""
    figure = pose.linkage.figure
    legs = filled(figure.slots, sided("upper_leg"))
    heads = [pose.heads((leg,))[leg] for leg in legs]
    return np.asarray(np.mean(heads, axis=0)) if heads else pose.hips


def with_torso_moved(pose: BodyPose, move: FloatArray) -> BodyPose:
    """Return the pose with hips and torso moved (F, 9), see `together`; limbs and head keep their rotations."""
    figure = pose.linkage.figure
    root = figure.slots["hips"]
    turn = from_rotation_vector(move[:, 3:6])
    centre = _centre(pose)
    rotations = {**pose.rotations, root: multiply(turn, pose.rotations[root])}
    spine = [bone for bone in figure.spine if bone in pose.rotations]
    shoulders = filled(figure.slots, sided("shoulder"))
    above = [bone for bone in (*shoulders, *figure.neck) if bone in pose.rotations]
    # along the spine the bend adds up; what it carries bends by all of it
    for number, bone in enumerate((*spine, *above), 1):
        share = min(number / max(len(spine), 1), 1.0)
        rotations[bone] = multiply(from_rotation_vector(move[:, 3:6] + share * move[:, 6:9]), pose.rotations[bone])
    hips = centre + rotate(turn, pose.hips - centre) + move[:, :3]
    return BodyPose(pose.linkage, rotations, hips)
