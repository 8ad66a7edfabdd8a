"""Corrections by hand, against the truth of made tracks whose depths are spoiled."""

import json
from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.texts.faults import Fault
from aimocap_blender.vision.clip_solution.solution import held
from aimocap_blender.vision.corrections import JOINTS, Correction, Kind, Steps, depth_of
from aimocap_blender.vision.handles import looks
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.kept_solution import (
    KeptSolution,
    all_arrays,
    change_between,
    in_other_world,
    kept_solution,
    limb_depth,
    limb_of,
    solution_arrays,
    solution_of,
    with_corrections,
)
from aimocap_blender.vision.motion_from_track import SeenMotion, motion_from_track
from aimocap_blender.vision.person_track import LANDMARKS
from aimocap_blender.vision.sighting import OtherWorld, Sighting, sighting_of

from .judge import degrees
from .made_tracks import FOCAL, Made, floor_track, hidden_forearm, made_track

LIMB = ("left_elbow", "left_wrist")
MOMENT = 2.0


@pytest.fixture(scope="module")
def made() -> Made:
    return made_track(4.0, noise=1.0)


@pytest.fixture(scope="module")
def spoiled(made: Made) -> SeenMotion:
    """The motion of a track whose left forearm is guessed to lie in the image plane for a second and a half."""
    body = made.track.body.copy()
    rows = np.flatnonzero(np.abs(made.track.times - MOMENT) < 0.75).tolist()
    wrong = [LANDMARKS.index(name) for name in ("left_wrist", "left_pinky", "left_index", "left_thumb")]
    body[np.ix_(rows, wrong, [2])] = body[rows, LANDMARKS.index("left_elbow"), 2][:, None, None]
    return motion_from_track(replace(made.track, body=body), FOCAL)


@pytest.fixture(scope="module")
def kept(made: Made, spoiled: SeenMotion) -> KeptSolution:
    return kept_solution(spoiled, 0.0, made.track.size)


def sighting(motion: SeenMotion) -> Sighting:
    return Sighting(motion.clip, motion.trust, (), (), 0, motion.ground.camera_angle)


def steps_of(kept: KeptSolution) -> Steps:
    return Steps(kept.seen, kept.solution, kept.times, kept.frame)


def joints_with(kept: KeptSolution, *corrections: Correction) -> np.ndarray:
    return steps_of(kept).corrected(corrections)[0].joints


def true_depth(made: Made, kept: KeptSolution, joints: np.ndarray) -> Correction:
    """A correction of the forearm by somebody who knows the truth, at the solution's own scale."""
    row = int(np.abs(kept.times - MOMENT).argmin())
    elbow, wrist = (INDEX[name] for name in LIMB)
    true = made.joints[LIMB[1]][row] - made.joints[LIMB[0]][row]
    length = np.median(np.linalg.norm(joints[:, wrist] - joints[:, elbow], axis=-1))
    along = float(true @ kept.seen.sight[row] / np.linalg.norm(true))
    return Correction(Kind.DEPTH, "left_wrist", MOMENT, (float(along * length),), MOMENT - 0.8, MOMENT + 0.8)


def off(made: Made, joints: np.ndarray, rows: np.ndarray) -> np.ndarray:
    elbow, wrist = (INDEX[name] for name in LIMB)
    true = made.joints[LIMB[1]] - made.joints[LIMB[0]]
    return degrees(joints[rows, wrist] - joints[rows, elbow], true[rows])


def test_a_depth_that_is_said_turns_the_limb_to_the_truth(made: Made, kept: KeptSolution) -> None:
    rows = np.flatnonzero(np.abs(kept.times - MOMENT) < 0.3)
    before = kept.solution.joints
    after = joints_with(kept, true_depth(made, kept, before))
    assert np.median(off(made, before, rows)) > 15.0
    assert np.median(off(made, after, rows)) < 0.5 * np.median(off(made, before, rows))


def test_frames_half_a_second_away_stay_exactly(made: Made, kept: KeptSolution) -> None:
    one = replace(true_depth(made, kept, kept.solution.joints), first=MOMENT - 0.3, last=MOMENT + 0.3)
    after = joints_with(kept, one)
    away = np.abs(kept.times - MOMENT) > 0.3 + 0.5 + 1.0 / kept.seen.fps
    assert away.any()
    assert np.array_equal(after[away], kept.solution.joints[away])
    assert not np.array_equal(after[~away], kept.solution.joints[~away])


@pytest.mark.parametrize("metres", [0.2, 0.0])
def test_a_hidden_forearm_is_as_deep_as_is_said(made: Made, metres: float) -> None:
    """It isn't held as it was in plain view, too, which puts it some 25 cm nearer."""
    kept = kept_solution(
        motion_from_track(hidden_forearm(made.track, slice(30, None), "left"), FOCAL), 0.0, made.track.size
    )
    said = Correction(Kind.DEPTH, LIMB[1], MOMENT, (metres,), MOMENT - 0.8, MOMENT + 0.8)
    row = int(np.abs(kept.times - MOMENT).argmin())
    assert depth_of(kept.seen, joints_with(kept, said), LIMB[1])[row] == pytest.approx(metres, abs=0.02)


def test_a_limb_points_the_other_way(kept: KeptSolution) -> None:
    depth = depth_of(kept.seen, kept.solution.joints, "left_elbow")
    row = int(np.abs(depth).argmax())
    after = joints_with(kept, Correction(Kind.OTHER_WAY, "left_elbow", float(kept.times[row])))
    assert depth_of(kept.seen, after, "left_elbow")[row] == pytest.approx(-depth[row], abs=0.05)


def assert_is_where_it_is_put(kept: KeptSolution, aside: float, down: float) -> None:
    """The right wrist, moved by so many pixels."""
    row = int(np.abs(kept.times - MOMENT).argmin())

    def pixel(joints: np.ndarray) -> np.ndarray:
        x, y, z = kept.seen.in_camera(joints)[row, INDEX["right_wrist"]]
        return kept.seen.focal * np.array([x, y]) / z + np.array(kept.frame) / 2.0

    wanted = pixel(kept.solution.joints) + np.array([aside, down])
    after = joints_with(kept, Correction(Kind.PLACE, "right_wrist", MOMENT, (float(wanted[0]), float(wanted[1]))))
    assert np.linalg.norm(pixel(after) - wanted) < 2.0


def test_a_joint_is_where_it_is_put_in_the_frame(kept: KeptSolution) -> None:
    assert_is_where_it_is_put(kept, 12.0, -9.0)


@pytest.fixture(scope="module")
def push_up() -> KeptSolution:
    made = floor_track("push_up", azimuth=20.0)
    return kept_solution(motion_from_track(made.track, FOCAL), 0.0, made.track.size)


@pytest.mark.parametrize("known_to_be_right", [False, True])
def test_a_hand_that_rests_on_the_floor_is_where_it_is_put(push_up: KeptSolution, known_to_be_right: bool) -> None:
    solution = held(push_up.seen, push_up.solution) if known_to_be_right else push_up.solution
    assert_is_where_it_is_put(replace(push_up, solution=solution), 10.0, -20.0)


def test_a_floor_that_earlier_versions_kept_holds_feet_only(push_up: KeptSolution) -> None:
    arrays = solution_arrays(push_up)
    planted = next(name for name in arrays if name.endswith("planted"))
    floor = solution_of(arrays | {planted: arrays[planted][:, :4]}).solution.floor
    assert floor is not None
    assert floor.planted[:, :4].any()
    assert not floor.planted[:, 4:].any()
    assert_is_where_it_is_put(solution_of(arrays | {planted: arrays[planted][:, :4]}), 10.0, -20.0)


def test_a_foot_that_is_said_to_stand_stays() -> None:
    made = floor_track("get_up")
    known = kept_solution(motion_from_track(made.track, FOCAL), 0.0, made.track.size)
    reach = round(0.3 * known.seen.fps)
    heel = known.solution.joints[:, INDEX["left_heel"]]
    moves = np.linalg.norm(heel[2 * reach :] - heel[: -2 * reach], axis=-1)
    row = int(moves.argmax()) + reach
    after = joints_with(known, Correction(Kind.STANDS, "left_ankle", float(known.times[row])))
    held = after[row - reach : row + reach + 1, INDEX["left_heel"]]
    assert moves.max() > 0.1
    assert np.linalg.norm(held - held.mean(axis=0), axis=-1).max() < 0.02


def test_of_two_about_the_same_limb_the_later_one_counts(made: Made, kept: KeptSolution) -> None:
    right = true_depth(made, kept, kept.solution.joints)
    wrong = replace(right, values=(-right.values[0],))
    both, alone = joints_with(kept, wrong, right), joints_with(kept, right)
    row = int(np.abs(kept.times - MOMENT).argmin())
    depths = [depth_of(kept.seen, joints, "left_wrist")[row] for joints in (both, alone)]
    assert depths[0] == pytest.approx(depths[1], abs=0.02)


def test_step_by_step_is_the_same_as_at_once(made: Made, kept: KeptSolution) -> None:
    first = true_depth(made, kept, kept.solution.joints)
    second = Correction(Kind.DEPTH, "right_wrist", MOMENT, (0.1,))
    steps = steps_of(kept)
    steps.corrected([second, first])
    steps.corrected([first])
    assert np.array_equal(steps.corrected([first, second])[0].joints, joints_with(kept, first, second))
    assert np.array_equal(steps.corrected([])[0].joints, kept.solution.joints)


def test_a_limb_is_near_while_it_is_dragged(made: Made, kept: KeptSolution) -> None:
    rows, one = np.flatnonzero(np.abs(kept.times - MOMENT) < 0.1), true_depth(made, kept, kept.solution.joints)
    tried, corrected = steps_of(kept).tried(one).joints, joints_with(kept, one)
    elbow, wrist = (INDEX[name] for name in LIMB)
    directions = (joints[rows, wrist] - joints[rows, elbow] for joints in (tried, corrected))
    assert degrees(*directions).max() < 2.0


def test_change_is_reported_for_the_limb_and_its_frames(made: Made, spoiled: SeenMotion, kept: KeptSolution) -> None:
    one, before = true_depth(made, kept, kept.solution.joints), with_corrections(sighting(spoiled), kept, ())
    after = with_corrections(before, kept, [one])
    change = change_between(before.clip, after.clip, one.joint, MOMENT)
    row, (elbow, wrist) = int(np.abs(kept.times - MOMENT).argmin()), (INDEX[name] for name in LIMB)
    turned = [joints[row, wrist] - joints[row, elbow] for joints in (kept.solution.joints, joints_with(kept, one))]
    assert change.degrees == pytest.approx(degrees(*turned), abs=4.0)
    assert MOMENT - 1.3 <= change.start < MOMENT < change.end <= MOMENT + 1.3
    assert np.isnan(change_between(after.clip, after.clip, one.joint, MOMENT).start)


def test_wrong_limb_is_suggested_until_it_is_corrected(made: Made, kept: KeptSolution) -> None:
    found = looks(kept, ())
    assert [look.likely for look in found] == sorted(look.likely for look in found)
    arm = [look.second for look in found if limb_of(look.joint) == "left_arm"]
    spoiled = [second for second in arm if abs(second - MOMENT) < 0.75]
    assert spoiled
    assert np.diff(sorted(arm)).min(initial=np.inf) > 0.3
    assert len(found) <= 4.0 * (kept.times[-1] - kept.times[0]) + 1
    after = looks(kept, [replace(true_depth(made, kept, kept.solution.joints), second=spoiled[0])])
    assert not [look for look in after if look.joint == "left_wrist" and abs(look.second - spoiled[0]) < 0.3]


@pytest.mark.parametrize(
    "wrong",
    [
        Correction(Kind.DEPTH, "nose", MOMENT, (0.1,)),
        Correction(Kind.DEPTH, "left_wrist", MOMENT),
        Correction(Kind.DEPTH, "left_wrist", MOMENT, (np.nan,)),
        Correction(Kind.PLACE, "left_wrist", MOMENT, (5.0,)),
        Correction(Kind.STANDS, "left_knee", MOMENT),
        Correction(Kind.OTHER_WAY, "left_knee", 60.0),
    ],
)
def test_corrections_that_cannot_be_are_refused(kept: KeptSolution, wrong: Correction) -> None:
    with pytest.raises(Fault):
        joints_with(kept, wrong)


def test_through_a_file_corrected_and_back(made: Made, spoiled: SeenMotion, kept: KeptSolution) -> None:
    one = true_depth(made, kept, kept.solution.joints)
    changed = with_corrections(sighting(spoiled), kept, [one])
    assert changed.corrections == (one,)
    assert changed.trust.values[np.abs(kept.times - MOMENT) < 0.2, changed.trust.limbs.index("left_arm")].min() == 1.0
    arrays = all_arrays(changed, kept)
    read, known = sighting_of(arrays), solution_of(arrays)
    assert read.corrections == (one,)
    assert read.clip.eyes == pytest.approx(changed.clip.eyes)
    # an earlier version knew one camera that stays
    facts = json.loads(str(arrays["facts"])) | {"eye": arrays["eyes"][0, 0].tolist()}
    earlier = {**arrays, "facts": np.array(json.dumps(facts))}
    del earlier["eyes"]
    assert sighting_of(earlier).clip.eyes == pytest.approx(changed.clip.eyes)
    again = with_corrections(read, known, read.corrections)
    assert np.allclose(again.clip.rotations, changed.clip.rotations, atol=1e-9)  # sums may differ in the last bit
    without = with_corrections(read, known, ())
    assert np.allclose(without.clip.rotations, spoiled.clip.rotations, atol=1e-9)
    assert np.array_equal(without.trust.values, spoiled.trust.values)


def test_a_motion_in_the_other_world_is_corrected_there(spoiled: SeenMotion, kept: KeptSolution) -> None:
    over = replace(sighting(spoiled), other=OtherWorld(np.diag([1.0, -1.0, -1.0, 1.0]), 0.5))
    turned, known = in_other_world(over, kept)
    assert known is not None
    corrected = with_corrections(turned, known, ()).clip
    assert np.allclose(corrected.positions, turned.clip.positions, atol=1e-9)
    assert corrected.eyes is not None
    assert corrected.eyes[0, 0] == pytest.approx(np.linalg.inv(known.camera(0))[:3, 3])


@pytest.mark.parametrize("joint", JOINTS)
def test_the_depth_that_a_dialog_begins_with_is_that_of_the_solution(
    spoiled: SeenMotion, kept: KeptSolution, joint: str
) -> None:
    solved = depth_of(kept.seen, kept.solution.joints, joint)[len(kept.times) // 2]
    second = float(kept.times[len(kept.times) // 2])
    assert limb_depth(sighting(spoiled), kept, joint, second) == pytest.approx(solved, abs=0.04)


@pytest.mark.parametrize("joint", JOINTS)
def test_the_kept_camera_sees_the_joints_where_they_are_solved(kept: KeptSolution, joint: str) -> None:
    row = len(kept.times) // 2
    point = kept.solution.joints[row, INDEX[joint]]
    in_world: np.ndarray = kept.other @ kept.world @ [*point, 1.0]
    assert kept.camera(row) @ in_world == pytest.approx([*(kept.seen.turn[row] @ point), 1.0])
