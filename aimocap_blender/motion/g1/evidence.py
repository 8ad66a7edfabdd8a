"""Sentences that explain how a motion file was read."""

from .choices import NAMED, ChoiceName
from .plausibility import Signs
from .source import EULER_COLUMNS, G1Source

LABELS = {
    "29dof": "all 29 joints",
    "23dof": "Unitree's 23 joints (one in the waist and in each wrist)",
    "23dof_without_wrists": "23 joints (three in the waist and none in the wrists)",
    "43dof_with_hands": "43 joints with hands",
    "mujoco": "MuJoCo's order",
    "isaac": "Isaac's order",
    "wxyz": "wxyz",
    "xyzw": "xyzw",
    "rad": "radians",
    "deg": "degrees",
    "m": "metres",
    "cm": "centimetres",
    "mm": "millimetres",
}
"""Value of a choice → its label."""

_TELLING = 0.1  # difference that a sign needs to be mentioned


def stated_reason(name: ChoiceName, value: str | float, source: G1Source) -> str:
    """Return the reason where the file leaves no choice."""
    if name == "quaternion_order":
        if source.root_rot.shape[1] == EULER_COLUMNS:
            return "The file names its angles about x, y and z."
        return "The file names its columns."
    if value == NAMED or source.joints is not None:
        return "The file names its joints."
    return f"The file has {source.angles.shape[1]} joints."


def strongest_evidence(other: str, best: Signs, rest: Signs) -> str:
    """Return the strongest evidence against the likeliest reading with another value.

    Args:
        other: value of the choice in that reading.
        best: signs of the reading that was used.
        rest: signs of that other one.
    """
    label = f"Read as {LABELS[other]}"
    gains = {sign: rest.costs[sign] - cost for sign, cost in best.costs.items()}
    sign = max(gains, key=lambda sign: gains[sign])
    if gains[sign] < _TELLING:
        return f"{label}, the motion would look much the same."
    degrees = 57.29578
    return {
        "limits": f"{label}, {rest.outside:.0%} of the frames would be beyond the joints' limits,"
        f" now {best.outside:.0%}.",
        "entering": f"{label}, {rest.entering:.1f} pairs of links would be inside one another,"
        f" now {best.entering:.1f}.",
        "tilt": f"{label}, the lower foot would stand at {rest.tilt * degrees:.0f}° to the ground,"
        f" now {best.tilt * degrees:.0f}°.",
        "lean": f"{label}, the pelvis would lean by {rest.lean * degrees:.0f}°, now {best.lean * degrees:.0f}°.",
        "torso": f"{label}, the torso would lean further.",
        "height": f"{label}, the robot's lowest point would be {rest.height:.2f} m from the ground,"
        f" now {best.height:.2f} m.",
        "slide": f"{label}, the lower foot would slide {(rest.slide or 0.0) * 1000.0:.0f} mm a frame,"
        f" now {(best.slide or 0.0) * 1000.0:.0f} mm.",
        "stiff": f"{label}, no joint would rotate by more than {rest.largest * degrees:.1f}°.",
        "bodies": f"{label}, its bodies would be up to {(rest.apart or 0.0) * 100.0:.0f} cm"
        f" from where the file has them, now {(best.apart or 0.0) * 100.0:.0f} cm.",
    }[sign]
