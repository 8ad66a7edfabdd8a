"""How hard a motion is for the robot: the help that it would need to follow it, estimated from what it demands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

import numpy as np

from ...texts.text import Text

LEVER = 0.35
"""Metres: half of the height of a standing G1's centre of mass."""
_GRADES: tuple[tuple[float, LiteralString], ...] = (
    (0.15, "easy"),
    (0.22, "moderate"),
    (0.3, "hard"),
    (0.5, "very hard"),
    (np.inf, "extreme"),
)
"""Largest score of each grade: of the clips that the weights below were fitted to, each has some."""
_WEIGHTS = {"balance": 0.62, "contact": 0.47, "impact": 1.31, "torque": 0.23}
"""Of the root of each demand in the logarithm of the help, fitted by `make bench ONLY=difficulty`."""
_LEAST = 0.074
"""Help for a robot of which nothing is demanded, fitted too."""


@dataclass(frozen=True)
class Difficulty:
    """The demands of a motion, and the help that it would need by them.

    A helping force and moment at the pelvis make a simulated robot follow a motion that its motors can't follow alone.

    Attributes:
        demands: English word → average over the frames. Of balance: force and moment that neither feet nor motors
            provide, as shares of the weight and of what it does on `LEVER`. Of contact: how fast the torques of the
            hips change, as a share of what their motors have, a second. Of impact: how fast soles come down onto the
            ground, metres a second. Of torque: what the motor that lacks most lacks, as a share of what it has.
    """

    demands: Mapping[str, float]

    @property
    def score(self) -> float:
        """The estimated help: mean of force and moment, as shares of the weight and of what it does on `LEVER`."""
        return _LEAST * float(np.exp(sum(self._parts.values())))

    @property
    def mostly(self) -> str:
        """The name of the demand that counts most."""
        return max(self._parts, key=lambda name: self._parts[name])

    @property
    def grade(self) -> LiteralString:
        """A word for the score."""
        return next(grade for most, grade in _GRADES if self.score <= most)

    @property
    def sentence(self) -> Text:
        """The grade and the demand that counts most, for people, without full stop."""
        mostly = Text.of(self.mostly)
        return Text("Difficulty: {grade}, mostly for {demand}", grade=Text(self.grade), demand=mostly)

    @property
    def _parts(self) -> dict[str, float]:
        return {name: weight * self.demands[name] ** 0.5 for name, weight in _WEIGHTS.items()}

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        demands = {name: round(share, 3) for name, share in self.demands.items()}
        return {"grade": self.grade, "score": round(self.score, 3), "mostly": self.mostly, "demands": demands}
