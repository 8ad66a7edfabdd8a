"""The ghost of a take in the viewport: its bones as octahedrons, seen through the character's body."""

from typing import Any, Literal, cast

import bpy
import gpu
import numpy as np

from ...motion.rotations import FloatArray
from ..text.overlays import blended_surfaces, draw_triangles

_COLOUR = (0.15, 0.75, 1.0)
_IN_FRONT, _BEHIND = 0.85, 0.3  # opacity where the ghost is in front of the scene's surfaces, and behind them
_WIDTH, _WAIST = 0.1, 0.1  # of an octahedron's half width and its place, as a fraction of the bone's length
_DARKEST = 0.45  # brightness of faces that look away from the light
_LIGHT = np.array([0.4, -0.5, 0.77])  # to the light, in the world

_RING = np.array([[1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, -1.0], [1.0, 0.0, -1.0]]) * _WIDTH + [0.0, _WAIST, 0.0]
_NEXT = np.roll(_RING, -1, axis=0)
_HEADS, _TAILS = np.zeros((4, 3)), np.tile([0.0, 1.0, 0.0], (4, 1))
_FACES = np.stack([_HEADS, _RING, _NEXT, _TAILS, _NEXT, _RING], axis=1).reshape(8, 3, 3)
"""(8, 3, 3) faces of a bone of length 1 along Y, their corners counterclockwise as seen from outside."""


def draw_ghost(poses: FloatArray, lengths: FloatArray) -> None:
    """Draw bones over the viewport.

    Args:
        poses: (N, 4, 4) bone-to-world matrices.
        lengths: (N,) of the bones.
    """
    corners = np.einsum("nij,n,fcj->nfci", poses[:, :3, :3], lengths, _FACES) + poses[:, None, None, :3, 3]
    normals = np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    sizes = np.linalg.norm(normals, axis=2)
    # the faces of a bone without length look nowhere
    lit = np.maximum((normals @ _LIGHT) / np.maximum(sizes, np.finfo(float).tiny), 0.0)
    tones = (_DARKEST + (1.0 - _DARKEST) * lit)[..., None] * _COLOUR
    shader: Any = gpu.shader.from_builtin("SMOOTH_COLOR")
    # what is behind the character is seen through it, but fainter
    passes: tuple[tuple[Literal["LESS_EQUAL", "GREATER"], float], ...] = (
        ("GREATER", _BEHIND),
        ("LESS_EQUAL", _IN_FRONT),
    )
    with blended_surfaces():
        for test, opacity in passes:
            gpu.state.depth_test_set(test)
            colours = np.concatenate([tones, np.full((*tones.shape[:2], 1), opacity)], axis=2)
            draw_triangles(
                shader,
                pos=corners.reshape(-1, 3).astype(np.float32),
                color=np.repeat(colours.reshape(-1, 4), 3, axis=0).astype(np.float32),
            )


def shows_overlays(context: bpy.types.Context, character: bpy.types.Object) -> bool:
    """Return whether the viewport that is drawn shows overlays, and the character's scene."""
    view = cast("bpy.types.SpaceView3D", context.space_data)
    return view.overlay.show_overlays and character in tuple(cast("bpy.types.ViewLayer", context.view_layer).objects)
