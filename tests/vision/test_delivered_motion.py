"""Corrections that lie over somebody else's motion of a filmed person."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.rotations import conjugate, from_rotation_vector, multiply, norm, rotate
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.texts.faults import Fault
from aimocap_blender.vision.corrections import Correction, Kind, depth_of
from aimocap_blender.vision.delivered_motion import Layer, delivered_solution, layer_arrays, layer_in, layer_of
from aimocap_blender.vision.handles import looks
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.kept_solution import KeptSolution, kept_solution
from aimocap_blender.vision.motion_from_track import motion_from_track

from .made_tracks import FOCAL, made_track

MOMENT = 2.0
LATE = 0.4
"""Second of the delivered motion at the start of the film's range."""
FPS = 24.0


@pytest.fixture(scope="module")
def film() -> KeptSolution:
    made = made_track(4.0, noise=1.0)
    return kept_solution(motion_from_track(made.track, FOCAL), 0.0, made.track.size)


@pytest.fixture(scope="module")
def delivered() -> Clip:
    """The same motion as a service delivers it: of other size, elsewhere, turned, at another rate, drifting away."""
    clip = motion_from_track(made_track(4.0).track, FOCAL).clip
    times = np.arange(0.0, 4.2, 1.0 / FPS)
    turn = from_rotation_vector(np.array([0.0, 0.0, 2.0]))
    rows = np.clip(np.searchsorted(clip.times, times - LATE), 0, len(clip.times) - 1)
    drift = times[:, None, None] * [0.1, 0.0, 0.0]
    paths = clip.positions.reshape(len(clip.times), -1).T
    between = np.stack([np.interp(times - LATE, clip.times, path) for path in paths], axis=1)
    positions = 1.1 * rotate(turn, between.reshape(len(times), -1, 3)) + [3.0, -1.0, 0.0] + drift
    return replace(clip, times=times, fps=FPS, positions=positions, rotations=multiply(turn, clip.rotations[rows]))


@pytest.fixture(scope="module")
def kept(delivered: Clip, film: KeptSolution) -> KeptSolution:
    found = delivered_solution(delivered, film, LATE)
    assert found is not None
    return found


def head(clip: Clip, slot: str) -> np.ndarray:
    return clip.positions[:, clip.skeleton.index(detect_bones(clip.skeleton).bones()[slot])]


def deeper(kept: KeptSolution, metres: float, joint: str = "left_wrist") -> Correction:
    row = int(np.abs(kept.times - MOMENT).argmin())
    depth = float(depth_of(kept.seen, kept.solution.joints, joint)[row])
    return Correction(Kind.DEPTH, joint, MOMENT, (depth + metres,))


def in_the_film(kept: KeptSolution, clip: Clip, slot: str) -> np.ndarray:
    """Where a bone's head is in the film's frames, through the camera that was fitted."""
    rows = [int(np.abs(kept.times - second).argmin()) for second in clip.times]
    local = np.array([kept.camera(row) @ [*point, 1.0] for row, point in zip(rows, head(clip, slot), strict=True)])
    return kept.seen.focal * local[:, :2] / local[:, 2:3]


def test_the_camera_sees_the_motion_where_the_film_shows_the_person(
    film: KeptSolution, kept: KeptSolution, delivered: Clip
) -> None:
    within = (delivered.times > kept.times[0]) & (delivered.times < kept.times[-1])
    rows = np.abs(film.times[:, None] + LATE - delivered.times[within]).argmin(axis=0)
    for slot, joint in (("left_hand", "left_wrist"), ("right_foot", "right_ankle")):
        off = in_the_film(kept, delivered, slot)[within] - film.seen.pixels[rows, INDEX[joint]]
        assert np.median(norm(off)) < 0.03 * np.median(film.seen.size)


def test_without_corrections_nothing_changes(kept: KeptSolution, delivered: Clip) -> None:
    same = layer_of(kept, ()).over(delivered)
    assert np.array_equal(same.positions, delivered.positions)
    assert np.array_equal(same.rotations, delivered.rotations)


@pytest.mark.parametrize(("metres", "side"), [(0.15, "left"), (0.1, "right")])
def test_a_limb_reaches_as_far_as_said_and_begins_where_it_was(
    kept: KeptSolution, delivered: Clip, metres: float, side: str
) -> None:
    layer = layer_of(kept, [deeper(kept, metres, f"{side}_wrist")])
    after, row = layer.over(delivered), int(np.abs(delivered.times - MOMENT).argmin())
    sight = kept.world[:3, :3] @ kept.seen.sight[int(np.abs(kept.times - MOMENT).argmin())]
    reach = [(head(clip, f"{side}_hand") - head(clip, f"{side}_lower_arm"))[row] for clip in (delivered, after)]
    along = (reach[1] - reach[0]) @ sight / (sight @ sight)
    assert along == pytest.approx(metres, abs=0.04)
    seen = [in_the_film(kept, clip, f"{side}_lower_arm")[row] for clip in (delivered, after)]
    assert norm(seen[1] - seen[0]) < 0.05 * np.median(kept.seen.size)


def test_all_else_stays(kept: KeptSolution, delivered: Clip) -> None:
    (one,) = (layer := layer_of(kept, [deeper(kept, 0.15)])).corrections
    after, away = layer.over(delivered), np.maximum(one.first - delivered.times, delivered.times - one.last) > 0.5
    assert away.any()
    assert norm(after.positions - delivered.positions)[away].max() < 0.001
    turned = multiply(after.rotations, conjugate(delivered.rotations))
    assert np.degrees(2.0 * np.arcsin(np.clip(norm(turned[..., 1:]), 0.0, 1.0)))[away].max() < 0.3
    assert norm(head(after, "right_foot") - head(delivered, "right_foot")).max() < 0.01


def test_bones_keep_their_lengths(kept: KeptSolution, delivered: Clip) -> None:
    after = layer_of(kept, [deeper(kept, 0.15), deeper(kept, -0.1, "right_knee")]).over(delivered)
    parents = delivered.skeleton.parents.clip(0)
    lengths = [norm(clip.positions - clip.positions[:, parents]) for clip in (delivered, after)]
    assert np.allclose(*lengths, atol=1e-6)


def test_a_foot_that_is_said_to_stand_stays(kept: KeptSolution, delivered: Clip) -> None:
    reach, ankle = round(0.3 * FPS), head(delivered, "left_foot")
    within = np.flatnonzero((delivered.times > kept.times[0] + 0.8) & (delivered.times < kept.times[-1] - 0.8))
    moves = np.array([np.ptp(ankle[row - reach : row + reach + 1], axis=0).max() for row in within])
    row = int(within[moves.argmax()])
    after = layer_of(kept, [Correction(Kind.STANDS, "left_ankle", float(delivered.times[row]))]).over(delivered)
    held = slice(row - reach, row + reach + 1)
    before, now = (norm(feet - feet.mean(axis=0)).max() for feet in (ankle[held], head(after, "left_foot")[held]))
    assert before > 0.02
    assert now < 0.5 * before  # the leg is straight, and reaches no farther from the hips


def test_a_hand_that_is_put_elsewhere_in_the_frame_is_there(kept: KeptSolution, delivered: Clip) -> None:
    row = int(np.abs(delivered.times - MOMENT).argmin())
    wanted = in_the_film(kept, delivered, "right_hand")[row] + np.array([12.0, -9.0])
    pixel = tuple(map(float, wanted + np.array(kept.frame) / 2.0))
    after = layer_of(kept, [Correction(Kind.PLACE, "right_wrist", float(delivered.times[row]), pixel)]).over(delivered)
    assert norm(in_the_film(kept, after, "right_hand")[row] - wanted) < 4.0


def test_through_a_file(kept: KeptSolution, delivered: Clip, tmp_path: Path) -> None:
    layer = layer_of(kept, [deeper(kept, 0.15)])
    file = tmp_path / "layer.npz"
    np.savez(file, **layer_arrays(layer), allow_pickle=False)
    read = layer_in(file)
    assert read.corrections == layer.corrections
    assert np.array_equal(read.over(delivered).positions, layer.over(delivered).positions)
    again = layer_of(read.kept, [*read.corrections, deeper(kept, 0.1, "left_elbow")])
    wanted = layer_of(kept, [*layer.corrections, deeper(kept, 0.1, "left_elbow")])
    assert np.allclose(again.joints[0], wanted.joints[0], atol=1e-9)
    file.write_bytes(b"no arrays")
    with pytest.raises(Fault):
        layer_in(file)


def test_where_the_motion_is_off_the_film_is_looked_at_first(film: KeptSolution, delivered: Clip) -> None:
    bones = detect_bones(delivered.skeleton).bones()
    wrong, hand = delivered.positions.copy(), delivered.skeleton.index(bones["left_hand"])
    near = np.abs(delivered.times - MOMENT) < 0.4
    wrong[near, hand] += [0.0, 0.0, 0.4]
    kept = delivered_solution(replace(delivered, positions=wrong), film, LATE)
    assert kept is not None
    first = looks(kept, ())[0]
    assert first.joint == "left_wrist"
    assert abs(first.second - MOMENT) < 0.5


def test_each_shot_of_a_video_with_cuts_is_corrected(film: KeptSolution, kept: KeptSolution, delivered: Clip) -> None:
    """The same film twice, with a gap between; the motion goes through both, turned another way in the second."""
    late, turn = 5.0, from_rotation_vector(np.array([0.0, 0.0, 1.0]))
    twice = replace(
        delivered,
        times=np.concatenate([delivered.times, delivered.times + late]),
        positions=np.concatenate([delivered.positions, rotate(turn, delivered.positions)]),
        rotations=np.concatenate([delivered.rotations, multiply(turn, delivered.rotations)]),
    )
    cut = replace(film, later=(replace(film, times=film.times + late),))
    found = delivered_solution(twice, cut, LATE)
    assert found is not None
    assert len(found.shots) == 2
    one = replace(deeper(kept, 0.15), second=MOMENT + late)
    after, alone = layer_of(found, [one]).over(twice), layer_of(kept, [deeper(kept, 0.15)]).over(delivered)
    count = len(delivered.times)
    assert np.array_equal(after.positions[:count], twice.positions[:count])
    assert np.allclose(after.positions[count:], rotate(turn, alone.positions), atol=2e-3)


def test_a_motion_of_another_time_or_without_limbs_is_not_shown(film: KeptSolution, delivered: Clip) -> None:
    assert delivered_solution(delivered, film, 9.0) is None
    assert isinstance(layer_of(film, ()), Layer)
