"""Motions of a G1 as General Motion Retargeting's pickles, which TWIST and others train with."""

import numpy as np

from ..files.pickle_writing import Content
from ..spans import chunks_of
from .motion import G1Motion, in_files


def gmr_content(motion: G1Motion) -> Content:
    """Return the arrays of GMR's pickles: those of its scripts for data sets, with the bodies beside the pelvis.

    fps, root_pos (F, 3) metres, root_rot (F, 4) xyzw, dof_pos (F, J) rad in MuJoCo's order, local_body_pos (F, B, 3)
    metres in the frame of the pelvis, of 32 bits, and link_body_list, the bodies' names. Bodies that are fixed to
    others in its own model (hands, head, toes) are not among them.
    """
    motion = in_files(motion)
    model, frames = motion.model, len(motion.dof_pos)
    local = np.empty((frames, len(model.bodies), 3), np.float32)
    for rows in chunks_of(frames):
        count = len(motion.dof_pos[rows])
        still = np.zeros((count, 3)), np.tile([1.0, 0.0, 0.0, 0.0], (count, 1))
        local[rows] = model.body_poses(*still, motion.dof_pos[rows])[0]
    return {
        "fps": int(motion.fps) if motion.fps.is_integer() else motion.fps,
        "root_pos": motion.root_pos,
        "root_rot": motion.root_quat[:, [1, 2, 3, 0]],
        "dof_pos": motion.dof_pos,
        "local_body_pos": local,
        "link_body_list": model.bodies,
    }
