"""Names of arrays and columns mean what the labs that write them say; names of other things mean nothing."""

import pytest

from aimocap_blender.motion.g1.name_meanings import column_of, is_of_times, meaning_of, stated_order

NAMES = {
    "root_pos": "root_pos root_trans root_trans_offset base_pos_w pelvisPosition floating_base_xyz ref_root_pos trans",
    "root_rot": "root_rot base_quat_w root_rot_xyzw base_frame_wxyz root_orient pelvis_orientation root_q torso_quat "
    "root_rot_6d imu_quat imu_state/quaternion",
    "root_rpy": "base_rpy root_euler",
    "root_pose": "root_pose root_states root pelvis_w",
    "joint_pos": "joint_pos dof dof_positions jointAngles robot_joint_pos g1_dof_pos joint_q q jpos joint_pos_rad "
    "joint_state/position",
    "fps": "fps FPS mocap_frame_rate hz",
    "dt": "dt step_dt FrameDuration time_step",
    "times": "t timestamps time_ms Zeit 时间 timestamp_ns header.stamp elapsed_time t_sec publish_t_ns",
    "": "joint_vel body_pos_w object_pos root_lin_vel imu_acc foot_pos default_joint_pos torso_height pose state robot "
    "joint_state dof_states",
}
COLUMNS = {
    "root_pos": "root_pos_x pelvis_tx x pos.y base_z_m root_translateX root_x root_x_cm floating_base_joint_y "
    "root_pos_0 base_position[2]",
    "root_rot": "qw root_qx quat_z root_rot_w rw q_y Base.Orientation.W root_rot_3 imu_qw",
    "root_rpy": "root_roll pitch base_yaw root_rotateZ",
    "": "object_x world joint_x foot_pos_y w pos_0 joint_pos_1 root_pos_3",
}


@pytest.mark.parametrize("meaning", NAMES)
def test_names_mean_what_labs_say(meaning: str) -> None:
    for name in NAMES[meaning].split():
        assert (meaning_of(name) or ("", 0))[0] == meaning, name


@pytest.mark.parametrize("meaning", COLUMNS)
def test_columns_have_an_axis(meaning: str) -> None:
    for name in COLUMNS[meaning].split():
        assert (column_of(name) or ("", ""))[0] == meaning, name


def test_nearer_names_are_nearer() -> None:
    def far(name: str) -> int:
        return (meaning_of(name) or ("", 0))[1]

    assert far("joint_pos") < far("target_joint_pos") < far("joint_pos_ref_w_m")
    assert far("dof_pos") < far("dof")
    assert far("root_pos_w") < far("torso_pos") < far("pos")


def test_orders_and_times_are_in_the_name() -> None:
    assert stated_order("root_quat_wxyz") == "wxyz"
    assert stated_order("root_rot") is None
    assert is_of_times("Time (s)")
    assert not is_of_times("time_of_flight")
