"""A person in several shots: found again in each by their clothes, and one motion of all of them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from aimocap_blender.vision.corrections import Correction, Kind
from aimocap_blender.vision.hands.fingers import HandLooks, Hands
from aimocap_blender.vision.kept_solution import KeptSolution, all_arrays, solution_of, with_corrections
from aimocap_blender.vision.network_graph import PoseNetworks
from aimocap_blender.vision.people import grouped
from aimocap_blender.vision.scanning import ClipFrames
from aimocap_blender.vision.seeing import arrays_of_shots, motion_of_shots
from aimocap_blender.vision.sighting import Sighting, sighting_of
from aimocap_blender.vision.trust import LIMBS, LOW
from aimocap_blender.vision.watching import WatchedShot, Watching
from tests.media.clip_frames import clip_frames, unheard
from tests.media.figure.film import FILMS, Film, filmed_person
from tests.thorough import thoroughly
from tests.vision.rendered_truth.recipes import SHORT, short_part

from .hindered_films import FPS, window
from .made_tracks import made_shot
from .rendered_truth.truth import truth_of
from .truth_tracks import pixels_of

LENGTH = 20
"""Frames of each shot."""
RED, BLUE, SKIN, WHITE = (120.0, 65.0, 65.0), (60.0, 75.0, 105.0), (150.0, 120.0, 105.0), (150.0, 156.0, 157.0)


def frames_of(name: str) -> list[np.ndarray]:
    """The first frames of a rendered clip, which is rendered no further."""
    return [pixels_of(file) for file in truth_of(short_part(name, "shot", LENGTH)).pictures]


def mirrored(frames: list[np.ndarray]) -> list[np.ndarray]:
    """Seen from elsewhere: nearer, and the other way round."""
    return [window(frame[:, ::-1], 0.2, 0.15, 0.7) for frame in frames]


def hips(shot: WatchedShot) -> np.ndarray:
    return shot.track.pixels[:, 23:25].mean(axis=1)


@thoroughly
def test_one_person_in_six_shots_becomes_one_motion_without_another_in_other_clothes(
    shared_data: Path, networks: PoseNetworks
) -> None:
    del shared_data
    boxes, behind, walks = (
        [pixels_of(file) for file in truth_of(SHORT).pictures],
        frames_of("boxb"),
        frames_of("strut130"),
    )
    shots = [
        boxes[:LENGTH],
        behind,
        mirrored(boxes[-LENGTH:]),
        frames_of("jacks15"),  # of another
        walks,
        mirrored(behind),
        boxes[-LENGTH:],
    ]
    frames = [frame for shot in shots for frame in shot]
    watched = Watching(ClipFrames(len(frames), FPS, frames.__getitem__), networks).watch()
    starts = [number * LENGTH for number in range(len(shots))]
    assert watched.cuts == tuple(starts[1:])
    assert len(watched.people) == 2
    assert [shot.shot[0] for shot in watched.shots] == [*starts[:3], *starts[4:]]
    same, turned = (hips(watched.shots[number]) for number in (-1, 2))
    again = (np.array([640, 0]) + turned * (-1, 1) * 0.7 - np.array([0.2, -0.15]) * (640, 480)) * (1, 1)
    assert np.abs(same - again).max() < 8  # the same frames, which the window makes larger

    shown = motion_of_shots(watched.shots, [None] * len(watched.shots))
    seen = np.zeros(len(frames), np.bool_)
    seen[shown.frames] = True
    assert not seen[starts[3] : starts[4]].any()
    assert seen.sum() > 5.5 * LENGTH
    assert np.allclose(shown.clip.times * FPS, shown.frames)
    root = shown.clip.positions[:, shown.clip.skeleton.index("Hips")]
    at_cuts = np.flatnonzero(np.isin(shown.frames, starts[1:-1]))
    assert np.linalg.norm(np.diff(root[:, :2], axis=0)[at_cuts - 1], axis=-1).max() < 0.05
    cameras = [shot.camera for shot in watched.shots]
    assert cameras[-1] == cameras[0]
    assert len(set(cameras)) == len(cameras) - 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "between",
    [
        pytest.param(range(60, 85), marks=thoroughly, id="another_shot_between"),
        pytest.param(range(0), id="jump_cut"),
    ],
)
def test_where_a_camera_films_again_the_person_is_where_they_went_meanwhile(
    between: range, networks: PoseNetworks, tmp_path: Path
) -> None:
    film = Film()
    filmed = clip_frames(filmed_person(FILMS, film), 0, film.frames, film.size, tmp_path)
    shots = [shot for shot in (range(30, 60), between, range(100, 130)) if shot]
    frames = [*filmed[30:60], *mirrored([filmed[frame] for frame in between]), *filmed[100:130]]
    watched = Watching(ClipFrames(len(frames), float(film.fps), frames.__getitem__), networks).watch()
    assert [shot.shot[1] - shot.shot[0] for shot in watched.shots] == [len(shot) for shot in shots]
    assert watched.cuts == tuple(np.cumsum([len(shot) for shot in shots[:-1]]))
    assert [shot.camera == watched.shots[0].camera for shot in watched.shots] == [shot is not between for shot in shots]

    clip = motion_of_shots(watched.shots, [None] * len(shots)).clip
    assert len(clip.times) == len(frames)
    left, right = (clip.positions[:, clip.skeleton.index(f"{side}UpperLeg"), :2] for side in ("Left", "Right"))
    hips, across = (left + right) / 2.0, left - right
    truth = film.posed
    true_left, true_right = (truth.positions[f"thigh_{side}"][np.concatenate(shots), :2] for side in ("l", "r"))
    true_hips, true_across = (true_left + true_right) / 2.0, true_left - true_right
    first, again = slice(0, len(shots[0])), slice(-len(shots[-1]), None)
    turn = angle_between(across[first], true_across[first])
    turned = (hips - hips[first].mean(axis=0)) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    off = np.linalg.norm(turned + true_hips[first].mean(axis=0) - true_hips, axis=-1)
    assert np.linalg.norm(true_hips[again][0] - true_hips[first][-1]) > 0.4
    assert off[first].max() < 0.1
    assert off[again].max() < 0.2
    assert abs(np.degrees(angle_between(across[again], true_across[again]) - turn)) < 8.0


def angle_between(some: np.ndarray, others: np.ndarray) -> float:
    """Radians by which directions (F, 2) are turned to be most like others."""
    one, other = (vectors @ np.array([1.0, 1.0j]) for vectors in (some, others))
    return float(np.angle((other * one.conj()).sum()))


def test_who_looks_alike_in_another_shot_is_the_same_but_never_in_the_same_shot() -> None:
    red_and_blue, white = (np.array(parts) for parts in ([RED, RED, SKIN, BLUE, BLUE], [WHITE] * 5))
    darker, half = red_and_blue * 0.75, red_and_blue.copy()
    half[3:5] = np.nan  # the legs are out of the frame
    clothes = [red_and_blue, white, darker, white * 1.1, half]
    assert sorted(map(sorted, grouped(clothes, [0, 0, 1, 1, 2]))) == [[0, 2, 4], [1, 3]]
    assert sorted(grouped([red_and_blue, red_and_blue], [0, 0])) == [[0], [1]]


class Made(NamedTuple):
    """The motion of two shots, its solution, and the motion as it is read again."""

    sighting: Sighting
    kept: KeptSolution
    read: Sighting


def left_hand_seen(frames: int) -> Hands:
    """A left hand that is there in all frames, not so surely that it says how it is turned; no right one."""
    count, landmarks = len(range(0, frames, 2)), np.random.default_rng(1).normal(0.0, 0.05, (21, 3))
    metres = np.tile(landmarks, (count, 1, 1))
    looks = HandLooks(2, np.arange(0, frames, 2), metres[..., :2], metres, np.full(count, 0.79))
    return looks, HandLooks(2, np.empty(0, np.int64), metres[:0, :, :2], metres[:0], np.empty(0))


@pytest.fixture(scope="module")
def made() -> Made:
    first = made_shot(10, 0.0)
    second = made_shot(first.shot[1] + 20, 60.0)
    shown = motion_of_shots([first, second], [None, left_hand_seen(len(second.track.times))])
    sighting = Sighting(shown.clip, shown.trust, (), (), 0, shown.ground.camera_angle)
    arrays = all_arrays(sighting, shown.kept)
    assert len(solution_of(arrays).shots) == 2
    return Made(sighting, solution_of(arrays), sighting_of(arrays))


def test_the_body_is_one_and_goes_on_where_it_ended(made: Made) -> None:
    clip = made.sighting.clip
    gap = int(np.argmax(np.diff(clip.times)))
    assert np.diff(clip.times)[gap] == pytest.approx(21 / clip.fps)
    root = clip.positions[:, clip.skeleton.index("Hips")]
    assert np.linalg.norm((root[gap + 1] - root[gap])[:2]) < 0.01
    lowest = clip.positions[:, :, 2].min(axis=1)
    assert np.abs(lowest[: gap + 1].min() - lowest[gap + 1 :].min()) < 0.05


def test_where_each_shots_camera_stands_is_kept(made: Made) -> None:
    cameras = [np.tile(np.linalg.inv(shot.camera(0))[:3, 3], (len(shot.rows), 1)) for shot in made.kept.shots]
    assert made.read.clip.eyes is not None
    assert np.allclose(made.read.clip.eyes, [np.concatenate(cameras)], atol=1e-9)


def test_a_hand_that_only_a_later_shot_shows_is_trusted_there(made: Made) -> None:
    trust, later = made.read.trust, made.read.clip.times >= made.kept.later[0].times[0]
    assert trust.limbs == (*LIMBS, "left_hand")
    assert (trust.values[~later, -1] == 0.0).all()
    assert trust.values[later, -1].mean() > LOW


def test_a_correction_in_a_later_shot_changes_only_that(made: Made) -> None:
    sighting, kept, read = made
    without = with_corrections(read, kept, ())
    assert np.allclose(without.clip.positions, sighting.clip.positions, atol=1e-9)
    assert np.array_equal(without.trust.values, sighting.trust.values)
    second = float(kept.later[0].times[len(kept.later[0].times) // 2])
    changed = with_corrections(read, kept, [Correction(Kind.DEPTH, "left_wrist", second, (0.1,))])
    moved = np.abs(changed.clip.positions - sighting.clip.positions).max(axis=(1, 2)) > 1e-6
    assert moved.any()
    assert sighting.clip.times[moved].min() >= kept.later[0].times[0]
    assert changed.corrections[0].second == second


@pytest.mark.slow
def test_each_shot_alone_is_the_same_motion_at_its_own_time(
    networks_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    film = Film(frames=30)
    filmed = clip_frames(filmed_person(FILMS, film), 0, 30, film.size, tmp_path_factory.mktemp("filmed"))
    frames = [*filmed[:14], *mirrored(list(filmed[14:]))]
    fps = float(film.fps)
    clip = ClipFrames(len(frames), fps, frames.__getitem__)
    first, second = (sighting_of(arrays) for arrays in arrays_of_shots(clip, networks_folder, unheard))
    assert first.clip.times[[0, -1]] == pytest.approx([0.0, 13 / fps])
    assert second.clip.times[[0, -1]] == pytest.approx([14 / fps, 29 / fps])
    assert np.linalg.norm(second.clip.positions[0, 0, :2]) < 0.05  # each begins above its world's origin
