"""Files as labs write them in the known layouts: other types, orders, packings, keys around the motion, and tables."""

from __future__ import annotations

import bz2
import collections
import gzip
import io
import json
import lzma
import pathlib
import pickle
import re
from typing import TYPE_CHECKING

import joblib
import numpy as np

from aimocap_blender.motion.rotations import to_matrix, to_rotation_vector
from tests.media import torch_files
from tests.media.g1_files import JOINTS
from tests.media.g1_layouts import NO_WRISTS, bodies, gmr, phc, xyzw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from aimocap_blender.motion.g1.motion import G1Motion

    Write = Callable[[Path, G1Motion], Path]

ALL = [*range(29)]


def arrays_of(content: dict[str, object], change: Callable[[np.ndarray], object]) -> dict[str, object]:
    return {name: change(value) if isinstance(value, np.ndarray) else value for name, value in content.items()}


def single(content: dict[str, object]) -> dict[str, object]:
    return arrays_of(content, lambda array: array.astype(np.float32))


def backwards(content: dict[str, object]) -> dict[str, object]:
    return dict(reversed(content.items()))


def dumped(change: Callable[[dict[str, object]], object], protocol: int = 4, base: object = gmr) -> Write:
    def write(folder: Path, motion: G1Motion) -> Path:
        content = change(base(motion, ALL))
        (folder / "walk.pkl").write_bytes(pickle.dumps(content, protocol))
        return folder / "walk.pkl"

    return write


def packed(compress: object, kept: list[int]) -> Write:
    def write(folder: Path, motion: G1Motion) -> Path:
        joblib.dump({"walk": phc(motion, kept)}, folder / "walk.pkl", compress=compress)
        return folder / "walk.pkl"

    return write


def squeezed(squeeze: Callable[[bytes], bytes]) -> Write:
    def write(folder: Path, motion: G1Motion) -> Path:
        (folder / "walk.pkl").write_bytes(squeeze(pickle.dumps(gmr(motion, ALL))))
        return folder / "walk.pkl"

    return write


def of_numpy(core: bytes) -> Write:
    def write(folder: Path, motion: G1Motion) -> Path:
        data = pickle.dumps(gmr(motion, ALL) | {"fps": np.float64(30)}, 2)
        (folder / "walk.pkl").write_bytes(re.sub(rb"numpy\._?core\.", core, data))
        return folder / "walk.pkl"

    return write


def torch(change: Callable[[dict[str, object]], object], *, old: bool = False) -> Write:
    def write(folder: Path, motion: G1Motion) -> Path:
        content = {key: value for key, value in single(gmr(motion, ALL)).items() if value is not None}
        (torch_files.save_old if old else torch_files.save)(folder / "walk.pt", change(content))
        return folder / "walk.pt"

    return write


def in_pickle_tensors(folder: Path, motion: G1Motion) -> Path:
    content = {key: value for key, value in single(gmr(motion, ALL)).items() if value is not None}
    torch_files.pickle_tensors(folder / "walk.pkl", content)
    return folder / "walk.pkl"


def tracking(motion: G1Motion) -> dict[str, object]:
    _, pos, quat = bodies(motion)
    return {
        "fps": np.array([30]),
        "joint_pos": motion.dof_pos,
        "joint_vel": np.zeros_like(motion.dof_pos),
        "body_pos_w": pos,
        "body_quat_w": quat,
        "body_lin_vel_w": np.zeros_like(pos),
        "body_ang_vel_w": np.zeros_like(pos),
    }


def npz(make: Callable[[G1Motion], dict[str, object]], *, small: bool = False) -> Write:
    def write(folder: Path, motion: G1Motion) -> Path:
        (np.savez_compressed if small else np.savez)(folder / "walk.npz", **make(motion))
        return folder / "walk.npz"

    return write


def qpos(motion: G1Motion) -> np.ndarray:
    return np.hstack([motion.root_pos, motion.root_quat, motion.dof_pos])


def lafan(motion: G1Motion) -> np.ndarray:
    return np.hstack([motion.root_pos, xyzw(motion.root_quat), motion.dof_pos])


HEADER = [*(f"root_pos_{axis}" for axis in "xyz"), *(f"root_rot_{axis}" for axis in "xyzw"), *JOINTS]


def text(
    change: Callable[[str], str | bytes] = str,
    *,
    header: list[str] | None = None,
    degrees: bool = False,
    first: Callable[[int], np.ndarray] | None = None,
    name: str = "walk1_subject1.csv",
    form: str = "%.8f",
) -> Write:
    def write(folder: Path, motion: G1Motion) -> Path:
        table = lafan(motion)
        if degrees:
            table[:, 7:] = np.degrees(table[:, 7:])
        if first is not None:
            table = np.column_stack([first(len(table)), table])
        out = io.StringIO()
        np.savetxt(out, table, form, ",", header=",".join(header or ()), comments="")
        changed = change(out.getvalue().lstrip("\n"))
        (folder / name).write_bytes(changed.encode() if isinstance(changed, str) else changed)
        return folder / name

    return write


def frames(motion: G1Motion) -> list[dict[str, object]]:
    """A dict for each frame, with the joints by their names, as a robot's log has them."""
    return [
        {
            "time": frame / 30,
            "root_pos": at.tolist(),
            "root_quat": turn.tolist(),
            "joints": dict(zip(JOINTS, row.tolist(), strict=True)),
        }
        for frame, (at, turn, row) in enumerate(zip(motion.root_pos, motion.root_quat, motion.dof_pos, strict=True))
    ]


def in_json(make: Callable[[G1Motion], object]) -> Write:
    def write(folder: Path, motion: G1Motion) -> Path:
        (folder / "walk.json").write_text(json.dumps(make(motion)))
        return folder / "walk.json"

    return write


def in_lines(folder: Path, motion: G1Motion) -> Path:
    (folder / "walk.jsonl").write_text("\n".join(map(json.dumps, frames(motion))) + "\n")
    return folder / "walk.jsonl"


def any4hdmi(folder: Path, motion: G1Motion) -> Path:
    names = [*(f"root_t{axis}" for axis in "xyz"), *(f"root_q{axis}" for axis in "wxyz"), *JOINTS]
    (folder / "manifest.json").write_text(json.dumps({"timestep": 0.033333, "qpos_names": names}))
    (folder / "motions" / "a").mkdir(parents=True)
    np.savez(folder / "motions" / "a" / "walk.npz", qpos=qpos(motion).astype(np.float32))
    return folder / "motions" / "a" / "walk.npz"


def lists(content: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in arrays_of(content, np.ndarray.tolist).items() if value is not None}


def angles(quat: np.ndarray) -> np.ndarray:
    """Roll, pitch and yaw."""
    w, x, y, z = quat.T
    roll = np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    return np.stack([roll, np.arcsin(2 * (w * y - z * x)), np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))], 1)


def apart(motion: G1Motion) -> dict[str, object]:
    return {name: motion.dof_pos[:, column] for column, name in enumerate(JOINTS)}


def root(motion: G1Motion) -> dict[str, object]:
    return {"fps": 30, "root_pos": motion.root_pos, "root_quat": motion.root_quat}


def lacking(motion: G1Motion) -> dict[str, object]:
    """Without a rate."""
    return {"root_pos": motion.root_pos, "root_quat": motion.root_quat, "dof_pos": motion.dof_pos}


def backward(motion: G1Motion) -> dict[str, object]:
    """With the joints the other way round."""
    return root(motion) | {"dof_pos": motion.dof_pos[:, ::-1]}


def objects(*values: object) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def only(value: object) -> np.ndarray:
    array = np.empty((), object)
    array[()] = value
    return array


def saved(make: Callable[[G1Motion], object]) -> Write:
    def write(folder: Path, motion: G1Motion) -> Path:
        np.save(folder / "walk.npy", make(motion), allow_pickle=True)
        return folder / "walk.npy"

    return write


def vectors(motion: G1Motion) -> np.ndarray:
    return to_rotation_vector(motion.root_quat)


def angled(folder: Path, motion: G1Motion) -> Path:
    header = ",".join([*"xyz", "roll", "pitch", "yaw", *JOINTS])
    table = np.hstack([motion.root_pos, angles(motion.root_quat), motion.dof_pos])
    np.savetxt(folder / "walk_30hz.csv", table, "%.8f", ",", header=header, comments="")
    return folder / "walk_30hz.csv"


def angled_in_degrees(folder: Path, motion: G1Motion) -> Path:
    header = ",".join([*"xyz", "roll_deg", "pitch_deg", "yaw_deg", *JOINTS])
    table = np.hstack([motion.root_pos, np.degrees(angles(motion.root_quat)), motion.dof_pos])
    np.savetxt(folder / "walk_30hz.csv", table, "%.8f", ",", header=header, comments="")
    return folder / "walk_30hz.csv"


def with_quaternion_first(folder: Path, motion: G1Motion) -> Path:
    table = np.hstack([motion.root_quat, motion.root_pos, motion.dof_pos])
    np.savetxt(folder / "walk_30hz.csv", table, "%.8f", ",")
    return folder / "walk_30hz.csv"


def solved(folder: Path, motion: G1Motion) -> Path:
    np.savetxt(folder / "mine.csv", qpos(motion), delimiter=",")
    return folder / "mine.csv"


def with_letter(name: str) -> str:
    return re.sub("^(left|right)", lambda side: side[0][0], name)


def log(joints: list[str], quantities: Sequence[str], root_names: list[str], *, label: bool = False) -> Write:
    """A table of times, the pelvis and for each joint its angle and other quantities, perhaps with a text beside."""

    def write(folder: Path, motion: G1Motion) -> Path:
        others = np.full_like(motion.dof_pos, 7.5)
        each = np.stack([motion.dof_pos, *[others] * (len(quantities) - 1)], axis=2).reshape(len(others), -1)
        names = [joint.format(quantity) for joint in joints for quantity in quantities]
        times = np.arange(len(others))[:, None] / 30
        lines = [",".join(["time", *(["phase"] if label else []), *root_names, *names])]
        for row in np.hstack([times, lafan(motion)[:, :7], each]):
            cells = [f"{number:.8f}" for number in row]
            lines.append(",".join([cells[0], *(["ramp"] if label else []), *cells[1:]]))
        (folder / "mine.csv").write_text("\n".join(lines) + "\n")
        return folder / "mine.csv"

    return write


def with_contacts(folder: Path, motion: G1Motion) -> Path:
    contacts = np.arange(len(motion.dof_pos))[:, None] // np.array([20, 30]) % 2
    np.savetxt(folder / "mine.csv", np.hstack([lafan(motion), contacts]), "%.8f", ",")
    return folder / "mine.csv"


def with_y_up(motion: G1Motion, *, all_frames: bool) -> dict[str, object]:
    """The motion in a world whose Y axis points up, and perhaps with such frames of the bodies."""
    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
    matrices = turn @ to_matrix(motion.root_quat) @ (turn.T if all_frames else np.eye(3))
    return {"root_pos": motion.root_pos @ turn.T, "root_rot": matrices, "joint_pos": motion.dof_pos, "fps": 30}


def _decimal_commas(table: str) -> str:
    return table.replace(",", ";").replace(".", ",")


def records(motion: G1Motion) -> np.ndarray:
    """An array whose rows are records of named fields."""
    parts = root(motion) | {"joint_pos": motion.dof_pos}
    fields = [(name, "<f4", np.shape(part)[1:]) for name, part in parts.items() if name != "fps"]
    array = np.zeros(len(motion.dof_pos), fields)
    for name, _, _ in fields:
        array[name] = parts[name]
    return array


def of_torso(motion: G1Motion, *, named: bool) -> dict[str, object]:
    """The torso's pose in place of the pelvis's, in arrays of its own or of bodies with names."""
    names, pos, quat = bodies(motion)
    which = [names.index(name) for name in ("torso_link", "left_knee_link")]
    joints = {"joint_pos": motion.dof_pos, "joint_names": np.array(JOINTS), "fps": 30}
    if not named:
        return joints | {"torso_pos": pos[:, which[0]], "torso_quat": quat[:, which[0]]}
    bodies_of = {"body_pos_w": pos[:, which], "body_quat_w": quat[:, which]}
    return joints | bodies_of | {"body_names": np.array([names[index] for index in which])}


def is_without_wrists(name: str) -> bool:
    """Whether a variant's robot has 23 joints."""
    return name.startswith(("ASAP, joblib", "npz with ASAP's"))


RATE = frozenset({"fps"})
VARIANTS: dict[str, tuple[frozenset[str], Write]] = {
    **{f"GMR, protocol {number}": (frozenset(), dumped(dict, number)) for number in range(2, 6)},
    "GMR, single precision": (frozenset(), dumped(single)),
    "GMR, keys the other way round": (frozenset(), dumped(backwards)),
    "GMR, Fortran's order": (frozenset(), dumped(lambda content: arrays_of(content, np.asfortranarray))),
    "GMR, big-endian": (frozenset(), dumped(lambda content: arrays_of(content, lambda a: a.astype(">f8")))),
    "GMR, lists": (frozenset(), dumped(lambda content: arrays_of(content, lambda array: array.tolist()))),
    "GMR, further keys": (
        frozenset(),
        dumped(lambda content: content | {"name": "walk", "robot": "unitree_g1", "contacts": np.zeros((150, 2), bool)}),
    ),
    "GMR, a file's path": (frozenset(), dumped(lambda content: content | {"file": pathlib.PurePosixPath("a/b.bvh")})),
    "GMR, in an OrderedDict": (frozenset(), dumped(collections.OrderedDict)),
    "GMR, in a defaultdict": (frozenset(), dumped(lambda content: collections.defaultdict(dict, walk=content))),
    "GMR, in a list": (frozenset(), dumped(lambda content: [content])),
    "GMR, a name and no other": (frozenset(), dumped(lambda content: {"motion": content, "version": 1})),
    "GMR, rate outside": (
        frozenset(),
        dumped(lambda content: {"fps": 30, "walk": {k: v for k, v in content.items() if k != "fps"}}),
    ),
    "GMR, named joints": (
        frozenset(),
        dumped(lambda c: c | {"dof_pos": np.asarray(c["dof_pos"])[:, ::-1], "joint_names": objects(*JOINTS[::-1])}),
    ),
    "GMR, numpy before 2": (frozenset(), of_numpy(b"numpy.core.")),
    "GMR, numpy since 2": (frozenset(), of_numpy(b"numpy._core.")),
    "GMR, gzip": (frozenset(), squeezed(gzip.compress)),
    "GMR, bz2": (frozenset(), squeezed(bz2.compress)),
    "GMR, xz": (frozenset(), squeezed(lzma.compress)),
    "GMR, tensors in a pickle": (frozenset(), in_pickle_tensors),
    "GMR, rate in an array": (frozenset(), dumped(lambda c: {**c, "fps": np.array(30)})),
    "GMR, rate of 32 bits": (frozenset(), dumped(lambda c: {**c, "fps": np.int32(30)})),
    **{
        f"GMR, {seconds} seconds a frame": (
            frozenset(),
            dumped(lambda c, seconds=seconds: {**{k: v for k, v in c.items() if k != "fps"}, "dt": seconds}),
        )
        for seconds in (1 / 30, 0.033, 0.0333, np.float32(0.033))
    },
    **{
        f"ASAP, joblib by {compress}": (frozenset(), packed(compress, NO_WRISTS))
        for compress in (0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3))
    },
    "ASAP, 29 joints": (frozenset(), packed(0, ALL)),
    "ASAP, single precision": (frozenset(), dumped(lambda content: {"walk": single(content)}, base=phc)),
    "ASAP, an axis for each joint": (
        frozenset(),
        dumped(lambda c: {"walk": c | {"dof": np.asarray(c["dof"])[..., None]}}, base=phc),
    ),
    "ASAP, further keys": (
        frozenset(),
        dumped(
            lambda c: {"walk": c | {"contact_mask": np.zeros((150, 2)), "motion_name": "a", "beta": None}}, base=phc
        ),
    ),
    "ASAP, without a name": (frozenset(), dumped(dict, base=phc)),
    "ASAP, named by a path": (frozenset(), dumped(lambda c: {pathlib.PurePosixPath("/a/walk.npz"): c}, base=phc)),
    "GMR, an object's motion beside": (
        frozenset(),
        dumped(lambda c: {"fps": 30, "robot": c, "object": {"pos": np.zeros((150, 3))}}),
    ),
    "pickle with only a table": (RATE, dumped(lambda c: c["qpos"], base=lambda m, _: {"qpos": qpos(m)})),
    "any4hdmi": (frozenset(), any4hdmi),
    "mjlab, quaternion last, as its bodies prove": (
        frozenset(),
        npz(lambda m: tracking(m) | {"body_quat_w": xyzw(bodies(m)[2])}),
    ),
    "PyTorch": (frozenset(), torch(dict)),
    "PyTorch, named": (frozenset(), torch(lambda content: {"walk": content})),
    "PyTorch before 1.6": (frozenset(), torch(dict, old=True)),
    "mjlab": (frozenset(), npz(tracking)),
    "mjlab, single precision": (frozenset(), npz(lambda m: single(tracking(m)))),
    "mjlab, packed": (frozenset(), npz(tracking, small=True)),
    "mjlab, keys the other way round": (frozenset(), npz(lambda m: backwards(tracking(m)))),
    "mjlab, rate without axes": (frozenset(), npz(lambda m: tracking(m) | {"fps": 30})),
    "mjlab, names as objects": (
        frozenset(),
        npz(lambda m: tracking(m) | {"joint_names": objects(*JOINTS), "body_names": objects(*bodies(m)[0])}),
    ),
    "mjlab, a dict beside": (frozenset(), npz(lambda m: tracking(m) | {"metadata": only({"file": "a.bvh"})})),
    "mjlab, a batch of one": (
        frozenset(),
        npz(lambda m: arrays_of(tracking(m), lambda a: a[None] if a.ndim > 1 else a)),
    ),
    "mjlab, without a rate": (RATE, npz(lambda m: {k: v for k, v in tracking(m).items() if k != "fps"})),
    "npz with GMR's names": (
        frozenset(),
        npz(lambda m: {k: v for k, v in gmr(m, ALL).items() if v is not None}),
    ),
    "npz with an object of GMR's": (frozenset(), npz(lambda m: {"motion": only(gmr(m, ALL))})),
    "npz with ASAP's names": (frozenset(), npz(lambda m: phc(m, NO_WRISTS))),
    "npz with MuJoCo's qpos": (frozenset(), npz(lambda m: {"qpos": qpos(m), "qvel": np.zeros((150, 35)), "fps": 30})),
    **{
        f"npz with the rate as {kind}": (
            frozenset(),
            npz(lambda m, rate=rate: root(m) | {"dof": m.dof_pos, "fps": rate}),
        )
        for kind, rate in {
            "text": "30",
            "bytes": np.array(b"30"),
            "text with its unit": "30 fps",
            "a number for each frame": np.full(150, 30),
        }.items()
    },
    **{
        f"npz with {name}, which is no rate": (RATE, npz(lambda m, name=name, value=value: lacking(m) | {name: value}))
        for name, value in {"dt": 33.3, "fps": 1 / 30}.items()
    },
    **{
        f"npz with its joints in a list called {name}": (
            frozenset(),
            npz(lambda m, name=name, names=names: backward(m) | {name: names}),
        )
        for name, names in {
            "joint_order": np.array(JOINTS[::-1]),
            "robot_joint_names": np.array(JOINTS[::-1], "S"),
            "columns": ", ".join(JOINTS[::-1]),
        }.items()
    },
    "npz with joints and rate in a text of JSON": (
        frozenset(),
        npz(
            lambda m: (
                {name: value for name, value in backward(m).items() if name != "fps"}
                | {"metadata": json.dumps({"joint_names": JOINTS[::-1], "fps": 30})}
            )
        ),
    ),
    "npz with the robot's name in all names": (
        frozenset(),
        npz(lambda m: {"g1_root_pos": m.root_pos, "g1_root_quat": m.root_quat, "g1_dof_pos": m.dof_pos, "fps": 30}),
    ),
    "npz with all of the pelvis as its root": (
        frozenset(),
        npz(lambda m: {"root": qpos(m)[:, :7], "joints": m.dof_pos, "step_dt": 1 / 30}),
    ),
    "npz with an axis for each robot": (
        frozenset(),
        npz(lambda m: arrays_of(root(m) | {"dof": m.dof_pos}, lambda array: array[:, None])),
    ),
    "npz with dates and a rate": (
        frozenset(),
        npz(lambda m: root(m) | {"dof": m.dof_pos, "timestamp": np.array(["2026-11-30 12:00"] * 150)}),
    ),
    "npz with the human beside": (
        frozenset(),
        npz(lambda m: root(m) | {"trans": m.root_pos * 1.2, "poses": np.zeros((150, 156)), "dof_pos": m.dof_pos}),
    ),
    "npz with the human's pelvis, whose name is nearer": (
        frozenset(),
        npz(
            lambda m: (
                {"root_translation_m": m.root_pos + 0.3, "g1_root_pos_m": m.root_pos, "g1_root_rot_wxyz": m.root_quat}
                | {"g1_dof_pos_rad": m.dof_pos, "fps": 30}
            )
        ),
    ),
    "npz with the pelvis's angles in degrees": (
        frozenset(),
        npz(
            lambda m: {"base_pos": m.root_pos, "base_rpy": np.degrees(angles(m.root_quat)), "dof": m.dof_pos, "fps": 30}
        ),
    ),
    **{
        f"npz with joints beside the motion that is whole, {words}": (
            frozenset(),
            npz(
                lambda m, words=words, other=other: {
                    f"{other}joint_pos": m.dof_pos * 0.5,
                    f"{words}root_pos": m.root_pos,
                    f"{words}root_quat": m.root_quat,
                    f"{words}joint_pos": m.dof_pos,
                    "fps": 30,
                }
            ),
        )
        for words, other in {"ref_": "", "robot_": "ref_", "": "ref_"}.items()
    },
    "pickle with a list of rows": (RATE, dumped(list, base=lambda m, _: qpos(m))),
    "npz with seconds a frame": (
        frozenset(),
        npz(lambda m: {"qpos": qpos(m), "qvel": np.zeros((150, 35)), "dt": 1 / 30}),
    ),
    "npz with Isaac Lab's names of the root": (
        frozenset(),
        npz(lambda m: {"root_pos_w": m.root_pos, "root_quat_w": m.root_quat, "joint_pos": m.dof_pos, "fps": 30}),
    ),
    "npz with short names": (
        frozenset(),
        npz(lambda m: {"base_trans": m.root_pos, "base_quat": m.root_quat, "jpos": m.dof_pos, "fps": 30}),
    ),
    "npz with names that state the order": (
        frozenset(),
        npz(lambda m: {"root_trans": m.root_pos, "root_rot_xyzw": xyzw(m.root_quat), "dof": m.dof_pos, "fps": 30}),
    ),
    "npz with names and units of its own": (
        frozenset(),
        npz(lambda m: {"pelvisPosition_m": m.root_pos, "pelvisQuat": m.root_quat, "q": m.dof_pos, "FPS": 30}),
    ),
    "npz with matrices": (
        frozenset(),
        npz(lambda m: {"root_pos": m.root_pos, "root_rot": to_matrix(m.root_quat), "dof_pos": m.dof_pos, "fps": 30}),
    ),
    "npz with rotation vectors": (
        frozenset(),
        npz(lambda m: {"root_pos": m.root_pos, "root_rotvec": vectors(m), "dof_pos": m.dof_pos, "fps": 30}),
    ),
    "npz with the first two columns of matrices": (
        frozenset(),
        npz(
            lambda m: {
                "root_pos": m.root_pos,
                "fps": 30,
                "root_rot_6d": to_matrix(m.root_quat)[..., :2].reshape(-1, 6),
                "dof_pos": m.dof_pos,
            }
        ),
    ),
    "npz with the torso's pose": (frozenset(), npz(lambda m: of_torso(m, named=False))),
    "npz with bodies, but not the pelvis": (frozenset(), npz(lambda m: of_torso(m, named=True))),
    "npz with only the pelvis's rotation as that of bodies": (
        frozenset(),
        npz(lambda m: {"root_pos": m.root_pos, "body_quat_w": m.root_quat, "joint_pos": m.dof_pos, "fps": 30}),
    ),
    "npz with Y up": (frozenset(), npz(lambda m: with_y_up(m, all_frames=False))),
    "npz with Y up in its bodies, too": (frozenset(), npz(lambda m: with_y_up(m, all_frames=True))),
    "npz with a single table and a rate": (frozenset(), npz(lambda m: {"motion": lafan(m), "hz": 30})),
    "npz with velocities in the table": (
        frozenset(),
        npz(lambda m: {"data": np.hstack([qpos(m), np.zeros((150, 35))]), "dt": 1 / 30}),
    ),
    "npz with an array for each joint": (frozenset(), npz(lambda m: root(m) | apart(m))),
    "npz with folders of arrays": (
        frozenset(),
        npz(lambda m: {f"motion/{name}": value for name, value in (root(m) | {"dof/pos": m.dof_pos}).items()}),
    ),
    "npz with poses of the pelvis": (
        frozenset(),
        npz(lambda m: {"root_pose": qpos(m)[:, :7], "joint_pos": m.dof_pos, "fps": 30}),
    ),
    "npz with states of the pelvis": (
        frozenset(),
        npz(lambda m: {"root_states": np.insert(lafan(m)[:, :7], [7] * 6, 0.0, 1), "dof_pos": m.dof_pos, "fps": 30}),
    ),
    "npz with roll, pitch and yaw": (
        frozenset(),
        npz(lambda m: {"root_pos": m.root_pos, "root_rpy": angles(m.root_quat), "dof_pos": m.dof_pos, "fps": 30}),
    ),
    **{
        f"npz with times in {unit}": (
            frozenset(),
            npz(
                lambda m, scale=scale: {
                    "root_pos": m.root_pos,
                    "root_quat": m.root_quat,
                    "joint_pos": m.dof_pos,
                    "timestamps": scale * (12.5 + np.arange(150) / 30),
                }
            ),
        )
        for unit, scale in {"s": 1.0, "ms": 1e3, "ns": 1e9}.items()
    },
    "pickle with a dict of joints": (frozenset(), dumped(dict, base=lambda m, _: root(m) | {"joints": apart(m)})),
    "pickle with a dict for each frame": (frozenset(), dumped(list, base=lambda m, _: frames(m))),
    "pickle with frames by number": (frozenset(), dumped(dict, base=lambda m, _: dict(enumerate(frames(m))))),
    "pickle with a rate and frames": (
        frozenset(),
        dumped(
            dict,
            base=lambda m, _: {
                "fps": 30,
                "frames": [
                    {"root_pos": f["root_pos"], "root_quat": f["root_quat"], "joints": f["joints"]} for f in frames(m)
                ],
            },
        ),
    ),
    "pickle, rate as text": (frozenset(), dumped(lambda c: {**c, "fps": "30"})),
    "pickle, quaternions that flip": (
        frozenset(),
        dumped(
            lambda c: {**c, "root_rot": np.asarray(c["root_rot"]) * np.where(np.arange(150) % 7 < 3, -1, 1)[:, None]}
        ),
    ),
    "JSON of arrays": (frozenset(), in_json(lambda m: lists(gmr(m, ALL)))),
    "JSON of motions by name": (frozenset(), in_json(lambda m: {"walk": lists(gmr(m, ALL))})),
    "JSON of frames": (frozenset(), in_json(frames)),
    "JSON lines": (frozenset(), in_lines),
    "JSON of frames with axes by name": (
        frozenset(),
        in_json(
            lambda m: [
                {
                    "time": frame["time"],
                    "base": {
                        "pos": dict(zip("xyz", frame["root_pos"], strict=True)),
                        "quat": dict(zip("wxyz", frame["root_quat"], strict=True)),
                    },
                    "joints": frame["joints"],
                }
                for frame in frames(m)
            ]
        ),
    ),
    "JSON with Frames and FrameDuration": (
        frozenset(),
        in_json(lambda m: {"LoopMode": "Wrap", "FrameDuration": 1 / 30, "Frames": lafan(m).tolist()}),
    ),
    "JSON of a root and joints": (
        frozenset(),
        in_json(
            lambda m: {
                "frame_rate": 30,
                "root": {"position": m.root_pos.tolist(), "rotation_wxyz": m.root_quat.tolist()},
                "joints": {name: column.tolist() for name, column in apart(m).items()},
            }
        ),
    ),
    "JSON with the rate in what is said of it": (
        frozenset(),
        in_json(
            lambda m: {
                "metadata": {"fps": 30, "joint_names": JOINTS},
                "frames": {
                    "root_translation": m.root_pos.tolist(),
                    "root_quaternion": m.root_quat.tolist(),
                    "dof_pos": m.dof_pos.tolist(),
                },
            }
        ),
    ),
    "npy, quaternion last": (RATE, saved(lafan)),
    "npy, quaternion first": (RATE, saved(qpos)),
    "npy, single precision": (RATE, saved(lambda m: lafan(m).astype(np.float32))),
    "npy of records": (RATE, saved(records)),
    "npy with a dict of GMR's": (frozenset(), saved(lambda m: only(gmr(m, ALL)))),
    "LAFAN1, column names": (frozenset(), text(header=HEADER)),
    "LAFAN1, column names as a comment": (frozenset(), text(lambda table: "# " + table, header=HEADER)),
    "LAFAN1, names with a rate": (RATE, text(header=HEADER, name="mine.csv")),
    "LAFAN1, another name": (RATE, text(name="mine.csv")),
    "LAFAN1, a part of it": (frozenset(), text(name="g1_dance2_subject1_s200.csv")),
    "LAFAN1, another name with a rate after its unit": (frozenset(), text(name="dance1_subject2_fps30.csv")),
    "LAFAN1, a rate in its name": (frozenset(), text(name="walk1_subject1_30hz.csv")),
    "LAFAN1, another name with a rate": (frozenset(), text(name="mine-30fps-v2.csv")),
    "LAFAN1, a name with two rates": (RATE, text(name="60hz_to_30hz.csv")),
    "LAFAN1, BOM": (frozenset(), text(lambda table: "\ufeff" + table)),
    "LAFAN1, BOM and names": (frozenset(), text(lambda table: "\ufeff" + table, header=HEADER)),
    "LAFAN1, CRLF": (frozenset(), text(lambda table: table.replace("\n", "\r\n"))),
    "LAFAN1, CR": (frozenset(), text(lambda table: table.replace("\n", "\r"))),
    "LAFAN1, UTF-16": (frozenset(), text(lambda table: table.encode("utf-16"))),
    "LAFAN1, semicolons": (frozenset(), text(lambda table: table.replace(",", ";"))),
    "LAFAN1, semicolons, decimal commas": (frozenset(), text(_decimal_commas)),
    "LAFAN1, tabs": (frozenset(), text(lambda table: table.replace(",", "\t"))),
    "LAFAN1, spaces": (frozenset(), text(lambda table: table.replace(",", "  "))),
    "LAFAN1, comma and space": (frozenset(), text(lambda table: table.replace(",", ", "))),
    "LAFAN1, a comma at the end": (frozenset(), text(lambda table: table.replace("\n", ",\n"))),
    "LAFAN1, quotes": (frozenset(), text(lambda table: re.sub(r"[^,\n]+", r'"\g<0>"', table))),
    "LAFAN1, quoted names": (
        frozenset(),
        text(header=[f'"{name}"' for name in HEADER]),
    ),
    "LAFAN1, a comment": (frozenset(), text(lambda table: "# retargeted\n" + table + "# end\n")),
    "LAFAN1, comments and names": (frozenset(), text(lambda table: "# retargeted\n# 30 fps\n" + table, header=HEADER)),
    "LAFAN1, a blank line": (frozenset(), text(lambda table: "\n" + table + "\n\n")),
    "table with roll, pitch and yaw": (frozenset(), angled),
    "LAFAN1, degrees": (frozenset(), text(degrees=True)),
    "LAFAN1, names and degrees": (frozenset(), text(header=HEADER, degrees=True)),
    "LAFAN1, another name with a rate in a comment": (
        frozenset(),
        text(lambda table: "# robot: g1\n# sample_rate: 30\n" + table, name="mine.csv"),
    ),
    "LAFAN1, a comment that says no rate": (RATE, text(lambda table: "# take 30\n" + table, name="mine.csv")),
    "LAFAN1, ankles without a pitch": (
        frozenset(),
        text(header=[name.replace("ankle_pitch", "ankle") for name in HEADER]),
    ),
    "LAFAN1, names as in Unitree's SDK": (
        frozenset(),
        text(header=HEADER[:7] + [name.removesuffix("_joint").title().replace("_", "") for name in JOINTS]),
    ),
    "LAFAN1, a frame's number": (frozenset(), text(first=np.arange)),
    "LAFAN1, times": (frozenset(), text(first=lambda count: np.arange(count) / 30, name="mine.csv")),
    "LAFAN1, times of a log": (
        frozenset(),
        text(first=lambda count: (np.arange(count) + 0.2 * np.sin(np.arange(count) / 3.0)) / 30, name="mine.csv"),
    ),
    "LAFAN1, names and times in ms": (
        frozenset(),
        text(header=["time_ms", *HEADER], first=lambda count: np.round(np.arange(count) / 0.03), name="mine.csv"),
    ),
    "LAFAN1, names and times": (
        frozenset(),
        text(header=["time", *HEADER], first=lambda count: np.arange(count) / 30, name="mine.csv"),
    ),
    "LAFAN1, frames and times": (
        frozenset(),
        text(first=lambda count: np.stack([np.arange(count), np.arange(count) / 30], 1), name="mine.csv"),
    ),
    "LAFAN1, frames, times and joints by number": (
        frozenset(),
        text(
            header=["frame", "time_s", *"xyz", *(f"q{axis}" for axis in "xyzw"), *(f"joint_{n}" for n in range(29))],
            first=lambda count: np.stack([np.arange(count), np.arange(count) / 30], 1),
            name="mine.csv",
        ),
    ),
    "LAFAN1, names with units": (
        frozenset(),
        text(header=[*(f"pelvis_t{axis}_m" for axis in "xyz"), *HEADER[3:7], *(f"{name}_rad" for name in JOINTS)]),
    ),
    "LAFAN1, sides by a letter": (frozenset(), text(header=[*HEADER[:7], *map(with_letter, JOINTS)])),
    "LAFAN1, sides by a letter at the end": (
        frozenset(),
        text(header=[*HEADER[:7], *(re.sub("^([lr])_(.*)", r"\2_\1", with_letter(name)) for name in JOINTS)]),
    ),
    "LAFAN1, MuJoCo's name of the pelvis's joint": (
        frozenset(),
        text(header=[*(f"floating_base_joint_{axis}" for axis in ("x", "y", "z", "qx", "qy", "qz", "qw")), *JOINTS]),
    ),
    "LAFAN1, other units in the names": (
        frozenset(),
        text(
            header=[*(f"root_{axis}_m" for axis in "xyz"), *HEADER[3:7], *(f"{name}_deg" for name in JOINTS)],
            degrees=True,
        ),
    ),
    "LAFAN1, every other frame's number": (RATE, text(first=lambda count: np.arange(count) * 2, name="mine.csv")),
    "table with the quaternion first": (frozenset(), with_quaternion_first),
    "table with the pelvis's angles in degrees": (frozenset(), angled_in_degrees),
    "LAFAN1, pandas' index": (frozenset(), text(header=["", *HEADER], first=np.arange)),
    "log with a label and what is measured and wanted": (
        frozenset(),
        log([f"{name}__{{}}" for name in JOINTS], ("pos_meas", "vel_meas", "tgt"), HEADER[:7], label=True),
    ),
    "log of motors by number": (
        frozenset(),
        log(
            [f"motor_{n}_{{}}" for n in range(29)],
            ("q", "dq", "tau"),
            [*(f"root_{axis}" for axis in "xyz"), *(f"root_q{axis}" for axis in "xyzw")],
        ),
    ),
    "log of topics": (
        frozenset(),
        log(
            [f"/joint_states/{name}/{{}}" for name in JOINTS],
            ("position", "velocity"),
            [
                *(f"/odom/pose/pose/position/{axis}" for axis in "xyz"),
                *(f"/odom/pose/pose/orientation/{axis}" for axis in "xyzw"),
            ],
        ),
    ),
    "log of all positions by number": (
        frozenset(),
        log([f"qpos_{n}" for n in range(7, 36)], ("",), [f"qpos_{n}" for n in range(7)]),
    ),
    "table with contacts": (RATE, with_contacts),
    "LAFAN1, another name, as NumPy saves what a solver made": (RATE, text(name="mine.csv", form="%.18e")),
    "Kimodo's columns, as NumPy saves what a solver made": (RATE, solved),
    "LAFAN1, in tables of text": (frozenset(), text(name="walk1_subject1.txt", form="%.18e")),
}
"""Whose, and how it differs → what may be asked, and what writes it into a folder."""
