"""The pose of a motion that corresponds to a character's rest pose, where the motion's own rest pose doesn't.

Captures in which all bones lie along one axis at rest, and files of games that have a pose as rest, say nothing of how
a body stands: a frame of the motion does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..bones.humanoid import BoneMap
from ..feet.foot_contacts import FootContact, contacts_in
from ..figures.figure import Figure, figure_of, leg_length
from ..figures.posture import feet_alike, leftward, stands, torso_of, unlikeness
from ..rotations import FloatArray, angle_between, conjugate, cross, from_rotation_vector, multiply, rotate
from ..skeleton import Clip, Skeleton
from .level_feet import soles_of, with_level_feet, with_soles

_UPRIGHT = np.radians(15.0)  # a reference frame's torso leans little: weighed as the angles of `posture`
_MODELLED = np.radians(25.0)  # feet of splayed legs tilt as much at rest; on tiptoe they would more
_UP = np.array([0.0, 0.0, 1.0])
_MEAN = 0.5  # least length of the mean direction of torsos by which a motion tells what is up


@dataclass(frozen=True, eq=False)
class Referenced:
    """A motion with a rest pose to retarget from.

    Attributes:
        clip: the motion; its skeleton's rest pose is a standing body.
        measured: whether heights at rest tell where the ground is.
        contacts: side to the contacts of its foot; absent without one.
    """

    clip: Clip
    measured: bool
    contacts: Mapping[str, FootContact]


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
        lie: see `with_level_feet`.
    """
    skeleton = clip.skeleton
    slots = bone_map.indices_in(skeleton.indices)
    if "hips" not in slots or reference == "REST":
        return Referenced(clip, measured=True, contacts=contacts_in(clip, slots, leg_length(skeleton.heads, slots)))
    up = _up_of(clip, slots)
    found = _found(clip, slots, up, lie=lie)
    if reference == "AUTO":
        return found
    # the chosen frame says how the body stands, but a foot may be in the air in it
    own_up = _nearest_axis(torso_of(found.clip.skeleton.heads, slots))
    soles = soles_of(found.clip.skeleton, slots, own_up)
    posed = _posed_at_rest(clip, reference)
    posed = replace(posed, skeleton=with_soles(posed.skeleton, soles, up))
    return Referenced(posed, measured=False, contacts=found.contacts)


def _found(clip: Clip, slots: dict[str, int], up: FloatArray, *, lie: bool) -> Referenced:
    """Return the motion with its own rest pose if that is a standing body, else with its most upright sample."""
    skeleton = clip.skeleton
    contacts = contacts_in(clip, slots, leg_length(skeleton.heads, slots))
    if not stands(skeleton, slots):
        clip = _facing_as_at_first(_posed_at_rest(clip, _best_frame(clip, slots, up)), slots, up)
        return Referenced(with_level_feet(clip, slots, contacts, up, np.pi, lie=lie), measured=False, contacts=contacts)
    alike = feet_alike(skeleton, slots)
    if _nearest_axis(torso_of(skeleton.heads, slots)) @ up > 0.0:
        clip = with_level_feet(clip, slots, contacts, up, _MODELLED if alike else np.pi, lie=lie)
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
    figure = figure_of(with_soles(posed, soles, rotate(conjugate(figure.to_body), _UP)), bone_map, "object")
    slots = {bone: slot for slot, bone in own.slots.items()}
    return replace(figure, standing_at={bone: own.standing_height(slots[bone]) for bone in soles})


def _nearest_axis(direction: FloatArray) -> FloatArray:
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    return axes[int(np.argmax(axes @ direction))]


def _up_of(clip: Clip, slots: dict[str, int]) -> FloatArray:
    """Return (3,) the axis of the world along which torsos stand in the mean; Z where they lie about."""
    mean = torso_of(clip.positions, slots).mean(axis=0)
    return _nearest_axis(mean) if np.linalg.norm(mean) > _MEAN else np.array([0.0, 0.0, 1.0])


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
