"""How near the fingers and palms seen in rendered clips are to the true ones, and what looking at hands takes.

python -m tests.bench.bench_fingers: renders the clips the first time, which takes some minutes.
"""

import sys
import time

import numpy as np


def main() -> None:
    from aimocap_blender.vision import products
    from aimocap_blender.vision.hands.looking import look_at_hands
    from aimocap_blender.vision.motion_from_track import motion_from_track
    from aimocap_blender.vision.network_graph import read_networks
    from aimocap_blender.vision.trust import LOW
    from tests.vision.hand_judge import bends, clip_hand, palms, true_hand
    from tests.vision.judge import degrees
    from tests.vision.rendered_truth.hands import HANDS
    from tests.vision.rendered_truth.truth import DATA, truth_of
    from tests.vision.truth_tracks import picture_of, truth_track
    from tools.pose_networks import ROOT, made_pose_networks

    made = made_pose_networks(ROOT)
    if not made or not DATA.is_dir():
        sys.exit("The networks that see people, or the real characters and motions, are not here.")
    networks = read_networks(made["vision/pose-detector.npz"].parent)
    print(f"numpy's products are {'fast' if products.are_tuned() else 'slow'}")
    all_sure: list[np.ndarray] = []
    for recipe in HANDS:
        truth = truth_of(recipe)
        pictures = [picture_of(truth)(number) for number in range(len(truth.pictures))]
        started = time.process_time()
        track = truth_track(truth, networks)
        followed = time.process_time()
        hands = look_at_hands(pictures.__getitem__, track, networks.hands, lambda _done, _all: None)
        looked = time.process_time()
        motion, without = motion_from_track(track, hands=hands), motion_from_track(track)
        print(
            f"  {recipe.name}: {looked - followed:.1f} s of processor time for hands, {followed - started:.1f} s for "
            "all else and reading pictures"
        )
        for side in ("left", "right"):
            true = true_hand(truth, side)[motion.frames]
            errors, turns = [], []
            for each in (motion, without):
                hand = clip_hand(each.clip, side)
                errors.append(np.abs(bends(hand) - bends(true)))
                turns.append(degrees(palms(hand @ each.ground.axes, side), palms(true, side)))
            limb = f"{side}_hand"
            trust = (
                motion.trust.values[:, motion.trust.limbs.index(limb)] if limb in motion.trust.limbs else np.zeros(1)
            )
            sure = np.broadcast_to(trust >= LOW, len(motion.frames))
            all_sure.append(errors[0][sure].ravel())
            print(
                f"    {side}: {sure.mean():4.0%} trusted; a joint {_median(errors[0][sure]):.1f}° off there, relaxed "
                f"it would be {_median(errors[1][sure]):.1f}°; of all {_median(errors[0]):.1f}°; most bent "
                f"{bends(clip_hand(motion.clip, side)).max():.0f}°; palm {_median(turns[0]):.0f}° off, "
                f"by the pose alone {_median(turns[1]):.0f}°"
            )
    print(f"  all that is trusted: {_median(np.concatenate(all_sure)):.1f}°")


def _median(values: np.ndarray) -> float:
    return float(np.nanmedian(values)) if values.size else float("nan")


if __name__ == "__main__":
    main()
