"""The performance of a range of seconds as the motion of a skeleton in arrays."""

from collections.abc import Mapping

import numpy as np

from aimocap_blender.motion.rotations import from_matrix
from aimocap_blender.motion.skeleton import Clip, Skeleton

from .performance import Performance
from .posing import pose


def performance_clip(start: float, end: float, fps: float = 30.0, performance: Performance | None = None) -> Clip:
    """The walker on the circle, who waves; MetaHuman names, metres, Z up, facing -Y at rest."""
    times = start + np.arange(max(1, round((end - start) * fps))) / fps
    posed = pose(times, performance or Performance())
    body = posed.body
    rest = np.tile(np.eye(4), (len(body.names), 1, 1))
    rest[:, :3, :3], rest[:, :3, 3] = body.axes, body.positions
    skeleton = Skeleton(
        names=tuple(body.names),
        parents=np.array(body.parents),
        rest=rest,
        tails=rest[:, :3, 3] + 0.05 * rest[:, :3, 1],
        world=np.eye(4),
    )
    positions = np.stack([posed.positions[name] for name in body.names], axis=1)
    turns = np.stack([posed.rotations(name) for name in body.names], axis=1)
    return Clip(skeleton, times - start, fps, positions, from_matrix(turns))


def heads_of(clip: Clip, bones: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Slot to the path (F, 3) of its joint."""
    return {slot: clip.positions[:, clip.skeleton.index(bone)] for slot, bone in bones.items()}
