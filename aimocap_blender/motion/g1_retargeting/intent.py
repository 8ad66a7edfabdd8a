"""The source's intent in the robot's size: where limbs point, how trunk, hands and feet are turned, where they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain, pairwise, product

import numpy as np

from ..body.resting import Resting
from ..bones.humanoid import ARM_JOINTS, LEG_JOINTS, SIDES, BoneMap, sided, slots_of
from ..feet.foot_contacts import FootContact, contacts_in
from ..figures.figure import Figure, figure_of
from ..g1.variants import Variant
from ..pose_motion import PosedBones, PoseMotion, posed
from ..retargeting.bone_rotations import rotated
from ..retargeting.reference import Referenced, levelled, referenced
from ..retargeting.retarget import retarget_referenced
from ..retargeting.retarget_options import RetargetOptions
from ..retargeting.task import retarget_task
from ..retargeting.travel import Travel, travelled
from ..rotations import (
    BoolArray,
    FloatArray,
    conjugate,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
    to_rotation_vector,
)
from ..skeleton import Clip
from ..smoothing import covered
from .puppet import Puppet, puppet_of

_JOINTS = [slots_of(side, joints) for side, joints in product(SIDES, (LEG_JOINTS, ARM_JOINTS))]
LIMBS = tuple(chain.from_iterable(map(pairwise, _JOINTS)))
"""The limbs' parts, each from one joint to the next."""

_TOUCHING = (0.1, 0.2)  # metres between the robot's wrists: hands that are nearer than the one touch
_CREEPS = 0.005  # metres of jitter of feet that stand: those of captures creep by up to 5 cm a second

_ANKLE = np.radians(125.0), np.radians(150.0)  # between a foot and its shin, away from rest: nobody turns one so far
_FLIPS = 0.1  # seconds before and after a foot is turned further: it comes and goes within a frame
_UP = 0.5  # of `Intent.lies`: who rests less on more than the feet stands on them

UP: FloatArray = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Rest:
    """A point of the body that rests.

    Attributes:
        near: (F,) 0 to 1, how much the ground carries it.
        stays: (F,) whether it stays where it is.
    """

    near: FloatArray
    stays: BoolArray


@dataclass(frozen=True, eq=False)
class Intent:
    """A human motion as the robot would do it with free joints. World: metres, X forward, Y left, Z up.

    Attributes:
        puppet: the figure that does it.
        motion: its channels, with the report on the retargeting.
        posed: its bones.
        contacts: side to the source's foot contacts; absent without feet.
        rotations: slot to (F, 4) attitude of the robot's body there, wxyz: hips, spine (the trunk), hands and feet that
            the source has, a head that turns.
        limbs: each of `LIMBS` that the source has, to its unit direction (F, 3).
        hands: side to where (F, 3) the hand is relative to the shoulders, in the robot's size; absent without arms.
        touch: (F,) 0 to 1, whether the hands are so close to one another that they do something together.
        free: (F, 3) the path of the hips as the source's, were no foot held; from anywhere, metres.
        rests: by name the points of the source's body that rest on more than the feet: how much (F,) each is held.
        lies: (F,) 0 to 1, how much the body rests on more than its feet.
    """

    puppet: Puppet
    motion: PoseMotion
    posed: PosedBones
    contacts: Mapping[str, FootContact]
    rotations: Mapping[str, FloatArray]
    limbs: Mapping[tuple[str, str], FloatArray]
    hands: Mapping[str, FloatArray]
    touch: FloatArray
    free: FloatArray
    rests: Mapping[str, Rest]
    lies: FloatArray

    @property
    def fps(self) -> float:
        """Frame rate."""
        return self.motion.fps

    def head(self, slot: str) -> FloatArray:
        """Return the joint (F, 3) of the puppet, metres."""
        return self.posed.heads[:, self.puppet.skeleton.index(slot)]


def intent_of(clip: Clip, bone_map: BoneMap, variant: Variant, options: RetargetOptions) -> Intent:
    """Return a motion's intent.

    Args:
        clip: the human motion, from pose to pose, without a rest pose before it.
        bone_map: its humanoid bones.
        variant: the robot.
        options: how it is retargeted, without smoothing: the contacts are those of the motion as it is.

    Raises:
        Fault: as of `retarget`.
    """
    puppet = puppet_of(variant)
    # robots go where their feet carry them, not where a camera saw the person
    found = _with_possible_feet(referenced(replace(clip, eyes=None), bone_map, "AUTO", lie=True), bone_map)
    motion = retarget_referenced(found, bone_map, puppet.skeleton, puppet.bone_map, options, evenly=False)
    source = figure_of(found.clip.skeleton, bone_map, "world", measured=found.measured)
    travel = _travelled(found, source, puppet, options)
    resting = travel.task.seen.first_seen if travel.floor is None else travel.task.seen.resting_on(travel.floor)
    rests = {name: Rest(point.near * resting.active, point.rests) for name, point in resting.points.items()}
    bones = posed(puppet.skeleton, motion)
    known = set(puppet.skeleton.names) - set(motion.unmoved)
    hands, touch = _hands(puppet, bones, found.clip, source)
    return Intent(
        puppet,
        motion,
        bones,
        _contacts(found, bone_map, resting),
        _rotations(puppet, bones, known, source),
        _limbs(puppet, bones, known),
        hands,
        touch,
        rotate(conjugate(travel.task.target.to_body), travel.pose.hips),
        {name: rest for name, rest in rests.items() if rest.near.any()},
        resting.active,
    )


def _with_possible_feet(found: Referenced, bone_map: BoneMap) -> Referenced:
    """Return the motion with feet as their shins carry them at rest where no ankle could turn them as they are.

    Captures of few markers turn a foot over about its shin, sole up, while the leg is right: a robot would bend the
    whole leg for it.
    """
    clip, rest = found.clip, found.clip.skeleton.rest_rotations
    slots = bone_map.indices_in(clip.skeleton.indices)
    back: dict[int, FloatArray] = {}
    for side in SIDES:
        foot, shin = slots.get(f"{side}_foot"), slots.get(f"{side}_lower_leg")
        if foot is None or shin is None:
            continue
        carried = multiply(clip.rotations[:, shin], multiply(conjugate(rest[shin]), rest[foot]))
        # how it is turned in the world, away from how the shin carries it
        turned = to_rotation_vector(multiply(clip.rotations[:, foot], conjugate(carried)))
        beyond = np.clip((norm(turned) - _ANKLE[0]) / (_ANKLE[1] - _ANKLE[0]), 0.0, 1.0)
        if beyond.any():
            back[foot] = from_rotation_vector(-turned * covered(beyond, round(_FLIPS * clip.fps))[:, None])
    if not back:
        return found
    positions, rotations = clip.positions.copy(), clip.rotations.copy()
    for foot, turn in back.items():
        for bone in clip.skeleton.below(foot):
            rotations[:, bone] = multiply(turn, rotations[:, bone])
            positions[:, bone] = positions[:, foot] + rotate(turn, positions[:, bone] - positions[:, foot])
    return replace(found, clip=replace(clip, positions=positions, rotations=rotations))


def _contacts(found: Referenced, bone_map: BoneMap, resting: Resting) -> dict[str, FootContact]:
    """Return the contacts of feet that carry the body alone.

    Feet stand also where they creep: the legs of a robot of other proportions would slide such a foot several times as
    far, as the pelvis turns. One that is among the points that the body rests on stands before and after that.
    """
    slots = bone_map.indices_in(found.clip.skeleton.indices)
    creeping = contacts_in(found.clip, slots, _CREEPS)
    contacts = {side: contact.or_of(creeping[side]) for side, contact in found.contacts.items()}
    up = resting.active < _UP
    return {side: contact.or_of(contacts[side].where(up)) for side, contact in resting.of_feet(contacts).items()}


def _travelled(found: Referenced, source: Figure, puppet: Puppet, options: RetargetOptions) -> Travel:
    """Return the puppet that travels as the source, with what is seen of how that rests."""
    clip = levelled(found.clip, source, found.contacts)
    task = retarget_task(clip, source, puppet.figure, found.contacts, replace(options, contacts="BODY"))
    return travelled(task, rotated(task))


def _limbs(puppet: Puppet, bones: PosedBones, known: set[str]) -> dict[tuple[str, str], FloatArray]:
    index = puppet.skeleton.index
    limbs: dict[tuple[str, str], FloatArray] = {}
    for start, end in LIMBS:
        if start in known and end in known:
            limbs[start, end] = normalise(bones.heads[:, index(end)] - bones.heads[:, index(start)])
    return limbs


def _rotations(puppet: Puppet, bones: PosedBones, known: set[str], source: Figure) -> dict[str, FloatArray]:
    """Return the attitudes of the robot's bodies.

    The trunk leans halfway between the spine's whole line and the chest: one is what is seen from afar, the other
    carries the shoulders.
    """
    index = puppet.skeleton.index
    turned = {"hips": bones.rotations[:, index("hips")]}
    chest = bones.rotations[:, index("upper_chest")]
    line = normalise(bones.heads[:, index("neck")] - bones.heads[:, index("spine")])
    up = rotate(chest, UP)
    turned["spine"] = multiply(shortest_arc(up, normalise(up + line)), chest)
    for side in SIDES:
        if f"{side}_foot" in known:
            turned[f"{side}_foot"] = bones.rotations[:, index(f"{side}_foot")]
        wrist = puppet.places[f"{side}_hand"].body != puppet.places[f"{side}_lower_arm"].body
        if wrist and f"{side}_hand" in known and any(slot.startswith(f"{side}_index") for slot in source.slots):
            turned[f"{side}_hand"] = bones.rotations[:, index(f"{side}_hand")]
    if "head" in known and puppet.places["head"].body != puppet.places["spine"].body:
        turned["head"] = bones.rotations[:, index("head")]
    return {slot: multiply(rotation, puppet.places[slot].quat) for slot, rotation in turned.items()}


def _hands(puppet: Puppet, bones: PosedBones, clip: Clip, source: Figure) -> tuple[dict[str, FloatArray], FloatArray]:
    """Return the hands' paths (F, 3) as far from the shoulders as the source's in size, and how far they touch (F,)."""
    slots = sided(*ARM_JOINTS)
    if not source.has(*slots):
        return {}, np.zeros(len(clip.times))
    theirs = {slot: clip.positions[:, source.slots[slot]] for slot in slots}
    ours = {slot: bones.heads[:, puppet.skeleton.index(slot)] for slot in slots}
    size = _span(ours) / max(_span(theirs), 1e-9)
    shoulders = (ours["left_upper_arm"] + ours["right_upper_arm"]) / 2.0
    middle = (theirs["left_upper_arm"] + theirs["right_upper_arm"]) / 2.0
    hands: dict[str, FloatArray] = {}
    for side in SIDES:
        from_middle = size * rotate(source.to_body, theirs[f"{side}_hand"] - middle)
        # both figures face the same way in their body axes: -Y there, X here
        left, back, up = from_middle.T
        hands[side] = shoulders + np.stack([-back, left, up], axis=-1)
    apart = norm(hands["left"] - hands["right"])
    near, far = _TOUCHING
    return hands, np.clip((far - apart) / (far - near), 0.0, 1.0)


def _span(heads: Mapping[str, FloatArray]) -> float:
    """Return how long both arms and the line between the shoulders are together."""
    lines = [sided("upper_arm"), *(limb for limb in LIMBS if "arm" in limb[0])]
    return sum(float(np.median(norm(heads[start] - heads[end]))) for start, end in lines)
