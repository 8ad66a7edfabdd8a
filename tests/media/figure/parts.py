"""The person's parts: skin, face, hair, shirt, trousers and shoes around the skeleton at rest. Metres, facing -Y."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.media.body import FINGERS
from tests.media.posing import the_body

from .blobs import Blob, Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.media.matrices import Array

SKIN, HAIR, LIPS = (0.62, 0.40, 0.29), (0.060, 0.032, 0.018), (0.46, 0.17, 0.15)
WHITE, IRIS = (0.80, 0.80, 0.78), (0.03, 0.025, 0.02)
SHIRT, TROUSERS, SHOES, SOLES = (0.50, 0.075, 0.055), (0.055, 0.085, 0.19), (0.05, 0.05, 0.055), (0.72, 0.72, 0.70)
FINE, FINER = 0.008, 0.006  # metres
UP = np.array([0.0, 0.0, 1.0])
SIDES = (("l", 1.0), ("r", -1.0))
SLEEVE = 0.62  # of the upper arm


def person_parts() -> tuple[Part, ...]:
    """All of them; each is closed, and some lie a little within others."""
    return (*_head(), *_arms(), _shirt(), _trousers(), *_shoes())


def _point(x: float, y: float, z: float) -> Array:
    return np.array([x, y, z])


def _ball(bone: str, middle: tuple[float, float, float], size: tuple[float, float, float]) -> Blob:
    """An ellipsoid of these half-widths."""
    at = _point(*middle)
    radius = min(size)
    stretch = (size[0] / radius, size[1] / radius, size[2] / radius)
    return Blob(bone, at, at, (radius, radius), stretch)


def _between(bone: str, start: Array, end: Array, first: float, last: float) -> Blob:
    return Blob(bone, start, end, (first, last))


def _across(bone: str, half: float, y: float, z: float, radius: float) -> Blob:
    """A blob from the left to the right, of the trunk."""
    return _between(bone, _point(-half, y, z), _point(half, y, z), radius, radius)


def _head() -> Iterator[Part]:
    skull = (0.0, 0.022, 1.667)
    yield Part(
        SKIN,
        (
            _between("neck_01", _point(0, 0.045, 1.44), _point(0, 0.035, 1.53), 0.062, 0.052),
            _between("neck_02", _point(0, 0.035, 1.53), _point(0, 0.022, 1.60), 0.052, 0.050),
            _ball("head", skull, (0.069, 0.088, 0.086)),
            _ball("head", (0.0, -0.022, 1.622), (0.052, 0.050, 0.058)),  # face
            _ball("head", (0.0, -0.050, 1.577), (0.026, 0.020, 0.018)),  # chin
            *(_ball("head", (x, -0.030, 1.585), (0.020, 0.030, 0.018)) for x in (0.026, -0.026)),  # jaw
            *(_ball("head", (x, -0.052, 1.636), (0.018, 0.016, 0.014)) for x in (0.034, -0.034)),  # cheeks
            _between("head", _point(0, -0.074, 1.668), _point(0, -0.096, 1.632), 0.006, 0.010),  # nose
            *(_ball("head", (x, -0.080, 1.629), (0.008, 0.009, 0.007)) for x in (0.010, -0.010)),
            *(_ball("head", (x, 0.022, 1.640), (0.009, 0.017, 0.030)) for x in (0.073, -0.073)),  # ears
        ),
        step=0.006,
        melt=0.006,
    )
    yield Part(
        HAIR,
        (
            _ball("head", (0, 0.030, 1.680), (0.078, 0.094, 0.090)),
            _ball("head", (0, 0.055, 1.62), (0.066, 0.062, 0.06)),
        ),
        step=0.0065,
        melt=0.008,
        keeps=((_point(0.0, -0.058, 1.712), _point(0.0, 0.90, 0.44)), (_point(0, 0.03, 1.62), _point(0, 0.45, 0.9))),
    )
    for x in (0.029, -0.029):
        yield Part(WHITE, (_ball("head", (x, -0.0645, 1.666), (0.014, 0.009, 0.0085)),), step=0.003, melt=0.002)
        yield Part(IRIS, (_ball("head", (x, -0.0715, 1.666), (0.0068, 0.0045, 0.0068)),), step=0.002, melt=0.002)
        brow = _between("head", _point(0.45 * x, -0.075, 1.690), _point(1.6 * x, -0.063, 1.686), 0.0045, 0.0035)
        yield Part(HAIR, (brow,), step=0.003, melt=0.002)
    mouth = (_ball("head", (0.0, -0.071, 1.601), (0.023, 0.008, 0.0055)),)
    yield Part(LIPS, mouth, step=0.003, melt=0.002)


def _arms() -> Iterator[Part]:
    at = the_body().at
    for side, _ in SIDES:
        shoulder, elbow, wrist = (at(f"{bone}_{side}") for bone in ("upperarm", "lowerarm", "hand"))
        bared = shoulder + (SLEEVE - 0.14) * (elbow - shoulder)  # from within the sleeve on
        upper = _between(f"upperarm_{side}", bared, elbow, 0.046, 0.040)
        fore = _between(f"lowerarm_{side}", elbow, wrist, 0.041, 0.026)
        along = wrist - elbow
        thick = _between(f"lowerarm_{side}", elbow + 0.15 * along, elbow + 0.4 * along, 0.043, 0.040)
        yield Part(SKIN, (upper, fore, thick), step=0.011, melt=0.008)
        yield Part(SKIN, tuple(_hand(side, wrist)), step=FINER, melt=0.0035)


def _hand(side: str, wrist: Array) -> Iterator[Blob]:
    at = the_body().at
    hand = f"hand_{side}"
    yield _between(hand, wrist, wrist, 0.025, 0.025)
    for finger in FINGERS:
        thumb = finger == "thumb"
        joints = [f"{finger}_{joint}_{side}" for joint in ("01", "02", "03")]
        places = [at(joint) for joint in joints]
        tip = places[2] + 0.75 * (places[2] - places[1])
        yield _between(hand, wrist, places[0], 0.020, 0.016 if thumb else 0.0125)
        thickness = 0.0115 if thumb else 0.0095
        for joint, start, end in zip(joints, places, (*places[1:], tip), strict=True):
            yield _between(joint, start, end, thickness, 0.9 * thickness)
            thickness *= 0.9


def _shirt() -> Part:
    at = the_body().at
    blobs = [
        _across("pelvis", 0.092, 0.018, 0.925, 0.124),
        _across("spine_01", 0.074, 0.014, 1.00, 0.118),
        _across("spine_02", 0.058, 0.010, 1.065, 0.111),
        _across("spine_03", 0.062, 0.012, 1.14, 0.111),
        _across("spine_04", 0.074, 0.018, 1.225, 0.114),
        _across("spine_05", 0.085, 0.024, 1.315, 0.113),
        _across("spine_05", 0.100, 0.034, 1.385, 0.082),
    ]
    for side, _ in SIDES:
        shoulder, elbow = at(f"upperarm_{side}"), at(f"lowerarm_{side}")
        collar = _point(0.35 * shoulder[0], 0.045, 1.452)
        blobs.append(_between(f"clavicle_{side}", collar, shoulder + _point(0, 0, 0.002), 0.054, 0.062))
        blobs.append(_between(f"upperarm_{side}", shoulder, shoulder + SLEEVE * (elbow - shoulder), 0.062, 0.060))
    return Part(SHIRT, tuple(blobs), melt=0.010, keeps=((_point(0, 0, 0.88), UP), (_point(0, 0.04, 1.492), -UP)))


def _trousers() -> Part:
    at = the_body().at
    blobs = [_across("pelvis", 0.070, 0.014, 0.96, 0.110)]
    for side, sign in SIDES:
        hip, knee, ankle = (at(f"{bone}_{side}") for bone in ("thigh", "calf", "foot"))
        seat = _point(sign * 0.075, 0.055, 0.925)
        blobs.append(_between("pelvis", seat, seat - _point(0, 0.015, 0.035), 0.085, 0.08))
        blobs.append(_between(f"thigh_{side}", hip + _point(sign * 0.002, 0.004, -0.01), knee, 0.091, 0.063))
        calf = knee + 0.3 * (ankle - knee) + _point(0, 0.012, 0)
        blobs.append(_between(f"calf_{side}", knee, ankle + _point(0, 0.004, 0.03), 0.062, 0.052))
        blobs.append(_between(f"calf_{side}", calf, calf, 0.064, 0.064))
    return Part(TROUSERS, tuple(blobs), melt=0.010)


def _shoes() -> Iterator[Part]:
    at = the_body().at
    for side, sign in SIDES:
        ankle, ball = at(f"foot_{side}"), at(f"ball_{side}")
        heel = _point(ankle[0], ankle[1] + 0.022, 0.036)
        front = _point(ball[0], ball[1], 0.030)
        toes = front + _point(sign * 0.004, -0.062, -0.002)
        blobs = (
            _between(f"foot_{side}", ankle + _point(0, 0.006, 0.01), heel, 0.046, 0.040),
            _between(f"foot_{side}", heel, front, 0.040, 0.043),
            _between(f"foot_{side}", ankle + _point(0, -0.012, -0.012), front, 0.042, 0.038),
            _between(f"ball_{side}", front, toes, 0.043, 0.034),
        )
        yield Part(SHOES, blobs, step=FINE, melt=0.006, keeps=((_point(0, 0, 0.012), UP),))
        wider = tuple(Blob(b.bone, b.start, b.end, (b.radii[0] + 0.005, b.radii[1] + 0.005)) for b in blobs)
        yield Part(SOLES, wider, step=FINE, melt=0.006, keeps=((_point(0, 0, 0.0), UP), (_point(0, 0, 0.024), -UP)))
