"""FBX files of any nodes, of a sound file's nodes in any disorder, and with any bytes of it changed."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from tests.media.fbx_file import Long, Node, Value, fbx_bytes
from tests.media.hostile_fbx import whole
from tests.media.hostile_fbx_numbers import small_scene

from .spoiling import byte_changes, with_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = ("Objects", "Model", "KeyTime", "Properties70", "P", "C", "", "x" * 255)
_arrays = st.sampled_from(
    (
        np.zeros(0),
        np.full(3, np.nan),
        np.zeros(3, dtype=np.int32),
        np.array([0, 2**62, -(2**62)]),
        np.zeros(3, dtype=np.float32),
    )
)
_values: st.SearchStrategy[Value] = st.one_of(
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1).map(Long),
    st.floats(),
    st.booleans(),
    st.binary(max_size=9),
    st.sampled_from(("", "Lcl Scaling", "name\x00\x01Model", "\ue000")),
    st.just(70_000).map("x".__mul__),
    _arrays,
    st.binary(min_size=1, max_size=12).map(bytearray),
)
_nodes: st.SearchStrategy[Node] = st.recursive(
    st.builds(Node, st.sampled_from(_NAMES), st.lists(_values, max_size=3)),
    lambda inner: st.builds(Node, st.sampled_from(_NAMES), st.lists(_values, max_size=2), st.lists(inner, max_size=4)),
    max_leaves=8,
)


def _all(top: list[Node]) -> list[Node]:
    return [node for one in top for node in (one, *_all(one.children))]


def _changed(changes: Sequence[tuple[int, str, Node, Value]]) -> bytes:
    top = copy.deepcopy(small_scene(1))
    for index, how, node, value in changes:
        nodes = _all(top)
        target = nodes[index % len(nodes)]
        if how == "empty":
            target.children = []
        elif how == "inside":
            target.children.append(node)
        elif how == "values":
            target.values = [value]
        elif how == "more":
            target.values.append(value)
        else:
            target.children += target.children * 3
    return fbx_bytes(top)


_kinds = st.sampled_from(("empty", "inside", "values", "more", "repeated"))
_scenes = st.lists(st.tuples(st.integers(0, 2**16), _kinds, _nodes, _values), max_size=3).map(_changed)
spoiled_fbx: st.SearchStrategy[bytes] = st.one_of(
    st.lists(_nodes, max_size=4).map(fbx_bytes),
    _scenes,
    st.builds(with_bytes, _scenes, byte_changes),
    st.builds(with_bytes, st.just(whole()[0]), byte_changes),
)
