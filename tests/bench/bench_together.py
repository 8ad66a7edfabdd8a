"""How near a motion that several rendered films show is to the true one, and which films are refused.

python -m tests.bench.bench_together: renders the clips the first time.
"""

import resource
import sys
import time
from collections.abc import Sequence

import numpy as np

from aimocap_blender.texts.faults import Fault
from aimocap_blender.vision.together.films import film_of
from aimocap_blender.vision.together.motion import motion_together
from tests.vision.rendered_truth.recipes import FILMED_TOGETHER, FLOOR_WORK, OTHERS, SEVEN, Recipe
from tests.vision.rendered_truth.truth import DATA, truth_of
from tests.vision.together.judge import Filmed, judged_together

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


def print_pair(names: Sequence[str], clips: Sequence[Filmed]) -> tuple[float, ...]:
    """Print the figures of films that show one moment, beside those of the best of them alone; return them and the CPU.

    The CPU is in times that of the first film alone.
    """
    films = [film_of(clip.track) for clip in clips]
    started = time.process_time()
    found = motion_together(films)
    seconds = time.process_time() - started
    judged = judged_together(clips, films, found)
    ours, alone = judged.figures, min(judged.alone)
    cameras = [
        f"camera {off.apart:3.0f}° apart {off.turned:.1f}° off, offset {1000.0 * off.seconds:+.0f} ms, "
        f"focal length {off.focal:.2f} times"
        for off in judged.cameras
    ]
    ratio = (sum(clip.seconds for clip in clips) + seconds) / clips[0].seconds
    print(
        f"  {'+'.join(names):33s} {ours[0]:4.1f}°/{ours[1]:4.1f}° {ours[2]:3.0f} mm, best alone "
        f"{alone[0]:4.1f}°/{alone[1]:4.1f}° {alone[2]:3.0f} mm, misfit {found.misfit:.2f}, "
        f"{'; '.join(cameras)}, CPU {ratio:.1f} times, {judged.frames} frames of {len(films[0].times)}"
        f"{', WORSE' if any(together > one for together, one in zip(ours, alone, strict=True)) else ''}",
        flush=True,
    )
    return (*ours, ratio)


def main() -> None:
    from aimocap_blender.vision.network_graph import read_networks
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
        median, most, mm, ratio = np.mean(all_figures, axis=0)
        print(f"  {count} films, mean of clips: {median:.1f}°/{most:.1f}° {mm:.0f} mm, CPU {ratio:.1f} times")
    print("films of other moments:")
    for names in WRONG:
        try:
            found = motion_together([film_of(filmed(name).track) for name in names])
            print(f"  {'+'.join(names):33s} accepted, misfit {found.misfit:.2f}")
        except Fault as fault:
            print(f"  {'+'.join(names):33s} {fault.what}", flush=True)
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, all clips' tracks in it")


if __name__ == "__main__":
    main()
