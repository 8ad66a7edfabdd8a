"""The shots that pairs are made of: who moves how before which camera. From that, what is true is computed again."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.rotations import to_matrix
from tests.media.figure.camera import Camera
from tests.media.floor.clips import floor_clip
from tests.media.matrices import X_AXIS, Z_AXIS, about

from .bvh import read_bvh
from .figures import figure
from .poses import by_chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aimocap_blender.motion.skeleton import Clip
    from tests.media.matrices import Array

    from .figures import Figure

MOCAP = Path(__file__).resolve().parents[3] / "shared" / "data" / "mocap" / "cmu_30fps.tar.xz"
SCRIPTED = ("cartwheel", "chair", "clap", "climb", "hands_on_hips", "hang", "kneel", "sit")
"""Of the tests' scripted motions those that no clip of the rendered truth shows."""


class Staging(Enum):
    """How the figure does what was recorded."""

    RECORDED = "as it was recorded"
    TURNED = "turned as a whole: lying, leaning or upside down"
    POSED = "turned in any way, with limbs that move by chance"


TAKES = {0: Staging.RECORDED, 1: Staging.RECORDED, 20: Staging.TURNED, 21: Staging.POSED}
"""The times that each clip is filmed; what is by chance hangs on their numbers."""
FIGURES, HELD_FIGURES = 20, 4
HELD_CLIPS = ("05_", "13_29", "13_30", "13_31", "13_32")
"""Beginnings of the names of clips that nothing is trained on, filmed with the figures after the first `FIGURES`: a
dancer, and the jumping jacks of whom rendered truth shows too."""
FIRST_MADE = 100  # number of the first take that is not filmed
STEP_SEC = 0.1  # from one picture to the next
MOST = 50  # pictures that are filmed of a shot
HEIGHTS = {False: ((1.35, 0.3), (0.2, 3.5), 0.7), True: ((1.0, 0.4), (0.1, 3.0), 0.6)}
"""Metres of cameras above the ground, for people who lie or not: usual height and its spread, all heights, and the
share of those that are usual."""
LYING, UPSIDE_DOWN, LEANING, LIE = 90.0, 180.0, 25.0, 0.75
"""Degrees from upright of who lies and who is upside down, their spread, and the share of turned shots that lie."""
LOW = 0.1  # metres above the ground of the lowest joint of who is turned


@dataclass(frozen=True)
class Shot:
    """One clip as it is filmed once.

    Attributes:
        clip: name of the motion.
        take: how often it was filmed before.
        build: number of the figure.
        speed: at which the motion is played.
        azimuth: radians from which the camera looks.
        high: metres of the camera above the ground.
        away: metres from the camera to where the person comes nearest, at least.
        aside: (2,) slope of the direction to the person in the picture: rightwards, downwards.
        staging: how the figure does what was recorded.
    """

    clip: str
    take: int
    build: int
    speed: float
    azimuth: float
    high: float
    away: float
    aside: tuple[float, float]
    staging: Staging = Staging.RECORDED

    @property
    def is_held(self) -> bool:
        """Whether nothing is trained on it."""
        return self.clip.startswith(HELD_CLIPS)

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"{self.clip}-{self.take}"

    @property
    def chance(self) -> np.random.Generator:
        """For all else that is by chance."""
        return np.random.default_rng([3, _number(self.clip), self.take])


@dataclass(frozen=True, eq=False)
class Performed:
    """The truth of a shot.

    Attributes:
        figure: the person.
        heads: (F, B, 3) of its bones, metres.
        turns: (F, B, 3, 3) away from rest.
        cameras: of the pictures.
    """

    figure: Figure
    heads: Array
    turns: Array
    cameras: list[Camera]

    def seen(self, points: Sequence[tuple[str, tuple[float, float, float]]]) -> Array:
        """Points (F, N, 3) in the cameras' axes: of each a bone, and metres from its head at rest."""
        bones = [self.figure.skeleton.index(bone) for bone, _ in points]
        chosen = self.heads[:, bones] + (self.turns[:, bones] @ np.array([off for _, off in points])[..., None])[..., 0]
        places = np.array([camera.place for camera in self.cameras])
        axes = np.array([camera.axes for camera in self.cameras])
        return (chosen - places[:, None]) @ axes.swapaxes(1, 2)


def shots() -> list[Shot]:
    """All that are filmed, in that order: every clip once, then every clip again."""
    found = []
    for take, staging in TAKES.items():
        for clip in (*SCRIPTED, *motions()):
            chance = np.random.default_rng([5, _number(clip), take])
            build = int(chance.integers(FIGURES + HELD_FIGURES))
            of_clip = FIGURES + build % HELD_FIGURES if clip.startswith(HELD_CLIPS) else build % FIGURES
            found.append(_shot(clip, take, of_clip, _speed(chance), staging, chance))
    return found


def made_shots(times: int, views: int) -> list[Shot]:
    """Others, of clips that are trained on: each clip so many times, each seen so many times in each staging."""
    found = []
    for clip in (*SCRIPTED, *motions()):
        if clip.startswith(HELD_CLIPS):
            continue
        chance = np.random.default_rng([6, _number(clip)])
        for time in range(times):
            build, speed = int(chance.integers(FIGURES)), _speed(chance)
            for view in range(views):
                for number, staging in enumerate(Staging):
                    take = FIRST_MADE + len(Staging) * (views * time + view) + number
                    found.append(_shot(clip, take, build, speed, staging, chance))
    return found


def _speed(chance: np.random.Generator) -> float:
    return float(np.exp(chance.uniform(np.log(0.7), np.log(1.6))))


def _shot(clip: str, take: int, build: int, speed: float, staging: Staging, chance: np.random.Generator) -> Shot:
    """A shot before a camera by chance."""
    azimuth = float(chance.uniform(0.0, 2.0 * np.pi))
    usual, all_of_them, share = HEIGHTS[staging is not Staging.RECORDED]
    high = float(chance.choice([chance.normal(*usual), chance.uniform(*all_of_them)], p=[share, 1.0 - share]))
    away = float(np.exp(chance.uniform(np.log(1.6), np.log(6.0))))
    aside = (float(chance.uniform(-0.35, 0.35)), float(chance.uniform(-0.15, 0.15)))
    return Shot(clip, take, build, speed, azimuth, high, away, aside, staging)


def _number(clip: str) -> int:
    return SCRIPTED.index(clip) if clip in SCRIPTED else int(clip.replace("_", ""))


@cache
def motions() -> dict[str, str]:
    """Name to the text of its BVH."""
    with tarfile.open(MOCAP) as archive:
        files = ((member.name, archive.extractfile(member)) for member in archive)
        return dict(sorted((Path(name).stem, file.read().decode()) for name, file in files if file is not None))


@cache
def motion(name: str) -> Clip:
    """The motion of a name."""
    if name in SCRIPTED:
        return floor_clip(name).clip
    return read_bvh(motions()[name])


def performed(shot: Shot) -> Performed:
    """Return the truth of a shot."""
    person = figure(shot.build)
    heads, turns = _recorded(shot.clip, shot.build, shot.speed)
    chance = np.random.default_rng([11, _number(shot.clip), shot.take])
    # what isn't filmed costs little: long clips show most
    most = MOST if shot.take < FIRST_MADE else len(heads)
    first = int(chance.integers(max(len(heads) - most, 0) + 1))
    part = slice(first, first + most)
    if shot.staging is Staging.RECORDED:
        return Performed(person, heads[part], turns[part], _cameras(shot, _hips(person, heads))[part])
    heads, turns = heads[part], turns[part]
    if shot.staging is Staging.POSED:
        turns, heads = by_chance(person.skeleton, turns, heads, chance)
        tilt = np.degrees(np.arccos(chance.uniform(-1.0, 1.0)))
    else:
        tilt = chance.normal(LYING if chance.random() < LIE else UPSIDE_DOWN, LEANING)
    about_ground, about_body = chance.uniform(0.0, 2.0 * np.pi, 2)
    whole = about(Z_AXIS, about_ground) @ about(X_AXIS, np.radians(tilt)) @ about(Z_AXIS, about_body)
    # the hips stay where they are: who walks while lying would rise
    heads = (heads - _hips(person, heads)[:, None]) @ whole.T
    heads[..., 2] += LOW - np.median(heads[..., 2].min(axis=1))
    return Performed(person, heads, whole @ turns, _cameras(shot, _hips(person, heads)))


def _hips(person: Figure, heads: Array) -> Array:
    """The middle (F, 3) of both."""
    return heads[:, [person.skeleton.index(f"thigh_{side}") for side in "lr"]].mean(axis=1)


@lru_cache(maxsize=1)
def _recorded(of: str, build: int, speed: float) -> tuple[Array, Array]:
    """Heads (F, B, 3) and rotations (F, B, 3, 3) away from rest of a figure that does what was recorded."""
    person, clip = figure(build), motion(of)
    result = retarget(clip, detect_bones(clip.skeleton), person.skeleton, person.bones, RetargetOptions())
    frames = np.arange(0.0, len(clip.times) - 1, STEP_SEC * speed * clip.fps).round().astype(int)
    rest, parents = person.skeleton.rest, person.skeleton.parents
    turns, heads = np.empty((len(rest), len(frames), 3, 3)), np.empty((len(rest), len(frames), 3))
    for bone, name in enumerate(person.skeleton.names):
        axes = rest[bone, :3, :3]
        basis = np.tile(np.eye(3), (len(frames), 1, 1))
        if name in result.bones:
            basis = axes @ to_matrix(result.rotations[frames, result.bones.index(name)]) @ axes.T
        shift = result.locations[name][frames] @ axes.T if name in result.locations else np.zeros((len(frames), 3))
        if parents[bone] < 0:
            turns[bone], heads[bone] = basis, rest[bone, :3, 3] + shift
        else:
            above = parents[bone]
            turns[bone] = turns[above] @ basis
            offset = rest[bone, :3, 3] - rest[above, :3, 3] + shift
            heads[bone] = heads[above] + (turns[above] @ offset[..., None])[..., 0]
    return heads.swapaxes(0, 1), turns.swapaxes(0, 1)


def _cameras(shot: Shot, hips: Array) -> list[Camera]:
    """One that stands still and pans along with the person, who stays at one place of its picture."""
    towards = np.array([np.sin(shot.azimuth), -np.cos(shot.azimuth), 0.0])
    middle = (hips.min(axis=0) + hips.max(axis=0)) / 2.0
    place = middle + (shot.away + ((hips - middle) @ towards).max()) * towards
    place[2] = shot.high
    cameras = []
    for hip in hips:
        straight = Camera(tuple(place), tuple(hip), 36.0, (1, 1))
        right, down, away = straight.axes
        aim = place + away - shot.aside[0] * right - shot.aside[1] * down
        cameras.append(Camera(tuple(place), tuple(aim), 36.0, (1, 1)))
    return cameras
