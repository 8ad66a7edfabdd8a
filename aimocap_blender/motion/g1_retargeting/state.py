"""The robot's motion while it is fitted."""

from dataclasses import dataclass

import numpy as np

from ..rotations import FloatArray, IntArray, from_rotation_vector, multiply, normalise, slerp


@dataclass(frozen=True, eq=False)
class State:
    """The motion, see `G1Motion`."""

    root_pos: FloatArray
    root_quat: FloatArray
    dof_pos: FloatArray

    def at(self, rows: slice | IntArray) -> "State":
        """Return some of the frames."""
        return State(self.root_pos[rows], self.root_quat[rows], self.dof_pos[rows])

    @classmethod
    def joined(cls, parts: "list[State]") -> "State":
        """Return parts one after the other."""
        return cls(
            np.concatenate([part.root_pos for part in parts]),
            np.concatenate([part.root_quat for part in parts]),
            np.concatenate([part.dof_pos for part in parts]),
        )

    def towards(self, other: "State", share: FloatArray) -> "State":
        """Return it changed by a share (F,) of what another differs by; frames of which none is taken stay."""
        taken = share[:, None]
        return State(
            self.root_pos + taken * (other.root_pos - self.root_pos),
            np.where(taken > 0.0, slerp(self.root_quat, other.root_quat, share), self.root_quat),
            self.dof_pos + taken * (other.dof_pos - self.dof_pos),
        )

    def changed(self, change: FloatArray, ranges: FloatArray) -> "State":
        """Return it changed by (F, 6 + J): the pelvis's move and rotation, and the joints within their ranges."""
        return State(
            self.root_pos + change[:, :3],
            normalise(multiply(from_rotation_vector(change[:, 3:6]), self.root_quat)),
            np.clip(self.dof_pos + change[:, 6:], *ranges.T),
        )
