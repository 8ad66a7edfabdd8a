"""Each step of adjusting does what it says, and nothing else; what it is given stays as it was."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimocap_blender.motion.g1.adjusting import follow_ground, mirrored, put_on_ground, within_limits
from aimocap_blender.motion.g1.adjusting_curves import within_speeds, without_spikes
from aimocap_blender.motion.g1.adjusting_time import at_fps, looped
from aimocap_blender.motion.g1.checks import check_g1_motion
from aimocap_blender.motion.g1.checks_findings import G1Fault
from aimocap_blender.motion.g1.model import g1_model
from aimocap_blender.motion.g1.motion import G1Motion, read_g1_motion
from aimocap_blender.texts.faults import Fault
from tests.media.g1_clips import bump, joint, weight_shift
from tests.media.g1_mjcf import degrees_between, joint_ranges, mujoco_poses
from tests.thorough import examples

CLIPS = ("kimodo_walk", "g1moves_B_BowKarate")
"""One with nothing to adjust, and one with spikes and joints that are too fast."""
STEPS = (
    put_on_ground,
    follow_ground,
    within_limits,
    mirrored,
    without_spikes,
    within_speeds,
    looped,
    lambda motion: at_fps(motion, 50.0),
)


@pytest.fixture(params=CLIPS)
def clip(shared_data: Path, request: pytest.FixtureRequest) -> G1Motion:
    return read_g1_motion(shared_data / "g1" / f"{request.param}.json")


def random_motion(seed: int, frames: int = 90, fps: float = 30.0, *, wildness: float = 1.5) -> G1Motion:
    """Smooth random joints about the middles of their ranges, some far beyond them, the pelvis wandering about."""
    rng = np.random.default_rng(seed)
    times = np.arange(frames)[:, None] / fps
    low, high = joint_ranges()
    swing = np.sin(times * rng.uniform(0.5, 12, 29) + rng.uniform(0, 6, 29))
    dof = (low + high) / 2 + wildness * (high - low) / 2 * rng.uniform(0, 1, 29) * swing
    quat = np.stack([np.ones(frames), *(0.3 * np.sin(times * rng.uniform(0.2, 2, 3))).T], axis=1)
    pos = np.array([0, 0, 0.8]) + np.cumsum(rng.normal(scale=0.01, size=(frames, 3)), axis=0)
    return G1Motion(fps, pos, quat / np.linalg.norm(quat, axis=1, keepdims=True), dof)


def same(one: G1Motion, other: G1Motion) -> bool:
    return (
        one.fps == other.fps
        and np.array_equal(one.root_pos, other.root_pos)
        and np.array_equal(one.root_quat, other.root_quat)
        and np.array_equal(one.dof_pos, other.dof_pos)
    )


def changed_joints(one: G1Motion, other: G1Motion) -> list[int]:
    return np.flatnonzero((one.dof_pos != other.dof_pos).any(axis=0)).tolist()


def soles(motion: G1Motion) -> np.ndarray:
    """(F, 2) the height of each foot's lowest sphere, by MuJoCo's kinematics."""
    names, xpos, xquat = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos)
    feet = [names.index(f"{side}_ankle_roll_link") for side in ("left", "right")]
    w, x, y, z = np.moveaxis(xquat[:, feet], -1, 0)
    up = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=-1)
    corners = np.array([[-0.05, 0.025, -0.03], [-0.05, -0.025, -0.03], [0.12, 0.03, -0.03], [0.12, -0.03, -0.03]])
    return xpos[:, feet, 2] + (up @ corners.T).min(axis=-1) - 0.005


@pytest.mark.parametrize("step", STEPS)
def test_step_leaves_its_input_and_reports_its_changes(step: Callable, clip: G1Motion) -> None:
    copy = G1Motion(clip.fps, clip.root_pos.copy(), clip.root_quat.copy(), clip.dof_pos.copy())
    result, change = step(clip)
    assert same(clip, copy)
    assert np.isfinite(result.dof_pos).all()
    assert np.linalg.norm(result.root_quat, axis=1) == pytest.approx(1, abs=1e-9)
    assert ((result.root_quat[1:] * result.root_quat[:-1]).sum(axis=1) > 0).all()
    assert len(result.root_pos) == len(result.root_quat) == len(result.dof_pos)
    assert change.sentence
    if len(result.dof_pos) == len(clip.dof_pos):
        rows = [(a != b).any(axis=1) for a, b in ((clip.dof_pos, result.dof_pos), (clip.root_pos, result.root_pos))]
        rows.append((clip.root_quat != result.root_quat).any(axis=1))
        assert change.frames == np.any(rows, axis=0).sum()
        assert change.nothing == same(clip, result)
        assert len(change.joints) == len(changed_joints(clip, result))


@pytest.mark.parametrize("step", [put_on_ground, follow_ground, within_limits, without_spikes, within_speeds])
def test_a_clean_clip_is_left_alone(step: Callable) -> None:
    motion = weight_shift()
    result, change = step(motion)
    assert np.abs(result.root_pos - motion.root_pos).max() < 1e-6
    assert (result.dof_pos == motion.dof_pos).all()
    assert change.joints == ()


def test_put_on_the_ground_is_one_shift_of_the_height() -> None:
    motion = weight_shift()
    high = replace(motion, root_pos=motion.root_pos + np.array([0, 0, 0.0631]))
    result, change = put_on_ground(high)
    assert result.root_pos == pytest.approx(motion.root_pos, abs=1e-6)
    assert change.sentence == "Lowered by 63.1 mm"
    assert (change.frames, change.joints, change.root) == (240, (), True)
    again, nothing = put_on_ground(result)
    assert same(again, result)
    assert nothing.nothing
    assert put_on_ground(motion, ground=0.5)[0].root_pos[:, 2] == pytest.approx(motion.root_pos[:, 2] + 0.5)


def test_real_clips_stand_on_the_ground(clip: G1Motion) -> None:
    result, change = put_on_ground(clip)
    assert (result.root_pos[:, :2] == clip.root_pos[:, :2]).all()
    assert np.ptp(result.root_pos[:, 2] - clip.root_pos[:, 2]) < 1e-12
    assert change.joints == ()
    assert abs(np.median(soles(result).min(axis=1))) < 0.02
    followed, change = follow_ground(clip, seconds=0.0)
    low = soles(followed).min(axis=1)
    assert np.median(np.abs(low)) < 1e-9
    assert low.min() > -0.2
    assert (followed.dof_pos == clip.dof_pos).all()
    assert (followed.root_pos[:, :2] == clip.root_pos[:, :2]).all()
    assert change.joints == ()


def test_following_the_ground_takes_slow_sinking_out_and_keeps_jumps() -> None:
    motion = weight_shift()
    wave = 0.04 * np.sin(np.arange(240) / 60 * 1.5)
    sunk = replace(motion, root_pos=motion.root_pos + wave[:, None] * [0, 0, 1])
    assert np.abs(soles(sunk)).max() > 0.03
    result, change = follow_ground(sunk)
    assert np.abs(soles(result)).max() < 0.003
    assert "mm" in change.sentence
    times = (np.arange(240) - 100) / 60
    jump = np.maximum(2.0 * times - 9.81 / 2 * times**2, 0)
    jumping = replace(motion, root_pos=motion.root_pos + (jump + 0.05)[:, None] * [0, 0, 1])
    result, _ = follow_ground(jumping)
    assert soles(result).min(axis=1).max() == pytest.approx(jump.max(), abs=0.02)
    assert np.abs(soles(result)[:90]).max() < 0.005


@given(st.integers(0, 10_000), st.booleans(), st.sampled_from([0.0, 0.05, 0.3]))
@settings(max_examples=examples(30))
def test_limits_hold_and_other_joints_stay(seed: int, strict: bool, soft: float) -> None:
    motion = random_motion(seed)
    result, change = within_limits(motion, strict=strict, soft=soft)
    low, high = joint_ranges()
    assert (result.dof_pos >= low - 1e-12).all()
    assert (result.dof_pos <= high + 1e-12).all()
    report = check_g1_motion(result)
    assert not report.check(G1Fault.JOINT_LIMIT).findings
    if strict:
        assert not report.check(G1Fault.STRICT_LIMIT).findings
    if not strict:
        past = ((motion.dof_pos < low) | (motion.dof_pos > high)).any(axis=0)
        assert changed_joints(motion, result) == np.flatnonzero(past).tolist()
    if soft == 0.0 and not strict:
        assert (result.dof_pos == np.clip(motion.dof_pos, low, high)).all()
    assert same(within_limits(result, strict=strict, soft=soft)[0], result)
    assert (result.root_pos == motion.root_pos).all()
    assert change.nothing == same(motion, result)


def test_a_soft_limit_keeps_the_order_and_the_slope() -> None:
    motion = weight_shift(frames=400)
    dof, knee = motion.dof_pos.copy(), joint("left_knee_joint")
    dof[:, knee] = np.linspace(2.0, 3.2, 400)
    curve = within_limits(replace(motion, dof_pos=dof), soft=0.3)[0].dof_pos[:, knee]
    assert (np.diff(curve) > 0).all()
    assert curve.max() < 2.8798
    below = dof[:, knee] < 2.8798 - 0.3
    assert (curve[below] == dof[below, knee]).all()
    assert np.abs(np.diff(curve, 2)).max() < 5e-5
    assert "left_knee_joint held within limits, by up to" in within_limits(replace(motion, dof_pos=dof))[1].sentence


@pytest.mark.parametrize("frame", [2, 3, 100, 236, 237])
def test_a_frame_out_of_place_is_put_back_and_nothing_else(frame: int) -> None:
    motion = weight_shift()
    dof, column = motion.dof_pos.copy(), joint("left_knee_joint")
    dof[frame, column] += np.radians(6)
    result, change = without_spikes(replace(motion, dof_pos=dof))
    assert np.argwhere(result.dof_pos != dof).tolist() == [[frame, column]]
    assert result.dof_pos[frame, column] == pytest.approx(motion.dof_pos[frame, column], abs=np.radians(0.01))
    assert change.sentence == "1 spike of left_knee_joint repaired, on 1 frame"
    assert check_g1_motion(result).clean
    assert without_spikes(result)[1].nothing


@pytest.mark.parametrize("field", ["root_pos", "root_quat"])
def test_a_frame_of_the_pelvis_out_of_place_is_put_back(field: str) -> None:
    motion = weight_shift()
    turned = np.array([np.cos(0.1), 0, np.sin(0.1), 0])
    values = getattr(motion, field).copy()
    values[100] = values[100] + [0.1, 0, 0.05] if field == "root_pos" else turned
    planted = replace(motion, **{field: values})
    assert check_g1_motion(planted).check(G1Fault.ROOT_JUMP).worst.worst == 100
    result, change = without_spikes(planted)
    assert np.flatnonzero((getattr(result, field) != values).any(axis=1)).tolist() == [100]
    assert getattr(result, field) == pytest.approx(getattr(motion, field), abs=1e-4)
    assert (result.dof_pos == motion.dof_pos).all()
    assert change.sentence == "1 spike of the pelvis repaired, on 1 frame"
    assert check_g1_motion(result).clean


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "step", [put_on_ground, follow_ground, within_limits, mirrored, without_spikes, within_speeds, at_fps]
)
def test_short_motions_can_be_adjusted(step: Callable, frames: int) -> None:
    whole = weight_shift()
    motion = G1Motion(60.0, whole.root_pos[:frames], whole.root_quat[:frames], whole.dof_pos[:frames])
    result, _ = step(motion, 120.0) if step is at_fps else step(motion)
    assert len(result.dof_pos) == (2 * frames - 1 if step is at_fps else frames)
    assert np.isfinite(result.root_pos).all()


@pytest.mark.parametrize("width", [2, 3, 4])
def test_some_frames_out_of_place_are_bridged_and_only_those_around_them_change(width: int) -> None:
    motion = weight_shift()
    dof, column = motion.dof_pos.copy(), joint("right_elbow_joint")
    dof[100 : 100 + width, column] += np.radians(12)
    result, _ = without_spikes(replace(motion, dof_pos=dof))
    frames = np.flatnonzero((result.dof_pos != dof).any(axis=1))
    assert frames.min() >= 90
    assert frames.max() <= 109 + width
    assert changed_joints(result, replace(motion, dof_pos=dof)) == [column]
    assert not check_g1_motion(result).check(G1Fault.SPIKE).findings
    assert np.abs(np.diff(result.dof_pos[:, column])).max() < np.abs(np.diff(dof[:, column])).max() / 2


@given(st.integers(0, 10_000))
@settings(max_examples=examples(25))
def test_planted_frames_are_all_repaired(seed: int) -> None:
    motion, rng = weight_shift(), np.random.default_rng(seed)
    dof = motion.dof_pos.copy()
    columns = rng.permutation(np.repeat(np.arange(29), 4))  # of a joint with more of them, jumping is the usual
    for frame, column in zip(range(20, 220, 20), columns, strict=False):
        dof[frame, column] += rng.choice([-1, 1]) * rng.uniform(np.radians(2), 1)
    result, _ = without_spikes(replace(motion, dof_pos=dof))
    assert np.abs(result.dof_pos - motion.dof_pos).max() < np.radians(0.5)
    assert not check_g1_motion(result).check(G1Fault.SPIKE).findings


def test_real_spikes_become_fewer_and_smaller(shared_data: Path) -> None:
    motion = read_g1_motion(shared_data / "g1" / "g1moves_B_BowKarate.json")
    before = check_g1_motion(motion).check(G1Fault.SPIKE)
    result, _ = without_spikes(motion)
    after = check_g1_motion(result).check(G1Fault.SPIKE)
    assert len(after.findings) < len(before.findings) / 3
    assert before.worst
    assert not after.worst or after.worst.amount < before.worst.amount / 2
    untouched = ~np.convolve(before.severity > 0, np.ones(25), mode="same").astype(bool)
    assert (result.dof_pos[untouched] == motion.dof_pos[untouched]).all()


@given(st.integers(0, 10_000), st.sampled_from([1.0, 0.5]))
@settings(max_examples=examples(30))
def test_speeds_hold_and_other_joints_stay(seed: int, fraction: float) -> None:
    motion = random_motion(seed, wildness=4.0)
    rng = np.random.default_rng(seed)
    motion.dof_pos[rng.integers(90), rng.integers(29)] += 2.5
    limits = np.array([row.velocity for row in g1_model().joints])
    result, change = within_speeds(motion, fraction)
    assert (np.abs(np.diff(result.dof_pos, axis=0)) * motion.fps <= limits * fraction).all()
    fast = (np.abs(np.diff(motion.dof_pos, axis=0)) * motion.fps > limits * fraction).any(axis=0)
    assert changed_joints(motion, result) == np.flatnonzero(fast).tolist()
    assert same(within_speeds(result, fraction)[0], result)
    assert (result.dof_pos.min(axis=0) >= motion.dof_pos.min(axis=0)).all()
    assert (result.dof_pos.max(axis=0) <= motion.dof_pos.max(axis=0)).all()
    # no curve within the speed can be nearer: two frames too far apart for the time between them share the rest
    frames = np.arange(len(motion.dof_pos))
    for column in np.flatnonzero(fast).tolist():
        apart = np.abs(motion.dof_pos[:, None, column] - motion.dof_pos[:, column])
        allowed = limits[column] * fraction / motion.fps * np.abs(frames[:, None] - frames)
        least = (apart - allowed).max() / 2
        assert np.abs(result.dof_pos - motion.dof_pos)[:, column].max() == pytest.approx(least, abs=1e-6)
    assert change.nothing == (not fast.any())


def test_the_real_clip_that_is_too_fast_is_adjusted_where_it_is(shared_data: Path) -> None:
    motion = read_g1_motion(shared_data / "g1" / "g1moves_B_BowKarate.json")
    result, change = within_speeds(motion)
    assert not check_g1_motion(result).check(G1Fault.VELOCITY).findings
    assert change.frames < 60
    assert len(change.joints) == 5


def facing(quat: np.ndarray) -> float:
    w, x, y, z = quat
    return float(np.arctan2(2 * (x * y + w * z), 1 - 2 * (y * y + z * z)))


@pytest.mark.parametrize("seconds", [0.2, 0.5, 100.0])
def test_a_loop_ends_as_it_starts_from_where_it_went(clip: G1Motion, seconds: float) -> None:
    result, _ = looped(clip, seconds)
    count = len(clip.dof_pos)
    assert len(result.dof_pos) == count
    assert result.fps == clip.fps
    kept = max(count - round(seconds * clip.fps), 2)
    assert same(
        G1Motion(clip.fps, clip.root_pos[:kept], clip.root_quat[:kept], clip.dof_pos[:kept]),
        G1Motion(clip.fps, result.root_pos[:kept], result.root_quat[:kept], result.dof_pos[:kept]),
    )
    assert (result.dof_pos[-1] == clip.dof_pos[0]).all()
    assert result.root_pos[-1, 2] == clip.root_pos[0, 2]
    assert result.root_pos[-1, :2] == pytest.approx(clip.root_pos[-1, :2], abs=1e-9)
    turned = facing(clip.root_quat[-1]) - facing(clip.root_quat[0])
    assert facing(result.root_quat[-1]) == pytest.approx(facing(clip.root_quat[-1]), abs=1e-9)
    # the pose relative to where the pelvis faces is the first one's: MuJoCo puts all bodies at the same places about it
    states = [np.stack([values[0], values[-1]]) for values in (result.root_pos, result.root_quat, result.dof_pos)]
    _, places, _ = mujoco_poses(*states)
    cosine, sine = np.cos(turned), np.sin(turned)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    start = (places[0] - [*result.root_pos[0, :2], 0]) @ turn.T
    assert places[1] - [*result.root_pos[-1, :2], 0] == pytest.approx(start, abs=1e-6)
    low, high = joint_ranges()
    assert (result.dof_pos >= np.minimum(low, clip.dof_pos.min(axis=0))).all()
    assert (result.dof_pos <= np.maximum(high, clip.dof_pos.max(axis=0))).all()


def test_a_loop_goes_on_at_the_speed_that_it_starts_with() -> None:
    motion = weight_shift(frames=300)
    result, _ = looped(motion, 1.0)
    for values in (result.root_pos, result.dof_pos):
        assert values[-1] - values[-2] == pytest.approx(values[1] - values[0], abs=1e-12)
    twice = G1Motion(
        60.0, *(np.concatenate([values, values[1:]]) for values in (result.root_pos, result.root_quat, result.dof_pos))
    )
    assert not check_g1_motion(twice).check(G1Fault.SPIKE).findings


def test_a_loop_that_turns_goes_on_at_the_speed_that_it_starts_with() -> None:
    """Seen from the pelvis, and from where it faces, which at the end is elsewhere than at the start."""
    motion = weight_shift(60, 30.0)
    for time, quat in zip(motion.times, motion.root_quat, strict=True):
        mujoco.mju_euler2Quat(quat, np.array([0.7 * time, 0.1 * time**2, 0.2 * np.sin(3.0 * time)]), "ZYX")
    result, _ = looped(motion, 0.5)
    first, last = np.zeros((2, 3))
    mujoco.mju_subQuat(first, result.root_quat[1], result.root_quat[0])
    mujoco.mju_subQuat(last, result.root_quat[-1], result.root_quat[-2])
    assert last == pytest.approx(first, abs=1e-9)
    assert np.linalg.norm(first) > 0.01
    steps = np.diff(result.root_pos, axis=0)[[0, -1]]
    turned = facing(result.root_quat[-1]) - facing(result.root_quat[0])
    ways = [complex(x, y) for x, y in steps[:, :2]]
    assert abs(ways[1] - ways[0] * np.exp(1j * turned)) < 1e-9
    assert steps[1, 2] == pytest.approx(steps[0, 2], abs=1e-9)


def test_too_short_a_motion_is_not_looped() -> None:
    motion = weight_shift()
    with pytest.raises(Fault, match="too short"):
        looped(G1Motion(60.0, motion.root_pos[:3], motion.root_quat[:3], motion.dof_pos[:3]))


@pytest.mark.parametrize("curve", ["cubic", "linear"])
@pytest.mark.parametrize("fps", [29.97, 50.0, 1000.0])
def test_another_frame_rate_takes_as_long_and_stays_within(clip: G1Motion, fps: float, curve: str) -> None:
    result, _ = at_fps(clip, fps, curve)
    assert result.fps == fps
    assert abs(result.times[-1] - clip.times[-1]) <= 0.5 / fps + 1e-9
    assert (result.dof_pos.min(axis=0) >= clip.dof_pos.min(axis=0)).all()
    assert (result.dof_pos.max(axis=0) <= clip.dof_pos.max(axis=0)).all()
    for column in range(29):
        straight = np.interp(result.times, clip.times, clip.dof_pos[:, column])
        steps = np.abs(np.diff(clip.dof_pos[:, column])).max()
        near = 1e-12 if curve == "linear" else 0.3 * steps + 1e-12
        assert np.abs(result.dof_pos[:, column] - straight).max() <= near


def test_frames_that_are_samples_are_kept_to_the_bit(clip: G1Motion) -> None:
    double, change = at_fps(clip, clip.fps * 2)
    assert (double.dof_pos[::2] == clip.dof_pos).all()
    assert (double.root_pos[::2] == clip.root_pos).all()
    assert np.abs(double.root_quat[::2]) == pytest.approx(np.abs(clip.root_quat), abs=0)
    assert change.frames == len(double.dof_pos)
    assert same(at_fps(double, clip.fps)[0], clip)
    assert same(at_fps(clip, clip.fps)[0], clip)
    assert at_fps(clip, clip.fps)[1].nothing


def test_a_smooth_motion_at_another_rate_is_the_same_motion() -> None:
    coarse, fine = weight_shift(frames=121, fps=30.0), weight_shift(frames=481, fps=120.0)
    result, _ = at_fps(coarse, 120.0)
    assert result.dof_pos == pytest.approx(fine.dof_pos, abs=2e-4)
    assert result.root_pos == pytest.approx(fine.root_pos, abs=1e-4)


def test_turns_go_the_short_way_at_even_speed() -> None:
    motion = weight_shift(frames=2, fps=10.0)
    half = np.radians(60) / 2
    quat = np.array([[1, 0, 0, 0], [np.cos(half), 0, 0, np.sin(half)]])
    result, _ = at_fps(replace(motion, root_quat=quat), 30.0)
    angles = np.degrees(2 * np.arctan2(result.root_quat[:, 3], result.root_quat[:, 0]))
    assert angles == pytest.approx([0, 20, 40, 60])


@pytest.mark.parametrize("fps", [0.0, -1.0, 1e5, float("nan")])
def test_no_frame_rate_is_refused(fps: float) -> None:
    with pytest.raises(Fault, match="frame rate"):
        at_fps(weight_shift(frames=5), fps)


def test_mirrored_bodies_are_mirror_images(clip: G1Motion) -> None:
    rows = np.linspace(0, len(clip.dof_pos) - 1, 40).astype(int)
    motion = G1Motion(clip.fps, clip.root_pos[rows], clip.root_quat[rows], clip.dof_pos[rows])
    result, _ = mirrored(motion)
    names, places, turns = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos)
    _, mirrored_places, mirrored_turns = mujoco_poses(result.root_pos, result.root_quat, result.dof_pos)
    swap = {"left_": "right_", "right_": "left_"}
    sides = [name.partition("_") for name in names]
    others = [names.index(swap.get(side + "_", side + "_") + rest) if rest else 0 for side, _, rest in sides]
    # the robot itself is not quite symmetrical: its shoulders differ by 10 micrometres
    assert mirrored_places[:, others] * [1, -1, 1] == pytest.approx(places, abs=5e-5)
    assert degrees_between(mirrored_turns[:, others] * [1, -1, 1, -1], turns).max() < 0.05
    again, _ = mirrored(result)
    assert same(again, motion)


def test_mirroring_swaps_what_is_wrong() -> None:
    motion = weight_shift()
    dof = motion.dof_pos.copy()
    dof[:, joint("right_hip_roll_joint")] += (-3.1 - dof[:, joint("right_hip_roll_joint")]) * bump(240, 60, 180)
    report = check_g1_motion(mirrored(replace(motion, dof_pos=dof))[0])
    (finding,) = report.check(G1Fault.JOINT_LIMIT).findings
    assert (finding.subject.name, finding.worst) == ("left_hip_roll_joint", 120)
    assert finding.amount == pytest.approx(np.degrees(3.1 - 2.9671))
