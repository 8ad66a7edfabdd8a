"""How hard a motion is for the G1, by estimate: what it demands, as shares of what the robot has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

import numpy as np

from ...texts.text import Text
from ..rotations import FloatArray

_GRADES: tuple[tuple[float, LiteralString], ...] = (
    (0.5, "easy"),
    (1.0, "moderate"),
    (2.0, "hard"),
    (np.inf, "very hard"),
)
"""Largest demand of each grade, as a share of what the robot has. They put clips in order; no trainer was asked."""
_USUAL = 95.0
"""Per cent of the frames that a demand covers: controllers deviate for a moment where they must."""


@dataclass(frozen=True)
class Difficulty:
    """The demands of a motion.

    Attributes:
        demands: English word → share of what the robot has, 1 where all of it is needed.
    """

    demands: Mapping[str, float]

    @property
    def score(self) -> float:
        """The largest demand."""
        return self.demands[self.mostly]

    @property
    def mostly(self) -> str:
        """The name of the largest demand."""
        return max(self.demands, key=lambda name: self.demands[name])

    @property
    def grade(self) -> LiteralString:
        """A word for the score."""
        return next(grade for most, grade in _GRADES if self.score <= most)

    @property
    def sentence(self) -> Text:
        """The grade and the largest demand, for people, without full stop."""
        mostly = Text.of(self.mostly)
        return Text("Difficulty: {grade}, mostly for {demand}", grade=Text(self.grade), demand=mostly)

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        demands = {name: round(share, 3) for name, share in self.demands.items()}
        return {"grade": self.grade, "score": round(self.score, 3), "mostly": self.mostly, "demands": demands}


def usual(shares: FloatArray) -> float:
    """Return the share that 95 of 100 frames don't exceed."""
    return float(np.percentile(shares, _USUAL))
