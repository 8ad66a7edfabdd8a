"""Robots as data: what the add-on knows of one besides its joints, inertias, capsules and meshes, from its table.

The G1, with its variants, has several tables; each file `robot-ID.json` is a robot of one variant, named ID.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..rotations import FloatArray

WHOLE_ROBOTS = {path.stem.removeprefix("robot-"): path for path in sorted(Path(__file__).parent.glob("robot-*.json"))}
"""Variant → the table with all of it."""

_Point = tuple[float, float, float]


@dataclass(frozen=True)
class FigureSlot:
    """A point on the robot that stands for a joint of a human.

    Attributes:
        slot: of a humanoid.
        above: the slot that carries it; empty for the hips.
        body: of the robot.
        offset: from the body's frame, metres.
    """

    slot: str
    above: str
    body: str
    offset: _Point


@dataclass(frozen=True)
class Robot:
    """A robot, in all its variants.

    Attributes:
        id: as the service's JSON names it.
        name: for people.
        feet: bodies of the left and the right foot.
        corners: centres of the four spheres under each foot, in the frame of its body, metres; the front ones last.
        corner_radius: of the spheres, metres.
        figure: it as a human.
        figure_pose: joint and angle, rad, with which it stands upright with its arms down; other joints are at 0.
        start: joint and angle, rad, at which fitting begins: knees and elbows bent, arms off the body.
        limbs: title and the first parts of its joints' names.
        rings: part of a joint's name, in lower case, and the radius of its ring handle, metres.
        also: other names of its joints in files, in lower case without `_joint`, and MuJoCo's names of these joints.
        places: how many motors a low-level state of its maker's SDK has place for; 0 if that isn't known.
        motors: the place of each of its joints there, in MuJoCo's order.
    """

    id: str
    name: str
    feet: tuple[str, str]
    corners: tuple[_Point, ...]
    corner_radius: float
    figure: tuple[FigureSlot, ...]
    figure_pose: tuple[tuple[str, float], ...]
    start: tuple[tuple[str, float], ...]
    limbs: tuple[tuple[str, tuple[str, ...]], ...]
    rings: tuple[tuple[str, float], ...]
    also: tuple[tuple[str, str], ...]
    places: int
    motors: tuple[int, ...]

    @property
    def short_name(self) -> str:
        """Its name without its maker's: "G1"."""
        return self.name.split()[-1]

    @cached_property
    def sole(self) -> FloatArray:
        """(4, 3) `corners`."""
        return np.array(self.corners, dtype=np.float64)

    @cached_property
    def front(self) -> FloatArray:
        """(3,) the middle of a sole's front edge, on which a foot rolls, from its body, metres."""
        return np.array([self.sole[:, 0].max(), 0.0, self.below[2]])

    @cached_property
    def below(self) -> FloatArray:
        """(3,) the point of a sole below its body's frame, metres."""
        return np.array([0.0, 0.0, self.sole[:, 2].min() - self.corner_radius])


def table_of(variant: str) -> dict[str, Any]:
    """Return the table of a robot in one."""
    return json.loads(WHOLE_ROBOTS[variant].read_text(encoding="utf-8"))


def robot_in(file: Path) -> Robot:
    """Return the robot of a table."""
    table: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    feet, figure, motors = table["feet"], table["figure"], table.get("motors", {})
    return Robot(
        id=table["robot"],
        name=table["name"],
        feet=tuple(feet["bodies"]),
        corners=tuple(map(tuple, feet["corners_m"])),
        corner_radius=feet["radius_m"],
        figure=tuple(FigureSlot(slot, above, body, tuple(offset)) for slot, above, body, offset in figure["slots"]),
        figure_pose=tuple(figure["pose_rad"].items()),
        start=tuple(figure["start_rad"].items()),
        limbs=tuple((title, tuple(parts)) for title, parts in table["limbs"].items()),
        rings=tuple(table["rings_m"].items()),
        also=tuple(table.get("also", {}).items()),
        places=motors.get("places", 0),
        motors=tuple(motors.get("of_joints", ())),
    )
