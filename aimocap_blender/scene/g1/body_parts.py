"""The G1's body as a table of lofts in metres, each in the frame of its MuJoCo body: X forward, Y left, Z up."""

from dataclasses import dataclass
from typing import Literal

Finish = Literal["shell", "motor", "dark", "visor", "light"]
Station = tuple[float, float, float, float, float]
"""Position along the axis; centre on the next two axes (cyclically); half sizes on them."""

X, Y, Z = 0, 1, 2
ROUND, SOFT, BOXY = 2.0, 2.8, 4.0


@dataclass(frozen=True)
class Part:
    """Cross-sections along an axis.

    Attributes:
        body: MuJoCo's name; the left one is used for both sides.
        finish: the material.
        axis: 0, 1 or 2.
        squareness: exponent of the cross-sections' superellipse; 2 is an ellipse.
        bevel: radius of the rounding at both ends.
        stations: two or more, ascending along the axis.
    """

    body: str
    finish: Finish
    axis: int
    squareness: float
    bevel: float
    stations: tuple[Station, ...]


def _motor(
    body: str, axis: int, start: float, end: float, radius: float, centre: tuple[float, float] = (0.0, 0.0)
) -> Part:
    stations = tuple((along, *centre, radius, radius) for along in (start, end))
    return Part(body, "motor", axis, ROUND, 0.006, stations)


PARTS = (
    # pelvis and waist
    Part(
        "pelvis",
        "shell",
        Z,
        SOFT,
        0.02,
        ((-0.14, 0, 0, 0.045, 0.035), (-0.09, 0, 0, 0.058, 0.05), (-0.02, 0, 0, 0.06, 0.075)),
    ),
    _motor("pelvis", Y, -0.05, 0.05, 0.05, (-0.1027, 0.0)),
    _motor("waist_yaw_link", Z, -0.02, 0.03, 0.058),
    _motor("waist_roll_link", X, -0.05, 0.055, 0.04),
    Part("torso_link", "motor", Y, ROUND, 0.008, ((-0.07, 0, 0, 0.042, 0.042), (0.07, 0, 0, 0.042, 0.042))),
    # chest
    Part("torso_link", "dark", Z, SOFT, 0.015, ((0.0, 0, 0, 0.05, 0.06), (0.07, 0, 0, 0.06, 0.07))),
    Part(
        "torso_link",
        "shell",
        Z,
        SOFT,
        0.03,
        (
            (0.045, 0.0, 0, 0.066, 0.07),
            (0.11, 0.003, 0, 0.078, 0.09),
            (0.2, 0.004, 0, 0.088, 0.105),
            (0.27, -0.002, 0, 0.08, 0.1),
            (0.325, -0.012, 0, 0.06, 0.075),
        ),
    ),
    Part("torso_link", "dark", X, SOFT, 0.012, ((0.05, 0, 0.2, 0.062, 0.07), (0.1, 0, 0.2, 0.05, 0.06))),
    Part("torso_link", "light", X, ROUND, 0.003, ((0.08, 0, 0.2, 0.011, 0.011), (0.104, 0, 0.2, 0.011, 0.011))),
    Part("torso_link", "dark", X, BOXY, 0.012, ((-0.105, 0, 0.19, 0.05, 0.07), (-0.05, 0, 0.19, 0.065, 0.085))),
    # neck and head
    Part("torso_link", "motor", Z, ROUND, 0.004, ((0.29, 0.0, 0, 0.042, 0.045), (0.36, 0.005, 0, 0.036, 0.04))),
    Part(
        "torso_link",
        "shell",
        Z,
        2.2,
        0.004,
        (
            (0.325, 0.006, 0, 0.04, 0.036),
            (0.345, 0.004, 0, 0.06, 0.05),
            (0.37, 0.002, 0, 0.072, 0.061),
            (0.405, 0.0, 0, 0.078, 0.067),
            (0.44, -0.002, 0, 0.075, 0.065),
            (0.467, -0.004, 0, 0.063, 0.055),
            (0.483, -0.006, 0, 0.045, 0.039),
            (0.495, -0.007, 0, 0.022, 0.019),
        ),
    ),
    Part("torso_link", "light", X, 2.4, 0.008, ((0.02, 0, 0.403, 0.057, 0.063), (0.079, 0, 0.403, 0.05, 0.057))),
    Part("torso_link", "visor", X, 2.4, 0.014, ((0.02, 0, 0.403, 0.053, 0.059), (0.091, 0, 0.403, 0.045, 0.052))),
    # leg
    _motor("left_hip_pitch_link", Y, -0.012, 0.03, 0.054),
    Part(
        "left_hip_pitch_link",
        "shell",
        X,
        ROUND,
        0.01,
        ((-0.06, 0.05, -0.028, 0.05, 0.05), (0.05, 0.05, -0.028, 0.05, 0.05)),
    ),
    _motor("left_hip_roll_link", X, -0.068, 0.058, 0.034),
    Part(
        "left_hip_roll_link",
        "shell",
        Z,
        SOFT,
        0.012,
        ((-0.118, 0.025, 0, 0.058, 0.056), (-0.06, 0.012, 0.004, 0.06, 0.058), (0.0, 0.0, 0.004, 0.045, 0.05)),
    ),
    _motor("left_hip_yaw_link", Z, -0.008, 0.012, 0.052),
    Part(
        "left_hip_yaw_link",
        "shell",
        Z,
        SOFT,
        0.014,
        ((-0.205, -0.078, 0.002, 0.03, 0.034), (-0.15, -0.066, 0.002, 0.05, 0.044), (-0.006, -0.004, 0, 0.061, 0.057)),
    ),
    _motor("left_knee_link", Y, -0.052, 0.056, 0.047),
    Part("left_knee_link", "shell", Y, ROUND, 0.004, ((-0.056, 0, 0, 0.03, 0.03), (0.06, 0, 0, 0.03, 0.03))),
    Part(
        "left_knee_link",
        "shell",
        Z,
        SOFT,
        0.012,
        (
            (-0.275, 0.0, 0, 0.026, 0.026),
            (-0.2, -0.004, 0, 0.036, 0.032),
            (-0.1, -0.006, 0, 0.048, 0.041),
            (-0.03, 0.004, 0, 0.046, 0.042),
            (0.03, 0.022, 0, 0.03, 0.034),
        ),
    ),
    _motor("left_ankle_pitch_link", Y, -0.032, 0.032, 0.022),
    Part(
        "left_ankle_pitch_link",
        "motor",
        Z,
        SOFT,
        0.004,
        ((-0.017, 0, 0, 0.024, 0.022), (0.045, -0.004, 0, 0.02, 0.018)),
    ),
    Part(
        "left_ankle_roll_link",
        "shell",
        Z,
        SOFT,
        0.008,
        ((-0.03, 0.01, 0, 0.05, 0.03), (0.012, -0.002, 0, 0.027, 0.024)),
    ),
    Part(
        "left_ankle_roll_link",
        "dark",
        X,
        BOXY,
        0.006,
        (
            (-0.066, 0, -0.0235, 0.024, 0.0115),
            (-0.03, 0, -0.019, 0.031, 0.016),
            (0.04, 0, -0.018, 0.034, 0.017),
            (0.1, 0, -0.0225, 0.035, 0.0125),
            (0.138, 0, -0.026, 0.026, 0.009),
        ),
    ),
    # arm; at angle 0 the forearm points forward
    _motor("left_shoulder_pitch_link", Y, -0.015, 0.04, 0.042),
    Part(
        "left_shoulder_pitch_link",
        "shell",
        Y,
        ROUND,
        0.01,
        ((0.012, 0, 0, 0.047, 0.047), (0.062, -0.004, 0, 0.045, 0.047)),
    ),
    _motor("left_shoulder_roll_link", X, -0.05, 0.05, 0.03),
    Part(
        "left_shoulder_roll_link",
        "shell",
        Z,
        SOFT,
        0.01,
        ((-0.098, 0, 0.006, 0.036, 0.036), (-0.05, 0, 0.008, 0.042, 0.04), (0.034, 0, 0.012, 0.036, 0.03)),
    ),
    _motor("left_shoulder_yaw_link", Z, -0.004, 0.01, 0.034),
    Part(
        "left_shoulder_yaw_link",
        "shell",
        Z,
        SOFT,
        0.01,
        ((-0.1, 0.014, 0, 0.032, 0.024), (-0.06, 0.012, 0, 0.037, 0.034), (-0.002, 0, 0, 0.036, 0.036)),
    ),
    _motor("left_elbow_link", Y, -0.036, 0.036, 0.036),
    Part("left_elbow_link", "shell", Y, ROUND, 0.004, ((-0.04, 0, 0, 0.022, 0.022), (0.04, 0, 0, 0.022, 0.022))),
    Part(
        "left_elbow_link",
        "shell",
        X,
        SOFT,
        0.01,
        ((0.012, 0, -0.004, 0.03, 0.034), (0.05, 0.001, -0.008, 0.034, 0.034), (0.096, 0.002, -0.01, 0.029, 0.029)),
    ),
    _motor("left_wrist_roll_link", X, -0.006, 0.03, 0.026),
    Part("left_wrist_pitch_link", "dark", Y, ROUND, 0.004, ((-0.024, 0, 0, 0.023, 0.023), (0.024, 0, 0, 0.023, 0.023))),
    Part("left_wrist_yaw_link", "motor", Z, ROUND, 0.004, ((-0.026, 0, 0, 0.022, 0.022), (0.026, 0, 0, 0.022, 0.022))),
)

PALMS = (
    # a closed rubber hand, thumb up
    Part(
        "left_wrist_yaw_link",
        "dark",
        X,
        SOFT,
        0.012,
        (
            (0.01, 0.0, 0, 0.018, 0.028),
            (0.055, 0.0, 0, 0.022, 0.042),
            (0.1, -0.004, 0, 0.022, 0.044),
            (0.13, -0.012, 0, 0.018, 0.036),
        ),
    ),
    Part(
        "left_wrist_yaw_link",
        "dark",
        X,
        ROUND,
        0.008,
        ((0.045, -0.012, 0.04, 0.012, 0.012), (0.105, -0.024, 0.048, 0.01, 0.01)),
    ),
)

_PROXIMAL = ((-0.006, 0.0, 0.0, 0.012, 0.012), (0.044, 0.0, 0.0, 0.011, 0.011))
_DISTAL = ((0.0, 0.0, 0.0, 0.011, 0.011), (0.03, 0.004, 0.0, 0.01, 0.01), (0.05, 0.003, 0.0, 0.007, 0.008))

FINGERS = (
    Part(
        "left_wrist_yaw_link",
        "dark",
        X,
        SOFT,
        0.01,
        ((0.01, 0.0, 0, 0.02, 0.026), (0.06, 0.002, 0, 0.024, 0.044), (0.112, 0.004, 0, 0.018, 0.044)),
    ),
    _motor("left_hand_thumb_0_link", Y, -0.019, 0.0, 0.011),
    Part("left_hand_thumb_1_link", "dark", Y, SOFT, 0.004, ((-0.044, 0, 0, 0.011, 0.011), (0.006, 0, 0, 0.012, 0.012))),
    Part(
        "left_hand_thumb_2_link",
        "dark",
        Y,
        SOFT,
        0.004,
        ((-0.05, 0, -0.003, 0.008, 0.007), (-0.03, 0, -0.004, 0.01, 0.01), (0.0, 0, 0, 0.011, 0.011)),
    ),
    Part("left_hand_middle_0_link", "dark", X, SOFT, 0.004, _PROXIMAL),
    Part("left_hand_middle_1_link", "dark", X, SOFT, 0.004, _DISTAL),
    Part("left_hand_index_0_link", "dark", X, SOFT, 0.004, _PROXIMAL),
    Part("left_hand_index_1_link", "dark", X, SOFT, 0.004, _DISTAL),
)
"""The palm and the fingers of the robot with hands; like `PALMS`, they complete `PARTS`."""
