"""Checks agree with computations that share nothing with them, find what is planted, and leave a clean clip alone."""

import json
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest

from aimocap_blender.motion.g1.checks import G1Report, G1Tolerances, check_g1_motion
from aimocap_blender.motion.g1.checks_findings import G1Fault, G1Finding
from aimocap_blender.motion.g1.feasibility import feasibility_of
from aimocap_blender.motion.g1.model import MODEL_FILE, g1_model
from aimocap_blender.motion.g1.motion import G1Motion, read_g1_motion
from tests.media.g1_clips import bump, joint, weight_shift
from tests.media.g1_mjcf import mujoco_poses, random_states
from tests.media.robot_motion_judge import centre_of_mass, lowest_of_bodies, second

CLIPS = ("kimodo_walk", "kimodo_wave", "kimodo_dance", "asap_CR7_level2", "g1moves_B_BowKarate")
CORNERS = ((-0.05, 0.025, -0.03), (-0.05, -0.025, -0.03), (0.12, 0.03, -0.03), (0.12, -0.03, -0.03))


@pytest.fixture(scope="module", params=CLIPS)
def clip(shared_data: Path, request: pytest.FixtureRequest) -> tuple[G1Motion, G1Report]:
    motion = read_g1_motion(shared_data / "g1" / f"{request.param}.json")
    return motion, check_g1_motion(motion)


def table() -> list[dict]:
    model = json.loads(MODEL_FILE.read_text())
    return [dict(zip(model["columns"], row, strict=True)) for row in model["joints"]]


def frames_of(report: G1Report, kind: G1Fault) -> set[int]:
    return set(np.flatnonzero(report.check(kind).severity).tolist())


def corner_heights(motion: G1Motion) -> tuple[np.ndarray, np.ndarray]:
    """(F, 2, 4, 3) the corners' lowest points by MuJoCo, and (F, 2) the lowest height of each foot."""
    names, xpos, xquat = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos)
    corners = np.empty((len(xpos), 2, 4, 3))
    for foot, side in enumerate(("left", "right")):
        body = names.index(f"{side}_ankle_roll_link")
        for frame in range(len(xpos)):
            for corner, place in enumerate(CORNERS):
                turned = np.empty(3)
                mujoco.mju_rotVecQuat(turned, np.array(place), xquat[frame, body])
                corners[frame, foot, corner] = xpos[frame, body] + turned - [0, 0, 0.005]
    return corners, corners[..., 2].min(axis=2)


def test_limits_and_speeds_of_real_clips_are_the_tables(clip: tuple[G1Motion, G1Report]) -> None:
    motion, report = clip
    past: dict[G1Fault, dict[str, list[tuple[float, int]]]] = {
        kind: {} for kind in (G1Fault.JOINT_LIMIT, G1Fault.STRICT_LIMIT, G1Fault.VELOCITY)
    }
    for column, row in enumerate(table()):
        for frame, angle in enumerate(motion.dof_pos[:, column].tolist()):
            (low, high), (strict_low, strict_high) = row["range"], row["gmr_range"]
            over = max(low - angle, angle - high)
            if over > 0.002:
                past[G1Fault.JOINT_LIMIT].setdefault(row["joint"], []).append((np.degrees(over), frame))
            inside = min(max(angle, low), high)
            if (stricter := max(strict_low - inside, inside - strict_high)) > 0.002:
                past[G1Fault.STRICT_LIMIT].setdefault(row["joint"], []).append((np.degrees(stricter), frame))
            if frame:
                speed = abs(angle - float(motion.dof_pos[frame - 1, column])) * motion.fps
                if speed > row["vel_rad_s"] * 1.001:
                    past[G1Fault.VELOCITY].setdefault(row["joint"], []).append((speed, frame))
    for kind, joints in past.items():
        findings = report.check(kind).findings
        assert frames_of(report, kind) == {frame for rows in joints.values() for _, frame in rows}
        assert {finding.subject.name for finding in findings} == set(joints)
        for name, rows in joints.items():
            amount, frame = max(rows)
            mine = max((each for each in findings if each.subject.name == name), key=lambda each: each.amount)
            assert (mine.amount, mine.worst) == (pytest.approx(amount), frame)


def test_soles_of_real_clips_are_mujocos(clip: tuple[G1Motion, G1Report]) -> None:
    motion, report = clip
    corners, lowest = corner_heights(motion)
    sunk = -lowest - 0.01
    assert frames_of(report, G1Fault.SINKING) == set(np.flatnonzero((sunk > 0).any(axis=1)).tolist())
    if worst := report.check(G1Fault.SINKING).worst:
        assert worst.amount == pytest.approx(-1000 * lowest.min(), abs=1e-3)
    off = set(np.flatnonzero(lowest.min(axis=1) > 0.01).tolist())
    hovering = frames_of(report, G1Fault.FLOATING)
    assert hovering <= off
    for frame in off - hovering:  # those fly: the pelvis falls at nearly g within a few frames of it
        near = motion.root_pos[max(frame - 8, 0) : frame + 9, 2]
        assert (np.diff(near, 2) * motion.fps**2).min() < -0.4 * 9.81
    sliding: dict[int, list[tuple[int, float]]] = {0: [], 1: []}
    for foot, found in sliding.items():
        for frame in range(1, len(corners)):
            moves = [
                np.hypot(*(corners[frame, foot, corner, :2] - corners[frame - 1, foot, corner, :2]))
                for corner in range(4)
                if max(corners[frame - 1 : frame + 1, foot, corner, 2]) <= 0.005
            ]
            if moves and min(moves) * motion.fps > 0.15:
                found.append((frame, min(moves)))
    slides = report.check(G1Fault.SLIDE).findings
    reported = {(finding.subject.name.split("_")[0], finding.worst): finding.amount for finding in slides}
    for foot, side in enumerate(("left", "right")):
        speeds = dict(sliding[foot])
        for (name, frame), amount in reported.items():
            if name == side and amount > 0.15:  # slower ones creep
                assert amount == pytest.approx(speeds[frame] * motion.fps, rel=1e-6)
        long = {frame for frame, way in speeds.items() if way >= 0.03}
        covered = {
            frame
            for finding in slides
            if finding.subject.name.startswith(side)
            for frame in range(finding.first, finding.last + 1)
        }
        assert long <= covered


def test_a_clean_clip_has_no_findings() -> None:
    report = check_g1_motion(weight_shift())
    assert report.clean, [finding.sentence() for finding in report.worst]
    assert report.heat.max() == 0
    assert report.body_heat.shape == (240, 30)
    assert all(
        row["worst"] is None for row in json.loads(report.to_json(feasibility_of(weight_shift(), 0.0)))["summary"]
    )


@pytest.mark.parametrize("fps", [24.0, 30.0, 120.0])
def test_a_clean_clip_is_clean_at_every_frame_rate(fps: float) -> None:
    assert check_g1_motion(weight_shift(frames=int(4 * fps), fps=fps)).clean


def moved(motion: G1Motion, name: str, angle: float, start: int, stop: int) -> G1Motion:
    """The motion with a joint brought to an angle at the middle of a span, smoothly."""
    dof, column = motion.dof_pos.copy(), joint(name)
    weight = bump(len(dof), start, stop)
    dof[:, column] += (angle - dof[:, column]) * weight
    return replace(motion, dof_pos=dof)


def only(report: G1Report, kind: G1Fault) -> list[G1Finding]:
    assert [check.kind for check in report.checks if check.findings] == [kind], [f.sentence() for f in report.worst]
    return list(report.check(kind).findings)


def test_a_joint_past_its_limit_is_found() -> None:
    planted = moved(weight_shift(), "right_wrist_pitch_joint", 1.61443 + np.radians(3.2), 60, 180)
    (finding,) = only(check_g1_motion(planted), G1Fault.JOINT_LIMIT)
    assert (finding.subject.name, finding.worst, finding.subject.unit) == ("right_wrist_pitch_joint", 120, "deg")
    assert finding.amount == pytest.approx(3.2)
    assert finding.sentence() == "right_wrist_pitch_joint is 3.2° past its limit at frame 120"
    assert finding.sentence("01:02") == "right_wrist_pitch_joint is 3.2° past its limit at frame 01:02"
    assert finding.first < 120 < finding.last


def test_a_joint_past_the_stricter_limit_alone_is_advice() -> None:
    report = check_g1_motion(moved(weight_shift(), "left_shoulder_pitch_joint", 1.149 + 0.1, 60, 180))
    (finding,) = only(report, G1Fault.STRICT_LIMIT)
    assert (finding.subject.name, finding.worst) == ("left_shoulder_pitch_joint", 120)
    assert report.heat.max() == finding.severity == 0.25


def test_a_joint_that_turns_too_fast_is_found() -> None:
    motion = weight_shift(fps=240.0, frames=480)
    dof, column = motion.dof_pos.copy(), joint("left_wrist_pitch_joint")
    dof[:, column] = 1.2 * np.cos(np.pi * np.clip((np.arange(480) - 240) / 30, 0, 1))
    speeds = np.abs(np.diff(dof[:, column])) * 240
    (finding,) = check_g1_motion(replace(motion, dof_pos=dof)).check(G1Fault.VELOCITY).findings
    assert speeds.max() > 22
    assert finding.subject.name == "left_wrist_pitch_joint"
    assert finding.amount == pytest.approx(speeds.max())
    assert finding.worst in np.flatnonzero(speeds > speeds.max() - 1e-9) + 1
    fast = np.flatnonzero(speeds > 22.022) + 1
    assert (finding.first, finding.last) == (fast[0], fast[-1])


@pytest.mark.parametrize("frame", [1, 2, 90, 237, 238])
@pytest.mark.parametrize("name", ["left_knee_joint", "right_wrist_yaw_joint"])
def test_one_frame_out_of_place_is_found(name: str, frame: int) -> None:
    motion = weight_shift()
    dof = motion.dof_pos.copy()
    dof[frame, joint(name)] += np.radians(4)
    (finding,) = check_g1_motion(replace(motion, dof_pos=dof)).check(G1Fault.SPIKE).findings
    assert (finding.subject.name, finding.worst) == (name, frame)
    second = np.diff(dof[:, joint(name)], 2) * motion.fps**2
    if 2 <= frame < 238:
        expected = abs(second[frame - 1] - (second[frame - 2] + second[frame]) / 2)
        assert finding.amount == pytest.approx(expected)


def test_a_joint_that_jitters_all_the_time_is_not_full_of_spikes_but_a_jump_in_it_is_one() -> None:
    motion = weight_shift()
    dof = motion.dof_pos + np.random.default_rng(4).normal(scale=np.radians(0.4), size=motion.dof_pos.shape)
    assert not check_g1_motion(replace(motion, dof_pos=dof)).check(G1Fault.SPIKE).findings
    dof[100, 17] += np.radians(20)
    (finding,) = check_g1_motion(replace(motion, dof_pos=dof)).check(G1Fault.SPIKE).findings
    assert (finding.subject.name, finding.worst) == (table()[17]["joint"], 100)


@pytest.mark.parametrize(("jump", "spikes"), [(3.7, 0), (9.0, 1)])
def test_still_frames_before_a_motion_make_no_more_spikes_of_it(jump: float, spikes: int) -> None:
    motion = weight_shift()
    dof = motion.dof_pos + np.random.default_rng(4).normal(scale=np.radians(0.4), size=motion.dof_pos.shape)
    dof[100, 17] += np.radians(jump)
    # two thirds of it stand still, as where a motion is led in and out at a trainer's rate
    held = [np.repeat(part[[0]], 480, axis=0) for part in (motion.root_pos, motion.root_quat, dof)]
    parts = [np.concatenate(both) for both in zip(held, (motion.root_pos, motion.root_quat, dof), strict=True)]
    led = G1Motion(motion.fps, *parts)
    for one in (replace(motion, dof_pos=dof), led):
        assert len(check_g1_motion(one).check(G1Fault.SPIKE).findings) == spikes


def test_a_foot_that_slides_is_found() -> None:
    shift = 0.1 * (1 - np.cos(np.pi * np.clip((np.arange(240) - 100) / 30, 0, 1))) / 2
    (finding,) = only(check_g1_motion(weight_shift(foot_shift=shift)), G1Fault.SLIDE)
    assert finding.subject.name == "left_ankle_roll_link"
    assert finding.worst in (115, 116)
    assert finding.amount == pytest.approx(np.diff(shift).max() * 60, rel=1e-6)


def test_a_foot_that_creeps_is_found() -> None:
    (finding,) = only(check_g1_motion(weight_shift(foot_shift=np.arange(240) / 60 * 0.05)), G1Fault.SLIDE)
    assert finding.subject.name == "left_ankle_roll_link"
    assert finding.amount == pytest.approx(0.05)
    assert check_g1_motion(weight_shift(foot_shift=np.arange(240) / 60 * 0.02)).clean


def raised(motion: G1Motion, heights: np.ndarray) -> G1Motion:
    return replace(motion, root_pos=motion.root_pos + heights[:, None] * [0, 0, 1])


def test_a_robot_that_hovers_is_found_and_one_that_jumps_is_not() -> None:
    hover = 0.063 * np.clip((np.arange(240) - 80) / 60, 0, 1)
    (finding,) = only(check_g1_motion(raised(weight_shift(), hover)), G1Fault.FLOATING)
    assert finding.amount == pytest.approx(63, abs=0.1)
    assert (finding.subject.unit, finding.last) == ("mm", 239)
    assert finding.first == np.flatnonzero(hover > 0.01)[0]
    times = (np.arange(240) - 100) / 60
    jump = np.maximum(2.0 * times - 9.81 / 2 * times**2, 0)
    assert jump.max() > 0.2
    assert not check_g1_motion(raised(weight_shift(), jump)).check(G1Fault.FLOATING).findings
    slow = weight_shift(frames=120, fps=30.0)
    assert check_g1_motion(raised(slow, jump[::2])).clean
    both = check_g1_motion(raised(weight_shift(), jump + 0.06)).check(G1Fault.FLOATING)
    assert both.worst is not None
    assert both.worst.amount == pytest.approx(60, abs=5)
    assert not both.severity[102:122].any()
    assert both.severity[:80].all()
    assert both.severity[150:].all()


def test_a_single_pose_above_the_ground_floats() -> None:
    """It made the check fail."""
    motion = weight_shift()
    pose = G1Motion(motion.fps, motion.root_pos[:1], motion.root_quat[:1], motion.dof_pos[:1])
    (finding,) = only(check_g1_motion(raised(pose, np.full(1, 0.05))), G1Fault.FLOATING)
    assert finding.amount == pytest.approx(50, abs=1)


def test_soles_below_the_ground_are_found() -> None:
    findings = only(check_g1_motion(raised(weight_shift(), -0.082 * bump(240, 60, 180))), G1Fault.SINKING)
    names = [finding.subject.name for finding in findings]
    assert set(names[:2]) == {"left_ankle_roll_link", "right_ankle_roll_link"}
    assert set(names[2:]) == {"left_knee_link", "right_knee_link"}  # the shins' lower ends, less deep
    assert {finding.worst for finding in findings} == {120}
    assert findings[0].amount == pytest.approx(82)


@pytest.mark.parametrize("facing", [-1.0, 1.0])
def test_a_robot_that_lies_is_on_the_ground_with_all_its_bodies(facing: float) -> None:
    """On its back or face down, as high as MuJoCo says that it lies."""
    half = np.sqrt(0.5)
    quat = np.tile([half, 0.0, facing * half, 0.0], (60, 1))
    dof = np.zeros((60, 29))
    low = {body: path[0] for body, path in lowest_of_bodies((np.zeros((60, 3)), quat, dof), "29dof").items()}
    lies = G1Motion(30.0, np.tile([0.0, 0.0, -min(low.values())], (60, 1)), quat, dof)
    found = check_g1_motion(lies)
    assert not found.check(G1Fault.FLOATING).count
    assert not found.check(G1Fault.SINKING).count
    assert check_g1_motion(raised(lies, np.full(60, 0.05))).check(G1Fault.FLOATING).findings[0].amount == pytest.approx(
        50
    )
    sunk = check_g1_motion(raised(lies, np.full(60, -0.05))).check(G1Fault.SINKING)
    deep = {body for body, height in low.items() if height - min(low.values()) < 0.03 and "ankle" not in body}
    assert {finding.subject.name for finding in sunk.findings if "ankle" not in finding.subject.name} == deep
    assert sunk.findings[0].amount == pytest.approx(50)


def test_the_ground_can_be_elsewhere_or_the_clips_own() -> None:
    high = raised(weight_shift(), np.full(240, 0.4))
    assert not check_g1_motion(high).clean
    assert check_g1_motion(high, G1Tolerances(ground=0.4)).clean
    own = check_g1_motion(high, G1Tolerances(ground=None))
    assert own.clean
    assert own.ground == pytest.approx(0.4)


def test_a_hand_inside_the_chest_is_found() -> None:
    planted = moved(weight_shift(), "left_shoulder_yaw_joint", -1.3, 60, 180)
    planted = moved(planted, "left_shoulder_roll_joint", -0.3, 60, 180)
    planted = moved(planted, "left_elbow_joint", 0.3, 60, 180)
    findings = only(check_g1_motion(planted), G1Fault.COLLISION)
    assert any("torso_link" in finding.sentence() and "left_" in finding.sentence() for finding in findings)
    assert all(60 < finding.first <= finding.worst <= finding.last < 180 for finding in findings)
    assert abs(findings[0].worst - 120) <= 6  # the hand goes in and out along the axis of the chest's capsule


@pytest.mark.parametrize(
    ("plant", "unit"),
    [
        (lambda pos, quat: (pos + np.where(np.arange(240) >= 90, 0.3, 0)[:, None] * [1, 0, 0], quat), "m/s"),
        (lambda pos, quat: (pos + np.where(np.arange(240) >= 90, 0.05, 0)[:, None] * [1, 0, 0], quat), "mm"),
        (lambda pos, quat: (pos, np.where(np.arange(240)[:, None] >= 90, [0.94, 0, 0, 0.341], quat)), "rad/s"),
        (lambda pos, quat: (pos, np.where(np.arange(240)[:, None] >= 90, [0.996, 0, 0, 0.0894], quat)), "deg"),
    ],
)
def test_a_pelvis_that_jumps_is_found(plant: object, unit: str) -> None:
    motion = weight_shift()
    pos, quat = plant(motion.root_pos, motion.root_quat)
    quat = quat / np.linalg.norm(quat, axis=1, keepdims=True)
    findings = check_g1_motion(replace(motion, root_pos=pos, root_quat=quat)).check(G1Fault.ROOT_JUMP).findings
    assert all(finding.subject.name == "pelvis" for finding in findings)
    assert all(finding.first >= 88 and finding.last <= 91 for finding in findings)
    assert unit in {finding.subject.unit for finding in findings}
    assert all(finding.worst in (89, 90) for finding in findings)


def beyond_friction(motion: G1Motion) -> dict[int, float]:
    """Frame to the acceleration of MuJoCo's center of mass over the ground, where friction of 0.6 can't push so."""
    centre = centre_of_mass((motion.root_pos, motion.root_quat, motion.dof_pos), motion.variant)
    accelerations = second(centre, motion.fps)
    first = (len(centre) - len(accelerations)) // 2
    found: dict[int, float] = {}
    for frame, (x, y, up) in enumerate(accelerations, first):
        if np.hypot(x, y) > 0.6 * (max(9.81 + up, 0.0) + 5.4) + 5.4:
            found[frame] = np.hypot(x, y)
    return found


def test_accelerations_of_real_clips_are_mujocos_and_only_one_jolts(
    clip: tuple[G1Motion, G1Report], request: pytest.FixtureRequest
) -> None:
    motion, report = clip
    beyond = beyond_friction(motion)
    assert frames_of(report, G1Fault.ROOT_ACCELERATION) == set(beyond)
    assert bool(beyond) == ("BowKarate" in request.node.name)
    if worst := report.check(G1Fault.ROOT_ACCELERATION).worst:
        assert worst.amount == pytest.approx(beyond[worst.worst], rel=1e-4)


@pytest.mark.parametrize("fps", [30.0, 50.0, 120.0])
@pytest.mark.parametrize("sway", ["a frame", "a jump", "a shake"])
def test_a_pelvis_that_moves_as_no_feet_can_push_it_is_found(sway: str, fps: float) -> None:
    frames = np.arange(int(4 * fps))
    middle = len(frames) // 2
    way = {
        "a frame": np.where(frames == middle, 0.05, 0.0),
        "a jump": np.where(frames >= middle, 0.1, 0.0),
        "a shake": 0.03 * np.sin(2.0 * np.pi * 5.0 * frames / fps),
    }[sway]
    motion = weight_shift(frames=len(frames), fps=fps, sway=way)
    report, beyond = check_g1_motion(motion), beyond_friction(motion)
    assert frames_of(report, G1Fault.ROOT_ACCELERATION) == set(beyond) != set()
    finding = report.check(G1Fault.ROOT_ACCELERATION).findings[0]
    assert finding.amount == pytest.approx(beyond[finding.worst], rel=1e-4)
    assert (finding.subject.name, finding.subject.bodies, finding.subject.unit) == ("center of mass", (0,), "m/s²")
    assert f"over the ground at {finding.amount:.0f} m/s²" in finding.sentence()
    if sway == "a shake":
        assert finding.last - finding.first > 3.5 * fps
    else:
        assert all(abs(frame - middle) <= fps / 20 for frame in beyond)


def test_noise_of_a_sensor_is_no_acceleration() -> None:
    motion = weight_shift(frames=480, fps=120.0)
    noise = np.random.default_rng(5).uniform(-0.0015, 0.0015, size=motion.root_pos.shape)
    noisy = replace(motion, root_pos=motion.root_pos + noise)
    assert not check_g1_motion(noisy).check(G1Fault.ROOT_ACCELERATION).count


def test_nothing_pushes_a_robot_in_the_air() -> None:
    times = (np.arange(240) - 100) / 60
    jump = np.maximum(2.0 * times - 9.81 / 2 * times**2, 0)

    def found(heights: np.ndarray, way: np.ndarray) -> set[int]:
        motion = raised(weight_shift(), heights)
        moving = replace(motion, root_pos=motion.root_pos + way[:, None] * [1, 0, 0])
        return frames_of(check_g1_motion(moving), G1Fault.ROOT_ACCELERATION)

    assert not found(jump, 1.5 * times)  # a leap
    assert not found(np.zeros(240), 6.0 * times**2)  # 12 m/s² on the ground, within friction and noise
    in_the_air = set(np.flatnonzero(jump > 0).tolist())
    flung = found(jump, 6.0 * times**2)
    assert flung <= in_the_air
    assert len(in_the_air - flung) <= 4  # takeoff and landing push


def test_a_start_and_an_end_that_are_not_at_rest_are_noted_and_no_faults() -> None:
    motion = weight_shift()
    assert check_g1_motion(motion).notes == ()
    pos, dof = motion.root_pos.copy(), motion.dof_pos.copy()
    pos[:, 1] += 0.2 / 60 * np.minimum(np.arange(240), 20)
    dof[-10:, joint("left_elbow_joint")] += 0.02 * np.arange(10)
    speed = np.linalg.norm(pos[2] - pos[0]) * 30
    turn = abs(dof[-1, joint("left_elbow_joint")] - dof[-3, joint("left_elbow_joint")]) * 30
    report = check_g1_motion(replace(motion, root_pos=pos, dof_pos=dof))
    starts, ends = report.notes
    assert starts.startswith(f"The motion doesn't start at rest: the pelvis moves at {speed:.2f} m/s, ")
    assert ends.startswith("The motion doesn't end at rest: ")
    assert ends.endswith(f", left_elbow_joint rotates at {turn:.1f} rad/s.")
    assert not {finding.kind for finding in report.worst} - {G1Fault.SLIDE}
    plain = json.loads(report.to_json(feasibility_of(motion, report.ground)))
    assert plain["notes"] == [starts, ends]


def test_heat_is_of_the_bodies_and_frames_at_fault_alone() -> None:
    report = check_g1_motion(moved(weight_shift(), "left_knee_joint", 2.95, 60, 180))
    (finding,) = report.check(G1Fault.JOINT_LIMIT).findings
    knee = g1_model().bodies.index("left_knee_link")
    past = report.check(G1Fault.JOINT_LIMIT).severity > 0
    assert past[finding.first]
    assert not past[finding.first - 1]
    assert (report.body_heat[past, knee] >= 0.25).all()
    assert report.body_heat[:, g1_model().bodies.index("right_elbow_link")].max() == 0
    assert (report.heat == report.body_heat.max(axis=1)).all()


def test_the_report_as_json_says_it_all() -> None:
    motion = moved(weight_shift(), "right_wrist_pitch_joint", 1.7, 60, 180)
    report = check_g1_motion(motion)
    plain = json.loads(report.to_json(feasibility_of(motion, report.ground)))
    assert (plain["version"], plain["robotType"], plain["fps"], plain["frameCount"]) == (1, "unitree_g1", 60, 240)
    assert [row["kind"] for row in plain["summary"]] == [kind.value for kind in G1Fault]
    (row,) = plain["findings"]
    assert (row["subject"], row["bodies"], row["worst"]) == (
        "right_wrist_pitch_joint",
        ["right_wrist_pitch_link"],
        120,
    )
    assert row["sentence"].endswith("at frame 120.")
    assert plain["summary"][0]["worst"] == row
    assert plain["summary"][0]["frames"] == report.check(G1Fault.JOINT_LIMIT).frame_count


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 6])
def test_short_motions_can_be_checked(frames: int) -> None:
    motion = weight_shift()
    short = G1Motion(60.0, motion.root_pos[:frames], motion.root_quat[:frames], motion.dof_pos[:frames])
    report = check_g1_motion(short)
    assert report.clean
    assert report.heat.shape == (frames,)


def test_a_long_motion_is_checked_as_its_parts_are() -> None:
    pos, quat, dof = random_states(9000, seed=3)
    long = check_g1_motion(G1Motion(30.0, pos, quat, dof))
    part = check_g1_motion(G1Motion(30.0, pos[4000:4400], quat[4000:4400], dof[4000:4400]))
    for kind in (G1Fault.COLLISION, G1Fault.SINKING, G1Fault.JOINT_LIMIT):
        assert long.check(kind).severity[4000:4400] == pytest.approx(part.check(kind).severity, abs=1e-9)


def test_noise_is_reported_by_its_worst_findings_and_their_number() -> None:
    rng = np.random.default_rng(8)
    motion = weight_shift(frames=6000)
    dof = rng.uniform(-4, 4, size=motion.dof_pos.shape) * (rng.uniform(size=motion.dof_pos.shape) < 0.05)
    check = check_g1_motion(replace(motion, dof_pos=dof)).check(G1Fault.JOINT_LIMIT)
    assert check.count > len(check.findings) == 1000
    low, high = np.array([row["range"] for row in table()]).T
    assert check.findings[0].amount == pytest.approx(np.degrees(np.maximum(low - dof, dof - high).max()))
    assert [finding.severity for finding in check.findings] == sorted(
        (f.severity for f in check.findings), reverse=True
    )
