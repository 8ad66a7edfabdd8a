"""Pickles and joblib's files of a robot's motion, and those with opcodes, names and sizes that don't belong there."""

from __future__ import annotations

import bz2
import io
import lzma
import pickle
import struct
import tempfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import joblib
import numpy as np
from hypothesis import strategies as st

from tests.media import torch_files

from .spoiling import byte_changes, with_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

_FRAMES = 3
_TENSORS = {
    "root_pos": np.tile([0.0, 0.0, 0.79], (_FRAMES, 1)),
    "root_rot": np.tile([0.0, 0.0, 0.0, 1.0], (_FRAMES, 1)),
    "dof_pos": np.full((_FRAMES, 29), 0.1),
}
_GMR = {"fps": 30, **_TENSORS, "local_body_pos": None, "link_body_list": ["pelvis", "torso_link"]}
_LISTS = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in _GMR.items()}
_NAMES = (b"os\nsystem", b"builtins\neval", b"numpy\nndarray", b"numpy\ndtype", b"_codecs\nencode", b"numpy\nload")
_CONSTRUCTED = (b"joblib.numpy_pickle\nNumpyArrayWrapper", b"numpy.core.multiarray\n_reconstruct", b"a" * 999 + b"\nb")
_SIZES = (0, 1, 2**16, 2**31 - 1, 2**32 - 1, 2**63)


def _joblib(value: object, *, compress: int) -> bytes:
    file = io.BytesIO()
    joblib.dump(value, file, compress=compress)
    return file.getvalue()


_sound = (
    *(pickle.dumps(value, protocol) for value in (_GMR, _LISTS) for protocol in (0, 2, 4, 5)),
    *(pickle.dumps(value) for value in ({PurePosixPath("/a/walk"): _GMR}, np.hstack(list(_TENSORS.values())))),
    *(_joblib({"walk": _GMR}, compress=compress) for compress in (0, 3)),
)
_opcodes = st.one_of(
    st.sampled_from([bytes([code]) for code in b"(tl]}aesu012.NRb)\x81\x93\x94\x85\x86\x87\x88\x8f\x97\x98"]),
    st.sampled_from([*_NAMES, *_CONSTRUCTED]).map(lambda name: b"c" + name + b"\n"),
    st.tuples(st.sampled_from([b"B", b"X", b"T", b"\x8b", b"r", b"j"]), st.sampled_from(_SIZES)).map(
        lambda sized: sized[0] + struct.pack("<I", sized[1] % 2**32)
    ),
    st.tuples(st.sampled_from([b"\x8e", b"\x8d", b"\x96"]), st.sampled_from(_SIZES)).map(
        lambda sized: sized[0] + struct.pack("<Q", sized[1])
    ),
    st.sampled_from([b"K\x03", b"J\xff\xff\xff\xff", b"\x8c\x02f8", b"C\x08" + bytes(8), b"G" + b"\xff" * 8, b"h\x00"]),
)


def _put_in(data: bytes, at: int, opcodes: list[bytes]) -> bytes:
    at %= len(data) + 1
    return data[:at] + b"".join(opcodes) + data[at:]


_programs = st.lists(_opcodes, max_size=30).map(lambda opcodes: b"\x80\x04" + b"".join(opcodes) + b".")
_changed = st.builds(with_bytes, st.sampled_from(_sound), byte_changes)
_with_opcodes = st.builds(
    _put_in, st.sampled_from(_sound), st.integers(0, 2**16), st.lists(_opcodes, min_size=1, max_size=4)
)
_plain = st.one_of(st.sampled_from(_sound), _changed, _with_opcodes, _programs)
spoiled_pickles: st.SearchStrategy[bytes] = st.one_of(_plain, _plain, _plain.map(zlib.compress))


def _torch(save: Callable[[Path, object], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.pt")
        tensors = {name: np.asarray(value, np.float32) for name, value in _TENSORS.items()}
        save(path, {"fps": 30} | tensors)
        return path.read_bytes()


def _npy(value: object) -> bytes:
    file = io.BytesIO()
    np.save(file, value, allow_pickle=True)  # pyrefly: ignore[bad-argument-type] -- an array, or PHUMA's dict
    return file.getvalue()


def _records() -> np.ndarray:
    parts = {name: np.asarray(value, np.float32) for name, value in _TENSORS.items()}
    array = np.zeros(len(parts["dof_pos"]), [(name, "<f4", part.shape[1:]) for name, part in parts.items()])
    for name, part in parts.items():
        array[name] = part
    return array


def _npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, motion=np.array(_GMR, object))
    return file.getvalue()


_archives = (
    *map(_torch, (torch_files.save, torch_files.save_old, torch_files.pickle_tensors)),
    *(_npz(), bz2.compress(pickle.dumps(_GMR)), lzma.compress(pickle.dumps(_GMR))),
    *(_npy(_GMR), _npy(np.hstack(list(_TENSORS.values()))), _npy(_records())),
)
spoiled_arrays: st.SearchStrategy[bytes] = st.one_of(
    st.sampled_from(_archives),
    st.builds(with_bytes, st.sampled_from(_archives), byte_changes),
    st.builds(_put_in, st.sampled_from(_archives), st.integers(0, 2**12), st.lists(_opcodes, min_size=1, max_size=4)),
)
"""PyTorch's files, numpy's of a dict, an array and objects, and packed pickles."""
