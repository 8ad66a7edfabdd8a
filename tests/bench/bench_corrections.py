"""Corrections by users who are simulated: ten of them per 2.5 seconds of rendered truth, and what is wrong after them.

They see where a limb is wrong, show how far it reaches or where it is in the frame, and err in both.
`python -m tests.bench.bench_corrections` renders the clips the first time, which takes minutes.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aimocap_blender.motion.spans import runs
from aimocap_blender.vision.clip_solution.solution import Solution
from aimocap_blender.vision.corrections import Correction, Kind, Steps
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.motion_from_track import SeenMotion, motion_from_track
from aimocap_blender.vision.network_files import read_networks
from aimocap_blender.vision.person_track import PersonTrack
from aimocap_blender.vision.trust import LOW
from tests.tools.pose_networks import ROOT, made_pose_networks
from tests.vision.judge import degrees
from tests.vision.rendered_truth.recipes import SEVEN
from tests.vision.rendered_truth.truth import DATA, Truth, truth_of
from tests.vision.truth_tracks import truth_track

PER_SEC = 10.0 / 2.5
WRONG = 15.0
"""Degrees from which a user sees that a limb is wrong."""
LONG_ENOUGH_SEC = 0.2
MISPLACED = 0.05
"""Of the person's size in the frame, from which a user sees that a joint is elsewhere."""
AGAIN_SEC = 0.25
"""A moment of a limb that was corrected so near isn't corrected again."""
LIMBS = [
    (f"{side}_{joint}", f"{side}_{start}", f"{side}_{head}", f"{side}_{top}")
    for side in ("left", "right")
    for joint, start, head, top in (
        ("elbow", "shoulder", "lower_arm", "upper_arm"),
        ("wrist", "elbow", "hand", "lower_arm"),
        ("knee", "hip", "lower_leg", "upper_leg"),
        ("ankle", "knee", "foot", "lower_leg"),
    )
]
"""Joint at the end and at the start of each limb, and the true bones' slots whose heads these are."""


@dataclass(frozen=True)
class User:
    """How somebody corrects.

    Attributes:
        name: for the table.
        wrong: share of depths that are shown the wrong way round.
        by_doubts: looks only where the product itself says that it isn't sure.
        degrees: standard deviation of a shown direction.
        pixels: the same of a shown place.
    """

    name: str
    wrong: float = 0.0
    by_doubts: bool = False
    degrees: float = 10.0
    pixels: float = 3.0


USERS = (User("careful"), User("careless", wrong=0.1), User("led by doubts", by_doubts=True))


@dataclass
class Play:
    """One clip, corrected step by step; a correction that makes the limb worse is taken back."""

    truth: Truth
    track: PersonTrack
    motion: SeenMotion
    user: User

    def __post_init__(self) -> None:
        self.chance = np.random.default_rng(0)
        self.kept: list[Correction] = []
        self.tried: list[tuple[int, float, Kind]] = []
        self.found = self.motion.solved
        self.solution = self.found.solution
        self.by_step = Steps(self.found.seen, self.found.solution, self.found.times, self.track.size)
        self.frames = self.motion.frames
        self.rows = self.frames - self.found.first
        self.seconds = 0.0

    def true(self, head: str, top: str) -> np.ndarray:
        return (self.truth.heads[head] - self.truth.heads[top])[self.frames]

    def errors(self, solution: Solution) -> np.ndarray:
        """(8, K) degrees."""
        joints = solution.joints[self.rows]
        return np.stack(
            [
                degrees(joints[:, INDEX[joint]] - joints[:, INDEX[start]], self.true(head, top))
                for joint, start, head, top in LIMBS
            ]
        )

    def looked_at(self, errors: np.ndarray) -> Iterator[tuple[int, int, int, int]]:
        """Limb, first sample, last one and the one to correct, the longest and worst first."""
        seen = errors > WRONG
        strength = errors
        if self.user.by_doubts:
            limbs = [f"{joint.split('_')[0]}_{'arm' if top.endswith('arm') else 'leg'}" for joint, _, _, top in LIMBS]
            trust = self.motion.trust.values[:, [self.motion.trust.limbs.index(limb) for limb in limbs]].T
            seen, strength = trust < LOW, 1.0 - trust
        spans = [
            (strength[limb, first:last].sum(), limb, first, last)
            for limb in range(len(LIMBS))
            for first, last in runs(seen[limb]).tolist()
            if last - first > LONG_ENOUGH_SEC * self.found.seen.fps
        ]
        for _, limb, first, last in sorted(spans, reverse=True):
            yield limb, first, last, first + int(strength[limb, first:last].argmax())

    def correction(self, limb: int, first: int, last: int, at: int) -> Correction | None:
        """What the user says about a limb; None if they have said it."""
        joint, start, head, top = LIMBS[limb]
        fps, row = self.found.seen.fps, int(self.rows[at])
        second, half = float(self.found.times[row]), max(0.3, (last - first) / 2.0 / fps)
        seen, here = self.found.seen, self.solution.joints
        size = np.array(self.track.size) / 2.0
        true = seen.turn[row] @ self.truth.heads[head][self.frames[at]]
        place = self.truth.focal * true[:2] / true[2] + size
        ours = seen.turn[row] @ here[row, INDEX[joint]]
        off = np.linalg.norm(place - (seen.focal * ours[:2] / ours[2] + size))
        bone = self.true(head, top)[at]
        length = np.median(np.linalg.norm(here[:, INDEX[joint]] - here[:, INDEX[start]], axis=-1))
        angle = np.arcsin(np.clip(bone @ seen.sight[row] / np.linalg.norm(bone), -1.0, 1.0))
        angle += np.radians(self.chance.normal() * self.user.degrees)
        depth = float(length * np.sin(angle)) * (-1.0 if self.chance.random() < self.user.wrong else 1.0)
        x, y = (float(each) for each in place + self.chance.normal(size=2) * self.user.pixels)
        ends = (second - half, second + half)
        for is_wrong, one in (
            (off > MISPLACED * seen.size[row], Correction(Kind.PLACE, joint, second, (x, y), *ends)),
            (True, Correction(Kind.DEPTH, joint, second, (depth,), *ends)),
        ):
            near = [each for each in self.tried if each[::2] == (limb, one.kind) and abs(each[1] - second) < AGAIN_SEC]
            if is_wrong and not near:
                self.tried.append((limb, second, one.kind))
                return one
        return None

    def step(self) -> bool:
        """Correct one limb; False if nothing is left that the user sees."""
        before = self.errors(self.solution)
        for limb, first, last, at in self.looked_at(before):
            one = self.correction(limb, first, last, at)
            if one is not None:
                self.by_step.corrected(self.kept)
                started = time.process_time()
                solution, known = self.by_step.corrected([*self.kept, one])
                self.seconds += time.process_time() - started
                if self.errors(solution).sum() < before.sum():
                    self.kept = [*known]
                    self.solution = solution
                return True
        return False


def line(errors: np.ndarray) -> str:
    """Figures of (8, K) degrees."""
    over = [100.0 * (errors > limit).mean() for limit in (15.0, 30.0)]
    return (
        f"{np.median(errors):4.1f}° median {np.percentile(errors, 95):4.1f}° p95, "
        f"{over[0]:4.1f} % over 15°, {over[1]:4.1f} % over 30°"
    )


def main() -> None:
    made = made_pose_networks(ROOT)
    if not made or not DATA.is_dir():
        sys.exit("The networks that see people, or the real motions and characters, are not here.")
    networks = read_networks(made["vision/pose-detector.npz"].parent)
    clips = [(truth, truth_track(truth, networks)) for truth in map(truth_of, SEVEN)]
    for user in USERS:
        before, after, steps, seconds = [], [], 0, 0.0
        for truth, track in clips:
            play = Play(truth, track, motion_from_track(track), user)
            count = round(PER_SEC * len(play.rows) / track.fps)
            while count and play.step():
                count, steps = count - 1, steps + 1
            before.append(play.errors(play.found.solution))
            after.append(play.errors(play.solution))
            seconds += play.seconds
        print(f"  before: {line(np.concatenate(before, axis=1))}")
        print(f"  {user.name}: {line(np.concatenate(after, axis=1))}; {steps} corrections")
        print(f"  CPU of solving again: {seconds / max(steps, 1):.2f} s a correction", flush=True)


if __name__ == "__main__":
    main()
