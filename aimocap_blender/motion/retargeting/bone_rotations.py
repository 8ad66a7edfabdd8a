"""The first stage of retargeting: rotate every bone that has a counterpart in the source.

Rest poses are aligned bone by bone, so that directions agree for any rig. Directions go from joint to joint, never
along a bone's own axes: Unreal's bones don't point at their children. The last stage, `with_twist`, shares the
twist of hands, feet, upper arms and thighs out along the limbs' bones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from ..bones.humanoid import FINGERS, KNUCKLES, LIMB_JOINTS, PHALANGES, SIDES, Side, filled, sided, slots_of
from ..bones.twist_bones import TwistSegment, bone_at_end, twist_segments
from ..feet.body_pose import BodyPose
from ..figures.figure import Figure, Linkage, linkage_of, shared_slots
from ..rotations import (
    IDENTITY,
    BoolArray,
    FloatArray,
    angle_between,
    conjugate,
    cross,
    dot,
    frame,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
    slerp,
    step_lengths,
    to_rotation_vector,
    twist,
)
from .task import RetargetTask

_OWN_POSTURE = np.radians(2.0)  # allowed difference in lean from the source, since rest poses differ
_ROUNDS = 5  # a spine that bends only in its upper part needs several
_NEAR = np.radians(0.1)

_HINGE_UNSURE = np.radians(8.0)  # a joint bent less doesn't define its bending axis
_HINGE_SURE = np.radians(20.0)  # a joint bent more defines it wholly
_LEANING = np.radians(15.0)  # torsos that differ by more aren't both upright at rest: one is posed
_STEEP = np.radians(60.0)  # feet that point down more at rest don't stand on the ground
_FOREARM_SHARE = 0.5  # share of the hand's twist that the forearm takes: half, as skin does
_FAR_HIPS = 0.5  # of the leg's length: hips further from the legs are no start of the torso
_LEVEL = np.array([1.0, 1.0, 0.0])
_TURN = 2.0 * np.pi
_UNSURE = np.radians(160.0)  # a bone swung further from its rest has no certain twist
_FAST = np.radians(130.0)  # the same at shoulder and hip: beyond, twist is twice as fast as the bone goes round
_HALF = 0.5  # of the hand's twist: the least that a forearm without twist bones takes, as skin does
_APART = 0.01  # of the segment's length: a twist bone that hangs elsewhere has to travel


def rotated(task: RetargetTask) -> BodyPose:
    """Return the character's pose with its bones rotated and its hips still at the origin."""
    samples = len(task.clip.times)
    rotations = {**_shared_rotations(task), **_chain_rotations(task)}
    for bone in task.linkage.held:
        rotations[bone] = np.broadcast_to(task.target.rest[bone], (samples, 4))
    for side, joints in product(SIDES, LIMB_JOINTS):
        for start, end in segments(task.source, task.target, side, joints):
            bone = task.target.slots[start]
            rotations[bone] = _pointed(task, start, end, rotations[bone])
    for palm, hand in task.target.palms.items():
        if hand in rotations:
            rotations[palm] = task.target.as_carried(palm, hand, rotations[hand])
    top = _top_of(task.source, task.target)
    if top is not None:
        hips, above = task.source.slots["hips"], task.source.slots[top]
        heads = {hips: task.head(hips), above: task.head(above)}
        chord = _chord_of(task.source, heads, task.rotation(hips), above)
        _lean_far_hips(task.linkage, rotations, chord)
        _level_wide_hips(task.linkage, rotations)
        _straighten(task.linkage, rotations, task.target.slots[top], chord)
    return BodyPose(task.linkage, rotations, np.zeros((samples, 3)))


def _shared_rotations(task: RetargetTask) -> dict[int, FloatArray]:
    """Return the rotations (F, 4) of the bones that both figures have, by the target's bones."""
    source, target = task.source, task.target
    alignment = align(source, target)
    # of a bone that twists along its length what its end has
    bones = [bone_at_end(source.skeleton, source.slots, slot) for slot in task.shared]
    own_bones = filled(target.slots, task.shared)
    body_from_bones = multiply(source.to_body, task.clip.rotations[:, bones])
    # away from the source's rest, applied to the target's rest that is turned like that one
    aligned = multiply(np.stack(filled(alignment, task.shared)), target.rest[own_bones])
    rotations = multiply(body_from_bones, multiply(conjugate(source.rest[bones]), aligned))
    return {bone: rotations[:, column] for column, bone in enumerate(own_bones)}


def _chain_rotations(task: RetargetTask) -> dict[int, FloatArray]:
    """Return the rotations (F, 4) of spine and neck, by the target's bones."""
    source, target = task.source, task.target
    hips = task.rotation(source.slots["hips"])
    chest = task.rotation(source.spine[-1]) if source.spine else hips
    head = task.rotation(source.slots["head"]) if source.has("head") else None
    rotations = _bent(task, "spine", (source.spine, target.spine), (hips, None))
    if source.tells_neck:
        rotations |= _bent(task, "neck", (source.neck, target.neck), (chest, head))
    return rotations


def _bent(
    task: RetargetTask,
    name: str,
    chains: tuple[Sequence[int], Sequence[int]],
    ends: tuple[FloatArray, FloatArray | None],
) -> dict[int, FloatArray]:
    """Return the rotations (F, 4) of the target's chain, bent along its length as the source's.

    Args:
        task: the task.
        name: "spine" or "neck".
        chains: the source's bones from below, and the target's.
        ends: rotations (F, 4) of the source's bones below and, where known, above its chain.
    """
    source, target = task.source, task.target
    if not chains[1]:
        return {}
    upright = multiply(conjugate(source.stand), multiply(lean(source, target), target.stand))
    heads = (_chain_heads(source, chains[0], name), _chain_heads(target, chains[1], name))
    bends = spread(chains[0], chains[1], ends, {bone: task.rotation(bone) for bone in chains[0]}, heads)
    rotations: dict[int, FloatArray] = {}
    for bone, bend in zip(chains[1], bends, strict=True):
        rotations[bone] = multiply(bend, multiply(upright, target.rest[bone]))
    return rotations


def _chain_heads(figure: Figure, bones: Sequence[int], name: str) -> FloatArray:
    """Return the heads (N + 2, 3) at rest of the bone below a chain, of its bones, and of the bone above."""
    below = figure.slots["hips"] if name == "spine" or not figure.spine else figure.spine[-1]
    above = filled(figure.slots, ["head"] if name == "neck" else ["neck", "head", "left_upper_arm", "right_upper_arm"])
    chain = [below, *bones]
    # without a bone above, a chain ends where its last bone does
    tip = figure.heads[above[0]] if above else rotate(figure.to_body, figure.skeleton.world_tails[chain[-1]])
    return np.concatenate([figure.heads[chain], tip[None]])


def _pointed(task: RetargetTask, start: str, end: str, rotation: FloatArray) -> FloatArray:
    """Return a limb bone's rotation (F, 4) pointed exactly along the source's joints, even where it stretches."""
    source, target = task.source.slots, task.target.slots
    wanted = task.head(source[end]) - task.head(source[start])
    bone = target[start]
    along = rotate(conjugate(task.target.rest[bone]), task.target.heads[target[end]] - task.target.heads[bone])
    return multiply(shortest_arc(rotate(rotation, along), wanted), rotation)


def spread(
    source_chain: Sequence[int],
    target_chain: Sequence[int],
    ends: tuple[FloatArray, FloatArray | None],
    turned: Mapping[int, FloatArray],
    heads: tuple[FloatArray, FloatArray],
) -> list[FloatArray]:
    """Return the rotations away from rest (F, 4) of the target chain's bones, from those along the source's.

    Bones are matched by the position of their middles along the chain: with more bones the target bends less at each,
    with fewer the whole bend is kept. Chains of equal length are copied one to one.

    Args:
        source_chain: the source's bones from below.
        target_chain: the target's.
        ends: rotations of the bones below and, if known, above the chain.
        turned: rotations away from rest of the source's bones.
        heads: for source and target the heads (N + 2, 3) of the bone below, the chain, and the bone above.
    """
    if len(source_chain) == len(target_chain):
        return [turned[bone] for bone in source_chain]
    below, above = ends
    # the rotations along the source's chain, and where each is reached
    knots = [below, *(turned[bone] for bone in source_chain)]
    stations: FloatArray = np.concatenate([[0.0], _middles(heads[0])])
    wanted = _middles(heads[1])
    if above is not None:
        knots.append(above)
        stations = np.concatenate([stations, [1.0]])
    else:
        # the chain's last bone bends as far as the source's last one
        wanted /= wanted[-1]
        if source_chain:
            stations /= stations[-1]
    next_knots: list[int] = np.searchsorted(stations, wanted).tolist()
    found: list[FloatArray] = []
    for position, knot in zip(wanted, next_knots, strict=True):
        upper = min(knot, len(knots) - 1)
        lower = max(upper - 1, 0)
        span = stations[upper] - stations[lower]
        share = (position - stations[lower]) / span if span > 0.0 else 1.0
        found.append(slerp(knots[lower], knots[upper], share))
    return found


def _middles(heads: FloatArray) -> FloatArray:
    """Return where the middle of each bone lies along the chain, 0 at the first joint, 1 at the last."""
    joints = np.concatenate([[0.0], np.cumsum(step_lengths(heads))])
    if joints[-1] <= 0.0:
        return np.linspace(0.0, 1.0, len(heads))[1:-1]
    return np.asarray((joints[1:-1] + joints[2:]) / 2.0 / joints[-1], dtype=np.float64)


def _chord_of(figure: Figure, heads: Mapping[int, FloatArray], hips_turned: FloatArray, top: int) -> FloatArray:
    """Return (F, 3) from the torso's start to the head of `top`; `hips_turned` (F, 4) rotates the hips from rest."""
    return heads[top] - heads[figure.slots["hips"]] - rotate(hips_turned, _hips_point(figure))


def _hips_point(figure: Figure) -> FloatArray:
    """Return (3,) from the hips' head to where the torso begins, at rest; zero unless far from the legs."""
    legs = filled(figure.slots, sided("upper_leg"))
    to_torso = np.asarray(figure.heads[legs].mean(axis=0) - figure.head_of("hips")) if legs else np.zeros(3)
    # hips near the legs, as most are, count as the torso's start themselves
    return to_torso if float(norm(to_torso)) > _FAR_HIPS * figure.leg_length else np.zeros(3)


def _lean_far_hips(linkage: Linkage, rotations: dict[int, FloatArray], chord: FloatArray) -> None:
    """Lean hips that lie far from the torso's start along with it, so that the whole line is `chord` (F, 3).

    `rotations` is changed in place.
    """
    figure = linkage.figure
    hips = figure.slots["hips"]
    arm = _hips_point(figure)
    if not arm.any():
        return
    own = rotate(multiply(rotations[hips], conjugate(figure.rest[hips])), arm)
    rotations[hips] = multiply(shortest_arc(own, chord * np.sign(arm[2])), rotations[hips])


def _level_wide_hips(linkage: Linkage, rotations: dict[int, FloatArray]) -> None:
    """Keep the hip joints at one height where they lie further apart than a leg is long: a sway would lift a foot.

    `rotations` is changed in place.
    """
    figure = linkage.figure
    hips = figure.slots["hips"]
    legs = filled(figure.slots, sided("upper_leg"))
    across = figure.heads[legs[-1]] - figure.heads[legs[0]] if legs else np.zeros(3)
    if float(norm(across)) <= figure.leg_length:
        return
    own = rotate(multiply(rotations[hips], conjugate(figure.rest[hips])), across)
    rotations[hips] = multiply(shortest_arc(own, own * [1.0, 1.0, 0.0]), rotations[hips])


def _straighten(linkage: Linkage, rotations: dict[int, FloatArray], top: int, chord: FloatArray) -> None:
    """Lean the spine until the line from hips to the bone `top` is within 2° of `chord` (F, 3), the source's.

    Rest poses lean differently, and spines of unequal length bend differently; `rotations` is changed in place.
    """
    spine = [bone for bone in linkage.figure.spine if bone in rotations]
    if not spine:
        return
    for _ in range(_ROUNDS):
        own = _chord(linkage, rotations, top)
        excess = np.maximum(angle_between(own, chord) - _OWN_POSTURE, 0.0)
        if float(excess.max()) <= _NEAR:
            return
        whole = to_rotation_vector(shortest_arc(own, chord))
        angle = norm(whole)
        lean = from_rotation_vector(whole * (excess / np.maximum(angle, 1e-9))[:, None])
        for bone in spine:
            rotations[bone] = multiply(lean, rotations[bone])


def _chord(linkage: Linkage, rotations: Mapping[int, FloatArray], top: int) -> FloatArray:
    """Return (F, 3) from the torso's start to the head of `top`."""
    figure = linkage.figure
    hips = figure.slots["hips"]
    path = [bone for bone in reversed(figure.skeleton.ancestors(top)) if bone in rotations]
    path = path[path.index(hips) :] if hips in path else [hips]
    heads = {hips: np.zeros(3)}
    for on, bone in zip(path, [*path[1:], top], strict=True):
        heads[bone] = linkage.hang(bone, on, rotations, heads)
    return _chord_of(figure, heads, multiply(rotations[hips], conjugate(figure.rest[hips])), top)


def align(source: Figure, target: Figure) -> dict[str, FloatArray]:
    """Return slot to the rotation (4,) of the target's bone, in body axes, from its rest to the source's.

    The result has the slots that both fill. Hips, head and shoulders keep their own rest rotation if both rest poses
    are upright; arms and legs take the source's directions, hands its palm; feet rotate about the vertical only, so
    that they stay flat on the ground as at rest.
    """
    upright = lean(source, target)
    rotations = dict.fromkeys(shared_slots(source, target, target.slots), upright)
    for side in SIDES:
        for joints in LIMB_JOINTS:
            _align_limb(source.standing, target.standing, side, joints, rotations)
        _align_hand(source.standing, target.standing, side, rotations)
        _align_foot(source.standing, target.standing, side, rotations)
    # found between standing figures: from the target's rest to standing, aligned, and back to the source's rest
    turns = np.stack(list(rotations.values()))
    turns = multiply(conjugate(source.stand), multiply(turns, target.stand))
    return dict(zip(rotations, turns, strict=True))


def lean(source: Figure, target: Figure) -> FloatArray:
    """Return the rotation (4,) from the standing target's torso, neck and head to the source's: none if upright."""
    source, target = source.standing, target.standing
    top = _top_of(source, target)
    if top is None:
        return IDENTITY
    # from where the torso begins, whatever the hips' bone is
    own = target.head_of(top) - target.head_of("hips") - _hips_point(target)
    wanted = source.head_of(top) - source.head_of("hips") - _hips_point(source)
    return shortest_arc(own, wanted) if angle_between(own, wanted) > _LEANING else IDENTITY


def segments(source: Figure, target: Figure, side: Side, joints: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return consecutive pairs of slots that both figures have: a limb's directions."""
    return list(pairwise(shared_slots(source, target, slots_of(side, joints))))


def _top_of(source: Figure, target: Figure) -> str | None:
    """Return the slot at the torso's upper end that both figures have, or None."""
    for slot in ("neck", "head"):
        if source.has(slot) and target.has(slot):
            return slot
    return None


def _direction(figure: Figure, start: str, end: str) -> FloatArray:
    """Return (3,) the unit vector from one slot's joint to another's at rest."""
    return normalise(figure.head_of(end) - figure.head_of(start))


def _align_limb(
    source: Figure, target: Figure, side: Side, joints: tuple[str, ...], rotations: dict[str, FloatArray]
) -> None:
    """Carry each bone along with the one above, then rotate it the short way, as a joint would move it."""
    carried = IDENTITY
    pairs = segments(source, target, side, joints)
    twisted = _hinge_twist(source, target, pairs)
    for start, end in pairs:
        wanted, own = _direction(source, start, end), _direction(target, start, end)
        carried = multiply(shortest_arc(rotate(carried, own), wanted), carried)
        # the upper bone alone can turn the hinge about the limb
        if twisted is not None and start == pairs[0][0]:
            carried = multiply(twisted(carried, wanted), carried)
        rotations[start] = carried
    if pairs:
        rotations[pairs[-1][1]] = carried


class _HingeTwist:
    """Twists the upper bone until elbow or knee bend in the source's plane, as far as that is known."""

    def __init__(self, wanted: FloatArray, own: FloatArray, weight: float) -> None:
        """Take the source's hinge and the target's own (3,), and from 0 to 1 how sure both are."""
        self.wanted, self.own, self.weight = wanted, own, weight

    def __call__(self, carried: FloatArray, axis: FloatArray) -> FloatArray:
        """Return the rotation (4,) about the upper bone's direction, once it is `carried` there."""
        own = rotate(carried, self.own)
        angle = np.arctan2(dot(cross(own, self.wanted), axis), dot(own, self.wanted))
        return from_rotation_vector(axis * angle * self.weight)


def _hinge_twist(source: Figure, target: Figure, pairs: list[tuple[str, str]]) -> _HingeTwist | None:
    """Return the twist of a limb of two bones; None where one of the figures is too straight to show its hinge."""
    if len(pairs) != 2:  # noqa: PLR2004 -- an upper and a lower bone
        return None
    hinges: list[FloatArray] = []
    bends: list[float] = []
    for figure in (source, target):
        upper, lower = _direction(figure, *pairs[0]), _direction(figure, *pairs[1])
        bends.append(float(angle_between(upper, lower)))
        hinges.append(normalise(cross(upper, lower)))
    sure = float(np.clip((min(bends) - _HINGE_UNSURE) / (_HINGE_SURE - _HINGE_UNSURE), 0.0, 1.0))
    return _HingeTwist(hinges[0], hinges[1], sure) if sure > 0.0 else None


def _align_hand(source: Figure, target: Figure, side: Side, rotations: dict[str, FloatArray]) -> None:
    """Bring the palms together where both are known, else the directions to a finger; then the fingers."""
    hand = f"{side}_hand"
    if hand not in rotations:
        return
    lower = f"{side}_lower_arm"
    carried = rotations[hand]
    body_from_wanted, body_from_own = _palm(source, side, target), _palm(target, side, source)
    if body_from_wanted is not None and body_from_own is not None:
        rotations[hand] = multiply(body_from_wanted, conjugate(body_from_own))
        if lower in rotations:
            # a palm that is turned about the forearm turns the forearm, too
            axis = _direction(source, lower, hand)
            over = twist(multiply(rotations[hand], conjugate(carried)), axis)
            rotations[lower] = multiply(from_rotation_vector(to_rotation_vector(over) * _FOREARM_SHARE), carried)
    elif knuckles := _shared_knuckles(source, target, side):
        own, wanted = _direction(target, hand, knuckles[0]), _direction(source, hand, knuckles[0])
        rotations[hand] = multiply(shortest_arc(rotate(carried, own), wanted), carried)
    for finger in FINGERS:
        _align_finger(source, target, f"{side}_{finger}", rotations[hand], rotations)


def _shared_knuckles(source: Figure, target: Figure, side: Side) -> list[str]:
    """Return the slots of the fingers' first bones that both figures have, without the thumb's."""
    return shared_slots(source, target, slots_of(side, KNUCKLES))


def _palm(figure: Figure, side: Side, other: Figure) -> FloatArray | None:
    """Return the hand's frame (4,): along its outer knuckles' middle, perpendicular to their plane; None if unknown.

    With a single finger besides the thumb, that finger and the thumb define the plane.
    """
    hand, thumb = f"{side}_hand", f"{side}_thumb_proximal"
    knuckles = _shared_knuckles(figure, other, side)
    if len(knuckles) == 1 and figure.has(thumb) and other.has(thumb):
        finger, aside = _direction(figure, hand, knuckles[0]), _direction(figure, hand, thumb)
        return frame(finger, aside) if angle_between(finger, aside) > _HINGE_UNSURE else None
    if len(knuckles) <= 1:
        return None
    first, last = _direction(figure, hand, knuckles[0]), _direction(figure, hand, knuckles[-1])
    if angle_between(first, last) < _HINGE_UNSURE:
        return None
    return frame(first + last, last)


def _align_finger(
    source: Figure, target: Figure, finger: str, carried: FloatArray, rotations: dict[str, FloatArray]
) -> None:
    """Carry each bone along with the one before, then rotate it the short way to the source's direction."""
    joints = [slot for slot in slots_of(finger, PHALANGES) if slot in rotations]
    for start, end in pairwise(joints):
        own, wanted = _direction(target, start, end), _direction(source, start, end)
        carried = multiply(shortest_arc(rotate(carried, own), wanted), carried)
        rotations[start] = carried
    if joints:
        rotations[joints[-1]] = carried


def _align_foot(source: Figure, target: Figure, side: Side, rotations: dict[str, FloatArray]) -> None:
    """Rotate a foot about the vertical only; one that hangs down at rest, in any direction."""
    foot, toes = f"{side}_foot", f"{side}_toes"
    if foot not in rotations:
        return
    rotations[foot] = IDENTITY
    if toes not in rotations:
        return
    own, wanted = _direction(target, foot, toes), _direction(source, foot, toes)
    steeper = np.arcsin(np.clip(max(-own[2], -wanted[2]), -1.0, 1.0))
    # on the ground only which way it points counts
    if steeper <= _STEEP:
        own, wanted = own * _LEVEL, wanted * _LEVEL
    rotations[foot] = rotations[toes] = shortest_arc(own, wanted)


def with_twist(pose: BodyPose) -> tuple[BodyPose, dict[int, FloatArray]]:
    """Return the pose with twist shared out, and the travel of twist bones that don't hang from their limb.

    Directions of limbs and rotations of hands and feet stay the same. Twist is measured from the rest pose, and is
    continuous over half a turn.

    Args:
        pose: the character's pose; its upper arms and thighs have all the twist that elbows and knees need.

    Returns:
        The pose, with the twist bones in its linkage, and bone to (F, 3) location channel in armature units.
    """
    figure = pose.linkage.figure
    segments: list[TwistSegment] = []
    keyed, rotations = set(pose.linkage.keyed), dict(pose.rotations)
    for segment in twist_segments(figure.skeleton, figure.slots):
        if segment.start in pose.rotations and segment.end in pose.rotations:
            segments.append(segment)
            keyed.update(segment.bones)
            rotations |= _shared_out(pose, segment)
    linkage = linkage_of(figure, keyed)
    for bone in linkage.held - rotations.keys():
        rotations[bone] = np.broadcast_to(figure.rest[bone], (len(pose.hips), 4))
    twisted = BodyPose(linkage, rotations, pose.hips)
    # only now is it known where the bones are that they hang from
    travel: dict[int, FloatArray] = {}
    for segment in segments:
        travel |= dict(_travel(twisted, segment))
    return twisted, travel


@dataclass(frozen=True, eq=False)
class _Twist:
    """The twist of a segment over time.

    Attributes:
        swung: (F, 4) rotation from rest without any twist, body axes.
        axis: (F, 3) the segment's direction.
        end: (F,) radians from `swung` to the bone at its end, or to the bone itself where that has all the twist.
        own: (F,) radians to the segment's own bone.
    """

    swung: FloatArray
    axis: FloatArray
    end: FloatArray
    own: FloatArray

    def by(self, angle: FloatArray) -> FloatArray:
        """Return the rotation (F, 4) from rest of a bone that is twisted by the angles (F,)."""
        return multiply(from_rotation_vector(self.axis * angle[:, None]), self.swung)


def _shared_out(pose: BodyPose, segment: TwistSegment) -> dict[int, FloatArray]:
    """Return the rotations (F, 4) of a segment's bones."""
    figure = pose.linkage.figure
    alone = not segment.bones
    is_forearm = segment.start in (figure.slots.get("left_lower_arm"), figure.slots.get("right_lower_arm"))
    # the rig of a control bone shares its twist out
    if alone and not (is_forearm and figure.skeleton.option(segment.start).deform):
        return {}
    twist = _twist(pose, segment)
    shares = segment.shares()
    turned: dict[int, FloatArray] = {}
    whole = multiply(pose.rotations[segment.start], conjugate(figure.rest[segment.start]))
    # back from the bone, which is smooth where its twist isn't certain
    if segment.near == "body":
        for bone, share in shares.items():
            back = from_rotation_vector(twist.axis * ((share - 1.0) * twist.end)[:, None])
            turned[bone] = multiply(back, whole)
    else:
        own = twist.own
        # without twist bones a forearm has from half of the hand's twist to all of it
        if is_forearm:
            low, high = np.minimum(twist.end * _HALF, twist.end), np.maximum(twist.end * _HALF, twist.end)
            own = np.clip(own, low, high) if alone else twist.end * shares[segment.start]
            turned[segment.start] = twist.by(own)
        for bone in segment.bones:
            turned[bone] = twist.by(own + shares[bone] * (twist.end - own))
    for bone in (segment.start, *segment.bones):
        turned.setdefault(bone, whole)
    _point_chain(pose, segment, turned)
    return {bone: multiply(turn, figure.rest[bone]) for bone, turn in turned.items()}


def _twist(pose: BodyPose, segment: TwistSegment) -> _Twist:
    figure, rest = pose.linkage.figure, pose.linkage.figure.rest

    def turned(bone: int) -> FloatArray:
        return multiply(pose.rotations[bone], conjugate(rest[bone]))

    along = figure.heads[segment.end] - figure.heads[segment.start]
    own = turned(segment.start)
    axis = normalise(rotate(own, along))
    # without twist, a bone goes the shortest way from where the one above would carry it
    above = turned(_above(pose, segment))
    carried = rotate(above, along)
    swung = multiply(shortest_arc(carried, axis), above)
    # the further it swings, the less its twist can be told from a way round
    swing = angle_between(carried, axis)
    swings = np.asarray(swing < _UNSURE)
    own_angle, own_sure = _angle(multiply(own, conjugate(swung)), axis)
    if segment.near == "body":
        angle = _unwrapped(own_angle, own_sure & np.asarray(swing < _FAST), 0.0)
        return _Twist(swung, axis, angle, angle)
    end_angle, end_sure = _angle(multiply(turned(segment.end), conjugate(swung)), axis)
    end = _unwrapped(end_angle, end_sure & swings, 0.0)
    return _Twist(swung, axis, end, _unwrapped(own_angle, own_sure & swings, end * _HALF))


def _above(pose: BodyPose, segment: TwistSegment) -> int:
    """Return the rotated bone that a segment's twist is measured from: by its slot, as parents may be missing."""
    figure = pose.linkage.figure
    slots, hips = figure.slots, figure.slots["hips"]
    chest = figure.spine[-1] if figure.spine else hips
    above = hips
    for side in SIDES:
        if segment.start == slots.get(f"{side}_upper_arm"):
            above = slots.get(f"{side}_shoulder", chest)
        elif segment.start == slots.get(f"{side}_lower_arm"):
            above = slots.get(f"{side}_upper_arm", chest)
        elif segment.start == slots.get(f"{side}_lower_leg"):
            above = slots.get(f"{side}_upper_leg", hips)
    # one that doesn't rotate leaves it to the trunk
    if above not in pose.rotations:
        above = chest if chest in pose.rotations else hips
    return above


def _angle(rotation: FloatArray, axis: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return the rotation's angle (F,) about the axis, radians, and whether (F,) it is certain."""
    # a rotation is a twist about the axis and then a swing across it; w and the part along the axis are the twist's
    along = dot(rotation[..., 1:], axis)
    sure = np.hypot(rotation[..., 0], along) > np.cos(_UNSURE / 2.0)
    return np.asarray(2.0 * np.arctan2(along, rotation[..., 0])), np.asarray(sure)


def _unwrapped(angle: FloatArray, sure: BoolArray, near: FloatArray | float) -> FloatArray:
    """Return the angles (F,) without jumps of a whole turn, most of them within half a turn of `near`.

    Uncertain angles are interpolated.
    """
    known = np.flatnonzero(sure)
    if not len(known):
        return np.asarray((angle - near + np.pi) % _TURN - np.pi + near)
    smooth = np.interp(np.arange(len(angle)), known, np.unwrap(angle[known], period=_TURN))
    # as a whole by so many turns as bring the middle one nearest
    return np.asarray(smooth - _TURN * np.round(np.median(smooth - near) / _TURN))


def _point_chain(pose: BodyPose, segment: TwistSegment, turned: dict[int, FloatArray]) -> None:
    """Point each bone of a chain at the segment's end, as twist about another axis would carry that away."""
    if not segment.chain:
        return
    heads = pose.linkage.figure.heads
    own = multiply(pose.rotations[segment.start], conjugate(pose.linkage.figure.rest[segment.start]))
    end = rotate(own, heads[segment.end] - heads[segment.start])
    links = [segment.start, *segment.chain]
    head = np.zeros_like(end)
    for on, bone in pairwise(links):
        head = head + rotate(turned[on], heads[bone] - heads[on])
        wanted = rotate(turned[bone], heads[segment.end] - heads[bone])
        turned[bone] = multiply(shortest_arc(wanted, end - head), turned[bone])


def _travel(pose: BodyPose, segment: TwistSegment) -> Iterator[tuple[int, FloatArray]]:
    """Yield the location channels (F, 3), armature units, of twist bones that hang from another limb's bone."""
    linkage = pose.linkage
    figure, skeleton = linkage.figure, linkage.figure.skeleton
    family = {segment.start, *segment.bones}
    length = float(norm(figure.heads[segment.end] - figure.heads[segment.start]))
    for bone in segment.bones:
        on = skeleton.nearest_above(bone, pose.rotations)
        if family.intersection(skeleton.ancestors(bone)) or skeleton.option(bone).connected or on < 0:
            continue
        place = linkage.hang(bone, segment.start, pose.rotations, _heads(pose, segment.start))
        shift = place - linkage.hang(bone, on, pose.rotations, _heads(pose, on))
        if float(norm(shift).max()) > _APART * length:
            yield bone, linkage.location(bone, shift, pose.rotations)


def _heads(pose: BodyPose, bone: int) -> Mapping[int, FloatArray]:
    """Return the heads (F, 3) of a rotated bone and of those that it hangs on."""
    hips = pose.linkage.figure.slots["hips"]
    return {hips: pose.hips} if bone == hips else pose.heads((bone,))
