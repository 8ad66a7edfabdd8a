"""Readers of foreign data: each with sound data, with what spoils them, and with its ways to refuse.

A target returns True where it took what it was given, False where it refused it as it documents. Anything else that it
raises is a fault of the reader, and so is what its own assertions find.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from hypothesis import strategies as st

from aimocap_blender.jobs.capture import VERSION
from aimocap_blender.jobs.ledger import LOG, RECORD, TORN, Ledger, survey
from aimocap_blender.jobs.view import Driving, view_of
from aimocap_blender.motion.bones.control_profiles import FOLDER, profile_of, read_profile
from aimocap_blender.motion.bones.humanoid import SLOTS, BoneMap, BoneMatch, Switch
from aimocap_blender.motion.g1.files import read_g1_file, write_g1_npz
from aimocap_blender.motion.g1.joint_orders import joint_names
from aimocap_blender.record_json import to_json
from aimocap_blender.service import answers, contract
from aimocap_blender.service.contract import Generation
from aimocap_blender.service.faults import Kind, ServiceFault
from aimocap_blender.texts.faults import Fault
from tests.jobs.example_captures import EXAMPLE

from .fbx_nodes import spoiled_fbx
from .npz_bytes import spoiled_npz
from .pickle_bytes import spoiled_arrays, spoiled_pickles
from .spoiling import spoiled_bytes, spoiled_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from hypothesis.strategies import SearchStrategy

_REAL = Path(__file__).resolve().parents[3] / "shared" / "data"
_LONGEST_SENTENCE = 1000


@dataclass(frozen=True)
class Target:
    """A reader to be fed."""

    name: str
    inputs: SearchStrategy[bytes]
    takes: Callable[[bytes], bool]


def targets() -> list[Target]:
    """All of them; those that need real files only where these are."""
    return [
        Target("answers of the service", spoiled_json(*_ANSWERS), _answer),
        Target("refusals by the service", spoiled_json(*_REFUSALS), _refusal),
        Target("motion JSON", spoiled_json(_MOTION), lambda data: _motion(data, ".json")),
        Target("JSON of arrays", spoiled_json(_ARRAYS, _OTHERS, [_FRAME] * 2), lambda data: _motion(data, ".json")),
        Target(
            "JSON lines",
            st.lists(spoiled_json(_FRAME), max_size=3).map(b"\n".join),
            lambda data: _motion(data, ".jsonl"),
        ),
        Target("CSV", spoiled_bytes(*_TABLES), lambda data: _motion(data, ".csv")),
        Target("npz", spoiled_npz, lambda data: _motion(data, ".npz")),
        Target("pickles", spoiled_pickles, lambda data: _motion(data, ".pkl")),
        Target("tensors and npy", spoiled_arrays, lambda data: _motion(data, ".pt")),
        Target("FBX", spoiled_fbx, _fbx),
        Target("BVH", spoiled_bytes(_BVH), _bvh),
        Target("captures' records", spoiled_json({"v": VERSION} | _RECORD), _record),
        Target("the captures' log", st.lists(spoiled_json(_NOTE), max_size=3).map(b"\n".join), _log),
        Target("bone maps", spoiled_json(_BONE_MAP.to_json(), _BONE_MAP.bones()), _bone_map),
        Target("control profiles", spoiled_json(*_PROFILES), _profile),
        *_of_real_files(),
    ]


def _of_real_files() -> list[Target]:
    if not _REAL.is_dir():
        return []
    motion = (_REAL / "g1/kimodo_walk.json").read_bytes()
    fbx = [(_REAL / "motions" / name).read_bytes() for name in ("cmu_91_48.fbx", "assimp_skeleton.fbx")]
    return [
        Target("a real motion JSON", spoiled_bytes(motion), lambda data: _motion(data, ".json")),
        Target("a real npz", spoiled_bytes(_npz_of(motion)), lambda data: _motion(data, ".npz")),
        Target("real FBX", spoiled_bytes(*fbx), _fbx),
    ]


def _npz_of(motion: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "motion")
        path.write_bytes(motion)
        write_g1_npz(path, read_g1_file(path).motion)
        return path.read_bytes()


# the service

_STATE = {"job": {"id": "j1", "status": "processing", "targetIds": ["default"]}, "events": ["a", {"message": "b"}]}
_FLAT = {"jobId": "j1", "status": "completed", "targetId": "default", "resultType": "fbx", "fbxUrl": "https://s/f"}
_LISTED = {"status": "completed", "outputs": [_FLAT], "previewVideoUrl": "https://s/p", "completedAt": "2026-01-01"}
_CREATED = {"jobId": "j1", "status": "draft", "uploadUrl": "https://s/u?X-Signature=a"}
_ANSWERS = tuple(answer for plain in (_STATE, _FLAT, _LISTED, _CREATED) for answer in (plain, {"data": plain}))
_REFUSALS = (
    {"error": {"code": "api_plan_inactive", "message": "Inactive.", "details": ["a", "b"]}},
    {"data": {"error": "insufficient_api_v_credits", "message": "targetIds is unknown"}},
    {"errorCode": "odd_code", "errorMessage": "sk-secret https://u:p@h/x?sig=1", "detail": [{"a": 1}]},
)


def _answer(body: bytes) -> bool:
    taken = False
    try:
        answer = answers.parse(body)
    except ServiceFault as fault:
        _is_fit(fault, Kind.BAD_ANSWER)
        return False
    readers: tuple[Callable[[answers.Json], object], ...] = (
        contract.job_state,
        lambda found: contract.job_result(found, "default"),
        lambda found: contract.created_job(found, Generation.B, ()),
    )
    for read in readers:
        try:
            json.dumps(str(read(answer))).encode()
            taken = True
        except ServiceFault as fault:
            _is_fit(fault, Kind.BAD_ANSWER)
    return taken


def _refusal(body: bytes) -> bool:
    found = answers.refusal(422, {"Retry-After": body[:20].decode("latin-1")}, body)
    _is_fit(found, Kind.REFUSED)
    assert "secret" not in found.said
    assert found.said.isprintable()
    for used in Generation:
        contract.other_generation(used, found, body)
    return found.code is not None


def _is_fit(fault: ServiceFault, kind: Kind) -> None:
    assert fault.kind is kind
    for sentence in (fault.what, fault.next_step):
        _is_sentence(sentence)
        assert "secret" not in sentence


def _is_sentence(text: str) -> None:
    """Whether it may be shown: no endless text, nothing that isn't printable."""
    assert text.isprintable(), text
    assert len(text) < _LONGEST_SENTENCE, len(text)


# motions

_MOTION = {
    "version": 1,
    "robotType": "unitree_g1",
    "fps": 30,
    "frameCount": 2,
    "root_pos": [[0.0, 0.0, 0.79]] * 2,
    "root_rot_xyzw": [[0.0, 0.0, 0.0, 1.0]] * 2,
    "dof_pos": [[0.1] * 29] * 2,
}
_FRAME = {"root_pos": [0.0, 0.0, 0.79], "root_quat": [1.0, 0.0, 0.0, 0.0], "dof_pos": [0.1] * 29, "t": 0.0}
_ARRAYS = {
    "fps": "30",
    "walk": {"root/pos": [[0.0, 0.0, 0.79]] * 2, "root_rpy": [[0.0] * 3] * 2, "dof_pos": [[0.1] * 29] * 2},
}
_OTHERS = {
    "FPS": 30,
    "pelvisPosition": [[0.0, 0.0, 0.79]] * 2,
    "base_rot": [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]] * 2,
    "q": [[0.1] * 29] * 2,
}
_ROW = b"0,0,0.79,0,0,0,1" + b",0.1" * 29 + b"\n"
_NAMES = b",".join(b"root_%s" % name for name in (b"x", b"y", b"z", b"qx", b"qy", b"qz", b"qw"))
_SIGNALS = zip([*_NAMES.split(b","), *map(str.encode, joint_names("29dof", "mujoco"))], _ROW.split(b","), strict=True)
_TABLES = (
    _ROW * 3,
    _NAMES + b"," + b",".join(b"joint%d" % joint for joint in range(29)) + b"\n" + _ROW * 2,
    b"joint,0,0.03\n" + b"".join(b"%s,%s,%s\n" % (name, cell.strip(), cell.strip()) for name, cell in _SIGNALS),
)


def _motion(data: bytes, suffix: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"any{suffix}")
        path.write_bytes(data)
        try:
            motion = read_g1_file(path).motion
        except Fault as fault:
            _is_sentence(fault.what)
            _is_sentence(fault.next_step)
            return False
    frames = len(motion.root_pos)
    assert motion.dof_pos.shape == (frames, len(motion.model.joints))
    assert 0.0 < motion.fps < np.inf
    for numbers in (motion.root_pos, motion.root_quat, motion.dof_pos):
        assert np.isfinite(numbers).all()
    return True


# FBX


def _alone(name: str) -> ModuleType:
    """A module that stands alone, without the room around it, which needs Blender."""
    path = Path(__file__).resolve().parents[2] / "aimocap_blender" / "scene" / "fbx" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{name}_alone", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_problem_of_fbx = _alone("fbx_check").problem_of_fbx
_bvh_text = _alone("bvh_text")
_BVH = b"""HIERARCHY
ROOT hip {
  OFFSET 0 1.5 0
  CHANNELS 4 Xposition Zrotation Xrotation Yrotation
  End Site { OFFSET 0 -1.5 0 }
}
MOTION
Frames: 2
Frame Time: 0.04
0.5 10.5 0.0 0.0
0.5 11.5 -1e-3 0.0
"""


def _bvh(data: bytes) -> bool:
    """A file as written again reads the same."""
    try:
        text, notes = _bvh_text.as_importers_read(data, "any.bvh")
    except _bvh_text.BvhProblem as problem:
        what: Any = cast("Any", problem).what
        _is_sentence(what.template.format_map(what.values))
        return False
    for note in notes:
        _is_sentence(note.template.format_map(note.values))
    assert _bvh_text.as_importers_read(text.encode("utf-8", "replace"), "any.bvh")[0].split() == text.split()
    return True


def _fbx(data: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.fbx")
        path.write_bytes(data)
        problem = _problem_of_fbx(path)
    for sentence in (problem.what, problem.next_step) if problem is not None else ():
        _is_sentence(sentence)
    return problem is None


# what the add-on has written itself

_RECORD = cast("dict[str, object]", to_json(EXAMPLE))


def _record(data: bytes) -> bool:
    """A record is loaded, or set aside as it was; never lost, never in the way."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder))
        ledger.make_folder("1")
        record = ledger.folder_of("1") / RECORD
        record.write_bytes(data)
        found = ledger.load("1")
        seen = survey(ledger, {})
        assert [one.capture for one in seen.changed] == ([] if found is None else [found])
        torn = record.with_name(TORN)
        assert (torn if torn.exists() else record).read_bytes() == data
        if found is not None:
            assert not torn.exists()
            assert ledger.load(ledger.save(found).id) is not None
            view_of(found, Driving(followed=True), Path(folder), 0.0)
    return found is not None


_NOTE = {"at": "2026-01-01T00:00:00+00:00", "capture": "1", "job": "j1", "state": "submitting"}


def _log(data: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, LOG).write_bytes(data)
        return bool(Ledger(Path(folder)).jobs())


_BONE_MAP = BoneMap(
    {slot: BoneMatch(f"DEF-{slot}", 0.5, "by name") for slot in SLOTS[:12]},
    ("spine", "chest"),
    ("neck",),
    "rigify",
    (Switch("hand", "IK_FK", 1.0),),
)
_PROFILES = [json.loads((FOLDER / name).read_bytes()) for name in ("biped.json", "rigify.json")]


def _bone_map(data: bytes) -> bool:
    try:
        found = BoneMap.from_json(json.loads(data.decode("utf-8-sig")))
    except (ValueError, RecursionError):  # what `bone_maps.py` documents and expects
        return False
    assert BoneMap.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found
    try:
        profile_of(found, "any")
    except ValueError:
        return False
    return True


def _profile(data: bytes) -> bool:
    try:
        read_profile(json.loads(data.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        return False
    return True
