"""Leading a robot's motion in from a standing pose and out to one, and trimming it."""

from dataclasses import replace

import numpy as np

from ...texts.counts import frames_in_words
from ...texts.faults import Fault
from ...texts.text import Text
from .. import rotations
from ..bones.humanoid import SIDES, sided
from ..contacts import touching
from ..g1.adjusting import G1Change
from ..g1.capsules import g1_capsules
from ..g1.ground_forces import BEARS
from ..g1.motion import G1Motion
from ..g1.soles import soles_of
from ..rotations import FloatArray, IntArray
from ..smoothing import smooth_step
from .adjusting_fit import OWN, goals_on_its_feet, moved_as, without_fingers
from .goals import Goals, Path
from .puppet import hips_in_root, puppet_of
from .solving import refined
from .solving_again import parted
from .state import State

_KNEES = 0.97  # of the height with straight legs
_STANDING_ROUNDS, _ROUNDS = 40, 6
_JOINING = 0.25  # seconds over which what holds the feet fades at both ends
_SEEN, _SPEEDING = 0.1, 0.3  # seconds of the motion that tell its speed, and over which the robot takes it up
_FEWEST = 3  # frames that an acceleration needs


def led_in(motion: G1Motion, seconds: float, ground: float = 0.0) -> tuple[G1Motion, G1Change]:
    """Put a standing pose before the motion, and the way from it, with the motion's own speed at its end.

    Feet that stand in the first frame stay where they are; one in the air stands below its place, and is raised.

    Args:
        motion: of at least three frames.
        seconds: from the standing pose to the first frame.
        ground: height, metres.

    Raises:
        Fault: the motion has fewer frames.
    """
    way = _way_in(motion, seconds, ground)
    led = _joined(way, motion)
    return led, _change(
        Text("{frames} from a standing pose added before", frames=frames_in_words(len(way.root_pos))), led
    )


def led_out(motion: G1Motion, seconds: float, ground: float = 0.0) -> tuple[G1Motion, G1Change]:
    """Put the way to a standing pose after the motion; see `led_in`."""
    way = _backwards(_way_in(_backwards(motion), seconds, ground))
    led = _joined(motion, way)
    return led, _change(Text("{frames} to a standing pose added after", frames=frames_in_words(len(way.root_pos))), led)


def trimmed(motion: G1Motion, start: float, end: float) -> tuple[G1Motion, G1Change]:
    """Leave out so many seconds at the start and at the end; the other frames stay, bit for bit.

    Raises:
        Fault: nothing would be left.
    """
    first, stop = round(start * motion.fps), len(motion.root_pos) - round(end * motion.fps)
    if first >= stop:
        raise Fault("Nothing of the motion would be left.", "Trim less of it.")
    result = _rows(motion, slice(first, stop))
    left_out = len(motion.root_pos) - (stop - first)
    if not left_out:
        return motion, G1Change("Nothing had to change", 0, (), root=False)
    return result, _change(Text("{frames} left out", frames=frames_in_words(left_out)), result)


def _way_in(motion: G1Motion, seconds: float, ground: float) -> G1Motion:
    """Return the way from a standing pose to the first frame, without it."""
    if len(motion.root_pos) < _FEWEST:
        raise Fault("The motion is too short to be led in or out.", "Choose one of at least three frames.")
    count = max(round(seconds * motion.fps), _FEWEST)
    without = without_fingers(motion)
    goals, stand = _standing(without, ground)
    beginning = slice(0, max(_FEWEST, round(_SEEN * motion.fps) + 1))
    first = State(motion.root_pos[beginning], motion.root_quat[beginning], without.dof_pos[beginning])
    way = _between(stand, first, motion.fps, count)
    way = replace(way, dof_pos=np.clip(way.dof_pos, *without.model.ranges.T))
    weights = replace(OWN, place=10.0)
    start = replace(
        _rows(motion, np.zeros(count, dtype=np.int64)),
        root_pos=way.root_pos,
        root_quat=way.root_quat,
        dof_pos=_whole(motion, way.dof_pos),
    )
    solving = replace(without, root_pos=way.root_pos, root_quat=way.root_quat, dof_pos=way.dof_pos)
    own = goals_on_its_feet(solving)
    paths = list(own.paths)
    for foot, stands in enumerate(_stands(motion, ground)):
        if stands:
            paths[foot] = replace(paths[foot], pos=np.tile(goals.paths[foot].pos[:1], (count, 1)))
    own, capsules = replace(own, paths=tuple(paths)), g1_capsules(solving.variant)
    held = parted(refined(way, own, capsules, weights, _ROUNDS), own, capsules, weights)
    along = np.arange(count)
    share = smooth_step(np.clip(np.minimum(along, count - along) / (_JOINING * motion.fps), 0.0, 1.0))
    return moved_as(start, way.towards(held, share), np.zeros(3))


def _standing(motion: G1Motion, ground: float) -> tuple[Goals, State]:
    """Return the pose in which the robot stands on the places of its feet in the first frame, and its goals."""
    model, places = motion.model, puppet_of(motion.variant).places
    rows = np.zeros(3, dtype=np.int64)  # the solver needs three frames
    pose = dict(model.robot.figure_pose)
    dof = np.tile([pose.get(joint.name, 0.0) for joint in model.joints], (3, 1))
    pos, quat = model.body_poses(motion.root_pos[:1], motion.root_quat[:1], motion.dof_pos[:1])
    goals = goals_on_its_feet(_rows(motion, rows))
    turns, paths, middle = dict(goals.rotations), list[Path](), np.zeros(3)
    for number, (side, path) in enumerate(zip(SIDES, goals.paths, strict=True)):
        body = places[f"{side}_foot"].body
        at, turn = pos[0, body].copy(), quat[0, body]
        if not _stands(motion, ground)[number]:
            turn = _upright(turn)
            at[2] = ground + model.robot.corner_radius - model.robot.sole[:, 2].min()
        turns[body] = np.tile(turn, (3, 1)), np.full(3, OWN.planted[0])
        place = at + rotations.rotate(turn, path.offset)
        paths.append(replace(path, pos=np.tile(place, (3, 1))))
        middle += at / 2.0
    facing = np.tile(_upright(motion.root_quat[0]), (3, 1))
    # trunk, head and hands go where the joints' angles bring them
    for slot in ("spine", "head", *sided("hand")):
        turns.pop(places[slot].body, None)
    turns[0] = turns[places["hips"].body] = facing, np.full(3, OWN.pelvis)
    root = np.tile([middle[0], middle[1], ground + _KNEES * model.stand_height], (3, 1))
    root[:, :2] -= rotations.rotate(facing, hips_in_root(puppet_of(motion.variant)))[:, :2]
    goals = replace(goals, rotations=turns, paths=tuple(paths), root_pos=root, angles=dof)
    bent = dof.copy()
    for column, name in enumerate(model.joint_names):
        for word, turn in _BENT.items():
            if word in name.lower():
                bent[:, column] += turn
    return goals, refined(State(root, facing, bent), goals, g1_capsules(motion.variant), OWN, _STANDING_ROUNDS)


_BENT = {"knee": 0.4, "hip_pitch": -0.2, "ankle_pitch": -0.2}  # rad: straight knees have no direction to bend in


def _between(stand: State, first: State, fps: float, count: int) -> State:
    """Return `count` frames from a standing pose at rest to frames that follow, at the speed of these in the end."""
    turned = rotations.to_rotation_vector(rotations.multiply(first.root_quat, rotations.conjugate(stand.root_quat[:1])))
    start = np.concatenate([stand.root_pos[0], np.zeros(3), stand.dof_pos[0]])
    after = np.concatenate([first.root_pos, turned, first.dof_pos], axis=1)
    speed = np.polyfit(np.arange(len(after)), after, 2)[1]
    share = (np.arange(count) / count)[:, None]
    # frames over which the speed grows, or limbs swing back far
    last = min(count, max(_FEWEST, round(_SPEEDING * fps)))
    late = np.maximum(1.0 - (1.0 - share) * count / last, 0.0)
    values = start + (after[0] - start) * share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
    values = values + speed * last * late**3 * (-4.0 + 7.0 * late - 3.0 * late**2)
    quat = rotations.multiply(rotations.from_rotation_vector(values[:, 3:6]), stand.root_quat[:1])
    return State(values[:, :3], rotations.continuous(quat), values[:, 6:])


def _stands(motion: G1Motion, ground: float) -> list[bool]:
    """Return whether the left and the right foot stand in the first frame."""
    return [bool(foot.any()) for foot in touching(soles_of(motion).corners[0], ground, BEARS)]


def _upright(quat: FloatArray) -> FloatArray:
    """Return the turn about the vertical (4,) that faces where a rotation (4,) does."""
    forward = rotations.rotate(quat, np.array([1.0, 0.0, 0.0]))
    return rotations.from_rotation_vector(np.array([0.0, 0.0, np.arctan2(forward[1], forward[0])]))


def _whole(motion: G1Motion, dof_pos: FloatArray) -> FloatArray:
    """Return angles (F, J) of all joints: those that a solved motion lacks are the first frame's."""
    whole = np.tile(motion.dof_pos[:1], (len(dof_pos), 1))
    whole[:, motion.model.columns_of(without_fingers(motion).model)] = dof_pos
    return whole


def _backwards(motion: G1Motion) -> G1Motion:
    return _rows(motion, slice(None, None, -1))


def _rows(motion: G1Motion, rows: slice | IntArray) -> G1Motion:
    """Return some frames."""
    return replace(
        motion,
        root_pos=motion.root_pos[rows],
        root_quat=motion.root_quat[rows],
        dof_pos=motion.dof_pos[rows],
        hands=motion.hands.at(rows) if motion.hands else None,
    )


def _joined(one: G1Motion, other: G1Motion) -> G1Motion:
    quat = rotations.continuous(np.concatenate([one.root_quat, other.root_quat]))
    pos = np.concatenate([one.root_pos, other.root_pos])
    dof = np.concatenate([one.dof_pos, other.dof_pos])
    hands = one.hands
    if hands is not None and other.hands is not None:
        hands = replace(hands, angles=np.concatenate([hands.angles, other.hands.angles]))
    return replace(one, root_pos=pos, root_quat=quat, dof_pos=dof, hands=hands)


def _change(sentence: Text, motion: G1Motion) -> G1Change:
    return G1Change(sentence, len(motion.root_pos), motion.model.joint_names, root=True)
