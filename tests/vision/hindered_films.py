"""Films in which one thing hinders a motion, or nothing: frames of rendered truth, filtered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

FPS = 30.0
Frames = Sequence[np.ndarray]
WALKER = 260, 380
"""Columns of the clip `cmu150` in which the person is."""

CUT, BLUR, DARK, FLOOR, SMALL, CAMERA = "cut", "blurred", "dark", "floor", "small", "camera"
FEET_OUT, FEET_HIDDEN, HANDS_OUT, SEVERAL, NOBODY = "feet out", "feet hidden", "hands out", "several", "nobody"
WORDS = {
    "there is a cut": CUT,
    "the video is blurred": BLUR,
    "the video is dark": DARK,
    "on the floor": FLOOR,
    "is small": SMALL,
    "the camera moves": CAMERA,
    "feet are out of the frame": FEET_OUT,
    "feet are hidden": FEET_HIDDEN,
    "hands are out of the frame": HANDS_OUT,
    "hands are hidden": "hands hidden",
    "several people": SEVERAL,
    "nobody is seen": NOBODY,
}


@dataclass(frozen=True)
class Hindered:
    """A film.

    Attributes:
        name: of it.
        clips: of rendered truth that it is made of.
        make: what makes it of their frames.
        hindrances: what is to be told of it, each so often.
    """

    name: str
    clips: tuple[str, ...]
    make: Callable[..., Frames]
    hindrances: tuple[str, ...] = ()


def told(sentences: Sequence[str]) -> list[str]:
    """The hindrances that a verdict names."""
    return [name for sentence in sentences for words, name in WORDS.items() if words in sentence]


def as_it_is(film: Frames) -> Frames:
    return film


def blurred(film: Frames, deviation: float = 4.0) -> Frames:
    reach = int(3 * deviation)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weights /= weights.sum()

    def along(frame: np.ndarray) -> np.ndarray:
        padded = np.pad(frame, ((reach, reach), (0, 0), (0, 0)), mode="edge")
        total = np.zeros(frame.shape)
        for at, weight in enumerate(weights.tolist()):
            total += weight * padded[at : at + len(frame)]
        return total

    return [np.rint(along(along(frame).swapaxes(0, 1)).swapaxes(0, 1)).astype(np.uint8) for frame in film]


def dark(film: Frames, light: float = 0.12, start: int = 0) -> Frames:
    """A fraction of the light from a frame on, with a sensor's noise."""
    noise = np.random.default_rng(1).normal(0, 2, film[0].shape)
    return [
        frame if number < start else np.clip(frame * light + np.roll(noise, 7 * number, 1), 0, 255).astype(np.uint8)
        for number, frame in enumerate(film)
    ]


def lights_off(film: Frames) -> Frames:
    return dark(film, start=len(film) // 2)


def on_its_side(film: Frames) -> Frames:
    return [np.rot90(frame)[80:560] for frame in film]


def small(film: Frames, times: int = 3) -> Frames:
    """So many times smaller, in the middle of a frame that goes on as its edges do."""
    found: list[np.ndarray] = []
    for frame in film:
        rows, columns = (side // times for side in frame.shape[:2])
        blocks = frame[: rows * times, : columns * times].reshape(rows, times, columns, times, 3)
        less = blocks.mean((1, 3)).astype(np.uint8)
        down, along = (np.array(frame.shape[:2]) - less.shape[:2]) // 2
        found.append(np.pad(less, ((down, down), (along, along), (0, 0)), mode="edge"))
    return found


def window(frame: np.ndarray, left: float, top: float, size: float) -> np.ndarray:
    """A part of the frame, of fractions of its sides, as large as the frame."""
    height, width = map(int, frame.shape[:2])
    y = np.minimum(np.maximum((top + size * (np.arange(height) + 0.5) / height) * height - 0.5, 0), height - 1.001)
    x = np.minimum(np.maximum((left + size * (np.arange(width) + 0.5) / width) * width - 0.5, 0), width - 1.001)
    row, column = y.astype(np.intp), x.astype(np.intp)
    down, along = (y - row)[:, None, None], (x - column)[None, :, None]
    rows = [frame[row + step][:, column] * (1 - along) + frame[row + step][:, column + 1] * along for step in (0, 1)]
    return np.rint(rows[0] * (1 - down) + rows[1] * down).astype(np.uint8)


def zoomed(film: Frames, share: float = 0.15) -> Frames:
    """Ever closer, by this share in all."""
    sizes = 1 / (1 + share * np.arange(len(film)) / len(film))
    return [window(frame, (1 - size) / 2, (1 - size) / 2, size) for frame, size in zip(film, sizes, strict=True)]


def hardly_zoomed(film: Frames) -> Frames:
    return zoomed(film, 0.008)


def held_by_hand(film: Frames) -> Frames:
    times = np.arange(len(film)) / FPS
    left, top = 0.04 + 0.03 * np.sin(5.1 * times), 0.04 + 0.03 * np.sin(7.3 * times + 1)
    return [window(frame, x, y, 0.92) for frame, x, y in zip(film, left.tolist(), top.tolist(), strict=True)]


def without_feet(film: Frames) -> Frames:
    return [frame[: round(len(frame) * 0.72)] for frame in film]


def behind_a_table(film: Frames) -> Frames:
    """Covered by a plank with stripes, from the shins down."""
    found: list[np.ndarray] = []
    for seen in film:
        frame = seen.copy()
        top = round(len(frame) * 0.68)
        frame[top:] = np.array([96, 70, 44], np.uint8)
        frame[top::24] = np.array([60, 42, 28], np.uint8)
        found.append(frame)
    return found


def narrow(film: Frames) -> Frames:
    middle = film[0].shape[1] // 2
    return [frame[:, middle - 75 : middle + 75] for frame in film]


def joined(*films: Frames) -> Frames:
    return [frame for film in films for frame in film]


def closer_and_mirrored(film: Frames) -> Frames:
    """A second half from elsewhere: nearer, and the other way round."""
    half = len(film) // 2
    return [*film[:half], *(window(frame[:, ::-1], 0.2, 0.15, 0.7) for frame in film[half:])]


def beside_each_other(film: Frames, other: Frames) -> Frames:
    width = film[0].shape[1]
    part = slice(width // 4, width - width // 4)
    return [np.concatenate([one[:, part], two[:, part]], 1) for one, two in zip(film, other, strict=False)]


def leaves(film: Frames) -> Frames:
    """In the second half, what is left of the walker is shown, mirrored, in their place."""
    half = len(film) // 2
    left, right = WALKER
    found = list(film[:half])
    for seen in film[half:]:
        frame = seen.copy()
        frame[:, left:right] = frame[:, left - 1 : 2 * left - right - 1 : -1]
        found.append(frame)
    return found
