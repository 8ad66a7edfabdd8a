"""Limbs whose joint is a hinge: where a limb points stays, its twist follows, also through straight poses."""

import numpy as np
import pytest

from aimocap_blender.motion.limb_hinges import HingedLimb, LimbAtRest, hinged
from aimocap_blender.motion.rotations import angle_between, from_rotation_vector, multiply, rotate

UPPER, LOWER = 0.45, 0.4
X, Y, Z = np.eye(3)
REST_BEND = 0.02
DOWN = from_rotation_vector(X * np.pi)  # a bone's own axis, Y, points along -Y: the limb hangs along -Y
REST = LimbAtRest(
    DOWN,
    multiply(from_rotation_vector(X * REST_BEND), DOWN),
    np.zeros(3),
    -Y * UPPER,
    -Y * UPPER + rotate(from_rotation_vector(X * REST_BEND), -Y * LOWER),
)


def limb(
    bends: np.ndarray, sideways: np.ndarray, twist: float = 0.0, rest: LimbAtRest = REST
) -> tuple[np.ndarray, np.ndarray, HingedLimb]:
    """Wanted directions and what came of a limb bent by angles about its hinge turned sideways, its bones twisted."""
    turn = from_rotation_vector(-Y * sideways[:, None])
    axis = rotate(turn, X)
    lower_turn = from_rotation_vector(axis * bends[:, None])
    upper = multiply(from_rotation_vector(-Y * np.full((len(bends), 1), twist)), np.tile(DOWN, (len(bends), 1)))
    middle = np.tile(REST.middle, (len(bends), 1))
    end = middle + rotate(lower_turn, -Y * LOWER)
    return middle, end, hinged(rest, upper, multiply(lower_turn, upper), (np.zeros_like(end), middle, end))


def degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(angle_between(a, b))


@pytest.mark.parametrize("twist", [0.0, 0.9, -1.2])
def test_bent_limbs_keep_their_directions_whatever_the_twist(twist: float) -> None:
    bends = np.linspace(0.2, 2.4, 40)
    sideways = np.linspace(-0.8, 0.8, 40)
    middle, end, got = limb(bends, sideways, twist)
    assert degrees(got.middle, middle).max() < 0.5
    assert degrees(end - got.middle, end - middle).max() < 0.5
    direction = (end - got.middle) / LOWER
    unrolled = multiply(from_rotation_vector(-direction * got.roll[:, None]), got.lower)
    for rotations, rest, along, wanted in (
        (got.upper, REST.upper, REST.middle, got.middle),
        (unrolled, REST.lower, REST.end - REST.middle, end - got.middle),
    ):
        turned = multiply(rotations, rest * np.array([1.0, -1.0, -1.0, -1.0]))
        assert degrees(rotate(turned, along), wanted).max() < 1e-5
        assert degrees(rotate(turned, REST.hinge), got.hinge).max() < 1e-5
    assert np.abs(np.linalg.norm(end - got.middle, axis=1) - LOWER).max() < 1e-9
    assert np.abs(np.linalg.norm(got.middle, axis=1) - UPPER).max() < 1e-9
    assert np.degrees(np.abs(got.roll - (twist - sideways))).max() < 3.0, "the forearm is twisted as it was"


def test_a_limb_that_passes_through_straight_keeps_its_hinge() -> None:
    """Its plane is unknown there, and noise would spin it."""
    time = np.linspace(0.0, 1.0, 101)
    bends = np.abs(time - 0.5) * 1.6
    noise = np.random.default_rng(3).normal(0.0, 2.0, len(time)) * (bends < np.radians(0.3))
    _, _, got = limb(bends, 0.3 * np.sin(time * 6.0) + noise)
    assert degrees(got.hinge[1:], got.hinge[:-1]).max() < 6.0


def test_a_limb_that_bends_backwards_a_little_bends_forwards_as_much() -> None:
    bends = np.radians(np.concatenate([np.linspace(20.0, -5.0, 26), np.linspace(-5.0, 20.0, 26)]))
    middle, end, got = limb(bends, np.zeros(len(bends)))
    assert degrees(got.hinge, X).max() < 1e-6
    apart = degrees(got.middle, middle)
    assert apart[bends >= 0.0].max() < 0.1
    assert apart.max() == pytest.approx(5.0, abs=0.5)
    assert np.abs(np.linalg.norm(end - got.middle, axis=1) - LOWER).max() < 1e-9


def test_a_hinge_askew_lets_a_limb_be_nearly_straight() -> None:
    """By half a degree, as in many rigs: then a straight limb would need its hinge a quarter turn off."""
    middle = rotate(from_rotation_vector(Z * np.radians(0.5)), REST.middle)
    rest = LimbAtRest(REST.upper, REST.lower, REST.start, middle, middle + REST.end - REST.middle)
    bends = np.radians(np.concatenate([np.linspace(20.0, 0.0, 41), np.linspace(0.0, 20.0, 41)]))
    middle, end, got = limb(bends, np.zeros(len(bends)), rest=rest)
    assert degrees(got.hinge, X).max() < 5.0
    assert degrees(got.middle, middle).max() < 0.5
    assert degrees(end - got.middle, end - middle).max() < 0.5
    bent = degrees(got.middle, end - got.middle)
    turned, below = (
        multiply(rotations, at_rest * np.array([1.0, -1.0, -1.0, -1.0]))
        for rotations, at_rest in ((got.upper, rest.upper), (got.lower, rest.lower))
    )
    assert degrees(rotate(turned, rest.middle - rest.start), got.middle).max() < 1e-5
    assert degrees(rotate(below, rest.end - rest.middle), end - got.middle).max() < 1e-5
    unrolled = multiply(from_rotation_vector(-(end - got.middle) / LOWER * got.roll[:, None]), below)
    assert degrees(rotate(unrolled, rest.hinge), got.hinge).max() < 0.05, "both bones have the hinge"
    assert 0.5 < bent.min() < 1.0
