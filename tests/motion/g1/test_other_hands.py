"""Joints of hands that no robot here has stay in a motion from file to file, whatever is done to it in between."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.g1.adjusting import mirrored
from aimocap_blender.motion.g1.adjusting_time import at_fps, looped
from aimocap_blender.motion.g1.files import FORMATS, Format, left_out_of, read_g1_file, write_g1_file, written_file
from aimocap_blender.motion.g1.motion import G1Motion, on_variant, read_g1_motion
from aimocap_blender.motion.g1_retargeting.leading import led_in, led_out, trimmed
from tests.media.g1_files import JOINTS

FINGERS = ("thumb_proximal_yaw", "thumb_proximal_pitch", "index_proximal", "middle_proximal", "ring_proximal")
HANDS = tuple(f"{side}_{finger}_joint" for side in "LR" for finger in (*FINGERS, "pinky_proximal"))
ARM = slice(15, 27)
"""Joints of the robot that move as the hands do."""
NAMED: tuple[Format, ...] = ("NAMED_CSV", "HOLOSOMA_NPZ", "HDMI_NPZ", "ISAACLAB_AMP_NPZ")


@pytest.fixture(scope="module")
def clip(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> G1Motion:
    """As an Inspire hand's joints stand in a file: after each wrist, where MuJoCo has them."""
    motion = read_g1_motion(shared_data / "g1" / "kimodo_wave.json")
    angles = motion.dof_pos[:, ARM]
    left, names = JOINTS.index("left_wrist_yaw_joint") + 1, [*JOINTS]
    names[left:left], columns = HANDS[:6], np.insert(motion.dof_pos, [left] * 6, angles[:, :6], axis=1)
    path = tmp_path_factory.mktemp("inspire") / "wave.npz"
    np.savez(
        path,
        fps=30,
        joint_names=np.array([*names, *HANDS[6:]]),
        joint_pos=np.hstack([columns, angles[:, 6:]]),
        root_pos=motion.root_pos,
        root_quat=motion.root_quat,
    )
    reading = read_g1_file(path)
    assert np.allclose(reading.motion.dof_pos, motion.dof_pos)
    assert "Kept for files that name their joints: 12 joints of hands that no robot here has: L_thumb_proximal" in str(
        reading.notes[-1]
    )
    assert reading.motion.hands is not None
    assert reading.motion.hands.names == HANDS
    assert (reading.motion.hands.angles == angles).all()
    return reading.motion


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_format_has_the_joints_of_hands_that_are_shown_or_says_so(
    clip: G1Motion, tmp_path: Path, file_format: Format
) -> None:
    first = G1Motion(30.0, clip.root_pos[:20], clip.root_quat[:20], clip.dof_pos[:20])
    whole = on_variant(first, "43dof_with_hands")
    fingers = [index for index, joint in enumerate(whole.model.joints) if "_hand_" in joint.name]
    bent = np.linspace(0.0, 0.4, 20)[:, None] * [sum(whole.model.joints[index].range) for index in fingers]
    whole.dof_pos[:, fingers] = bent
    write_g1_file(tmp_path / "wave", whole, file_format)
    again = read_g1_file(written_file(tmp_path / "wave", file_format)).motion
    assert (again.variant != whole.variant) == bool(left_out_of(file_format, whole))
    if again.variant == whole.variant:
        assert again.dof_pos[:, fingers] == pytest.approx(bent, abs=1e-6)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_format_that_names_joints_has_them_and_others_say_so(
    clip: G1Motion, tmp_path: Path, file_format: Format
) -> None:
    write_g1_file(tmp_path / "wave", clip, file_format)
    again = read_g1_file(written_file(tmp_path / "wave", file_format)).motion.hands
    assert (again is None) == bool(left_out_of(file_format, clip)) == (file_format not in NAMED)
    if again is not None and clip.hands is not None:
        assert again.names == HANDS
        assert again.angles == pytest.approx(clip.hands.angles, abs=1e-6)


@pytest.mark.parametrize(
    "change", [lambda m: at_fps(m, 50.0), lambda m: looped(m, 0.5), lambda m: trimmed(m, 1.0, 1.0)]
)
def test_steps_that_change_frames_change_theirs_as_the_robot_s(
    clip: G1Motion, change: Callable[[G1Motion], tuple[G1Motion, object]]
) -> None:
    changed = change(clip)[0]
    assert changed.hands is not None
    assert changed.hands.angles == pytest.approx(changed.dof_pos[:, ARM], abs=0.02)  # hands have no ranges


def test_hands_stay_as_in_the_first_and_the_last_frame_in_what_leads_in_and_out(clip: G1Motion) -> None:
    short = trimmed(clip, 0.0, 4.0)[0]
    assert short.hands is not None
    for lead, before in ((led_in, 15), (led_out, 0)):
        led = lead(short, 0.5)[0]
        assert led.hands is not None
        rows = np.clip(np.arange(len(led.root_pos)) - before, 0, len(short.root_pos) - 1)
        assert (led.hands.angles == short.hands.angles[rows]).all()


def test_a_mirror_swaps_hands(clip: G1Motion) -> None:
    swapped = mirrored(clip)[0].hands
    assert swapped is not None
    assert clip.hands is not None
    assert swapped.names == HANDS
    assert (swapped.angles == np.roll(clip.hands.angles, 6, axis=1)).all()
