"""What the user may choose of how a motion goes over to a character."""

from dataclasses import dataclass
from typing import Literal

RootMotion = Literal["FULL", "IN_PLACE"]
RootCarrier = Literal["HIPS", "ROOT_BONE", "OBJECT"]
Start = Literal["CHARACTER", "CAPTURE"]


@dataclass(frozen=True)
class RetargetOptions:
    """What the user may choose.

    Attributes:
        root_motion: FULL lets the character travel, IN_PLACE keeps it over the place where it stands.
        root_carrier: what carries the travel over the ground: the hips, the uppermost bone above them, or the object.
        scale: of the travel over the ground, times that in which planted feet slide least; heights stay what they are.
        start: where the first sample stands over the ground: at the character's own place, or where the capture has it
            in the world, in the character's scale. It faces as the character does, and goes on from there that way.
        lock_feet: hold feet that stand still in the source; without effect in place, where the ground slides.
        lock_strength: 0 to 1, how much of the way a planted foot is brought to where it stands.
        smoothing_sec: 0 for none, else the standard deviation in seconds of a Gaussian over the source's motion.
    """

    root_motion: RootMotion = "FULL"
    root_carrier: RootCarrier = "HIPS"
    scale: float = 1.0
    start: Start = "CHARACTER"
    lock_feet: bool = True
    lock_strength: float = 1.0
    smoothing_sec: float = 0.0
