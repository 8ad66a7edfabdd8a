"""The options of retargeting to the G1 that the user chooses."""

from dataclasses import dataclass
from typing import Literal

Ground = Literal["FLAT", "SOURCE"]


@dataclass(frozen=True)
class G1RetargetOptions:
    """How a human motion is put onto the robot.

    Attributes:
        travel: factor on the travel over the ground, which otherwise suits the robot's legs.
        hold_feet: plant the robot's feet where the source's are planted, and let the lower foot carry it elsewhere.
        ground: FLAT puts all stances onto height 0, except feet on something higher while the other stands; SOURCE
            keeps the heights that the source stands on, as of stairs.
        reach: 0 to 1, how much the hands are where the source's are, in the robot's size, rather than the arms as the
            source's point. Hands that touch always are.
    """

    travel: float = 1.0
    hold_feet: bool = True
    ground: Ground = "FLAT"
    reach: float = 0.0
