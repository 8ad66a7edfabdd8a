"""Rotations as arrays: quaternions in w x y z order, float64, over any leading shape.

A quaternion acts on column vectors as in Blender: `rotate(multiply(a, b), v)` rotates by `b` first, then by `a`.
All functions broadcast over the leading axes; none changes its arguments.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

IDENTITY: FloatArray = np.array([1.0, 0.0, 0.0, 0.0])
_TINY = 1e-12
_NO_LINE = 1e-9  # square metres between its ends


def multiply(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the quaternions (..., 4) that rotate by `b` first, then by `a`."""
    # as pairs of complex numbers, w + x i and y + z i: a third of the calls, and each does more
    left, right = _pairs(a), _pairs(b)
    (a0, a1), (b0, b1) = (left[..., 0], left[..., 1]), (right[..., 0], right[..., 1])
    shape = np.broadcast(a0, b0).shape
    product = np.empty((*shape, 2), np.complex128)
    one, other = np.empty(shape, np.complex128), np.empty(shape, np.complex128)  # used twice: memory is what takes long
    np.multiply(a0, b0, out=one)
    np.multiply(a1, b1.conj(), out=other)
    np.subtract(one, other, out=product[..., 0])
    np.multiply(a0, b1, out=one)
    np.multiply(a1, b0.conj(), out=other)
    np.add(one, other, out=product[..., 1])
    return product.view(np.float64)


def _pairs(q: FloatArray) -> npt.NDArray[np.complex128]:
    return np.ascontiguousarray(q, dtype=np.float64).view(np.complex128)


def conjugate(q: FloatArray) -> FloatArray:
    """Return the inverse rotations of the unit quaternions (..., 4)."""
    inverse = -q
    inverse[..., 0] = q[..., 0]
    return inverse


def normalise(v: FloatArray) -> FloatArray:
    """Return vectors or quaternions (..., n) at length 1; those without length stay as they are."""
    length = norm(v)
    # what has no length but rounding would get a direction made of noise
    return np.asarray(v / np.where(length > _TINY, length, 1.0)[..., None], dtype=np.float64)


def norm(v: FloatArray) -> FloatArray:
    """Return the lengths (...) of vectors or quaternions (..., n)."""
    return np.asarray(np.sqrt(dot(v, v)), dtype=np.float64)


def extent(points: FloatArray) -> FloatArray:
    """Return how far (...) it is across the box around points (..., N, n), from corner to corner."""
    return norm(np.ptp(points, axis=-2))


def step_lengths(points: FloatArray) -> FloatArray:
    """Return how far (N - 1, ...) it is from each of some points (N, ..., n) to the next."""
    return norm(np.diff(points, axis=0))


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return cross products (..., 3); several times faster than numpy's own on small last axes."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    first = ay * bz
    first -= az * by
    product = np.empty((*first.shape, 3))
    product[..., 0] = first
    np.subtract(az * bx, ax * bz, out=product[..., 1])
    np.subtract(ax * by, ay * bx, out=product[..., 2])
    return product


def turning(arm: FloatArray) -> FloatArray:
    """Return the maps (..., 3, 3) from a small rotation vector to the shift of a point `arm` (..., 3) away."""
    found = np.zeros((*arm.shape, 3))
    x, y, z = arm[..., 0], arm[..., 1], arm[..., 2]
    found[..., 0, 1], found[..., 0, 2] = z, -y
    found[..., 1, 0], found[..., 1, 2] = -z, x
    found[..., 2, 0], found[..., 2, 1] = y, -x
    return found


def dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return scalar products over the last axis, shape (...); faster than numpy's own sum over few numbers."""
    products = a * b
    total = products[..., 0] + 0.0  # never -0.0, from which an angle would be half a turn
    for index in range(1, products.shape[-1]):
        total = total + products[..., index]
    return np.asarray(total, dtype=np.float64)


def rotate(q: FloatArray, v: FloatArray) -> FloatArray:
    """Return vectors (..., 3) rotated by the unit quaternions (..., 4)."""
    w, x, y, z = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    a, b, c = v[..., 0], v[..., 1], v[..., 2]
    # twice the cross product of the axis and the vector; in place, as new arrays are what takes long
    i = y * c
    i -= z * b
    j = z * a
    j -= x * c
    k = x * b
    k -= y * a
    i += i
    j += j
    k += k
    # v + w t + axis × t, where t is that product
    moved = np.empty((*i.shape, 3))
    np.add(w * i, a, out=moved[..., 0])
    moved[..., 0] += y * k - z * j
    np.add(w * j, b, out=moved[..., 1])
    moved[..., 1] += z * i - x * k
    np.add(w * k, c, out=moved[..., 2])
    moved[..., 2] += x * j - y * i
    return moved


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
    # the row of the largest component: divided by a small one, rounding would grow (Shepperd, 1978)
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
    angle = norm(v)[..., None]
    # sinc is sin(pi x) / (pi x): correct at angle 0 too
    return np.concatenate([np.cos(angle / 2.0), v * (np.sinc(angle / (2.0 * np.pi)) / 2.0)], axis=-1)


def from_angles(angles: FloatArray) -> FloatArray:
    """Return quaternions (F, 4) of angles (F, 3), rad: each about its axis of the world, x first, then y, then z."""
    # one rotation for each axis; the world's x is first, so it is on the right
    about = from_rotation_vector(angles[:, :, None] * np.eye(3))
    return multiply(about[:, 2], multiply(about[:, 1], about[:, 0]))


def to_rotation_vector(q: FloatArray) -> FloatArray:
    """Return axis times angle in radians, 0 to pi, shape (..., 3), of unit quaternions (..., 4)."""
    # of the two quaternions of each rotation the one that is at most half a turn
    q = np.where(q[..., :1] < 0.0, -q, q)
    sine = norm(q[..., 1:])[..., None]
    # not by the arccosine of w, which loses half of its digits near angle 0
    angle = 2.0 * np.arctan2(sine, q[..., :1])
    # at angle 0, the angle is twice the sine of its half
    return q[..., 1:] * np.where(sine > _TINY, angle / np.maximum(sine, _TINY), 2.0)


def shortest_arc(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the smallest rotations (..., 4) that bring directions `a` (..., 3) onto directions `b` (..., 3).

    Opposite directions are rotated about any perpendicular axis; a vector without length gives no rotation.
    """
    a, b = normalise(a), normalise(b)
    a, b = np.broadcast_arrays(a, b)
    # halfway vectors stay precise where 1 + cos(angle) would not
    middle = a + b
    length = norm(middle)[..., None]
    half = middle / np.maximum(length, _TINY)
    q = np.concatenate([dot(a, half)[..., None], cross(a, half)], axis=-1)
    if (length <= _TINY).any():
        other = np.where(np.abs(a[..., :1]) < 0.9, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))  # noqa: PLR2004 -- any axis not along a
        flipped = np.concatenate([np.zeros_like(length), normalise(cross(a, other))], axis=-1)
        q = np.where(length > _TINY, q, flipped)
    has_length = (dot(a, a) > 0.5) & (dot(b, b) > 0.5)  # noqa: PLR2004 -- normalised: 0 or 1
    return normalise(q if has_length.all() else np.where(has_length[..., None], q, IDENTITY))


def slerp(a: FloatArray, b: FloatArray, t: FloatArray | float) -> FloatArray:
    """Rotate from `a` (t = 0) to `b` (t = 1) the short way at constant speed; t (...) or a number."""
    weight = np.asarray(t, dtype=np.float64)
    # part of the rotation that leads from `a` to `b`, along the world's axes, after `a`
    return multiply(from_rotation_vector(to_rotation_vector(multiply(b, conjugate(a))) * weight[..., None]), a)


def angle_between(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return angles in radians (...) between vectors (..., 3), exact for small ones too."""
    return np.asarray(np.arctan2(norm(cross(a, b)), dot(a, b)), dtype=np.float64)


def from_line(points: FloatArray, start: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where (...), 0 to 1, points (..., 3) are along lines between two ends, and from there to them (..., 3)."""
    along = end - start
    # on a line without length all points are at its start
    share = np.clip(dot(points - start, along) / np.maximum(dot(along, along), _NO_LINE), 0.0, 1.0)
    return np.asarray(share), points - start - along * share[..., None]


def twist(q: FloatArray, axis: FloatArray) -> FloatArray:
    """Return the part of the rotations (..., 4) about the unit axes (..., 3): `multiply(swing, twist) == q`."""
    # the vector part along the axis, with the same w: what else the rotation has is at right angles to the axis
    along = dot(q[..., 1:], axis)[..., None] * axis
    part = np.concatenate([q[..., :1], along], axis=-1)
    length = norm(part)[..., None]
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
    if same_side.all():
        return q.copy()
    # a flip changes the sign of all that follows, until the next one
    signs = np.cumprod(np.where(same_side, 1.0, -1.0), axis=0)
    result = q.copy()
    result[1:] *= signs[..., None]
    return result


@dataclass(frozen=True, eq=False)
class Similarity:
    """A rotation, then a scale, then a shift.

    Attributes:
        rotation: (4,) wxyz.
        scale: the same along all axes.
        shift: (3,) metres.
    """

    rotation: FloatArray
    scale: float
    shift: FloatArray

    def points(self, points: FloatArray) -> FloatArray:
        """Return points (..., 3) where it brings them."""
        return rotate(self.rotation, points) * self.scale + self.shift


def nearest_similarity(source: FloatArray, target: FloatArray, weight: FloatArray | None = None) -> Similarity:
    """Return the similarity that brings points (P, 3) nearest to others, whose weights (P,) are 1 unless given."""
    weight = np.ones(len(source)) if weight is None else weight
    # both around their middles: a shift changes neither rotation nor scale
    middle: FloatArray = weight @ source / weight.sum()
    goal: FloatArray = weight @ target / weight.sum()
    # the covariance's singular vectors are the directions in which both spread alike
    u, singular, vt = np.linalg.svd((weight[:, None] * (target - goal)).T @ (source - middle))
    # a mirror image may fit better, but no rotation makes it: then the weakest direction is turned over
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) or 1.0])
    spread = float((weight[:, None] * (source - middle) ** 2).sum())
    # of least squares: how far the target spreads along the rotated source, to how far that does
    scale = float((singular * signs).sum()) / spread if spread > 0.0 else 1.0
    rotation = from_matrix((u * signs) @ vt)
    return Similarity(rotation, scale, goal - rotate(rotation, middle) * scale)
