"""G1 motions as arrays by name in npz files and pickles: BeyondMimic's, mjlab's, GMR's, ASAP's and the like."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import LiteralString, cast

import numpy as np

from ...plain_files import open_plain
from ...texts.counts import columns_in_words
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from .. import rotations
from ..files.npz_archive import MAX_NAMES, NpyArchive, NpzArchive
from ..files.pickle_archive import JsonArchive, PickleArchive, Several
from ..rotations import FloatArray, norm
from .array_names import (
    BODY_POS,
    BODY_ROT,
    LIKELY_RATES,
    ROTATION_VECTORS,
    MotionArrays,
    PlainArrays,
    angles_in_states,
    joints_about_axes,
    joints_apart,
    rate_of_step,
    rate_of_times,
    reference_in,
)
from .joint_orders import JOINT_SETS, joints_called, sets_of
from .layouts import LAYOUT_OF, Layout, layout_called, layout_with
from .name_meanings import TORSO, column_of, is_of_torso, meaning_of, words_of
from .other_hands import parted_from_hands
from .several_motions import one_motion, table_widths
from .source import (
    AGAIN,
    CHOOSE,
    COUNTS,
    EULER_COLUMNS,
    MOST_OFF_UNIT,
    POSITION_FIRST,
    ROOT_COLUMNS,
    G1Source,
    by_frames,
    checked,
    pelvis_columns,
    require_known_robot,
    require_no_others,
    without_velocities,
)
from .variants import g1_variant
from .velocities import angular_derivative

_JOINTS = ("joint_names", "dof_names", "joints_list", "qpos_names")
_USUAL_XYZW = ("root_rot", "root_quaternion")
_ONLY_TABLE = ("qpos",)
_FRAMES = "frames"
"""MimicKit's only array: position, rotation vector, joints."""
_VECTOR = 6
_TWO_AXES = 6
_EULER_ROOT = 6  # columns of the pelvis's position and angles, and of their velocities
_ALIKE_SPEEDS = 0.9  # correlation of velocities with the motion's own, which differ by how they are made
_VECTORS = frozenset({"rotvec", "orient"})  # words of names that are never those of angles; AMASS has the latter
_ALIKE = np.cos(np.radians(1.0) / 2.0)  # of quaternions: of a robot that only turns, both are the same
_SAME_RATE = 0.02  # fraction by which a log's times are off its rate
_LARGEST_VECTOR = 1e3  # rad, as large as any joint's angle
_OF_LISTS = frozenset({"name", "names", "order", "labels", "columns", "joints", "dofs"})
_ABOUT = frozenset({"meta", "metadata", "info", "header", "attrs", "config"})
"""Words in names of lists of joints, and of what is said of the arrays."""
_HUMAN: LiteralString = "a human's motion, as AMASS and others have it of SMPL's body: retarget it as BVH, FBX or glTF"
_POINTS: LiteralString = "motion as points of a body, without angles of joints: retarget it as BVH, FBX or glTF"
_OF_HUMANS: dict[str, LiteralString] = {
    "smpl[hx]?|betas?": _HUMAN,
    r"\w*points\w*|landmarks|visibility|nose|spine|verts": _POINTS,
}
"""Words in names of what only files of humans have, where there are no angles of joints → what these files are."""
_FEATURES: dict[int, LiteralString] = {263: "HumanML3D", 251: "KIT-ML", 322: "Motion-X"}
"""Columns of a lone array → the data set of humans that has so many."""
_OF_POINTS = (3, 4)  # numbers of each, the last with a confidence
_FOREIGN: dict[str, LiteralString] = {
    "q_pelvis_tx": "LocoMuJoCo's earlier layout, of a G1 with three joints in its lower back",
    "skeleton_tree": "a motion of a skeleton's bodies, as poselib has it, without angles of joints",
    "posed_joints": "Kimodo's motion of bodies, without angles of joints: choose the CSV beside it",
    "states/left_arm": "a recording of arms without a pelvis, as xr_teleoperate makes it",
    "poses": _HUMAN,
    "pose_body": _HUMAN,
    "body_pose": _HUMAN,
    "fullpose": _HUMAN,
    "smpl_poses": _HUMAN,
}
"""A name in other kinds of files → what these are."""
META_FILE = "meta.json"
"""Next to HDMI's `motion.npz`, with the names and the fps that it lacks."""
MANIFEST_FILE, _FOLDERS = "manifest.json", 4
"""In a folder above any4hdmi's motions, and how many are looked into."""
_LONGEST_META_FILE = 2**18
_RATE = re.compile(r"\s*(\d{1,4}(?:\.\d*)?)\s*(?:fps|hz)?\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class _Pelvis:
    """Positions (F, 3), quaternions (F, 4), their usual order in such a file, and the stated order.

    `placed` and `turned` are as of `G1Source`.
    """

    pos: FloatArray
    rot: FloatArray
    usual: str
    stated: str | None = None
    of_bodies: bool = False
    placed: str = ""
    turned: str = ""


def read_g1_npz(path: Path, layout: str | None = None, motion: str | None = None) -> G1Source:
    """Read the numbers in an npz file; names and fps that it lacks may be in a `meta.json` next to it, as HDMI's.

    Other threads can run while it is read, and memory use is limited by `npz_archive.py`.

    Args:
        layout: that it is of; None to recognise it.
        motion: the number of one in a file with several, from 1.

    Raises:
        Several: it contains several motions, and none of them was chosen.
        Fault: it can't be read, contains pickles instead of numbers, or is not a motion of a G1. No input raises
            anything else.
    """
    archive = NpzArchive(path)
    has_joints = False
    for name in archive.names:
        meaning, _ = meaning_of(name) or (None, 0)
        has_joints |= meaning in ("joint_pos", "qpos")
    if not has_joints and any(map(archive.has_objects, archive.names)):
        return read_g1_pickle(path, layout, motion)
    return _source_of(archive, "npz", path, layout, motion)


def read_g1_array(path: Path, layout: str | None = None, motion: str | None = None) -> G1Source:
    """Read the numbers in an npy file with a single array: a row for each frame, that of a table; or several of these.

    Raises:
        Several, Fault: as `read_g1_npz`.
    """
    return _source_of(NpyArchive(path), "npy", path, layout, motion)


def read_g1_pickle(path: Path, layout: str | None = None, motion: str | None = None) -> G1Source:
    """Read the numbers in a pickle, or in a file of joblib's, of PyTorch's, or of numpy's with a dict in it.

    Nothing in it is run, and memory use is limited by `safe_pickle.py`. `motion` is the name of one in a file with
    several.

    Raises:
        Several, Fault: as `read_g1_npz`.
        OSError: it can't be read.
    """
    return _source_of(PickleArchive(path, motion), "pickle", path, layout, motion)


def read_g1_json_arrays(path: Path, layout: str | None = None, motion: str | None = None) -> G1Source:
    """Read the numbers in a JSON that isn't the service's, with the names that arrays have elsewhere.

    Raises:
        Several, Fault: as `read_g1_npz`.
        OSError: it can't be read.
    """
    return _source_of(JsonArchive(path, motion), "JSON", path, layout, motion)


def _layout_of(archive: MotionArrays, kind: str, path: Path, layout: str | None) -> Layout | None:
    """Return the layout that was chosen, or the one that the file is recognised by; raise Fault if it isn't of it."""
    recognised = layout_called(path.name) if kind == "npy" else layout_with(archive.names, kind)
    known = LAYOUT_OF[layout] if layout is not None else recognised
    if known is not None and (lacking := known.arrays - set(archive.names)):
        raise Fault(
            Text(
                "“{file}” is not of the layout of {layout}: it lacks {name}.",
                file=path.name,
                layout=known.name,
                name=min(lacking),
            ),
            "Choose another layout.",
        )
    return known


def _source_of(archive: MotionArrays, kind: str, path: Path, layout: str | None, motion: str | None) -> G1Source:
    archive = reference_in(archive)
    _refuse_foreign(archive, path)
    known = _layout_of(archive, kind, path, layout)
    archive = PlainArrays(one_motion(archive, path, motion), motion)
    if len(archive.motions) > 1 and motion not in archive.motions:
        raise Several(path.name, archive.motions)
    # two layouts have a whole frame in each row, whose columns nothing names
    if known is not None and _FRAMES in known.arrays:
        return _of_rotation_vectors(archive, kind, known)
    amp = _of_euler_frames(archive, kind)
    if amp is not None:
        return amp
    about = _said_within(archive) or (_said_next_to(path) if kind == "npz" else {})
    next_to, next_to_fps = _names_and_rate(about)
    name, words, angles = _joints_of(archive, path, next_to, motion)
    if words is not None and len(words) == angles.shape[1] - ROOT_COLUMNS + 1:
        words = words[1:]  # the pelvis's own joint comes first
    elif words is not None and len(words) > ROOT_COLUMNS and all(map(column_of, words[:ROOT_COLUMNS])):
        words = words[ROOT_COLUMNS:]  # and its position and quaternion, as MuJoCo has them
    # names say what each column is; without them, an object's pose or velocities may follow the joints
    angles, beside = (angles, ()) if words is not None else _without_others(angles)
    body_pos = _bodies(archive, _first(archive, BODY_POS), 3, len(angles))
    bodies = None if body_pos is None else _words(archive, next_to, ("body_names",), (body_pos.shape[1],))
    if bodies is None and body_pos is not None and known is not None and len(known.bodies) == body_pos.shape[1]:
        bodies = known.bodies
    # joints alone, or with the pelvis before them in the same table
    whole = len(words) if words is not None else angles.shape[1] - ROOT_COLUMNS
    if whole == angles.shape[1] - ROOT_COLUMNS and (
        words is not None or (sets_of(whole) and _has_root(angles, body_pos))
    ):
        pelvis, angles = _first_columns(angles), angles[:, ROOT_COLUMNS:]
    else:
        pelvis = _pelvis(archive, body_pos, bodies)
    fps = _fps(archive, next_to_fps)
    require_known_robot(words or ())
    kept, unknown = _columns_called(words or ())
    require_no_others(tuple(kept), [name for name, _ in unknown])
    others, hands = parted_from_hands(unknown, angles)
    return checked(
        G1Source(
            kind,
            pelvis.pos,
            pelvis.rot,
            angles[:, list(kept.values())] if kept else angles,
            joints=tuple(kept) if kept else None,
            quaternion_order=pelvis.stated,
            fps=fps,
            usual_order="isaac" if name == "joint_pos" and pelvis.of_bodies else "mujoco",
            usual_quaternion=pelvis.usual,
            usual_fps=50.0 if name == "joint_pos" else 30.0,
            body_pos=body_pos if body_pos is not None and len(body_pos) == len(angles) else None,
            bodies=bodies,
            ignored=(
                *beside,
                *(Text("the joint “{joint}”", joint=name) for name in others),
                *_other_times(archive, fps),
            ),
            hands=hands,
            layout=known,
            placed=pelvis.placed,
            turned=pelvis.turned,
        )
    )


def _columns_called(words: tuple[str, ...]) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """Return a robot's joint to its column, and the other columns' names and numbers; none where no name is known."""
    kept: dict[str, int] = {}
    unknown: list[tuple[str, int]] = []
    for column, (word, joint) in enumerate(zip(words, joints_called(words), strict=True)):
        if joint is not None:
            kept[joint] = column
        else:
            unknown.append((word, column))
    return kept, unknown if kept else []


def _joints_of(
    archive: PlainArrays, path: Path, next_to: dict[str, tuple[str, ...]], motion: str | None
) -> tuple[str | None, tuple[str, ...] | None, FloatArray]:
    """Return the name of the array with the joints' angles, the names of its columns, and the angles."""
    name = archive.called("joint_pos") or archive.called("qpos")
    apart = joints_apart(archive) if name is None else None
    if name is None and apart is None and ROTATION_VECTORS in archive.names:
        apart = joints_about_axes(archive.numbers(ROTATION_VECTORS))
    if apart is not None:
        return None, *apart
    states = angles_in_states(archive) if name is None else None
    if states is not None:
        return None, _words(archive, next_to, _JOINTS, (states.shape[1],)), states
    name = name or _table_of(archive, path, motion)
    if name is None:
        _refuse_humans(archive, path)
        shown = ", ".join(archive.names[:6]) or Text("nothing")
        raise Fault(
            Text(
                "“{file}” contains no joint angles under a known name (it contains {shown}).",
                file=path.name,
                shown=shown,
            ),
            "Name them joint_pos, root_pos, root_rot and fps.",
        )
    values = archive.numbers(name)
    if values.ndim > 2 and values.shape[-1] in _OF_POINTS:  # noqa: PLR2004 -- frames of joints
        raise Fault(Text("“{file}” is {what}.", file=path.name, what=Text(_POINTS)), CHOOSE)
    if archive.names == _ONLY_TABLE and (data := _FEATURES.get(values.shape[-1])) is not None:
        what = Text("a human's motion in the features of {data}: retarget it as BVH, FBX or glTF", data=data)
        raise Fault(Text("“{file}” is {what}.", file=path.name, what=what), CHOOSE)
    angles = _beside_pelvis(archive, _in_shape(values, name, (None, None)))
    counts = (angles.shape[1], angles.shape[1] - ROOT_COLUMNS, angles.shape[1] - ROOT_COLUMNS + 1)
    return name, _words(archive, next_to, _JOINTS, counts) or _joints_listed(archive, next_to, counts), angles


def _refuse_humans(archive: PlainArrays, path: Path) -> None:
    """Refuse what has no angles of joints, but names of what only files of humans have."""
    words = {word for name in archive.names for word in words_of(name)}
    for pattern, what in _OF_HUMANS.items():
        if any(re.fullmatch(pattern, word) for word in words):
            raise Fault(Text("“{file}” is {what}.", file=path.name, what=Text(what)), CHOOSE)


def _beside_pelvis(archive: PlainArrays, table: FloatArray) -> FloatArray:
    """Return the joints' table with frames as rows: where they are its columns, the pelvis has as many positions."""
    position = archive.called("root_pos")
    shape = archive.numbers(position).shape if position is not None else ()
    return table.T if table.shape[1] in shape and table.shape[0] not in shape else table


def _without_others(table: FloatArray) -> tuple[FloatArray, tuple[Sentence, ...]]:
    """Return a table of nothing but a pelvis and joints, and what is left out."""
    # where no robot alone has as many columns, and joints alone wouldn't begin with a rotation
    if (
        table.shape[1] - ROOT_COLUMNS in table_widths()
        and table.shape[1] not in table_widths()
        and pelvis_columns(table) is not None
    ):
        return table[:, :-ROOT_COLUMNS], ("the object's pose in the last columns",)
    return without_velocities(table)


def _refuse_foreign(archive: MotionArrays, path: Path) -> None:
    """Refuse what is a motion of another kind of robot or of a human, by what it is."""
    for name, what in _FOREIGN.items():
        # a robot's motion may have its human source beside it
        if name in archive.names and not _has_joints(archive):
            raise Fault(Text("“{file}” is {what}.", file=path.name, what=Text(what)), CHOOSE)


def _has_joints(archive: MotionArrays) -> bool:
    plain = PlainArrays(archive)
    joints = plain.called("joint_pos")
    return joints is not None and plain.numbers(joints).ndim == 2  # noqa: PLR2004 -- frames of joints


def _of_rotation_vectors(archive: PlainArrays, kind: str, layout: Layout) -> G1Source:
    """Return MimicKit's frames: position and rotation vector of the pelvis, and the joints."""
    frames = _shaped(archive, _FRAMES, (None, None))
    return checked(
        G1Source(
            kind,
            frames[:, :3],
            _from_vectors(frames[:, 3:_VECTOR]),
            frames[:, _VECTOR:],
            quaternion_order="wxyz",
            fps=_fps(archive, None),
            layout=layout,
        )
    )


def _of_euler_frames(archive: PlainArrays, kind: str) -> G1Source | None:
    """Return the motion in TienKung-Lab's frames; None for anything else."""
    name = next((name for name in archive.names if words_of(name) == [_FRAMES]), None)
    fps = _fps(archive, None) if name is not None else None
    if name is None or fps is None or fps <= 0.0:
        return None
    try:
        found = _euler_frames(_shaped(archive, name, (None, None)), fps)
    except Fault:  # lists of something else
        return None
    if found is None:
        return None
    return checked(G1Source(kind, *found, quaternion_order="wxyz", fps=fps, layout=LAYOUT_OF["tienkung"]))


def _euler_frames(table: FloatArray, fps: float) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Return (F, 3) positions, (F, 4) quaternions wxyz and (F, J) angles in rows (F, 12 + 2 J); None for other rows.

    TienKung-Lab's rows are: position and angles of the pelvis, joints, the velocities of all of these. Its velocities
    tell it from rows of as many other numbers, and which way its angles are meant.
    """
    joints, odd = divmod(table.shape[1] - 2 * _EULER_ROOT, 2)
    if odd or not sets_of(joints) or len(table) < EULER_COLUMNS or not (np.abs(table) < 1e3).all():  # noqa: PLR2004 -- rad/s
        return None
    position, angles, own, _, turning, speeds = np.split(
        table, np.cumsum([EULER_COLUMNS, EULER_COLUMNS, joints, EULER_COLUMNS, EULER_COLUMNS]), axis=1
    )
    if _correlation(np.gradient(own, axis=0), speeds) < _ALIKE_SPEEDS:
        return None
    # about the pelvis's own axes in turn, or the world's: the ones whose rotation is as fast as the file says
    about_own, about_world = rotations.conjugate(rotations.from_angles(-angles)), rotations.from_angles(angles)
    off_own, off_world = _off_speed(about_own, turning, fps), _off_speed(about_world, turning, fps)
    # where neither is much nearer, and they aren't one rotation, the file doesn't tell which
    is_unsure = min(off_own, off_world) > max(off_own, off_world) / 2.0
    if is_unsure and np.abs(rotations.dot(about_own, about_world)).min() < _ALIKE:
        return None
    return position, about_own if off_own <= off_world else about_world, own


def _off_speed(quaternions: FloatArray, turning: FloatArray, fps: float) -> float:
    """Return how far a rotation's velocity is from the file's, along the world's axes or the pelvis's own, rad/s."""
    offs: list[float] = []
    # from frame to frame, or across both neighbours, as converters have it
    steps = rotations.to_rotation_vector(rotations.multiply(quaternions[1:], rotations.conjugate(quaternions[:-1])))
    for world in (steps * fps, angular_derivative(quaternions, fps)):
        frames = slice(len(world))
        own = rotations.rotate(rotations.conjugate(quaternions[frames]), world)
        # trainers differ in whose axes a turning speed is along
        offs.append(float(np.abs(world - turning[frames]).mean()))
        offs.append(float(np.abs(own - turning[frames]).mean()))
    return min(offs)


def _correlation(one: FloatArray, other: FloatArray) -> float:
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return float(np.sum(one * other) / lengths) if lengths > 0.0 else 0.0


def _first_columns(table: FloatArray) -> _Pelvis:
    """Return the pelvis in the first columns: its position first, or its quaternion as OmniRetarget's."""
    position, quaternion = pelvis_columns(table) or POSITION_FIRST
    stated = "wxyz" if (position, quaternion) != POSITION_FIRST else None
    return _Pelvis(table[:, position], table[:, quaternion], "wxyz", stated)


def _first(archive: MotionArrays, names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in archive.names:
            return name
    return None


def _has_root(table: FloatArray, body_pos: FloatArray | None) -> bool:
    """Return whether an array begins with the pelvis: where the bodies have it, too, only if rotations follow."""
    return body_pos is None or pelvis_columns(table) == POSITION_FIRST


def _table_of(archive: PlainArrays, path: Path, motion: str | None) -> str | None:
    """Return the array with the pelvis and joints in each row, if there is one, whatever it is called.

    Raises:
        Several: there are several, and none of them was chosen.
    """
    tables: list[str] = []
    for name in archive.own:
        try:
            table, _ = _without_others(_shaped(archive, name, (None, None)))
        except Fault:  # texts, a box, or no rows
            continue
        if table.shape[1] in table_widths() and pelvis_columns(table) is not None:
            tables.append(name)
    if len(tables) > 1 and motion not in tables:
        raise Several(path.name, tuple(tables))
    return motion if motion in tables else next(iter(tables), None)


def _pelvis(archive: PlainArrays, body_pos: FloatArray | None, bodies: tuple[str, ...] | None) -> _Pelvis:
    """Return the pelvis from its own arrays, else from the bodies (`_root_among`), else from the torso's arrays."""
    root = _root_among(bodies or ())
    position, pose = archive.called("root_pos"), archive.called("root_pose")
    if body_pos is not None:
        # the torso's own arrays say no more than the bodies do
        position = None if position is None or is_of_torso(position) else position
        pose = None if pose is None or is_of_torso(pose) else pose
    posed = _posed(archive, pose) if position is None and pose is not None else None
    if posed is not None:
        return posed
    if position is not None:
        pos, placed = _shaped(archive, position, (None, 3)), _torso_in(position)
    elif body_pos is not None:
        pos, placed = body_pos[:, root[0]], root[1]
    elif archive.names == _ONLY_TABLE:
        raise Fault(
            Text(
                "The array has {columns}; a robot's has 7 for the pelvis and {counts} for the joints.",
                columns=columns_in_words(archive.numbers("qpos").shape[-1]),
                counts=COUNTS,
            ),
            CHOOSE,
        )
    else:
        raise Fault("The file contains no position of the pelvis.", "Name its positions root_pos.")
    return replace(_rotated(archive, pos, root, has_bodies=body_pos is not None), placed=placed)


def _posed(archive: PlainArrays, name: str) -> _Pelvis | None:
    """Return the pelvis from an array of poses: matrices, or positions and quaternions; None for another array."""
    table, torso = archive.numbers(name), _torso_in(name)
    if table.shape[1:] == (4, 4):
        pelvis = _Pelvis(table[:, :3, 3], _from_matrices(table[:, :3, :3]), "wxyz", "wxyz")
        return replace(pelvis, placed=torso, turned=torso)
    table = _in_shape(table, name, (None, None))
    return replace(_first_columns(table), placed=torso, turned=torso) if table.shape[1] >= ROOT_COLUMNS else None


def _rotated(archive: PlainArrays, pos: FloatArray, root: tuple[int, str], *, has_bodies: bool) -> _Pelvis:
    """Return the pelvis with these positions; its rotations are found as `_pelvis` says."""
    rotation, angles = archive.called("root_rot"), archive.called("root_rpy")
    if rotation is not None and not (is_of_torso(rotation) and (has_bodies or angles is not None)):
        return _Pelvis(pos, *_turned(archive, rotation), turned=_torso_in(rotation))
    if angles is not None:
        return _Pelvis(pos, _shaped(archive, angles, (None, EULER_COLUMNS)), "wxyz")
    if ROTATION_VECTORS in archive.names:
        vectors = _shaped(archive, ROTATION_VECTORS, (None, None, 3))
        return _Pelvis(pos, _from_vectors(vectors[:, 0]), "wxyz", "wxyz")
    body_rot = _bodies(archive, _first(archive, BODY_ROT), 4, len(pos))
    index, body = root
    if body_rot is None or index >= body_rot.shape[1]:
        raise Fault("The file contains no rotation of the pelvis.", "Name its quaternions root_rot.")
    return _Pelvis(pos, body_rot[:, index], "wxyz", None, of_bodies=True, turned=body)


def _root_among(bodies: tuple[str, ...]) -> tuple[int, str]:
    """Return which of a file's bodies is the pelvis, and ''; without it, the first that a robot has, and its name."""
    roots: set[str] = set()
    of_robots: set[str] = set()
    for robot in map(g1_variant, JOINT_SETS):
        roots.add(robot.root)
        of_robots.update(robot.bodies)
    for index, body in enumerate(bodies):
        if body in roots:
            return index, ""
    for index, body in enumerate(bodies):
        if body in of_robots:
            return index, body
    return 0, ""


def _torso_in(name: str) -> str:
    return TORSO if is_of_torso(name) else ""


def _turned(archive: PlainArrays, name: str) -> tuple[FloatArray, str, str | None]:
    """Return the pelvis's quaternions, their usual order and the stated one: from matrices and vectors, too."""
    values = archive.numbers(name)
    if values.shape[1:] == (_TWO_AXES,):
        values = _whole_matrices(values)
    if values.shape[1:] == (3, 3):
        return _from_matrices(values), "wxyz", "wxyz"
    if values.shape[1:] == (3,):
        if _VECTORS.isdisjoint(words_of(name)):
            _require_vectors(values)
        return _from_vectors(values), "wxyz", "wxyz"
    usual = "xyzw" if name in _USUAL_XYZW else "wxyz"
    return _in_shape(values, name, (None, 4)), usual, archive.order()


def _whole_matrices(six: FloatArray) -> FloatArray:
    """Return rotation matrices from the first two of their columns (F, 6): row by row, or one after the other.

    Raises:
        Fault: they are neither, or may be rows as well.
    """
    # rounding beyond 1 is no axis
    six = np.clip(six, -1.0, 1.0)
    by_rows, apart = six.reshape(-1, 3, 2), six.reshape(-1, 2, 3)
    if _are_axes(by_rows[..., 0], by_rows[..., 1]):
        return _with_third(by_rows[..., 0], by_rows[..., 1])
    if _are_axes(apart[:, 0], apart[:, 1]):
        matrices = _with_third(apart[:, 0], apart[:, 1])
        # columns and rows differ by the inverse: where that is the same rotation, both readings are right
        quaternions = _from_matrices(matrices)
        if float(np.abs(rotations.dot(quaternions, rotations.conjugate(quaternions))).min(initial=1.0)) >= _ALIKE:
            return matrices
    raise Fault(
        "The pelvis's rotations have six numbers, which may be rows or columns of a matrix.",
        "Save them as quaternions: root_rot_wxyz.",
    )


def _are_axes(first: FloatArray, second: FloatArray) -> bool:
    """Return whether vectors (F, 3) have length 1 and are at right angles."""
    across = np.abs(np.sum(first * second, axis=1))
    lengths = norm(np.stack([first, second]))
    return bool((across < MOST_OFF_UNIT).all() and (np.abs(lengths - 1.0) < MOST_OFF_UNIT).all())


def _with_third(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.stack([first, second, rotations.cross(first, second)], axis=2)


def _from_matrices(matrices: FloatArray) -> FloatArray:
    return rotations.from_matrix(np.clip(matrices, -1.0, 1.0))


def _from_vectors(vectors: FloatArray) -> FloatArray:
    return rotations.from_rotation_vector(np.clip(vectors, -_LARGEST_VECTOR, _LARGEST_VECTOR))


def _require_vectors(values: FloatArray) -> None:
    """Raise Fault unless three numbers (F, 3) are nearly the same rotations as vectors and as angles."""
    # small rotations are nearly the same either way: then it doesn't matter
    bounded = np.clip(values, -_LARGEST_VECTOR, _LARGEST_VECTOR)
    if float(np.abs(rotations.dot(_from_vectors(values), rotations.from_angles(bounded))).min(initial=1.0)) < _ALIKE:
        raise Fault(
            "The pelvis's rotations have three numbers, which may be angles or a vector.",
            "Name them root_rpy if they are angles about X, Y and Z, or root_rotvec.",
        )


def _shaped(archive: MotionArrays, name: str, shape: tuple[int | None, ...]) -> FloatArray:
    return _in_shape(archive.numbers(name), name, shape)


def _in_shape(array: FloatArray, name: str, shape: tuple[int | None, ...]) -> FloatArray:
    if len(array.shape) == len(shape) + 1 and array.shape[-1] == 1:
        array = array[..., 0]  # PHC's angles, each in a list of its own
    if len(array.shape) == len(shape) + 1 and array.shape[0] == 1:
        array = array[0]  # a batch of one
    if len(array.shape) == len(shape) + 1 and array.shape[1] == 1:
        array = array[:, 0]  # of one robot each
    if len(array.shape) == len(shape) - 1:
        array = array[None]  # a single frame
    if shape == (None, None) and len(array.shape) == len(shape):
        array = by_frames(array)
    if len(array.shape) == len(shape) and array.shape[0] == shape[1] != array.shape[1]:
        array = array.T  # frames as columns
    # after what converters add around an array is taken off
    fits = len(array.shape) == len(shape)
    for want, have in zip(shape, array.shape, strict=False):
        fits &= want in (None, have)
    if not fits:
        sizes = [str(size or "joints") for size in shape[1:]]
        asked = " x ".join(["frames", *sizes])
        raise Fault(
            Text("{name} has the shape {shape}, not {asked}.", name=name, shape=array.shape, asked=asked), AGAIN
        )
    return array


def _bodies(archive: MotionArrays, name: str | None, size: int, frames: int) -> FloatArray | None:
    """Return (F, B, size) of an array of bodies, also of just one; None where the file has none."""
    if name is None:
        return None
    array = archive.numbers(name)
    alone = array.shape == (frames, size) and frames > 1
    array = array[:, None] if alone else _in_shape(array, name, (None, None, size))
    if array.shape[1] == 0:
        raise Fault(Text("{name} has no bodies.", name=name), AGAIN)
    return array


def _words(
    archive: MotionArrays, next_to: dict[str, tuple[str, ...]], names: tuple[str, ...], counts: tuple[int, ...]
) -> tuple[str, ...] | None:
    """Return a list of names, in the file or next to it; None where there is none that fits."""
    # what the file says itself comes before what is next to it
    in_file = [archive.words(name) for name in names if name in archive.names]
    for words in (*in_file, *map(next_to.get, names)):
        # a list that is not as long as the columns is of something else
        if words is not None and len(words) in counts and len(set(words)) == len(words):
            return words
    return None


def _joints_listed(
    archive: PlainArrays, next_to: dict[str, tuple[str, ...]], counts: tuple[int, ...]
) -> tuple[str, ...] | None:
    """Return a list of a robot's joints under any name, or in one text; None where there is none that fits."""
    lists = [archive.words(name) for name in archive.names if not _OF_LISTS.isdisjoint(words_of(name))]
    for found in (*lists, *next_to.values()):
        is_text = found is not None and len(found) == 1
        words = tuple(re.split(r"[,;\s]+", found[0][:_LONGEST_META_FILE].strip())) if found and is_text else found
        if words is None or len(words) not in counts or len(set(words)) != len(words):
            continue
        # columns of the pelvis may be named before them
        known = len(words) - joints_called(words).count(None)
        if known >= max(len(words) - ROOT_COLUMNS, len(words) // 2):
            return words
    return None


def _said_next_to(path: Path) -> dict[str, object]:
    """Return what a JSON file beside a file, or above it, says of it; nothing if there is none."""
    content = _json_in(path.with_name(META_FILE))
    if content:
        return content
    for folder in path.parents[:_FOLDERS]:
        above = _json_in(folder / MANIFEST_FILE)
        if "qpos_names" in above:
            return above
    return {}


def _said_within(archive: PlainArrays) -> dict[str, object]:
    """Return what a JSON text among the arrays says of them; nothing if there is none."""
    for name in archive.names:
        words = archive.words(name) if not _ABOUT.isdisjoint(words_of(name)) else None
        if words is not None and len(words) == 1 and len(words[0]) <= _LONGEST_META_FILE:
            return _json_of(words[0])
    return {}


def _names_and_rate(about: dict[str, object]) -> tuple[dict[str, tuple[str, ...]], float | None]:
    """Return the lists of names and the frame rate in what is said of a file."""
    names: dict[str, tuple[str, ...]] = {}
    rates: list[tuple[int, float]] = []
    for name, value in about.items():
        meaning, far = meaning_of(name) or (None, 0)
        if isinstance(value, list):
            words = cast("list[object]", value)
            if len(words) <= MAX_NAMES and all(isinstance(word, str) for word in words):
                names[name] = tuple(cast("list[str]", words))
        elif isinstance(value, int | float) and value > 0.0 and meaning in ("fps", "dt"):
            rates.append((far, float(value) if meaning == "fps" else rate_of_step(value)))
    return names, min(rates)[1] if rates else None


def _json_in(path: Path) -> dict[str, object]:
    """Return the object in a small JSON file; an empty one if it contains something else, or isn't there."""
    try:
        with open_plain(path) as file:
            return _json_of(file.read(_LONGEST_META_FILE))
    except OSError:
        return {}


def _json_of(text: str | bytes) -> dict[str, object]:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _fps(archive: PlainArrays, otherwise: float | None) -> float | None:
    rate, seconds, times = map(archive.called, ("fps", "dt", "times"))
    if rate is not None:
        return _stated_rate(archive, rate)
    if seconds is not None:
        found = archive.numbers(seconds).ravel()
        # of a time step in ms nothing tells whether it is one, or a rate
        if len(found) == 1 and found[0] > 0.0 and 1.0 / float(found[0]) >= LIKELY_RATES[0]:
            return rate_of_step(float(found[0]))
    if times is not None and otherwise is None:
        found = archive.numbers(times).ravel()
        return rate_of_times(found) if len(found) > 1 else None
    return otherwise


def _other_times(archive: PlainArrays, fps: float | None) -> tuple[Text, ...]:
    """Return a sentence on the file's times if they tell another rate than it says."""
    times = archive.called("times")
    try:
        found = archive.numbers(times).ravel() if times is not None else np.zeros(1)
    except Fault:  # dates
        return ()
    told = rate_of_times(found) if len(found) > 1 else None
    if fps is None or told is None or abs(told - fps) < _SAME_RATE * fps:
        return ()
    return (Text("the times, which tell {fps:g} frames per second", fps=told),)


def _stated_rate(archive: PlainArrays, name: str) -> float | None:
    """Return the rate in an array or a text, also if it is there for each frame; None if it can't be one.

    Raises:
        Fault: there are several, or none.
    """
    words = archive.words(name)
    texts = list(filter(None, map(_RATE.fullmatch, words or ())))
    values = [float(text[1]) for text in texts] if texts else archive.numbers(name).ravel().tolist()
    if not values or values.count(values[0]) != len(values):
        raise Fault(Text("{name} holds {count} numbers, not one frame rate.", name=name, count=len(values)), AGAIN)
    # a fraction of a frame per second is a time step
    return None if 0.0 < values[0] < 1.0 else values[0]
