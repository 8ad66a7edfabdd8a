"""Cuts between frames of a clip that are up to seconds apart, where those in between aren't at hand."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..motion.spans import runs
from .crops import Frame
from .scanning import MUCH_CHANGED, changed
from .small_frames import colour_copy

_SOME, _STEEPER = 0.25, 3.0  # of the blocks; and times as many as at the steps before and after
_WHIP_SEC = 0.3  # between samples up to which a camera that is swung is seen in several steps
_IN_A_ROW = 3  # cuts, between samples that are farther apart: of more, it is the scene that changes so fast
_LIKE = 0.6  # correlation of colours: in rendered films that pan or sway, 69 of 70 pairs have more, at cuts 1 of 91
_FARTHEST = 0.25  # of a frame's side that the camera shifts the scene by
_TINY = 1e-9


def sampled_cuts(samples: Sequence[Frame], apart_sec: float) -> tuple[int, ...]:
    """Return the numbers of the samples that start a new shot.

    Where the same scene is found again, moved or in other light, it is no cut; where it is back after one sample, it
    was a flash.

    Args:
        samples: in order; small frames are enough.
        apart_sec: seconds from one to the next.
    """
    copies = [colour_copy(sample) for sample in samples]
    steps = [changed(one, after) for one, after in pairwise(copies)]
    is_cut = np.zeros(len(steps), np.bool_)
    for number, (one, after) in enumerate(pairwise(samples)):
        is_cut[number] = _is_steep(steps, number) and not _same_scene(one, after)
    # a flash: there and back
    for number in range(len(steps) - 1):
        if is_cut[number] and is_cut[number + 1] and changed(copies[number], copies[number + 2]) < _SOME:
            is_cut[number : number + 2] = False
    # more in a row than that are a camera that is swung, or a scene that changes all the time
    longest = 1 if apart_sec <= _WHIP_SEC else _IN_A_ROW
    cuts: list[int] = []
    for first, end in runs(is_cut).tolist():
        if end - first <= longest:
            cuts += range(first + 1, end + 1)
    return tuple(cuts)


def _is_steep(steps: Sequence[float], number: int) -> bool:
    nearby = [*steps[max(number - 1, 0) : number], *steps[number + 1 : number + 2]]
    step = steps[number]
    return step >= MUCH_CHANGED or (step >= _SOME and step >= _STEEPER * max(nearby, default=0.0))


def _same_scene(one: Frame, after: Frame) -> bool:
    """Whether a camera that moved, or other light, explains how two frames differ."""
    copy, copy_after = (colour_copy(part) for part in _shared(one, after))
    # less their means, as other light is of one colour
    colours, colours_after = (copy - copy.mean((0, 1))).ravel(), (copy_after - copy_after.mean((0, 1))).ravel()
    spread = float(np.linalg.norm(colours) * np.linalg.norm(colours_after))
    return float(colours @ colours_after) > _LIKE * spread


def _shared(one: Frame, after: Frame) -> tuple[Frame, Frame]:
    """The parts of two frames that show the same if one is the other, shifted (phase correlation, Kuglin 1975)."""
    height, width = one.shape[:2]
    # faded to the edges, which would match each other in any two frames
    window = np.outer(np.hanning(height), np.hanning(width))
    spectrum = np.fft.rfft2((one.mean(-1) - one.mean()) * window)
    spectrum_after = np.fft.rfft2((after.mean(-1) - after.mean()) * window)
    # of the product only the phases: a shift is a single peak then
    product = spectrum * np.conj(spectrum_after)
    peaks = np.fft.irfft2(product / (np.abs(product) + _TINY), (height, width))
    # shifts beyond half of a side stand for those to the other side, as frequencies do
    peaks[np.abs(np.fft.fftfreq(height)) > _FARTHEST] = 0.0
    peaks[:, np.abs(np.fft.fftfreq(width)) > _FARTHEST] = 0.0
    down, along = map(int, np.unravel_index(int(np.argmax(peaks)), peaks.shape))
    down -= height if down > height / 2 else 0
    along -= width if along > width / 2 else 0
    rows, columns = height - abs(down), width - abs(along)
    return (
        one[max(down, 0) : max(down, 0) + rows, max(along, 0) : max(along, 0) + columns],
        after[max(-down, 0) : max(-down, 0) + rows, max(-along, 0) : max(-along, 0) + columns],
    )
