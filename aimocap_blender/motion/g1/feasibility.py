"""Whether the G1 could follow a motion: estimates of its motors' torques and its balance, from inverse dynamics."""

from dataclasses import dataclass

import numpy as np

from ...texts.text import Sentence, Text
from ..rotations import BoolArray, FloatArray, IntArray
from .dynamics import GRAVITY, movement_of, needed_forces
from .inertias import g1_inertias
from .motion import G1Motion
from .variants import Variant, g1_variant

_TIPPED = 0.05
"""Metres outside the support polygon, on average over `_FALL_SEC`: about a foot's width."""
_FALL_SEC = 0.2
"""An inverted pendulum as high as the robot's centre of mass, 0.7 m, doubles its lean in this time."""
_CARRIED = 0.25
"""Share of the weight that may be missing on average over `_FALL_SEC`: landings shake the curves."""
_CENTIMETRES = 100.0


@dataclass(frozen=True, eq=False)
class Feasibility:
    """Estimates for a motion. They know no controller, no impacts and no give of the ground: simulation does.

    Attributes:
        variant: the robot.
        torques: (J,) the largest torque of each motor, N m.
        frames: (J,) where, as indices of the motion's frames.
        over: (F,) whether a motor needs more than its largest torque.
        outside: (F,) metres from the support polygon to the centre of pressure, averaged over 0.2 s; 0 within it.
        missing: (F,) newtons that nothing provides, averaged over 0.2 s.
    """

    variant: Variant
    torques: FloatArray
    frames: IntArray
    over: BoolArray
    outside: FloatArray
    missing: FloatArray

    @property
    def falls(self) -> BoolArray:
        """(F,) whether the robot would fall, by its centre of pressure or because nothing carries it."""
        return np.any(self._imbalance > 1.0, axis=0)

    @property
    def _imbalance(self) -> FloatArray:
        """(2, F) how far the centre of pressure is outside, and what is missing, as shares of what makes it fall."""
        weight = g1_inertias(self.variant).mass * GRAVITY
        return np.stack([self.outside / _TIPPED, self.missing / (_CARRIED * weight)])

    def sentences(self, frames: FloatArray) -> list[Sentence]:
        """Return what they say of motors and balance, with the timeline frames of the motion's frames."""
        model = g1_variant(self.variant)
        shares = self.torques / model.efforts
        worst = int(shares.argmax())
        values = {
            "joint": model.joints[worst].name,
            "torque": float(self.torques[worst]),
            "limit": float(model.efforts[worst]),
            "frame": f"{frames[self.frames[worst]]:.0f}",
        }
        motors = Text("Most for its motor: {joint}, {torque:.0f} of {limit:.0f} N m at frame {frame}", **values)
        if shares[worst] > 1.0:
            motors = Text("Too much for its motor: {joint}, {torque:.0f} of {limit:.0f} N m at frame {frame}", **values)
        return [motors, self._balance(frames)]

    def _balance(self, frames: FloatArray) -> Sentence:
        falls = self.falls
        if not falls.any():
            return "Balanced in all frames"
        tips, hangs = self._imbalance
        count = int(falls.sum())
        if tips.max() > hangs.max():
            worst = int(tips.argmax())
            return Text(
                "Off balance in {count} frames: center of pressure {distance:.0f} cm outside the feet at frame {frame}",
                count=count,
                distance=float(self.outside[worst]) * _CENTIMETRES,
                frame=f"{frames[worst]:.0f}",
            )
        worst = int(hangs.argmax())
        return Text(
            "Off balance in {count} frames: {force:.0f} N that nothing provides at frame {frame}",
            count=count,
            force=float(self.missing[worst]),
            frame=f"{frames[worst]:.0f}",
        )

    def to_json(self) -> dict[str, object]:
        """Return them as a JSON object; frames count from 0."""
        model = g1_variant(self.variant)
        rows = zip(model.joints, self.torques.tolist(), model.efforts.tolist(), self.frames.tolist(), strict=True)
        return {
            "torques": [
                {"joint": joint.name, "worst": frame, "amount": round(torque, 3), "limit": limit, "unit": "N m"}
                for joint, torque, limit, frame in rows
            ],
            "framesOverTorque": np.flatnonzero(self.over).tolist(),
            "framesOffBalance": np.flatnonzero(self.falls).tolist(),
            "centerOfPressureOutside": {
                "worst": int(self.outside.argmax()),
                "amount": _rounded(self.outside),
                "unit": "m",
            },
            "missingForce": {"worst": int(self.missing.argmax()), "amount": _rounded(self.missing), "unit": "N"},
        }


def feasibility_of(motion: G1Motion, ground: float) -> Feasibility:
    """Return the estimates for a motion.

    Args:
        motion: of the robot.
        ground: its height, metres.
    """
    needed = needed_forces(movement_of(motion), motion.variant, ground)
    torques = np.abs(needed.torques)
    span = max(1, round(_FALL_SEC * motion.fps))
    return Feasibility(
        motion.variant,
        torques.max(axis=0),
        torques.argmax(axis=0),
        np.any(torques > motion.model.efforts, axis=1),
        _averaged(np.maximum(np.nan_to_num(needed.outside), 0.0), span),
        _averaged(np.linalg.norm(needed.force, axis=1), span),
    )


def _averaged(values: FloatArray, span: int) -> FloatArray:
    """Return (F,) means over as many frames around each, fewer at the ends."""
    window = np.ones(min(span, len(values)))
    return np.asarray(np.convolve(values, window, "same") / np.convolve(np.ones(len(values)), window, "same"))


def _rounded(values: FloatArray) -> float:
    return round(float(values.max()), 4)
