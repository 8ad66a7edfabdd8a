"""A body that rests on more than its feet, on figures of any proportions, and on those that lack bones."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.body.body_points import FEET, placed_points
from aimocap_blender.motion.body.resting import lowest_reached, seen_points
from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.figures.figure import Skin, figure_of
from aimocap_blender.motion.limb_hinges import bend_of
from aimocap_blender.motion.pose_motion import posed
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.rotations import (
    conjugate,
    dot,
    from_matrix,
    from_rotation_vector,
    multiply,
    norm,
    rotate,
    to_rotation_vector,
)
from aimocap_blender.motion.skeleton import Clip
from tests.media.floor.clips import NAMES, floor_clip
from tests.motion.feet.swaying_figure import STEP, swaying

from ..made_figures import TREE, Rest, any_figure, figure

BODY = RetargetOptions(contacts="BODY")


def first(clip: Clip, count: int) -> Clip:
    return replace(clip, times=clip.times[:count], positions=clip.positions[:count], rotations=clip.rotations[:count])


def from_first(clip: Clip, first: int) -> Clip:
    times = clip.times[first:] - clip.times[first]
    return replace(clip, times=times, positions=clip.positions[first:], rotations=clip.rotations[first:])


@pytest.mark.slow_cases
@pytest.mark.parametrize("name", NAMES)
def test_figures_that_lack_bones_and_the_shortest_motions_have_poses_too(name: str) -> None:
    clip = floor_clip(name).clip
    rng = np.random.default_rng(NAMES.index(name))
    optional = [slot for slot in TREE if slot not in {"hips", "spine", "chest", "upper_chest", "neck", "head"}]
    for count, options in (
        (len(clip.times), BODY),
        (1, BODY),
        (2, replace(BODY, lock_strength=0.5)),
        (40, replace(BODY, root_motion="IN_PLACE")),
        (60, replace(BODY, scale=2.0, lock_strength=0.0)),
    ):
        missing = frozenset(rng.choice(optional, size=rng.integers(0, 5), replace=False).tolist())
        rest = Rest(arms_down=rng.uniform(0.0, 1.2), knees=rng.uniform(0.0, 0.2), turned=rng.uniform(-3.0, 3.0))
        target, bone_map = any_figure(rng, rest, spine=int(rng.integers(0, 5)), missing=missing)
        motion = retarget(first(clip, count), detect_bones(clip.skeleton), target, bone_map, options)
        assert np.isfinite(motion.rotations).all(), missing
        assert all(np.isfinite(location).all() for location in motion.locations.values()), missing


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("name", "slot", "thighs_on", "seed"),
    [
        ("sit_up", "left_upper_leg", "spine", 2),  # as a Biped's; once 9 cm/s
        ("get_up", "left_upper_leg", "hips", 2),  # once 5: as the back leaves the floor
        ("climb", "left_lower_leg", "hips", 3),  # once 8: as the knee comes onto the ledge
        ("crawl", "right_hand", "hips", 8),  # once 1.6: as the hand comes and goes
        ("one_knee", "left_foot", "hips", 1),  # once 1.5: as the other knee leaves the floor
    ],
)
def test_a_contact_does_not_slide_as_it_comes_or_as_another_goes(
    name: str, slot: str, thighs_on: str, seed: int
) -> None:
    floor = floor_clip(name)
    target, bone_map = figure(np.random.default_rng(seed))
    parents = target.parents.copy()
    parents[[target.index(f"{side}_upper_leg") for side in ("left", "right")]] = target.index(thighs_on)
    target = replace(target, parents=parents)
    motion = retarget(floor.clip, detect_bones(floor.clip.skeleton), target, bone_map, BODY)
    path = posed(target, motion).heads[:, target.index(slot), :2]
    for contact in floor.contacts:
        if contact.slot == slot:
            steps = np.diff(path[contact.first : contact.last + 1], axis=0)
            assert np.linalg.norm(steps, axis=1).max() * floor.clip.fps < 0.01


def test_hands_on_a_table_stay_there_at_its_height_while_the_trunk_moves() -> None:
    floor = floor_clip("table")
    target, bone_map = figure(np.random.default_rng(4))
    motion = retarget(floor.clip, detect_bones(floor.clip.skeleton), target, bone_map, BODY)
    hands = [contact for contact in floor.contacts if contact.slot.endswith("hand")]
    for contact in hands:
        # as they come and go they are on their way
        path = posed(target, motion).heads[contact.first + 3 : contact.last - 2, target.index(contact.slot)]
        assert np.linalg.norm(path - path[0], axis=1).max() < 0.01
        assert path[:, 2].mean() == pytest.approx(motion.report.scale * contact.height, abs=0.02)  # once 0.14 m
    assert len(hands) == 2


@pytest.mark.parametrize(("name", "seed"), [("lunge", 1), ("hang", 12)])
def test_an_elbow_that_comes_to_what_its_hand_rests_on_bends_to_no_other_side(name: str, seed: int) -> None:
    floor = floor_clip(name)
    target, bone_map = figure(np.random.default_rng(seed))
    arm = [target.index(f"right_{part}") for part in ("upper_arm", "lower_arm", "hand")]
    bent = []
    for options in (RetargetOptions(contacts="OFF"), BODY):
        motion = retarget(floor.clip, detect_bones(floor.clip.skeleton), target, bone_map, options)
        heads = posed(target, motion).heads
        bent.append(bend_of(*(heads[:, joint] for joint in arm)))
    (free, by), (held, with_contacts) = bent
    other = (dot(free, held) < 0.0) & (by > np.radians(10.0))
    assert np.degrees(with_contacts[other]).max(initial=0.0) < 5.0  # once 14 and 22


def test_a_foot_that_stands_does_not_tilt_for_its_jump() -> None:
    floor = floor_clip("hang")
    target, bone_map = figure(np.random.default_rng(2))
    motion = retarget(floor.clip, detect_bones(floor.clip.skeleton), target, bone_map, BODY)
    stands = next(contact for contact in floor.contacts if contact.slot == "left_toes")
    path = posed(target, motion).heads[stands.first : stands.last + 1, target.index("left_toes"), :2]
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() * floor.clip.fps < 0.002  # once 0.004


def test_who_lay_on_heels_stands_on_flat_feet() -> None:
    floor = floor_clip("get_up")
    target, bone_map = figure(np.random.default_rng(2))
    motion = retarget(floor.clip, detect_bones(floor.clip.skeleton), target, bone_map, BODY)
    foot = target.index("left_foot")
    up = rotate(conjugate(from_matrix(target.rest[foot, :3, :3])), np.array([0.0, 0.0, 1.0]))
    assert rotate(posed(target, motion).rotations[-1, foot], up)[2] > np.cos(np.radians(2.0))  # once 8 degrees


def test_who_lands_does_not_bend_its_legs_suddenly() -> None:
    clip, (target, bone_map) = floor_clip("roll").clip, figure(np.random.default_rng(0))
    found = detect_bones(clip.skeleton)
    motion = posed(target, retarget(clip, found, target, bone_map, BODY))
    thigh = clip.skeleton.index(found.bones()["left_upper_leg"])
    turns = clip.rotations[:, thigh], motion.rotations[:, target.index("left_upper_leg")]
    theirs, ours = (norm(to_rotation_vector(multiply(turn[1:], conjugate(turn[:-1])))) for turn in turns)
    assert np.degrees(ours - theirs).max() < 5.0  # a frame; once 5.6


@pytest.mark.parametrize(("seed", "begins"), [(8, 0), (7, 102), (8, 104)])
def test_a_foot_that_swings_steeply_into_the_floor_is_lifted_calmly(seed: int, begins: int) -> None:
    """Its toes pass under its ankle, where turning it forwards would lift it no more than turning it backwards."""
    source, source_map = figure(np.random.default_rng(99), stretch=0.0)
    clip = swaying(source)
    ankle, toes = source.index("right_foot"), source.index("right_toes")
    done = np.clip((np.arange(len(clip.times)) - STEP.start) / (STEP.stop - STEP.start), 0.0, 1.0)
    turn = from_rotation_vector(np.radians(105.0) * np.sin(np.pi * done)[:, None] * [1.0, 0.0, 0.0])
    away = clip.positions[:, toes] - clip.positions[:, ankle]
    clip.positions[:, toes] = clip.positions[:, ankle] + rotate(turn, away)
    clip.rotations[:, [ankle, toes]] = multiply(turn[:, None], clip.rotations[:, [ankle, toes]])
    clip = from_first(clip, begins)
    target, bone_map = figure(np.random.default_rng(seed), stretch=0.8)
    motion = posed(target, retarget(clip, source_map, target, bone_map, BODY))
    turns = clip.rotations[:, ankle], motion.rotations[:, target.index("right_foot")]
    theirs, ours = (norm(to_rotation_vector(multiply(turn[1:], conjugate(turn[:-1])))) for turn in turns)
    assert np.degrees(ours - theirs).max() < 1.5  # a frame; once 4.7, 3.5 and 5.2


def test_both_halves_of_a_seat_have_the_skin_of_the_middle() -> None:
    target, bone_map = figure(np.random.default_rng(0))
    hips = target.index("hips")
    points = target.heads[hips] + np.array([[0.0, 0.1, 0.0], [0.1, 0.0, 0.0], [-0.1, 0.0, 0.0], [0.0, 0.1, 0.1]])
    skin = Skin(points, np.full((4, 1), hips), np.ones((4, 1)))
    placed = placed_points(replace(figure_of(target, bone_map, "object"), skin=skin), range(len(target)))
    assert [len(placed[f"{side}_seat"].skin[hips][0]) for side in ("left", "right")] == [3, 3]


def test_who_stands_on_one_leg_and_leans_does_not_sit() -> None:
    """A dancer who held still on a foot beside her trunk sat in the air, and a robot's foot slid there."""
    clip = floor_clip("sit").clip
    rows = np.zeros(60, dtype=int)  # it stands
    still = replace(clip, positions=clip.positions[rows], rotations=clip.rotations[rows], times=clip.times[:60])
    seen = seen_points(still, figure_of(clip.skeleton, detect_bones(clip.skeleton), "world"))
    moves = {"left": (0.0, 0.0, 0.4), "right": (-0.15, 0.0, 0.0)}  # metres, of the feet
    paths = {
        name: path + moves[name.partition("_")[0]] if name.endswith(FEET) else path for name, path in seen.paths.items()
    }
    on_one = replace(seen, paths=paths)
    assert on_one.resting_on(on_one.ground()).active.max() == 0.0
    # on a leg that is bent or ahead it could only sit
    low = replace(on_one, hips=on_one.hips - (0.0, 0.0, 0.4))
    assert low.resting_on(low.ground()).active.min() > 0.9


def test_a_chest_that_is_still_over_circling_hips_rests_on_nothing() -> None:
    """It counted as lying at its height, to which characters of other proportions floated by up to 25 cm."""
    clip = floor_clip("sit").clip
    rows = np.zeros(120, dtype=int)  # it stands
    still = replace(clip, positions=clip.positions[rows], rotations=clip.rotations[rows], times=clip.times[:120])
    seen = seen_points(still, figure_of(clip.skeleton, detect_bones(clip.skeleton), "world"))
    turn = np.pi * still.times
    circling = replace(seen, hips=seen.hips + 0.08 * np.stack([np.cos(turn), np.sin(turn), 0.0 * turn], axis=-1))
    torso = ("back", "head", "left_shoulder", "right_shoulder")
    assert not any(circling.resting_on(circling.ground()).points[name].rests.any() for name in torso)
    # whose feet go, too, leans on something
    steps = 0.3 * np.stack([turn, 0.0 * turn, 0.0 * turn], axis=-1)
    walking = replace(circling, paths={name: path + steps * name.endswith(FEET) for name, path in seen.paths.items()})
    assert walking.resting_on(walking.ground()).points["back"].rests.any()


def test_who_runs_has_the_ground_where_each_step_comes_down() -> None:
    """A sprinter is there for a frame of each, and ran with feet 20 cm under the ground."""
    times = np.arange(60) / 30.0
    height = 0.4 * np.abs(np.sin(3.0 * np.pi * times))
    assert lowest_reached(height, times) == pytest.approx(0.0, abs=0.01)
    height[0] = -1.2  # a frame of a rest pose
    assert lowest_reached(height, times) == pytest.approx(0.0, abs=0.01)


def test_the_ground_is_never_the_only_place_where_feet_were_found_to_stand() -> None:
    climb = floor_clip("climb")
    on_top = climb.contacts[-1].first  # the end of it: both feet stand on the ledge
    clip = climb.clip
    figure = figure_of(clip.skeleton, detect_bones(clip.skeleton), "world")
    for shift, expected in ((0.0, 0.0), (0.08, 0.0), (-2.2, -2.2)):
        moved = replace(clip, positions=clip.positions + np.array([0.0, 0.0, shift]))
        told = 1.0 + shift  # the ledge, as feet tell it
        assert seen_points(moved, figure).ground(told) == pytest.approx(expected, abs=0.03)
    standing = replace(clip, positions=clip.positions[on_top:], times=clip.times[on_top:] - clip.times[on_top])
    standing = replace(standing, rotations=clip.rotations[on_top:])
    assert seen_points(standing, figure).ground(1.0) == 1.0


def test_who_stands_on_a_ledge_stands_at_its_height_over_the_ground_that_was_chosen() -> None:
    climb = floor_clip("climb")
    clip, on_top = climb.clip, climb.contacts[-1].first
    standing = replace(clip, times=clip.times[on_top:] - clip.times[on_top], positions=clip.positions[on_top:])
    standing = replace(standing, rotations=clip.rotations[on_top:])
    target, bone_map = any_figure(np.random.default_rng(7), Rest())
    hips = bone_map.bones()["hips"]

    def height(options: RetargetOptions) -> float:
        motion = retarget(standing, detect_bones(clip.skeleton), target, bone_map, options)
        assert motion.report.ground == pytest.approx(options.ground_height if options.ground == "HEIGHT" else 1.0)
        return float(rotate(target.rest_rotations[target.index(hips)], motion.locations[hips])[-1, 2])

    found = height(BODY)
    for chosen in (0.0, 0.6, 1.0):
        raised = height(replace(BODY, ground="HEIGHT", ground_height=chosen)) - found
        scale = retarget(standing, detect_bones(clip.skeleton), target, bone_map, BODY).report.scale
        assert raised == pytest.approx(scale * (1.0 - chosen), abs=0.02)
