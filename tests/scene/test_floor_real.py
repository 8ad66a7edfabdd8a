"""Real characters rest on what the person rests on: hands, knees, seat, back, feet, and hands that clap.

The motions are scripted, with exact contacts; the judge reads evaluated poses and meshes.
"""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.bones.humanoid import FINGERS
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.retargeting import put_clip_on
from tests.conftest import SHARED
from tests.media.floor.clips import floor_clip

from .body_contact_judge import LIMITS, Body, Sampled, judge_on, judged
from .cleanup.recorded_takes import recordings
from .real_files import at_rest, load
from .retarget_judge import beyond_steps, joints_of_motion

CHARACTERS = ("maya_character.fbx", "mh_cmu_mb.blend", "gdquest_mannequiny.glb")
"""Of other proportions, with roll, names and rests of their own; the last one has a mesh and bent legs at rest."""
HELD = ("crawl", "push_up", "kneel", "chair", "hang", "clap", "one_knee")
FEET = RetargetOptions(contacts="FEET")
SHOWN = ("crawl", "roll", "cartwheel", "sit", "lie")
NEAR_CM = 0.5
FAR_DEGREES = 20.0
"""That a wrist bends in a push-up."""
LEAVES = 5
"""Frames in which hands that part are still near."""
UPPER_LEGS = ("left_upper_leg", "right_upper_leg")
LIE_HIGHEST = ("lie", "sit")
"""Motions in which what is too high, and not what is too low, is furthest from where it should rest."""


@pytest.mark.long
@pytest.mark.slow_cases
@pytest.mark.parametrize("character", CHARACTERS)
def test_the_body_rests_on_what_the_persons_does(character: str, tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / character, tmp_path)))
    wrong = []
    for motion in HELD:
        verdict = judge_on(floor_clip(motion), body, RetargetOptions(contacts="BODY"))
        wrong += [f"{motion}: {verdict}" for name, limit in LIMITS.items() if getattr(verdict, name) > limit]
    assert not wrong, "\n".join(wrong)
    assert judge_on(floor_clip("crawl"), body, RetargetOptions(contacts="FEET")).height > LIMITS["height"]


def test_who_walks_with_feet_that_never_quite_rest_does_not_float(tmp_path: Path) -> None:
    """The body was lifted for every toe that pointed into the ground, a person's by 3 cm."""
    if not SHARED.is_dir():
        pytest.skip("the recordings are not next to the checkout")
    clip = recordings(tmp_path, ["walk"])["walk"]
    body = Body(at_rest(load(SHARED / "data" / "characters" / "rocketbox_male17.fbx", tmp_path)))
    put_clip_on(body.obj, clip, TimeMapping(1.0, clip.fps), RetargetOptions(contacts="BODY"), "Walk")
    # its first frame is its rest pose, under the floor
    skin = body.sampled(len(clip.times)).skin[1:, :, 2]
    lowest_cm = 100.0 * body.size * (skin.min(axis=1) - body.ground)
    assert -1.5 < lowest_cm.min() < np.median(lowest_cm) < 0.5
    # the recording's floor rises by 5 cm, to both sides of the ground
    assert np.percentile(lowest_cm, 90.0) < 3.0


def test_who_jumps_goes_as_high_as_legs_are_long(tmp_path: Path) -> None:
    """Hips that sway over the feet in a squat told a travel 1.17 times as far, and the jump was 1.21 times as high."""
    if not SHARED.is_dir():
        pytest.skip("the recordings are not next to the checkout")
    clip = recordings(tmp_path, ["jump"])["jump"]
    _, shown = _played(clip, "rocketbox_male17.fbx", tmp_path)
    joints = [clip.positions[1:, clip.skeleton.index(bone)] for bone in ("lThigh", "lShin", "lFoot")]
    own = [shown.heads[f"left_{slot}"][1:] for slot in ("upper_leg", "lower_leg", "foot")]
    persons, characters = (
        np.ptp(hip[:, 2]) / np.linalg.norm(np.diff([hip[0], knee[0], ankle[0]], axis=0), axis=-1).sum()
        for hip, knee, ankle in (joints, own)
    )
    assert characters == pytest.approx(persons, rel=0.03)


def test_a_hand_of_several_bones_side_by_side_turns_as_one(tmp_path: Path) -> None:
    """A robot has no hand that carries its fingers, but four palms on the forearm: they were left behind."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / "quaternius_stan.glb", tmp_path)))
    assert {body.bones[f"left_{finger}_proximal"] for finger in FINGERS if finger != "middle"} == {
        f"{name}1.L" for name in ("Thumb", "Index", "Ring", "Pinky")
    }
    palms = [body.obj.pose.bones[f"Palm{letter}.{side}"] for side in "LR" for letter in "TIRP"]
    elbows = [body.obj.pose.bones[f"LowerArm.{side}"] for side in "LR"]

    def shape() -> np.ndarray:
        """Distances between the ends of a side's palms (2, 4, 4)."""
        tips = np.array([palm.tail for palm in palms]).reshape(2, 4, 3)
        return np.linalg.norm(tips[:, :, None] - tips[:, None], axis=-1)

    def bend() -> float:
        angles = [palm.vector.angle(elbow.vector) for palm, elbow in zip(palms[1::4], elbows, strict=True)]
        return max(np.degrees(angles))

    at_start, bent_at_rest = shape(), bend()
    floor = floor_clip("push_up")
    put_clip_on(body.obj, floor.clip, TimeMapping(1.0, floor.clip.fps), RetargetOptions(contacts="BODY"), "Hands")
    bent = 0.0
    for frame in range(1, len(floor.clip.times) + 1, 10):
        bpy.context.scene.frame_set(frame)
        assert shape() == pytest.approx(at_start, abs=1e-3)
        bent = max(bent, abs(bend() - bent_at_rest))
    assert bent > FAR_DEGREES


def test_the_report_tells_what_the_mesh_shows(tmp_path: Path) -> None:
    """With feet held only, a body that rests on more is wrong by what can be seen."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / "rocketbox_male17.fbx", tmp_path)))
    for motion in SHOWN:
        floor = floor_clip(motion)
        at_rest(body.obj)
        outcome = put_clip_on(body.obj, floor.clip, TimeMapping(1.0, floor.clip.fps), FEET, "Judged")
        above, under = (off.metres * body.size * 100.0 for off in outcome.poses.off_rest)
        verdict = judged(floor, body, body.sampled(len(floor.clip.times)), outcome.report.scale)
        assert under == pytest.approx(verdict.sink, abs=NEAR_CM), motion
        if motion in LIE_HIGHEST:
            assert above == pytest.approx(verdict.height, abs=NEAR_CM), motion


def test_hands_rest_on_the_skin_of_the_body(tmp_path: Path) -> None:
    """Of a recorded person who sits; as far from the skeleton as the person's they were 8 cm in the trunk."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    (clip,) = recordings(tmp_path, ["sit"]).values()
    body, shown = _played(clip, "rocketbox_male17.fbx", tmp_path)
    trunk = np.isin(body.parts, ["hips", "spine", "chest", *UPPER_LEGS])
    for side in ("left", "right"):
        hand = body.parts == f"{side}_hand"
        over = [body.over(hand, trunk, shown.skin[frame]).min() * body.size for frame in range(15, 70, 5)]
        assert -0.02 < min(over) < max(over) < 0.02, f"{side} {np.round(over, 3)}"


def test_the_report_tells_of_hands_that_clap_without_touching(tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / "gdquest_mannequiny.glb", tmp_path)))
    floor = floor_clip("clap")
    for options, is_apart in ((FEET, True), (RetargetOptions(contacts="BODY"), False)):
        at_rest(body.obj)
        outcome = put_clip_on(body.obj, floor.clip, TimeMapping(1.0, floor.clip.fps), options, "Judged")
        verdict = judged(floor, body, body.sampled(len(floor.clip.times)), outcome.report.scale)
        told = outcome.poses.off_touch
        assert told is not None
        assert (told.metres * body.size * 100.0 > LIMITS["touch"]) == (verdict.touch > LIMITS["touch"]) == is_apart
        claps = [contact for contact in floor.contacts if contact.other]
        assert any(clap.first <= told.frame - 1.0 <= clap.last + LEAVES for clap in claps)


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("character", "motion", "most"),
    [
        ("gdquest_mannequiny.glb", "sit_up", LIMITS["sink"]),  # once 1.3 cm
        ("quaternius_knight.glb", "sit_up", 6.0),  # once 13; thick thighs, whose knees are up
        ("vrm_godette.vrm", "sit_up", 10.0),  # once 15
    ],
)
def test_a_trunk_lies_on_its_lowest_skin(character: str, motion: str, most: float, tmp_path: Path) -> None:
    """Chests are deeper than shoulders, a toy's seat is skin of its spine, backs that turn have other skin there."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / character, tmp_path)))
    verdict = judge_on(floor_clip(motion), body, RetargetOptions(contacts="BODY"))
    assert verdict.sink < most
    assert verdict.free < LIMITS["free"]


def test_who_lies_face_down_rests_on_the_front_of_the_hips(tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / "gdquest_mannequiny.glb", tmp_path)))
    assert judge_on(floor_clip("lie"), body, RetargetOptions(contacts="BODY")).height < LIMITS["height"]  # once 2.7 cm


def test_shins_lie_on_their_skin_and_a_bent_neck_comes_up_calmly(tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / "rocketbox_male17.fbx", tmp_path)))
    verdicts = {
        name: judge_on(floor_clip(name), body, RetargetOptions(contacts="BODY")) for name in ("kneel", "sit_up", "lie")
    }
    assert verdicts["kneel"].sink < 0.6  # once 1.4 cm
    assert verdicts["sit_up"].sink < LIMITS["sink"]  # its head; once 1.2
    assert verdicts["lie"].sink < 1.2  # over the side, on an upper arm; once 2.5
    assert verdicts["sit_up"].step < LIMITS["step"]  # once 4.3 degrees
    assert verdicts["sit_up"].slide < LIMITS["slide"]  # its thighs hang from the spine; once 8.8 cm/s


@pytest.mark.slow_cases
@pytest.mark.parametrize("character", ["mh_mixamo.blend", "vrm_godette.vrm"])
def test_a_ball_that_stands_stays_as_the_knee_comes_down(character: str, tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / character, tmp_path)))
    verdict = judge_on(floor_clip("lunge"), body, RetargetOptions(contacts="BODY"))
    assert verdict.slide < LIMITS["slide"]  # once 12 and 21 cm/s
    assert verdict.height < LIMITS["height"]


def test_elbows_do_not_bend_backwards_as_hands_leave_a_table(tmp_path: Path) -> None:
    """They were straighter on it than the person's, by 26 degrees at most, which went on while those straightened."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    character = at_rest(load(SHARED / "data" / "characters" / "gdquest_mannequiny.glb", tmp_path))
    clip = floor_clip("table").clip
    outcome = put_clip_on(character, clip, TimeMapping(1.0, clip.fps), RetargetOptions(contacts="BODY"), "Table")
    assert not outcome.poses.wrong_side


@pytest.mark.parametrize(
    ("character", "motion", "most"),
    [
        ("vrm_godette.vrm", "table", LIMITS["step"]),  # hands leave it with straight elbows; once 9.7
        ("quaternius_casual.glb", "roll", 4.5),  # a large head gets out of the way; once 11.6
    ],
)
def test_limbs_leave_and_pass_what_they_touch_calmly(character: str, motion: str, most: float, tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / character, tmp_path)))
    assert judge_on(floor_clip(motion), body, RetargetOptions(contacts="BODY")).step < most


def test_the_report_tells_of_hands_over_the_table_that_they_lean_on(tmp_path: Path) -> None:
    """Of a toy with short arms, once without a word."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / "kaykit_rig_medium.glb", tmp_path)))
    verdict = judge_on(floor_clip("table"), body, RetargetOptions(contacts="BODY"))
    assert verdict.told
    assert verdict.height > 20.0


def test_a_raised_knee_does_not_spin_the_thigh(tmp_path: Path) -> None:
    """A thigh that is swung far from its rest has no certain twist for its upper bone to take a share of."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / "mh_default.blend", tmp_path)))
    assert judge_on(floor_clip("climb"), body, RetargetOptions(contacts="BODY")).step < LIMITS["step"]


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("character", "takes"),
    [("rocketbox_male17.fbx", ("tiptoe", "drink")), ("gdquest_mannequiny.glb", ("dribble",))],
)
def test_recorded_feet_are_on_the_floor(character: str, takes: tuple[str, ...], tmp_path: Path) -> None:
    """The source has no toes, and goes into the floor with its toes when a heel is lifted; one that stands rolls."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    clips = recordings(tmp_path, takes)
    body = Body(at_rest(load(SHARED / "data" / "characters" / character, tmp_path)))
    for name, clip in clips.items():
        at_rest(body.obj)
        put_clip_on(body.obj, clip, TimeMapping(1.0, clip.fps), RetargetOptions(contacts="BODY"), name)
        shown = body.sampled(len(clip.times))
        lowest = (shown.skin[1:, :, 2].min(axis=1) - body.ground) * body.size * 100.0  # after the rest pose
        assert lowest.min() > -2.0, name  # once 8 cm under it
        assert lowest.max() < 4.5, name  # once 12 above it; "drink" hops by 3 cm


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("take", "character", "creeps", "most"),
    [
        ("sway", "kaykit_rig_medium.glb", slice(100, 140), 0.5),  # once 2.2
        ("sit", "rocketbox_male17.fbx", slice(98, 115), 0.15),  # of who rests on the seat later; once 0.42
    ],
)
def test_a_foot_that_creeps_goes_with_the_sources(
    take: str, character: str, creeps: slice, most: float, tmp_path: Path
) -> None:
    """It isn't quite still in the recording, so that it was free, and slid on short legs or as the hips swayed."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    (clip,) = recordings(tmp_path, [take]).values()
    body, shown = _played(clip, character, tmp_path)
    seconds = np.diff(clip.times)[:, None]
    paths = (joints_of_motion(clip).heads["right_foot"], shown.heads["right_foot"] * body.size)
    source, own = (np.linalg.norm(np.diff(path, axis=0) / seconds, axis=1)[creeps] for path in paths)
    assert source.max() < 0.08
    assert (own - source).max() < most  # metres a second


def test_toes_do_not_fold_where_the_ball_is_in_the_floor(tmp_path: Path) -> None:
    """The source has no toes, and its foot goes into the floor: tilting helps a ball, bent toes don't."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    (clip,) = recordings(tmp_path, ["kick"]).values()
    _, shown = _played(clip, "rocketbox_male17.fbx", tmp_path)
    toes = np.swapaxes(shown.turns["left_foot"], 1, 2) @ shown.turns["left_toes"]
    bends = toes @ toes[30].T  # where it stands with straight toes
    degrees = np.degrees(np.arccos(np.clip((np.trace(bends, axis1=1, axis2=2) - 1.0) / 2.0, -1.0, 1.0)))
    with_heel_down = np.r_[90:102, 118:137]
    assert degrees[with_heel_down].max() < 25.0  # once 70


def test_a_heel_comes_up_where_the_toes_are_in_the_floor(tmp_path: Path) -> None:
    """Feet were tilted flat by up to 40 degrees; what is deep in the floor, the leg lifts."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    (clip,) = recordings(tmp_path, ["walk up"]).values()
    _, shown = _played(clip, "rocketbox_male17.fbx", tmp_path)
    own, source = shown.turns["right_foot"], joints_of_motion(clip).turns["right_foot"]
    stands = 92
    away = (own @ own[stands].T) @ np.swapaxes(source @ source[stands].T, 1, 2)
    degrees = np.degrees(np.arccos(np.clip((np.trace(away, axis1=1, axis2=2) - 1.0) / 2.0, -1.0, 1.0)))
    assert degrees[5:].max() < 25.0  # once 32


@pytest.mark.slow_cases
@pytest.mark.parametrize("character", ["vrm_godette.vrm", "quaternius_knight.glb"])
def test_a_dancers_toes_bend_and_feet_lift_out_of_the_floor(character: str, tmp_path: Path) -> None:
    """The source has no toes; the first character's are bones, the other one's feet aren't children of its legs."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    (clip,) = recordings(tmp_path, ["dance"]).values()
    body, shown = _played(clip, character, tmp_path)
    assert (shown.skin[..., 2].min() - body.ground) * body.size * 100.0 > -3.0  # once 6 and 9 cm under it
    source = joints_of_motion(clip).turns
    for foot in ("left_foot", "right_foot"):  # straight down: neither end of it is nearer
        assert beyond_steps(source[foot], shown.turns[foot]).max() < 15.0  # once 11 and 70 degrees a frame


def test_who_has_short_legs_sits_on_a_lower_chair(tmp_path: Path) -> None:
    """Its feet would be in the air on one of the person's height: its seat is as thick as its thighs are long."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    (clip,) = recordings(tmp_path, ["sit"]).values()
    body, shown = _played(clip, "quaternius_knight.glb", tmp_path)
    lowest = (shown.skin[:60, :, 2].min(axis=1) - body.ground) * body.size * 100.0
    assert lowest.max() < 6.0  # once 12 cm


@pytest.mark.long
def test_the_report_tells_where_toes_are_that_the_source_lacks(tmp_path: Path) -> None:
    """Held by feet, a dancer's toes sank by 8 cm and the report said 1.4; bent toes on the floor were 4 cm too high."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    (clip,) = recordings(tmp_path, ["dance"]).values()
    body = Body(at_rest(load(SHARED / "data" / "characters" / "gdquest_mannequiny.glb", tmp_path)))
    for options in (FEET, RetargetOptions(contacts="BODY")):
        at_rest(body.obj)
        outcome = put_clip_on(body.obj, clip, TimeMapping(1.0, clip.fps), options, "Judged")
        shown = body.sampled(len(clip.times))
        above, under = (off.metres * body.size * 100.0 for off in outcome.poses.off_rest)
        deepest = (shown.skin[..., 2].min() - body.ground) * body.size * 100.0
        assert under == pytest.approx(-deepest, abs=NEAR_CM)
        assert above < NEAR_CM


def test_who_stands_and_sways_does_not_rest_on_a_knee(tmp_path: Path) -> None:
    """A knee was still while the foot under it wasn't quite: it seemed to be on a ledge, and the feet were let go."""
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    (clip,) = recordings(tmp_path, ["washes a window"]).values()
    # as it is imported without its own rate
    clip = replace(clip, times=clip.times * clip.fps / 24.0, fps=24.0)
    _, shown = _played(clip, "maya_character.fbx", tmp_path)
    for foot in ("left_foot", "right_foot"):
        way = np.linalg.norm(np.diff(shown.heads[foot][2:18, :2], axis=0), axis=-1)
        assert way.max() < 0.005  # metres a frame, once 0.09


def _played(clip: Clip, character: str, scratch: Path) -> tuple[Body, Sampled]:
    """A character that plays a recording, the whole body held."""
    body = Body(at_rest(load(SHARED / "data" / "characters" / character, scratch)))
    put_clip_on(body.obj, clip, TimeMapping(1.0, clip.fps), RetargetOptions(contacts="BODY"), "Played")
    return body, body.sampled(len(clip.times))
