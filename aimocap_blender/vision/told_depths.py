"""How much deeper one end of a bone is than the other, and how sure that is: told by small networks of our own.

They look at the landmarks and guessed depths of about a second. `tools/training/depth_training.py` makes their weights.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..motion.rotations import FloatArray, IntArray, normalise
from ..motion.spans import chunks_of
from .joints import HIPS, JOINTS, OTHER_JOINT, SHOULDERS, joints_of

_WEIGHTS = Path(__file__).with_suffix(".npz")
SECONDS = (-0.5, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.5)
"""The moments that it looks at, of the one it tells of."""
NOW = SECONDS.index(0.0)
_AT_ONCE = 256
"""Frames: each takes 80 kB, so that all of a long film together would fill the memory."""
PAIRS: IntArray = np.array(
    [
        *zip(joints_of("elbow"), SHOULDERS, strict=True),
        *zip(joints_of("wrist"), joints_of("elbow"), strict=True),
        *zip(joints_of("knee"), HIPS, strict=True),
        *zip(joints_of("ankle"), joints_of("knee"), strict=True),
        tuple(HIPS),
        tuple(SHOULDERS),
        *zip(SHOULDERS, HIPS, strict=True),
    ]
)
"""(P, 2) joints whose difference in depth it tells, the first less the second."""
_ENDS = np.cumsum([len(SECONDS) * len(JOINTS) * numbers for numbers in (2, 3, 1)]).tolist()
"""Where slopes, guessed joints and visibility end in the inputs."""
_OF_PAIR = {tuple(pair): number for number, pair in enumerate(PAIRS.tolist())}
_OTHER: list[tuple[int, int]] = list(map(tuple, OTHER_JOINT[PAIRS].tolist()))
_OTHER_PAIR: IntArray = np.array([_OF_PAIR.get(pair, _OF_PAIR.get(pair[::-1], -1)) for pair in _OTHER])
"""(P,) each pair's mirror image."""
_SIGN: FloatArray = np.where([pair in _OF_PAIR for pair in _OTHER], 1.0, -1.0)
"""(P,) -1 for those whose mirror image has its joints the other way round, as the line across the hips."""
_MIRROR = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class ToldDepths:
    """Depths of frames, and how sure they are.

    Attributes:
        depth: (F, P) how much deeper, of the hips' distance from the camera.
        error: (F, P) its usual error (Laplace's), in the same unit.
    """

    depth: FloatArray
    error: FloatArray

    def part(self, rows: slice) -> "ToldDepths":
        """Return those of some of the frames."""
        return ToldDepths(self.depth[rows], self.error[rows])


def told_depths(rays: FloatArray, body: FloatArray, visibility: FloatArray, fps: float) -> ToldDepths:
    """Return the depths that landmarks tell.

    Args:
        rays: (F, N, 2) slopes of the lines of sight to the joints, as if the camera looked straight at the hips.
        body: (F, N, 3) the joints as the pose network guesses them, in the same axes, in any unit.
        visibility: (F, N) 0 to 1.
        fps: frames per second.
    """
    reach, count = int(np.rint(max(SECONDS) * fps)), len(PAIRS)
    depths: list[FloatArray] = []
    errors: list[FloatArray] = []
    for rows in chunks_of(len(rays), _AT_ONCE):
        # with the frames around them that the network looks at, of which nothing is told yet
        around = slice(max(rows.start - reach, 0), rows.stop + reach)
        told = slice(rows.start - around.start, rows.stop - around.start)
        here = rays[around], body[around], visibility[around]
        inputs, guess, unit = (found[told] for found in inputs_of(*here, fps))
        # of the mirror image it tells as much, and errs differently: the mean of both is nearer
        mirrored, *_ = inputs_of(*_mirrored(*here), fps)
        outputs, others = (_outputs(each) for each in (inputs, mirrored[told]))
        correction = (outputs[:, :count] + _SIGN * others[:, _OTHER_PAIR]) / 2.0
        # it tells by how much the guess is wrong, and the logarithm of the error, which is above 0 then
        logarithm = (outputs[:, count:] + others[:, count + _OTHER_PAIR]) / 2.0
        depths.append((guess + correction) * unit)
        errors.append(np.exp(logarithm) * unit)
    return ToldDepths(np.concatenate(depths), np.concatenate(errors))


def _mirrored(rays: FloatArray, body: FloatArray, visibility: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what is seen of the person's mirror image."""
    return rays[:, OTHER_JOINT] * _MIRROR[:2], body[:, OTHER_JOINT] * _MIRROR, visibility[:, OTHER_JOINT]


def inputs_of(
    rays: FloatArray, body: FloatArray, visibility: FloatArray, fps: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the network's inputs (F, I), the guessed depths (F, P), and their unit (F, 1) of the hips' distance."""
    # (F, moments) before the clip's start and after its end, its first and last frame stand in
    rows = np.arange(len(rays))[:, None] + np.rint(np.array(SECONDS) * fps).astype(np.int64)
    rows = rows.clip(0, len(rays) - 1)
    # (F, moments, N, 2 or 3) from the middle of the hips: where the person is in the frame says nothing
    across = (rays - rays[:, HIPS].mean(axis=1, keepdims=True))[rows]
    around = (body - body[:, HIPS].mean(axis=1, keepdims=True))[rows]
    # both of size 1 across the line of sight: how large the person is, or is guessed, says nothing either
    size = np.sqrt((across**2).sum(axis=-1).mean(axis=(1, 2)))[:, None]
    guessed = np.sqrt((around[..., :2] ** 2).sum(axis=-1).mean(axis=(1, 2)))[:, None]
    around = around / guessed[..., None, None]
    inputs = np.concatenate(
        [
            (across / size[..., None, None]).reshape(len(rays), -1),
            around.reshape(len(rays), -1),
            visibility[rows].reshape(len(rays), -1),
            size,
        ],
        axis=1,
    )
    now = around[:, NOW, :, 2]
    return inputs, now[:, PAIRS[:, 0]] - now[:, PAIRS[:, 1]], size


def roll_of(inputs: FloatArray) -> FloatArray:
    """Return cosine and sine (F, 2) of the roll after which the trunk of `inputs_of` is upright in the picture.

    The landmark network sees people turned so: rolled alike, who lies looks to ours as who stands.
    """
    slopes = inputs[:, : _ENDS[0]].reshape(len(inputs), len(SECONDS), len(JOINTS), 2)[:, NOW]
    trunk = normalise(slopes[:, SHOULDERS].mean(axis=1) - slopes[:, HIPS].mean(axis=1))
    # y runs down: upright is (0, -1)
    return -trunk[:, ::-1]


def rolled(inputs: FloatArray, roll: FloatArray) -> FloatArray:
    """Return inputs (F, I) turned about the line of sight by angles of these cosines and sines (F, 2)."""
    turned = inputs.copy()
    cos, sin = roll[:, :1], roll[:, 1:]
    for first, last, axes in ((0, _ENDS[0], 2), (_ENDS[0], _ENDS[1], 3)):
        x, y = inputs[:, first:last:axes], inputs[:, first + 1 : last : axes]
        turned[:, first:last:axes], turned[:, first + 1 : last : axes] = cos * x - sin * y, sin * x + cos * y
    return turned


@lru_cache(maxsize=1)
def _layers() -> dict[str, FloatArray]:
    with np.load(_WEIGHTS) as kept:
        return {name: kept[name].astype(np.float64) for name in kept.files}


def _outputs(inputs: FloatArray) -> FloatArray:
    """Return the corrections of the guesses and the logarithms of their usual errors, (F, 2 P).

    The first network looks at people as they are seen, the second one at people whose trunk is upright.
    """
    layers = _layers()
    # of both, before the frames
    inputs = np.stack([inputs, rolled(inputs, roll_of(inputs))])

    def linear(name: str, values: FloatArray) -> FloatArray:
        # (networks, rows, outputs): each network has weights of its own
        return np.asarray(values @ layers[f"{name}.weight"].swapaxes(1, 2) + layers[f"{name}.bias"][:, None])

    def bent(name: str, values: FloatArray) -> FloatArray:
        return np.maximum(linear(name, values), 0.0)

    networks, count, _ = inputs.shape
    # back into slopes, guessed joints and visibility, which are then side by side for each moment
    *parts, size = np.split(inputs, _ENDS, axis=-1)
    landmarks = np.concatenate([part.reshape(*inputs.shape[:2], len(SECONDS), len(JOINTS), -1) for part in parts], -1)
    # two layers for each moment alone, with the same weights; two for all, the second of which adds to the first
    moments = bent("moment", bent("landmarks", landmarks.reshape(networks, count * len(SECONDS), -1)))
    values = bent("all", np.concatenate([moments.reshape(networks, count, -1), size], axis=-1))
    # networks that learned from other people err differently: the mean of both is nearer
    return np.asarray(linear("told", values + bent("more", values)).mean(axis=0))
