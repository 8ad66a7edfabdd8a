"""From one skeleton's motion to another's."""

from dataclasses import dataclass
from typing import Literal

from .pose_motion import PoseMotion, RetargetReport

__all__ = ["PoseMotion", "RetargetOptions", "RetargetReport"]


@dataclass(frozen=True)
class RetargetOptions:
    """What the user may choose.

    Attributes:
        root_motion: FULL lets the hips travel, IN_PLACE keeps them over the character's own place.
        lock_feet: hold feet that stand still in the source.
    """

    root_motion: Literal["FULL", "IN_PLACE"] = "FULL"
    lock_feet: bool = True
