"""Rotations as arrays: quaternions in w x y z order, float64, over any leading shape.

A quaternion acts on column vectors as in Blender: `rotate(multiply(a, b), v)` rotates by `b` first, then by `a`.
All functions broadcast over the leading axes; none changes its arguments.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

IDENTITY: FloatArray = np.array([1.0, 0.0, 0.0, 0.0])
_TINY = 1e-12


def multiply(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the quaternions (..., 4) that rotate by `b` first, then by `a`."""
    aw, ax, ay, az = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bw, bx, by, bz = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    product = np.empty(np.broadcast_shapes(a.shape, b.shape))
    product[..., 0] = aw * bw - ax * bx - ay * by - az * bz
    product[..., 1] = aw * bx + ax * bw + ay * bz - az * by
    product[..., 2] = aw * by - ax * bz + ay * bw + az * bx
    product[..., 3] = aw * bz + ax * by - ay * bx + az * bw
    return product


def conjugate(q: FloatArray) -> FloatArray:
    """Return the inverse rotations of the unit quaternions (..., 4)."""
    return q * np.array([1.0, -1.0, -1.0, -1.0])


def normalise(v: FloatArray) -> FloatArray:
    """Return vectors or quaternions (..., n) at length 1; those without length stay as they are."""
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    return np.where(length > _TINY, v / np.maximum(length, _TINY), v)


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return cross products (..., 3); several times faster than numpy's own on small last axes."""
    product = np.empty(np.broadcast_shapes(a.shape, b.shape))
    product[..., 0] = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    product[..., 1] = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    product[..., 2] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product


def dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return scalar products over the last axis, shape (...)."""
    return np.asarray(np.sum(a * b, axis=-1), dtype=np.float64)


def rotate(q: FloatArray, v: FloatArray) -> FloatArray:
    """Return vectors (..., 3) rotated by the unit quaternions (..., 4)."""
    xyz = q[..., 1:]
    return v + 2.0 * cross(xyz, cross(xyz, v) + q[..., :1] * v)


def from_matrix(m: FloatArray) -> FloatArray:
    """Unit quaternions (..., 4) of rotation matrices (..., 3, 3), with w at 0 or more.

    The matrices' columns must be orthonormal: remove scale first.
    """
    xx, yy, zz = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    # four times the products of the quaternion's components; each row is the quaternion times one component
    rows = np.empty((*m.shape[:-2], 4, 4))
    rows[..., 0, 0] = 1.0 + xx + yy + zz
    rows[..., 1, 1] = 1.0 + xx - yy - zz
    rows[..., 2, 2] = 1.0 - xx + yy - zz
    rows[..., 3, 3] = 1.0 - xx - yy + zz
    rows[..., 0, 1] = rows[..., 1, 0] = m[..., 2, 1] - m[..., 1, 2]
    rows[..., 0, 2] = rows[..., 2, 0] = m[..., 0, 2] - m[..., 2, 0]
    rows[..., 0, 3] = rows[..., 3, 0] = m[..., 1, 0] - m[..., 0, 1]
    rows[..., 1, 2] = rows[..., 2, 1] = m[..., 0, 1] + m[..., 1, 0]
    rows[..., 1, 3] = rows[..., 3, 1] = m[..., 0, 2] + m[..., 2, 0]
    rows[..., 2, 3] = rows[..., 3, 2] = m[..., 1, 2] + m[..., 2, 1]
    best = np.argmax(np.diagonal(rows, axis1=-2, axis2=-1), axis=-1)
    chosen = np.take_along_axis(rows, best[..., None, None], axis=-2)[..., 0, :]
    q = normalise(chosen)
    return np.where(q[..., :1] < 0.0, -q, q)


def to_matrix(q: FloatArray) -> FloatArray:
    """Rotation matrices (..., 3, 3) of unit quaternions (..., 4)."""
    w, x, y, z = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    m = np.empty((*q.shape[:-1], 3, 3))
    m[..., 0, 0] = 1.0 - 2.0 * (y * y + z * z)
    m[..., 0, 1] = 2.0 * (x * y - w * z)
    m[..., 0, 2] = 2.0 * (x * z + w * y)
    m[..., 1, 0] = 2.0 * (x * y + w * z)
    m[..., 1, 1] = 1.0 - 2.0 * (x * x + z * z)
    m[..., 1, 2] = 2.0 * (y * z - w * x)
    m[..., 2, 0] = 2.0 * (x * z - w * y)
    m[..., 2, 1] = 2.0 * (y * z + w * x)
    m[..., 2, 2] = 1.0 - 2.0 * (x * x + y * y)
    return m


def from_rotation_vector(v: FloatArray) -> FloatArray:
    """Return quaternions (..., 4) that rotate about the vectors (..., 3) by their lengths in radians."""
    angle = np.linalg.norm(v, axis=-1, keepdims=True)
    # sinc is sin(pi x) / (pi x): correct at angle 0 too
    return np.concatenate([np.cos(angle / 2.0), v * (np.sinc(angle / (2.0 * np.pi)) / 2.0)], axis=-1)


def to_rotation_vector(q: FloatArray) -> FloatArray:
    """Return axis times angle in radians, 0 to pi, shape (..., 3), of unit quaternions (..., 4)."""
    q = np.where(q[..., :1] < 0.0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., :1])
    return q[..., 1:] * np.where(sine > _TINY, angle / np.maximum(sine, _TINY), 2.0)


def shortest_arc(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the smallest rotations (..., 4) that bring directions `a` (..., 3) onto directions `b` (..., 3).

    Opposite directions are rotated about any perpendicular axis; a vector without length gives no rotation.
    """
    a, b = normalise(a), normalise(b)
    a, b = np.broadcast_arrays(a, b)
    # halfway vectors stay precise where 1 + cos(angle) would not
    middle = a + b
    length = np.linalg.norm(middle, axis=-1, keepdims=True)
    half = middle / np.maximum(length, _TINY)
    q = np.concatenate([dot(a, half)[..., None], cross(a, half)], axis=-1)
    other = np.where(np.abs(a[..., :1]) < 0.9, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))  # noqa: PLR2004 -- any axis not along a
    flipped = np.concatenate([np.zeros_like(length), normalise(cross(a, other))], axis=-1)
    q = np.where(length > _TINY, q, flipped)
    has_length = (dot(a, a) > 0.5) & (dot(b, b) > 0.5)  # noqa: PLR2004 -- normalised: 0 or 1
    return normalise(np.where(has_length[..., None], q, IDENTITY))


def slerp(a: FloatArray, b: FloatArray, t: FloatArray | float) -> FloatArray:
    """Rotate from `a` (t = 0) to `b` (t = 1) the short way at constant speed; t (...) or a number."""
    weight = np.asarray(t, dtype=np.float64)
    return multiply(from_rotation_vector(to_rotation_vector(multiply(b, conjugate(a))) * weight[..., None]), a)


def angle_between(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return angles in radians (...) between vectors (..., 3), exact for small ones too."""
    return np.asarray(np.arctan2(np.linalg.norm(cross(a, b), axis=-1), dot(a, b)), dtype=np.float64)


def twist(q: FloatArray, axis: FloatArray) -> FloatArray:
    """Return the part of the rotations (..., 4) about the unit axes (..., 3): `multiply(swing, twist) == q`."""
    along = dot(q[..., 1:], axis)[..., None] * axis
    part = np.concatenate([q[..., :1], along], axis=-1)
    length = np.linalg.norm(part, axis=-1, keepdims=True)
    return np.where(length > _TINY, part / np.maximum(length, _TINY), IDENTITY)


def frame(primary: FloatArray, secondary: FloatArray, exact: Literal["primary", "secondary"] = "primary") -> FloatArray:
    """Return rotations (..., 4) to frames whose x is `primary` and whose z is perpendicular to both vectors (..., 3).

    With `exact="secondary"`, y is exactly `secondary` instead, and x as near to `primary` as possible.
    """
    z = normalise(cross(primary, secondary))
    x = normalise(primary) if exact == "primary" else normalise(cross(secondary, z))
    y = cross(z, x)
    return from_matrix(np.stack([x, y, z], axis=-1))


def continuous(q: FloatArray) -> FloatArray:
    """Return the rotations (F, ..., 4), each sample with the sign nearer to the one before: no flips in curves."""
    if len(q) < 2:  # noqa: PLR2004 -- nothing before the first sample
        return q.copy()
    same_side = dot(q[1:], q[:-1]) >= 0.0
    signs = np.cumprod(np.where(same_side, 1.0, -1.0), axis=0)
    result = q.copy()
    result[1:] *= signs[..., None]
    return result
