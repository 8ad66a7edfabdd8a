"""Sentences that explain how a motion file was read."""

from typing import LiteralString

import numpy as np

from ...texts.text import Sentence, Text
from .choices import NAMED, ChoiceName
from .layouts import Layout
from .plausibility import Signs
from .source import EULER_COLUMNS, G1Source
from .variants import g1_variant

LABELS: dict[str, LiteralString] = {
    "29dof": "all 29 joints",
    "23dof": "Unitree's 23 joints (one in the waist and in each wrist)",
    "23dof_without_wrists": "23 joints (three in the waist and none in the wrists)",
    "27dof_locked_waist": "27 joints (one in the waist, three in each wrist)",
    "43dof_with_hands": "43 joints with hands",
    "named": "its own names",
    "mujoco": "MuJoCo's order",
    "isaac": "Isaac's order",
    "hands_last": "MuJoCo's order, hands last",
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


def label_of(value: str) -> Sentence:
    """Return the label of a choice's value; of another robot's joints its name."""
    return Text(LABELS[value]) if value in LABELS else Text("{robot}", robot=g1_variant(value).robot.name)


def said_by(layout: Layout) -> Sentence:
    """Return the reason where the file's layout leaves no choice."""
    return Text("The file has the layout of {layout}.", layout=layout.name)


def as_of_another_robot(signs: Signs) -> Sentence:
    """Return the reason to ask whether a file's joints are this robot's."""
    return Text(
        "{share:.0%} of the frames are beyond the joints' limits, as of another robot, or as velocities are.",
        share=signs.outside,
    )


def as_of_hanging_arms() -> Sentence:
    """Return the reason to ask whether a file's joints are a G1's: 0 of its elbows is a right angle."""
    return "Both elbows are always bent by more than 90°, as of a robot whose arms hang straight at 0°."


def as_of_another_order(signs: Signs) -> Sentence:
    """Return the reason to ask whether a file's joints are in an order that is known here."""
    return Text(
        "In each frame {count:.1f} pairs of links are inside one another, as with joints in another order.",
        count=signs.entering,
    )


def as_of_longer_legs(signs: Signs) -> Sentence:
    """Return the reason to ask whether a file's joints are this robot's."""
    return Text(
        "It is always {distance:.0f} cm or more above the ground, as a robot with longer legs would be.",
        distance=signs.clearance * 100.0,
    )


def as_of_no_angles(largest: float) -> Sentence:
    """Return the reason to ask about the unit of angles that are at most so large, rad."""
    return Text(
        "In radians the angles would be beyond a full turn, in degrees at most {most:.0f}°, as velocities would be.",
        most=np.degrees(largest),
    )


def as_of_other_bodies(apart: float) -> Sentence:
    """Return the reason to ask about angles that put a body so far, metres, from where the file has it."""
    return Text(
        "Bodies are up to {distance:.0f} cm from where the file has them: the angles or their order may be others.",
        distance=apart * 100.0,
    )


def stated_reason(name: ChoiceName, value: str | float, source: G1Source) -> Sentence:
    """Return the reason where the file leaves no choice."""
    if source.layout is not None and value == source.said(name):
        return said_by(source.layout)
    if name == "quaternion_order":
        if source.root_rot.shape[1] == EULER_COLUMNS:
            return "The file names its angles about x, y and z."
        return "The file names its columns."
    if value == NAMED or source.joints is not None:
        return "The file names its joints."
    return Text("The file has {count} joints.", count=source.angles.shape[1])


def strongest_evidence(other: str, best: Signs, rest: Signs) -> Sentence:
    """Return the strongest evidence against the likeliest reading with another value.

    Args:
        other: value of the choice in that reading.
        best: signs of the reading that was used.
        rest: signs of that other one.
    """

    def gain(sign: str) -> float:
        return rest.costs[sign] - best.costs[sign]

    label = Text("Read as {reading}", reading=label_of(other))
    strongest = max(best.costs, key=gain)
    if gain(strongest) < _TELLING:
        return Text("{label}, the motion would look much the same.", label=label)
    return _told(strongest, label, best, rest)


def _told(sign: str, label: Text, best: Signs, rest: Signs) -> Text:
    """Return what a sign says against a reading, for people; for the other arguments see `strongest_evidence`."""
    degrees = 57.29578
    return {
        "limits": Text(
            "{label}, {then:.0%} of the frames would be beyond the joints' limits, now {now:.0%}.",
            label=label,
            then=rest.outside,
            now=best.outside,
        ),
        "entering": Text(
            "{label}, {then:.1f} pairs of links would be inside one another, now {now:.1f}.",
            label=label,
            then=rest.entering,
            now=best.entering,
        ),
        "tilt": Text(
            "{label}, the lower foot would stand at {then:.0f}° to the ground, now {now:.0f}°.",
            label=label,
            then=rest.tilt * degrees,
            now=best.tilt * degrees,
        ),
        "lean": Text(
            "{label}, the pelvis would lean by {then:.0f}°, now {now:.0f}°.",
            label=label,
            then=rest.lean * degrees,
            now=best.lean * degrees,
        ),
        "torso": Text("{label}, the torso would lean further.", label=label),
        "posture": Text("{label}, the robot would hold its arms in a less usual way.", label=label),
        "height": Text(
            "{label}, the robot's lowest point would be {then:.2f} m from the ground, now {now:.2f} m.",
            label=label,
            then=rest.height,
            now=best.height,
        ),
        "ground": Text(
            "{label}, the robot would be on the ground in {then:.0%} of the frames, now {now:.0%}.",
            label=label,
            then=rest.grounded,
            now=best.grounded,
        ),
        "slide": Text(
            "{label}, the lower foot would slide {then:.0f} mm a frame, now {now:.0f} mm.",
            label=label,
            then=(rest.slide or 0.0) * 1000.0,
            now=(best.slide or 0.0) * 1000.0,
        ),
        "stiff": Text(
            "{label}, no joint would rotate by more than {most:.1f}°.", label=label, most=rest.largest * degrees
        ),
        "bodies": Text(
            "{label}, its bodies would be up to {then:.0f} cm from where the file has them, now {now:.0f} cm.",
            label=label,
            then=(rest.apart or 0.0) * 100.0,
            now=(best.apart or 0.0) * 100.0,
        ),
    }[sign]
