"""Interpretation of a G1 motion file, from its layout, the evidence in its numbers, and the user's choices.

Files rarely state the order of joints and quaternions, or their units. The layout says it (`layouts.py`); what that
leaves open is left to evidence: every way to read the file gets a cost (`plausibility.py`), and a choice that isn't
clearly more likely than its alternatives is unsure, so that the user should be asked.
"""

import copy
import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import LiteralString, get_args

import numpy as np

from ...texts.counts import joint_count_in_words
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from .. import rotations
from ..rotations import FloatArray, IntArray
from .choices import (
    ANGLE_UNITS,
    LENGTH_UNITS,
    NAMED,
    QUATERNIONS,
    AngleUnit,
    Choice,
    ChoiceName,
    LengthUnit,
    ReadingChoices,
)
from .joint_orders import JOINT_SETS, ORDERS, JointOrder, body_names, joint_names, robot_with, sets_of
from .layouts import Layout
from .mistakes import ReadPoses, likely_mistakes
from .model import G1Model
from .motion import MAX_FPS, MIN_FPS, G1Motion, checked_g1_motion, notes_on_length, of_joints
from .plausibility import (
    Poses,
    Signs,
    as_of_another_order,
    as_of_another_robot,
    as_of_hanging_arms,
    as_of_longer_legs,
    as_of_no_angles,
    as_of_other_bodies,
    label_of,
    limit_frames,
    limit_signs,
    poses,
    posture_cost,
    said_by,
    sampled_frames,
    signs,
    stated_reason,
    strongest_evidence,
    usually_off,
)
from .robots import WHOLE_ROBOTS
from .source import EULER_COLUMNS, G1Source, Up
from .variants import G1_VARIANTS, WITH_HANDS, Variant, g1_variant

_WEIGHED: dict[ChoiceName, LiteralString] = {
    "joints": "set of joints",
    "joint_order": "order of joints",
    "quaternion_order": "order of quaternions",
    "angle_unit": "unit of angles",
    "length_unit": "unit of lengths",
}
# checked, as those of `plausibility.py`, on the five clips of tests/motion/g1/test_reading.py
_SURE = 0.3  # cost advantage needed to be sure; wrong readings reach 0.1 in a second of real motion
_FEW = 0.4  # additional advantage needed for a single pose
_REAL = 0.4  # cost that real motions hardly exceed
_ODD = 1.5  # additional advantage for each unit of cost above that, since nothing fits then
_EARLIER_WAIST: Variant = "29dof_before_rev_1_0"
_WAIST_TELLS = 2e-3  # metres by which the earlier waist must fit better; the waists differ by 1 cm
_SAME_RATE = 1e-3  # fraction by which frame rates differ by rounding
_LEAST_DEGREES, _MOST_RAD = 0.5, 3.2  # greatest angles that aren't degrees: in these, all joints would stay straight
_LOWEST_PELVIS = 0.05  # metres that a pelvis is above the ground now and then, also of a robot that lies
_POSE = 0.1  # rad between different poses
_UNUSUAL = 0.02  # cost of unusual values, to break ties
_WITH_Y_UP: tuple[Up, ...] = get_args(Up)[1:]
_Y_UP = np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0])  # turns Y to Z
_RARE = 0.3  # cost of other robots than the G1: of files with as many joints nearly all are a G1's
_SAME = 1e-6
_TABLES, _USUAL_ORDER = ("CSV", "npy"), 0.3  # cost advantage of MuJoCo's order in them: hardly any are in another
_FOREIGN = 0.15  # rad beyond the joints' limits, in all, in the mean of frames, from which they are something else
_OFTEN = 0.2  # share of frames beyond them
_TANGLED = (
    2.8  # pairs of links inside one another in a frame: legs side for side read in another order; 2 in real clips
)
_SHARP = 0.1  # rad by which both elbows are always bent beyond a right angle; in real clips one is straighter then
_INSTEAD: dict[ChoiceName, ChoiceName] = {"joint_order": "angle_unit", "quaternion_order": "length_unit"}
_OF_ANGLES: frozenset[ChoiceName] = frozenset({"joints", "joint_order", "angle_unit"})
_ELSEWHERE = 0.04  # metres that the furthest body is from the file's; 1 cm of a G1 with the earlier waist
_MOVES = 0.5  # rad that some joint of a robot that moves is off 0
_FLOATS = 0.12  # metres above the ground, in all frames, from which legs seem too short; soles of real clips may be
_FLIES = 2.0  # metres above the ground, in all frames, of a robot that hangs, crawls or lies somewhere
_CONTRADICTED = 1.0  # cost advantage from which evidence speaks against the file's axes
_TURNED = 0.4  # and against its layout's quaternions: 0.49 or more where a robot that stands is read in the other order
_MISPLACED = 0.2  # and against its order of joints: at most 0.04 in files of it, 0.28 or more in others that look alike
# of robots with 23 joints read as the other, 2 s and longer, it is 0.26 or more; of those read right 1 of 69 is asked
_OTHER_SET = 0.1
# additional advantage to be sure of a set of joints, and for a single pose: arms held oddly misled by 0.45, briefly 0.7
_OF_POSTURES, _FEW_POSTURES = 0.2, 1.3
_GROUNDED = 0.4  # share of frames on the ground by which a robot that lies tells its quaternions; 0 to 0.5 read wrong
_LIES = 0.9  # share of frames on the ground of a robot that lies, crawls or gets up
_OFF_GROUND = 0.2  # cost of a height that no robot has that stands on the ground
_SAID_BY_LAYOUTS: dict[ChoiceName, float] = {
    "quaternion_order": _TURNED,
    "joints": _OTHER_SET,
    "joint_order": _MISPLACED,
}
"""Choice that evidence can contradict → the cost advantage that it takes."""


@dataclass(frozen=True, eq=False)
class G1Reading:
    """A motion from a file, and how the file was read.

    Attributes:
        motion: of a G1 with 29 joints or the one with hands, or of another robot; joints that the file lacks are at 0.
        choices: made by evidence or by the user.
        notes: sentences on what the file lacks, what was ignored, and what was corrected.
        source: the file's numbers, to read again with other choices (`interpreted`); None for an unambiguous file.
    """

    motion: G1Motion
    choices: tuple[Choice, ...]
    notes: tuple[Text, ...]
    source: G1Source | None

    @property
    def unsure(self) -> tuple[Choice, ...]:
        """The choices to ask the user about before the motion is used."""
        return tuple(choice for choice in self.choices if not choice.sure)


_Columns = tuple[tuple[str, ...], AngleUnit]
"""Names of a file's joints, and their unit: what their angles depend on."""


@dataclass(frozen=True)
class _Way:
    """One way to read a file; `names` are the joints of the columns."""

    joints: str
    joint_order: str
    quaternion_order: str
    angle_unit: AngleUnit
    length_unit: LengthUnit
    names: tuple[str, ...]

    def is_as(self, layout: Layout) -> bool:
        """Return whether a layout says all of it."""
        return all(getattr(self, name) == value for name, value in layout.says.items())

    @property
    def choices(self) -> tuple[str, ...]:
        """The values of its choices, in the order of `_WEIGHED`: names follow from them."""
        return self.joints, self.joint_order, self.quaternion_order, self.angle_unit, self.length_unit

    @property
    def columns(self) -> _Columns:
        """The key that the joints' angles depend on."""
        return self.names, self.angle_unit

    @property
    def robot(self) -> Variant:
        """The robot with these joints, and all others that its files may have."""
        return robot_with(self.names)

    @property
    def posed(self) -> Variant:
        """The robot whose poses are evidence: hands aren't."""
        return "29dof" if self.robot == WITH_HANDS else self.robot


def interpreted(source: G1Source, chosen: ReadingChoices | None = None) -> G1Reading:
    """Interpret a file's numbers as a motion.

    Args:
        chosen: what isn't left to the evidence.

    Raises:
        Fault: a quaternion that is not a rotation, an invalid frame rate, or a choice that doesn't fit the file.
    """
    chosen = chosen or ReadingChoices()
    scales, free_scales = _weighed(source, chosen)
    best = scales.best(chosen)
    turned = _with_y_up(source, chosen, scales, best)
    if turned is None:
        turned = _with_pelvis_in_degrees(source, chosen, scales, best)
    if turned is not None:
        return interpreted(turned, chosen)
    if source.layout is None and source.layout_if_says is not None and best.is_as(source.layout_if_says):
        source = replace(source, layout=source.layout_if_says)
    fps = _fps(source, chosen)
    root_pos, root_quat = _root(source, best)
    variant = best.robot
    if variant == WITH_HANDS and set(g1_variant("29dof").joint_names) >= set(best.names):
        variant = "29dof"
    dof_pos = of_joints(g1_variant(variant).joint_names, best.names, _angles(source, best))
    motion = checked_g1_motion(float(fps.value), root_pos, root_quat, dof_pos, variant)
    waist: tuple[Text, ...] = ()
    if variant == "29dof":
        metres = LENGTH_UNITS[best.length_unit]
        variant, waist = _waist_in(source, metres, motion.root_pos, motion.root_quat, motion.dof_pos)
        motion = replace(motion, variant=variant)
    if source.hands is not None:
        hands = replace(source.hands, angles=source.hands.angles * ANGLE_UNITS[best.angle_unit])
        motion = replace(motion, hands=hands)
    choices = [scales.choice(name, best, getattr(chosen, name) is not None) for name in _WEIGHED]
    notes = (
        *_notes_on_rate(source, chosen),
        *_notes_on_given(source, chosen, best, free_scales),
        *_notes(source, best, g1_variant(variant).joint_names),
        *waist,
        *notes_on_length(root_quat),
    )
    return G1Reading(motion, (*choices, fps), notes, source)


def _waist_in(
    source: G1Source, metres: float, root_pos: FloatArray, root_quat: FloatArray, dof_pos: FloatArray
) -> tuple[Variant, tuple[Text, ...]]:
    """Return which G1 with 29 joints has its bodies where the file has them, and what to say about it.

    Args:
        source: the file's numbers.
        metres: length of the file's unit.
        root_pos: (F, 3) of the pelvis, metres.
        root_quat: (F, 4) of the pelvis, unit wxyz.
        dof_pos: (F, 29) rad, in MuJoCo's order.
    """
    if source.body_pos is None:
        return "29dof", ()
    frames = sampled_frames(len(dof_pos))
    orders = _body_orders(source)
    if not orders:
        return "29dof", ()
    bodies = source.body_pos[frames] * metres
    apart: dict[Variant, float] = {}
    for variant in ("29dof", _EARLIER_WAIST):
        posed = g1_variant(variant).body_poses(root_pos[frames], root_quat[frames], dof_pos[frames])[0]
        apart[variant] = math.inf
        for which, columns in orders:
            off = usually_off(posed[:, which], bodies[:, columns])
            apart[variant] = min(apart[variant], off)
    if apart[_EARLIER_WAIST] > apart["29dof"] - _WAIST_TELLS or apart[_EARLIER_WAIST] > apart["29dof"] / 2.0:
        return "29dof", ()
    note = Text(
        "The motion was made on a G1 before rev. 1.0: with its waist the bodies are {then:.0f} mm from where the file "
        "has them, with the later waist {now:.0f} mm.",
        then=apart[_EARLIER_WAIST] * 1000.0,
        now=apart["29dof"] * 1000.0,
    )
    return _EARLIER_WAIST, (note,)


def _body_orders(source: G1Source) -> list[tuple[list[int], list[int]]]:
    """Return what the file's bodies may be: bodies of the model, and their columns in the file."""
    model = g1_variant("29dof")
    if source.bodies is not None:
        columns, which = model.bodies_among(source.bodies)
        return [(which, columns)] if columns else []
    if source.body_pos is None or source.body_pos.shape[1] != len(model.bodies):
        return []
    every = list(range(len(model.bodies)))
    orders: list[tuple[list[int], list[int]]] = []
    for order in ORDERS:
        bodies = list(map(model.bodies.index, body_names("29dof", order)))
        orders.append((bodies, every))
    return orders


def _weighed(source: G1Source, chosen: ReadingChoices) -> tuple["_Scales", dict[ChoiceName, "_Scales"]]:
    """Return the ways that all choices leave open, and those without each, which tell what speaks against it."""
    ways = _ways(source, chosen)
    freed: dict[ChoiceName, list[_Way]] = {}
    every_way = list(ways)
    for name in _WEIGHED:
        if getattr(chosen, name):
            freed[name] = _ways(source, replace(chosen, **{name: None}))  # pyrefly: ignore[bad-argument-type] -- a choice that may be None
            every_way += freed[name]
    # all at once, as poses take longest and most ways share them
    scales = _Scales(source, every_way)
    return scales.among(ways), dict(zip(freed, map(scales.among, freed.values()), strict=True))


def _with_y_up(source: G1Source, chosen: ReadingChoices, scales: "_Scales", best: _Way) -> G1Source | None:
    """Return the source with its Y axis up if it fits badly with Z up, but the robot stands well so; else None."""
    if source.up != "z" or scales.cost(best) < _CONTRADICTED:
        return None
    for up in _WITH_Y_UP:
        bodies = None if source.body_pos is None else rotations.rotate(_Y_UP, source.body_pos)
        turned = replace(source, up=up, body_pos=bodies)
        others = _Scales(turned, _ways(turned, chosen))
        way = others.best(chosen)
        if others.signs(way).stands and scales.cost(best) - others.cost(way) >= _CONTRADICTED:
            return turned
    return None


def _with_pelvis_in_degrees(source: G1Source, chosen: ReadingChoices, scales: "_Scales", best: _Way) -> G1Source | None:
    """Return the source with the pelvis's angles made rad if these are in degrees, but the joints in rad; else None."""
    if source.root_rot.shape[1] != EULER_COLUMNS or np.abs(source.root_rot).max() <= np.pi:
        return None
    turned = replace(source, root_rot=np.radians(source.root_rot))
    others = _Scales(turned, _ways(turned, chosen))
    way = others.best(chosen)
    # about x and y no angle in rad is so large; about z it may have been counted on
    enough = _SURE if np.abs(source.root_rot[:, :2]).max() > np.pi else _CONTRADICTED
    is_better = scales.cost(best) - others.cost(way) >= enough
    return turned if is_better and way.angle_unit == "rad" and others.signs(way).is_upright else None


class _Scales:
    """The ways to read a file, with their costs."""

    def __init__(self, source: G1Source, ways: list[_Way]) -> None:
        self.ways = ways
        self._source = source
        self._frames = sampled_frames(len(source.angles))
        self._signs: dict[_Way, Signs] = {}
        self._doubts: dict[_Way, dict[ChoiceName, Sentence]] = {}
        self._poses: dict[_Columns, Poses] = {}
        self._limits: dict[_Columns, tuple[float, float, float, float]] = {}
        # quaternions and metres change neither angles nor what is weighed by them: once for each set of columns
        of_robot: dict[Variant, dict[_Columns, FloatArray]] = {}
        sparse = limit_frames(len(source.angles))
        for way in ways:
            if way.columns in self._limits:
                continue
            ranges = np.array(list(map(_ranges(way.robot).__getitem__, way.names)))
            self._limits[way.columns] = limit_signs(_angles(source, way, sparse), ranges)
            wanted = g1_variant(way.posed).joint_names
            angles = of_joints(wanted, way.names, _angles(source, way, self._frames))
            of_robot.setdefault(way.posed, {})[way.columns] = angles
        for robot, by_columns in of_robot.items():
            # (W, F, J): the poses of each robot all at once
            angles = np.stack(list(by_columns.values()))
            self._poses |= zip(by_columns, poses(angles, robot), strict=True)
        self._postures = self._likely_postures()

    def among(self, ways: list[_Way]) -> "_Scales":
        """Return the scales for some of the ways; what is weighed with one of them is weighed for all."""
        some = copy.copy(self)
        some.ways = ways
        return some

    def best(self, chosen: ReadingChoices) -> _Way:
        """Return the likeliest way that the file's layout allows."""
        likeliest = min(self.ways, key=self.cost)
        # bodies where the file has them are a proof, whatever others of its layout have
        if self.signs(likeliest).proven:
            return likeliest
        left_open: list[ChoiceName] = [name for name in _SAID_BY_LAYOUTS if getattr(chosen, name) is None]
        said = min(filter(lambda way: self._is_said(way, left_open), self.ways), key=self.cost, default=likeliest)
        # what evidence contradicts is asked about, the likelier answer first
        kept: list[ChoiceName] = [name for name in left_open if not self._contradicts(name, said)]
        return min(filter(lambda way: self._is_said(way, kept), self.ways), key=self.cost, default=likeliest)

    def cost(self, way: _Way) -> float:
        return self.signs(way).cost + self._unusual(way)

    def choice(self, name: ChoiceName, best: _Way, by_people: bool) -> Choice:
        """Return one choice and how sure it is, against the likeliest other value that gives another motion."""
        value = getattr(best, name)
        if by_people:
            return Choice(name, value, sure=True, evidence="Chosen by you.")
        doubt = self._doubts_of(best).get(name)
        if doubt is not None:
            return Choice(name, value, sure=False, evidence=doubt)
        said = self._source.said(name)
        if value == said or len(set(map(attrgetter(name), self.ways))) == 1:
            return Choice(name, value, sure=True, evidence=stated_reason(name, value, self._source))
        others = self._others(name, best)
        if not others:
            return Choice(name, value, sure=True, evidence="It makes no difference in this motion.")
        other, ours = min(others, key=self.cost), self.signs(best)
        against_layout = [way for way in others if getattr(way, name) == said]
        if against_layout and not ours.proven and value not in (NAMED, *WHOLE_ROBOTS):
            theirs = self.signs(min(against_layout, key=self.cost))
            return Choice(name, value, sure=False, evidence=strongest_evidence(str(said), ours, theirs))
        theirs = self.signs(other)
        asked = self._advantage_asked(name, best)
        sure = theirs.cost - ours.cost >= asked
        if name == "quaternion_order" and not ours.proven:
            sure = (sure and ours.stands) or ours.grounded - theirs.grounded >= _GROUNDED
        return Choice(name, value, sure, strongest_evidence(getattr(other, name), ours, theirs))

    def _others(self, name: ChoiceName, best: _Way) -> list[_Way]:
        """Return the ways with other values of a choice that give another motion, and may be meant."""
        value = getattr(best, name)
        others: list[_Way] = []
        rest: list[ChoiceName] = [other for other in _SAID_BY_LAYOUTS if other != name]
        for way in self.ways:
            # a likely G1 isn't asked about because another robot has as many joints
            asks = name != "joints" or value in WHOLE_ROBOTS or way.robot not in WHOLE_ROBOTS
            # each thing that a layout says is doubted by itself
            asks = asks and (value != self._source.said(name) or self._is_said(way, rest))
            if asks and getattr(way, name) != value and not self._same(way, self._with(way, name, best)):
                others.append(way)
        return others

    def _contradicts(self, name: ChoiceName, said: _Way) -> bool:
        """Return whether evidence clearly speaks against what the file's layout says of a choice."""
        others = self._others(name, said) if getattr(said, name) == self._source.said(name) else []
        if not others:
            return False
        ours, theirs = self.signs(said), self.signs(min(others, key=self.cost))
        # of a robot that lies, the wrong order may make one that stands in the ground
        tells = theirs.stands and theirs.costs["height"] < _OFF_GROUND
        tells |= name != "quaternion_order" or theirs.grounded - ours.grounded >= _GROUNDED
        return tells and ours.cost - theirs.cost >= _SAID_BY_LAYOUTS[name]

    def _advantage_asked(self, name: ChoiceName, best: _Way) -> float:
        """Return the cost advantage that the likeliest way needs over others to be sure of one of its choices."""
        ours, asked = self.signs(best), _SURE
        if not ours.proven:
            # a stiff robot is only suspicious in its unit, one off the ground only in its height
            odd = ours.cost - ours.costs["stiff"] - ours.costs["ground"]
            if name.startswith("joint") and not ours.is_upright and ours.grounded >= _LIES:
                # however it lies there, with other joints it wouldn't keep to the ground
                odd = ours.costs["limits"] + ours.costs["entering"] + ours.costs["bodies"]
            seen = self._poses_seen(best)
            asked += _FEW / seen + _ODD * max(0.0, odd - _REAL)
            asked += _OF_POSTURES + _FEW_POSTURES / seen if name == "joints" else 0.0
        is_usual = best.joint_order == "mujoco" and self._source.kind in _TABLES
        return asked - (_USUAL_ORDER if name == "joint_order" and is_usual else 0.0)

    def _doubts_of(self, best: _Way) -> dict[ChoiceName, Sentence]:
        """Return why choices are to be asked about, although the way is the likeliest: by mistakes that it may have."""
        if best not in self._doubts:
            # bodies where the file has them are a proof
            doubts: dict[ChoiceName, Sentence] = {}
            if not self.signs(best).proven:
                doubts = likely_mistakes(self._read_poses(best), by_place=best.joint_order == "mujoco")
            # what names say has no order to ask about, but names may be wrong
            for name, instead in _INSTEAD.items():
                if getattr(best, name) == NAMED and name in doubts:
                    doubts.setdefault(instead, doubts.pop(name))
            if best.joint_order == "mujoco" and self._has_hanging_arms():
                # what else seems to be wrong follows from it
                for name in _OF_ANGLES:
                    doubts.pop(name, None)
                doubts["joints"] = as_of_hanging_arms()
            of_robot = self._doubt_of_robot(best) if best.joints != NAMED else None
            if of_robot is not None and doubts.keys().isdisjoint(_OF_ANGLES):
                doubts["joints"] = of_robot
            of_unit = self._doubt_of_unit(best)
            if of_unit is not None:
                doubts.setdefault("angle_unit", of_unit)
            apart = self.signs(best).apart
            if apart is not None and apart > _ELSEWHERE and doubts.keys().isdisjoint(_OF_ANGLES):
                doubts["angle_unit" if best.joint_order == NAMED else "joint_order"] = as_of_other_bodies(apart)
            self._doubts[best] = doubts
        return self._doubts[best]

    def _doubt_of_unit(self, best: _Way) -> Sentence | None:
        """Return why the angles may be something else if they are degrees, against the layout, and hardly move."""
        layout, largest = self._source.layout, self.signs(best).largest
        if layout is None or best.angle_unit == layout.says.get("angle_unit", best.angle_unit) or largest > _MOVES:
            return None
        return as_of_no_angles(largest)

    def _read_poses(self, way: _Way) -> ReadPoses:
        model, angles = g1_variant(way.posed), _angles(self._source, way, self._frames)
        root_pos, root_quat = _root(self._source, way, self._frames)
        other = None
        if way.quaternion_order in QUATERNIONS:
            order = "wxyz" if way.quaternion_order == "xyzw" else "xyzw"
            other = rotations.normalise(_root(self._source, replace(way, quaternion_order=order), self._frames)[1])
        return ReadPoses(
            way.posed,
            self._frames,
            root_pos,
            rotations.normalise(root_quat),
            of_joints(model.joint_names, way.names, angles),
            self._poses[way.columns],
            self.signs(way),
            self._poses_seen(way),
            other,
        )

    def _doubt_of_robot(self, best: _Way) -> Sentence | None:
        """Return why the file may be of a robot that isn't among those with as many joints; None if nothing says so."""
        ours = self.signs(best)
        # a jump in a few frames is a fault of the motion
        if ours.beyond > _FOREIGN and ours.outside > _OFTEN:
            return as_of_another_robot(ours)
        if ours.entering > _TANGLED and self._source.layout is None and not ours.proven:
            return as_of_another_order(ours)
        floats = ours.clearance > (_FLOATS if ours.is_upright else _FLIES)
        return as_of_longer_legs(ours) if floats else None

    def _has_hanging_arms(self) -> bool:
        """Return whether elbows are as of a robot whose arms hang straight at 0; a G1's are right angles there."""
        for way in self.ways:
            elbows = np.char.find(np.array(way.names), "elbow") >= 0
            if way.joint_order == "mujoco" and way.robot in G1_VARIANTS:
                angles = _angles(self._source, way, self._frames)[:, elbows]
                if (angles < -_SHARP).all():
                    return True
        return False

    def signs(self, way: _Way) -> Signs:
        if way not in self._signs:
            root_pos, root_quat = _root(self._source, way, self._frames)
            found = signs(
                self._poses[way.columns],
                self._frames,
                root_pos,
                rotations.normalise(root_quat),
                self._limits[way.columns],
                self._bodies(way),
            )
            self._signs[way] = replace(found, posture=self._postures.get(way.columns, 0.0))
        return self._signs[way]

    def _likely_postures(self) -> Mapping[_Columns, float]:
        """Return the cost of columns' posture beyond the least, of robots that have several such sets of joints."""
        of_robot: dict[tuple[Variant, AngleUnit], list[_Way]] = {}
        for way in {way.columns: way for way in self.ways}.values():
            of_robot.setdefault((way.robot, way.angle_unit), []).append(way)
        found: dict[_Columns, float] = {}
        for ways in of_robot.values():
            if len({way.joints for way in ways}) > 1:
                costs: dict[_Columns, float] = {}
                for way in ways:
                    own = _angles(self._source, way, self._frames)
                    costs[way.columns] = posture_cost(own, way.names, way.robot)
                least = min(costs.values())
                for columns, cost in costs.items():
                    found[columns] = cost - least
        return found

    def _poses_seen(self, way: _Way) -> float:
        """Return how many poses the evidence comes from: 1 for a robot that stands still, however long."""
        angles = _angles(self._source, way, self._frames)
        return 1.0 + float(np.abs(np.diff(angles, axis=0)).max(axis=1, initial=0.0).sum()) / _POSE

    def _bodies(self, way: _Way) -> tuple[FloatArray, IntArray | None] | None:
        source, model = self._source, g1_variant(way.posed)
        if source.body_pos is None:
            return None
        pos = source.body_pos[self._frames] * LENGTH_UNITS[way.length_unit]
        if source.bodies is not None:
            columns, which = model.bodies_among(source.bodies)
            return (pos[:, columns], np.array(which, dtype=np.int64)) if columns else None
        return (pos, None) if pos.shape[1] == len(model.bodies) else None

    def _is_said(self, way: _Way, names: Iterable[ChoiceName]) -> bool:
        """Return whether a way has what the file's layout says of some choices; it says nothing of other robots."""
        for name in names:
            said, value = self._source.said(name), getattr(way, name)
            if said not in (None, value) and value != NAMED and not (name == "joints" and value in WHOLE_ROBOTS):
                return False
        return True

    def _with(self, way: _Way, name: ChoiceName, best: _Way) -> _Way:
        """Return a way with one choice replaced by that of the best."""
        wanted = replace(way, **{name: getattr(best, name)})
        return next(one for one in self.ways if one.choices == wanted.choices)

    def _same(self, one: _Way, other: _Way) -> bool:
        """Return whether two ways give the same motion; examine all frames only if the sampled ones agree."""
        if one.robot != other.robot:
            return False
        for frames in (self._frames, slice(None)):
            for ours, theirs in zip(self._read(one, frames), self._read(other, frames), strict=True):
                if not np.allclose(ours, theirs, rtol=0.0, atol=_SAME):
                    return False
        return True

    def _read(self, way: _Way, frames: IntArray | slice) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the robot's joints, and position and rotation of the pelvis, as a way reads them."""
        angles = _angles(self._source, way, frames)
        return of_joints(g1_variant(way.robot).joint_names, way.names, angles), *_root(self._source, way, frames)

    def _unusual(self, way: _Way) -> float:
        unusual = (
            (way.joint_order != self._source.usual_order)
            + (way.quaternion_order != self._source.usual_quaternion)
            + (way.angle_unit != "rad")
            + (way.length_unit != "m")
        )
        return _UNUSUAL * unusual + (_RARE if way.joints in WHOLE_ROBOTS else 0.0)


def _ways(source: G1Source, chosen: ReadingChoices) -> list[_Way]:
    """Return all ways to read a file that its own statements and people's choices leave open."""
    quaternions: tuple[str, ...] = tuple(QUATERNIONS)
    if source.root_rot.shape[1] == EULER_COLUMNS:
        quaternions = (NAMED,)
    elif chosen.quaternion_order or source.quaternion_order:
        quaternions = (chosen.quaternion_order or source.quaternion_order or NAMED,)
    angle = chosen.angle_unit or source.said("angle_unit")
    length = chosen.length_unit or source.said("length_unit")
    angles: list[AngleUnit] = [unit for unit in get_args(AngleUnit) if angle in (None, unit)]
    lengths = [unit for unit in get_args(LengthUnit) if length in (None, unit)]
    # without either, only what no robot can be is left out
    if angle is None and _LEAST_DEGREES < np.abs(source.angles).max(initial=0.0) < _MOST_RAD:
        angles = ["rad"]
    highest = np.abs(source.root_pos).max(initial=0.0) if source.up != "z" else source.root_pos[:, 2].max(initial=0.0)
    if length is None:
        lengths = [unit for unit in lengths if highest * LENGTH_UNITS[unit] > _LOWEST_PELVIS] or lengths
    ways: list[_Way] = []
    for joints, order, names in _columns(source, chosen):
        open_choices = itertools.product(quaternions, angles, lengths)
        ways += [_Way(joints, order, *values, names) for values in open_choices]
    return ways


def _columns(source: G1Source, chosen: ReadingChoices) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the sets of joints that a file may have, each with the order of its columns, and their names."""
    if source.joints is not None and chosen.joints is None and chosen.joint_order is None:
        return [(_set_of(source.joints), NAMED, source.joints)]
    count = source.angles.shape[1]
    sets = list(sets_of(count))
    sets = [joints for joints in sets if chosen.joints in (None, joints)]
    # bodies with names tell robots apart
    named = set(source.bodies or ())
    sets = [joints for joints in sets if named.intersection(g1_variant(joints).bodies)] or sets
    if not sets:
        raise Fault(
            Text("The {kind} has {joints} a frame.", kind=source.kind, joints=joint_count_in_words(count)),
            "Choose another set of joints.",
        )
    columns: list[tuple[str, str, tuple[str, ...]]] = []
    for joints in sets:
        orders = get_args(JointOrder) if joints == WITH_HANDS else ORDERS
        for order in orders:
            names = joint_names(joints, order)
            if chosen.joint_order in (None, order):
                columns.append((joints, order, names))
    return columns


def _set_of(names: tuple[str, ...]) -> str:
    """Return the set with just these joints, in any order."""
    for joints in JOINT_SETS:
        if set(joint_names(joints, "mujoco")) == set(names):
            return joints
    return NAMED


def _angles(source: G1Source, way: _Way, frames: IntArray | slice = slice(None)) -> FloatArray:
    """Return (N, J) angles in rad, in the columns' order."""
    return source.angles[frames] * ANGLE_UNITS[way.angle_unit]


def _root(source: G1Source, way: _Way, frames: IntArray | slice = slice(None)) -> tuple[FloatArray, FloatArray]:
    """Return (N, 3) metres and (N, 4) wxyz of the pelvis."""
    pos, rot = source.root_pos[frames] * LENGTH_UNITS[way.length_unit], source.root_rot[frames]
    pos = pos + np.array([0.0, 0.0, source.lift])
    if rot.shape[1] != EULER_COLUMNS:
        rot = rot[:, QUATERNIONS["xyzw" if way.quaternion_order == "xyzw" else "wxyz"]]
    else:
        rot = rotations.from_angles(rot * ANGLE_UNITS[way.angle_unit])
    if source.up != "z":
        pos = rotations.rotate(_Y_UP, pos)
        rot = rotations.multiply(_Y_UP, rot)
    if source.up == "y_all":
        rot = rotations.multiply(rot, rotations.conjugate(_Y_UP))
    return _of_pelvis(source, way, frames, pos, rot) if source.placed or source.turned else (pos, rot)


def _of_pelvis(
    source: G1Source, way: _Way, frames: IntArray | slice, pos: FloatArray, quat: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the pelvis's positions and quaternions from those of another body, by the joints between them."""
    model = g1_variant(way.posed)
    angles = of_joints(model.joint_names, way.names, _angles(source, way, frames))
    still = np.zeros((len(angles), 3)), np.tile(rotations.IDENTITY, (len(angles), 1))
    from_pelvis, turned = model.body_poses(*still, angles)
    if source.turned:
        quat = rotations.multiply(quat, rotations.conjugate(turned[:, _body(model, source.turned)]))
    if source.placed:
        arm = from_pelvis[:, _body(model, source.placed)]
        pos = pos - rotations.rotate(rotations.normalise(quat), arm)
    return pos, quat


def _body(model: G1Model, name: str) -> int:
    """Return the body with a name, or with this word in its name; the pelvis if there is none."""
    if name in model.bodies:
        return model.bodies.index(name)
    for index, body in enumerate(model.bodies):
        if name in body:
            return index
    return 0


@lru_cache(maxsize=len(JOINT_SETS))
def _ranges(robot: Variant) -> dict[str, list[float]]:
    model = g1_variant(robot)
    return dict(zip(model.joint_names, model.ranges.tolist(), strict=True))


def _fps(source: G1Source, chosen: ReadingChoices) -> Choice:
    """Return the frame rate: the file's own, the chosen one, its name's, its layout's, or the usual one."""
    fps = source.fps if source.fps is not None else chosen.fps
    if fps is not None and not MIN_FPS <= fps <= MAX_FPS:
        raise Fault(
            Text("The motion's fps is {stated}, which is not a valid frame rate.", stated=fps),
            Text("Choose one from {least:g} to {most:g}.", least=MIN_FPS, most=MAX_FPS),
        )
    if source.fps is not None:
        return Choice("fps", source.fps, sure=True, evidence="The file says so.")
    if chosen.fps is not None:
        return Choice("fps", chosen.fps, sure=True, evidence="Chosen by you.")
    called = source.fps_called
    if called is not None and MIN_FPS <= called <= MAX_FPS:
        return Choice("fps", called, sure=True, evidence="The file's name says so.")
    if source.layout is not None and source.layout.fps is not None:
        return Choice("fps", source.layout.fps, sure=True, evidence=said_by(source.layout))
    return Choice(
        "fps",
        source.usual_fps,
        sure=False,
        evidence=Text("The file doesn't say; {fps:g} is usual.", fps=source.usual_fps),
    )


def _notes_on_rate(source: G1Source, chosen: ReadingChoices) -> tuple[Text, ...]:
    """Return a sentence if the file has another frame rate than was given."""
    if source.fps is None or chosen.fps is None or abs(source.fps - chosen.fps) <= _SAME_RATE * source.fps:
        return ()
    return (
        Text(
            "The file says {fps:g} frames per second, so the given {given:g} are not used.",
            fps=source.fps,
            given=chosen.fps,
        ),
    )


def _notes_on_given(
    source: G1Source, chosen: ReadingChoices, given: _Way, freed: dict[ChoiceName, _Scales]
) -> tuple[Text, ...]:
    """Return a sentence for each choice of people's that the file contradicts, by its names, its layout or evidence."""
    notes: list[Text] = []
    for name, scales in freed.items():
        best = scales.best(replace(chosen, **{name: None}))  # pyrefly: ignore[bad-argument-type] -- a choice that may be None
        likely = scales.choice(name, best, by_people=False)
        value = str(likely.value)
        if value == NAMED or (source.joints is not None and name == "joints"):
            contradicts, value = name.startswith("joint") and given.names != source.joints, NAMED
        else:
            better = value == source.said(name) or scales.cost(given) - scales.cost(best) >= _SURE
            contradicts = likely.sure and value != getattr(given, name) and better
        if contradicts:
            notes.append(
                Text(
                    "The {what} is read as {given}, as you chose; {likely} would fit the file better.",
                    what=Text(_WEIGHED[name]),
                    given=label_of(getattr(given, name)),
                    likely=label_of(value),
                )
            )
    return tuple(notes)


def _notes(source: G1Source, way: _Way, own: tuple[str, ...]) -> tuple[Text, ...]:
    missing = [name for name in own if name not in way.names]
    notes: list[Text] = []
    if missing:
        notes.append(
            Text(
                "Joints that the file lacks are set to 0, {count} of {wanted}: {missing}.",
                count=len(missing),
                wanted=len(own),
                missing=", ".join(missing),
            )
        )
    if source.up != "z":
        notes.append(Text("The file's Y axis points up: it is read with Z up."))
    notes += [Text("Ignored: {what}.", what=Text.of(what)) for what in source.ignored]
    if source.hands is not None:
        notes.append(Text("Kept for files that name their joints: {what}.", what=source.hands.shown))
    return tuple(notes)
