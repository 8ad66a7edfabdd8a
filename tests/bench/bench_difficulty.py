"""How hard motions are for the G1, told beside the help that it takes to follow them in MuJoCo.

The clips: robots' files of the data folder, and every fifth of its longer CMU clips, retargeted. Difficulty was
fitted to the others: `FIT=1` tracks these too and prints the weights that fit them. With `GMR=1`, General Motion
Retargeting's of the human clips beside ours.
"""

import os
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.choices import ReadingChoices
from aimocap_blender.motion.g1.feasibility import Difficulty, feasibility_of
from aimocap_blender.motion.g1.files import read_g1_file
from aimocap_blender.motion.g1.motion import G1Motion, on_variant
from aimocap_blender.motion.g1_retargeting.easing import eased
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.skeleton import Clip
from tests.media.g1_inverse import pressure_outside
from tests.media.g1_judge import soles_of
from tests.media.g1_tracker import Tracked, grounded, tracked
from tests.media.ranks import spearman

from .bench_g1_retarget import DATA, gmr
from .bench_robot_motion import RATE, recorded

FILES = {
    "kimodo_walk.json": None,
    "kimodo_wave.json": None,
    "kimodo_dance.json": None,
    "asap_CR7_level2.json": None,
    "g1moves_B_BowKarate.json": None,
    "files/B_HandsUp.npz": None,
    "files/asap_side_jump_level4.pkl": None,
    "files/holosoma_sub3_largebox_003_mj.npz": None,
}
"""Robots' files, and the frame rate of those that don't say it."""
SECONDS = 10.0
"""Of a clip, from its start."""
SHORTEST = 100  # frames of a CMU clip: a fall would count for too much in a shorter one
OF = 5  # CMU clips, of which the first is told and the others are for fitting
ROUNDS = 500  # of the fit
MOST_HELPED = 10
LOW, ON_BOTH = 0.02, 0.6  # metres, and of the frames
OUTSIDE = 0.01  # metres


def main() -> None:
    if not DATA.is_dir():
        print("the recorded motions are not here")
        return
    told: list[tuple[float, Difficulty]] = []
    fitted: list[tuple[float, Difficulty]] = []
    stands: list[tuple[str, float, G1Motion]] = []
    print(f"{'':34s}{'help':>8s}{'falls':>8s}{'score':>8s}  grade")
    for name, motion in robot_files():
        told.append(_say(name, motion))
        if _is_standing(motion):
            stands.append((name, told[-1][0], motion))
    for number, (name, clip) in enumerate(captures(1 if os.environ.get("FIT") else OF)):
        motion = retargeted_to_g1(clip, detect_bones(clip.skeleton)).motion
        is_told = not (os.environ.get("FIT") and number % OF)
        (told if is_told else fitted).append(found := _say(name, motion))
        if _is_standing(motion):
            stands.append((name, found[0], motion))
        if is_told and os.environ.get("GMR"):
            qpos, _ = gmr(clip, detect_bones(clip.skeleton))
            _say(f"{name} by GMR", G1Motion(clip.fps, qpos[:, :3], qpos[:, 3:7], qpos[:, 7:]))
    helps, scores = zip(*((help_, found.score) for help_, found in told), strict=True)
    print(f"rank correlation of score and help, {len(told)} clips: {spearman(helps, scores):.2f}")
    grades = [found.grade for _, found in told]
    print("grades: " + ", ".join(f"{grade} {grades.count(grade)}" for grade in dict.fromkeys(sorted(grades))))
    if fitted:
        _fit(fitted)
    print(f"the {MOST_HELPED} clips that stand and need most help, before and after Ease; by MuJoCo's inverse dynamics")
    print("in how many frames the center of pressure is outside the soles, and by how much on average")
    stood = sorted(stands, key=lambda one: -one[1])[:MOST_HELPED]
    halved = 0
    for name, before, motion in stood:
        found, change = eased(motion)
        after = track(found).help
        halved += after <= before / 2.0
        off = " -> ".join(_outside(each) for each in (motion, found))
        print(f"{name:34s}{before:8.2f}{after:8.2f}  {off}  {change.sentence}", flush=True)
    print(f"{halved} of them need half of it or less")


def _is_standing(motion: G1Motion) -> bool:
    """Whether the robot is never in the air, and on both feet in most frames."""
    low = soles_of((motion.root_pos, motion.root_quat, motion.dof_pos), "29dof")[..., 2].min(axis=2) < LOW
    return bool(low.any(axis=1).all() and low.all(axis=1).mean() > ON_BOTH)


def _outside(motion: G1Motion) -> str:
    """How far the center of pressure is outside the soles, in words."""
    found = pressure_outside(motion.fps, grounded((motion.root_pos, motion.root_quat, motion.dof_pos)))
    found = found[~np.isnan(found)]
    return f"{100.0 * (found > OUTSIDE).mean():3.0f} %, {100.0 * found.mean():4.1f} cm" if len(found) else "flies"


def robot_files() -> Iterator[tuple[str, G1Motion]]:
    for name, rate in FILES.items():
        motion = on_variant(read_g1_file(DATA / "g1" / name, ReadingChoices(fps=rate)).motion, "29dof")
        rows = slice(0, round(SECONDS * motion.fps))
        parts = {part: getattr(motion, part)[rows] for part in ("root_pos", "root_quat", "dof_pos")}
        yield Path(name).stem, replace(motion, **parts)


def captures(every: int) -> Iterator[tuple[str, Clip]]:
    """Every so manieth of the CMU clips that are long enough."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(DATA / "mocap" / "cmu_30fps.tar.xz") as archive:
        archive.extractall(folder, filter="data")
        files = sorted((Path(folder) / "bvh").glob("*.bvh"))
        long = [file for file in files if int(file.read_text().partition("Frames:")[2].split()[0]) >= SHORTEST]
        for file in long[::every]:
            yield file.stem, recorded(file, Path(folder), 0, RATE, round(SECONDS * RATE))


def _say(name: str, motion: G1Motion) -> tuple[float, Difficulty]:
    found, difficulty = track(motion), feasibility_of(motion, 0.0).difficulty
    said = f"{found.help:8.2f}{found.falls:8.1f}{difficulty.score:8.2f}  {difficulty.grade}, {difficulty.mostly}"
    print(f"{name:34s}{said}", flush=True)
    return found.help, difficulty


def track(motion: G1Motion) -> Tracked:
    return tracked(motion.fps, grounded((motion.root_pos, motion.root_quat, motion.dof_pos)))


def _fit(found: list[tuple[float, Difficulty]]) -> None:
    """Print the weights of the demands' roots in the help's logarithm, none below zero: coordinate descent."""
    names = list(found[0][1].demands)
    roots = np.array([[*(difficulty.demands[name] ** 0.5 for name in names), 1.0] for _, difficulty in found])
    wanted = np.log([help_ for help_, _ in found])
    weights, square, mixed = np.zeros(len(names) + 1), roots.T @ roots, roots.T @ wanted
    for _ in range(ROUNDS):
        for row in range(len(weights)):
            weights[row] += (mixed[row] - square[row] @ weights) / square[row, row]
            weights[:-1] = np.maximum(weights[:-1], 0.0)
    said = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(names, weights, strict=False))
    print(f"fitted to {len(found)} clips: {said}, least {np.exp(weights[-1]):.3f}")


if __name__ == "__main__":
    main()
