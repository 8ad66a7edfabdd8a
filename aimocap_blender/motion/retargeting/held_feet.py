"""The third stage of retargeting: hold planted feet still, at strides as long as the figure travels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..feet.body_pose import BodyPose
from ..feet.contact_edits import ContactEdits, with_edited_contacts
from ..feet.foot_contacts import FootContact
from ..feet.foot_lock import lock_feet, points_of
from ..feet.ground import Grounded, RayCast, on_ground
from ..feet.leg_solution import Leg, PosedLeg, solve, with_knee_forward
from ..feet.stances import Stances
from ..rotations import FloatArray, step_lengths
from ..smoothing import covered, rate_of
from .travel import Travel

_LEVEL = np.array([1.0, 1.0, 0.0])
# Set on cmu_91_48.fbx, boxing_toes.bvh and the circle walk of tests/media/metahuman_fbx.py: test_retarget_scale.py.
_SWING = 0.5  # seconds in which a leg swings from one stance to the next
_COVER = 0.2  # seconds in which the hips come down and up again
_DEEPEST = 0.25  # of a leg's length: how far the hips come down for long strides
_HALVINGS = 12  # to 1 / 4096 of the share asked for


@dataclass(frozen=True, eq=False)
class HeldFeet:
    """A character whose planted feet are held, as far as the user wants it.

    Attributes:
        pose: its pose.
        slide_before: median speed of planted feet over the ground before, cm/s.
        slide_after: the same with feet held.
        leg_change_degrees: greatest rotation of a leg's bone that it took.
        grounded: how they were put onto the scene's ground; None if they weren't.
        free: the pose that was held; None if feet aren't.
        contacts: side to the contacts in which its foot is held, or creeps as the source's.
    """

    pose: BodyPose
    slide_before: float = 0.0
    slide_after: float = 0.0
    leg_change_degrees: float = 0.0
    grounded: Grounded | None = None
    free: BodyPose | None = None
    contacts: Mapping[str, FootContact] = field(default_factory=dict[str, FootContact])


def held(travel: Travel, cast: RayCast | None = None, *, evenly: bool = True) -> HeldFeet:
    """Return the travelling character with its feet held, unless it stays in place, where the ground slides.

    Args:
        travel: the character.
        cast: looks for the ground below planted feet; None for the heights of the motion.
        evenly: see `lock_feet`.
    """
    options, times = travel.task.options, travel.task.clip.times
    if options.root_motion != "FULL" or not travel.legs:
        return HeldFeet(travel.pose)
    before = _slide(travel.pose, travel.legs, times)
    if options.contacts == "OFF":
        return HeldFeet(travel.pose, before, before)
    pose, unlocked, grounded = _locked(travel, cast, evenly=evenly)
    change = max(pose.leg(leg).degrees_from(travel.pose.leg(leg)) for leg in travel.legs)
    contacts = {side: leg.slow for side, leg in travel.legs_by_side.items()}
    return HeldFeet(pose, before, _slide(pose, travel.legs, times), change, grounded, unlocked, contacts)


def with_edits(travel: Travel, feet: HeldFeet, edits: ContactEdits) -> HeldFeet:
    """Return the character with its feet held in contacts that a user edited.

    Args:
        travel: the character.
        feet: held in the contacts found.
        edits: of these.
    """
    if feet.free is None:
        return feet
    legs = feet.grounded.legs if feet.grounded is not None else travel.legs
    times, strength = travel.task.clip.times, travel.task.options.lock_strength
    by_side = dict(zip(travel.legs_by_side, legs, strict=True))
    return replace(
        feet,
        pose=with_edited_contacts(feet.pose, feet.free, by_side, edits, times, strength),
        contacts={side: edits.of(side, leg.stands, times) for side, leg in by_side.items()},
    )


def _locked(travel: Travel, cast: RayCast | None, *, evenly: bool) -> tuple[BodyPose, BodyPose, Grounded | None]:
    """Return the pose with the foot lock, with strides that suit the user's scale, and on the ground if it is known.

    Also return the pose before the lock.
    """
    options, times = travel.task.options, travel.task.clip.times
    stands = any(leg.stands.any.any() for leg in travel.legs)
    pose: BodyPose = travel.pose
    if stands and options.lock_strength > 0.0:
        pose = _with_knees_forward(pose, travel.legs, options.lock_strength)
    slid: FloatArray | float = 0.0
    if options.scale != 1.0:
        centre = travel.task.source_centre
        further = (centre - centre[0]) * (options.scale - 1.0) * travel.scale * _LEVEL
        pose, slid = _lengthen(pose, travel.legs, times, further, options.lock_strength)
    free = pose
    pose = lock_feet(pose, travel.legs, times, options.lock_strength, evenly=evenly, sight=travel.task.sight)
    grounded = None
    # the ground is looked for where feet are held, which the lock has decided
    if cast is not None and stands:
        grounded = on_ground(pose, travel.legs, times, cast, slid)
        pose = lock_feet(grounded.pose, grounded.legs, times, options.lock_strength, evenly=evenly)
    return replace(pose, hips=slid + pose.hips), free, grounded


def _with_knees_forward(pose: BodyPose, legs: Sequence[Leg], strength: float) -> BodyPose:
    rotations = dict(pose.rotations)
    for leg in legs:
        rotations |= with_knee_forward(pose.rotations, leg, pose.leg(leg), strength)
    return replace(pose, rotations=rotations)


def _slide(pose: BodyPose, legs: Sequence[Leg], times: FloatArray) -> float:
    """Return the median speed of ankles and balls while they rest in the source, cm/s."""
    speeds: list[FloatArray] = []
    for leg in legs:
        for path, rests in zip(points_of(pose, leg), (leg.contact.ankle, leg.contact.ball), strict=True):
            speed = step_lengths(path) / np.diff(times)
            speeds.append(speed[rests[1:] & rests[:-1]])
    every = np.concatenate(speeds)
    return float(np.median(every)) * 100.0 if len(every) else 0.0


def _lengthen(
    pose: BodyPose, legs: Sequence[Leg], times: FloatArray, further: FloatArray, strength: float
) -> tuple[BodyPose, FloatArray]:
    """Swing the legs so that the hips pass over the middle of each stance.

    The hips come down for long strides. The figure slides by the part of `further` that legs can't make up for.

    Args:
        pose: the pose, its hips' path including `further`.
        legs: the legs, with their foot contacts.
        times: (F,) seconds.
        further: (F, 3) how much further the hips travel over the ground than feet without a slide would carry them.
        strength: 0 to 1, the share of it that legs should make up for.

    Returns:
        The pose without the slide, and the slide (F, 3).
    """
    rate = rate_of(times)
    posed = list(map(pose.leg, legs))
    # ankles stand while the hips travel further, each where its stance's middle comes to be
    asked = [Stances(leg.slow.any, _SWING * rate).standing(further) - further for leg in legs]
    share = _reachable(posed, asked, strength)
    drop = covered(_drop(posed, asked, share), int(_COVER * rate))
    rotations = dict(pose.rotations)
    for leg, limb, shift in zip(legs, posed, asked, strict=True):
        rotations |= solve(rotations, leg, limb, share * shift + drop[:, None] * np.array([0.0, 0.0, 1.0]))
    # without what legs can't make up for, feet stand; whoever asks moves the figure by it
    slid = (1.0 - share) * further
    lowered = pose.hips - slid
    lowered[:, 2] -= drop
    return BodyPose(pose.linkage, rotations, lowered), slid


def _drop(posed: Sequence[PosedLeg], asked: Sequence[FloatArray], share: float) -> FloatArray:
    """Return how far (F,) the hips have to come down for a share of the moves asked of the legs."""
    drops = [limb.out_of_reach(share * shift) for limb, shift in zip(posed, asked, strict=True)]
    return np.max(drops, axis=0)


def _reachable(posed: Sequence[PosedLeg], asked: Sequence[FloatArray], most: float) -> float:
    """Return the greatest share, up to `most`, that legs can do without the hips coming down too far."""
    deepest = _DEEPEST * float(np.mean([limb.bones.mean() for limb in posed]))
    low, high = 0.0, most
    if float(_drop(posed, asked, high).max()) <= deepest:
        return high
    # the longer the strides, the lower the hips: halving finds where they are as low as they may be
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if float(_drop(posed, asked, middle).max()) <= deepest:
            low = middle
        else:
            high = middle
    return low
