"""Fingers in a motion: as they were seen, within what hands can do, and relaxed where they weren't."""

from functools import cache

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.variants import WITH_HANDS
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.vision.hands.fingers import HandLooks, fingers_through, with_knuckles
from aimocap_blender.vision.kept_solution import kept_solution, solution_arrays, solution_of
from aimocap_blender.vision.motion_from_track import SeenMotion, motion_from_track
from aimocap_blender.vision.person_track import LANDMARKS
from aimocap_blender.vision.trust import HANDS, LOW
from tests.media.g1_mjcf import mujoco_poses

from .hand_judge import bends, clip_hand, palms, turned
from .judge import degrees
from .made_tracks import FPS, made_track

SECONDS, STEP = 1.0, 5
SIDES = ("left", "right")
OPEN, FIST = (5.0, 5.0, 5.0), (70.0, 90.0, 50.0)
BACKWARDS, TOO_FAR = (-60.0, -70.0, -50.0), (130.0, 150.0, 120.0)
LENGTHS = (40.0, 25.0, 20.0)  # millimetres of a finger's bones


def landmarks(side: str, degrees: tuple[float, float, float], turn: np.ndarray) -> np.ndarray:
    """(21, 3) a hand whose four fingers are bent by so many degrees; metres, turned in space."""
    points = [np.zeros(3), np.array([20.0, 25.0, 5.0]), np.array([45.0, 50.0, 15.0]), np.array([65.0, 65.0, 20.0])]
    points.append(np.array([85.0, 80.0, 25.0]))
    for place in (25.0, 5.0, -15.0, -35.0):
        at, angle = np.array([88.0, place, 0.0]), 0.0
        points.append(at)
        for length, bend in zip(LENGTHS, degrees, strict=True):
            angle += np.radians(bend)
            at = at + length * np.array([np.cos(angle), 0.0, np.sin(angle)])
            points.append(at)
    hand = np.array(points) / 1000.0
    return (hand if side == "left" else hand * (1.0, -1.0, 1.0)) @ turn.T


def any_turn(seed: int) -> np.ndarray:
    matrix, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return matrix * np.sign(np.linalg.det(matrix))


@cache
def seen(*shapes: tuple[float, float, float] | None) -> SeenMotion:
    """The motion of someone whose hands have these shapes, each for an equal part of the clip; None is not seen."""
    track = made_track(SECONDS).track
    frames = np.append(np.arange(0, len(track.times) - 1, STEP), len(track.times) - 1)
    looked = [shapes[int(frame * len(shapes) / len(track.times))] for frame in frames]
    hands = [
        HandLooks(
            STEP,
            frames,
            np.zeros((len(frames), 21, 2)),
            np.array(
                [
                    landmarks(side, shape or OPEN, any_turn(int(frame)))
                    for frame, shape in zip(frames, looked, strict=True)
                ]
            ),
            np.array([0.0 if shape is None else 0.79 for shape in looked]),  # not so sure that the hand is turned
        )
        for side in SIDES
    ]
    return motion_from_track(track, hands=(hands[0], hands[1]))


def towards_the_palm(hand: np.ndarray, side: str) -> np.ndarray:
    """(F, 4) how far the tips of the four fingers are on the palm's side of their knuckles, metres."""
    chains = hand[:, 5:].reshape(len(hand), 4, 4, 3)
    return np.einsum("fki,fi->fk", chains[:, :, 3] - chains[:, :, 0], palms(hand, side))


def across(vectors: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(F, 3) vectors without what goes along unit normals."""
    return vectors - np.einsum("fi,fi->f", vectors, normals)[:, None] * normals


@pytest.mark.slow_cases
@pytest.mark.parametrize(("shape", "side"), [(OPEN, "left"), (FIST, "right"), ((0.0, 60.0, 30.0), "left")])
def test_fingers_are_bent_as_they_were_seen(shape: tuple[float, float, float], side: str) -> None:
    hand = clip_hand(seen(shape).clip, side)
    found = bends(hand)[:, 1:]
    assert np.abs(found[..., 1:] - shape[1:]).max() < 6.0
    first = bends(clip_hand(seen((0.0, *shape[1:])).clip, side))[:, 2, 0]  # of the hand's own shape
    more = bends(hand)[:, 2, 0] - first - shape[0]
    assert more.min() > -5.0
    assert more.max() < 0.3 * shape[0] + 5.0  # the network sees them less bent
    if shape is FIST:
        assert towards_the_palm(hand, side).min() > 0.02


@pytest.mark.parametrize("shape", [FIST, None])
def test_a_robot_with_hands_bends_its_fingers_as_they_were_seen(shape: tuple[float, float, float] | None) -> None:
    clip = seen(shape).clip
    motion = retargeted_to_g1(clip, detect_bones(clip.skeleton), WITH_HANDS).motion
    names, _, turns = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, WITH_HANDS)

    def pointing(body: str, along: tuple[float, float, float]) -> np.ndarray:
        return turned(turns[:, names.index(f"{body}_link")], np.array(along))

    for side, left in zip(SIDES, (1.0, -1.0), strict=True):
        hand = clip_hand(clip, side)
        palm, robots = palms(hand, side), pointing(f"{side}_wrist_yaw", (0.0, -left, 0.0))
        bones = np.diff(hand[:, 1:].reshape(-1, 5, 4, 3), axis=2)
        bones /= np.linalg.norm(bones, axis=-1, keepdims=True)
        outer = bones[:, :, 1] + bones[:, :, 2]
        for number, finger in enumerate(("index", "middle"), start=1):
            first, second = (pointing(f"{side}_hand_{finger}_{link}", (1.0, 0.0, 0.0)) for link in (0, 1))
            assert np.abs(degrees(first, robots) - degrees(bones[:, number, 0], palm)).max() < 2.0
            bent = degrees(outer[:, number], bones[:, number, 0])
            assert np.abs(degrees(second, first) - np.minimum(bent, 100.0)).max() < 2.0  # its joint goes no further
        first, second = (pointing(f"{side}_hand_thumb_{link}", (0.0, -left, 0.0)) for link in (1, 2))
        wanted = np.minimum(degrees(bones[:, 0, 1], palm), 60.0)
        assert np.abs(degrees(first, robots) - wanted).max() < 2.0
        assert np.abs(degrees(second, robots) - np.maximum(wanted, degrees(bones[:, 0, 2], palm))).max() < 2.0
        ahead = hand[:, [5, 17]].mean(axis=1) - hand[:, 0], pointing(f"{side}_wrist_yaw", (1.0, 0.0, 0.0))
        aside = degrees(across(outer[:, 0], palm), across(ahead[0], palm))
        assert np.abs(degrees(across(first + second, robots), ahead[1]) - np.minimum(aside, 60.0)).max() < 2.0


@pytest.mark.parametrize(("shape", "side"), [(BACKWARDS, "left"), (TOO_FAR, "right")])
def test_no_finger_is_bent_as_none_can_be(shape: tuple[float, float, float], side: str) -> None:
    hand = clip_hand(seen(shape).clip, side)
    most = bends(hand)[:, 1:].max(axis=(0, 1))
    assert (most < [115.0, 111.0, 81.0]).all()
    if shape is BACKWARDS:
        assert most[1:].max() < 8.0  # as straight as they can be, a little as they are at rest
        assert towards_the_palm(hand, side).min() > -0.04


def test_fingers_and_their_trust_are_kept_in_the_file() -> None:
    motion = seen(FIST)
    assert motion.trust.limbs[-2:] == HANDS
    read = solution_of(solution_arrays(kept_solution(motion, 0.0, (640, 480))))
    assert read.trust.limbs == motion.trust.limbs
    assert np.array_equal(read.trust.values, motion.trust.values)
    assert read.fingers is not None
    assert np.array_equal(read.fingers, motion.fingers)


def test_knuckles_that_are_seen_for_sure_replace_the_poses() -> None:
    track = made_track(SECONDS).track
    frames = np.array([5, 10, 20])
    shape = np.array([landmarks("left", OPEN, any_turn(int(frame))) for frame in frames])
    pixels = 100.0 * shape[..., :2]
    sure, unsure = (HandLooks(STEP, frames, pixels, shape, np.full(3, presence)) for presence in (0.95, 0.7))
    changed = with_knuckles(track, (sure, unsure))
    wrist, index, pinky = (LANDMARKS.index(f"left_{part}") for part in ("wrist", "index", "pinky"))
    for values, seen_at in ((changed.pixels, pixels), (changed.body, shape)):
        for landmark, knuckle in ((index, 5), (pinky, 17)):
            away = values[:, landmark] - values[:, wrist]
            wanted = seen_at[:, knuckle] - seen_at[:, 0]
            assert np.allclose(away[frames], wanted)
            assert np.allclose(away[8], 0.4 * wanted[0] + 0.6 * wanted[1])
    same = np.ones((len(track.times), len(LANDMARKS)), bool)
    same[np.ix_([5, 6, 7, 8, 9, 10, 20], [index, pinky])] = False
    assert np.array_equal(changed.pixels[same], track.pixels[same])
    assert np.array_equal(changed.body[same], track.body[same])


def test_a_hand_that_is_never_seen_is_relaxed_and_has_no_trust() -> None:
    motion = seen(None)
    assert motion.trust.limbs == motion_from_track(made_track(SECONDS).track).trust.limbs
    assert "left_hand" not in motion.trust.limbs
    for side in SIDES:
        found = bends(clip_hand(motion.clip, side))
        assert found[:, 1:, 1].min() > 15.0
        assert found.max() < 60.0
        assert np.ptp(found, axis=0).max() < 1e-6
        assert towards_the_palm(clip_hand(motion.clip, side), side).min() > 0.01


def test_a_hand_on_the_floor_is_flat_if_it_is_not_seen() -> None:
    heights = np.array([[0.05, 1.0], [0.08, 1.0], [0.4, 0.06]])
    turns, _ = fingers_through(None, np.arange(3), heights)
    away = np.degrees(2.0 * np.arccos(np.clip(np.abs(turns[..., 0]), 0.0, 1.0))).max(axis=-1)
    assert (away[heights < 0.1] < 1e-3).all()
    assert (away[heights > 0.1] > 40.0).all()


def test_a_fist_that_goes_out_of_sight_relaxes_smoothly() -> None:
    motion = seen(FIST, None)
    sure = motion.trust.values[:, motion.trust.limbs.index("right_hand")]
    early, late = slice(0, len(sure) // 3), slice(-len(sure) // 4, None)
    assert sure[early].min() > LOW > sure[late].max()
    relaxed, fist = (bends(clip_hand(seen(shape).clip, "right")) for shape in (None, FIST))
    found = bends(clip_hand(motion.clip, "right"))
    assert np.abs(found[early] - fist[early]).max() < 3.0
    assert np.abs(found[late] - relaxed[late]).max() < 3.0
    assert np.abs(np.diff(found, axis=0)).max() < 900.0 / FPS
