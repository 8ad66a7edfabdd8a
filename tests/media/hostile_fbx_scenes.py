"""FBX files of sound structure that describe what can't be: a small animated skeleton with one thing in it spoiled."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from .fbx_file import Long, Node, Value, fbx_bytes
from .fbx_skeleton import TICKS, Bone, SkeletonScene
from .fbx_text import TEXT

Spoil = Callable[[list[Node]], object]

FRAMES = 3
NAN, INF, HUGE = math.nan, math.inf, 1e300
IDENTITY, FLAT, NOWHERE = np.eye(4).ravel(), np.zeros(16), np.full(16, NAN)
CORNERS = np.array([0, 1, -3], dtype=np.int32)


def small_scene(bones: int = 3) -> list[Node]:
    """The top-level nodes of a chain of bones that bends over three frames."""
    still = np.tile(np.eye(3), (FRAMES, 1, 1))
    chain = [
        Bone(f"bone{index}", index - 1, (np.array([0.0, 10.0, 0.0]), np.eye(3)), np.full((FRAMES, 3), 10.0), still)
        for index in range(bones)
    ]
    return SkeletonScene(30.0, "Y").nodes(chain)


def spoiled_scenes() -> dict[str, bytes]:
    """By what is wrong with it, each file whose structure is sound."""
    files: dict[str, bytes] = {}
    for name, spoil in {**_connections(), **_ids_and_names(), **_curves(), **_numbers(), **_others()}.items():
        top = small_scene()
        spoil(top)
        files[name] = fbx_bytes(top)
    files["something behind the end"] = fbx_bytes(small_scene()) + b"<script>" * 999
    files["a second file behind the end"] = fbx_bytes(small_scene()) * 2
    return files


def _part(top: list[Node], name: str) -> Node:
    return next(node for node in top if node.name == name)


def _of(top: list[Node], name: str) -> list[Node]:
    return [node for node in _part(top, "Objects").children if node.name == name]


def _links(top: list[Node], source: str, target: str = "") -> Iterator[Node]:
    """The connections from objects of a class, to objects of another."""
    classes = {node.values[0]: node.name for node in _part(top, "Objects").children}
    for link in _part(top, "Connections").children:
        if classes.get(link.values[1]) == source and classes.get(link.values[2], "") in (target or classes.values()):
            yield link


def _link(top: list[Node], *values: Value) -> None:
    _part(top, "Connections").add("C", *values)


def _add(top: list[Node], kind: str, name: Value, sub_type: str, number: int = 77) -> Node:
    return _part(top, "Objects").add(kind, Long(number), name, sub_type)


def _joined(top: list[Node], child: Node, parent: Node) -> None:
    _link(top, "OO", child.values[0], parent.values[0])


def _connections() -> dict[str, Spoil]:
    def cycle(top: list[Node], count: int) -> None:
        models = _of(top, "Model")
        _joined(top, models[0], models[count - 1])

    def closed(top: list[Node]) -> None:
        """No bone has the scene's root above it."""
        _part(top, "Connections").children = [
            link for link in _part(top, "Connections").children if link.values[2] != 0
        ]
        cycle(top, 3)

    def to_itself(kind: str) -> Spoil:
        return lambda top: [_joined(top, node, node) for node in _of(top, kind)]

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
        "a bone with two parents": lambda top: _joined(top, _of(top, "Model")[2], _of(top, "Model")[0]),
        "20,000 times the same connection": lambda top: [
            _joined(top, _of(top, "Model")[2], _of(top, "Model")[1]) for _ in range(20_000)
        ],
        "no connection at all": lambda top: _part(top, "Connections").children.clear(),
    }


def _ids_and_names() -> dict[str, Spoil]:
    def numbered(number: Value) -> Spoil:
        return lambda top: [node.values.__setitem__(0, number) for node in _of(top, "Model")]

    def named(name: Value) -> Spoil:
        return lambda top: [node.values.__setitem__(1, name) for node in _of(top, "Model")]

    def raw(name: bytes) -> bytearray:
        return bytearray(b"S" + len(name).to_bytes(4, "little") + name)

    return {
        "bones of one id": numbered(Long(5)),
        "bones of id 0": numbered(Long(0)),
        "bones of id 2^63 - 1": numbered(Long(2**63 - 1)),
        "ids of 32 bits": numbered(5),
        "ids that are texts": numbered("5"),
        "objects without values": lambda top: _part(top, "Objects").add("Model"),
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


def _each(field: str, value: Value) -> Spoil:
    def spoil(top: list[Node]) -> None:
        for curve in _of(top, "AnimationCurve"):
            for node in curve.children:
                if node.name == field:
                    node.values = [value]

    return spoil


def _times(*numbers: int) -> Spoil:
    return _each("KeyTime", np.array(numbers, dtype=np.int64))


def _values(*numbers: float) -> Spoil:
    return _each("KeyValueFloat", np.array(numbers, dtype=np.float32))


def _without(field: str) -> Spoil:
    def spoil(top: list[Node]) -> None:
        for curve in _of(top, "AnimationCurve"):
            curve.children = [node for node in curve.children if node.name != field]

    return spoil


def _curves() -> dict[str, Spoil]:
    return {
        "times of 2^62": _times(0, 2**62, 2**62 + 1),
        "times of -2^62": _times(-(2**62), 0, 1),
        "times from end to end": _times(-(2**63), 0, 2**63 - 1),
        "a time a year away": _times(0, TICKS, 366 * 86400 * TICKS),
        "times that go back": _times(2 * TICKS, TICKS, 0),
        "times that stand still": _times(TICKS, TICKS, TICKS),
        "times a tick apart": _times(0, 1, 2),
        "more times than values": _times(*range(0, 9 * TICKS, TICKS)),
        "fewer times than values": _times(0),
        "no times": _times(),
        "no values": _values(),
        "values that are no numbers": _values(0.0, NAN, 1.0),
        "values that are infinite": _values(0.0, INF, -INF),
        "values beyond all bounds": _values(0.0, 3e38, -3e38),
        "times of 32 bits": _each("KeyTime", np.array([0, 1, 2], dtype=np.int32)),
        "times that are fractions": _each("KeyTime", np.array([0.0, NAN, INF])),
        "times that are a text": _each("KeyTime", "soon"),
        "values that are a text": _each("KeyValueFloat", "much"),
        "values that are one number": _each("KeyValueFloat", 5.0),
        "values of 64 bits": _each("KeyValueFloat", np.array([0.0, HUGE, 1.0])),
        "flags of nothing known": _each("KeyAttrFlags", np.array([-1], dtype=np.int32)),
        "counts of keys that aren't there": _each("KeyAttrRefCount", np.array([2**31 - 1], dtype=np.int32)),
        **{f"curves without {field}": _without(field) for field in ("KeyTime", "KeyValueFloat", "KeyAttrRefCount")},
    }


def _setting(name: str, kind: str, *value: Value) -> Spoil:
    def spoil(top: list[Node]) -> None:
        block = _part(top, "GlobalSettings").children[-1]
        rows = [row for row in block.children if row.values[0] != name]
        block.children = [*rows, Node("P", [name, kind, "", "", *value])]

    return spoil


def _bones(name: str, kind: str, *value: Value) -> Spoil:
    def spoil(top: list[Node]) -> None:
        for model in _of(top, "Model"):
            block = next(node for node in model.children if node.name == "Properties70")
            rows = [row for row in block.children if row.values[0] != name]
            block.children = [*rows, Node("P", [name, kind, "", "A", *value])]

    return spoil


def _numbers() -> dict[str, Spoil]:
    rates = {"0": 0.0, "-1": -1.0, "NaN": NAN, "infinite": INF, "1e-9": 1e-9, "1e30": 1e30, "0.3": 0.3}
    scales = {"0": 0.0, "-1": -1.0, "NaN": NAN, "infinite": INF, "1e-30": 1e-30, "1e30": 1e30}
    lengths = {"0": 0.0, "NaN": NAN, "infinite": INF, "1e38": 1e38}

    def custom(rate: float) -> Spoil:
        return lambda top: [_setting("TimeMode", "enum", 14)(top), _setting("CustomFrameRate", "double", rate)(top)]

    def by_field() -> Iterator[tuple[str, Spoil]]:
        for said, value in lengths.items():
            for field in ("Lcl Translation", "Lcl Rotation", "Lcl Scaling"):
                yield f"{field} of {said}", _bones(field, field, value, value, value)
            for field in ("PreRotation", "ScalingPivot", "GeometricScaling"):
                yield f"{field} of {said}", _bones(field, "Vector3D", value, value, value)

    return {
        **{f"a frame rate of {said}": custom(rate) for said, rate in rates.items()},
        **{f"time mode {mode}": _setting("TimeMode", "enum", mode) for mode in (0, 13, 999, -1)},
        "a time mode that is a text": _setting("TimeMode", "enum", "fast"),
        **{f"a unit of {said}": _setting("UnitScaleFactor", "double", scale) for said, scale in scales.items()},
        "a unit of no type": _setting("UnitScaleFactor", "", 1.0),
        "a unit that is a text": _setting("UnitScaleFactor", "double", "cm"),
        "an axis that there isn't": _setting("UpAxis", "int", 7),
        "all axes the same": _setting("FrontAxis", "int", 1),
        "a span of time without end": _setting("TimeSpanStop", "KTime", Long(2**62)),
        **dict(by_field()),
        "Lcl Scaling of -1": _bones("Lcl Scaling", "Lcl Scaling", -1.0, 1.0, 1.0),
        "flat bones": _bones("Lcl Scaling", "Lcl Scaling", 1.0, 0.0, 1.0),
        "a place of one number": _bones("Lcl Translation", "Lcl Translation", 1.0),
        "a place of texts": _bones("Lcl Translation", "Lcl Translation", "a", "b", "c"),
        "an order of turns that there isn't": _bones("RotationOrder", "enum", 99),
        "an inheritance that there isn't": _bones("InheritType", "enum", 99),
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
    _joined(top, node, _of(top, "AnimationLayer")[0])
    _link(top, "OP", _of(top, "AnimationCurve")[0].values[0], Long(78), "d|X")


def _mesh(vertices: Value, corners: Value) -> Spoil:
    def spoil(top: list[Node]) -> None:
        geometry = _add(top, "Geometry", "g\x00\x01Geometry", "Mesh").with_values(
            Vertices=vertices, PolygonVertexIndex=corners
        )
        model = _add(top, "Model", "g\x00\x01Model", "Mesh", 78).properties()
        _joined(top, geometry, model)
        _joined(top, model, _of(top, "Model")[0])

    return spoil


def _bind_pose(matrix: np.ndarray) -> Spoil:
    def spoil(top: list[Node]) -> None:
        pose = _add(top, "Pose", "p\x00\x01Pose", "BindPose").with_values(Type="BindPose", NbPoseNodes=2**30)
        for model in _of(top, "Model"):
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
        _joined(top, _of(top, "Model")[1], cluster)

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
        "no objects": lambda top: _part(top, "Objects").children.clear(),
        "no settings": lambda top: _part(top, "GlobalSettings").children.clear(),
        "two lists of objects": lambda top: top.append(Node("Objects")),
        "a definition of nothing": lambda top: _part(top, "Definitions").add("ObjectType"),
        "500 bones in a chain": lambda top: top.__setitem__(slice(None), small_scene(500)),
    }


def spoiled_texts() -> dict[str, bytes]:
    """By what is wrong with it, each file in FBX's form of text."""
    whole = TEXT.encode()
    changed = {
        "an array longer than it is": (b"*3 {", b"*2147483647 {"),
        "an array of less than nothing": (b"*3 {", b"*-1 {"),
        "an array without end": (b"a: 0,20,40", b"a: 0,20,40,"),
        "a ring of bones": (b'C: "OO",11,10', b'C: "OO",11,12'),
        "values that are no numbers": (b"a: 0,20,40", b"a: nan,inf,-inf"),
        "a number of 5,000 digits": (b"a: 0,20,40", b"a: " + b"9" * 5000),
        "times of 2^62": (b"3079077200", b"4611686018427387904"),
        "a text without end": (b'"Model::hips"', b'"Model::hips'),
        "a zero byte": (b"NodeAttribute: 20", b"NodeAttribute: \x0020"),
        "a curve that is gone": (b"AnimationCurve: 33", b"AnimationCurve: 34"),
        "100,000 braces": (b"Connections:  {", b"A: {" * 100_000 + b"Connections:  {"),
    }
    cuts = {f"cut at {cut}": whole[:cut] for cut in range(len(whole) // 8, len(whole), len(whole) // 8)}
    return {**cuts, **{name: whole.replace(old, new, 1) for name, (old, new) in changed.items()}}
