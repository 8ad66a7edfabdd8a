"""The fourth stage of retargeting: a body that rests on more than its feet rests on the same points of the character.

All contacts are solved at once, over the whole motion: the hips and the torso follow smoothly what they ask for
together, then arms and legs bend by what is left.
"""

from dataclasses import replace

import numpy as np

from ..body.resting import LEAD_SEC, Resting
from ..bones.humanoid import SIDES
from ..feet.body_pose import BodyPose
from ..feet.foot_lock import kept_in_sight
from ..figures.linkage import linkage_of
from ..rotations import conjugate, multiply
from ..smoothing import covered, in_samples, smooth_step
from .body_contacts import Contact, contacts_of, limbs_of
from .body_limbs import with_limbs_moved
from .body_torso import together, with_torso_moved
from .held_feet import HeldFeet
from .travel import Travel

_ROUNDS = 8
_SETTLED = 0.006, np.radians(0.1)  # of a leg, that hips move in a round, and radians that they turn: more gain nothing
_LITTLE = 1e-6


def with_body_held(travel: Travel, resting: Resting, feet: HeldFeet) -> BodyPose:
    """Return the character resting on the points that the source rests on, and above the ground.

    Args:
        travel: the character as it travels.
        resting: where the source's body rests.
        feet: the character with its standing feet held.
    """
    limbs = limbs_of(feet.pose)
    contacts: list[Contact] = contacts_of(travel, resting, feet, limbs)
    tips = [contact for contact in contacts if contact.point.point.part == "toe_tip"]
    if any(contact.sinks(feet.pose).any() for contact in tips):
        travel, feet = _with_own_toes(travel, feet)
        contacts = contacts_of(travel, resting, feet, limbs)
    pose = feet.pose
    if not resting.active.any() and not any(contact.sinks(pose).any() for contact in contacts):
        return pose
    times, strength = travel.task.clip.times, travel.task.options.lock_strength
    asked = np.any([contact.asks(pose) for contact in contacts], axis=0)
    within = smooth_step(covered(asked.astype(np.float64), round(in_samples(times, LEAD_SEC) / 2.0)))
    stands = any(contact.any.any() for contact in feet.contacts.values())
    start, whole = pose, np.zeros((len(times), 9))
    # legs alone lift feet out of the ground where a camera sees the hips; what else rests, hips are needed for
    on_feet = all(contact.is_foot or not contact.asks(pose).any() for contact in contacts)
    seen = travel.task.sight if on_feet else None
    # the camera is shifted only by what is asked for all the time, and alike in all samples
    always = within.min() / np.maximum(within, _LITTLE)
    least = np.array([_SETTLED[0] * travel.task.target.leg_length] * 3 + [_SETTLED[1]] * 6)
    for _ in range(_ROUNDS):
        before = whole
        whole = together(pose, whole, contacts, limbs, times, stands=stands)
        whole[:, :3] = kept_in_sight(whole[:, :3], seen, always)
        pose = with_torso_moved(start, whole * within[:, None])
        contacts = [contact.as_turned(pose) for contact in contacts]
        if (np.abs(whole - before) < least).all():
            break
    return with_limbs_moved(pose, contacts, limbs, times).mixed(start, strength)


def _with_own_toes(travel: Travel, feet: HeldFeet) -> tuple[Travel, HeldFeet]:
    """Return a character whose toes bend by themselves also where the source has none, as on tiptoe."""
    figure, pose = travel.task.target, feet.pose
    rotations, found = dict(pose.rotations), set[int]()
    for side in SIDES:
        foot, toes = figure.slots.get(f"{side}_foot"), figure.slots.get(f"{side}_toes")
        if foot not in rotations or toes is None or toes in rotations or foot not in figure.skeleton.ancestors(toes):
            continue
        # at first they are as the foot carries them
        away_from_rest = multiply(rotations[foot], conjugate(figure.rest[foot]))
        rotations[toes] = multiply(away_from_rest, figure.rest[toes])
        found.add(toes)
    linkage = linkage_of(figure, {*pose.linkage.keyed, *found})
    for bone in linkage.held - rotations.keys():
        rotations[bone] = np.broadcast_to(figure.rest[bone], (len(pose.hips), 4))
    task = replace(travel.task, linkage=linkage)
    return replace(travel, task=task), replace(feet, pose=BodyPose(linkage, rotations, pose.hips))
