"""The meanings of names that labs give to arrays and columns: one rule for all files."""

import re
from typing import Literal

from .robots import WHOLE_ROBOTS

Meaning = Literal["root_pos", "root_rot", "root_rpy", "root_pose", "joint_pos", "qpos", "fps", "dt", "times"]
"""The pelvis's position, rotation, three angles or pose; joints; all of it; fps, seconds per frame, times."""

_ROOT = frozenset({"root", "base", "pelvis", "floating", "odom", "odometry"})
_OF_PELVIS: dict[Meaning, frozenset[str]] = {
    "root_pos": frozenset(
        {"pos", "position", "positions", "trans", "transl", "translate", "translation", "xyz", "loc", "p"}
    ),
    "root_rot": frozenset(
        {
            *("rot", "rotation", "rotations", "quat", "quats", "quaternion", "quaternions", "wxyz", "xyzw"),
            *("ori", "orn", "orient", "orientation", "rotvec", "rotmat", "mat", "matrix"),
            *("6d", "rot6d", "ori6d", "ortho6d", "cont6d"),
            "imu",  # which a pelvis has; it only knows how it is turned
        }
    ),
    "root_rpy": frozenset({"rpy", "euler", "rotate", "imu"}),
    "root_pose": frozenset({"pose", "state", "states", "transform"}),
}
"""Meaning → words that say it, alone or beside others of them."""
_JOINT = frozenset({"joint", "joints", "dof", "dofs"})
_ANGLE = frozenset({"angle", "angles", "q", "pos", "position", "positions"})
_WHOSE = frozenset({"ref", "reference", "target", "pred", "predicted", "gt", "robot", "retargeted"}).union(
    "_".join(("unitree_g1", *WHOLE_ROBOTS)).split("_")
)
_BESIDE = _WHOSE | frozenset(
    {
        *("motion", "trajectory", "traj"),
        *("w", "world", "global", "link", "frame", "offset", "m", "rad"),
    }
)
"""Words that change nothing, among them those that say which of several motions a file has."""
_AS_THEY_ARE: dict[str, Meaning] = {
    **dict.fromkeys(("q", "jpos", "dps"), "joint_pos"),
    **dict.fromkeys(("qpos",), "qpos"),
    **dict.fromkeys(("root_q", "base_q"), "root_rot"),
    **dict.fromkeys(
        (
            *("fps", "motion_fps", "target_fps", "output_fps", "frames_per_second", "frame_rate", "framerate"),
            *("frequency", "freq", "hz", "sample_rate", "sampling_rate", "mocap_framerate", "mocap_frame_rate"),
        ),
        "fps",
    ),
    **dict.fromkeys(
        (
            "dt",
            "motion_dt",
            "frame_dt",
            "sample_dt",
            "step_dt",
            "control_dt",
            "frame_time",
            "frame_duration",
            "timestep",
            "time_step",
        ),
        "dt",
    ),
}
"""Names whose words don't say it by themselves."""
_TIMES = frozenset(
    {
        *("time", "times", "timestamp", "timestamps", "stamp", "t", "ts", "seconds", "elapsed"),
        *("zeit", "zeitstempel", "temps", "tiempo", "时间", "时间戳", "時間"),
    }
)
"""Words of which names of times have one."""
_ABOUT_TIMES = frozenset(
    {
        *("s", "sec", "secs", "ms", "us", "µs", "ns", "nanosec", "nanoseconds", "microseconds", "milliseconds"),
        *("header", "publish", "ros", "sim", "simulation", "wall", "unix", "system", "from", "since", "start"),
    }
)
"""Words that may be beside it."""
_AXIS = re.compile(r"([qtpr]?)([xyzw])")
COUNTED_QUATERNION = "0123"
"""The axes of a quaternion whose columns have numbers, which don't say its order."""
_COUNTED = frozenset(COUNTED_QUATERNION)
_STEMS: dict[str, list[str]] = {"": [], "q": ["quat"], "t": ["trans"], "p": ["pos"], "r": ["rot"]}
_UNITS = frozenset({"m", "cm", "mm", "rad", "deg", "degrees", "radians", "meters", "metres"})
_ABOUT = {"roll": "x", "pitch": "y", "yaw": "z"}
_NOT_ANGLES = frozenset(
    {
        *("vel", "velocity", "velocities", "v", "dq", "qd", "ddq", "qvel", "jvel", "acc", "speed", "tau", "torque"),
        *("effort", "temp", "temperature", "mode", "kp", "kd", "action", "cmd", "command", "des", "desired", "ref"),
        *("target", "tgt", "error", "err", "contact", "force", "forces", "limit", "tauest", "taucmd"),
        *("torques", "accelerations", "efforts"),
    }
)
_COUNTED_JOINT = re.compile(r"(joint|dof)\d*")
_JOINTS = frozenset({"pitch", "roll", "yaw", "hip", "knee", "ankle", "waist", "shoulder", "elbow", "wrist", "neck"})
"""Words in names of robots' joints."""
BARE = 30
"""How far names are that don't say that they are of the pelvis."""
TORSO = "torso"
"""The word for the body above the waist, whose pose some files have instead of the pelvis's."""
_OF_TORSO = 15
_FAR = 2  # how far names are that only say whose it is


def words_of(name: str) -> list[str]:
    """Return a name's words in small letters; a capital after a small letter begins one, as in `LeftHipPitch`."""
    return re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())


def meaning_of(name: str) -> tuple[Meaning, int] | None:
    """Return what an array's name means, and how far it is from saying just that; None for anything else.

    Positions, rotations and poses of the torso are the pelvis's where the file has no others (`is_of_torso`).
    """
    words = words_of(name)
    found = _meaning(words)
    if found is None and TORSO in words:
        of_root = _meaning(["root" if word == TORSO else word for word in words])
        return (of_root[0], of_root[1] + _OF_TORSO) if of_root is not None else None
    return found


def is_of_torso(name: str) -> bool:
    """Return whether an array's name says that it is of the torso."""
    return TORSO in words_of(name)


def whose(name: str) -> frozenset[str]:
    """Return the words of an array's name that name one of several motions, as `ref` of `ref_root_pos`."""
    return _WHOSE.intersection(words_of(name))


def stated_order(name: str) -> str | None:
    """Return the order of quaternions that a name states, as `root_quat_wxyz` does."""
    return next(iter({"wxyz", "xyzw"}.intersection(words_of(name))), None)


def column_of(name: str) -> tuple[Meaning, str] | None:
    """Return what a column of the pelvis's is, and its axis, as of `root_pos_x`, `qw` or `pitch`; None for others.

    The axis is its number in a quaternion whose columns are counted, as `root_rot_0` and on.
    """
    words = words_of(re.sub(r"\(.*\)|\[\D*\]", "", name))
    while words and words[-1] in _UNITS:
        words.pop()
    if not words:
        return None
    *stem, last = words
    if last in _ABOUT:
        return ("root_rpy", _ABOUT[last]) if _ROOT.issuperset(stem) else None
    if last in _COUNTED:
        return _counted(stem, last)
    axis = _AXIS.fullmatch(last)
    if axis is None:
        return None
    # MuJoCo's name of the joint that moves the pelvis
    stem = stem[:-1] if stem[-2:] == ["base", "joint"] else stem
    stem = ["quat" if word == "q" else word for word in stem] + _STEMS[axis[1]]
    if _ROOT.issuperset(stem):
        return ("root_pos", axis[2]) if axis[2] != "w" else None
    meaning, _ = _meaning(stem) or (None, 0)
    return (meaning, axis[2]) if meaning in ("root_pos", "root_rot", "root_rpy") else None


def _counted(stem: list[str], number: str) -> tuple[Meaning, str] | None:
    """Return what a column is whose name counts the axes of something of the pelvis's."""
    meaning, far = _meaning(stem) or (None, BARE)
    if far >= BARE or meaning not in ("root_pos", "root_rot", "root_rpy"):
        return None
    axes = COUNTED_QUATERNION if meaning == "root_rot" else "xyz"
    return (meaning, axes[int(number)]) if int(number) < len(axes) else None


def is_of_angles(name: str) -> bool:
    """Return whether a column's name may be of a joint's angle, and not of its velocity, torque or the like."""
    return _NOT_ANGLES.isdisjoint(words_of(name))


def is_of_joint(name: str) -> bool:
    """Return whether a column's name is of a joint's angle, of any robot's."""
    words = words_of(name)
    is_named = not _JOINTS.isdisjoint(words) or any(map(_COUNTED_JOINT.fullmatch, words))
    return is_of_angles(name) and is_named and words[-1] not in "xyzw"


def is_of_joints(words: set[str]) -> bool:
    """Return whether an array's words say that it is of all joints, and nothing else."""
    return bool(words) and words <= _JOINT


def is_of_times(name: str) -> bool:
    """Return whether it is the name of times, with or without their unit."""
    words = set(words_of(name))
    return bool(words & _TIMES) and words <= _TIMES | _ABOUT_TIMES


def _meaning(words: list[str]) -> tuple[Meaning, int] | None:
    known: Meaning | None = "times" if is_of_times("_".join(words)) else _AS_THEY_ARE.get("_".join(words))
    if known is not None:
        return known, len(words) - 1
    own = set(words) - _BESIDE
    rest = own - _ROOT
    if not rest:
        # nothing but `root`: all of the pelvis, if it has the columns
        return ("root_pose", len(words) + _FAR) if own else None
    # a joint's state may have its position; alone it may have velocities, too
    of_joints = rest - _OF_PELVIS["root_pose"] if rest & _ANGLE else rest
    if rest == own and rest & _JOINT and of_joints <= _JOINT | _ANGLE:
        # `joints` may be a list of names
        return "joint_pos", len(words) + (_FAR if rest <= _JOINT else 0)
    # a name that doesn't say whose it is may be of something else
    far = len(words) + (BARE if rest == own else 0)
    # a position may be that of a pose
    rest = rest - _OF_PELVIS["root_pose"] or rest
    for meaning, its in _OF_PELVIS.items():
        if rest <= its and (rest != own or meaning != "root_pose"):
            return meaning, far
    return None
