"""Drags of a figure's handles, in views whose geometry is known."""

import numpy as np
import pytest

from aimocap_blender.vision.corrections import JOINTS, Kind, depth_of
from aimocap_blender.vision.handles import View, said_by_drag, side_view
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.kept_solution import KeptSolution, kept_solution
from aimocap_blender.vision.motion_from_track import motion_from_track

from .made_tracks import FOCAL, made_track

ROW = 20


@pytest.fixture(scope="module")
def kept() -> KeptSolution:
    made = made_track(2.0, noise=1.0)
    return kept_solution(motion_from_track(made.track, FOCAL), 0.0, made.track.size)


def film_view(kept: KeptSolution, zoom: float = 1.5) -> View:
    """The video's camera, a pinhole, in a region that shows its frames enlarged, from pixel (40, 30) on."""
    (width, height), matrix = kept.frame, np.zeros((4, 4))
    matrix[:3, :3] = kept.seen.turn[ROW]
    matrix[0] *= 2.0 * kept.seen.focal / width
    matrix[1] *= -2.0 * kept.seen.focal / height
    matrix[3, :3] = kept.seen.turn[ROW][2]
    return View(matrix, (40.0, 30.0, 40.0 + zoom * width, 30.0 + zoom * height), is_film=True)


def in_frame(kept: KeptSolution, joint: str) -> np.ndarray:
    x, y, z = kept.seen.turn[ROW] @ kept.solution.joints[ROW, INDEX[joint]]
    return kept.seen.focal * np.array([x, y]) / z + np.array(kept.frame) / 2.0


@pytest.mark.parametrize("joint", JOINTS)
def test_a_drag_over_the_video_says_where_the_joint_is(kept: KeptSolution, joint: str) -> None:
    view, joints = film_view(kept), kept.solution.joints
    (handle,) = view.places(joints[ROW, INDEX[joint]][None])
    assert handle == pytest.approx(
        (40.0 + 1.5 * in_frame(kept, joint)[0], 30.0 + 1.5 * (kept.frame[1] - in_frame(kept, joint)[1]))
    )
    kind, values = said_by_drag(kept, joints, ROW, joint, view, handle + np.array([15.0, 6.0]))
    assert kind is Kind.PLACE
    assert values == pytest.approx(in_frame(kept, joint) + np.array([10.0, -4.0]), abs=0.01)


def test_a_drag_in_the_side_view_says_how_deep_the_limb_is(kept: KeptSolution) -> None:
    joints, joint = kept.solution.joints, "left_wrist"
    view = side_view(kept, ROW, (100.0, 50.0, 300.0, 350.0))
    sight, point = kept.seen.sight[ROW], joints[ROW, INDEX[joint]]
    before, after = view.places(np.array([point, point + 0.1 * sight]))
    assert after[0] > before[0] + 5.0  # the camera is to the left
    kind, (depth,) = said_by_drag(kept, joints, ROW, joint, view, after)
    assert kind is Kind.DEPTH
    assert depth == pytest.approx(depth_of(kept.seen, joints, joint)[ROW] + 0.1, abs=1e-3)
    across = 3.0 * (after - before)[::-1] * [-1.0, 1.0]
    _, (same,) = said_by_drag(kept, joints, ROW, joint, view, before + across)
    assert same == pytest.approx(depth_of(kept.seen, joints, joint)[ROW], abs=1e-3)


def test_the_side_view_shows_the_figure_upright_and_whole(kept: KeptSolution) -> None:
    left, bottom, right, top = box = (100.0, 50.0, 260.0, 350.0)
    for row in (0, ROW, len(kept.times) - 1):
        places = side_view(kept, row, box).places(kept.solution.joints[row])
        assert (places > [left, bottom]).all()
        assert (places < [right, top]).all()
        assert places[INDEX["nose"], 1] > places[INDEX["left_ankle"], 1]


def test_the_nearest_handle_is_taken_and_none_far_away(kept: KeptSolution) -> None:
    view, joints = film_view(kept), kept.solution.joints[ROW]
    for joint in JOINTS:
        (handle,) = view.places(joints[INDEX[joint]][None])
        assert view.handle_at(joints, handle + 0.5, 8.0) == joint
    assert view.handle_at(joints, np.array([0.0, 0.0]), 8.0) is None
