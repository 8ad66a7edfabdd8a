"""The options of retargeting to the G1 that the user chooses."""

from dataclasses import dataclass
from typing import Literal

from ...options import Limits, option

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

    travel: float = option(
        1.0,
        "Travel",
        "Factor on the distance over the ground, which otherwise suits the robot's legs",
        limits=Limits(min=0.0, soft_min=0.5, soft_max=1.5, max=10.0),
    )
    hold_feet: bool = option(
        True, "Lock Feet", "Keep feet still where the source's stand, and let the lower foot carry the robot elsewhere"
    )
    ground: Ground = option(
        "FLAT",
        "Ground",
        "Heights on which the feet stand",
        {
            "FLAT": ("Flat", "All on the ground, except a foot on something higher beside the other"),
            "SOURCE": ("As in Source", "The heights of the source, such as stairs"),
        },
    )
    reach: float = option(
        0.0,
        "Hands",
        "Whether arms point as the source's do (0) or hands are where the source's are (1)",
        docs="0: arms point as the source's. 1: hands are where the source's are, in the robot's size. Hands that "
        "touch always are",
        limits=Limits(min=0.0, max=1.0, subtype="FACTOR"),
    )
