"""Several films of a made motion, whose truth is known exactly."""

import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.texts.faults import Fault
from aimocap_blender.vision.delivered_motion import COMPARED_LIMBS as COMPARED
from aimocap_blender.vision.delivered_motion import off_in_films
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.kept_solution import kept_solution, solution_arrays, solution_of
from aimocap_blender.vision.motion_from_track import SeenMotion, motion_from_track, ordered_track, usual_focal
from aimocap_blender.vision.person_track import LANDMARKS, PersonTrack
from aimocap_blender.vision.together.bundle import Bundle, adjusted
from aimocap_blender.vision.together.films import Camera, Film, common_times, film_of
from aimocap_blender.vision.together.fit import misfit
from aimocap_blender.vision.together.motion import MOST_FRAMES, Together, first_camera, motion_together
from aimocap_blender.vision.together.offsets import likely_offsets
from tests.vision.judge import degrees
from tests.vision.made_tracks import (
    FPS,
    SIZE,
    Array,
    Made,
    exchanged,
    filmed,
    floor_track,
    hidden_forearm,
    person,
    unseen,
)

SECONDS = 3.0
LATE = 0.37
"""Seconds by which the second film begins later."""
NOISE = 1.5
LIMBS = [
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for start, end in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
]


def boxing(times: Array) -> dict[str, Array]:
    """A person whose punches never come alike."""
    return person(times + 0.25 * times**2)


def shot(azimuth: float, late: float = 0.0, fps: float = FPS, **more: float) -> Made:
    """A film of it, from an angle; its depths are guessed flat, as networks do."""
    made = filmed(boxing(late + np.arange(round(SECONDS * FPS)) / FPS), azimuth=azimuth, noise=NOISE, **more)
    track = replace(made.track, body=made.track.body * [1.0, 1.0, 0.7])
    step = round(FPS / fps)
    names = ("times", "pixels", "visibility", "body", "confidence", "camera")
    return replace(made, track=replace(track, fps=fps, **{name: getattr(track, name)[::step] for name in names}))


_films: list[tuple[PersonTrack, Film]] = []


def the_film(track: PersonTrack) -> Film:
    """The film of a track, worked out once: most tests see the first two films."""
    for known, film in _films:
        if known is track:
            return film
    _films.append((track, film_of(track)))
    return _films[-1][1]


def seen_together(tracks: Sequence[PersonTrack], heard: float | None = None) -> Together:
    return motion_together([the_film(track) for track in tracks], heard=[heard] * (len(tracks) - 1))


def limb_errors(motion: SeenMotion, made: Made) -> Array:
    """Degrees, of all limbs and frames."""
    ours = [motion.joints[:, INDEX[end]] - motion.joints[:, INDEX[start]] for start, end in LIMBS]
    true = [(made.joints[end] - made.joints[start])[motion.frames] for start, end in LIMBS]
    return degrees(np.array(ours), np.array(true))


@pytest.fixture(scope="module")
def first() -> Made:
    return shot(20.0)


@pytest.fixture(scope="module")
def second() -> Made:
    return shot(100.0, LATE)


@pytest.fixture(scope="module")
def plain(first: Made, second: Made) -> Together:
    return seen_together([first.track, second.track])


def rotation_between(first: Made, second: Made) -> Array:
    """The rotation (3, 3) from the first camera's axes to the second's, by one pose that both have."""
    row = round(LATE * FPS)
    ours, theirs = (
        np.array([made.joints[name][frame] for name in INDEX]) for made, frame in ((first, row), (second, 0))
    )
    ours, theirs = ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)
    return np.asarray(theirs.T @ np.linalg.pinv(ours.T), np.float64)


def test_two_films_tell_depth_that_one_guesses(first: Made, second: Made, plain: Together) -> None:
    errors = limb_errors(plain.motion, first)
    alone = [limb_errors(motion_from_track(made.track), made) for made in (first, second)]
    assert np.median(errors) < 0.65 * min(np.median(each) for each in alone)
    assert np.percentile(errors, 95) < 0.8 * min(np.percentile(each, 95) for each in alone)


def test_clock_and_camera_are_found(first: Made, second: Made, plain: Together) -> None:
    """The second film's frames lie between the first one's, a tenth of a frame beside them."""
    camera = plain.cameras[1]
    assert abs(camera.offset + LATE) < 0.002
    off = camera.rotation @ rotation_between(first, second).T
    assert np.degrees(np.arccos((np.trace(off) - 1.0) / 2.0)) < 4.0
    assert plain.misfit < 0.5


def known_films(moments: Sequence[Array], fps: float) -> list[Film]:
    """Films of one person at these moments, with their true joints: only clocks and cameras are to be found."""
    films: list[Film] = []
    for azimuth, own in zip((20.0, 100.0), moments, strict=True):
        made = filmed(person(own + 0.5 * np.sin(1.9 * own)), azimuth=azimuth, noise=NOISE)
        times = np.arange(len(own)) / fps
        ordered = ordered_track(replace(made.track, times=times, fps=fps, body=made.track.body * [1.0, 1.0, 0.7]))
        camera = Camera(usual_focal(SIZE), np.eye(3), np.zeros(3), offset=-LATE if films else 0.0)
        joints = np.stack([made.joints[name] for name in INDEX], axis=1)
        films.append(Film(ordered, times, joints, ordered.seen(camera.focal), camera))
    return films


@pytest.mark.parametrize("drift", [1e-3, -1e-3])
def test_clock_that_drifts_is_known_from_start_to_end(drift: float) -> None:
    """As of a film whose rate says 30 for 29.97: in half a minute it is 30 ms ahead."""
    times = np.arange(450) / 15.0
    films = known_films([times, LATE + times * (1.0 - drift)], 15.0)
    shared = common_times(films)
    films[1] = films[1].through(first_camera(films[0], films[1], shared))
    found = adjusted(films, films[0].joints_at(shared), shared, most=100).cameras[1]
    ends = shared[[0, -1]]
    assert np.abs(found.clock(ends) - (ends - LATE) / (1.0 - drift)).max() < 0.01


@pytest.mark.slow
def test_cameras_are_found_from_two_minutes_of_frames_in_little_memory() -> None:
    times = np.arange(3600) / FPS
    films = known_films([times, LATE + times], FPS)
    shared = common_times(films)
    tracemalloc.start()
    films[1] = films[1].through(first_camera(films[0], films[1], shared))
    _, most_of_first = tracemalloc.get_traced_memory()
    adjusted(films, films[0].joints_at(shared), shared, rounds=2, most=MOST_FRAMES)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_of_first < 25e6
    assert most < 120e6


def test_offset_is_found_though_nothing_rises_or_falls() -> None:
    """Only to the side and to the front, as who mixes, saws or wipes a table: another camera sees that turned."""
    films: list[Film] = []
    for azimuth, late in ((20.0, 0.0), (100.0, LATE)):
        joints = boxing(late + np.arange(round(SECONDS * FPS)) / FPS)
        level = {name: points * [1.0, 1.0, 0.0] + [0.0, 0.0, points[0, 2]] for name, points in joints.items()}
        track = filmed(level, azimuth=azimuth, noise=NOISE).track
        films.append(film_of(replace(track, body=track.body * [1.0, 1.0, 0.7])))
    assert abs(likely_offsets(*films)[0].seconds + LATE) < 0.1


@pytest.mark.long
def test_sound_counts_unless_the_motion_contradicts(first: Made, second: Made) -> None:
    for heard, error in ((-LATE + 0.001, 0.003), (-LATE + 0.8, 0.01)):
        camera = seen_together([first.track, second.track], heard).cameras[1]
        assert abs(camera.offset + LATE) < error


STRIDE = 0.9
"""Seconds after which a motion repeats itself."""


@pytest.mark.long
def test_where_a_motion_repeats_itself_another_offset_is_said(plain: Together) -> None:
    assert plain.other is None
    times = np.arange(round(SECONDS * FPS)) / FPS
    films: list[Film] = []
    for azimuth, late in ((20.0, 0.0), (100.0, LATE)):
        moment = 0.7 + 0.7 * np.sin(2.0 * np.pi * (times + late) / STRIDE)
        track = filmed(person(moment), azimuth=azimuth, noise=NOISE).track
        films.append(film_of(replace(track, body=track.body * [1.0, 1.0, 0.7])))
    found = motion_together(films)
    assert found.other is not None
    ours, other = found.cameras[1].offset, found.other.cameras[1].offset
    assert abs(abs(ours - other) - STRIDE) < 0.02
    assert min(abs(each + LATE) for each in (ours, other)) < 0.02
    assert found.other.misfit < 1.1 * found.misfit
    assert motion_together(films, [other]).other is None
    assert motion_together(films, heard=[other]).other is None


@pytest.mark.long
def test_placed_films_stay_but_for_a_part_of_a_frame(first: Made, second: Made) -> None:
    films = [the_film(made.track) for made in (first, second)]
    for placed, found in ((-LATE + 0.015, -LATE), (-LATE + 0.06, -LATE + 0.06)):
        assert abs(motion_together(films, [placed]).cameras[1].offset - found) < 0.01


def test_each_film_shows_the_joints_where_its_own_camera_saw_them(first: Made, second: Made, plain: Together) -> None:
    kept = solution_of(solution_arrays(kept_solution(plain.motion, 0.0, SIZE, (SIZE,))))
    head = plain.motion.clip.positions[:, plain.motion.clip.skeleton.index("LeftHand")]
    for film, (made, late) in enumerate(((first, 0), (second, round(LATE * FPS)))):
        focal = kept.seen.films[film].focal
        rows = np.arange(late, late + 30)
        local = np.array([kept.camera(row, film) @ [*head[row], 1.0] for row in rows.tolist()])
        shown = focal * local[:, :2] / local[:, 2:3] + np.array(SIZE) / 2.0
        true = made.track.pixels[rows - late, LANDMARKS.index("left_wrist")]
        assert np.median(np.linalg.norm(shown - true, axis=-1)) < 8.0


def test_a_delivered_motion_is_compared_in_each_film_by_limb(plain: Together) -> None:
    kept = kept_solution(plain.motion, 0.0, SIZE, (SIZE,))
    clip = plain.motion.clip
    bones = detect_bones(clip.skeleton).bones()
    turned = 1.3 * clip.positions[..., [1, 0, 2]] * [1.0, -1.0, 1.0] + [4.0, 2.0, 0.0]
    elsewhere = replace(clip, positions=turned, times=clip.times + 5.0)
    off = off_in_films(elsewhere, bones, kept, 5.0)
    assert off is not None
    assert off.pixels.shape == (2, len(COMPARED))
    assert np.allclose(off.pixels, off.usual, atol=3.0)
    assert off.usual.max() < 8.0
    wrong = turned.copy()
    wrong[:, clip.skeleton.index(bones["left_hand"])] += [0.0, 0.0, 0.3]
    worse = off_in_films(replace(elsewhere, positions=wrong), bones, kept, 5.0)
    assert worse is not None
    arm = COMPARED.index("left_arm")
    assert (worse.pixels[:, arm] > off.pixels[:, arm] + 8.0).all()
    assert np.allclose(np.delete(worse.pixels, arm, axis=1), np.delete(off.pixels, arm, axis=1), atol=4.0)
    assert off_in_films(elsewhere, bones, kept, 9.0) is None


@pytest.mark.long
def test_the_film_that_shows_a_limb_best_is_known_and_kept(first: Made, second: Made) -> None:
    late = round(LATE * FPS)
    tracks = [
        hidden_forearm(first.track, slice(late, None), "left"),
        hidden_forearm(second.track, slice(0, -late), "right"),
    ]
    motion = seen_together(tracks).motion
    best = dict(zip(motion.trust.limbs, motion.trust.films, strict=False))
    assert (best["left_arm"], best["right_arm"]) == (1, 0)
    kept = solution_of(solution_arrays(kept_solution(motion, 0.0, SIZE, (SIZE,))))
    assert kept.trust.films == motion.trust.films


@pytest.mark.slow
def test_other_frame_rate_and_gaps_change_little(first: Made, plain: Together) -> None:
    slow = shot(100.0, LATE, fps=15.0)
    usual = np.median(limb_errors(plain.motion, first))
    for tracks in (
        [first.track, slow.track],
        [first.track, unseen(shot(100.0, LATE).track, slice(30, 50))],
        [unseen(first.track, slice(40, 50)), shot(100.0, LATE).track],
    ):
        assert np.median(limb_errors(seen_together(tracks).motion, first)) < usual + 1.5


@pytest.mark.long
def test_while_one_film_shows_nobody_the_other_tells(first: Made, second: Made) -> None:
    gap = slice(35, 65)
    alone = limb_errors(motion_from_track(second.track), second)[:, gap.start - round(LATE * FPS) :][:, :30]
    motion = seen_together([unseen(first.track, gap), second.track]).motion
    assert motion.frames.tolist() == list(range(len(first.track.times)))
    assert np.median(limb_errors(motion, first)[:, gap]) < np.median(alone)
    true = np.stack([first.joints[name] for name in INDEX], axis=1)
    jumps = np.linalg.norm(np.diff(motion.joints - true, axis=0), axis=-1).max(axis=1)
    ends = [row for edge in (gap.start, gap.stop) for row in range(edge - 2, edge + 2)]
    assert jumps[ends].max() < np.delete(jumps, ends).max()


@pytest.mark.long
def test_sides_are_as_the_other_film_has_them(first: Made, second: Made, plain: Together) -> None:
    usual = np.median(limb_errors(plain.motion, first))
    for frames in (slice(0, None), slice(25, 55)):
        motion = seen_together([first.track, exchanged(second.track, frames)]).motion
        assert np.median(limb_errors(motion, first)) < usual + 1.0


@pytest.mark.slow
def test_third_film_helps(first: Made, second: Made, plain: Together) -> None:
    three = seen_together([first.track, second.track, shot(190.0, LATE).track])
    assert (
        np.percentile(limb_errors(three.motion, first), 95) < np.percentile(limb_errors(plain.motion, first), 95) + 0.5
    )
    assert np.allclose([camera.offset for camera in three.cameras], [0.0, -LATE, -LATE], atol=0.01)


@pytest.mark.long
def test_camera_that_pans_is_known_by_its_background(first: Made) -> None:
    panned = shot(100.0, LATE, pan=6.0)
    assert np.median(limb_errors(seen_together([first.track, panned.track]).motion, first)) < 4.0


@pytest.mark.long
def test_other_motion_is_refused(first: Made) -> None:
    with pytest.raises(Fault, match="Video 2 doesn't fit"):
        seen_together([first.track, floor_track("crawl").track])


@pytest.mark.parametrize(
    ("agreement", "cost", "far", "elsewhere", "fit"),
    [
        ([0.6], 27.0, 0.04, 2.0, True),
        ([0.6], 27.0, 0.16, 2.0, False),
        ([0.6], 30.0, 0.04, 1.2, False),
        ([0.35], 23.0, 0.02, 1.4, False),
        ([0.35], 23.0, 0.02, 3.0, True),
        ([0.6, 0.6], 54.0, 0.08, 2.0, True),
    ],
)
def test_films_fit_less_if_joints_are_far_off_or_other_offsets_fit_too(
    first: Made,
    second: Made,
    plain: Together,
    agreement: list[float],
    cost: float,
    far: float,
    elsewhere: float,
    *,
    fit: bool,
) -> None:
    """Costs that films of one moment have, and films of others too."""
    ours, other = (
        the_film(made.track).through(camera) for made, camera in zip((first, second), plain.cameras, strict=True)
    )
    off = np.ones((1 + len(agreement), 50, 12))
    off.ravel()[: round(far * off.size)] = 6.0
    bundle = Bundle(plain.cameras, np.arange(50) / FPS, np.zeros((50, 12, 3)), cost, off)
    among = [ours, *[other] * len(agreement)]
    assert (misfit(among, bundle, agreement, [elsewhere] * len(agreement)) < 1.0) == fit


def test_zoom_is_refused(first: Made) -> None:
    track = shot(100.0, LATE).track
    grown = np.linspace(1.0, 1.3, len(track.times))[:, None, None]
    middle = np.array(SIZE) / 2.0
    to_first = np.tile(np.eye(3), (len(track.times), 1, 1))
    to_first[:, :2, :2] /= grown
    to_first[:, :2, 2] = middle * (1.0 - 1.0 / grown[:, 0])
    zoomed = replace(track, pixels=(track.pixels - middle) * grown + middle, camera=to_first)
    with pytest.raises(Fault, match="In video 2, the camera zooms"):
        seen_together([first.track, zoomed])


def carried(*metres: float) -> Callable[[Array], Array]:
    return lambda times: np.outer(times / SECONDS, metres)


def on_the_spot(times: Array) -> Array:
    return np.stack([0.2 * np.sin(3.0 * times), 0.0 * times, 0.05 * np.sin(11.0 * times)], axis=1)


@pytest.mark.long
@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("azimuth", "way"),
    [
        (100.0, carried(0.0, -1.0, 0.0)),
        (100.0, carried(0.0, 0.0, 0.3)),
        (100.0, on_the_spot),
        (60.0, carried(0.0, 0.5, 0.0)),
    ],
    ids=["back", "up", "as someone who walks on the spot", "half a metre ahead"],
)
def test_carried_camera_is_refused_though_its_background_does_not_tell(
    first: Made, azimuth: float, way: Callable[[Array], Array]
) -> None:
    """A camera that moves along `way`, metres to its right, ahead and up, sees all else move the other way."""
    times, angle = np.arange(round(SECONDS * FPS)) / FPS, np.radians(azimuth)
    right, ahead = np.array([np.cos(angle), -np.sin(angle), 0.0]), np.array([np.sin(angle), np.cos(angle), 0.0])
    moved = way(times) @ np.stack([right, ahead, [0.0, 0.0, 1.0]])
    seen = {name: points - moved for name, points in boxing(LATE + times).items()}
    track = filmed(seen, azimuth=azimuth, noise=NOISE).track
    assert (track.camera == np.eye(3)).all()
    with pytest.raises(Fault, match=r"doesn't fit the others|One of the cameras moves"):
        seen_together([first.track, replace(track, body=track.body * [1.0, 1.0, 0.7])])


def test_films_that_share_no_time_are_refused(first: Made) -> None:
    with pytest.raises(Fault, match="Video 2 doesn't show what the first one shows"):
        seen_together([first.track, floor_track("get_up").track])
