"""Keys checked against what Blender makes of them on a rig that acts on its own, and corrected where they miss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import bpy
import numpy as np

from ...motion.control_rig import Channels, ControlRig, without_scale
from ...motion.forward_kinematics import PosedBones
from ...motion.pose_motion import PoseMotion
from ...motion.rotations import BoolArray, FloatArray, IntArray, conjugate, from_matrix, multiply, to_rotation_vector
from ..apart import RigApart, apart
from ..armatures import pose_of

TOLERANCE_DEGREES = 0.1
TOLERANCE_OF_SIZE = 5e-4  # of the skeleton's size: how far the place of a bone that travels may be off
_CHECKED = 12
_ROUNDS = 10
_BETTER = 0.7  # of the deviation before: what doesn't come down to it doesn't get better
_ALL_ROUND = 180.0  # degrees that a bone is off which has no attitude, being scaled to nothing
_NO_VOLUME = 1e-6
_PATIENCE = 2  # rounds in which a bone may get no better, as when the bone above it was still on its way


@dataclass(frozen=True, eq=False)
class SolvedMotion:
    """A motion whose keys do on a rig what they should, as far as it lets them.

    Attributes:
        motion: the channels; the object's action holds them.
        deviation_degrees: worst angle between how a bone stands and how it should.
        frames: how many samples were solved one by one; 0 where the check found nothing to correct.
        held_back: bones that stand otherwise than they should, and by how many degrees at most.
        held_in_place: bones that aren't where they should be.
    """

    motion: PoseMotion
    deviation_degrees: float
    frames: int
    held_back: dict[str, float]
    held_in_place: tuple[str, ...]


def solve(
    obj: bpy.types.Object,
    rig: ControlRig,
    motion: PoseMotion,
    wanted: PosedBones,
    frames: FloatArray,
    write: Callable[[PoseMotion], None],
) -> SolvedMotion:
    """Check keys on a few frames as Blender evaluates them; where they miss, correct all samples in a few rounds.

    Args:
        obj: the armature object; its action holds the motion's keys.
        rig: what is known about it.
        motion: the channels.
        wanted: how the rig's bones should stand, F samples.
        frames: (F,) timeline frames of the samples.
        write: puts other channels in place of those on the object's action.
    """
    with apart(obj) as evaluated:
        solving = _Solving(obj, rig, motion, wanted, frames, evaluated)
        some = np.unique(np.linspace(0, len(frames) - 1, _CHECKED).round().astype(np.int64))
        solving.measure(some)
        if solving.misses().any():
            solving.measure(np.arange(len(frames), dtype=np.int64))
            solving.correct(write)
        return solving.result()


class _Part:
    """The turns or the places of all bones on their way, and the best that was reached."""

    def __init__(self, channels: FloatArray, free: BoolArray, tolerance: float) -> None:
        self.channels, self.free, self.tolerance = channels, free, tolerance
        self.deviation: FloatArray = np.zeros(free.shape)
        self._best = channels
        self._least: FloatArray = np.full(free.shape, np.inf)
        self._failures: IntArray = np.zeros(free.shape, dtype=np.int64)

    def misses(self) -> BoolArray:
        """(F,) samples at which something that may be changed misses."""
        return np.asarray(self.missing().any(axis=1))

    def missing(self) -> BoolArray:
        """(F, B) what may be changed and misses."""
        return self.free & (self.deviation > self.tolerance)

    def judge(self, carried: BoolArray) -> BoolArray:
        """(F,) samples that have channels put back, since correcting them was of no use.

        Args:
            carried: (F, B) bones whose fault may be that of the bone that they turn with.
        """
        better = self.deviation < _BETTER * self._least
        self._best = np.where(better[..., None], self.channels, self._best)
        self._least = np.where(better, self.deviation, self._least)
        self._failures += self.missing() & ~better & ~carried
        given_up = self.free & (self._failures >= _PATIENCE)
        self.free = self.free & ~given_up
        self.channels = np.where(given_up[..., None], self._best, self.channels)
        return np.asarray(given_up.any(axis=1))


class _Solving:
    """A motion's channels on their way to where they do what they should."""

    def __init__(
        self,
        obj: bpy.types.Object,
        rig: ControlRig,
        motion: PoseMotion,
        wanted: PosedBones,
        frames: FloatArray,
        evaluated: RigApart,
    ) -> None:
        self._rig, self._motion, self._wanted, self._frames, self._evaluated = rig, motion, wanted, frames, evaluated
        names = rig.skeleton.names
        self._places = [evaluated.names.index(name) for name in names]
        self._shown = PosedBones(wanted.turns.copy(), wanted.heads.copy())
        bones = pose_of(obj).bones
        turned = [name in motion.bones and not any(_flags(bones[name].lock_rotation)) for name in names]
        placed = [name in motion.locations and not any(_flags(bones[name].lock_location)) for name in names]
        self._keyed = Channels(np.array(turned), np.array(placed))
        size = float(np.linalg.norm(np.ptp(rig.skeleton.rest[:, :3, 3], axis=0)))
        channels = rig.as_arrays(motion)
        count = len(frames)
        self._turns = _Part(
            channels.rotations, np.tile(self._keyed.rotations & (rig.gain > 0.0), (count, 1)), TOLERANCE_DEGREES
        )
        self._heads = _Part(channels.locations, np.tile(self._keyed.locations, (count, 1)), size * TOLERANCE_OF_SIZE)
        self._solved = 0

    def measure(self, samples: IntArray) -> None:
        """Read how the bones stand at samples."""
        nowhere: BoolArray = np.zeros((len(samples), len(self._places)), dtype=np.bool_)
        for row, sample in enumerate(samples):
            matrices = self._evaluated.at(float(self._frames[sample]))[self._places]
            axes = without_scale(matrices)
            nowhere[row] = ~(np.abs(np.linalg.det(axes)) > _NO_VOLUME)
            self._shown.turns[sample] = from_matrix(np.where(nowhere[row, :, None, None], np.eye(3), axes))
            self._shown.heads[sample] = matrices[:, :3, 3]
        off = to_rotation_vector(multiply(conjugate(self._wanted.turns[samples]), self._shown.turns[samples]))
        degrees = np.where(nowhere, _ALL_ROUND, np.degrees(np.linalg.norm(off, axis=-1)))
        self._turns.deviation[samples] = degrees * self._keyed.rotations
        away = np.linalg.norm(self._wanted.heads[samples] - self._shown.heads[samples], axis=-1)
        self._heads.deviation[samples] = away * self._keyed.locations

    def misses(self) -> BoolArray:
        """(F,) samples at which something that can be corrected misses."""
        return self._turns.misses() | self._heads.misses()

    def correct(self, write: Callable[[PoseMotion], None]) -> None:
        """Correct what misses, round by round, and keep the best of what was tried."""
        self._judge()
        for _ in range(_ROUNDS):
            samples = np.flatnonzero(self.misses())
            if not len(samples):
                break
            self._solved = max(self._solved, len(samples))
            corrected = self._rig.corrected(
                Channels(self._turns.channels[samples], self._heads.channels[samples]),
                self._wanted.at(samples),
                self._shown.at(samples),
                Channels(self._turns.free[samples], self._heads.free[samples]),
            )
            self._turns.channels, self._heads.channels = self._turns.channels.copy(), self._heads.channels.copy()
            self._turns.channels[samples], self._heads.channels[samples] = corrected
            self._write(write, samples)
            put_back = self._judge()
            if put_back.any():
                self._write(write, np.flatnonzero(put_back))

    def _judge(self) -> BoolArray:
        """(F,) samples that have channels put back."""
        on = self._rig.turns_with
        carried = self._turns.missing()[:, on] & (on >= 0)
        return self._turns.judge(carried) | self._heads.judge(carried)

    def _write(self, write: Callable[[PoseMotion], None], samples: IntArray) -> None:
        channels = Channels(self._turns.channels, self._heads.channels)
        self._motion = self._rig.with_arrays(self._motion, channels)
        write(self._motion)
        self.measure(samples)

    def result(self) -> SolvedMotion:
        """What was reached."""
        names = self._rig.skeleton.names
        worst = self._turns.deviation.max(axis=0)
        away = self._heads.deviation.max(axis=0) > self._heads.tolerance
        return SolvedMotion(
            motion=self._motion,
            deviation_degrees=float(worst.max()),
            frames=self._solved,
            held_back={name: float(worst[bone]) for bone, name in enumerate(names) if worst[bone] > TOLERANCE_DEGREES},
            held_in_place=tuple(name for bone, name in enumerate(names) if away[bone]),
        )


def _flags(locks: object) -> tuple[bool, ...]:
    return tuple(cast("Sequence[bool]", locks))  # the stub has an array that can't be iterated over
