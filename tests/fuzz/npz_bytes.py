"""npz files of which the headers lie: those of the zip, and those of the arrays in it."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile

import numpy as np
from hypothesis import strategies as st

from .spoiling import byte_changes, with_bytes

_FRAMES = 3
_DTYPES = ("<f8", "<f4", ">f8", "<f2", "<i8", "|i1", "|b1", "<c16", "<U4", "|S4", "|O", "<M8[s]", "|V8", "<f999999999")
_SHAPES = ("(3, 29)", "(29, 3)", "(3,)", "()", "(0, 29)", "(1, 3, 29)", "(-1, 29)", "(1000000000, 29)", "(3, 29, 0)")
_ODD_SHAPES = ("(" + "9" * 4000 + ",)", "(2, " * 200, "(3L, 29L)", "None", "(3, 29", "(" + "1, " * 70 + ")")
_DESCRIPTIONS = (
    "[('a', '<f8')]",
    "[('dof_pos', '<f8', (29,)), ('a', '<f4')]",
    "[('a', '|b1', (999999, 999999))]",
    "{'descr': 1}",
    "__import__('os').getpid()",
    "'<f8'",
    "[" * 500 + "]" * 500,
)
_NAMES = ("dof_pos", "joint_pos", "root_pos", "root_rot", "fps", "body_pos_w", "joint_names", "../x", "", "a" * 300)
_MEMBERS = ("dof_pos", "root_pos", "root_rot", "fps")


def _header(dtype: str, fortran: str, shape: str) -> bytes:
    quoted = dtype if dtype[:1] in "[{_'" else f"'{dtype}'"
    return f"{{'descr': {quoted}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n".encode()


def _array(version: int, header: bytes, length: int | None, content: bytes) -> bytes:
    form = "<H" if version == 1 else "<I"
    most = 2 ** (8 * struct.calcsize(form)) - 1
    said = min(len(header) if length is None else length, most)
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(form, said) + header + content


_sound = {
    "dof_pos": np.full((_FRAMES, 29), 0.1),
    "root_pos": np.tile([0.0, 0.0, 0.79], (_FRAMES, 1)),
    "root_rot": np.tile([1.0, 0.0, 0.0, 0.0], (_FRAMES, 1)),
    "fps": np.array([30]),
}


def _plain(name: str) -> bytes:
    file = io.BytesIO()
    np.save(file, _sound[name])
    return file.getvalue()


_numbers = st.sampled_from((0.0, 1e400, -1e400, float("nan"), 1e308, 0.5, 1e-320))
_contents = st.one_of(
    _numbers.map(lambda number: struct.pack("<d", number) * (_FRAMES * 29)),
    st.binary(max_size=40),
    st.sampled_from((b"", bytes(8 * _FRAMES * 29), bytes(2**22), pickle.dumps({"a": 1}))),
)
_arrays = st.builds(
    _array,
    st.sampled_from((1, 1, 1, 2, 3, 0, 9)),
    st.builds(
        _header,
        st.sampled_from((*_DTYPES, *_DESCRIPTIONS)) | st.just("<f8"),
        st.sampled_from(("False", "True", "1", "[]")),
        st.sampled_from(("(3, 29)", *_SHAPES, *_ODD_SHAPES)),
    ),
    st.none() | st.sampled_from((0, 1, 70, 2**16 - 1, 2**32 - 1)),
    _contents,
)
_changed = st.dictionaries(st.sampled_from(_NAMES), st.none() | _arrays, max_size=2)


def _zip(changed: dict[str, bytes | None], method: int, lie: tuple[int, int] | None) -> bytes:
    """A zip of the arrays, changed or left out (None); `lie`: a field of a header, and what it says."""
    members = {name: _plain(name) for name in _MEMBERS} | changed
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(f"{name}.npy", content)
    data = bytearray(file.getvalue())
    if lie is not None:
        field, value = lie
        entry = data.find(b"PK\x01\x02")
        place = max(entry, 0) + field
        if place + 4 <= len(data):
            struct.pack_into("<I", data, place, value)
    return bytes(data)


_lies = st.none() | st.tuples(
    st.sampled_from((8, 10, 16, 20, 24, 28, 42)),  # flags, method, checksum, packed size, size, lengths of names, place
    st.sampled_from((0, 1, 9, 2**31 - 1, 2**32 - 1, 2**28)),
)
_methods = st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
_whole = st.builds(_zip, _changed, _methods, _lies)
spoiled_npz: st.SearchStrategy[bytes] = st.one_of(_whole, _whole, st.builds(with_bytes, _whole, byte_changes))
