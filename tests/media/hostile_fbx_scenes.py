"""FBX files of sound structure that describe what can't be: a small animated skeleton with one thing in it spoiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .fbx_file import Long, Node, Value, fbx_bytes
from .hostile_fbx_numbers import INF, NAN, Spoil, of, part, small_scene, spoiled_curves, spoiled_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

IDENTITY, FLAT, NOWHERE = np.eye(4).ravel(), np.zeros(16), np.full(16, NAN)
CORNERS = np.array([0, 1, -3], dtype=np.int32)


def spoiled_scenes() -> dict[str, bytes]:
    """By what is wrong with it, each file whose structure is sound."""
    files: dict[str, bytes] = {}
    for name, spoil in {
        **_connections(),
        **_ids_and_names(),
        **spoiled_curves(),
        **spoiled_numbers(),
        **_others(),
    }.items():
        top = small_scene()
        spoil(top)
        files[name] = fbx_bytes(top)
    files["something behind the end"] = fbx_bytes(small_scene()) + b"<script>" * 999
    files["a second file behind the end"] = fbx_bytes(small_scene()) * 2
    return files


def textured_scene(path: str) -> bytes:
    """A file with a picture at this path."""
    top = small_scene()
    _texture(path)(top)
    return fbx_bytes(top)


def _links(top: list[Node], source: str, target: str = "") -> Iterator[Node]:
    """The connections from objects of a class, to objects of another."""
    classes = {node.values[0]: node.name for node in part(top, "Objects").children}
    for link in part(top, "Connections").children:
        if classes.get(link.values[1]) == source and classes.get(link.values[2], "") in (target or classes.values()):
            yield link


def _link(top: list[Node], *values: Value) -> None:
    part(top, "Connections").add("C", *values)


def _add(top: list[Node], kind: str, name: Value, sub_type: str, number: int = 77) -> Node:
    return part(top, "Objects").add(kind, Long(number), name, sub_type)


def _joined(top: list[Node], child: Node, parent: Node) -> None:
    _link(top, "OO", child.values[0], parent.values[0])


def _connections() -> dict[str, Spoil]:
    def cycle(top: list[Node], count: int) -> None:
        models = of(top, "Model")
        _joined(top, models[0], models[count - 1])

    def closed(top: list[Node]) -> None:
        """No bone has the scene's root above it."""
        part(top, "Connections").children = [link for link in part(top, "Connections").children if link.values[2] != 0]
        cycle(top, 3)

    def to_itself(kind: str) -> Spoil:
        return lambda top: [_joined(top, node, node) for node in of(top, kind)]

    def both_ways(source: str, target: str) -> Spoil:
        return lambda top: [_link(top, "OO", *link.values[2:0:-1]) for link in list(_links(top, source, target))]

    return {
        "a bone that is its own parent": lambda top: cycle(top, 1),
        "two bones, each the other's parent": lambda top: cycle(top, 2),
        "three bones in a ring": lambda top: cycle(top, 3),
        "three bones in a ring without a root": closed,
        **{f"{kind} connected to itself": to_itself(kind) for kind in ("NodeAttribute", "AnimationCurve")},
        **{f"{kind} of itself": to_itself(kind) for kind in ("AnimationStack", "AnimationLayer", "AnimationCurveNode")},
        "a bone that belongs to what belongs to it": both_ways("NodeAttribute", "Model"),
        "a take within its own layer": both_ways("AnimationLayer", "AnimationStack"),
        "a curve that holds what it is in": both_ways("AnimationCurve", "AnimationCurveNode"),
        "connections to nobody": lambda top: [_link(top, "OO", Long(8), Long(9)), _link(top, "OP", Long(8), Long(9))],
        "a connection without an end": lambda top: _link(top, "OO", Long(8)),
        "a connection of nothing": _link,
        "a connection of texts": lambda top: _link(top, "OO", "bone0", "bone1"),
        "a connection of an unknown kind": lambda top: _link(top, "XX", Long(8), Long(9)),
        "a bone with two parents": lambda top: _joined(top, of(top, "Model")[2], of(top, "Model")[0]),
        "20,000 times the same connection": lambda top: [
            _joined(top, of(top, "Model")[2], of(top, "Model")[1]) for _ in range(20_000)
        ],
        "no connection at all": lambda top: part(top, "Connections").children.clear(),
    }


def _ids_and_names() -> dict[str, Spoil]:
    def numbered(number: Value) -> Spoil:
        return lambda top: [node.values.__setitem__(0, number) for node in of(top, "Model")]

    def named(name: Value) -> Spoil:
        return lambda top: [node.values.__setitem__(1, name) for node in of(top, "Model")]

    def raw(name: bytes) -> bytearray:
        return bytearray(b"S" + len(name).to_bytes(4, "little") + name)

    return {
        "bones of one id": numbered(Long(5)),
        "bones of id 0": numbered(Long(0)),
        "bones of id 2^63 - 1": numbered(Long(2**63 - 1)),
        "ids of 32 bits": numbered(5),
        "ids that are texts": numbered("5"),
        "objects without values": lambda top: part(top, "Objects").add("Model"),
        "names without end": named("n" * 60_000 + "\x00\x01Model"),
        "no names": named(""),
        "names of zeros": named("\0" * 9 + "\x00\x01Model"),
        "names with a zero within": named("bo\0ne\x00\x01Model"),
        "names with surrogates": named(raw(b"bone\xed\xa0\x80\x00\x01Model")),
        "names that are no UTF-8": named(raw(b"\xff\xfe\xc3\x00\x01Model")),
        "names that turn the writing round": named("\u202egnp.\u2066\x00\x01Model"),
        "names that are paths": named("../../../etc/passwd\x00\x01Model"),
        "names that are code": named("'\"]; import os #\x00\x01Model"),
        "names that are numbers": named(5),
    }


def _attribute(kind: str, *rows: tuple[Value, ...]) -> Spoil:
    def spoil(top: list[Node]) -> None:
        node = _add(top, "NodeAttribute", f"{kind}\x00\x01NodeAttribute", kind).properties(*rows)
        model = _add(top, "Model", f"{kind}\x00\x01Model", kind, 78).properties()
        _joined(top, node, model)
        _joined(top, model, Node("", [Long(0)]))

    return spoil


def _material_curve(top: list[Node]) -> None:
    """A colour of which one axis is animated."""
    material = _add(top, "Material", "m\x00\x01Material", "").properties()
    node = _add(top, "AnimationCurveNode", "c\x00\x01AnimCurveNode", "", 78)
    _link(top, "OP", Long(78), material.values[0], "DiffuseColor")
    _joined(top, node, of(top, "AnimationLayer")[0])
    _link(top, "OP", of(top, "AnimationCurve")[0].values[0], Long(78), "d|X")


def _mesh(vertices: Value, corners: Value) -> Spoil:
    def spoil(top: list[Node]) -> None:
        geometry = _add(top, "Geometry", "g\x00\x01Geometry", "Mesh").with_values(
            Vertices=vertices, PolygonVertexIndex=corners
        )
        model = _add(top, "Model", "g\x00\x01Model", "Mesh", 78).properties()
        _joined(top, geometry, model)
        _joined(top, model, of(top, "Model")[0])

    return spoil


def _bind_pose(matrix: np.ndarray) -> Spoil:
    def spoil(top: list[Node]) -> None:
        pose = _add(top, "Pose", "p\x00\x01Pose", "BindPose").with_values(Type="BindPose", NbPoseNodes=2**30)
        for model in of(top, "Model"):
            pose.add("PoseNode").with_values(Node=model.values[0], Matrix=matrix)

    return spoil


def _skinned(matrix: np.ndarray, indexes: np.ndarray) -> Spoil:
    def spoil(top: list[Node]) -> None:
        _mesh(np.zeros(9), CORNERS)(top)
        skin = _add(top, "Deformer", "s\x00\x01Deformer", "Skin", 79)
        cluster = _add(top, "Deformer", "c\x00\x01SubDeformer", "Cluster", 80).with_values(
            Indexes=indexes, Weights=np.full(len(indexes), NAN), Transform=matrix, TransformLink=matrix
        )
        _link(top, "OO", Long(79), Long(77))
        _joined(top, cluster, skin)
        _joined(top, of(top, "Model")[1], cluster)

    return spoil


def _texture(path: str) -> Spoil:
    def spoil(top: list[Node]) -> None:
        video = _add(top, "Video", "v\x00\x01Video", "Clip").with_values(
            Filename=path, RelativeFilename=path, Content=b"\x89PNG junk"
        )
        image = _add(top, "Texture", "t\x00\x01Texture", "", 78).with_values(FileName=path, RelativeFilename=path)
        _joined(top, video, image)

    return spoil


def _many(kind: str, sub_type: str, count: int) -> Spoil:
    def spoil(top: list[Node]) -> None:
        for index in range(count):
            _add(top, kind, f"x{index}\x00\x01{kind}", sub_type, 10**9 + index).properties()

    return spoil


def _others() -> dict[str, Spoil]:
    return {
        "a light": _attribute("Light", ("Intensity", "Number", "", "A", NAN)),
        "a camera": _attribute("Camera", ("FocalLength", "Number", "", "A", 0.0), ("NearPlane", "", "", "", -1.0)),
        "a camera without a lens": _attribute("Camera", ("FieldOfView", "Number", "", "A", INF)),
        "an attribute that there isn't": _attribute("Marker"),
        "a colour of which one axis moves": _material_curve,
        "a mesh of corners that it lacks": _mesh(np.zeros(9), np.array([0, 2**31 - 1, -(2**31)], dtype=np.int32)),
        "a mesh of half a point": _mesh(np.zeros(4), CORNERS),
        "a mesh of no points": _mesh(np.zeros(0), np.zeros(0, dtype=np.int32)),
        "a mesh of points nowhere": _mesh(np.full(9, NAN), CORNERS),
        "a bind pose that is flat": _bind_pose(FLAT),
        "a bind pose that is nowhere": _bind_pose(NOWHERE),
        "a bind pose of three numbers": _bind_pose(np.zeros(3)),
        "a skin that is flat": _skinned(FLAT, np.array([0], dtype=np.int32)),
        "a skin that is nowhere": _skinned(NOWHERE, np.array([0], dtype=np.int32)),
        "a skin of points that it lacks": _skinned(IDENTITY, np.array([-1, 2**31 - 1], dtype=np.int32)),
        "a picture that is a system's file": _texture("/etc/passwd"),
        "a picture on another machine": _texture("\\\\127.0.0.1\\share\\picture.png"),
        "a picture without end": _texture("/dev/zero"),
        "5,000 empties": _many("Model", "Null", 5_000),
        "5,000 takes": _many("AnimationStack", "", 5_000),
        "5,000 layers": _many("AnimationLayer", "", 5_000),
        "objects that there aren't": _many("Nonsense", "Nonsense", 3),
        "no objects": lambda top: part(top, "Objects").children.clear(),
        "no settings": lambda top: part(top, "GlobalSettings").children.clear(),
        "two lists of objects": lambda top: top.append(Node("Objects")),
        "a definition of nothing": lambda top: part(top, "Definitions").add("ObjectType"),
        "500 bones in a chain": lambda top: top.__setitem__(slice(None), small_scene(500)),
    }
