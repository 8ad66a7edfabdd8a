"""Corrections by users who are simulated: ten of them per 2.5 seconds of rendered truth, and what is wrong after them.

They see where a limb is wrong, show how far it reaches or where it is in the frame, and err in both.
`python -m tests.bench.bench_corrections` renders the clips the first time, which takes minutes.
"""

import io
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.spans import runs
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.vision.clip_solution.solution import Solution
from aimocap_blender.vision.corrections import Correction, Kind, Steps
from aimocap_blender.vision.handles import looks
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.kept_solution import all_arrays, kept_solution, limb_of, with_corrections
from aimocap_blender.vision.motion_from_track import SeenMotion, motion_from_track
from aimocap_blender.vision.network_graph import read_networks
from aimocap_blender.vision.person_track import PersonTrack
from aimocap_blender.vision.sighting import Sighting
from tests.bench.tall_character import add_tall_character
from tests.vision.judge import degrees
from tests.vision.rendered_truth.recipes import SEVEN
from tests.vision.rendered_truth.truth import DATA, Truth, truth_of
from tests.vision.truth_tracks import truth_track
from tools.pose_networks import ROOT, made_pose_networks

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
        wrong: fraction of depths that are shown the wrong way round.
        by_doubts: looks only where the product itself says what to look at, at one moment for each correction.
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
        kept = kept_solution(self.motion, 0.0, self.track.size)
        self.to_look_at = iter(looks(kept, ())[: self.most])
        self.looked = self.right_to_look = 0
        self.frames = self.motion.frames
        self.rows = self.frames - self.found.first
        self.seconds = 0.0

    @property
    def most(self) -> int:
        """So many corrections."""
        return round(PER_SEC * len(self.motion.frames) / self.track.fps)

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
        if self.user.by_doubts:
            yield from self.doubted(errors)
            return
        spans = [
            (errors[limb, first:last].sum(), limb, first, last)
            for limb in range(len(LIMBS))
            for first, last in runs(errors[limb] > WRONG).tolist()
            if last - first > LONG_ENOUGH_SEC * self.found.seen.fps
        ]
        for _, limb, first, last in sorted(spans, reverse=True):
            yield limb, first, last, first + int(errors[limb, first:last].argmax())

    def doubted(self, errors: np.ndarray) -> Iterator[tuple[int, int, int, int]]:
        """The same where the product says what to look at: the worse bone of that arm or leg, if one is wrong."""
        for look in self.to_look_at:
            at = int(np.abs(self.found.times[self.rows] - look.second).argmin())
            same = [limb for limb, (joint, *_) in enumerate(LIMBS) if limb_of(joint) == limb_of(look.joint)]
            limb = max(same, key=lambda limb: errors[limb, at])
            wrong = [(first, last) for first, last in runs(errors[limb] > WRONG).tolist() if first <= at < last]
            self.looked += 1
            self.right_to_look += len(wrong)
            for first, last in wrong:
                yield limb, first, last, at

    def correction(self, limb: int, first: int, last: int, at: int) -> Correction | None:
        """The user's correction of a limb; None if they have made it."""
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


def print_times(truth: Truth, track: PersonTrack) -> None:
    """CPU that a drag costs: at each redraw, and from its release until the keys of a character are written."""
    motion = motion_from_track(track)
    kept, clip = kept_solution(motion, 0.0, track.size), motion.clip
    seen = Sighting(clip, motion.trust, (), (), 0, motion.ground.camera_angle)
    character, mapping = add_tall_character(bpy.context.scene, seed=7), TimeMapping(1.0, clip.fps)
    put_clip_on(character, clip, mapping, RetargetOptions(), "Before")
    made: list[Correction] = []
    for joint in ("left_wrist", "right_wrist", "left_knee"):
        one = Correction(Kind.DEPTH, joint, float(np.mean(kept.times)), (0.1,))
        begun = time.process_time()
        kept.steps.tried(one)
        dragged = time.process_time()
        corrected = with_corrections(seen, kept, [*made, one])
        put_clip_on(character, corrected.clip, mapping, RetargetOptions(), joint)
        keyed, made = time.process_time(), [*corrected.corrections]
        np.savez(io.BytesIO(), **all_arrays(corrected, kept))
        written = time.process_time()
        print(
            f"  {truth.recipe.name}, {len(kept.times)} frames, {joint}: {dragged - begun:.2f} s of CPU at a redraw, "
            f"{keyed - dragged:.2f} s from the release to the keys, {written - keyed:.2f} s in a thread for the file",
            flush=True,
        )


def main() -> None:
    made = made_pose_networks(ROOT)
    if not made or not DATA.is_dir():
        sys.exit("The networks that see people, or the real motions and characters, are not here.")
    networks = read_networks(made["vision/pose-detector.npz"].parent)
    clips = [(truth, truth_track(truth, networks)) for truth in map(truth_of, SEVEN)]
    for user in USERS:
        before, after, steps, seconds, looked, right = [], [], 0, 0.0, 0, 0
        for truth, track in clips:
            play = Play(truth, track, motion_from_track(track), user)
            count = play.most
            while count and play.step():
                count, steps = count - 1, steps + 1
            before.append(play.errors(play.found.solution))
            after.append(play.errors(play.solution))
            seconds += play.seconds
            looked, right = looked + play.looked, right + play.right_to_look
        print(f"  before: {line(np.concatenate(before, axis=1))}")
        print(f"  {user.name}: {line(np.concatenate(after, axis=1))}; {steps} corrections")
        if looked:
            print(f"  looked at {looked} moments, {100.0 * right / looked:.0f} % of them rightly")
        print(f"  CPU of solving again: {seconds / max(steps, 1):.2f} s a correction", flush=True)
    print_times(*clips[0])


if __name__ == "__main__":
    main()
