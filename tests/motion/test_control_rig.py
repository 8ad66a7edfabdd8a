"""Control rigs: which bones follow which, and channels for bones that rotate with one and hang on another."""

import numpy as np
import pytest

from aimocap_blender.motion.control_rig import Channels, ControlRig, Response, hanging, parents_first
from aimocap_blender.motion.pose_motion import PosedBones, PoseMotion, RetargetReport
from aimocap_blender.motion.rotations import conjugate, multiply, normalise, rotate, to_rotation_vector
from aimocap_blender.motion.skeleton import BoneOptions, Skeleton

HEADS = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 1.5], [0.0, 0.1, 2.0]])


def at_heads() -> np.ndarray:
    matrices = np.tile(np.eye(4), (3, 1, 1))
    matrices[:, :3, 3] = HEADS
    return matrices


def about_x(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def test_followers_are_found_by_rotation_and_by_position() -> None:
    after = at_heads()
    after[0, :3, :3] = about_x(10)
    after[1, :3, 3] = HEADS[0] + about_x(10) @ (HEADS[1] - HEADS[0])  # carried along, not rotated
    after[2, :3, :3] = about_x(9)  # rotated nearly as much, not moved
    turns, carries = Response(at_heads(), after).followers(0, 1.0)
    assert turns.tolist() == [True, False, True]
    assert carries.tolist()[1:] == [True, False]


def test_nothing_follows_a_bone_that_does_not_answer() -> None:
    turns, _ = Response(at_heads(), at_heads()).followers(0, 1.0)
    moved = at_heads()
    moved[0, :3, :3] = about_x(10)
    assert turns[0]
    assert not Response(at_heads(), moved).followers(0, 1.0)[0][1:].any()


def test_a_bone_hangs_on_the_nearest_of_those_that_move_it() -> None:
    #                    hips   chest  hand   prop
    follows = np.array(
        [[False, True, True, False], [False, False, True, False], [False] * 4, [False] * 4],
    )
    assert hanging(follows).tolist() == [-1, 0, 1, -1]
    mutual = np.array([[False, True], [True, False]])
    assert hanging(mutual).tolist() == [-1, -1]


def test_bones_come_after_all_that_they_hang_on() -> None:
    order = parents_first(np.array([2, -1, -1, 0]), np.array([1, -1, 1, 0]))
    assert order.index(2) < order.index(0) < order.index(3)
    assert order.index(1) < order.index(2)
    assert sorted(order) == [0, 1, 2, 3]


def rig(gain: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> ControlRig:
    """Return hips, a neck on them that a constraint rotates at rest, and a head on it that rotates with the hips."""
    zero = at_heads()
    zero[1, :3, :3] = about_x(30)
    skeleton = Skeleton(
        names=("hips", "neck", "head"),
        parents=np.array([-1, 0, 1]),
        rest=at_heads(),
        tails=HEADS,
        world=np.eye(4),
        options=(BoneOptions(),) * 3,
    )
    axes = np.tile([1.0, 0.0, 0.0, 0.0], (3, 1))
    return ControlRig(skeleton, zero, np.array([-1, 0, 0]), axes, np.array(gain), -1, np.zeros(3))


def shown(channels: Channels) -> PosedBones:
    """Return the pose of such a rig: the neck follows the hips, the head the neck's position and the hips' rotation."""
    turns = np.empty_like(channels.rotations)
    heads = np.empty_like(channels.locations)
    held = np.array([np.cos(np.radians(15)), np.sin(np.radians(15)), 0.0, 0.0])
    turns[:, 0] = channels.rotations[:, 0]
    turns[:, 1] = multiply(multiply(turns[:, 0], held), channels.rotations[:, 1])
    turns[:, 2] = multiply(turns[:, 0], channels.rotations[:, 2])
    heads[:, 0] = HEADS[0] + channels.locations[:, 0]
    heads[:, 1] = heads[:, 0] + rotate(turns[:, 0], HEADS[1] - HEADS[0])
    on_neck = multiply(turns[:, 1], conjugate(held))
    heads[:, 2] = heads[:, 1] + rotate(on_neck, HEADS[2] - HEADS[1])
    return PosedBones(turns, heads)


@pytest.fixture
def motion() -> PoseMotion:
    random = np.random.default_rng(3)
    return PoseMotion(
        times=np.arange(4) / 30.0,
        fps=30.0,
        bones=("hips", "neck", "head"),
        rotations=normalise(random.normal(size=(4, 3, 4)) + np.array([3.0, 0.0, 0.0, 0.0])),
        locations={"hips": random.normal(size=(4, 3))},
        unmoved=(),
        report=RetargetReport(1.0, 0.0),
    )


def degrees_apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(np.linalg.norm(to_rotation_vector(multiply(conjugate(a), b)), axis=-1))


def test_channels_bring_a_regular_rig_to_where_it_is_wanted(motion: PoseMotion) -> None:
    wanted = rig().wanted(motion)
    channels = rig().as_arrays(rig().channels(motion, wanted))
    stands = shown(channels)
    assert degrees_apart(stands.rotations, wanted.rotations).max() < 1e-6
    assert stands.heads[:, :2] == pytest.approx(wanted.heads[:, :2])


def test_bone_that_the_rig_holds_is_keyed_as_if_it_did_not(motion: PoseMotion) -> None:
    held = rig(gain=(1.0, 0.0, 1.0))
    keyed = held.channels(motion, held.wanted(motion))
    assert degrees_apart(keyed.rotations[:, 1], motion.rotations[:, 1]).max() < 1e-6


def test_corrections_make_up_for_what_is_missing_and_leave_the_rest(motion: PoseMotion) -> None:
    wanted = rig().wanted(motion)
    channels = rig().as_arrays(motion)  # of an ordinary body: the neck and the head miss
    stands = shown(channels)
    assert degrees_apart(stands.rotations, wanted.rotations).max() > 10.0
    free = np.ones((4, 3), dtype=bool)
    places = np.zeros((4, 3), dtype=bool)
    corrected = rig().corrected(channels, wanted, stands, Channels(free, places))
    assert degrees_apart(shown(corrected).rotations, wanted.rotations).max() < 1e-6
    free[:2] = False
    some = rig().corrected(channels, wanted, stands, Channels(free, places))
    assert some.rotations[:2].tolist() == channels.rotations[:2].tolist()
    assert degrees_apart(shown(some).rotations[2:], wanted.rotations[2:]).max() < 1e-6


def test_hips_may_be_controlled_from_elsewhere_in_the_body(motion: PoseMotion) -> None:
    plain = rig()
    pelvis = np.array([0.0, 0.2, 0.8])
    away = ControlRig(plain.skeleton, plain.zero, plain.rotates_with, plain.axes, plain.gain, 0, pelvis)
    assert away.body.rest[0, :3, 3].tolist() == pelvis.tolist()
    wanted = away.wanted(motion)
    stands = shown(away.as_arrays(away.channels(motion, wanted)))
    at_pelvis = stands.heads[:, 0] + rotate(stands.rotations[:, 0], pelvis - HEADS[0])
    assert at_pelvis == pytest.approx(pelvis + motion.locations["hips"])
