"""The foot lock on figures that sway over planted feet and step, with other proportions than the source."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.feet.foot_contacts import FootContact
from aimocap_blender.motion.feet.foot_lock import drift_in
from aimocap_blender.motion.feet.stances import Stances
from aimocap_blender.motion.pose_motion import posed
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.rotations import conjugate, multiply, norm, to_rotation_vector
from aimocap_blender.motion.skeleton import Clip, Skeleton
from tests.motion.feet.swaying_figure import FPS, FRAMES, STEP, UP, degrees, leg_directions, swaying

from ..made_figures import figure, matrix, pose, quaternion, turn_about


def put_on(
    seed: int, options: RetargetOptions, stretch: float = 0.2, eyes: np.ndarray | None = None
) -> tuple[Clip, Skeleton, BoneMap, np.ndarray, dict[str, float]]:
    """Return the motion, the character, its bones, its heads (F, B, 3), and the report's numbers."""
    rng = np.random.default_rng(seed)
    source, source_map = figure(np.random.default_rng(99), stretch=0.0)
    target, target_map = figure(rng, arms_down=0.5, stretch=stretch, scale=1.3, place=(2.0, 1.0, 0.7))
    clip = replace(swaying(source), eyes=eyes)
    result = retarget(clip, source_map, target, target_map, options)
    heads = []
    for frame in range(FRAMES):
        basis = {bone: matrix(result.rotations[frame, place]) for place, bone in enumerate(result.bones)}
        heads.append(pose(target, basis, {bone: channel[frame] for bone, channel in result.locations.items()})[0])
    reported = {
        "before": result.report.slide_before,
        "after": result.report.slide_after,
        "rotated": result.report.leg_change_degrees,
    }
    return clip, target, target_map, np.array(heads), reported


def planted(side: str) -> np.ndarray:
    """Return between which frames (F - 1,) the foot is planted."""
    still = np.ones(FRAMES - 1, dtype=bool)
    if side == "right":
        still[STEP.start - 3 : STEP.stop + 3] = False
    return still


@pytest.mark.slow_cases
@pytest.mark.parametrize("seed", range(3))
def test_planted_feet_stand_and_legs_change_little(seed: int) -> None:
    clip, target, _, held, reported = put_on(seed, RetargetOptions())
    _, _, _, free, _ = put_on(seed, RetargetOptions(contacts="OFF"))
    changes = []
    for side in ("left", "right"):
        for joint in ("foot", "toes"):
            path = held[:, target.index(f"{side}_{joint}")]
            assert (np.linalg.norm(np.diff(path, axis=0), axis=-1) * FPS)[planted(side)].max() < 0.001
        ankle = target.index(f"{side}_foot")
        assert np.abs(held[:-1, ankle, 2][planted(side)] - target.heads[ankle, 2]).max() < 0.03
        changes.append(degrees(leg_directions(target, held, side), leg_directions(target, free, side)).max())
        knees = [
            np.abs(np.diff(degrees(*leg_directions(skeleton, heads, side))))
            for skeleton, heads in ((target, held), (clip.skeleton, clip.positions))
        ]
        assert (knees[0] - knees[1]).max() < 5.0
    assert max(changes) < 8.0
    assert reported["rotated"] == pytest.approx(max(changes), abs=0.5)
    assert reported["before"] > 10.0 * reported["after"]
    other = [bone for bone in range(len(target)) if "hand" in target.names[bone] or target.names[bone] == "head"]
    hips = target.index("hips")
    moved = (held - held[:, [hips]])[:, other] - (free - free[:, [hips]])[:, other]
    assert np.abs(moved).max() < 0.03  # arms and head follow the hips alone
    jolts = np.linalg.norm(np.diff((held - free)[:, hips], 2, axis=0), axis=-1) * FPS**2
    assert jolts.max() < 3.0  # m/s²: a foot that is released lets the body go gently


def test_hips_stay_where_a_camera_sees_them_while_feet_stand() -> None:
    """Or two do at once, but for where they are before the character in each shot, found here by least squares."""
    eyes, off = np.array([[1.0, -4.0, 1.4], [-3.0, -2.0, 1.0]]), []
    halves = [slice(FRAMES // 2), slice(FRAMES // 2, FRAMES)]
    cut = np.repeat(eyes, [FRAMES // 2, FRAMES - FRAMES // 2], axis=0)
    for seen_from, shots in ((cut[None], halves), (eyes[:, None], [slice(FRAMES)])):
        clip, target, _, heads, reported = put_on(0, RetargetOptions(), eyes=seen_from)
        for side in ("left", "right"):
            path = heads[:, target.index(f"{side}_foot")]
            assert (np.linalg.norm(np.diff(path, axis=0), axis=-1) * FPS)[planted(side)].max() < 0.001
        assert reported["rotated"] < 8.0
        legs = [target.index(f"{side}_upper_leg") for side in ("left", "right")]
        # the source faces as its character does, and both figures have the same order of bones
        facing = [
            line @ (1.0, 1.0j, 0.0)
            for line in (rest.heads[legs[0]] - rest.heads[legs[1]] for rest in (target, clip.skeleton))
        ]
        turn = turn_about(np.array([0.0, 0.0, 1.0]), float(np.angle(facing[0] / facing[1])))
        cameras = []
        for film, shot in product((clip.positions[:, legs].mean(axis=1) - seen_from) @ turn.T, shots):
            rays = film[shot] / np.linalg.norm(film[shot], axis=-1, keepdims=True)
            across = np.eye(3) - rays[:, :, None] * rays[:, None, :]
            hips = heads[shot, legs].mean(axis=1)
            cameras.append(np.linalg.solve(across.sum(axis=0), np.einsum("fij,fj->i", across, hips)))
            off.append(degrees(rays, hips - cameras[-1]).max())
    assert degrees(cameras[1] - cameras[0], (eyes[1] - eyes[0]) @ turn.T) < 0.2
    assert max(off) < 0.02  # a fifth of a pixel of a film 640 pixels wide; over 0.08 if no camera is known


@pytest.mark.slow
def test_strength_goes_from_nothing_to_all() -> None:
    paths = {}
    for name, options in (
        ("off", RetargetOptions(contacts="OFF")),
        ("none", RetargetOptions(lock_strength=0.0)),
        ("half", RetargetOptions(lock_strength=0.5)),
        ("all", RetargetOptions()),
    ):
        _, target, _, heads, reported = put_on(5, options)
        paths[name] = heads[:80, target.index("left_foot")]
        if name == "none":
            assert reported["rotated"] == 0.0
    assert paths["none"] == pytest.approx(paths["off"], abs=1e-9)
    slides = {name: np.linalg.norm(np.diff(path, axis=0), axis=-1).sum() for name, path in paths.items()}
    assert slides["all"] < 0.02 * slides["off"]
    assert slides["half"] == pytest.approx(0.5 * slides["off"], rel=0.1)


def test_in_place_nothing_is_locked() -> None:
    _, _, _, _, reported = put_on(6, RetargetOptions(root_motion="IN_PLACE"))
    assert reported == {"before": 0.0, "after": 0.0, "rotated": 0.0}


def test_one_of_them_on_itself_moves_as_before() -> None:
    """Feet planted in the source are planted on the same figure without any help."""
    source, source_map = figure(np.random.default_rng(99), stretch=0.0)
    clip = swaying(source)
    result = retarget(clip, source_map, source, source_map, RetargetOptions())
    assert result.report.leg_change_degrees < 0.2


@pytest.mark.parametrize("has_toes", [True, False])
def test_a_foot_that_pivots_on_its_heel_does_so_with_toes_and_without(has_toes: bool) -> None:
    source, source_map = figure(np.random.default_rng(99), stretch=0.0)
    clip = swaying(source)
    ankle, toes = source.index("left_foot"), source.index("left_toes")
    for frame, angle in enumerate(np.radians(30.0) * np.sin(np.arange(FRAMES) / FPS)):
        turn = turn_about(np.array([0.0, 0.0, 1.0]), float(angle))
        away = clip.positions[frame, toes] - clip.positions[frame, ankle]
        clip.positions[frame, toes] = clip.positions[frame, ankle] + turn @ away
        for bone in (ankle, toes):
            clip.rotations[frame, bone] = quaternion(turn @ matrix(clip.rotations[frame, bone]))
    target, whole_map = figure(np.random.default_rng(4))
    bones = {slot: match for slot, match in whole_map.matches.items() if has_toes or not slot.endswith("toes")}
    turns = {}
    for contacts in ("OFF", "FEET"):
        result = retarget(clip, source_map, target, BoneMap(bones), RetargetOptions(contacts=contacts))
        turned = []
        for frame in range(FRAMES):
            basis = {bone: matrix(result.rotations[frame, place]) for place, bone in enumerate(result.bones)}
            turned.append(pose(target, basis, {bone: channel[frame] for bone, channel in result.locations.items()})[1])
        turns[contacts] = np.array(turned)[:, target.index("left_foot")]
    between = turns["FEET"] @ np.swapaxes(turns["OFF"], 1, 2)
    off = np.degrees(np.arccos(np.clip((np.trace(between, axis1=1, axis2=2) - 1.0) / 2.0, -1.0, 1.0)))
    assert off.max() < 12.0  # 30 if it were held as a whole


def pivoting(side: str) -> tuple[Clip, BoneMap]:
    """Return a figure that sways, one of its feet pivoting by 0.25 degrees a frame about its ankle until frame 110."""
    source, source_map = figure(np.random.default_rng(99), stretch=0.0)
    clip = swaying(source)
    ankle, toes = source.index(f"{side}_foot"), source.index(f"{side}_toes")
    for frame, angle in enumerate(np.radians(0.25) * np.minimum(np.arange(FRAMES), 110)):
        turn = turn_about(UP, float(angle))
        away = clip.positions[frame, toes] - clip.positions[frame, ankle]
        clip.positions[frame, toes] = clip.positions[frame, ankle] + turn @ away
        for bone in (ankle, toes):
            clip.rotations[frame, bone] = quaternion(turn @ matrix(clip.rotations[frame, bone]))
    return clip, source_map


def most_turned(clip: Clip, source_map: BoneMap, side: str) -> float:
    """Return degrees a frame that a character's foot turns at most."""
    target, target_map = figure(np.random.default_rng(4))
    motion = posed(target, retarget(clip, source_map, target, target_map, RetargetOptions()))
    turns = motion.rotations[:, target.index(f"{side}_foot")]
    return float(np.degrees(norm(to_rotation_vector(multiply(turns[1:], conjugate(turns[:-1]))))).max())


@pytest.mark.parametrize("gap", [1, 2, 3])
def test_a_foot_that_pivots_slowly_is_turned_calmly_where_it_leaves_the_floor_for_a_moment(gap: int) -> None:
    clip, source_map = pivoting("left")
    joints = [clip.skeleton.index(f"left_{part}") for part in ("foot", "toes")]
    clip.positions[60 : 60 + gap, joints, 2] += 0.02
    assert most_turned(clip, source_map, "left") < 3.0  # once 8


def test_a_foot_that_pivots_slowly_is_turned_calmly_as_it_steps() -> None:
    clip, source_map = pivoting("right")
    assert most_turned(clip, source_map, "right") < 2.5  # once 3


def test_a_giant_stands_as_high_over_its_ground_as_a_man() -> None:
    source, source_map = figure(np.random.default_rng(99), stretch=0.0)
    clip = swaying(source)
    clip.positions[60:, :, 2] += 0.02  # less than what makes another level
    heights = []
    for scale in (1.0, 12.0):
        target, target_map = figure(np.random.default_rng(4), scale=scale)
        result = retarget(clip, source_map, target, target_map, RetargetOptions())
        basis = {bone: matrix(result.rotations[20, place]) for place, bone in enumerate(result.bones)}
        heads = pose(target, basis, {bone: channel[20] for bone, channel in result.locations.items()})[0]
        heights.append(heads[target.index("left_foot"), 2] / scale)
    assert heights[1] == pytest.approx(heights[0], abs=1e-6)


# spans


def test_a_creep_of_few_samples_has_no_empty_piece() -> None:
    """At 3 samples a second a lock reaches over less than one."""
    known = np.array([True, True, True, True, False, True])
    creeps = np.array([False, False, True, True, False, False])
    stances = Stances(known, 0.6, creeps)
    assert (np.diff(stances.parts, axis=1) > 0).all()
    settled = stances.settled(np.zeros((6, 3)), np.arange(6.0)[:, None] * np.ones(3))
    assert np.isfinite(settled).all()
    assert not settled[4].any()


def test_spans_close_together_agree_and_those_far_apart_go_where_they_would() -> None:
    known = np.zeros(60, dtype=bool)
    known[5:20], known[21:30], known[45:60] = True, True, True
    wanted = np.zeros((60, 3))
    wanted[5:20], wanted[21:30], wanted[45:60] = 1.0, -1.0, 5.0
    settled = Stances(known, 6.0).settled(np.zeros((60, 3)), wanted)
    assert np.abs(settled[21] - settled[19]).max() < 0.4
    assert settled[50] == pytest.approx(5.0)
    assert (settled[~known] == 0.0).all()


def test_fading_is_smooth_and_gone_after_its_reach() -> None:
    known = np.zeros(60, dtype=bool)
    known[20:30] = True
    faded = Stances(known, 6.0).faded(known[:, None] * np.ones(3))
    assert faded[:14].max() == 0.0
    assert np.abs(np.diff(faded[14:36, 0])).max() < 0.3


def test_a_path_that_stands_goes_on_where_it_would_be_without_a_jump() -> None:
    known = np.zeros(120, dtype=bool)
    known[10:30], known[40:60] = True, True
    path = np.outer(np.arange(120.0), [1.0, -0.5])
    standing = Stances(known, 15.0).standing(path)
    for start, stop in ((10, 30), (40, 60)):
        middle = (start + stop - 1) / 2.0
        assert standing[start:stop] == pytest.approx(np.tile([middle, -0.5 * middle], (stop - start, 1)))
    assert standing[76:] == pytest.approx(path[76:])  # beyond its reach
    steps = np.diff(standing[:, 0])
    assert steps.min() >= -1e-9
    assert np.abs(np.diff(steps)).max() < 1.5  # going straight over the gap would begin with 2.7


@pytest.mark.parametrize("lifts", [False, True])
def test_a_ball_that_rests_stays_where_it_is_while_the_heel_comes_down_or_lifts(lifts: bool) -> None:
    sample = np.arange(20)[:, None]
    flat = sample[:, 0] < 10 if lifts else sample[:, 0] >= 10
    ball = sample * np.array([0.001, -0.002, 0.0])  # of a character with other proportions
    raised = np.where(flat, 0.0, np.abs(sample[:, 0] - 9.5))[:, None]
    ankle = ball + [0.0, 0.1, 0.05] + raised * [0.0, -0.01, 0.02]
    contact = FootContact(flat, np.ones(20, dtype=bool), flat, flat)
    assert np.ptp(ball + drift_in(contact, ankle, ball, 0, 20), axis=0) == pytest.approx([0.0, 0.0, 0.0])
