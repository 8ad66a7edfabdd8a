"""Makes the FBX that the service would deliver: the performance of a range on a MetaHuman-style skeleton.

`python -m tests.media.metahuman_fbx result.fbx --start 1.2 --end 3.6 --fps 30`: any Python with numpy; no bpy.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from .fbx_file import write_fbx
from .fbx_skeleton import Bone, SkeletonScene
from .matrices import Array, transposed, turn
from .performance import Performance
from .performance_options import add_performance_options, performance_of
from .posing import Pose, pose

CENTIMETRES = 100.0
Z_UP_TO_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def frame_times(start: float, end: float, fps: float) -> Array:
    """The source seconds of a result's frames: the range's first moment is frame 0; its end is not in it."""
    return start + np.arange(max(1, round((end - start) * fps))) / fps


def make_metahuman_fbx(
    file: Path,
    start: float,
    end: float,
    fps: float = 30.0,
    *,
    performance: Performance | None = None,
    up_axis: str = "Z",
) -> None:
    """Writes the motion of a range of source seconds; the file's time begins at 0.

    Centimetres; Unreal's bone axes (X along the bone); the rest pose is the A-pose; the walker's path is on `root`.
    """
    posed = pose(frame_times(start, end, fps), performance or Performance())
    turned = np.eye(3) if up_axis == "Z" else Z_UP_TO_Y_UP
    write_fbx(file, SkeletonScene(float(fps), up_axis).nodes(_bones(posed, turned)))


def _bones(posed: Pose, world: Array) -> list[Bone]:
    body = posed.body
    bones = []
    for index, (name, parent) in enumerate(zip(body.names, body.parents, strict=True)):
        rotations, positions = posed.rotations(name), posed.positions[name]
        rest_rotation, rest_position = body.axes[index], body.positions[index]
        if parent < 0:
            rotations, positions = world @ rotations, turn(world, positions)
            rest_rotation, rest_position = world @ rest_rotation, world @ rest_position
        else:
            above = body.names[parent]
            into_parent = transposed(posed.rotations(above))
            positions = turn(into_parent, positions - posed.positions[above])
            rotations = into_parent @ rotations
            rest_position = body.axes[parent].T @ (rest_position - body.positions[parent])
            rest_rotation = body.axes[parent].T @ rest_rotation
        rest = (CENTIMETRES * rest_position, rest_rotation)
        bones.append(Bone(name, parent, rest, CENTIMETRES * positions, rotations))
    return bones


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--start", type=float, default=0.0, help="source seconds")
    parser.add_argument("--end", type=float, default=4.0, help="source seconds")
    parser.add_argument("--fps", type=float, default=30.0)
    add_performance_options(parser)
    parser.add_argument("--up-axis", choices=("Y", "Z"), default="Z")
    options = parser.parse_args()
    performance = performance_of(options)
    make_metahuman_fbx(
        options.file, options.start, options.end, options.fps, performance=performance, up_axis=options.up_axis
    )


if __name__ == "__main__":
    main()
