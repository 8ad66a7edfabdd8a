"""Trains the networks of depths on the pairs of `depth_pairs`; the truth is computed again from clips and cameras.

`make depth-training` writes its weights into the package, and their log beside them.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from aimocap_blender.motion.bones.humanoid import mirrored
from aimocap_blender.motion.rotations import shortest_arc, to_matrix
from aimocap_blender.vision.joints import INDEX, JOINTS
from aimocap_blender.vision.landmarks import SURE
from aimocap_blender.vision.told_depths import NOW, PAIRS, SECONDS, inputs_of, roll_of, rolled

from .shots import STEP_SEC, Staging, made_shots, performed, shots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.media.matrices import Array

    from .shots import Shot

    Weights = dict[str, torch.Tensor]

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "depth_pairs"
WEIGHTS = ROOT / "aimocap_blender" / "vision" / "told_depths.npz"
POINTS = {
    "nose": ("head", (0.0, -0.116, 0.057)),
    **{f"{side}_ear": ("head", (sign * 0.073, 0.002, 0.065)) for side, sign in (("left", 1.0), ("right", -1.0))},
    **{
        f"{side}_{part}": (f"{bone}_{side[0]}", offset)
        for part, bone, offset in (
            ("shoulder", "upperarm", (0.0, 0.0, 0.0)),
            ("elbow", "lowerarm", (0.0, 0.0, 0.0)),
            ("wrist", "hand", (0.0, 0.0, 0.0)),
            ("pinky", "pinky_01", (0.0, 0.0, 0.0)),
            ("index", "index_01", (0.0, 0.0, 0.0)),
            ("hip", "thigh", (0.0, 0.0, 0.0)),
            ("knee", "calf", (0.0, 0.0, 0.0)),
            ("ankle", "foot", (0.0, 0.0, 0.0)),
            ("heel", "foot", (0.0, 0.04, -0.06)),
            ("foot_index", "ball", (0.0, -0.07, 0.0)),
        )
        for side in ("left", "right")
    },
}
"""Joint to its bone, and to where it is from that one's head at rest, metres."""
NOTICE = """\
told_depths.npz contains the weights, in 16 bits, of networks that tell how much deeper one end of a bone is than the
other. They were trained by tools/training/depth_training.py, and are under the add-on's own licence.

They learned from motion of Carnegie Mellon's Graphics Lab Motion Capture Database (mocap.cs.cmu.edu; free for all uses,
funded by NSF EIA-0196217), as converted by cgspeed and by AtelierCircle (CMU-MoCap-01-09 and -10-14, MIT), and from
motions that the tests script: put onto the tests' figure, and seen by BlazePose (Apache-2.0). None of it is in here.

The log of its training. Depths are in units of the person's size in the picture.
"""
LOG = logging.getLogger(__name__)
WIDTHS = (-5.0, 3.0)  # logarithms of usual errors that are told at least and at most
LENS = 0.15  # usual error of the focal length that is assumed, as a factor
TIMES, VIEWS = 2, 4  # that each clip is performed without being filmed, and is then seen in each staging
NEAREST, CHUNK = 8, 2048
EPOCHS, BATCH, FILMED = 4, 256, 80  # FILMED of a batch are as they were filmed
ROLL = np.radians(4.0)  # usual roll of trunks that are upright but for their errors
RATE, DECAY, DROPPED = 2e-3, 0.05, 0.2
HIPS = [INDEX["left_hip"], INDEX["right_hip"]]
LIMB_ENDS = sorted({int(joint) for joint in PAIRS.ravel()})
_ENDS = np.cumsum([len(SECONDS) * len(JOINTS) * each for each in (2, 3, 1)])


def _mirror() -> tuple[Array, Array, Array, Array]:
    """Where the mirror image's inputs and pairs are, and their signs."""
    joints = [INDEX[mirrored(name)] for name in JOINTS]
    inputs, signs = [], []
    for start, axes in zip((0, *_ENDS[:-1]), ((-1, 1), (-1, 1, 1), (1,)), strict=True):
        part = start + np.arange(len(SECONDS) * len(JOINTS) * len(axes)).reshape(len(SECONDS), len(JOINTS), len(axes))
        inputs.append(part[:, joints].ravel())
        signs.append(np.broadcast_to(axes, part.shape).ravel())
    pairs = [frozenset(map(int, pair)) for pair in PAIRS]
    others = [pairs.index(frozenset(joints[joint] for joint in pair)) for pair in pairs]
    turned = [1 if joints[PAIRS[pair][0]] == PAIRS[other][0] else -1 for pair, other in enumerate(others)]
    return (
        np.append(np.concatenate(inputs), _ENDS[-1]),
        np.append(np.concatenate(signs), 1),
        np.array(others),
        np.array(turned),
    )


INPUTS, INPUT_SIGNS, OTHERS, PAIR_SIGNS = _mirror()


class Network(torch.nn.Module):
    """One look at each moment, and one at all of them; told are corrections of the guesses, and their usual errors."""

    def __init__(self) -> None:
        super().__init__()
        self.landmarks = torch.nn.Linear(6 * len(JOINTS), 96)
        self.moment = torch.nn.Linear(96, 64)
        self.all = torch.nn.Linear(64 * len(SECONDS) + 1, 192)
        self.more = torch.nn.Linear(192, 192)
        self.told = torch.nn.Linear(192, 2 * len(PAIRS))
        self.drop = torch.nn.Dropout(DROPPED)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        parts = torch.tensor_split(inputs[:, : _ENDS[-1]], tuple(_ENDS[:-1]), dim=1)
        moments = torch.cat([part.reshape(len(inputs), len(SECONDS), len(JOINTS), -1) for part in parts], -1)
        values = self.drop(torch.relu(self.landmarks(moments.flatten(2))))
        values = torch.relu(self.moment(values)).flatten(1)
        values = self.drop(torch.relu(self.all(torch.cat([values, inputs[:, -1:]], 1))))
        return self.told(values + self.drop(torch.relu(self.more(values))))


@dataclass(frozen=True)
class Lesson:
    """The part of what is there that a network learns from, and how it looks at it.

    Attributes:
        title: of its log.
        recorded: the share of moments in which people do what was recorded.
        is_upright: whether it looks at trunks that are upright in the picture, else at people rolled in any way.
    """

    title: str
    recorded: float
    is_upright: bool


FIRST = Lesson("The first network, of people who do what was recorded:", recorded=1.0, is_upright=False)
SECOND = Lesson(
    "The second network, which goes on from the first with people who are turned or move by chance, too:",
    recorded=0.5,
    is_upright=True,
)


@dataclass(frozen=True, eq=False)
class Examples:
    """Moments of shots.

    Attributes:
        inputs: (F, I) of the network.
        right: (F, I) what they would be without errors.
        depth: (F, P) that is to be told, in the unit of `right`.
        unit: (F,) the unit of `inputs` in that of `right`.
        recorded: (F,) 1 where the person does what was recorded, 0 where they are turned or move by chance.
    """

    inputs: Array
    right: Array
    depth: Array
    unit: Array
    recorded: Array

    def mirrored(self) -> Examples:
        """Both these and their mirror images."""
        other = Examples(
            self.inputs[:, INPUTS] * INPUT_SIGNS,
            self.right[:, INPUTS] * INPUT_SIGNS,
            self.depth[:, OTHERS] * PAIR_SIGNS,
            self.unit,
            self.recorded,
        )
        return together([self, other])

    def upright(self) -> Examples:
        """Turn both inputs so that the true trunk is upright in the picture, as the landmark network sees it."""
        roll = roll_of(self.right)
        return replace(self, inputs=rolled(self.inputs, roll), right=rolled(self.right, roll))

    def drawn(self, count: int, recorded: float, chance: np.random.Generator) -> np.ndarray:
        """Rows of so many moments by chance; a share of them are of people who do what was recorded."""
        as_recorded, other = (np.flatnonzero(self.recorded == value) for value in (1.0, 0.0))
        rows = as_recorded[chance.integers(len(as_recorded), size=count)]
        return np.where(chance.random(count) < recorded, rows, other[chance.integers(len(other), size=count)])


def wanted(inputs: Array, depth: Array, unit: Array) -> Array:
    """Return what is to be added to the guesses (F, P)."""
    guessed = _bodies(inputs)[:, NOW, :, 2]
    return depth / unit[:, None] - (guessed[:, PAIRS[:, 0]] - guessed[:, PAIRS[:, 1]])


def _bodies(inputs: Array) -> Array:
    """The bodies (F, moments, N, 3) of inputs."""
    joints = len(SECONDS) * len(JOINTS)
    return inputs[:, 2 * joints : 5 * joints].reshape(-1, len(SECONDS), len(JOINTS), 3)


def examples(shot: Shot) -> Examples:
    """The moments of a shot; if it was not filmed, seen without errors."""
    true = performed(shot).seen([POINTS[joint] for joint in JOINTS])
    straight = true @ _look(true[:, HIPS].mean(axis=1))
    fps, away = 1.0 / STEP_SEC, straight[:, HIPS, 2].mean(axis=1)
    right, _, size = inputs_of(straight[..., :2] / straight[..., 2:], straight, np.zeros(true.shape[:2]), fps)
    depth = (straight[:, PAIRS[:, 0], 2] - straight[:, PAIRS[:, 1], 2]) / (size[:, 0] * away)[:, None]
    unit, sure, inputs = np.ones(len(right)), np.ones(len(right), bool), right
    file = KEPT / f"{shot.name}.npz"
    if file.is_file():
        with np.load(file) as kept:
            seen = {name: kept[name].astype(np.float64) for name in kept.files}
        lens = np.exp(shot.chance.normal(0.0, LENS))
        ahead = np.concatenate([lens * seen["rays"], np.ones((*seen["rays"].shape[:2], 1))], axis=-1)
        turned = ahead @ _look(ahead[:, HIPS].mean(axis=1))
        inputs, _, own = inputs_of(turned[..., :2] / turned[..., 2:], seen["body"], seen["visibility"], fps)
        unit, sure = (own / size)[:, 0] / lens, seen["confidence"] > SURE
    recorded = np.full(len(right), shot.staging is Staging.RECORDED)
    return Examples(*(column[sure] for column in (inputs, right, depth, unit, recorded)))


def _look(towards: Array) -> Array:
    """Axes (F, 3, 3), as columns, of cameras that look straight at something."""
    return to_matrix(shortest_arc(np.array([0.0, 0.0, 1.0]), towards))


def together(parts: Sequence[Examples]) -> Examples:
    columns = [np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Examples)]
    return Examples(*(column.astype(np.float32) for column in columns))


def alike(made: Examples, filmed: Examples) -> np.ndarray:
    """(M, NEAREST) the filmed moments in which the body is held most like in made ones; all of them upright."""
    keys, own = (_bodies(each.right)[:, NOW, LIMB_ENDS].reshape(len(each.right), -1) for each in (filmed, made))
    rows = np.empty((len(own), NEAREST), np.int32)
    for first in range(0, len(own), CHUNK):
        part = slice(first, first + CHUNK)
        apart = (keys**2).sum(axis=1) - 2.0 * own[part] @ keys.T
        rows[part] = np.argpartition(apart, NEAREST, axis=1)[:, :NEAREST]
    return rows


def batch_of(
    made: Examples, filmed: Examples, near: np.ndarray, lesson: Lesson, chance: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and what is wanted: of filmed moments, and of made ones with the errors of filmed ones that are alike."""
    those = made.drawn(BATCH - FILMED, lesson.recorded, chance)
    errors = near[those, chance.integers(NEAREST, size=len(those))]
    inputs = made.inputs[those] + filmed.inputs[errors] - filmed.right[errors]
    inputs[:, -1] = made.inputs[those, -1]
    own = filmed.drawn(FILMED, lesson.recorded, chance)
    inputs = np.concatenate([inputs, filmed.inputs[own]])
    depth = np.concatenate([made.depth[those], filmed.depth[own]])
    aim = wanted(inputs, depth, filmed.unit[np.concatenate([errors, own])])
    mirror = chance.random(BATCH) < 0.5
    inputs[mirror] = inputs[mirror][:, INPUTS] * INPUT_SIGNS
    aim[mirror] = aim[mirror][:, OTHERS] * PAIR_SIGNS
    roll = chance.normal(0.0, ROLL, BATCH) if lesson.is_upright else chance.uniform(-np.pi, np.pi, BATCH)
    inputs = rolled(inputs, np.stack([np.cos(roll), np.sin(roll)], axis=1).astype(np.float32))
    return torch.from_numpy(inputs), torch.from_numpy(aim.astype(np.float32))


def loss_of(outputs: torch.Tensor, aim: torch.Tensor) -> torch.Tensor:
    """Laplace's negative log-likelihood."""
    told, width = outputs[:, : len(PAIRS)], outputs[:, len(PAIRS) :].clamp(*WIDTHS)
    return ((told - aim).abs() * torch.exp(-width) + width).mean()


def trained(
    filmed: Examples, made: Examples, near: np.ndarray, held: Examples, lesson: Lesson, network: Network
) -> Network:
    """Train a network on, and say how it does on what is held out.

    Args:
        filmed: upright.
        made: upright.
        near: what `alike` found of both.
        held: as they were seen.
        lesson: what it learns.
        network: as it begins.
    """
    chance, steps = np.random.default_rng(1), len(made.inputs) // BATCH
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * steps)
    test = torch.from_numpy(rolled(held.inputs, roll_of(held.inputs)) if lesson.is_upright else held.inputs)
    aim = torch.from_numpy(wanted(held.inputs, held.depth, held.unit))
    for epoch in range(EPOCHS):
        network.train()
        total = 0.0
        for _ in range(steps):
            inputs, goal = batch_of(made, filmed, near, lesson, chance)
            loss = loss_of(network(inputs), goal)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        network.eval()
        with torch.no_grad():
            outputs = network(test)
        off, loss = (outputs[:, : len(PAIRS)] - aim).abs().mean().item(), loss_of(outputs, aim).item()
        LOG.info("epoch %d: loss %.3f; held out: loss %.3f, told %.4f off", epoch + 1, total / steps, loss, off)
    return network


def first_of(out: Path) -> tuple[Weights, str] | None:
    """The weights and the log of the first network that was trained before, if there is one."""
    log = out.with_suffix(".txt")
    if not out.is_file() or not log.is_file():
        return None
    text = log.read_text("utf-8")
    with np.load(out) as kept:
        weights = {name: torch.from_numpy(kept[name][0].astype(np.float32)) for name in kept.files}
    return weights, text.split(FIRST.title)[1].split(SECOND.title)[0].strip()


def train(out: Path) -> None:
    """Train on what was filmed; write the weights, and beside them what they are made of.

    The first network is kept if there is one: what it learned from need not be there any more.
    """
    before = first_of(out)
    logging.basicConfig(
        level=logging.INFO,
        format="%(message)s",
        handlers=[logging.StreamHandler(), logging.FileHandler(out.with_suffix(".txt"), "w", encoding="utf-8")],
    )
    LOG.info(NOTICE)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    shown = [shot for shot in shots() if (KEPT / f"{shot.name}.npz").is_file()]
    filmed, held = (
        together([examples(shot) for shot in shown if shot.is_held == are_held]) for are_held in (False, True)
    )
    made = together([examples(shot) for shot in made_shots(TIMES, VIEWS)])
    shots_said = f"{len(shown)} shots; moments: {len(filmed.inputs)} filmed, {len(made.inputs)} made like them"
    filmed, made = filmed.mirrored().upright(), made.upright()
    near = alike(made, filmed)
    LOG.info(FIRST.title)
    first = Network()
    if before is None:
        say_held(shots_said, held)
        first = trained(filmed, made, near, held, FIRST, first)
    else:
        first.load_state_dict(before[0])
        LOG.info(before[1])
    weights = [{name: weight.clone() for name, weight in first.state_dict().items()}]
    LOG.info("\n%s", SECOND.title)
    say_held(shots_said, held)
    weights.append(trained(filmed, made, near, held, SECOND, first).state_dict())
    layers = {name: np.stack([each[name].numpy().astype(np.float16) for each in weights]) for name in weights[0]}
    np.savez_compressed(out, **layers)


def say_held(shots_said: str, held: Examples) -> None:
    """Say what a network learns from, and what it is judged by."""
    LOG.info(shots_said)
    LOG.info("%d filmed moments are held out, of clips and figures that nothing is trained on", len(held.inputs))
    LOG.info("of these as guessed: %.4f off", np.abs(wanted(held.inputs, held.depth, held.unit)).mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    train(parser.parse_args().out)
