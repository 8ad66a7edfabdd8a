"""The fourth stage of retargeting: a body that rests on more than its feet rests on the same points of the character.

All contacts are solved at once, over the whole motion: the hips and the torso follow smoothly what they ask for
together, then arms and legs bend by what is left.

The check of the keyed character asks where its parts should rest then (`wanted_rest`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from ..body.body_points import FEET, BodyPoint, PlacedPoint
from ..body.resting import LEAD_SEC, Resting
from ..bones.humanoid import SIDES, filled, sided
from ..contacts import LEG
from ..feet.body_pose import BodyPose
from ..feet.foot_lock import kept_in_sight
from ..feet.leg_solution import PosedLeg, eased, solve
from ..figures.figure import Figure, linkage_of
from ..limb_hinges import bend_of
from ..rest_measure import WantedPart, WantedRest
from ..rotations import (
    BoolArray,
    FloatArray,
    conjugate,
    cross,
    dot,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
    to_rotation_vector,
    turning,
)
from ..smoothing import covered, in_samples, least_bent, saturated, smooth_step
from ..spans import runs
from .body_contacts import Contact, Limb, contacts_of, depth, firmness_of, lacking_together, limbs_of, positions_of
from .held_feet import HeldFeet
from .held_hands import Touching, wanted_touches
from .travel import Travel

_ROUNDS = 8
_SETTLED = 0.006, np.radians(0.1)  # of a leg, that hips move in a round, and radians that they turn: more gain nothing
_LITTLE = 1e-6
_HOLD = 3000.0  # weight of a contact relative to a limb that goes its own way
_ASIDE = 0.1  # a limb doesn't quite go the easiest way, which swings a straight one far aside
_DECAY_SEC = 0.11  # seconds within which a limb is back on its own way
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
_UP, _LEVEL = np.array([0.0, 0.0, 1.0]), np.array([1.0, 1.0, 0.0])
_MOST_TILT = np.radians(15.0)  # of a foot out of the ground: what is deeper, its leg lifts
_MOST_NOD = np.radians(40.0)  # of a head to what it rests on
_MOST_BEND = np.radians(70.0)  # of toes
_HALF = 0.2  # of a leg, over the ground from ankle to sole: a foot turns for half of what raises it, its leg lifts half
_HALF_NOD = 0.05  # of a leg, from neck to skin: a head does so for half, what is left stays in the ground
_MOST_REACH = 0.5  # of a limb, that what rests is moved
_BENDS = np.radians(5.0)  # a limb that the motion bends less may bend to either side
_FREE_SEC = 0.4  # seconds within which a knee or an elbow that rested takes part in what its end does
_LIFT = 0.005  # weight of what lifts a limb out of the ground, relative to a contact: it need not be exact
_LIFTS = 3  # rounds in which what is under the ground is lifted
_LIFTS_OF_FEET = 8  # the same of a foot that is there for a moment
_AS_IT_WAS = 0.01  # weight of toes where they aren't bent: else they swing past it
_CALM = 6e-4  # weight of a foot's tilt, in the ground or not: one that points straight down may turn either way
_STANDS = 0.3  # the same of one that stands: it would slide as it tilts for what comes after
_SLOWLY = 1.6  # times as long as a limb a neck takes, which may bend far to bring the head down
_FOOT_SLOWLY = 1.4  # the same of a foot, which turns as far to get out of the ground
_UNSEEN = 6e-4  # of a leg: a foot is tilted or lifted again only for more
_LIMBS = {
    **dict.fromkeys(FEET, "foot"),
    **dict.fromkeys(("palm", "knuckles"), "hand"),
    "knee": "lower_leg",
    "elbow": "lower_arm",
    "seat": "hips",
    "back": "chest",
    "shoulder": "chest",
}  # what a point is a part of: who lies on the back needn't lie on both shoulders too


def with_body_held(travel: Travel, resting: Resting, feet: HeldFeet) -> BodyPose:
    """Return the character resting on the points that the source rests on, and above the ground.

    Args:
        travel: the character as it travels.
        resting: where the source's body rests.
        feet: the character with its standing feet held.
    """
    limbs, sight = limbs_of(feet.pose), travel.task.sight
    contacts: list[Contact] = contacts_of(travel, resting, feet, limbs)
    tips = [contact for contact in contacts if contact.point.point.part == "toe_tip"]
    own_toes = _with_own_toes(travel, feet) if _any_sinks(tips, feet.pose) else None
    if own_toes is not None:
        travel, feet = own_toes
        contacts = contacts_of(travel, resting, feet, limbs)
    pose = feet.pose
    if not resting.active.any() and not _any_sinks(contacts, pose):
        return pose
    times, strength = travel.task.clip.times, travel.task.options.lock_strength
    asked, on_feet = np.zeros(len(times), dtype=np.bool_), True
    for contact in contacts:
        asks = contact.asks(pose)
        asked |= asks
        on_feet = on_feet and (contact.is_foot or not asks.any())
    within = smooth_step(covered(asked.astype(np.float64), round(in_samples(times, LEAD_SEC) / 2.0)))
    stands = on_feet or any(contact.any.any() for contact in feet.contacts.values())
    start, whole = pose, np.zeros((len(times), 9))
    # legs alone lift feet out of the ground where a camera sees the hips; what else rests, hips are needed for
    seen = sight if on_feet else None
    # the camera is shifted only by what is asked for all the time, and alike in all samples
    always = within.min() / np.maximum(within, _LITTLE)
    least = np.array([_SETTLED[0] * travel.task.target.leg_length] * 3 + [_SETTLED[1]] * 6)
    for _ in range(_ROUNDS):
        before = whole
        whole = together(pose, whole, contacts, limbs, times, stands=stands)
        whole[:, :3] = kept_in_sight(whole[:, :3], seen, always)
        pose = _with_torso_moved(start, whole * within[:, None])
        contacts = [contact.as_turned(pose) for contact in contacts]
        if (np.abs(whole - before) < least).all():
            break
    return _with_limbs_moved(pose, contacts, limbs, times).mixed(start, strength)


def _any_sinks(contacts: Iterable[Contact], pose: BodyPose) -> bool:
    """Return whether any contact is ever under the ground."""
    return any(contact.sinks(pose).any() for contact in contacts)


def _with_own_toes(travel: Travel, feet: HeldFeet) -> tuple[Travel, HeldFeet] | None:
    """Return a character whose toes bend by themselves also where the source has none, as on tiptoe; None if all do."""
    figure, pose = travel.task.target, feet.pose
    rotations, found = dict(pose.rotations), set[int]()
    for side in SIDES:
        foot, toes = figure.slots.get(f"{side}_foot"), figure.slots.get(f"{side}_toes")
        if foot not in rotations or toes is None or toes in rotations or foot not in figure.skeleton.ancestors(toes):
            continue
        # at first they are as the foot carries them
        rotations[toes] = figure.as_carried(toes, foot, rotations[foot])
        found.add(toes)
    if not found:
        return None
    linkage = linkage_of(figure, {*pose.linkage.keyed, *found})
    for bone in linkage.held - rotations.keys():
        rotations[bone] = np.broadcast_to(figure.rest[bone], (len(pose.hips), 4))
    task = replace(travel.task, linkage=linkage)
    return replace(travel, task=task), replace(feet, pose=BodyPose(linkage, rotations, pose.hips))


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
    places = positions_of(contacts, pose)
    of_torso = np.flatnonzero([contact.limb is None for contact in contacts]).tolist()
    of_whole = lacking_together([contacts[row] for row in of_torso], places[of_torso])
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
        stiffness = _middle_stiffness(limb, contact.along) if is_middle else limb.stiffness
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
        self.centre = pose.middle_of(filled(figure.slots, sided("upper_leg")))
        self.spine = tuple(pose.rotated(figure.spine))
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


def _with_torso_moved(pose: BodyPose, move: FloatArray) -> BodyPose:
    """Return the pose with hips and torso moved (F, 9), see `together`; limbs and head keep their rotations."""
    figure = pose.linkage.figure
    root = figure.slots["hips"]
    turn = from_rotation_vector(move[:, 3:6])
    centre = pose.middle_of(filled(figure.slots, sided("upper_leg")))
    shoulders = filled(figure.slots, sided("shoulder"))
    rotations = pose.with_spine_bent(move[:, 3:6], move[:, 6:9], (*shoulders, *figure.neck))
    rotations[root] = multiply(turn, pose.rotations[root])
    hips = centre + rotate(turn, pose.hips - centre) + move[:, :3]
    return BodyPose(pose.linkage, rotations, hips)


def _moved(
    pose: BodyPose, moved: Mapping[int, FloatArray], weight: FloatArray, times: FloatArray, slowly: float = 1.0
) -> BodyPose:
    """Return the pose with some bones rotated (F, 4) where it counts (F,), and smoothly there and back, see `eased`."""
    return replace(pose, rotations={**pose.rotations, **eased(pose.rotations, moved, weight, times, slowly)})


def _turned(pose: BodyPose, bones: Iterable[int], turn: FloatArray) -> dict[int, FloatArray]:
    """Return the rotations of bones after they were turned together by a rotation vector (F, 3)."""
    return {bone: multiply(from_rotation_vector(turn), pose.rotations[bone]) for bone in bones}


def _with_limbs_moved(
    pose: BodyPose, contacts: list[Contact], limbs: Mapping[str, Limb], times: FloatArray
) -> BodyPose:
    """Return the pose with neck and limbs that bring their points to where they are held."""
    # first: arms may hang from a neck
    for contact in contacts:
        if contact.is_head:
            pose = _with_neck_bent(pose, contact, times)
    for limb in limbs.values():
        start = limb.posed(pose)
        middle: list[Contact] = []
        ends: list[Contact] = []
        for contact in contacts:
            if contact.limb is limb:
                (middle if contact.point.point.limb == "middle" else ends).append(contact.while_settled())
        # the upper bone swings a knee or an elbow to where it rests; what is beyond then only bends
        rests = np.zeros(len(times))
        if middle:
            posed = limb.posed(pose)
            shift, weight = _shift(pose, middle, _middle_stiffness(posed, middle[0].along), posed.lengths[0], times)
            turn = shortest_arc(posed.knee - posed.hip, posed.knee + shift - posed.hip)
            moved = {limb.upper: multiply(turn, pose.rotations[limb.upper])}
            pose = _moved(pose, moved, weight, times)
            rests = firmness_of(middle)
        if ends:
            rests = np.where(_stood_before(ends, rests > 0.0), 0.0, rests)
            free = 1.0 - smooth_step(covered(rests, round(in_samples(times, _FREE_SEC) / 2.0)))
            posed = limb.posed(pose)
            shift, weight = _shift(pose, ends, posed.stiffness, posed.bones, times)
            moved = _ended(pose, limb, posed, shift, free)
            pose = _moved(pose, moved, weight, times)
            if soles := [contact for contact in ends if contact.is_sole]:
                pose = _with_foot_tilted(pose, limb, soles, times)
                pose = _with_foot_lifted(pose, limb, soles, free, times)
        at_rest = np.zeros(len(times), dtype=np.bool_)
        for contact in (*middle, *ends):
            at_rest |= contact.rests
        pose = _bent_as_before(pose, limb, start, at_rest)
    return pose


def _stood_before(ends: Iterable[Contact], rests: BoolArray) -> BoolArray:
    """Return (F,) where a knee or an elbow rests that came down beside a foot or a hand that stands all the while.

    Both together may ask for more than the lower bone is long: what stands stays, and what comes down gives way.
    """
    stands = np.any([contact.stays & contact.rests for contact in ends], axis=0)
    found = np.zeros_like(rests)
    for start, stop in runs(rests).tolist():
        found[start:stop] = start > 0 and bool(stands[start - 1 : stop].all())
    return found


def _bent_as_before(pose: BodyPose, limb: Limb, before: PosedLeg, rests: BoolArray) -> BodyPose:
    """Return the pose with a limb straight where it came to bend to the other side than before, beside its contacts.

    What a contact changes begins before it and goes on after it, when the motion may have straightened an elbow.

    Args:
        pose: in which its contacts are held.
        limb: the limb.
        before: its joints before that.
        rests: (F,) whether anything of it rests.
    """
    now = limb.posed(pose)
    hinge_before, bend = bend_of(before.hip, before.knee, before.ankle)
    hinge_now, _ = bend_of(now.hip, now.knee, now.ankle)
    # a limb that swings round to the other side goes straight as smoothly
    wrong = np.maximum(-dot(normalise(hinge_before), normalise(hinge_now)), 0.0)
    for start, stop in runs(wrong > 0.0).tolist():
        # one that the motion bends itself while it is straight, or what rests, is as it should be
        if rests[start:stop].any() or not (bend[start:stop] > _BENDS).all():
            wrong[start:stop] = 0.0
    if not wrong.any():
        return pose
    rotations = dict(pose.rotations)
    for bone, way in ((limb.upper, now.knee - now.hip), (limb.lower, now.ankle - now.knee)):
        straight = to_rotation_vector(shortest_arc(way, now.ankle - now.hip))
        rotations[bone] = multiply(from_rotation_vector(straight * wrong[:, None]), rotations[bone])
    return replace(pose, rotations=rotations)


def _with_foot_lifted(
    pose: BodyPose, limb: Limb, contacts: list[Contact], free: FloatArray, times: FloatArray
) -> BodyPose:
    """Return the pose with a foot that is lifted where tilting left it in the ground; see `_ended` for `free`."""
    rests = firmness_of(contacts)
    for _ in range(_LIFTS_OF_FEET):
        under = _sunk(pose, contacts)
        sunk = under > _UNSEEN * pose.linkage.figure.leg_length
        if not sunk.any():
            return pose
        posed = limb.posed(pose)
        counts = np.where(sunk, _LIFT, rests)
        weight = np.where(sunk[:, None, None], _LIFT * np.diag(_UP), rests[:, None, None] * np.eye(3))
        asked = saturated(under[:, None] * _UP, _MOST_REACH * posed.bones)
        shift = _least_shifts(asked, weight, posed.stiffness, times)
        moved = _ended(pose, limb, posed, shift, free)
        pose = _moved(pose, moved, counts, times)
    return pose


def _with_neck_bent(pose: BodyPose, contact: Contact, times: FloatArray) -> BodyPose:
    """Return the pose with neck and head tilted about the neck's base, so that the head rests at its contact's height.

    One that only passes by is kept out of the ground, which leaves its neck time to bend.
    """
    bones = pose.rotated((*pose.linkage.figure.neck, contact.point.bone))
    half = _HALF_NOD * pose.linkage.figure.leg_length
    for _ in range(_LIFTS):
        # a head that is turned has other skin lowest
        lowest = contact.point.lowest(pose)
        under = np.maximum(contact.deep(lowest), 0.0)
        counts = np.maximum(contact.firmness * contact.rests, _LIFT * (under > 0.0))
        if not counts.any():
            return pose
        arm = lowest - pose.head(bones[0])
        lacking = contact.level - contact.below - lowest[:, 2]
        turn = _raised(arm, np.where(contact.rests, lacking, under), _across(arm), half)
        pose = _moved(pose, _turned(pose, bones, turn), counts, times, _SLOWLY)
    return pose


def _with_foot_tilted(pose: BodyPose, limb: Limb, contacts: list[Contact], times: FloatArray) -> BodyPose:
    """Return the pose with a foot about its ankle out of the ground, and toes that bend at their ball.

    A foot tilts only until its other end is as deep.
    """
    figure, own = pose.linkage.figure, pose.rotations[limb.end]
    as_at_rest = multiply(own, conjugate(figure.rest[limb.end]))
    by_bone: dict[int, list[Contact]] = {limb.end: []}
    for contact in contacts:
        by_bone.setdefault(contact.point.bone, []).append(contact)
    of_foot = by_bone.pop(limb.end)
    steps = [(limb.end, contacts)]
    for toes, of_toes in by_bone.items():
        # toes that bend for a ball in the ground would fold in vain; those of a foot on tiptoe bend without its help
        steps = [(limb.end, of_foot), (toes, of_toes), *steps]
    for bone, mine in steps:
        # what rests stays
        counts = np.max([contact.holds * ~contact.stands for contact in mine], axis=0)
        is_foot = bone == limb.end
        straight = conjugate(own if is_foot else multiply(as_at_rest, figure.rest[bone]))
        for _ in range(_LIFTS):
            # what it is tilted already counts towards its limit; what is held doesn't tilt
            turned = norm(to_rotation_vector(multiply(pose.rotations[bone], straight)))
            most = np.where(counts < 1.0, np.maximum((_MOST_TILT if is_foot else _MOST_BEND) - turned, 0.0), 0.0)
            # the leg lifts toes with the rest of the foot
            lifted = np.zeros(len(counts)) if is_foot else _sunk(pose, of_foot)
            tilt = _tilt(pose, bone, mine, most, lifted, bends=not is_foot)
            if not tilt.any():
                break
            below = pose.rotated(figure.skeleton.below(bone))
            if is_foot:
                stands = np.any([contact.stands for contact in mine], axis=0)
                firm = np.where(stands & ~tilt.any(axis=-1), _STANDS, _CALM)
            else:
                firm = np.where(tilt.any(axis=-1), 1.0, _AS_IT_WAS)
            weight = np.maximum(counts, firm)
            pose = _moved(pose, _turned(pose, below, tilt), weight, times, _FOOT_SLOWLY if is_foot else 1.0)
    return pose


def _sunk(pose: BodyPose, contacts: list[Contact]) -> FloatArray:
    """Return how far points of a foot are in the ground (F,), at most."""
    return np.max([contact.deep(contact.point.lowest(pose)) for contact in contacts], axis=0, initial=0.0)


def _tilt(
    pose: BodyPose, bone: int, contacts: list[Contact], most: FloatArray, lifted: FloatArray, *, bends: bool
) -> FloatArray:
    """Return how a foot, or its toes, turns out of the ground (F, 3), radians, at `most` (F,), for what isn't `lifted`.

    What `bends` turns forwards however steep it is.
    """
    figure, joint = pose.linkage.figure, pose.head(bone)
    arms: FloatArray = np.zeros((len(contacts), *joint.shape))
    deep: FloatArray = np.zeros(arms.shape[:2])
    for row, contact in enumerate(contacts):
        arms[row] = contact.point.lowest(pose) - joint
        deep[row] = contact.deep(joint + arms[row]) - lifted
    tilt = np.zeros_like(pose.hips)
    for contact, arm, under in zip(contacts, arms, deep, strict=True):
        others = [row for row, other in enumerate(contacts) if other.is_heel != contact.is_heel]
        above = deep[others].max(axis=0) if others else -under
        there = (under > np.maximum(above, 0.0) + _UNSEEN * figure.leg_length) & (most > 0.0)
        # about the foot's own axis: one that points straight down has no other
        at_rest = figure.heads[contact.point.bone] + contact.point.offset - figure.heads[bone]
        own = multiply(pose.rotations[bone], conjugate(figure.rest[bone]))
        axis = normalise(rotate(own, _across(at_rest)) * _LEVEL)
        by = np.maximum(under, 0.0)
        turn = _bent(arm, by, axis) if bends else _raised(arm, by, axis, _HALF * figure.leg_length)
        turn *= (there * np.minimum(1.0, most / np.maximum(norm(turn), _NO_LENGTH)))[:, None]
        # only until the end that comes down is as deep as the one that comes up, as if both moved evenly
        if others:
            turned = [contacts[row].deep(joint + rotate(from_rotation_vector(turn), arms[row])) for row in others]
            deeper = np.maximum(np.max(turned, axis=0), 0.0)
            apart = np.where(there, under - above, 1.0)
            turn *= (apart / (apart + deeper))[:, None]
        tilt = np.where((norm(turn) > norm(tilt))[:, None], turn, tilt)
    return tilt


def _raised(arm: FloatArray, by: FloatArray, axis: FloatArray, half: float) -> FloatArray:
    """Return the rotation vector (F, 3) about a level axis (F, 3) that raises an arm's end (F, 3) by metres (F,).

    One that is only `half` metres long over the ground turns for half of them.
    """
    ahead = cross(axis, arm)[:, 2]
    # the steeper, the further it would turn for as little: it is lifted; one that points behind turns backwards
    share = ahead**2 / (ahead**2 + half**2)
    sine = np.clip((arm[:, 2] + share * by) / np.maximum(np.hypot(ahead, arm[:, 2]), _NO_LENGTH), -1.0, 1.0)
    turn = np.sign(ahead) * (np.arcsin(sine) - np.arctan2(arm[:, 2], np.abs(ahead)))
    return axis * np.clip(turn, -_MOST_NOD, _MOST_NOD)[:, None]


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
    places = positions_of(contacts, pose)
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
        shift = np.where(stays[:, None], wanted, _least_shifts(wanted, total / most, stiffness, times))
        under = depth(contacts, places + shift)
        if not (under > lift).any():
            break
        lift = np.where(under > 0.0, np.maximum(lift, shift[:, 2] + under), lift)
    return shift, np.maximum(_LIFT * (lift > 0.0), firmness_of(contacts))


def _least_shifts(asked: FloatArray, weight: FloatArray, stiffness: FloatArray, times: FloatArray) -> FloatArray:
    """Return the shifts (F, 3) of a limb's joint, metres.

    Args:
        asked: (F, 3) shifts that its contacts ask for.
        weight: (F, 3, 3) from 0 to 1 along each direction, how much they do.
        stiffness: (F, 3, 3) what a shift costs, of whatever size.
        times: (F,) seconds.
    """
    # in units of the usual stiffness, so that the weights suit limbs of any length
    usual = float(np.median(np.trace(stiffness, axis1=1, axis2=2))) / 3.0
    own_way = 0.5 * stiffness / usual + np.eye(3) * _ASIDE
    total = _HOLD * weight + own_way
    pull = _HOLD * (weight @ asked[:, :, None])[:, :, 0]
    # a bend costs the fourth power of the samples within which a limb gets back, as it counts second differences
    bending = np.full(3, in_samples(times, _DECAY_SEC) ** 4 / 3.0)
    return least_bent(total, pull, bending, np.zeros_like(asked))


def _middle_stiffness(limb: PosedLeg, stiff: float) -> FloatArray:
    """Return the quadratic form (F, 3, 3) as `PosedLeg.stiffness`, of a limb's knee or elbow.

    It is so many times as `stiff` along the upper bone as across it.
    """
    along = limb.knee - limb.hip
    length = np.maximum(limb.lengths[0], _NO_LENGTH)
    along = along / length[:, None]
    # across, the upper bone turns by the shift over its length; its squares are what counts
    return (np.eye(3) + stiff * along[:, :, None] * along[:, None, :]) / length[:, None, None] ** 2


def _directions(contact: Contact) -> FloatArray:
    """Return (F, 3, 3) how much a point is held along each direction."""
    weight = np.zeros((len(contact.holds), 3, 3))
    weight[:, 2, 2] = contact.firmness
    weight[:, 0, 0] = weight[:, 1, 1] = np.where(contact.stays, contact.firmness, 0.0)
    return weight


def wanted_rest(travel: Travel, touching: Touching, resting: Resting) -> WantedRest:
    """Return where the points of a character's body should be that rest in the source.

    Args:
        travel: the character as it travels.
        touching: what the source's hands touch.
        resting: where the source rests.
    """
    task = travel.task
    figure = task.target
    to_world = conjugate(figure.to_body)
    keyed = task.linkage.keyed
    parts: list[WantedPart] = []
    for name, point in task.target_points.items():
        # toes that the source lacks are where it has the ball of the foot
        is_own = name not in resting.points and point.point.part == "toe_tip"
        seen = resting.points.get(f"{point.point.side}_ball" if is_own else name)
        if seen is not None and point.bone in keyed:
            bones, places, weights = _skin(figure, point)
            names = figure.skeleton.names_of(bones)
            height = travel.scale * seen.height
            radius = 0.0 if point.skin else point.radius
            limb = _limb(point.point)
            # a hand around a bar needn't rest on its lowest point
            holds = seen.rests & (seen.near == 0.0) & limb.endswith("hand")
            rests = seen.rests & ~holds
            if limb.endswith("foot") and point.point.side in task.contacts:
                rests = rests & (task.contacts[point.point.side].any | (resting.active > 0.0))
            parts.append(WantedPart(limb, names, rotate(to_world, places), weights, radius, height, rests, holds))
    size = figure.leg_length / LEG
    touches = wanted_touches(touching, resting)
    return WantedRest(task.clip.times, rotate(to_world, _UP), figure.sole, size, tuple(parts), touches)


def _limb(point: BodyPoint) -> str:
    """Return the slot of what a point is a part of."""
    limb = _LIMBS.get(point.part, point.part)
    return limb if limb in ("hips", "chest", "head") else f"{point.side}_{limb}"


def _skin(figure: Figure, point: PlacedPoint) -> tuple[tuple[int, ...], FloatArray, FloatArray]:
    """Return bones, points (K, 3) at rest, body axes, and weights (B, K) of a part's skin; its middle without any."""
    if not point.skin:
        return (point.bone,), (figure.heads[point.bone] + point.offset)[None], np.ones((1, 1))
    first = next(iter(point.skin))
    places = figure.heads[first] + point.skin[first][0]
    return tuple(point.skin), places, np.stack([weights for _, weights in point.skin.values()])
