"""How near a motion that several rendered films show is to the true one, and which films are refused.

python -m tests.bench.bench_together: renders the clips the first time.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aimocap_blender.texts.faults import Fault
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.person_track import PersonTrack
from aimocap_blender.vision.together.films import film_of
from aimocap_blender.vision.together.motion import Together, motion_together
from tests.vision.judge import LIMBS, SLOTS, Array, aligned, degrees
from tests.vision.rendered_truth.recipes import FILMED_TOGETHER, FLOOR_WORK, OTHERS, SEVEN, Recipe
from tests.vision.rendered_truth.truth import DATA, Truth, truth_of

RIGHT = (
    ("box25", "box90"),
    ("box90", "box205"),
    ("box25", "box205"),
    ("boxb", "box170pan"),
    ("cmu20", "cmu150"),
    ("run45", "run-70"),
    ("run-70", "run200"),
    ("strut20", "strut-40"),
    ("strut20", "strut130"),
    ("strut-40", "strut130"),
    ("dance0", "dance60"),
    ("dance0", "dance95"),
    ("dance60", "dance-30"),
    ("dance-30", "dance95"),
    ("dance0", "dance-30"),
    ("pushup90", "pushup110rolled"),
    ("box25", "box90", "box205"),
    ("run45", "run-70", "run200"),
    ("strut-40", "strut20", "strut130"),
    ("dance0", "dance60", "dance95"),
    ("dance0", "dance60", "dance95", "dance-30"),
)
WRONG = (
    ("box25", "cmu150"),
    ("box25", "box0"),
    ("box25", "box150"),
    ("strut-40", "zombie60"),
    ("jacks15", "box90"),
    ("run45", "strut130"),
    ("box90", "boxb"),
    ("cmu20", "jacks70"),
    ("zombie-20", "box205"),
    ("pushup90", "situp80"),
    ("strut-40", "cmu20"),
    ("box-60", "box25"),
    ("crawl-70", "roll75"),
    ("run-70", "cmu150"),
    ("jacks70", "zombie60"),
    ("box205", "box190rolled"),
    ("dance0", "strut20"),
    ("dance60", "box90"),
)
_JOINTS = {"upper_arm": "shoulder", "lower_arm": "elbow", "hand": "wrist"} | {
    "upper_leg": "hip",
    "lower_leg": "knee",
    "foot": "ankle",
}
BODY = [INDEX[f"{slot.partition('_')[0]}_{_JOINTS[slot.partition('_')[2]]}"] for slot in SLOTS]
ENDS = np.array([[SLOTS.index(slot) for slot in limb] for limb in LIMBS])


@dataclass(frozen=True, eq=False)
class Filmed:
    """A rendered clip, what is seen in it, and what that cost.

    Attributes:
        truth: the clip.
        track: what the networks see.
        seconds: of CPU.
    """

    truth: Truth
    track: PersonTrack
    seconds: float

    @property
    def start(self) -> float:
        """Second of the motion at which the clip begins."""
        return self.truth.recipe.start / self.truth.recipe.fps

    def heads(self, times: Array) -> Array:
        """True joints (F, 12, 3) at its seconds, in its first frame's camera axes."""
        frames = np.arange(len(self.truth.heads[SLOTS[0]])) / self.truth.recipe.fps
        paths = [[np.interp(times, frames, self.truth.heads[slot][:, axis]) for axis in range(3)] for slot in SLOTS]
        return np.array(paths).transpose(2, 0, 1)


def figures(joints: Array, true: Array) -> tuple[float, float, float]:
    """Degrees of limbs after the best rotation of the whole clip, median and 95 %, and PA-MPJPE in mm."""
    ours, theirs = (points[:, ENDS[:, 1]] - points[:, ENDS[:, 0]] for points in (joints, true))
    turn = rotation_between(ours.reshape(-1, 3), theirs.reshape(-1, 3))
    off = degrees(ours @ turn.T, theirs)
    apart = np.linalg.norm(np.array([aligned(a, b) for a, b in zip(joints, true, strict=True)]) - true, axis=-1)
    return float(np.median(off)), float(np.percentile(off, 95)), 1000.0 * float(apart.mean())


def rotation_between(points: Array, others: Array) -> Array:
    """The rotation (3, 3) that brings vectors (N, 3) nearest to others."""
    u, _, vt = np.linalg.svd(others.T @ points)
    return u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt


def print_pair(names: Sequence[str], clips: Sequence[Filmed]) -> tuple[float, float, float]:
    """Print the figures of films that show one moment, beside those of the best of them alone, and return them."""
    films = [film_of(clip.track) for clip in clips]
    started = time.process_time()
    found = motion_together(films)
    seconds = time.process_time() - started
    first, solved = films[0], found.motion.solved
    timed = [film.through(camera) for film, camera in zip(films, found.cameras, strict=True)]
    shared = np.all([film.has(solved.times) for film in timed], axis=0)
    times = solved.times[shared]
    ours = figures(solved.joints[shared][:, BODY], clips[0].heads(times))
    alone = min(
        figures(film.joints_at(times)[:, BODY], clip.heads(film.camera.clock(times)))
        for film, clip in zip(timed, clips, strict=True)
    )
    cameras = [_camera_off(clips[0], clip, found, number) for number, clip in enumerate(clips[1:], 1)]
    ratio = (sum(clip.seconds for clip in clips) + seconds) / clips[0].seconds
    print(
        f"  {'+'.join(names):33s} {ours[0]:4.1f}°/{ours[1]:4.1f}° {ours[2]:3.0f} mm, best alone "
        f"{alone[0]:4.1f}°/{alone[1]:4.1f}° {alone[2]:3.0f} mm, far {100.0 * found.far.max():3.0f} %, "
        f"{'; '.join(cameras)}, CPU {ratio:.1f} times, {len(times)} frames of {len(first.times)}",
        flush=True,
    )
    return ours


def _camera_off(first: Filmed, other: Filmed, found: Together, number: int) -> str:
    """By how much a camera and its offset are off."""
    offset = first.start - other.start
    times = np.arange(len(first.truth.heads[SLOTS[0]])) / first.truth.recipe.fps
    times = times[(times + offset >= 0.0) & (times + offset <= other.track.times[-1])]
    ours, theirs = first.heads(times), other.heads(times + offset)
    ours, theirs = (points.reshape(-1, 3) - points.reshape(-1, 3).mean(axis=0) for points in (ours, theirs))
    turn, camera = rotation_between(ours, theirs), found.cameras[number]

    def angle(rotation: Array) -> float:
        return float(np.degrees(np.arccos(np.clip((np.trace(rotation) - 1.0) / 2.0, -1.0, 1.0))))

    focal = camera.focal / other.truth.focal
    return (
        f"camera {angle(turn):3.0f}° apart {angle(camera.rotation @ turn.T):.1f}° off, "
        f"offset {1000.0 * (camera.offset - offset):+.0f} ms, focal length {focal:.2f} times"
    )


def main() -> None:
    from aimocap_blender.vision.network_files import read_networks
    from tests.vision.truth_tracks import truth_track
    from tools.pose_networks import ROOT, made_pose_networks

    if not DATA.is_dir():
        sys.exit("No accuracy: the real motions and characters are not here.")
    made = made_pose_networks(ROOT)
    if not made:
        sys.exit("The networks that see people are not here: `make zip` fetches them.")
    networks = read_networks(made["vision/pose-detector.npz"].parent)
    recipes: dict[str, Recipe] = {recipe.name: recipe for recipe in (*SEVEN, *OTHERS, *FLOOR_WORK, *FILMED_TOGETHER)}
    known: dict[str, Filmed] = {}

    def filmed(name: str) -> Filmed:
        if name not in known:
            truth = truth_of(recipes[name])
            started = time.process_time()
            track = truth_track(truth, networks)
            film_of(track)  # what one film costs ends with its solution
            known[name] = Filmed(truth, track, time.process_time() - started)
        return known[name]

    for count in (2, 3, 4):
        of_so_many = [names for names in RIGHT if len(names) == count]
        all_figures = [print_pair(names, [filmed(name) for name in names]) for names in of_so_many]
        median, most, mm = np.mean(all_figures, axis=0)
        print(f"  {count} films, mean of clips: {median:.1f}°/{most:.1f}° {mm:.0f} mm")
    print("films of other moments:")
    for names in WRONG:
        try:
            found = motion_together([film_of(filmed(name).track) for name in names])
            print(f"  {'+'.join(names):33s} accepted, far {100.0 * found.far.max():.0f} %")
        except Fault as fault:
            print(f"  {'+'.join(names):33s} {fault.what}", flush=True)


if __name__ == "__main__":
    main()
