"""From made tracks, whose truth is known, to a motion."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import SIDES
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.rotations import conjugate, multiply, rotate
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.vision.clip_solution import solution
from aimocap_blender.vision.ground import Bodies, directions_of
from aimocap_blender.vision.joints import INDEX, JOINTS
from aimocap_blender.vision.motion_from_track import SeenMotion, motion_from_track, solved_track
from aimocap_blender.vision.person_track import LANDMARKS
from aimocap_blender.vision.pose import clip_of
from aimocap_blender.vision.trust import Reason, trust_of

from .judge import degrees
from .made_tracks import FOCAL, FPS, Made, exchanged, filmed, hidden_forearm, made_track, person, unseen

LIMBS = [
    (f"{side}_{start}", f"{side}_{end}")
    for side in SIDES
    for start, end in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
]


def limb_errors(motion: SeenMotion, made: Made) -> np.ndarray:
    """Degrees, of all limbs and frames."""
    found: list[np.ndarray] = []
    for start, end in LIMBS:
        ours = motion.joints[:, INDEX[end]] - motion.joints[:, INDEX[start]]
        true = (made.joints[end] - made.joints[start])[motion.frames]
        found.append(degrees(ours, true))
    return np.array(found)


def head_up(motion: SeenMotion) -> np.ndarray:
    """(F,) height of the head's own up."""
    head = motion.clip.skeleton.index("Head")
    return rotate(motion.clip.rotations[:, head], np.array([0.0, 1.0, 0.0]))[:, 2]  # bones lie along y


@pytest.fixture(scope="module")
def plain() -> tuple[Made, SeenMotion]:
    made = made_track(noise=1.0)
    return made, motion_from_track(made.track, FOCAL)


def test_limbs_are_as_they_were(plain: tuple[Made, SeenMotion]) -> None:
    made, motion = plain
    errors = limb_errors(motion, made)
    assert np.median(errors) < 5.0
    assert np.percentile(errors, 95) < 14.0


def test_bones_keep_their_lengths(plain: tuple[Made, SeenMotion]) -> None:
    _, motion = plain
    for start, end in LIMBS:
        length = np.linalg.norm(motion.joints[:, INDEX[end]] - motion.joints[:, INDEX[start]], axis=-1)
        assert np.ptp(length) < 0.03 * length.mean()


def test_clip_stands_on_the_floor_and_faces_minus_y(plain: tuple[Made, SeenMotion]) -> None:
    _, motion = plain
    clip = motion.clip
    place = {name: clip.positions[:, clip.skeleton.index(name)] for name in clip.skeleton.names}
    assert np.abs(place["Hips"][0, :2]).max() < 1e-6
    left = (place["LeftUpperLeg"] - place["RightUpperLeg"])[:9].mean(axis=0)
    assert abs(np.degrees(np.arctan2(left[1], left[0]))) < 3.0
    assert 0.0 < place["LeftToes"][:, 2].min() + 0.05 < 0.15
    assert place["Head"][:, 2].min() > place["Hips"][:, 2].max() > 0.6
    assert head_up(motion).min() > 0.8


def across_of_feet(clip: Clip) -> np.ndarray:
    """(2, F) height of the feet's own directions across."""
    found: list[np.ndarray] = []
    for side in ("Left", "Right"):
        foot = clip.skeleton.index(f"{side}Foot")
        from_rest = multiply(clip.rotations[:, foot], conjugate(clip.skeleton.rest_rotations[foot]))
        found.append(rotate(from_rest, np.array([1.0, 0.0, 0.0]))[:, 2])
    return np.array(found)


def test_feet_that_stand_are_level_across_and_those_of_who_lies_are_not(plain: tuple[Made, SeenMotion]) -> None:
    motion = plain[1]  # of a person who sways and bends the knees
    assert np.degrees(np.abs(np.arcsin(across_of_feet(motion.clip)))).max() < 0.5  # 6.8 as the legs are tilted
    on_the_side = motion.ground.world(motion.joints)[..., [2, 1, 0]] * (1.0, 1.0, -1.0)
    lying = clip_of(on_the_side, motion.clip.skeleton, FPS, motion.clip.times, motion.fingers)
    assert np.abs(across_of_feet(lying)).min() > 0.9


def test_clip_is_recognised_and_can_be_retargeted(plain: tuple[Made, SeenMotion]) -> None:
    _, motion = plain
    skeleton = motion.clip.skeleton
    bones = detect_bones(skeleton)
    assert bones.missing() == ()
    result = retarget(motion.clip, bones, skeleton, bones, RetargetOptions())
    assert result.unmoved == ()
    assert result.report.scale == pytest.approx(1.0, abs=0.05)
    assert result.report.slide_after < 2.0


def test_rotations_have_no_sign_flips(plain: tuple[Made, SeenMotion]) -> None:
    _, motion = plain
    rotations = motion.clip.rotations
    assert np.allclose(np.linalg.norm(rotations, axis=-1), 1.0)
    assert (rotations[1:] * rotations[:-1]).sum(axis=-1).min() > 0.9


@pytest.mark.slow_cases
@pytest.mark.parametrize(("roll", "most"), [(0.0, 6.0), (14.0, 8.0), (-10.0, 8.0), (-90.0, 8.0)])
def test_up_is_found_with_a_rolled_camera(roll: float, most: float) -> None:
    made = made_track(1.5, roll=roll, noise=1.0)
    motion = motion_from_track(made.track, FOCAL)
    assert degrees(motion.ground.up, made.up) < most


def test_leaning_runner_is_no_rolled_camera() -> None:
    made = made_track(1.5, azimuth=60.0)
    still = np.stack([made.joints[name] for name in JOINTS], axis=1)
    lean = np.radians(25.0)
    leaning = still @ np.array([[np.cos(lean), np.sin(lean), 0.0], [-np.sin(lean), np.cos(lean), 0.0], [0.0, 0.0, 1.0]])
    ahead = np.cumsum(np.arange(len(still)) % 20 >= 10)[:, None, None] * np.array([0.15, 0.0, 0.0])
    running = leaning + ahead  # with rests, in which the feet stand
    assert degrees(directions_of(Bodies(running, FPS))[0], made.up) < 6.0


@pytest.mark.long
def test_panning_camera_does_not_move_the_person() -> None:
    still, panned = made_track(azimuth=10.0, noise=0.5), made_track(azimuth=10.0, pan=10.0, noise=0.5)
    paths = [motion_from_track(made.track, FOCAL).clip.positions[:, 0] for made in (still, panned)]
    assert np.linalg.norm(paths[0] - paths[1], axis=-1).max() < 0.08
    blind = replace(panned.track, camera=still.track.camera)
    wandering = motion_from_track(blind, FOCAL).clip.positions[:, 0]
    assert np.linalg.norm(paths[0] - wandering, axis=-1).max() > 0.3


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    "words",
    [
        ("",),
        ("hip", "knee", "ankle", "heel", "foot"),
        ("shoulder", "elbow", "wrist", "pinky", "index", "thumb"),
        ("eye", "ear", "mouth"),
    ],
    ids=["whole", "legs", "arms", "head"],
)
def test_exchanged_left_and_right_are_undone(words: tuple[str, ...], plain: tuple[Made, SeenMotion]) -> None:
    made, before = plain
    spoiled = exchanged(made.track, slice(20, 32), words)
    motion = motion_from_track(spoiled, FOCAL)
    assert np.percentile(limb_errors(motion, made), 95) < np.percentile(limb_errors(before, made), 95) + 6.0
    assert head_up(motion).min() > 0.8
    moved = np.linalg.norm(motion.joints - before.joints, axis=-1)
    assert moved.max() < 0.15
    at, outside = motion.trust.values[24:28].min(), motion.trust.values[45:].min()
    assert at < 0.5 < outside
    assert Reason.EXCHANGED in {doubt.reason for doubt in motion.trust.doubts}


def test_arm_whose_depth_the_network_guesses_now_this_now_that_way_is_trusted_less(
    plain: tuple[Made, SeenMotion],
) -> None:
    made, before = plain
    body = made.track.body.copy()
    wrist, elbow = (LANDMARKS.index(f"left_{part}") for part in ("wrist", "elbow"))
    body[::2, wrist, 2] = 2.0 * body[::2, elbow, 2] - body[::2, wrist, 2]
    limbs = before.trust.limbs
    spoiled = motion_from_track(replace(made.track, body=body), FOCAL).trust.values.mean(axis=0)
    lost = before.trust.values.mean(axis=0) - spoiled
    assert lost[limbs.index("left_arm")] > 0.1
    assert lost[limbs.index("left_arm")] > 2.0 * max(lost[limbs.index(f"{side}_leg")] for side in SIDES)


def test_leg_that_swings_up_in_one_frame_is_not_trusted_then(plain: tuple[Made, SeenMotion]) -> None:
    made, _ = plain
    found = solved_track(made.track, FOCAL)
    swung, knee, ankle = found.joints.copy(), INDEX["left_knee"], INDEX["left_ankle"]
    swung[30, ankle] = swung[30, knee] + [0.4, 0.0, 0.0]

    def trust(joints: np.ndarray) -> np.ndarray:
        told = trust_of(found.seen, joints, found.times, found.exchanged, ~found.known, made.track.size)
        return told.values[:, told.limbs.index("left_leg")]

    before, after = trust(found.joints), trust(swung)
    assert before[30] > 0.5
    assert after[30] < 0.1
    assert (after[:15] > 0.9 * before[:15]).all()


@pytest.mark.parametrize("side", SIDES)
def test_hidden_forearm_is_held_as_it_was_in_plain_view(side: str, plain: tuple[Made, SeenMotion]) -> None:
    made, _ = plain
    plainly, hidden = slice(0, 30), slice(30, None)
    motion = motion_from_track(hidden_forearm(made.track, hidden, side), FOCAL)
    forearm = motion.joints[:, INDEX[f"{side}_wrist"]] - motion.joints[:, INDEX[f"{side}_elbow"]]
    true = made.joints[f"{side}_wrist"] - made.joints[f"{side}_elbow"]
    away = made.joints[f"{side}_elbow"][hidden]  # the guess: along the line of sight
    as_before = np.median(degrees(forearm[hidden], true[plainly].mean(axis=0)))
    assert as_before < 75.0
    assert as_before < np.median(degrees(forearm[hidden], away)) - 10.0
    assert degrees(forearm[1:], forearm[:-1]).max() < 30.0


def test_a_quarter_of_a_second_in_plain_view_shows_how_an_arm_is_held() -> None:
    made = made_track(2.0, noise=1.0)
    plainly, soon = slice(0, 6), slice(10, 30)
    motion = motion_from_track(hidden_forearm(made.track, slice(plainly.stop, None), "left"), FOCAL)
    forearm = motion.joints[:, INDEX["left_wrist"]] - motion.joints[:, INDEX["left_elbow"]]
    as_shown = (made.joints["left_wrist"] - made.joints["left_elbow"])[plainly].mean(axis=0)
    assert np.median(degrees(forearm[soon], as_shown)) < 45.0  # 83 if half a second counts half


def test_legs_guessed_too_straight_from_behind_are_bent() -> None:
    made = made_track(azimuth=180.0, noise=1.0)
    body = made.track.body.copy()
    for side in SIDES:
        body[:, LANDMARKS.index(f"{side}_knee"), 2] -= 0.08
        body[:, LANDMARKS.index(f"{side}_ankle"), 2] += 0.03
    motion = motion_from_track(replace(made.track, body=body), FOCAL)
    legs = [("knee" in end or "ankle" in end) for _, end in LIMBS]
    assert np.median(limb_errors(motion, made)[legs]) < 6.0


def test_forearms_that_always_point_at_the_camera_are_as_long_as_peoples() -> None:
    """Their depth is guessed too small, and they are seen short: too short, they pointed to the sides."""
    world = person(np.arange(45) / FPS)
    for side, out in (("left", 1.0), ("right", -1.0)):
        elbow = world[f"{side}_elbow"]
        forearm = np.array([0.1 * out, -0.23, 0.06])
        for end in ("wrist", "pinky", "index", "thumb"):
            world[f"{side}_{end}"] = elbow + (1.0 if end == "wrist" else 1.3) * forearm
    made = filmed(world, azimuth=0.0, noise=1.0)
    body = made.track.body.copy()
    for side in SIDES:
        elbow = body[:, LANDMARKS.index(f"{side}_elbow"), 2]
        for end in ("wrist", "pinky", "index", "thumb"):
            place = LANDMARKS.index(f"{side}_{end}")
            body[:, place, 2] = elbow + 0.2 * (body[:, place, 2] - elbow)
    motion = motion_from_track(replace(made.track, body=body), FOCAL)
    errors = limb_errors(motion, made)[[LIMBS.index((f"{side}_elbow", f"{side}_wrist")) for side in SIDES]]
    assert np.median(errors) < 33.0


def test_short_gap_is_bridged_and_long_one_left_out() -> None:
    made = made_track(3.0, noise=0.5)
    motion = motion_from_track(unseen(unseen(made.track, slice(15, 22)), slice(40, 65)), FOCAL)
    assert motion.frames.tolist() == [*range(40), *range(65, 90)]
    assert motion.clip.times == pytest.approx(motion.frames / FPS)
    assert motion.trust.values[15:22].max() < 0.1
    assert {(doubt.reason, round(doubt.start * FPS)) for doubt in motion.trust.doubts if doubt.limb == "torso"} >= {
        (Reason.NOT_SEEN, 40)
    }
    assert np.median(limb_errors(motion, made)) < 6.0


def test_out_of_frame_is_said() -> None:
    made = made_track(1.5)
    low = replace(made.track, pixels=made.track.pixels + np.array([0.0, 170.0]))
    found = {doubt.limb for doubt in motion_from_track(low, FOCAL).trust.doubts if doubt.reason is Reason.OUT_OF_FRAME}
    assert found == {"left_leg", "right_leg"}


def test_one_frame_is_a_pose() -> None:
    made = made_track(1.0 / FPS)
    motion = motion_from_track(made.track, FOCAL)
    assert len(motion.clip.times) == 1
    assert np.isfinite(motion.clip.rotations).all()
    assert np.median(limb_errors(motion, made)) < 8.0


def test_nobody_is_refused() -> None:
    made = made_track(0.5)
    with pytest.raises(Exception, match="No person is seen"):
        motion_from_track(unseen(made.track, slice(None)))


@pytest.mark.long
def test_windows_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_track(3.0, noise=1.0)
    whole = motion_from_track(made.track, FOCAL)
    monkeypatch.setattr(solution, "_WINDOW", 24)
    windowed = motion_from_track(made.track, FOCAL)
    assert np.linalg.norm(whole.joints - windowed.joints, axis=-1).max() < 0.05
