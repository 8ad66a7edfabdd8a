"""The pose of a motion that corresponds to a character's rest pose, where the motion's own rest pose doesn't.

Captures in which all bones lie along one axis at rest, and files of games that have a pose as rest, say nothing of how
a body stands: a frame of the motion does.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..bones.humanoid import SIDES, BoneMap
from ..feet.foot_contacts import contact_in
from ..figures.posture import feet_alike, leftward, stands, torso_of, unlikeness
from ..rotations import (
    BoolArray,
    FloatArray,
    angle_between,
    conjugate,
    cross,
    from_rotation_vector,
    multiply,
    rotate,
    shortest_arc,
)
from ..skeleton import Clip, Skeleton

_UPRIGHT = np.radians(15.0)  # a reference frame's torso leans little: weighed as the angles of `posture`
_LEG_SHARE = 0.5  # of a body's height
_LOWEST = 10.0  # percent of a foot's samples
_RAISED = 0.03  # of a leg: an ankle that is higher is of a raised heel
_MODELLED = np.radians(25.0)  # feet of splayed legs tilt as much at rest; on tiptoe they would more
_MEAN = 0.5  # least length of the mean direction of torsos by which a motion tells what is up


@dataclass(frozen=True, eq=False)
class Referenced:
    """A motion with a rest pose to retarget from.

    Attributes:
        clip: the motion; its skeleton's rest pose is a standing body.
        measured: whether heights at rest tell where the ground is.
    """

    clip: Clip
    measured: bool


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


def referenced(clip: Clip, bone_map: BoneMap, reference: Literal["AUTO", "REST"] | int) -> Referenced:
    """Return the motion with the rest pose to retarget from.

    Args:
        clip: the motion.
        bone_map: its humanoid bones.
        reference: see `References.motion`.
    """
    skeleton = clip.skeleton
    slots = {slot: skeleton.index(bone) for slot, bone in bone_map.bones().items() if bone in skeleton.indices}
    if "hips" not in slots or reference == "REST":
        return Referenced(clip, measured=True)
    if reference != "AUTO":
        return Referenced(_posed_at_rest(clip, reference), measured=False)
    up = _up_of(clip, slots)
    if not stands(skeleton, slots):
        clip = _facing_as_at_first(_posed_at_rest(clip, _best_frame(clip, slots, up)), slots, up)
        return Referenced(_with_level_feet(clip, slots, up, np.pi), measured=False)
    alike = feet_alike(skeleton, slots)
    if _nearest_axis(torso_of(skeleton.heads, slots)) @ up > 0.0:
        clip = _with_level_feet(clip, slots, up, _MODELLED if alike else np.pi)
    return Referenced(clip, measured=alike)


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
    lines = [
        line - up * (line @ up) for line in (leftward(heads, slots) for heads in (skeleton.heads, clip.positions[0]))
    ]
    angle = np.arctan2(cross(*lines) @ up, lines[0] @ lines[1])
    by = from_rotation_vector(up * angle)
    return replace(clip, skeleton=skeleton.posed(rotate(by, skeleton.heads), multiply(by, skeleton.rest_rotations)))


def _with_level_feet(clip: Clip, slots: dict[str, int], up: FloatArray, most: float) -> Clip:
    """Return the clip with feet that are as level at rest as they are in the motion while they stand on the ground.

    Args:
        clip: the motion.
        slots: humanoid slot to bone index.
        up: (3,) axis of the world.
        most: radians; feet that differ by more, as on tiptoe, stay as they are at rest.
    """
    skeleton = clip.skeleton
    heads, rotations = skeleton.heads.copy(), skeleton.rest_rotations.copy()
    for foot, there in _on_ground(clip, slots, up, always=most >= np.pi).items():
        own_up = rotate(conjugate(clip.rotations[there, foot]), up).mean(axis=0)
        by = shortest_arc(rotate(rotations[foot], own_up), up)
        if float(angle_between(rotate(rotations[foot], own_up), up)) > most:
            continue
        below = [bone for bone in range(len(skeleton)) if bone == foot or foot in skeleton.ancestors(bone)]
        rotations[below] = multiply(by, rotations[below])
        heads[below] = heads[foot] + rotate(by, heads[below] - heads[foot])
    return replace(clip, skeleton=skeleton.posed(heads, rotations))


def _on_ground(clip: Clip, slots: dict[str, int], up: FloatArray, *, always: bool) -> dict[int, BoolArray]:
    """Return by foot bone when (F,) the foot stands flat, its ankle no higher than the lowest of both.

    In a run in place, where no foot stands, and for a foot whose heel is always raised, it is when the foot is lowest
    if `always`.
    """
    leg = _LEG_SHARE * float(np.ptp(clip.skeleton.heads @ up))
    heights: dict[int, FloatArray] = {}
    flat: dict[int, BoolArray] = {}
    for side in SIDES:
        contact = contact_in(clip, slots, side, leg)
        if contact is not None:
            foot = slots[f"{side}_foot"]
            flat[foot], heights[foot] = contact.flat, clip.positions[:, foot] @ up
    standing = [heights[foot][flat[foot]] for foot in flat if flat[foot].any()]
    floor = min((float(np.percentile(each, _LOWEST)) for each in standing), default=-np.inf)
    found = {foot: flat[foot] & (height < floor + _RAISED * leg) for foot, height in heights.items()}
    if always:
        lowest = {foot: height <= np.percentile(height, _LOWEST) for foot, height in heights.items()}
        return {foot: there if there.any() else lowest[foot] for foot, there in found.items()}
    return {foot: there for foot, there in found.items() if there.any()}
