"""The motion that a G1 rig shows: its Action's, as modified by constraints and drivers."""

from dataclasses import replace
from typing import cast

import bpy
import numpy as np

from ...motion import rotations
from ...motion.g1.motion import G1Motion
from ...motion.rotations import FloatArray
from ..isolated_evaluation import isolated
from .keys import g1_motion_of, sample_frames
from .rig import ROOT_BONE

_SAME = 1e-5  # rad and metres: rounding of single-precision matrices


def evaluated_g1_motion(rig: bpy.types.Object) -> G1Motion:
    """Return the motion as seen: the Action's, exactly, except where constraints or drivers change it.

    Raises:
        Fault: as of `g1_motion_of`.
    """
    motion = g1_motion_of(rig)
    return _evaluated(rig, motion) if is_constrained(rig) else motion


def is_constrained(rig: bpy.types.Object) -> bool:
    """Return whether an active constraint or a driver moves a rig's bones, besides the Action."""
    bones = cast("bpy.types.Pose", rig.pose).bones
    drivers = rig.animation_data.drivers if rig.animation_data else ()
    return len(drivers) > 0 or any(not constraint.mute for bone in bones for constraint in bone.constraints)


def _evaluated(rig: bpy.types.Object, motion: G1Motion) -> G1Motion:
    """Take what differs from the Action's motion from Blender's evaluation; keep the rest bit for bit."""
    model = motion.model
    names = (ROOT_BONE, *(joint.name for joint in model.joints))
    with isolated(rig) as alone:
        order = [alone.names.index(name) for name in names]
        matrices = np.stack([alone.at(float(frame))[order] for frame in sample_frames(rig)])
    pos, quat = motion.root_pos.copy(), motion.root_quat.copy()
    shown = rotations.normalise(rotations.from_matrix(matrices[:, 0, :3, :3]))
    moved = np.abs(matrices[:, 0, :3, 3] - pos).max(axis=1) > _SAME
    rotated = 1.0 - np.abs(rotations.dot(shown, quat)) > _SAME**2
    pos[moved], quat[rotated] = matrices[moved, 0, :3, 3], shown[rotated]
    dof = motion.dof_pos.copy()
    for index, joint in enumerate(model.joints):
        parent = matrices[:, model.parents[index + 1], :3, :3]
        local = rotations.from_matrix(np.swapaxes(parent, 1, 2) @ matrices[:, index + 1, :3, :3])
        rest = rotations.normalise(np.array(joint.quat))
        hinge = rotations.multiply(rotations.conjugate(rest), local)
        angle = 2.0 * np.arctan2(hinge[:, 1 + joint.axis_index], hinge[:, 0])
        off = _wrapped(angle - dof[:, index])
        dof[:, index] += np.where(np.abs(off) > _SAME, off, 0.0)
    return replace(motion, root_pos=pos, root_quat=rotations.continuous(quat), dof_pos=dof)


def _wrapped(angles: FloatArray) -> FloatArray:
    """Return the angles between -π and π."""
    return np.asarray((angles + np.pi) % (2.0 * np.pi) - np.pi, dtype=np.float64)
