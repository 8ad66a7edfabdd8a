"""A picture of a robot's motion: figures of lines at moments of it, side by side, as SVG."""

import numpy as np

from ..rotations import FloatArray, rotate
from .motion import G1Motion
from .variants import carriers

_MOMENTS = 8
_HEIGHT, _WIDTH = 120, 80  # units of the picture for each figure
_AROUND = np.radians(35.0)  # from ahead of the world's X axis, from where it is seen
_TALL, _OVER = 2.0, 0.1  # at least so many times the pelvis's height, and so many metres over what is highest, are seen
_COLOURS = {"left": "#2a7ab9", "right": "#c2572b", "": "#444"}
"""Side → colour of its limbs."""


def strip_of(motion: G1Motion, ground: float) -> str:
    """Return the picture of a motion on a ground, its height in metres."""
    frames = np.unique(np.linspace(0, len(motion.root_pos) - 1, _MOMENTS).round().astype(np.int64))
    figure, carried = motion.model.robot.figure, carriers(motion.variant)
    pos, quat = motion.model.body_poses(motion.root_pos[frames], motion.root_quat[frames], motion.dof_pos[frames])
    places: dict[str, FloatArray] = {}
    for slot in figure:
        body, frame = carried[slot.body]
        index = motion.model.bodies.index(body)
        at = pos[:, index] + rotate(quat[:, index], (frame @ [*slot.offset, 1.0])[:3])
        across = np.array([np.sin(_AROUND), -np.cos(_AROUND), 0.0])
        places[slot.slot] = np.stack([(at - pos[:, 0]) @ across, at[:, 2] - ground], axis=-1)
    highest = float(np.stack(list(places.values()))[..., 1].max())
    scale = _HEIGHT / max(_TALL * motion.model.stand_height, highest + _OVER)
    lines: list[str] = []
    heads: list[str] = []
    labels: list[str] = []

    for row, second in enumerate((frames / motion.fps).tolist()):
        for slot in figure:
            if slot.above:
                start, end = places[slot.above][row], places[slot.slot][row]
                lines.append(_line(start, end, scale, row, slot.slot))
        x, y = _point(places["head"][row], scale, row)
        heads.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
        labels.append(f'<text x="{(row + 0.5) * _WIDTH:.0f}" y="{_HEIGHT + 18}">{second:.1f} s</text>')
    width = _WIDTH * len(frames)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT + 22}" width="{width}">'
        "<style>path{stroke-width:3;stroke-linecap:round}circle{fill:#444}"
        "text{font:10px sans-serif;text-anchor:middle}</style>"
        f'<path d="M0 {_HEIGHT}H{width}" stroke="#aaa"/>{"".join([*lines, *heads, *labels])}</svg>\n'
    )


def _point(at: FloatArray, scale: float, row: int) -> tuple[float, float]:
    """Return a place, metres, in its column of the picture."""
    return float((row + 0.5) * _WIDTH + at[0] * scale), float(_HEIGHT - at[1] * scale)


def _line(start: FloatArray, end: FloatArray, scale: float, row: int, slot: str) -> str:
    """Return a limb from one place to another, metres, in its column."""
    x, y = _point(start, scale, row)
    to_x, to_y = _point(end, scale, row)
    colour = _COLOURS[slot.partition("_")[0] if slot.startswith(("left_", "right_")) else ""]
    return f'<path d="M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}" stroke="{colour}"/>'
