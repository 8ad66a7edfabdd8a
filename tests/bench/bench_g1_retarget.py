"""Human motion onto the G1, beside General Motion Retargeting's method on the same motions; and its growth.

Its weights and scales are in shared/data/g1/gmr (MIT), its solver is mink. Its offsets fit captures of its own; here
each body's attitude is the source's away from its standing pose, which is what offsets are made for. The source stands
on the ground, as its code wants it.
"""

import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.figures.figure import figure_of
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.g1_retargeting.puppet import puppet_of
from aimocap_blender.motion.pose_motion import posed
from aimocap_blender.motion.retargeting.reference import referenced
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.rotations import multiply, rotate
from aimocap_blender.motion.skeleton import Clip
from tests.media.g1_judge import Judged, judged
from tests.media.performance_clip import heads_of, performance_clip
from tests.scene.real_files import motion, shifted
from tools.environment import gmr_python

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
TABLE = DATA / "g1" / "gmr" / "bvh_to_g1.json"
CHILD = Path(__file__).with_name("gmr_child.py")
RATES = {
    "boxing_toes.bvh": 100.0,
    "cmu1_jumping_jacks.bvh": 30.0,
    "fair1_zombie.bvh": 30.0,
    "rokoko_jesse_dance.bvh": 100.0,
    "xia_strut.bvh": 120.0,
    "cmu_91_48.fbx": None,
    "ue4_run.fbx": None,
}
SLOTS = {"Hips": "hips", "Spine2": "upper_chest"} | {
    f"{side.title()}{theirs}": f"{side}_{ours}"
    for side in ("left", "right")
    for theirs, ours in (
        ("UpLeg", "upper_leg"),
        ("Leg", "lower_leg"),
        ("FootMod", "foot"),
        ("Arm", "upper_arm"),
        ("ForeArm", "lower_arm"),
        ("Hand", "hand"),
    )
}
SOLE = 0.035  # metres from the ankle down
GROWTH = (1_000, 10_000)
JERK = 0.04  # rad that a joint's value in a frame is off the course of those around it


def main() -> None:
    motions = {"the tests' walk": performance_clip(0.0, 8.0)}
    if DATA.is_dir():
        with tempfile.TemporaryDirectory() as folder:
            for file, rate in RATES.items():
                clip = motion(DATA / "motions" / file, Path(folder), most=4000).clip
                motions[file] = shifted(clip, rate or clip.fps)
    for name, clip in motions.items():
        bones = detect_bones(clip.skeleton)
        heads = heads_of(clip, bones.bones())
        start = time.process_time()
        found = retargeted_to_g1(clip, bones).motion
        took = time.process_time() - start
        say(name, "ours", judged(heads, clip.fps, (found.root_pos, found.root_quat, found.dof_pos), "29dof"), took)
        if TABLE.is_file():
            qpos, took = gmr(clip, bones)
            say(name, "GMR's", judged(heads, clip.fps, (qpos[:, :3], qpos[:, 3:7], qpos[:, 7:]), "29dof"), took)
    for frames in GROWTH:
        clip = performance_clip(0.0, frames / 30.0)
        start = time.process_time()
        retargeted_to_g1(clip, detect_bones(clip.skeleton))
        print(f"{frames} frames of the tests' walk: {time.process_time() - start:.1f} s of one core")


def say(name: str, whose: str, judgement: Judged, seconds: float) -> None:
    ground = judgement.off_ground if len(judgement.off_ground) else np.zeros(1)
    degrees = [float(np.median(each)) for each in judgement.degrees.values()]
    off = float((judgement.jerk > JERK).any(axis=1).mean())
    print(
        f"{name}, {whose}: {seconds:.1f} s; sliding {judgement.sliding:.1%} of standing frames; standing soles off the"
        f" ground {1000 * np.median(ground):.0f} mm, {1000 * np.percentile(ground, 95):.0f} mm in 95 of 100 frames;"
        f" past limits {max(judgement.past_limit, 0.0):.3f} rad; too fast {max(judgement.too_fast, 0.0):.1f} rad/s;"
        f" jerks in {off:.1%} of frames; self-collision in {judgement.colliding:.1%};"
        f" limbs' medians {np.mean(degrees):.1f}°, at most {max(degrees):.1f}°",
        flush=True,
    )


def gmr(clip: Clip, bones: BoneMap) -> tuple[np.ndarray, float]:
    """The robot's qpos (F, 36) and the processor's seconds."""
    config = json.loads(TABLE.read_text())
    puppet = puppet_of("29dof")
    away = retarget(clip, bones, puppet.skeleton, puppet.bone_map, RetargetOptions(contacts="OFF"))
    turned = posed(puppet.skeleton, away).rotations
    size, heads = _in_its_size(clip, bones, config["human_height_assumption"])
    names, pos, quat = [], [], []
    quats = _standing()
    scales = config["human_scale_table"]
    root = heads["hips"] * scales["Hips"]
    for body, (human, *_) in config["ik_match_table1"].items():
        slot = SLOTS[human]
        if slot not in heads:
            continue
        names.append(body)
        pos.append(size * (root + (heads[slot] - heads["hips"]) * scales[human]))
        quat.append(multiply(turned[:, puppet.skeleton.index(slot)], quats[puppet.model.bodies.index(body)]))
    with tempfile.TemporaryDirectory() as folder:
        given, result = Path(folder) / "in.npz", Path(folder) / "out.npz"
        start = np.concatenate([pos[0][0], quat[0][0], np.zeros(29)])
        np.savez(given, names=names, pos=np.stack(pos, axis=1), quat=np.stack(quat, axis=1), qpos=start)
        subprocess.run([gmr_python(), CHILD, TABLE, given, result], check=True, cwd=ROOT)
        with np.load(result) as found:
            return found["qpos"], float(found["seconds"])


def _standing() -> np.ndarray:
    """(B, 4) attitudes of the robot's bodies when it stands as the puppet does, arms down."""
    model = puppet_of("29dof").model
    dof = np.array([[np.pi / 2.0 if "elbow" in joint.name else 0.0 for joint in model.joints]])
    return model.body_poses(np.zeros((1, 3)), np.array([[1.0, 0.0, 0.0, 0.0]]), dof)[1][0]


def _in_its_size(clip: Clip, bones: BoneMap, assumed: float) -> tuple[float, dict[str, np.ndarray]]:
    """The factor of the source's height, and its joints in the robot's axes, on the ground, in metres."""
    found = referenced(clip, bones, "AUTO", lie=True).clip
    figure = figure_of(found.skeleton, bones, "world")
    heads = {slot: rotate(figure.to_body, found.positions[:, row]) for slot, row in figure.slots.items()}
    heads = {slot: np.stack([-path[:, 1], path[:, 0], path[:, 2]], axis=-1) for slot, path in heads.items()}
    tall = figure.leg_length / 0.47  # of a body, to the ankle
    metres = 1.75 / tall if not 1.2 < tall < 2.2 else 1.0
    floor = min(float(np.percentile(heads[f"{side}_foot"][:, 2], 5)) for side in ("left", "right"))
    at = np.array([*heads["hips"][0, :2], floor])
    heads = {slot: (path - at) * metres + (0.0, 0.0, SOLE * 2.0) for slot, path in heads.items()}
    heads.setdefault("upper_chest", heads.get("chest", heads.get("spine", heads["hips"])))
    return tall * metres / assumed, heads


if __name__ == "__main__":
    main()
