"""Hands that are seen in pictures: fingers of rendered hands are about right, those of small ones are left alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aimocap_blender.vision.hands.looking import look_at_hands
from aimocap_blender.vision.motion_from_track import motion_from_track
from aimocap_blender.vision.network_graph import PoseNetworks
from aimocap_blender.vision.trust import HANDS as TRUSTED
from aimocap_blender.vision.trust import LOW

from .hand_judge import bends, clip_hand, palms, true_hand
from .judge import degrees
from .made_tracks import made_track
from .rendered_truth.truth import truth_of
from .truth_tracks import picture_of, truth_track


def no_picture(_index: int) -> Any:
    raise AssertionError("a picture was read")


def test_hands_of_a_small_person_are_not_looked_at(networks: PoseNetworks) -> None:
    track = made_track().track
    across = np.ptp(track.pixels[:, :, 1], axis=1).max()
    assert across < 300.0  # pixels from head to foot: hands are a tenth of that
    for hand in look_at_hands(no_picture, track, networks.hands, lambda _done, _all: None):
        assert len(hand.frames) == 0


@pytest.mark.slow
def test_fingers_of_rendered_hands_are_seen(shared_data: Path, networks: PoseNetworks) -> None:
    del shared_data  # skips where it is not
    from .rendered_truth.hands import SHORT

    truth = truth_of(SHORT)
    track = truth_track(truth, networks)
    hands = look_at_hands(picture_of(truth), track, networks.hands, lambda _done, _all: None)
    motion, without = motion_from_track(track, hands=hands), motion_from_track(track)
    assert motion.trust.limbs[-2:] == TRUSTED
    assert not set(without.trust.limbs) & set(TRUSTED)
    off: list[np.ndarray] = []
    turned: list[np.ndarray] = []
    for side in ("left", "right"):
        sure = motion.trust.values[:, motion.trust.limbs.index(f"{side}_hand")] >= LOW
        assert sure.mean() > 0.8
        true = true_hand(truth, side)[motion.frames]
        seen, relaxed = clip_hand(motion.clip, side), clip_hand(without.clip, side)
        error, guessed = (np.abs(bends(hand) - bends(true))[sure] for hand in (seen, relaxed))
        assert np.median(error) < 0.75 * np.median(guessed)
        off.append(error)
        turned.append(degrees(palms(seen @ motion.ground.axes, side), palms(true, side)))
    assert np.median(np.concatenate(off)) < 20.0
    assert np.median(np.concatenate(turned)) < 40.0
