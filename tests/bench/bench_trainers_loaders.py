"""Files for trainers, loaded unedited by the trainers' own classes, of those whose package the index has.

MuJoCo judges where the loaded bodies are. Of BeyondMimic, HDMI, GMR, TWIST, MimicKit, ProtoMotions and SONIC there is
no package with their loader.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from aimocap_blender.motion.g1.files import Format, write_g1_file
from aimocap_blender.motion.g1.motion import read_g1_motion
from tests.media.g1_mjcf import degrees_between, mujoco_poses
from tools.environment import training_python

ROOT = Path(__file__).parents[2]
CLIP = ROOT.parent / "shared" / "data" / "g1" / "kimodo_dance.json"
PIN = Path(__file__).with_name("trainers_loaders.txt")
CHILD = Path(__file__).with_name("trainers_loaders_child.py")
FORMATS: dict[str, Format] = {
    "mjlab": "MJLAB_NPZ",
    "holosoma": "HOLOSOMA_NPZ",
    "isaaclab": "ISAACLAB_AMP_NPZ",
}


def main() -> None:
    python = str(training_python())
    wheels = ROOT / "build" / "trainers"
    pip = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--require-hashes", "--requirement", PIN, "--dest", wheels], check=True)
    motion = read_g1_motion(CLIP)
    names, pos, quat = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos)
    joints = [joint.name for joint in motion.model.joints]
    speed = np.gradient(motion.dof_pos, 1.0 / motion.fps, axis=0)
    with tempfile.TemporaryDirectory() as folder:
        for trainer, file_format in FORMATS.items():
            write_g1_file(Path(folder) / f"{trainer}.npz", motion, file_format)
        result = Path(folder) / "loaded.npz"
        subprocess.run([python, CHILD, wheels, result], check=True, stdout=subprocess.DEVNULL)
        with np.load(result) as loaded:
            for trainer in FORMATS:
                part = {name.split()[1]: loaded[name] for name in loaded.files if name.startswith(f"{trainer} ")}
                columns = [joints.index(name) for name in part["joints"]]
                rows = [names.index(name) for name in part["bodies"]]
                print(
                    f"{trainer}: {len(part['joint_pos'])} frames, {len(rows)} bodies"
                    f" {np.abs(part['body_pos'] - pos[:, rows]).max() * 1000:.4f} mm and"
                    f" {degrees_between(part['body_quat'], quat[:, rows]).max():.4f}° off, joints"
                    f" {np.abs(part['joint_pos'] - motion.dof_pos[:, columns]).max():.7f} rad, their speeds"
                    f" {np.abs(part['joint_vel'] - speed[:, columns])[1:-1].max():.5f} rad/s"
                )


if __name__ == "__main__":
    main()
