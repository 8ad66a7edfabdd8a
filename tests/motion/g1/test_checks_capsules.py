"""Distances between capsules are MuJoCo's, and the capsules are the robot's."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import mujoco
import numpy as np
import pytest

from aimocap_blender.motion.g1.capsules import CAPSULES_FILE, g1_capsules, segment_distances
from aimocap_blender.motion.g1.model import g1_model
from aimocap_blender.motion.g1.motion import read_g1_motion
from tests.media.g1_mjcf import mujoco_poses, random_states

CLIPS = ("kimodo_walk", "kimodo_wave", "kimodo_dance", "asap_CR7_level2", "g1moves_B_BowKarate")


def mujoco_distances(states: tuple[np.ndarray, np.ndarray, np.ndarray], pairs: np.ndarray) -> np.ndarray:
    """(F, P) as MuJoCo has them, of the capsules in the file."""
    names, positions, quaternions = mujoco_poses(*states)
    root = ET.Element("mujoco")
    world = ET.SubElement(root, "worldbody")
    bodies = {name: ET.SubElement(world, "body", name=name, mocap="true") for name in names}
    for index, (body, start, end, radius) in enumerate(json.loads(CAPSULES_FILE.read_text())["rows"]):
        ends = " ".join(map(repr, [*start, *end]))
        ET.SubElement(bodies[body], "geom", name=f"capsule{index}", type="capsule", fromto=ends, size=repr(radius))
    model = mujoco.MjModel.from_xml_string(ET.tostring(root, encoding="unicode"))
    data = mujoco.MjData(model)
    geoms = [model.geom(f"capsule{index}").id for index in range(pairs.max() + 1)]
    result = np.empty((len(states[0]), len(pairs)))
    for frame in range(len(result)):
        data.mocap_pos, data.mocap_quat = positions[frame], quaternions[frame]
        mujoco.mj_kinematics(model, data)
        for row, (one, other) in enumerate(pairs.tolist()):
            result[frame, row] = mujoco.mj_geomDistance(model, data, geoms[one], geoms[other], 10.0, None)
    return result


def compared(states: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    capsules, poses = g1_capsules(), g1_model().body_poses(*states)
    expected = mujoco_distances(states, capsules.pairs)
    assert np.abs(capsules.distances(*poses) - expected).max() < 1e-3
    frames, pairs, depths = capsules.overlaps(*poses, 0.01)
    found = {(frame, pair): depth for frame, pair, depth in zip(frames, pairs, depths, strict=True)}
    bodies = capsules.bodies[capsules.pairs]
    for pair, (one, other) in enumerate(capsules.body_pairs.tolist()):
        rows = (bodies == [one, other]).all(axis=1)
        deepest = -expected[:, rows].min(axis=1)
        for frame, depth in enumerate(deepest.tolist()):
            if depth > 0.011:
                assert found[frame, pair] == pytest.approx(depth, abs=1e-3)
            elif depth < 0.009:
                assert (frame, pair) not in found


def test_random_poses_are_mujocos() -> None:
    compared(random_states(60, seed=5))


@pytest.mark.parametrize("clip", CLIPS)
def test_real_clips_are_mujocos(shared_data: Path, clip: str) -> None:
    motion = read_g1_motion(shared_data / "g1" / f"{clip}.json")
    rows = np.linspace(0, len(motion.dof_pos) - 1, 30).astype(int)
    compared((motion.root_pos[rows], motion.root_quat[rows], motion.dof_pos[rows]))


def test_distances_of_segments_are_the_least_of_many_points_on_them() -> None:
    rng = np.random.default_rng(6)
    a, b, c, d = rng.normal(size=(4, 300, 3))
    d[:50] = c[:50] + 0.7 * (b - a)[:50]  # parallel
    d[50:80] = c[50:80]  # points
    b[70:100] = a[70:100]
    c[100:120] = (a + b)[100:120] / 2  # touching
    fraction = np.linspace(0, 1, 201)
    found = segment_distances(a, b, c, d)
    for row in range(len(a)):
        one = a[row] + fraction[:, None] * (b - a)[row]
        other = c[row] + fraction[:, None] * (d - c)[row]
        least = np.linalg.norm(one[:, None] - other, axis=-1).min()
        assert found[row] <= least + 1e-9
        assert found[row] >= least - 0.03
        assert found[row] == pytest.approx(segment_distances(c[row], d[row], b[row], a[row]), abs=1e-9)


def test_left_and_right_are_mirror_images() -> None:
    rows = json.loads(CAPSULES_FILE.read_text())["rows"]
    for side, other in (("left_", "right_"), ("right_", "left_")):
        mine = [row for row in rows if row[0].startswith(side)]
        theirs = [row for row in rows if row[0].startswith(other)]
        flip = [[b.replace(other, side), [s[0], -s[1], s[2]], [e[0], -e[1], e[2]], r] for b, s, e, r in theirs]
        assert mine == flip


def test_pairs_leave_out_what_meets_by_construction_alone() -> None:
    capsules, model = g1_capsules(), g1_model()
    parents = model.parents.tolist()
    pairs = {tuple(pair) for pair in capsules.body_pairs.tolist()}
    assert all(parents[one] != other and parents[other] != one for one, other in pairs)

    def named(one: str, other: str) -> bool:
        return tuple(sorted((model.bodies.index(one), model.bodies.index(other)))) in pairs

    for side, other in (("left", "right"), ("right", "left")):
        for body in ("torso_link", "pelvis", f"{side}_hip_yaw_link", f"{other}_wrist_yaw_link", f"{other}_elbow_link"):
            assert named(f"{side}_wrist_yaw_link", body)
        for body in (f"{other}_knee_link", f"{other}_ankle_roll_link", f"{other}_hip_yaw_link"):
            assert named(f"{side}_knee_link", body)
        assert named(f"{side}_shoulder_yaw_link", "torso_link")
