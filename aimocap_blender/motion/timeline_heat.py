"""Heats along the timeline: their colours, and the worst in each cell of a strip."""

import numpy as np

from .rotations import FloatArray, IntArray

LEAST_HEAT = 0.25
"""Of what is worth seeing."""

_MILD, _BAD = np.array([1.0, 0.85, 0.0]), np.array([1.0, 0.08, 0.0])  # sRGB
_SHADES = 12  # between the two colours, as many as the eye distinguishes


def heat_colours(heat: FloatArray) -> FloatArray:
    """Return (..., 3) sRGB of heats (...) above 0: yellow for the mildest, red at 1."""
    share = np.clip((heat - LEAST_HEAT) / (1.0 - LEAST_HEAT), 0.0, 1.0)[..., None]
    return np.asarray(_MILD + share * (_BAD - _MILD), dtype=np.float64)


def frame_step(frames: FloatArray) -> float:
    """Return the timeline frames between a motion's evenly spaced frames (F,); 1 for a single one."""
    return abs(float(frames[-1] - frames[0])) / (len(frames) - 1) if len(frames) > 1 else 1.0


def row_at(frames: FloatArray, frame: float) -> int | None:
    """Return the row of the motion's timeline frames (F,) shown at a timeline frame; None outside of them."""
    row = int(np.argmin(np.abs(frames - frame)))
    return row if abs(frames[row] - frame) <= frame_step(frames) / 2.0 else None


def worst_in_cells(heat: FloatArray, frames: FloatArray, left: float, right: float, cells: int) -> FloatArray:
    """Return (K, cells) the worst of each row of heats in equal cells along the timeline; 0 without a frame.

    A frame lasts from halfway to the previous one until halfway to the next, so that nothing is too short to be seen.

    Args:
        heat: (K, F).
        frames: (F,) timeline frames, evenly apart, ascending or descending.
        left: timeline frame at which the first cell begins.
        right: timeline frame at which the last cell ends.
        cells: how many.
    """
    if frames[0] > frames[-1]:
        heat, frames = heat[:, ::-1], frames[::-1]
    half = frame_step(frames) / 2.0
    edges = np.linspace(left, right, cells + 1)
    first = np.searchsorted(frames + half, edges[:-1], side="right")
    stop = np.searchsorted(frames - half, edges[1:], side="left")
    padded = np.concatenate([heat, np.zeros((len(heat), 1))], axis=1)  # a column for cells after the last frame
    # `reduceat` takes each cell's frames, and then those from there to the next cell, which don't count
    worst = np.maximum.reduceat(padded, np.stack([first, stop], axis=1).ravel(), axis=1)[:, ::2]
    return np.where(stop > first, worst, 0.0)


def bands(worst: FloatArray) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Return runs of cells of one shade: rows, first cells, stops (N,), and heats (N,); without cells of no heat.

    Args:
        worst: (K, cells) heats, 0 to 1.
    """
    # rounded up, or the mildest heat would have no shade
    shades = np.ceil(worst * _SHADES) / _SHADES
    # one edge more than cells: each row begins and ends with one
    changes = np.ones((len(shades), shades.shape[1] + 1), dtype=np.bool_)
    changes[:, 1:-1] = shades[:, 1:] != shades[:, :-1]
    rows, starts = np.nonzero(changes[:, :-1])
    _, stops = np.nonzero(changes[:, 1:])
    heat = shades[rows, starts]
    hot = heat > 0.0
    return rows[hot], starts[hot], stops[hot] + 1, heat[hot]
