"""The performance: someone walks in a circle and waves. A function of the video's time, known exactly.

The stick figure in the test videos, the skeleton in the FBX and the robot's motion all follow it, so that what a
trimmed range must show is known at each moment. World: metres, Z up; at time 0 the walker faces -Y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .matrices import X_AXIS, Z_AXIS, Array, about, turn

CYCLE_STEPS = 2
STANCE = 0.62  # of a cycle: from strike to toe-off
FLAT = 0.42  # of a cycle: from strike to heel-off, the foot doesn't move at all
TOE_OFF_PITCH = np.radians(38.0)
SWING_HEIGHT = 0.07  # metres


@dataclass(frozen=True)
class Contact:
    """A foot flat on the ground: from the strike on it stays exactly where it is, until the heel lifts."""

    side: str  # 'l' or 'r'
    start: float  # seconds in the source video
    end: float


@dataclass(frozen=True)
class FootPose:
    """Where a foot is, for each time."""

    ankle: Array  # (F, 3) metres
    foot: Array  # (F, 3, 3) turns from rest
    toes: Array  # (F, 3, 3)


@dataclass(frozen=True)
class Performance:
    """Steps come every `step_sec`: the left foot strikes at even multiples of it, the right one at odd ones."""

    step_sec: float = 0.5
    step_length: float = 0.46  # metres
    radius: float = 1.2  # of the circle, metres
    toe_out: float = 0.07  # radians

    @property
    def cycle(self) -> float:
        """Seconds from a foot's strike to its next."""
        return CYCLE_STEPS * self.step_sec

    def heading(self, times: Array) -> Array:
        """Radians about Z, from facing -Y."""
        return self.step_length / self.step_sec / self.radius * times

    def ground(self, times: Array) -> Array:
        """The point on the ground below the walker, (F, 3)."""
        angle = self.heading(times) - np.pi
        return self.radius * np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=-1)

    def phase(self, times: Array, side: str) -> tuple[Array, Array]:
        """Which step of a foot it is (0, 1, …) and the seconds since its strike."""
        since = times - (0.0 if side == "l" else self.step_sec)
        # A strike that rounding puts a hair later than it is belongs to its own step.
        number = np.floor(since / self.cycle + 1e-9)
        return number, np.maximum(since - number * self.cycle, 0.0)

    def contacts(self, start: float, end: float) -> list[Contact]:
        """The contacts whose strike lies in a range of source seconds, in order."""
        strikes = np.arange(np.ceil(start / self.step_sec - 1e-9), np.floor(end / self.step_sec + 1e-9) + 1)
        return [
            Contact("l" if k % 2 == 0 else "r", k * self.step_sec, k * self.step_sec + FLAT * self.cycle)
            for k in strikes.astype(int)
        ]

    def contact_times(self, start: float, end: float) -> list[float]:
        """The strikes' source seconds."""
        return [contact.start for contact in self.contacts(start, end)]

    def foot(self, times: Array, side: str, ankle: Array, ball: Array) -> FootPose:
        """A foot with its joints at `ankle` and `ball` when standing at the origin."""
        number, since = self.phase(times, side)
        here, next_one = self._print(number, side, ankle), self._print(number + 1, side, ankle)
        pitch = TOE_OFF_PITCH * _smooth((since / self.cycle - FLAT) / (STANCE - FLAT))
        swing = np.clip((since / self.cycle - STANCE) / (1 - STANCE), 0.0, 1.0)

        stance_foot = here[1] @ about(X_AXIS, pitch)
        stance_ankle = here[0] + turn(here[1], ball - ankle) - turn(stance_foot, ball - ankle)
        # The swing ends with speed: the strike stops the foot, which makes its moment sharp.
        along = (0.4 * swing + 1.6 * swing**2 - swing**3)[:, None]
        lift = SWING_HEIGHT * np.sin(np.pi * swing)[:, None] * np.array(Z_AXIS)
        ankle_path = stance_ankle + along * (next_one[0] - stance_ankle) + lift
        heading = self._print_heading(number, side)
        step_turn = self._print_heading(number + 1, side) - heading
        swing_pitch = TOE_OFF_PITCH * (1 - swing) * (1 - 2.2 * swing)
        swing_heading = about(Z_AXIS, heading + along[:, 0] * step_turn)
        in_air = (swing > 0)[:, None, None]
        foot = np.where(in_air, swing_heading @ about(X_AXIS, swing_pitch), stance_foot)
        toes_pitch = np.minimum(swing_pitch, 0.0)
        toes = np.where(in_air, swing_heading @ about(X_AXIS, toes_pitch), here[1])
        return FootPose(np.where(in_air[..., 0], ankle_path, stance_ankle), foot, toes)

    def _middle_of(self, number: Array, side: str) -> Array:
        """The time at which the walker passes over a footprint."""
        return number * self.cycle + (0.0 if side == "l" else self.step_sec) + 0.27 * self.cycle

    def _print_heading(self, number: Array, side: str) -> Array:
        return self.heading(self._middle_of(number, side)) + (self.toe_out if side == "l" else -self.toe_out)

    def _print(self, number: Array, side: str, ankle: Array) -> tuple[Array, Array]:
        """The planted ankle (F, 3) and the turn of the planted foot (F, 3, 3)."""
        middle = self._middle_of(number, side)
        return (
            self.ground(middle) + turn(about(Z_AXIS, self.heading(middle)), ankle * np.array([0.75, 1.0, 1.0])),
            about(Z_AXIS, self._print_heading(number, side)),
        )


def _smooth(share: Array) -> Array:
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3 - 2 * share)
