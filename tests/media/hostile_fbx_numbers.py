"""The numbers of a small animated skeleton's FBX file, one of them at a time spoiled: of curves, bones and settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from .fbx_file import Long, Node, Value
from .fbx_skeleton import TICKS, Bone, SkeletonScene

Spoil = Callable[[list[Node]], object]

FRAMES = 3
NAN, INF, HUGE = math.nan, math.inf, 1e300


def small_scene(bones: int = 3) -> list[Node]:
    """The top-level nodes of a chain of bones that bends over three frames."""
    still = np.tile(np.eye(3), (FRAMES, 1, 1))
    chain = [
        Bone(f"bone{index}", index - 1, (np.array([0.0, 10.0, 0.0]), np.eye(3)), np.full((FRAMES, 3), 10.0), still)
        for index in range(bones)
    ]
    return SkeletonScene(30.0, "Y").nodes(chain)


def part(top: list[Node], name: str) -> Node:
    return next(node for node in top if node.name == name)


def of(top: list[Node], name: str) -> list[Node]:
    return [node for node in part(top, "Objects").children if node.name == name]


def _each(field: str, value: Value) -> Spoil:
    def spoil(top: list[Node]) -> None:
        for curve in of(top, "AnimationCurve"):
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
        for curve in of(top, "AnimationCurve"):
            curve.children = [node for node in curve.children if node.name != field]

    return spoil


def spoiled_curves() -> dict[str, Spoil]:
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
        block = part(top, "GlobalSettings").children[-1]
        rows = [row for row in block.children if row.values[0] != name]
        block.children = [*rows, Node("P", [name, kind, "", "", *value])]

    return spoil


def _bones(name: str, kind: str, *value: Value, first: int | None = None) -> Spoil:
    def spoil(top: list[Node]) -> None:
        for model in of(top, "Model")[:first]:
            block = next(node for node in model.children if node.name == "Properties70")
            rows = [row for row in block.children if row.values[0] != name]
            block.children = [*rows, Node("P", [name, kind, "", "A", *value])]

    return spoil


def spoiled_numbers() -> dict[str, Spoil]:
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
        "a root that is nowhere until it moves": _bones("Lcl Translation", "Lcl Translation", NAN, NAN, NAN, first=1),
        "flat bones": _bones("Lcl Scaling", "Lcl Scaling", 1.0, 0.0, 1.0),
        "a place of one number": _bones("Lcl Translation", "Lcl Translation", 1.0),
        "a place of texts": _bones("Lcl Translation", "Lcl Translation", "a", "b", "c"),
        "an order of turns that there isn't": _bones("RotationOrder", "enum", 99),
        "an inheritance that there isn't": _bones("InheritType", "enum", 99),
    }
