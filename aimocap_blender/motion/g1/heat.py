"""How bad a G1's motion is, as it is shown: colours, the worst in each cell of a strip, and what is told of a frame."""

import numpy as np

from ..rotations import FloatArray, IntArray
from .checks import G1Report
from .checks_findings import LEAST_SEVERITY, G1Check, G1Finding

_MILD, _BAD = np.array([1.0, 0.85, 0.0]), np.array([1.0, 0.08, 0.0])  # sRGB
_SHADES = 12  # between them, as many as are told apart


def heat_colours(heat: FloatArray) -> FloatArray:
    """(..., 3) sRGB of heats (...) above 0: yellow where a fault can just be seen, red at 1."""
    share = np.clip((heat - LEAST_SEVERITY) / (1.0 - LEAST_SEVERITY), 0.0, 1.0)[..., None]
    return np.asarray(_MILD + share * (_BAD - _MILD), dtype=np.float64)


def frame_step(frames: FloatArray) -> float:
    """Timeline frames from each of a motion's frames (F,), evenly apart, to the next; 1 for a single one."""
    return abs(float(frames[-1] - frames[0])) / (len(frames) - 1) if len(frames) > 1 else 1.0


def row_at(frames: FloatArray, frame: float) -> int | None:
    """The row of the motion's timeline frames (F,) that is shown at a timeline frame; None before and after them."""
    row = int(np.argmin(np.abs(frames - frame)))
    return row if abs(frames[row] - frame) <= frame_step(frames) / 2.0 else None


def worst_in_cells(heat: FloatArray, frames: FloatArray, left: float, right: float, cells: int) -> FloatArray:
    """(K, cells) the worst of each row of heats in cells of equal width along the timeline; 0 where no frame is.

    A frame lasts from halfway to the one before it until halfway to the next, so that no fault is too short to be seen.

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
    padded = np.concatenate([heat, np.zeros((len(heat), 1))], axis=1)  # a place for what begins after the last frame
    worst = np.maximum.reduceat(padded, np.stack([first, stop], axis=1).ravel(), axis=1)[:, ::2]
    return np.where(stop > first, worst, 0.0)


def bands(worst: FloatArray) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Runs of cells of one shade: rows, first cells, stops (N,), and (N,) heats; cells without heat are left out.

    Args:
        worst: (K, cells) heats, 0 to 1.
    """
    shades = np.ceil(worst * _SHADES) / _SHADES
    changes = np.ones((len(shades), shades.shape[1] + 1), dtype=np.bool_)
    changes[:, 1:-1] = shades[:, 1:] != shades[:, :-1]
    rows, starts = np.nonzero(changes[:, :-1])
    _, stops = np.nonzero(changes[:, 1:])
    heat = shades[rows, starts]
    hot = heat > 0.0
    return rows[hot], starts[hot], stops[hot] + 1, heat[hot]


def checks_with_faults(report: G1Report) -> tuple[G1Check, ...]:
    """Those of a report that found something, in its order."""
    return tuple(check for check in report.checks if check.findings)


def told_at(report: G1Report, row: int) -> tuple[tuple[float, G1Finding], ...]:
    """What is wrong at a frame, the worst first: of each kind of fault its heat, and the worst finding it is in."""
    told: list[tuple[float, G1Finding]] = []
    for check in checks_with_faults(report):
        heat = float(check.severity[row])
        finding = next((found for found in check.findings if found.first <= row <= found.last), None)
        if heat > 0.0 and finding is not None:
            told.append((heat, finding))
    return tuple(sorted(told, key=lambda pair: -pair[0]))
