"""Motions of every G1 are checked by its own joints, adjusted as they are, and go out and in again with all of them."""

import json
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest

from aimocap_blender.motion.g1.adjusting import mirrored, put_on_ground, within_limits
from aimocap_blender.motion.g1.adjusting_curves import within_speeds
from aimocap_blender.motion.g1.adjusting_time import at_fps, looped
from aimocap_blender.motion.g1.capsules import CAPSULES_FILE, g1_capsules
from aimocap_blender.motion.g1.checks import check_g1_motion
from aimocap_blender.motion.g1.checks_findings import G1Fault
from aimocap_blender.motion.g1.choices import ReadingChoices
from aimocap_blender.motion.g1.feasibility import feasibility_of
from aimocap_blender.motion.g1.files import read_g1_file, write_g1_csv, write_g1_json, write_g1_npz
from aimocap_blender.motion.g1.motion import G1Motion, on_variant, parse_g1_motion, read_g1_motion, to_json
from aimocap_blender.motion.g1.variants import G1_VARIANTS, VARIANTS
from aimocap_blender.texts.faults import Fault
from tests.media.g1_clips import bump, weight_shift
from tests.media.g1_files import JOINTS
from tests.media.g1_mjcf import g1_mujoco, joint_rows, mujoco_poses, random_states

HANDS = "43dof_with_hands"
THUMB = "left_hand_thumb_2_joint"


def random_motion(variant: str, frames: int = 40, seed: int = 11) -> G1Motion:
    return G1Motion(50.0, *random_states(frames, seed, variant), variant)


def names_of(variant: str) -> list[str]:
    return [row["joint"] for row in joint_rows(variant)]


@pytest.fixture(scope="module")
def dance(shared_data: Path) -> G1Motion:
    """A real dance with fingers that close and open."""
    motion = on_variant(read_g1_motion(shared_data / "g1" / "kimodo_dance.json"), HANDS)
    dof = motion.dof_pos.copy()
    for column, row in enumerate(joint_rows(HANDS)):
        if "_hand_" in row["joint"]:
            low, high = row["range"]
            dof[:, column] = low + (high - low) * (0.5 + 0.4 * np.sin(np.arange(len(dof)) / 20 + column))
    return replace(motion, dof_pos=dof)


@pytest.mark.parametrize("variant", VARIANTS)
def test_limits_and_speeds_are_those_of_the_joints_that_there_are(variant: str) -> None:
    motion = random_motion(variant)
    motion = replace(motion, dof_pos=motion.dof_pos * 1.1)
    report = check_g1_motion(motion)
    low, high = np.array([row["range"] for row in joint_rows(variant)]).T
    past = np.maximum(low - motion.dof_pos, motion.dof_pos - high) > 2e-3
    fast = np.abs(np.diff(motion.dof_pos, axis=0)) * 50 > 1.001 * np.array(
        [row["vel_rad_s"] for row in joint_rows(variant)]
    )
    for kind, expected in ((G1Fault.JOINT_LIMIT, past), (G1Fault.VELOCITY, fast)):
        found = {finding.subject.name for finding in report.check(kind).findings}
        assert found == {names_of(variant)[column] for column in np.flatnonzero(expected.any(axis=0))}
    assert report.body_heat.shape == (40, 1 + len(names_of(variant)))
    assert json.loads(report.to_json(feasibility_of(motion, report.ground)))["variant"] == variant


@pytest.mark.slow_cases
@pytest.mark.parametrize("variant", G1_VARIANTS)
def test_self_collision_is_mujocos_of_links_that_are_welded_where_joints_are_fixed(variant: str) -> None:
    motion, capsules = random_motion(variant), g1_capsules(variant)
    names, pos, quat = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, variant)
    still = np.zeros((1, 3)), np.array([[1.0, 0, 0, 0]])
    full, full_pos, full_quat = mujoco_poses(*still, np.zeros((1, 29)))
    _, own_pos, own_quat = mujoco_poses(*still, np.zeros((1, len(names_of(variant)))), variant)
    parent = {row["body"]: row["parent"] for row in joint_rows()}
    spec = mujoco.MjSpec()
    for name in names:
        spec.worldbody.add_body(name=name, mocap=True)
    renamed = {row["joint"]: row["body"] for row in joint_rows(variant)}
    joint_of = {row["body"]: row["joint"] for row in joint_rows()}
    for index, (body, start, end, radius) in enumerate(json.loads(CAPSULES_FILE.read_text())["rows"]):
        above = body
        while above != "pelvis" and joint_of[above] not in renamed:
            above = parent[above]
        carrier = "pelvis" if above == "pelvis" else renamed[joint_of[above]]
        ends = []
        for end_point in (start, end):
            world, back, place = np.empty(3), np.empty(4), np.empty(3)
            mujoco.mju_rotVecQuat(world, np.array(end_point), full_quat[0, full.index(body)])
            mujoco.mju_negQuat(back, own_quat[0, names.index(carrier)])
            world += full_pos[0, full.index(body)] - own_pos[0, names.index(carrier)]
            mujoco.mju_rotVecQuat(place, world, back)
            ends += place.tolist()
        spec.body(carrier).add_geom(
            name=f"capsule{index}", type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=ends, size=[radius, 0, 0]
        )
    model = spec.compile()
    data = mujoco.MjData(model)
    found = capsules.distances(pos, quat)
    oracle = g1_mujoco(variant)
    for frame in range(0, 40, 4):
        data.mocap_pos, data.mocap_quat = pos[frame], quat[frame]
        mujoco.mj_kinematics(model, data)
        for row, (one, other) in enumerate(capsules.pairs.tolist()):
            geoms = [model.geom(f"capsule{capsule}").id for capsule in (one, other)]
            assert found[frame, row] == pytest.approx(mujoco.mj_geomDistance(model, data, *geoms, 10.0, None), abs=1e-3)
            bodies = [model.geom_bodyid[geom] for geom in geoms]
            carriers = [oracle.body(model.body(body).name).id for body in bodies]
            assert carriers[0] != carriers[1]
            assert oracle.body_parentid[carriers[0]] != carriers[1]
            assert oracle.body_parentid[carriers[1]] != carriers[0]


@pytest.mark.parametrize("variant", G1_VARIANTS)
def test_a_clean_clip_is_clean_on_every_robot(variant: str) -> None:
    report = check_g1_motion(on_variant(weight_shift(), variant))
    assert report.clean, [finding.sentence() for finding in report.worst]
    assert bool(report.notes) == (variant == HANDS)


def test_a_finger_past_its_limit_or_too_fast_is_found() -> None:
    motion, column = on_variant(weight_shift(), HANDS), names_of(HANDS).index(THUMB)
    dof = motion.dof_pos.copy()
    dof[:, column] = (1.74533 + np.radians(4)) * bump(240, 60, 180)
    report = check_g1_motion(replace(motion, dof_pos=dof))
    (finding,) = report.check(G1Fault.JOINT_LIMIT).findings
    assert (finding.subject.name, finding.worst) == (THUMB, 120)
    assert finding.amount == pytest.approx(4)
    reported = json.loads(report.to_json(feasibility_of(motion, report.ground)))
    assert [row["bodies"] for row in reported["findings"]] == [["left_hand_thumb_2_link"]]
    dof[:, column] = np.where(np.arange(240) < 100, 0.0, 1.0)
    assert {finding.subject.name for finding in check_g1_motion(replace(motion, dof_pos=dof)).worst} == {THUMB}


@pytest.mark.parametrize("variant", G1_VARIANTS)
def test_every_robot_is_adjusted(variant: str) -> None:
    motion = random_motion(variant)
    twice, _ = mirrored(mirrored(motion)[0])
    assert np.abs(twice.dof_pos - motion.dof_pos).max() < 1e-12
    low, high = np.array([row["range"] for row in joint_rows(variant)]).T
    held, change = within_limits(replace(motion, dof_pos=motion.dof_pos * 1.2))
    assert (held.dof_pos >= low).all()
    assert (held.dof_pos <= high).all()
    assert set(change.joints) <= set(names_of(variant))
    slow, _ = within_speeds(motion)
    assert (np.abs(np.diff(slow.dof_pos, axis=0)) * 50 <= [row["vel_rad_s"] for row in joint_rows(variant)]).all()
    for adjusted, _ in (put_on_ground(motion), looped(motion), at_fps(motion, 30.0)):
        assert adjusted.variant == variant
        assert adjusted.dof_pos.shape[1] == len(names_of(variant))


@pytest.mark.parametrize("kind", ["json", "csv", "isaac", "mujoco"])
def test_hands_go_out_and_in_again_as_they_were(dance: G1Motion, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "dance"
    if kind in ("json", "csv"):
        {"json": write_g1_json, "csv": write_g1_csv}[kind](path, dance)
    else:
        write_g1_npz(path, dance, kind)
    reading = read_g1_file(path, ReadingChoices(fps=30.0) if kind == "csv" else None)
    assert not reading.unsure
    assert not reading.notes
    assert reading.motion.variant == HANDS
    close = 1e-14 if kind in ("json", "csv") else 1e-6
    for field in ("root_pos", "root_quat", "dof_pos"):
        assert np.abs(getattr(reading.motion, field) - getattr(dance, field)).max() <= close


def isaac_columns() -> list[int]:
    """MuJoCo's joints of the robot with hands level by level, as Isaac has them."""
    model = g1_mujoco(HANDS)
    depth = np.zeros(model.nbody, int)
    for body in range(1, model.nbody):
        depth[body] = depth[model.body_parentid[body]] + 1
    level, order = [1], []
    while level:
        level = [body for parent in level for body in range(2, model.nbody) if model.body_parentid[body] == parent]
        order += level
    assert sorted(depth[order]) == depth[order].tolist()
    return [body - 2 for body in order]


@pytest.mark.parametrize("order", ["mujoco", "isaac"])
@pytest.mark.parametrize("quaternion", ["wxyz", "xyzw"])
@pytest.mark.parametrize("angle", ["rad", "deg"])
def test_tables_with_hands_are_recognised_however_they_are_written(
    dance: G1Motion, tmp_path: Path, order: str, quaternion: str, angle: str
) -> None:
    columns = isaac_columns() if order == "isaac" else list(range(43))
    angles = np.degrees(dance.dof_pos) if angle == "deg" else dance.dof_pos
    quat = dance.root_quat if quaternion == "wxyz" else dance.root_quat[:, [1, 2, 3, 0]]
    np.savetxt(tmp_path / "a.csv", np.concatenate([dance.root_pos, quat, angles[:, columns]], axis=1), delimiter=",")
    reading = read_g1_file(tmp_path / "a.csv")
    assert {choice.name for choice in reading.unsure} == {"fps"}
    assert np.abs(reading.motion.dof_pos - dance.dof_pos).max() < 1e-9


@pytest.mark.parametrize(
    ("variant", "count"), [("23dof", 23), ("23dof_without_wrists", 23), ("27dof_locked_waist", 27), (HANDS, 43)]
)
@pytest.mark.parametrize("order", ["isaac", "mujoco"])
def test_an_npz_has_the_robots_own_joints_and_bodies(tmp_path: Path, variant: str, count: int, order: str) -> None:
    motion = random_motion(variant, 5)
    write_g1_npz(tmp_path / "a.npz", motion, order)
    names, positions, _ = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, variant)
    with np.load(tmp_path / "a.npz") as arrays:
        joints, bodies = arrays["joint_names"].tolist(), arrays["body_names"].tolist()
        assert sorted(joints) == sorted(names_of(variant))
        assert bodies[0] == "pelvis"
        assert arrays["joint_pos"].shape == (5, count)
        columns = [names_of(variant).index(joint) for joint in joints]
        assert np.abs(arrays["joint_pos"] - motion.dof_pos[:, columns]).max() < 1e-6
        places = [names.index(body) for body in bodies]
        assert np.abs(arrays["body_pos_w"] - positions[:, places]).max() < 1e-5
    back = on_variant(
        read_g1_file(tmp_path / "a.npz", ReadingChoices(length_unit="m", angle_unit="rad")).motion, variant
    )
    assert np.abs(back.dof_pos - motion.dof_pos).max() < 1e-6


@pytest.mark.parametrize("variant", ["23dof", "23dof_without_wrists", "27dof_locked_waist"])
def test_tables_of_robots_without_some_joints_have_those_at_0(variant: str) -> None:
    motion = random_motion(variant, 5)
    plain = np.array(json.loads(to_json(motion))["dof_pos"])
    assert plain.shape == (5, 29)
    for column, name in enumerate(JOINTS):
        own = motion.dof_pos[:, names_of(variant).index(name)] if name in names_of(variant) else np.zeros(5)
        assert (plain[:, column] == own).all()


def test_a_finger_that_is_no_number_is_named(dance: G1Motion) -> None:
    plain = json.loads(to_json(dance))
    plain["dof_pos"][7][names_of(HANDS).index(THUMB)] = None
    with pytest.raises(Fault, match=f"Frame 7.*{THUMB}"):
        parse_g1_motion(json.dumps(plain).encode())
    plain["dof_pos"][7] = plain["dof_pos"][6][:29]
    with pytest.raises(Fault, match="29 of 43 numbers"):
        parse_g1_motion(json.dumps(plain).encode())
