"""The other G1s: the numbers that distinguish them, and MuJoCo's kinematics for each."""

import itertools
from dataclasses import replace

import mujoco
import numpy as np
import pytest

from aimocap_blender.motion.g1.dynamics import g1_inertias
from aimocap_blender.motion.g1.model import g1_model
from aimocap_blender.motion.g1.robots import WHOLE_ROBOTS
from aimocap_blender.motion.g1.variants import ROBOTS, VARIANTS, carriers, g1_variant
from aimocap_blender.motion.rotations import rotate
from aimocap_blender.texts.faults import Fault
from tests.media.g1_mjcf import degrees_between, mujoco_poses, random_states
from tests.media.menagerie_g1 import DESCRIBED, description_of, menagerie_model

WRISTS = {f"{side}_wrist_{turn}_joint" for side in ("left", "right") for turn in ("roll", "pitch", "yaw")}


def names(variant: str) -> list[str]:
    return [joint.name for joint in g1_variant(variant).joints]


def test_the_first_is_the_model() -> None:
    assert VARIANTS[0] == "29dof"
    assert g1_variant("29dof") == g1_model()


def test_each_variant_lacks_and_adds_its_joints() -> None:
    full = set(names("29dof"))
    unitrees = {"waist_roll_joint", "waist_pitch_joint", *(name for name in WRISTS if "roll" not in name)}
    assert full - set(names("23dof")) == unitrees
    assert full - set(names("23dof_without_wrists")) == WRISTS
    assert full - set(names("27dof_locked_waist")) == {"waist_roll_joint", "waist_pitch_joint"}
    assert names("29dof_before_rev_1_0") == names("29dof")
    hands = names("43dof_with_hands")
    assert [name for name in hands if "_hand_" not in name] == names("29dof")
    parts = ("thumb_0", "thumb_1", "thumb_2", "middle_0", "middle_1", "index_0", "index_1")
    fingers = [f"left_hand_{part}_joint" for part in parts]
    assert hands[22:29] == fingers
    assert hands[36:] == [name.replace("left", "right") for name in fingers]


@pytest.mark.parametrize("variant", VARIANTS)
def test_random_poses_over_the_full_ranges_are_mujocos(variant: str) -> None:
    states = random_states(100, 2, variant)
    bodies, positions, quaternions = mujoco_poses(*states, variant)
    pos, quat = g1_variant(variant).body_poses(*states)
    assert list(g1_variant(variant).bodies) == bodies
    assert np.abs(pos - positions).max() < 1e-9
    assert degrees_between(quat, quaternions).max() < 1e-6


@pytest.mark.parametrize("variant", DESCRIBED)
def test_the_tables_are_the_menageries(variant: str) -> None:
    theirs, ours = menagerie_model(variant, seen=False), g1_variant(variant)
    joints = range(1, theirs.njnt)
    assert [theirs.body(i).name for i in range(1, theirs.nbody)] == list(ours.bodies)
    assert [theirs.joint(i).name for i in joints] == names(variant)
    assert theirs.body_pos[2:] == pytest.approx(np.array([joint.pos for joint in ours.joints]), abs=1e-9)
    assert degrees_between(theirs.body_quat[2:], np.array([joint.quat for joint in ours.joints])).max() < 1e-4
    assert theirs.jnt_range[1:] == pytest.approx(ours.ranges, abs=1e-9)
    assert theirs.jnt_axis[1:].tolist() == [list(joint.axis) for joint in ours.joints]


@pytest.mark.parametrize("variant", DESCRIBED)
def test_their_weights_are_the_menageries(variant: str) -> None:
    theirs, ours = menagerie_model(variant, seen=False), g1_inertias(variant)
    assert ours.masses == pytest.approx(theirs.body_mass[1:], abs=1e-9)
    assert ours.centres == pytest.approx(theirs.body_ipos[1:], abs=1e-9)
    for body, tensor in enumerate(ours.tensors, start=1):
        turn = np.empty(9)
        mujoco.mju_quat2Mat(turn, theirs.body_iquat[body])
        turn = turn.reshape(3, 3)
        assert tensor == pytest.approx(turn @ np.diag(theirs.body_inertia[body]) @ turn.T, abs=1e-6)
    assert set(theirs.dof_armature[6:]) == {ours.armature}


@pytest.mark.parametrize("variant", [variants[0] for variants in ROBOTS.values() if variants[0] in DESCRIBED])
def test_their_soles_are_the_lowest_ends_of_the_menageries_feet(variant: str) -> None:
    theirs, robot = mujoco.MjModel.from_xml_path(description_of(variant)), g1_variant(variant).robot
    for foot in robot.feet:
        ends = []
        for geom in np.flatnonzero(theirs.geom_bodyid == theirs.body(foot).id):
            kind = mujoco.mjtGeom(int(theirs.geom_type[geom]))
            half = theirs.geom_size[geom, 1] if kind == mujoco.mjtGeom.mjGEOM_CAPSULE else 0.0
            if kind == mujoco.mjtGeom.mjGEOM_BOX:
                half = theirs.geom_size[geom]
                ends += [theirs.geom_pos[geom] + half * signs for signs in itertools.product((-1, 1), repeat=3)]
                assert robot.corner_radius == 0.0
            if kind in (mujoco.mjtGeom.mjGEOM_CAPSULE, mujoco.mjtGeom.mjGEOM_SPHERE):
                along = np.empty(3)
                mujoco.mju_rotVecQuat(along, np.array([0.0, 0.0, half]), theirs.geom_quat[geom])
                ends += [theirs.geom_pos[geom] + along, theirs.geom_pos[geom] - along]
                assert theirs.geom_size[geom, 0] == robot.corner_radius
        lowest = {
            tuple((np.round(end, 6) + 0.0).tolist()) for end in ends if end[2] < min(end[2] for end in ends) + 1e-6
        }
        assert lowest == {tuple((np.round(corner, 6) + 0.0).tolist()) for corner in robot.sole}


@pytest.mark.parametrize("robot", sorted({*WHOLE_ROBOTS} & {*DESCRIBED}))
def test_another_robots_motors_are_the_menageries(robot: str) -> None:
    theirs = menagerie_model(robot, seen=False)
    assert [theirs.actuator(i).name for i in range(theirs.nu)] == names(robot)
    of_motors, of_joints = theirs.actuator_ctrlrange[:, 1], theirs.jnt_actfrcrange[1:, 1]
    assert (of_joints if of_joints.any() else of_motors).tolist() == g1_variant(robot).efforts.tolist()


def test_motors_without_speed_in_an_earlier_table_are_told() -> None:
    joints = (*g1_model().joints[:-1], replace(g1_model().joints[-1], velocity=0.0))
    with pytest.raises(Fault, match="Unitree G1 lacks a motor's torque or speed: right_wrist_yaw_joint"):
        _ = replace(g1_model(), joints=joints).speeds


def test_shoulders_are_as_high_over_either_waist() -> None:
    still = np.zeros((1, 3)), np.array([[1.0, 0, 0, 0]]), np.zeros((1, 29))
    now, before = (g1_variant(variant).body_poses(*still)[0][0] for variant in ("29dof", "29dof_before_rev_1_0"))
    bodies = g1_model().bodies
    moved = {body for body, a, b in zip(bodies, now, before, strict=True) if np.abs(a - b).max() > 1e-9}
    assert moved == {"waist_roll_link", "torso_link"}
    torso = bodies.index("torso_link")
    assert before[torso] - now[torso] == pytest.approx([0.0, 0.0, 0.01])


def test_a_locked_waist_is_the_menageries_with_fixed_joints() -> None:
    theirs, ours = menagerie_model("29dof", ("waist_roll_joint", "waist_pitch_joint")), g1_variant("27dof_locked_waist")
    data, states = mujoco.MjData(theirs), random_states(20, 4, "27dof_locked_waist")
    pos, quat = ours.body_poses(*states)
    bodies = [theirs.body(body).id for body in ours.bodies]
    for frame, state in enumerate(zip(*states, strict=True)):
        data.qpos[:] = np.concatenate(state)
        mujoco.mj_forward(theirs, data)
        assert np.abs(pos[frame] - data.xpos[bodies]).max() < 1e-6
        assert degrees_between(quat[frame], data.xquat[bodies]).max() < 1e-3
        masses = g1_inertias("27dof_locked_waist")
        places = pos[frame] + rotate(quat[frame], masses.centres)
        assert masses.centre_of(places[:, None])[0] == pytest.approx(data.subtree_com[1], abs=1e-6)


@pytest.mark.parametrize("variant", VARIANTS)
def test_fixed_joints_weld_their_bodies_where_they_stand(variant: str) -> None:
    model = g1_variant(variant)
    full = model if variant in {"43dof_with_hands", *WHOLE_ROBOTS} else g1_model()
    carried = carriers(variant)
    assert set(carried) == set(full.bodies)
    still = np.zeros((1, 3)), np.array([[1.0, 0, 0, 0]])
    places = dict(zip(full.bodies, full.body_poses(*still, np.zeros((1, len(full.joints))))[0][0], strict=True))
    pos, quat = (part[0] for part in model.body_poses(*still, np.zeros((1, len(model.joints)))))
    for body, (carrier, frame) in carried.items():
        index = model.bodies.index(carrier)
        w, x, y, z = quat[index]
        u = np.array([x, y, z])
        offset = frame[:3, 3] + 2 * np.cross(u, np.cross(u, frame[:3, 3]) + w * frame[:3, 3])
        assert pos[index] + offset == pytest.approx(places[body], abs=1e-9)
