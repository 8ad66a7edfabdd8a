"""The display of a G1's faults: the worst of each cell of a strip, its bands, colours, the findings of a frame."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.g1.checks import check_g1_motion
from aimocap_blender.motion.g1.checks_findings import G1Fault, findings_at
from aimocap_blender.motion.g1.motion import read_g1_motion
from aimocap_blender.motion.timeline_heat import bands, heat_colours, row_at, worst_in_cells


@st.composite
def strips(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, float, float, int]:
    """Heats, their timeline frames in either order, and a view that may lie anywhere about them."""
    count = draw(st.integers(1, 40))
    frames = draw(st.integers(-50, 50)) + draw(st.sampled_from([0.25, 0.8, 1.0, 2.5])) * np.arange(count)
    heats = st.lists(st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0]), min_size=count, max_size=count)
    heat = np.array(draw(st.lists(heats, min_size=1, max_size=3)))
    left = draw(st.floats(-120.0, 120.0))
    width = draw(st.floats(0.5, 300.0))
    return heat, frames[::-1] if draw(st.booleans()) else frames, left, left + width, draw(st.integers(1, 60))


@given(strips())
def test_each_cell_has_the_worst_frame_that_it_meets(strip: tuple[np.ndarray, np.ndarray, float, float, int]) -> None:
    heat, frames, left, right, cells = strip
    half = abs(frames[1] - frames[0]) / 2 if len(frames) > 1 else 0.5
    worst = worst_in_cells(heat, frames, left, right, cells)
    size = (right - left) / cells
    for cell in range(cells):
        start, stop = left + cell * size, left + (cell + 1) * size
        for row in range(len(heat)):
            surely = [
                value
                for value, frame in zip(heat[row], frames, strict=True)
                if frame + half > start + 1e-9 and frame - half < stop - 1e-9
            ]
            perhaps = [
                value
                for value, frame in zip(heat[row], frames, strict=True)
                if frame + half > start - 1e-9 and frame - half < stop + 1e-9
            ]
            assert max(surely, default=0.0) <= worst[row, cell] <= max(perhaps, default=0.0)


@given(strips())
def test_the_bands_are_the_cells(strip: tuple[np.ndarray, np.ndarray, float, float, int]) -> None:
    worst = worst_in_cells(*strip)
    painted = np.zeros_like(worst)
    for row, start, stop, heat in zip(*bands(worst), strict=True):
        assert not painted[row, start:stop].any()
        painted[row, start:stop] = heat
    assert ((painted > 0.0) == (worst > 0.0)).all()
    assert np.abs(painted - worst).max() <= 1 / 12


def test_one_bad_frame_of_very_many_is_seen() -> None:
    heat = np.zeros((1, 100_000))
    heat[0, 61_803] = 1.0
    worst = worst_in_cells(heat, np.arange(100_000.0), 0.0, 100_000.0, 700)
    assert np.flatnonzero(worst).tolist() == [61_803 * 700 // 100_000]


def test_worse_is_redder() -> None:
    colours = heat_colours(np.linspace(0.25, 1.0, 9))
    assert (np.diff(colours[:, 1]) < 0.0).all()
    assert colours[0, 1] > 0.8
    assert colours[-1, 1] < 0.1
    assert (colours[:, 0] == 1.0).all()
    assert (colours[:, 2] == 0.0).all()


@pytest.mark.parametrize("order", [1, -1])
def test_the_row_that_is_shown(order: int) -> None:
    frames = (11.0 + 0.8 * np.arange(5))[::order]
    assert row_at(frames, 11.9) == np.argmin(np.abs(frames - 11.8))
    assert row_at(frames, 10.7) == np.argmin(frames)
    assert row_at(frames, 10.5) is None
    assert row_at(frames, 14.7) is None


def test_findings_of_a_frame_are_the_faults_there(shared_data: Path) -> None:
    motion = read_g1_motion(shared_data / "g1" / "kimodo_walk.json")
    dof = motion.dof_pos.copy()
    dof[60, 18] = 2.6
    report = check_g1_motion(replace(motion, dof_pos=dof))
    reported = {finding.kind: (heat, finding) for heat, finding in findings_at(report.checks, 60)}
    heat, finding = reported[G1Fault.JOINT_LIMIT]
    assert finding.subject.name == "left_elbow_joint"
    assert heat == report.check(G1Fault.JOINT_LIMIT).severity[60]
    assert G1Fault.SPIKE in reported
    for row in range(len(dof)):
        here = findings_at(report.checks, row)
        assert {finding.kind for _, finding in here} == {c.kind for c in report.checks if c.severity[row] > 0.0}
        assert [heat for heat, _ in here] == sorted((heat for heat, _ in here), reverse=True)
        assert max((heat for heat, _ in here), default=0.0) == report.heat[row]
