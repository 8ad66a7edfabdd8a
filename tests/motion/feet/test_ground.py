"""A figure that sways over planted feet, on made surfaces."""

from collections.abc import Callable

import numpy as np
import pytest

from aimocap_blender.motion.pose_motion import RetargetReport
from aimocap_blender.motion.retargeting.reference import RESTS
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from tests.motion.feet.swaying_figure import swaying

from ..made_figures import figure, matrix, pose

STEP = 0.17
FRAME = 40  # both feet stand
Heights = Callable[[np.ndarray], np.ndarray]
"""Heights (N,) of the surface at points (N, 2)."""


def stood(surface: Heights | None, **options: object) -> tuple[np.ndarray, np.ndarray, RetargetReport]:
    """Return ankle and toes (2, 3) of the left foot, which stands, their heights (2,) at rest, and the report."""

    def cast(_: float, origins: np.ndarray, direction: np.ndarray, furthest: float) -> np.ndarray:
        assert surface is not None
        assert direction == pytest.approx([0.0, 0.0, -1.0])
        distance = origins[:, 2] - surface(origins[:, :2])
        return np.where((distance >= 0.0) & (distance <= furthest), distance, np.nan)

    source, source_map = figure(np.random.default_rng(99), stretch=0.0)
    target, target_map = figure(np.random.default_rng(0), stretch=0.1)
    chosen = RetargetOptions(**options)
    clip = swaying(source)
    result = retarget(clip, source_map, target, target_map, chosen, RESTS, None if surface is None else cast)
    basis = {bone: matrix(result.rotations[FRAME, place]) for place, bone in enumerate(result.bones)}
    heads = pose(target, basis, {bone: channel[FRAME] for bone, channel in result.locations.items()})[0]
    joints = [target.index(f"left_{part}") for part in ("foot", "toes")]
    return heads[joints], target.heads[joints, 2], result.report


def step_at(fraction: float) -> Heights:
    """Return a step up whose edge is at a fraction of the way from ankle to toes."""
    ankle, toes = stood(None)[0][:, :2]
    way = toes - ankle
    return lambda points: np.where((points - ankle) @ way > fraction * (way @ way), STEP, 0.0)


@pytest.mark.slow_cases
@pytest.mark.parametrize(("edge", "height"), [(-1.0, STEP), (0.4, STEP), (1.3, 0.0), (3.0, 0.0)])
def test_a_foot_stands_on_the_edge_of_a_step_but_not_on_its_toes(edge: float, height: float) -> None:
    joints, rest, _ = stood(step_at(edge))
    assert joints[:, 2] == pytest.approx(height + rest, abs=0.01)
    assert joints[:, :2] == pytest.approx(stood(None)[0][:, :2], abs=0.02)


@pytest.mark.parametrize(("degrees", "tilt"), [(20.0, 20.0), (-30.0, -30.0), (50.0, 35.0)])
def test_a_foot_lies_on_a_slope_up_to_a_limit(degrees: float, tilt: float) -> None:
    rise, angle = np.tan(np.radians(degrees)), np.radians(tilt)
    joints, rest, report = stood(lambda points: -rise * points[:, 1])
    assert report.missed == 0
    over = joints @ [0.0, np.sin(angle), np.cos(angle)]
    assert over[1] - over[0] == pytest.approx(rest[1] - rest[0], abs=0.005)
    if degrees == tilt:
        assert over == pytest.approx(rest, abs=0.01)


@pytest.mark.slow
def test_a_foot_that_is_high_over_the_ground_stays_there() -> None:
    joints, _, report = stood(lambda points: np.full(len(points), -0.6))
    assert report.missed == report.contacts > 0
    assert joints == pytest.approx(stood(None)[0], abs=1e-3)
    joints, rest, report = stood(lambda points: np.full(len(points), -0.25))
    assert report.missed == 0
    assert joints[:, 2] == pytest.approx(rest - 0.25, abs=0.01)


@pytest.mark.slow_cases
@pytest.mark.parametrize("options", [{"contacts": "OFF"}, {"root_motion": "IN_PLACE"}])
def test_feet_that_are_not_held_are_not_put_on_ground(options: dict[str, object]) -> None:
    joints, _, report = stood(lambda points: np.full(len(points), 0.1), **options)
    assert report.contacts == 0
    assert joints == pytest.approx(stood(None, **options)[0])
