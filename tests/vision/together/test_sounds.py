"""Sounds of one moment, as microphones in a room record them."""

import numpy as np
import pytest

from aimocap_blender.vision.together.offsets import HEARD_RATE, offset_heard

Array = np.ndarray
LATE_SEC = 0.4321


def steps_and_claps(chance: np.random.Generator, seconds: float) -> Array:
    """Short noises at irregular times."""
    sound = np.zeros(round(seconds * HEARD_RATE))
    for start in np.cumsum(chance.uniform(0.3, 0.7, round(seconds / 0.3))):
        at = round(start * HEARD_RATE)
        noise = chance.standard_normal(800) * np.exp(-np.arange(800) / 150.0) * chance.uniform(0.3, 1.0)
        part = sound[at : at + 800]
        part += noise[: len(part)]
    return sound


def recorded(sound: Array, seed: int, start: float, seconds: float, drift: float = 0.0) -> Array:
    """A sound from `start` on, with echoes, hum and noise, through a microphone of its own."""
    chance = np.random.default_rng(seed)
    echoes = chance.standard_normal(2400) * np.exp(-np.arange(2400) / 640.0) * 0.15
    echoes[:40] = 0.0
    echoes[0] = 1.0
    heard = np.convolve(sound, echoes)[: len(sound)]
    heard = np.convolve(heard, chance.uniform(0.2, 1.0, 3), mode="same")
    heard = heard / heard.std() + chance.uniform(0.05, 0.3) * chance.standard_normal(len(heard))
    at = start * HEARD_RATE + np.arange(round(seconds * HEARD_RATE)) * (1.0 + drift)
    hum = 0.3 * np.sin(2.0 * np.pi * 50.0 * np.arange(len(at)) / HEARD_RATE)
    return np.asarray(chance.uniform(0.01, 1.0) * (np.interp(at, np.arange(len(heard)), heard) + hum), np.float64)


@pytest.mark.parametrize("seed", range(10))
def test_offset_is_heard_to_5_ms(seed: int) -> None:
    sound = steps_and_claps(np.random.default_rng(seed), 10.0)
    first = recorded(sound, 100 + seed, 1.0, 6.0)
    second = recorded(sound, 200 + seed, 1.0 + LATE_SEC, 7.0, drift=1e-4)
    offset = offset_heard(first, second)
    assert offset is not None
    assert abs(offset + LATE_SEC) < 0.005


def test_no_offset_where_nothing_tells_it() -> None:
    chance = np.random.default_rng(5)
    sound = steps_and_claps(chance, 8.0)
    beat = np.tile(steps_and_claps(chance, 0.5), 16)
    for first, second in (
        (sound, chance.standard_normal(6 * HEARD_RATE)),
        (sound, np.zeros(6 * HEARD_RATE)),
        (sound, sound[: HEARD_RATE // 2]),
        (sound, np.zeros(0)),
        (recorded(beat, 1, 0.5, 6.0), recorded(beat, 2, 1.1, 6.0)),
    ):
        assert offset_heard(first, second) is None
        assert offset_heard(second, first) is None
