"""The fourth stage of retargeting: a body that rests on more than its feet rests on the same points of the character.

All contacts are solved at once, over the whole motion: the hips and the torso follow smoothly what they ask for
together, then arms and legs bend by what is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..body.body_points import SOLES, PlacedPoint, placed_points
from ..body.resting import Resting
from ..bones.humanoid import SIDES
from ..contacts import LEG
from ..feet.body_pose import BodyPose
from ..feet.leg_solution import PosedLeg, TwoBones, solve
from ..feet.limb_shifts import eased, least_shifts, middle_stiffness
from ..feet.stances import Stances
from ..rotations import (
    BoolArray,
    FloatArray,
    conjugate,
    cross,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
)
from ..smoothing import in_samples, least_bent, saturated
from ..spans import runs
from .travel import Travel

_ARM, _LEG = ("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot")
_ROUNDS = 5
_UP, _LEVEL = np.array([0.0, 0.0, 1.0]), np.array([1.0, 1.0, 0.0])
_EXACT = 300.0  # radians squared a metre squared: a torso 1 cm off weighs as much as a limb rotated by 10 degrees
_TURN, _LEAN = 3.0, 1.5  # weights of a rotation of the whole torso, and of the spine's bend, relative to a limb's
_STAY = 0.02  # radians squared a metre squared: the hips come back gently where nothing asks for more
_SMOOTH_SEC = 0.09  # seconds within which hips and torso don't change their course
_MOVES = 4.0  # radians squared a metre squared: the same weight for the hips' travel as for a limb's rotation
_SOFT_SEC = 0.2  # seconds over which a limb gets to a contact and away
_MOST = np.radians(10.0)  # that the torso turns or bends in a round
_MOST_TILT = np.radians(40.0)  # of a foot out of the ground
_MUCH = 0.15  # of a limb: the body goes only part of the way if it lacks so much
_MOST_REACH = 0.5  # of a limb, that what rests is moved
_NO_LENGTH = 1e-9
_LITTLE = 1e-6
_LIFT = 0.005  # weight of what lifts a limb out of the ground, relative to a contact: it need not be exact
_LIFTS = 3  # rounds in which what is under the ground is lifted
_SEEN = 0.011  # of a leg: what is less far under the ground nobody sees


@dataclass(frozen=True, eq=False)
class _Limb(TwoBones):
    """An arm or a leg: its end is hand or foot."""

    end: int


@dataclass(frozen=True, eq=False)
class _Contact:
    """A point of the character that is held.

    Attributes:
        point: of its body.
        limb: the limb that it belongs to; None for the torso.
        level: (F,) height of its middle while it is held.
        holds: (F,) from 0 to 1, how much it is held at that height.
        floor: (F,) height below which it is held in any case.
        stays: (F,) whether it is held where it is over the ground too.
        kept: (F, 3) where that is, if it is known; NaN elsewhere.
    """

    point: PlacedPoint
    limb: _Limb | None
    level: FloatArray
    holds: FloatArray
    floor: FloatArray
    stays: BoolArray
    kept: FloatArray

    @property
    def is_sole(self) -> bool:
        """Whether it is under a foot."""
        return self.point.point.part in SOLES

    def above_ground(self, at: FloatArray) -> "_Contact | None":
        """Return the contact with the ground of a point that is at (F, 3); None unless it is under it anywhere."""
        under = at[:, 2] < self.floor
        if not under.any():
            return None
        return replace(self, level=self.floor, holds=under.astype(np.float64), stays=np.zeros_like(under))


def with_body_held(travel: Travel, resting: Resting, pose: BodyPose) -> BodyPose:
    """Return the character resting on the points that the source rests on.

    Args:
        travel: the character as it travels.
        resting: where the source's body rests.
        pose: the character's pose, its standing feet held.
    """
    limbs = _limbs(pose)
    contacts = _contacts(travel, resting, pose, limbs)
    if not resting.active.any() and not any(_is_under(pose, contact) for contact in contacts):
        return pose
    times = travel.task.clip.times
    start, whole = pose, np.zeros((len(times), 9))
    stands = any(leg.contact.any.any() for leg in travel.legs)
    for _ in range(_ROUNDS):
        whole = _together(pose, whole, contacts, limbs, times, stands=stands)
        pose = _with_torso_moved(start, whole)
    return _with_limbs_moved(pose, contacts, limbs, times)


def _limbs(pose: BodyPose) -> dict[str, _Limb]:
    """Return by the name of its end the arms and legs that the character has."""
    figure = pose.linkage.figure
    found: dict[str, _Limb] = {}
    for side in SIDES:
        for joints in (_ARM, _LEG):
            slots = [f"{side}_{joint}" for joint in joints]
            if figure.has(*slots) and all(figure.slots[slot] in pose.rotations for slot in slots):
                upper, lower, end = (figure.slots[slot] for slot in slots)
                found[slots[-1]] = _Limb(upper, lower, _hinge(pose, upper, lower, end, joints), end)
    return found


def _hinge(pose: BodyPose, upper: int, lower: int, end: int, joints: tuple[str, ...]) -> FloatArray:
    """Return (3,) the axis that elbow or knee bends about, in the upper bone's axes."""
    if joints is _LEG:
        return rotate(conjugate(pose.linkage.figure.rest[upper]), np.array([1.0, 0.0, 0.0]))
    heads = pose.heads((upper, lower, end))
    bends = cross(normalise(heads[lower] - heads[upper]), normalise(heads[end] - heads[lower]))
    return normalise(rotate(conjugate(pose.rotations[upper]), bends).sum(axis=0))


def _contacts(travel: Travel, resting: Resting, pose: BodyPose, limbs: Mapping[str, _Limb]) -> list[_Contact]:
    task = travel.task
    theirs, ours = placed_points(task.source), placed_points(task.target)
    held = _standing(travel, pose)
    found: list[_Contact] = []
    for name, point in ours.items():
        if name not in theirs or point.bone not in pose.rotations:
            continue
        seen = resting.points[name]
        limb = _limb_of(point, limbs)
        if point.point.limb != "torso" and limb is None:
            continue
        level = task.target.sole + travel.scale * seen.height + point.radius
        floor = np.minimum(level, task.target.sole + point.radius) - _SEEN * task.target.leg_length
        holds = np.maximum(seen.near, seen.rests) * resting.active
        kept = np.full((len(level), 3), np.nan)
        stays = seen.rests & (resting.active > 0.0)
        if name.endswith(SOLES) and (there := held[point.point.side]).any():
            at = _at(pose, point)
            kept[there] = at[there]
            level = np.where(there, at[:, 2], level)
            holds, stays = np.where(there, 1.0, holds), stays | there
            # a foot that is held under the ground comes out of it gradually
            sunk = np.maximum(floor - at[:, 2], 0.0)[:, None]
            floor = floor - Stances(there, in_samples(task.clip.times, _SOFT_SEC)).faded(sunk)[:, 0]
        found.append(_Contact(point, limb, level, holds, floor, stays, kept))
    return found


def _standing(travel: Travel, pose: BodyPose) -> dict[str, BoolArray]:
    """Return by side when (F,) a foot is held already."""
    nowhere = np.zeros(len(pose.hips), dtype=np.bool_)
    held = {side: leg.contact.any for side, leg in zip(travel.sides, travel.legs, strict=True)}
    return {side: held.get(side, nowhere) for side in SIDES}


def _is_under(pose: BodyPose, contact: _Contact) -> bool:
    """Return whether a point is under the ground anywhere."""
    return bool((_at(pose, contact.point)[:, 2] < contact.floor - _SEEN * pose.linkage.figure.leg_length).any())


def _limb_of(point: PlacedPoint, limbs: Mapping[str, _Limb]) -> _Limb | None:
    if point.point.limb == "torso":
        return None
    part = "foot" if point.point.name.endswith((*SOLES, "knee")) else "hand"
    return limbs.get(f"{point.point.side}_{part}")


def _at(pose: BodyPose, point: PlacedPoint) -> FloatArray:
    """Return (F, 3) where a point is."""
    return pose.point(point.bone, point.offset)


def _together(
    pose: BodyPose,
    whole: FloatArray,
    contacts: list[_Contact],
    limbs: Mapping[str, _Limb],
    times: FloatArray,
    *,
    stands: bool,
) -> FloatArray:
    """Return the move (F, 9) of hips and torso that all contacts ask for: shift, rotation, bend of the spine."""
    count = len(times)
    total, asked = np.zeros((count, 9, 9)), np.zeros((count, 9))
    posed = {limb.end: _posed(pose, limb) for limb in limbs.values()}
    torso = _Torso(pose)
    size = pose.linkage.figure.leg_length / LEG
    for contact in contacts:
        at, lever = _at(pose, contact.point), torso.lever(contact)
        # feet of who stands tilt or lift out of the ground, and the body goes where it goes
        for each in (contact, None if contact.is_sole and stands else contact.above_ground(at)):
            if each is not None and each.holds.any():
                lacking = _lacking(each, at)
                pull = lever.swapaxes(1, 2) @ _weight(each, posed, lacking, size)
                total += pull @ lever
                asked += (pull @ lacking[:, :, None])[:, :, 0]
    free = np.array([_STAY / size**2] * 3 + [_TURN] * 3 + [_LEAN] * 3)
    total += np.diag(free)
    asked -= free * whole
    stiff = np.array([_MOVES / size**2] * 3 + [_TURN] * 3 + [_LEAN] * 3) * in_samples(times, _SMOOTH_SEC) ** 4
    step = least_bent(total, asked, stiff, whole)
    turn = norm(step[:, 3:]).max()
    return whole + step * min(1.0, 3.0 * _MOST / max(float(turn), _NO_LENGTH))


def _lacking(contact: _Contact, at: FloatArray) -> FloatArray:
    """Return the shifts (F, 3) that bring a point to where it is held."""
    lacking = np.zeros_like(at)
    lacking[:, 2] = contact.level - at[:, 2]
    for start, stop in runs(contact.stays).tolist():
        span = slice(start, stop)
        known = np.isfinite(contact.kept[span, 0])
        place = contact.kept[span][known][0] if known.any() else at[span].mean(axis=0)
        lacking[span, :2] = (place - at[span])[:, :2]
        if known.any():
            lacking[span][known] = (contact.kept[span] - at[span])[known]
    return lacking


def _weight(contact: _Contact, posed: Mapping[int, PosedLeg], lacking: FloatArray, size: float) -> FloatArray:
    """Return (F, 3, 3) what a shift of a point costs while it is held, radians squared a metre squared.

    The body doesn't go out of its way for a limb that is much too short: the more it lacks, the less it counts.
    """
    if contact.limb is None:
        stiffness = np.broadcast_to(np.eye(3) * _EXACT / size**2, (len(contact.level), 3, 3))
    else:
        limb = posed[contact.limb.end]
        stiffness = middle_stiffness(limb) if contact.point.point.limb == "middle" else limb.stiffness
    upwards = np.zeros_like(stiffness)
    upwards[:, 2, 2] = 1.0 / np.linalg.inv(stiffness)[:, 2, 2]  # what is free to move over the ground costs less
    much = 0.0 if contact.limb is None else norm(lacking) / (_MUCH * posed[contact.limb.end].bones)
    counts = contact.holds / (1.0 + much**2) ** 2
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

    def lever(self, contact: _Contact) -> FloatArray:
        """Return the map (F, 3, 9) from a move of hips and torso to that of a point."""
        pose, figure = self.pose, self.pose.linkage.figure
        bone = contact.limb.upper if contact.limb is not None else contact.point.bone
        base = (
            pose.head(bone)
            if contact.limb is not None or bone == figure.slots.get("head")
            else _at(pose, contact.point)
        )
        lever = np.zeros((len(base), 3, 9))
        lever[:, [0, 1, 2], [0, 1, 2]] = 1.0
        lever[:, :, 3:6] = _crossed(base - self.centre)
        above = figure.skeleton.ancestors(bone)
        if self.spine and (self.spine[0] in above or bone in self.spine):
            lever[:, :, 6:9] = _crossed(self._bent(bone, base))
        return lever

    def _bent(self, bone: int, base: FloatArray) -> FloatArray:
        """Return (F, 3) the sum of the spine's bones up to a point, each as much as it takes part in a bend."""
        total = np.zeros_like(base)
        chain = [
            each for each in self.spine if each == bone or each in self.pose.linkage.figure.skeleton.ancestors(bone)
        ]
        for number, each in enumerate(chain, 1):
            end = self.heads[chain[number]] if number < len(chain) else base
            total += (end - self.heads[each]) * (number / len(self.spine))
        return total


def _crossed(arm: FloatArray) -> FloatArray:
    """Return (F, 3, 3) the map from a small rotation to the shift of a point `arm` (F, 3) away."""
    found = np.zeros((len(arm), 3, 3))
    x, y, z = arm.T
    found[:, 0, 1], found[:, 0, 2] = z, -y
    found[:, 1, 0], found[:, 1, 2] = -z, x
    found[:, 2, 0], found[:, 2, 1] = y, -x
    return found


def _centre(pose: BodyPose) -> FloatArray:
    """Return (F, 3) the point between the legs."""
    figure = pose.linkage.figure
    legs = [figure.slots[slot] for side in SIDES if (slot := f"{side}_upper_leg") in figure.slots]
    heads = [pose.heads((leg,))[leg] for leg in legs]
    return np.asarray(np.mean(heads, axis=0)) if heads else pose.hips


def _with_torso_moved(pose: BodyPose, move: FloatArray) -> BodyPose:
    """Return the pose with hips and torso moved (F, 9), see `_together`; limbs and head keep their rotations."""
    figure = pose.linkage.figure
    root = figure.slots["hips"]
    turn = from_rotation_vector(move[:, 3:6])
    centre = _centre(pose)
    rotations = {**pose.rotations, root: multiply(turn, pose.rotations[root])}
    spine = [bone for bone in figure.spine if bone in pose.rotations]
    shoulders = [figure.slots[slot] for side in SIDES if (slot := f"{side}_shoulder") in figure.slots]
    above = [bone for bone in (*shoulders, *figure.neck) if bone in pose.rotations]
    for number, bone in enumerate((*spine, *above), 1):
        share = min(number / max(len(spine), 1), 1.0)
        rotations[bone] = multiply(from_rotation_vector(move[:, 3:6] + share * move[:, 6:9]), pose.rotations[bone])
    hips = centre + rotate(turn, pose.hips - centre) + move[:, :3]
    return BodyPose(pose.linkage, rotations, hips)


def _posed(pose: BodyPose, limb: _Limb) -> PosedLeg:
    heads = pose.heads((limb.upper, limb.lower, limb.end))
    return PosedLeg(heads[limb.upper], heads[limb.lower], heads[limb.end])


def _with_limbs_moved(
    pose: BodyPose, contacts: list[_Contact], limbs: Mapping[str, _Limb], times: FloatArray
) -> BodyPose:
    """Return the pose with limbs that bring their points to where they are held."""
    for limb in limbs.values():
        mine = [contact for contact in contacts if contact.limb is limb]
        middle = [contact for contact in mine if contact.point.point.limb == "middle"]
        ends = [contact for contact in mine if contact.point.point.limb == "end"]
        if middle:
            posed = _posed(pose, limb)
            shift, weight = _shift(pose, middle, middle_stiffness(posed), posed.lengths[0], times)
            turn = shortest_arc(posed.knee - posed.hip, posed.knee + shift - posed.hip)
            moved = {limb.upper: multiply(turn, pose.rotations[limb.upper])}
            pose = replace(pose, rotations={**pose.rotations, **eased(pose.rotations, moved, weight, times)})
        if ends:
            posed = _posed(pose, limb)
            shift, weight = _shift(pose, ends, posed.stiffness, posed.bones, times)
            free = 1.0 - np.max([np.zeros(len(shift)), *(contact.holds for contact in middle)], axis=0)
            moved = _ended(pose, limb, posed, shift, free)
            pose = replace(pose, rotations={**pose.rotations, **eased(pose.rotations, moved, weight, times)})
            pose = _with_foot_tilted(pose, limb, [contact for contact in ends if contact.is_sole], times)
    return pose


def _with_foot_tilted(pose: BodyPose, limb: _Limb, contacts: list[_Contact], times: FloatArray) -> BodyPose:
    """Return the pose with a foot that tilts about its ankle, then toes about their ball, out of the ground."""
    skeleton = pose.linkage.figure.skeleton
    for bone in dict.fromkeys((limb.end, *(contact.point.bone for contact in contacts))):
        joint = pose.head(bone)
        mine = [contact for contact in contacts if bone in (limb.end, contact.point.bone)]
        arms = [_at(pose, contact.point) - joint for contact in mine]
        deep = [contact.floor - joint[:, 2] - arm[:, 2] for contact, arm in zip(mine, arms, strict=True)]
        tilt, counts = np.zeros_like(pose.hips), np.zeros(len(times))
        for contact, arm, under in zip(mine, arms, deep, strict=True):
            others = [each for other, each in zip(mine, deep, strict=True) if _is_heel(other) != _is_heel(contact)]
            there = (under > 0.0) & np.all([each < 0.0 for each in others] or [under > 0.0], axis=0)
            turn = _raised(arm, np.maximum(under, 0.0)) * there[:, None]
            tilt = np.where((norm(turn) > norm(tilt))[:, None], turn, tilt)
            counts = np.maximum(counts, there)
        if counts.any():
            below = [each for each in pose.rotations if each == bone or bone in skeleton.ancestors(each)]
            moved = {each: multiply(from_rotation_vector(tilt), pose.rotations[each]) for each in below}
            pose = replace(pose, rotations={**pose.rotations, **eased(pose.rotations, moved, counts, times)})
    return pose


def _is_heel(contact: _Contact) -> bool:
    return contact.point.point.part == "heel"


def _raised(arm: FloatArray, by: FloatArray) -> FloatArray:
    """Return the rotation vector (F, 3) that raises the end of an arm (F, 3) by so much (F,), metres."""
    length = np.maximum(norm(arm), _NO_LENGTH)
    slopes = [np.arcsin(np.clip(height / length, -1.0, 1.0)) for height in (arm[:, 2], arm[:, 2] + by)]
    axis = normalise(cross(arm * _LEVEL, np.broadcast_to(_UP, arm.shape)))
    return axis * np.minimum(slopes[1] - slopes[0], _MOST_TILT)[:, None]


def _ended(pose: BodyPose, limb: _Limb, posed: PosedLeg, shift: FloatArray, free: FloatArray) -> dict[int, FloatArray]:
    """Return the rotations of a limb whose end moves by `shift` (F, 3), its middle only as far as it is `free` (F,)."""
    both = solve(pose.rotations, limb, posed, shift * free[:, None])
    now = _posed(replace(pose, rotations={**pose.rotations, **both}), limb)
    wanted = posed.ankle + shift
    turn = shortest_arc(now.ankle - now.knee, wanted - now.knee)
    return {**both, limb.lower: multiply(turn, both[limb.lower])}


def _shift(
    pose: BodyPose, contacts: list[_Contact], stiffness: FloatArray, length: FloatArray, times: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the shifts (F, 3) of a limb's joint that serve its points best, and (F,) how much they count."""
    places = [_at(pose, contact.point) for contact in contacts]
    shift, lift = np.zeros_like(pose.hips), np.zeros(len(times))
    for _ in range(_LIFTS):
        asked, total = np.zeros_like(pose.hips), np.zeros((len(times), 3, 3))
        for contact, at in zip(contacts, places, strict=True):
            weight = _directions(contact)
            asked += (weight @ _lacking(contact, at)[:, :, None])[:, :, 0]
            total += weight
        asked[:, 2] += _LIFT * lift
        total[:, 2, 2] += _LIFT * (lift > 0.0)
        most = np.maximum(np.trace(total, axis1=1, axis2=2) / 3.0, 1.0)[:, None, None]
        wanted = np.linalg.solve(total + _LITTLE * np.eye(3), asked[:, :, None])[:, :, 0]
        shift = least_shifts(saturated(wanted, _MOST_REACH * length), total / most, stiffness, times)
        under = _under(contacts, [at + shift for at in places])
        if not (under > lift).any():
            break
        lift = np.where(under > 0.0, np.maximum(lift, shift[:, 2] + under), lift)
    return shift, np.max([_LIFT * (lift > 0.0), *(contact.holds**2 for contact in contacts)], axis=0)


def _under(contacts: list[_Contact], places: list[FloatArray]) -> FloatArray:
    """Return how far (F,) a limb's points at (F, 3) have to be lifted: a foot tilts while one end of it is above."""
    deep = [contact.floor - at[:, 2] for contact, at in zip(contacts, places, strict=True)]
    heels = [under for contact, under in zip(contacts, deep, strict=True) if _is_heel(contact)]
    others = [under for contact, under in zip(contacts, deep, strict=True) if not _is_heel(contact)]
    deepest = [np.max(ends, axis=0) for ends in (heels, others) if ends]
    return np.maximum(np.min(deepest, axis=0), 0.0)


def _directions(contact: _Contact) -> FloatArray:
    """Return (F, 3, 3) how much a point is held along each direction."""
    weight = np.zeros((len(contact.holds), 3, 3))
    weight[:, 2, 2] = contact.holds**2
    weight[:, 0, 0] = weight[:, 1, 1] = np.where(contact.stays, contact.holds**2, 0.0)
    return weight
