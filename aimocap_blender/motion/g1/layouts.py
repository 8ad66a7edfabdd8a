"""The layouts of motion files that labs publish and trainers read: what identifies each, and what it means by it.

Facts are from real files ("seen"), or from what a layout's makers say of it or read it with ("described"). Files that
are of none of these are read by the evidence in their numbers (`reading.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .variants import Variant

Basis = Literal["seen", "described"]

_NO_WRISTS: Mapping[int, Variant] = {23: "23dof_without_wrists"}
_METRIC: Mapping[str, str] = {"angle_unit": "rad", "length_unit": "m"}
_FIRST: Mapping[str, str] = {**_METRIC, "quaternion_order": "wxyz"}
_LAST: Mapping[str, str] = {**_METRIC, "quaternion_order": "xyzw"}
_MUJOCO: Mapping[str, str] = {"joint_order": "mujoco"}


_ARM = (
    *("shoulder_pitch_link", "shoulder_roll_link", "shoulder_yaw_link", "elbow_link"),
    *("wrist_roll_link", "wrist_pitch_link", "wrist_yaw_link", "rubber_hand"),
)
_LEG = (
    *("hip_pitch_link", "hip_roll_link", "hip_yaw_link"),
    *("knee_link", "ankle_pitch_link", "ankle_roll_link"),
)
_PROTOMOTIONS_G1 = (
    *("pelvis", "head"),
    *map("left_{}".format, _LEG),
    *map("right_{}".format, _LEG),
    *("waist_yaw_link", "waist_roll_link", "torso_link"),
    *map("left_{}".format, _ARM),
    *map("right_{}".format, _ARM),
)
"""The bodies of ProtoMotions' G1, with those that are fixed to others; found where its real file has them."""


@dataclass(frozen=True)
class Layout:
    """One layout.

    Attributes:
        id: as `--layout` names it.
        name: for people: whose it is.
        basis: where the facts are from.
        source: the repository that they are from.
        says: choice → value, of `ReadingChoices`; what it leaves out is left to the evidence.
        arrays: names that a file of arrays has all of, if it is of this layout; empty for a table.
        lacks: names that it has none of.
        kind: of the file, where others have the same names: "pickle"; '' for any.
        sets: number of joints → which, where several robots have that many.
        bodies: names of a file's bodies, in order, where it has as many and doesn't name them.
        files: a pattern of file names, where only these identify a table.
        fps: of all its files, where they don't contain it.
        height: of the pelvis where a file has 0, metres.
    """

    id: str
    name: str
    basis: Basis
    source: str
    says: Mapping[str, str]
    arrays: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    kind: str = ""
    sets: Mapping[int, Variant] = field(default_factory=dict[int, Variant])
    bodies: tuple[str, ...] = ()
    files: str = ""
    fps: float | None = None
    height: float = 0.0


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "phc",
        "ASAP, PBHC, PHC, SONIC's motion library",
        "seen",
        "LeCAR-Lab/ASAP",
        {**_LAST, **_MUJOCO},
        frozenset({"root_trans_offset", "dof", "root_rot"}),
        sets=_NO_WRISTS,
    ),
    Layout(
        "phc_vectors",
        "PHC's rotation vectors",
        "described",
        "LeCAR-Lab/human2humanoid",
        {**_METRIC, **_MUJOCO},
        frozenset({"root_trans_offset", "pose_aa"}),
        lacks=frozenset({"dof"}),
    ),
    Layout(
        "legged_lab",
        "Legged Lab's AMP",
        "described",
        "zitongbai/legged_lab",
        _FIRST,
        frozenset({"root_pos", "root_rot", "dof_pos", "loop_mode", "key_body_pos"}),
    ),
    Layout(
        "gmr",
        "GMR, TWIST",
        "described",
        "YanjieZe/GMR",
        {**_LAST, **_MUJOCO},
        frozenset({"fps", "root_pos", "root_rot", "dof_pos"}),
        kind="pickle",
        sets=_NO_WRISTS,
    ),
    Layout(
        "mimickit",
        "MimicKit",
        "described",
        "xbpeng/MimicKit",
        {**_METRIC, **_MUJOCO},
        frozenset({"frames", "loop_mode", "fps"}),
    ),
    Layout(
        "tienkung",
        "TienKung-Lab's AMP",
        "described",
        "Open-X-Humanoid/TienKung-Lab",
        {**_METRIC, **_MUJOCO},
    ),
    Layout(
        "protomotions",
        "ProtoMotions",
        "seen",
        "NVlabs/ProtoMotions",
        {**_LAST, **_MUJOCO},
        frozenset({"dof_pos", "rigid_body_pos", "rigid_body_rot"}),
        bodies=_PROTOMOTIONS_G1,
    ),
    Layout(
        "protomotions_library",
        "ProtoMotions' motion library",
        "described",
        "NVlabs/ProtoMotions",
        {**_LAST, **_MUJOCO},
        frozenset({"gts", "grs", "dps", "length_starts", "motion_num_frames", "motion_dt"}),
        bodies=_PROTOMOTIONS_G1,
    ),
    Layout(
        "phuma",
        "PHUMA",
        "described",
        "DAVIAN-Robotics/PHUMA",
        {**_LAST, **_MUJOCO},
        frozenset({"root_trans", "root_ori", "dof_pos", "fps"}),
    ),
    Layout(
        "isaaclab_amp",
        "Isaac Lab's AMP",
        "described",
        "isaac-sim/IsaacLab",
        _FIRST,
        frozenset({"dof_names", "body_names", "dof_positions", "body_positions", "body_rotations"}),
    ),
    Layout(
        "isaaclab_reference",
        "Isaac Lab's references",
        "described",
        "Roboparty/human-humanoid-tools",
        _FIRST,
        frozenset({"joint_names", "joint_pos", "base_pos_w", "base_quat_w"}),
    ),
    Layout(
        "ami_amp",
        "AMI's AMP",
        "described",
        "ami-iit/amp-rsl-rl",
        _LAST,
        frozenset({"joints_list", "joint_positions", "root_position", "root_quaternion"}),
    ),
    Layout(
        "holosoma",
        "holosoma",
        "seen",
        "amazon-far/holosoma",
        _FIRST,
        frozenset({"joint_pos", "body_pos_w", "body_quat_w", "joint_names", "body_names"}),
    ),
    Layout(
        "mjlab",
        "mjlab, BeyondMimic, HDMI, g1-moves' npz",
        "seen",
        "experientialtech/g1-moves",
        _FIRST,
        frozenset({"joint_pos", "body_pos_w", "body_quat_w"}),
    ),
    Layout(
        "holomotion",
        "HoloMotion",
        "described",
        "HorizonRobotics/HoloMotion",
        {**_LAST, **_MUJOCO},
        frozenset({"dof_pos", "global_translation", "global_rotation_quat"}),
    ),
    Layout(
        "loco_mujoco",
        "LocoMuJoCo",
        "described",
        "robfiras/loco-mujoco",
        _FIRST,
        frozenset({"qpos", "qvel", "joint_names", "frequency", "split_points"}),
    ),
    Layout(
        "omniretarget",
        "OmniRetarget",
        "described",
        "omniretarget/OmniRetarget_Dataset",
        {**_FIRST, **_MUJOCO},
        frozenset({"qpos", "fps"}),
        lacks=frozenset({"qvel", "joint_names", "root_pos", "root_rot"}),
    ),
    Layout(
        "unitree_sdk",
        "Unitree's SDK",
        "described",
        "unitreerobotics/unitree_sdk2",
        {"angle_unit": "rad", **_MUJOCO},
    ),
    Layout(
        "sonic",
        "SONIC's folders",
        "described",
        "NVlabs/GR00T-WholeBodyControl",
        {**_FIRST, "joint_order": "isaac"},
        fps=50.0,
    ),
    Layout(
        "bones_seed",
        "BONES-SEED",
        "described",
        "NVlabs/ProtoMotions",
        {"angle_unit": "deg", "length_unit": "cm"},
        fps=120.0,
    ),
    Layout(
        "kimodo",
        "Kimodo",
        "seen",
        "NVlabs/ProtoMotions",
        {**_FIRST, **_MUJOCO, "joints": "29dof"},
        fps=30.0,
    ),
    Layout(
        "ardy",
        "ARDY",
        "described",
        "NVlabs/ProtoMotions",
        {**_FIRST, **_MUJOCO, "joints": "29dof"},
        files=r"(?:.*[^A-Za-z])?(?i:ardy)(?:[^A-Za-z].*)?\.(csv|txt)",
        fps=25.0,
    ),
    Layout(
        "lafan",
        "Unitree's LAFAN1",
        "seen",
        "LambdaLabsML/unitree-retarget",
        {**_LAST, **_MUJOCO},
        files=r"(?:.*[_-])?(aiming|dance|fallAndGetUp|fight|fightAndSports|ground|jumps|multipleActions|obstacles|push"
        r"|pushAndFall|pushAndStumble|run|sprint|walk)\d?_subject\d(?:[_-].*)?\.(csv|txt|npy)",
        fps=30.0,
    ),
    Layout(
        "retargeted_amass",
        "Retargeted AMASS",
        "described",
        "huggingface.co/datasets/fleaven/Retargeted_AMASS_for_robotics",
        {**_LAST, **_MUJOCO},
        files=r".*_\d+_jpos\.(npy|csv|txt)",
        height=0.793,
    ),
    Layout(
        "unitree_rl_lab",
        "Unitree RL Lab",
        "seen",
        "unitreerobotics/unitree_rl_lab",
        {**_LAST, **_MUJOCO},
        sets={23: "23dof"},
        files=r"G1_\w+\.bvh_\d+hz(_23dof)?\.(csv|txt)",
    ),
    Layout(
        "g1_moves",
        "g1-moves",
        "seen",
        "experientialtech/g1-moves",
        {**_LAST, **_MUJOCO},
        files=r"[BJMV]_[A-Z][A-Za-z0-9]*\.(csv|txt)",
        fps=60.0,
    ),
)
_RATE = re.compile(
    r"(?<![\d.])(\d{2,4}(?:\.\d+)?)[ _]?(?:fps|hz|jpos)(?![a-z0-9])"
    r"|(?<![a-z])(?:fps|(?:frame|sampl\w+)[ _]?rate)[\W_]{0,3}(\d{2,4}(?:\.\d+)?)",
    re.ASCII | re.IGNORECASE,
)
LAYOUT_OF: Mapping[str, Layout] = {layout.id: layout for layout in LAYOUTS}


def layout_with(arrays: tuple[str, ...], kind: str) -> Layout | None:
    """Return the layout that a file with these arrays is of; the first that fits, of which later ones have less."""
    names = set(arrays)
    for layout in LAYOUTS:
        if layout.arrays and layout.arrays <= names and not layout.lacks & names and layout.kind in ("", kind):
            return layout
    return None


def layout_called(file: str) -> Layout | None:
    """Return the layout that a table, or a lone array, is of by its file's name."""
    for layout in LAYOUTS:
        if layout.files and re.fullmatch(layout.files, file, re.ASCII):
            return layout
    return None


def rate_said(text: str) -> float | None:
    """Return the frame rate that a file's name or its comments say, as `dance_60hz`; None if none, or several."""
    rates = {float(before or after) for before, after in _RATE.findall(text)}
    return rates.pop() if len(rates) == 1 else None
