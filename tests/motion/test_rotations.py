"""Quaternions against matrices made by Rodrigues' formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion import rotations

from .made_figures import matrix, quaternion, turn_about

seeds = st.integers(0, 2**32 - 1)


def some(seed: int, count: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """(count, 4) quaternions and the same turns as (count, 3, 3), half turns among them."""
    rng = np.random.default_rng(seed)
    axes = rng.normal(size=(count, 3))
    angles = rng.choice([rng.uniform(-np.pi, np.pi), np.pi, 0.0, 1e-9], size=count)
    turns = np.array([turn_about(axis, angle) for axis, angle in zip(axes, angles, strict=True)])
    units = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    q = np.concatenate([np.cos(angles / 2)[:, None], units * np.sin(angles / 2)[:, None]], axis=1)
    return q, turns


@given(seeds, seeds)
def test_products_turn_one_after_the_other(one: int, other: int) -> None:
    (a, ma), (b, mb) = some(one), some(other)
    assert np.allclose(rotations.to_matrix(rotations.multiply(a, b)), ma @ mb)


@given(seeds)
def test_vectors_turn_as_matrices_turn_them(seed: int) -> None:
    q, m = some(seed)
    v = np.random.default_rng(seed).normal(size=(len(q), 3))
    assert np.allclose(rotations.rotate(q, v), np.einsum("nij,nj->ni", m, v))
    assert np.allclose(rotations.rotate(rotations.conjugate(q), rotations.rotate(q, v)), v)


@given(seeds)
def test_matrices_there_and_back(seed: int) -> None:
    _, m = some(seed)
    q = rotations.from_matrix(m)
    assert np.allclose(np.linalg.norm(q, axis=1), 1.0)
    assert (q[:, 0] >= 0.0).all()
    assert np.allclose([matrix(one) for one in q], m, atol=1e-7)
    assert np.allclose(rotations.to_matrix(np.array([quaternion(one) for one in m])), m, atol=1e-7)


@given(seeds)
def test_rotation_vectors_there_and_back(seed: int) -> None:
    q, m = some(seed)
    v = rotations.to_rotation_vector(q)
    assert (np.linalg.norm(v, axis=1) <= np.pi + 1e-9).all()
    assert np.allclose(rotations.to_matrix(rotations.from_rotation_vector(v)), m)


@given(seeds, st.sampled_from(["any", "same", "opposite", "nearly opposite"]))
def test_the_shortest_arc_brings_one_direction_onto_the_other(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 5, 3))
    if kind != "any":
        b = a * (2.0 if kind == "same" else -2.0)
    if kind == "nearly opposite":
        b += rng.normal(size=b.shape) * 1e-7
    q = rotations.shortest_arc(a, b)
    turned = rotations.rotate(q, a / np.linalg.norm(a, axis=1, keepdims=True))
    assert np.allclose(turned, b / np.linalg.norm(b, axis=1, keepdims=True), atol=1e-6)
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    smallest = np.arccos(np.clip(cosine, -1.0, 1.0))
    assert np.allclose(np.linalg.norm(rotations.to_rotation_vector(q), axis=1), smallest, atol=1e-6)


def test_a_vector_without_length_turns_nothing() -> None:
    assert np.allclose(rotations.shortest_arc(np.zeros(3), np.array([1.0, 0.0, 0.0])), [1.0, 0.0, 0.0, 0.0])


@given(seeds, st.floats(0.0, 1.0))
def test_slerp_goes_the_short_way_at_even_speed(seed: int, t: float) -> None:
    q, _ = some(seed)
    a, b = q[:3], q[3:6]
    between = rotations.slerp(a, b, t)
    whole = np.linalg.norm(rotations.to_rotation_vector(rotations.multiply(b, rotations.conjugate(a))), axis=1)
    part = np.linalg.norm(rotations.to_rotation_vector(rotations.multiply(between, rotations.conjugate(a))), axis=1)
    assert np.allclose(part, whole * t, atol=1e-6)
    assert np.allclose(np.linalg.norm(between, axis=1), 1.0)


@given(seeds)
def test_twist_is_what_turns_about_the_axis(seed: int) -> None:
    q, _ = some(seed)
    axis = rotations.normalise(np.random.default_rng(seed).normal(size=3))
    part = rotations.twist(q, axis)
    assert np.allclose(rotations.rotate(part, axis), axis)
    swing = rotations.to_rotation_vector(rotations.multiply(q, rotations.conjugate(part)))
    assert np.allclose(swing @ axis, 0.0, atol=1e-6)


@given(seeds)
def test_frames_are_at_right_angles(seed: int) -> None:
    primary, secondary = np.random.default_rng(seed).normal(size=(2, 4, 3))
    m = rotations.to_matrix(rotations.frame(primary, secondary))
    assert np.allclose(m[..., 0], primary / np.linalg.norm(primary, axis=1, keepdims=True))
    assert np.allclose((m[..., 2] * secondary).sum(1), 0.0, atol=1e-6)
    assert np.allclose(np.linalg.det(m), 1.0)


@given(seeds)
def test_continuous_samples_never_flip(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = rotations.from_rotation_vector(rng.normal(size=(40, 2, 3)) * 0.2)
    smooth = [steps[0]]
    for step in steps[1:]:
        smooth.append(rotations.multiply(step, smooth[-1]))
    flipped = np.array(smooth) * rng.choice([-1.0, 1.0], size=(40, 2, 1))
    result = rotations.continuous(flipped)
    assert ((result[1:] * result[:-1]).sum(-1) > 0.0).all()
    assert np.allclose(rotations.to_matrix(result), rotations.to_matrix(np.array(smooth)))


@pytest.mark.parametrize("degrees", [1e-6, 1e-3, 1.0, 90.0, 179.999, 180.0])
def test_angles_are_exact_however_small(degrees: float) -> None:
    a = np.array([1.0, 0.0, 0.0])
    b = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0.0])
    assert np.degrees(rotations.angle_between(a, b)) == pytest.approx(degrees, rel=1e-6)


@pytest.mark.parametrize("one", [(-1.0, -2.0, -3.0), (1.0, 2.0, 3.0), (-0.0, -1.0, 0.0)])
def test_a_vector_without_length_is_at_no_angle(one: tuple[float, float, float]) -> None:
    assert rotations.angle_between(np.array(one), np.zeros(3)) == 0.0
