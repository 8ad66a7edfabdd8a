"""The retarget options that the user chooses."""

from dataclasses import dataclass
from typing import Literal

RootMotion = Literal["FULL", "IN_PLACE"]
RootCarrier = Literal["HIPS", "ROOT_BONE", "OBJECT"]
Start = Literal["CHARACTER", "CAPTURE"]
SourceReference = Literal["AUTO", "REST", "FRAME"]
TargetReference = Literal["REST", "FRAME"]
Ground = Literal["MOTION", "SCENE"]


@dataclass(frozen=True)
class RetargetOptions:
    """How a motion is put on a character.

    Attributes:
        root_motion: FULL lets the character travel, IN_PLACE keeps it at its own position.
        root_carrier: the bone or object that carries the travel over the ground: the hips, the uppermost bone above
            them, or the object.
        scale: factor on the travel over the ground, which is fitted so that planted feet slide least; not on heights.
        start: the position of the first sample over the ground: the character's own, or the capture's in the world, at
            the character's scale. The motion faces as the character does either way.
        lock_feet: hold feet that are planted in the source; no effect in place, where the ground slides.
        lock_strength: 0 to 1, how strongly planted feet are held.
        ground: what held feet stand on: the levels of the MOTION, or the surfaces of the SCENE below them.
        hold_hands: bring hands that rest on each other, on the body or on the floor in the source to the same there.
        hand_strength: 0 to 1, how far they are brought.
        source_reference: the pose of the motion that corresponds to the character's: AUTO takes its rest pose if that
            is a standing body, else its most upright frame; FRAME takes that of `source_frame`.
        source_frame: frame of the timeline.
        target_reference: the character's pose that corresponds to it: its rest pose, or that of `target_frame`.
        target_frame: frame of the timeline.
        smoothing_sec: 0 for none, else the standard deviation in seconds of a Gaussian over the source's motion.
    """

    root_motion: RootMotion = "FULL"
    root_carrier: RootCarrier = "HIPS"
    scale: float = 1.0
    start: Start = "CHARACTER"
    lock_feet: bool = True
    lock_strength: float = 1.0
    ground: Ground = "MOTION"
    hold_hands: bool = False
    hand_strength: float = 1.0
    source_reference: SourceReference = "AUTO"
    source_frame: int = 1
    target_reference: TargetReference = "REST"
    target_frame: int = 1
    smoothing_sec: float = 0.0
