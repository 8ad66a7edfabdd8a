"""How near the motion seen in rendered clips is to the true one.

python -m tests.bench.bench_preview_accuracy: renders the clips the first time, which takes ten minutes.
"""

import sys

from tests.bench.preview_accuracy import print_accuracy


def main() -> None:
    from aimocap_blender.vision.network_graph import read_networks
    from tests.vision.truth_tracks import truth_track
    from tools.pose_networks import ROOT, made_pose_networks

    made = made_pose_networks(ROOT)
    if not made:
        sys.exit("The networks that see people are not here: `make zip` fetches them.")
    networks = read_networks(made["vision/pose-detector.npz"].parent)
    print_accuracy(lambda truth: truth_track(truth, networks))


if __name__ == "__main__":
    main()
