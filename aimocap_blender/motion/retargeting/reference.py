"""The pose of a motion that corresponds to a character's rest pose, where the motion's own rest pose doesn't.

Captures in which all bones lie along one axis at rest, and files of games that have a pose as rest, say nothing of how
a body stands: a frame of the motion does.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..bones.humanoid import SIDES, BoneMap
from ..feet.foot_contacts import find_contact
from ..figures.posture import feet_alike, stands, torso_of, unlikeness
from ..rotations import FloatArray, angle_between, conjugate, multiply, normalise, rotate, shortest_arc, to_matrix
from ..skeleton import Clip, Skeleton

_UPRIGHT = np.radians(15.0)  # a reference frame's torso leans little: weighed as the angles of `posture`
_LEG_SHARE = 0.5  # of a body's height
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


def referenced(clip: Clip, bone_map: BoneMap, frame: int | None = None) -> Referenced:
    """Return the motion with its own rest pose if that is a standing body, else with one from the motion itself.

    Args:
        clip: the motion.
        bone_map: its humanoid bones.
        frame: the sample whose pose is to be the rest pose; None to decide.
    """
    skeleton = clip.skeleton
    slots = {slot: skeleton.index(bone) for slot, bone in bone_map.bones().items() if bone in skeleton.indices}
    if "hips" not in slots:
        return Referenced(clip, measured=True)
    if frame is not None:
        return Referenced(_posed_at_rest(clip, frame), measured=False)
    if not stands(skeleton, slots):
        up = _up_of(clip, slots)
        clip = _posed_at_rest(clip, _best_frame(clip, slots, up))
    elif feet_alike(skeleton, slots):
        return Referenced(clip, measured=True)
    else:
        up = _up_at_rest(skeleton, slots)
    return Referenced(_with_level_feet(clip, slots, up), measured=False)


def _nearest_axis(direction: FloatArray) -> FloatArray:
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    return axes[int(np.argmax(axes @ direction))]


def _up_of(clip: Clip, slots: dict[str, int]) -> FloatArray:
    """Return (3,) the axis of the world along which torsos stand in the mean; Z where they lie about."""
    mean = torso_of(clip.positions, slots).mean(axis=0)
    return _nearest_axis(mean) if np.linalg.norm(mean) > _MEAN else np.array([0.0, 0.0, 1.0])


def _up_at_rest(skeleton: Skeleton, slots: dict[str, int]) -> FloatArray:
    return _nearest_axis(torso_of(skeleton.heads, slots))


def _best_frame(clip: Clip, slots: dict[str, int], up: FloatArray) -> int:
    """Return the sample that is most like a standing body."""
    lean = angle_between(torso_of(clip.positions, slots), np.broadcast_to(up, (len(clip.times), 3))) / _UPRIGHT
    return int(np.argmin((unlikeness(clip.positions, slots) ** 2).sum(axis=-1) + lean**2))


def _posed_at_rest(clip: Clip, frame: int) -> Clip:
    """Return the clip with the pose of a sample as its skeleton's rest pose."""
    return replace(clip, skeleton=at_rest(clip.skeleton, clip.positions[frame], clip.rotations[frame]))


def at_rest(skeleton: Skeleton, heads: FloatArray, rotations: FloatArray) -> Skeleton:
    """Return the skeleton with another rest pose: heads (B, 3) and bone-to-world rotations (B, 4), world metres."""
    posed = np.zeros_like(skeleton.rest)
    posed[:, :3, :3] = to_matrix(rotations) * skeleton.scale
    posed[:, :3, 3], posed[:, 3, 3] = heads, 1.0
    rest = np.linalg.inv(skeleton.world) @ posed
    along = (
        np.linalg.inv(skeleton.rest) @ np.concatenate([skeleton.tails, np.ones((len(skeleton), 1))], axis=1)[..., None]
    )
    return replace(skeleton, rest=rest, tails=(rest @ along)[:, :3, 0])


def _with_level_feet(clip: Clip, slots: dict[str, int], up: FloatArray) -> Clip:
    """Return the clip with feet that are as level at rest as they are in the motion while they stand."""
    skeleton = clip.skeleton
    leg = _LEG_SHARE * float(np.ptp(skeleton.heads @ up))
    to_z = shortest_arc(up, np.array([0.0, 0.0, 1.0]))
    heads, rotations = skeleton.heads, skeleton.rest_rotations.copy()
    for side in SIDES:
        foot, toes = slots.get(f"{side}_foot"), slots.get(f"{side}_toes")
        if foot is None:
            continue
        ankle = rotate(to_z, clip.positions[:, foot])
        ball = rotate(to_z, clip.positions[:, toes]) if toes is not None else None
        flat = find_contact(ankle, ball, clip.times, leg).flat
        if not flat.any():
            continue
        own_up = normalise(rotate(conjugate(clip.rotations[flat, foot]), up).mean(axis=0))
        by = shortest_arc(rotate(rotations[foot], own_up), up)
        below = [bone for bone in range(len(skeleton)) if bone == foot or foot in skeleton.ancestors(bone)]
        rotations[below] = multiply(by, rotations[below])
        heads[below] = heads[foot] + rotate(by, heads[below] - heads[foot])
    return replace(clip, skeleton=at_rest(skeleton, heads, rotations))
