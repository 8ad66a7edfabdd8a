"""A person's track with the knuckles that were seen when hands were looked at: they tell how a hand is turned."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from ...motion.resampling import straight_between
from ...motion.rotations import IntArray
from ..joints import SIDES
from ..person_track import LANDMARKS, PersonTrack
from .fingers import Hands
from .hand_landmarks import KNUCKLES

_WRIST = 0
_OF_POSE = {"index": KNUCKLES[0], "pinky": KNUCKLES[-1]}
"""The pose's landmark → the hand's: both are the knuckle."""
_CERTAIN = 0.8
"""Presence from which a hand is turned as it was seen: of those that are seen edge-on fewer reach it, which are turned
wrongly as often as the pose's are."""


def with_knuckles(track: PersonTrack, hands: Hands) -> PersonTrack:
    """Return the track with the hands' knuckles instead of the pose's, where hands are seen for sure.

    Args:
        track: of the person.
        hands: as they were looked at in its frames.
    """
    pixels, body = track.pixels.copy(), track.body.copy()
    for side, looks in zip(SIDES, hands, strict=True):
        sure = looks.presence >= _CERTAIN
        seen = looks.frames[sure]
        if not len(seen):
            continue
        frames = _between(seen, looks.step)
        wrist = LANDMARKS.index(f"{side}_wrist")
        for part, knuckle in _OF_POSE.items():
            landmark = LANDMARKS.index(f"{side}_{part}")
            for values, points in ((pixels, looks.pixels[sure]), (body, looks.metres[sure])):
                away = points[:, knuckle] - points[:, _WRIST]
                values[frames, landmark] = values[frames, wrist] + straight_between(away, seen, frames)
    return replace(track, pixels=pixels, body=body)


def _between(seen: IntArray, longest: int) -> IntArray:
    """Return the frames of looks, and those between one and the next."""
    spans: list[IntArray] = [np.arange(one, other) for one, other in pairwise(seen.tolist()) if other - one <= longest]
    return np.unique(np.concatenate([seen, *spans]))
