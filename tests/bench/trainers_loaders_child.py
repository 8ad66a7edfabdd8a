"""Trainers' own classes that load motion, run on a file each.

A script for an environment with PyTorch: `trainers_loaders_child.py WHEELS JOB.npz`. WHEELS is a folder of the
trainers' wheels, and beside JOB.npz, which it writes, lie `mjlab.npz`, `holosoma.npz` and `isaaclab.npz`. It holds of
each trainer joint_pos (F, J) and joint_vel in the order of its robot's joints, `joints`, and body_pos (F, B, 3) and
body_quat (F, B, 4) wxyz in the order of its robot's bodies, `bodies`.

The classes are taken out of their modules, which import whole simulators, and not changed.
"""

import ast
import logging
import os
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

BESIDE = {
    "List": list,
    "cached_open": open,  # holosoma's, of a file on this disk
    "logger": logging.getLogger(),
    "np": np,
    "os": os,
    "resolve_data_file_path": str,
    "torch": torch,
}
"""Names that the classes use of their modules."""


def main() -> None:
    wheels, result = map(Path, sys.argv[1:3])
    found: dict[str, Any] = {}
    for name, load in (("mjlab", of_mjlab), ("holosoma", of_holosoma), ("isaaclab", of_isaaclab)):
        (wheel,) = wheels.glob(f"{name}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            parts = load(archive, str(result.with_name(f"{name}.npz")))
        for part, value in parts.items():
            found[f"{name} {part}"] = value.numpy() if isinstance(value, torch.Tensor) else np.array(value)
    np.savez(result, **found)


def of_mjlab(archive: zipfile.ZipFile, file: str) -> dict[str, Any]:
    joints, bodies = robot_in(archive, "mjlab/asset_zoo/robots/unitree_g1/xmls/g1.xml")
    loader = class_in(archive, "mjlab/tasks/tracking/mdp/commands.py")
    motion = loader(file, torch.arange(len(bodies)))
    return parts_of(motion, joints, bodies, motion.body_quat_w)


def of_holosoma(archive: zipfile.ZipFile, file: str) -> dict[str, Any]:
    joints, bodies = robot_in(archive, "holosoma/data/robots/g1/g1_29dof.xml")
    # its command knows these two as the ankles
    bodies = [re.sub("foot_contact_point", "ankle_roll_link", body) for body in bodies]
    motion = class_in(archive, "holosoma/managers/command/terms/wbt.py")(file, bodies, joints)
    return parts_of(motion, joints, bodies, motion.body_quat_w[..., [3, 0, 1, 2]])


def of_isaaclab(archive: zipfile.ZipFile, file: str) -> dict[str, Any]:
    folder = "isaaclab/source/isaaclab_tasks/isaaclab_tasks/direct/humanoid_amp/motions"
    motion = class_in(archive, f"{folder}/motion_loader.py")(file, "cpu")
    times = np.arange(motion.num_frames) * motion.dt
    joint_pos, joint_vel, body_pos, body_quat, *_ = motion.sample(len(times), times)
    return {
        "joints": motion.dof_names,
        "bodies": motion.body_names,
        "joint_pos": joint_pos,
        "joint_vel": joint_vel,
        "body_pos": body_pos,
        "body_quat": body_quat,
    }


def parts_of(motion: Any, joints: list[str], bodies: list[str], quat: torch.Tensor) -> dict[str, Any]:
    return {
        "joints": joints,
        "bodies": bodies,
        "joint_pos": motion.joint_pos,
        "joint_vel": motion.joint_vel,
        "body_pos": motion.body_pos_w,
        "body_quat": quat,
    }


def class_in(archive: zipfile.ZipFile, module: str) -> Any:
    """Its class MotionLoader."""
    tree = ast.parse(archive.read(module))
    wanted = [
        node
        for node in tree.body
        if (isinstance(node, ast.ClassDef) and node.name == "MotionLoader")
        or (isinstance(node, ast.ImportFrom) and node.module == "__future__")
    ]
    space: dict[str, Any] = {**BESIDE, "__name__": module}
    exec(compile(ast.Module(wanted, []), module, "exec"), space)  # noqa: S102 -- of a pinned wheel
    return space["MotionLoader"]


def robot_in(archive: zipfile.ZipFile, description: str) -> tuple[list[str], list[str]]:
    """The names of the hinges and bodies in an MJCF, in their order."""
    text = archive.read(description).decode()
    joints = [name for name in re.findall(r'<joint\s+name="(\w+)"', text) if name.endswith("_joint")]
    bodies = re.findall(r'<body\s+name="(\w+)"', text)
    return [name for name in joints if "floating" not in name], bodies


if __name__ == "__main__":
    main()
