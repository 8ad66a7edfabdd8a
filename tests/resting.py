"""When a point rests, by the tests' own code: one sample after the other."""

from collections.abc import Iterator

import numpy as np

LEG = 0.85


def resting(path: np.ndarray, times: np.ndarray, leg: float) -> np.ndarray:
    """(F,) whether a point (F, 3) of a figure rests.

    It moves less than 6 cm/s within 0.07 s and 3 cm/s within 0.2 s, and stays within 2 cm; or it moves less than
    2.5 cm/s from each sample to the next; and that for a tenth of a second.
    """
    size, last = leg / LEG, len(times) - 1

    def speed(at: int, seconds: float, low: int, high: int) -> float:
        reach = int(0.5 * seconds * (high - low) / (times[high] - times[low]))
        a, b = max(at - reach, low), min(at + 1 + reach, high)
        return float(np.linalg.norm(path[b] - path[a]) / (times[b] - times[a])) / size

    slow = [speed(at, 0.07, 0, last) < 0.06 for at in range(last)]
    calm = list(slow)
    for start, stop in _spans(slow):
        calm[start:stop] = [speed(at, 0.2, start, stop) < 0.03 for at in range(start, stop)]
    still = [speed(at, 0.0, 0, last) < 0.025 for at in range(last)]
    found = np.zeros(last + 1, dtype=bool)
    for steps, within in ((calm, 0.02 * size), (still, np.inf)):
        for start, stop in _spans(steps):
            there = path[start : stop + 1]
            near = max(np.linalg.norm(point - there.mean(axis=0)) for point in there) <= within
            if near and times[stop] - times[start] >= 0.1 - 1e-6:
                found[start : stop + 1] = True
    return found


def _spans(steps: list[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for at, there in enumerate([*steps, False]):
        if there and start is None:
            start = at
        elif not there and start is not None:
            yield start, at
            start = None
