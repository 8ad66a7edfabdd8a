"""Footsteps: where the robot's soles are over time, planted where the source's feet are planted, flat on the ground."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..bones.humanoid import SIDES
from ..contacts import LOW, carrying, falling, touching
from ..feet.foot_contacts import FootContact
from ..feet.stances import Stances
from ..g1.robots import Robot
from ..g1.velocities import derivative
from ..rotations import (
    BoolArray,
    FloatArray,
    IntArray,
    conjugate,
    cross,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    step_lengths,
)
from ..smoothing import covered, least_bent_lines, softened
from ..spans import runs
from .intent import UP, Intent
from .options import Ground

_BLEND = 0.2  # seconds over which corrections of a stance fade in and out
_TILTED = np.radians(30.0)  # a planted foot that is tilted more stands on its front edge at most
_TIPPED = np.radians(60.0)  # and one that is tilted even more doesn't stand
_SLACK = np.radians(15.0), np.radians(6.0)  # that a sole may turn its shin away: about X, and about Y
_SEATED = 0.18, 0.3  # of the standing pelvis's height: feet that are so little below the pelvis don't carry it
_SITS, _LIES = 0.5, 0.5  # of `_seated`, and of `Intent.lies`
_STRAIGHT = 0.2  # sine of a knee's bend that says how its foot is turned
_MOST_FORCED = np.radians(35.0)
_UPRIGHT = 2  # the axis of a body that is upright as the robot stands
_STEP = 0.04  # metres: a stance that is less high is on the ground
_LOST = 0.1  # seconds between two stances on the same: a foot lifts for longer to step onto something
_SOFT = 0.25  # of the blend: so far a foot in the air looks ahead to stay above the ground
_RUNG, _PERCHED = 0.08, 0.6  # metres; of the standing pelvis's height over such a foot: of who climbs it is higher
_HOVERING = 0.005  # metres
_HIGH, _MOSTLY = 0.03, 0.4  # metres; share of the time above that in which a figure that flies falls freely
_ABOUT = 0.05  # seconds on both sides over which an acceleration is measured
_TOUCHING = 0.005  # metres over the lowest corner of a sole: a corner that is no higher carries too
_WHILE = 0.9  # of a stance that the other foot stands too, lower: this one is on something
_SPEEDY = 0.06  # metres of height that a foot's speed of a metre a second counts as
_BRIEF = 0.03  # seconds over which feet are compared
_PAUSE = 0.1  # seconds over which a foot's speed is measured, which
_PAUSING, _SWINGING = 0.05, 0.15  # metres a second: makes it stay low, or clear the ground
_CLEAR, _LEAVES = 0.025, 0.07  # metres that a swinging foot clears, and seconds in which it comes to, and comes down
_STOPPING = np.array([0.5, 0.5, 1.0])  # of its speed: a sole that alone carries the figure may be twice as fast
_STOPS = 0.03  # metres around where it stops, before and after
_SHORT = 0.07  # seconds: nobody flies for so short a time
_GRAZES = 0.0075  # metres that a foot that is to carry, but moves, clears: between those of sliding and of floating
# How much the figure heeds what a sole that carries it asks for, relative to moving as the source does.
_PLANTED, _CARRYING, _FLYING = 1e4, 1e3, 1e2
_EVEN = 0.5  # seconds: a change of the figure's course within that time counts as much as the change itself


@dataclass(frozen=True, eq=False)
class Steps:
    """The path of one foot.

    Attributes:
        robot: whose foot it is.
        pos: (F, 3) of the ankle, metres.
        quat: (F, 4) of the foot, wxyz.
        planted: (F,) whether it stands.
        level: (F,) height of what it stands on; 0 where it doesn't.
        carries: (F,) whether it is planted, or else the foot that rather carries the figure, unless that flies.
        pauses: (F,) 0 to 1 whether it is still, as also one that is about to stand, or shuffles.
    """

    robot: Robot
    pos: FloatArray
    quat: FloatArray
    planted: BoolArray
    level: FloatArray
    carries: BoolArray
    pauses: FloatArray

    @property
    def corners(self) -> FloatArray:
        """(F, 4, 3) the sole's lowest points."""
        corners = self.pos[:, None] + rotate(self.quat[:, None], self.robot.sole)
        corners[..., 2] -= self.robot.corner_radius
        return corners

    @property
    def lowest(self) -> FloatArray:
        """(F,) height of the sole's lowest point."""
        return np.asarray(self.corners[..., 2].min(axis=1), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Footsteps:
    """Both feet, and what the whole figure has to do for them.

    Attributes:
        feet: side to its steps; absent if the source has no such foot.
        moved: (F, 3) metres by which the figure was moved so that the sole that carries it is still, on the ground.
        floor: height of the ground, metres, that nothing of it is under.
    """

    feet: Mapping[str, Steps]
    moved: FloatArray
    floor: float


def footsteps_of(intent: Intent, ground: Ground = "FLAT", carrying: bool = True, back: float = 0.0) -> Footsteps:
    """Return the footsteps of a motion.

    Where the source stands on no foot that is still, as captures do that drift, float or run in place, the figure moves
    so that its lower foot carries it.

    Args:
        intent: the motion.
        ground: FLAT puts all stances onto height 0, except feet on something higher while the other stands; SOURCE
            keeps the heights that the source stands on, as of stairs.
        carrying: whether the lower foot carries the figure where none is planted.
        back: metres a second by which a figure that was carried away comes back to its own path.
    """
    contacts = {side: contact for side, contact in intent.contacts.items() if f"{side}_foot" in intent.rotations}
    plan = _Plan(intent, contacts, ground, np.zeros((len(intent.motion.times), 3)))
    if len(contacts) == len(SIDES):
        plan = plan.on_ground()
        plan = plan.carried(back).on_ground() if carrying else plan
    # a foot that never stands says nothing of the ground
    floor = 0.0 if carrying and len(contacts) == len(SIDES) else -np.inf
    feet: dict[str, Steps] = {}
    for side, foot in plan.feet.items():
        if foot.planted.any():
            floor = min(floor, float(foot.level[foot.planted].min()))
        feet[side] = _lifted(foot, intent.lies, intent.fps)
    return Footsteps(feet, plan.moved, floor)


def forced_turns(intent: Intent, side: str) -> FloatArray:
    """Return (F, 3) the yaw, pitch and roll, rad, that a planted sole has so that its leg can point as the source's.

    The robot's ankle bends less than a human's and doesn't twist. Where a shin leans back as that of someone who sits
    on the ground, only the heel stands, and the foot is turned as its knee is.
    """
    count = len(intent.motion.times)
    thigh = intent.limbs.get((f"{side}_upper_leg", f"{side}_lower_leg"))
    shin = intent.limbs.get((f"{side}_lower_leg", f"{side}_foot"))
    if thigh is None or shin is None:
        return np.zeros((count, 3))
    seated = _seated(intent)
    # w and z alone are the rotation's part about the vertical
    heading = normalise(intent.rotations[f"{side}_foot"] * np.array([1.0, 0.0, 0.0, 1.0]))
    # a knee's axis lies across its foot; that of a straight one is uncertain, and counts less
    hinge = rotate(conjugate(heading), cross(thigh, shin))
    yaw = seated * np.arctan2(-hinge[:, 0], np.maximum(hinge[:, 1], _STRAIGHT))
    yaw = np.clip(yaw, -_MOST_FORCED, _MOST_FORCED)
    yaw = yaw - _beyond_hip(intent, side, multiply(heading, from_rotation_vector(yaw[:, None] * UP)))
    level = multiply(heading, from_rotation_vector(yaw[:, None] * UP))
    slack = np.array(_SLACK) * (1.0 - seated)[:, None]
    roll, pitch = np.clip(_beyond_ankle(intent, side, level, slack), -_MOST_FORCED, _MOST_FORCED).T
    return softened(np.stack([yaw, pitch, roll], axis=-1), _BLEND * intent.fps / 2.0)


def _beyond_ankle(intent: Intent, side: str, quat: FloatArray, slack: FloatArray) -> FloatArray:
    """Return by how much (F, 2) a foot has to be turned about its X and Y, rad, to be as its ankle bends.

    Args:
        intent: the motion, whose shin points as the source's.
        side: the foot's.
        quat: (F, 4) of the foot.
        slack: (F, 2) or (1, 2) rad by which the ankle may have to bend further than it does.
    """
    # upwards along the shin, as the sole sees it: about X and about Y the ankle has to bend so far
    up = rotate(conjugate(quat), -intent.limbs[f"{side}_lower_leg", f"{side}_foot"])
    bends: FloatArray = np.arcsin(np.clip(np.stack([up[:, 1], -up[:, 0]], axis=-1), -1.0, 1.0))
    joints, ankle = intent.puppet.model.joints, f"{side}_ankle"
    ranges = {joint.axis_index: joint.range for joint in joints if joint.name.lower().startswith(ankle)}
    low, high = np.array([ranges.get(axis, (0.0, 0.0)) for axis in (0, 1)]).T
    return np.asarray(np.clip(bends, low - slack, high + slack) - bends, dtype=np.float64)


def _within_ankle(intent: Intent, side: str, quat: FloatArray) -> FloatArray:
    """Return a foot's rotations (F, 4) as far as its ankle bends, while the shin points as the source's.

    A foot on the tip of its toes points further down than a robot's can: to show that, the knee would bend.
    """
    if (f"{side}_lower_leg", f"{side}_foot") not in intent.limbs:
        return quat
    turned = np.zeros((len(quat), 3))
    turned[:, :2] = _beyond_ankle(intent, side, quat, np.array([_SLACK])) * (1.0 - intent.lies[:, None])
    return multiply(quat, from_rotation_vector(turned))


@dataclass(frozen=True, eq=False)
class _Plan:
    """Footsteps while they are planned.

    Attributes:
        intent: the motion.
        contacts: side to contacts.
        ground: see `footsteps_of`.
        moved: see `Footsteps`.
    """

    intent: Intent
    contacts: Mapping[str, FootContact]
    ground: Ground
    moved: FloatArray

    @cached_property
    def held(self) -> dict[str, Steps]:
        """Side to steps with planted soles flat and still over the ground, but not at its height."""
        return {side: self._held(side, contact) for side, contact in self.contacts.items()}

    def _held(self, side: str, contact: FootContact) -> Steps:
        own, quat = self.intent.head(f"{side}_foot"), self.intent.rotations[f"{side}_foot"]
        robot, ankle = self.intent.puppet.model.robot, own + self.moved
        front = rotate(quat, robot.front)
        # a foot pauses if it does in the source, or on the ground as the figure is moved
        swing_in_source = _swing(own, own + front, self.intent.fps)
        swing = np.minimum(swing_in_source, _swing(ankle, ankle + front, self.intent.fps))
        reach = _BLEND * self.intent.fps
        tilt = _tilt_of(quat)
        # heels that are under who stands carry too, however far a capture has toes up
        planted = contact.any & ((tilt < _TIPPED) | ((front[:, 2] > 0.0) & ~self.lies))
        flat = contact.ankle & (tilt < _TILTED)
        quat = _within_ankle(self.intent, side, quat)
        quat = _levelled(quat, flat, contact.flat & flat, planted, reach, forced_turns(self.intent, side))
        pos = _held(robot, (ankle, quat), contact, planted, reach)
        return Steps(robot, pos, quat, planted, np.zeros(len(ankle)), planted, 1.0 - swing)

    @cached_property
    def levels(self) -> dict[str, FloatArray]:
        """Side to the height (F,) of what each stance stands on."""
        heights = {side: _stance_heights(foot) for side, foot in self.held.items()}
        return {side: self._level(side, heights) for side in heights}

    def _level(self, side: str, heights: dict[str, FloatArray]) -> FloatArray:
        level = np.zeros(len(heights[side]))
        other = next((name for name in heights if name != side), None)
        for start, stop, over in self._stays(side, heights[side]):
            stance, height = slice(start, stop), over
            if self.ground == "FLAT" and not (over > _RUNG and self._perched(stance, heights)):
                height = 0.0 if other is None else over - self._lower(other, heights[other], stance)
            level[stance] = height if height > _STEP else 0.0
        return level

    def _stays(self, side: str, heights: FloatArray) -> list[tuple[int, int, float]]:
        """Return first frame, end and height of a foot's stances; of one that was lost for a moment they are one."""
        stays: list[tuple[int, int, float]] = []
        for start, stop in runs(self.held[side].planted).tolist():
            height = float(heights[start])
            if stays:
                first, last, before = stays[-1]
                if start - last <= _LOST * self.intent.fps and abs(height - before) < _STEP:
                    longer = before if last - first >= stop - start else height
                    stays[-1] = first, stop, longer
                    continue
            stays.append((start, stop, height))
        return stays

    def _perched(self, stance: slice, heights: dict[str, FloatArray]) -> bool:
        """Return whether feet don't carry the figure in a stance: it sits, with one of them on a rung or a rail."""
        higher: FloatArray = np.max(list(heights.values()), axis=0)
        over = self.intent.head("hips")[:, 2] + self.moved[:, 2] - higher
        return float(np.median(over[stance])) < _PERCHED * self.intent.puppet.standing("hips")[2]

    def _lower(self, other: str, heights: FloatArray, stance: slice) -> float:
        """Return the height on which the other foot stands while this one does; infinity if it mostly doesn't."""
        stands = self.held[other].planted[stance]
        return float(np.median(heights[stance][stands])) if float(stands.mean()) > _WHILE else np.inf

    @cached_property
    def floor(self) -> FloatArray:
        """(F,) height of what the figure stands on, the lower of two, between stances too.

        Who gets off something on flat ground is on that at once, however late a foot stands there; stairs are climbed
        evenly.
        """
        lower = np.full(len(self.planted), np.inf)
        for side, level in self.levels.items():
            lower = np.minimum(lower, np.where(self.held[side].planted, level, np.inf))
        if not self.planted.any():
            return np.zeros(len(lower))
        frames = np.arange(len(lower))
        if self.ground == "SOURCE":
            return np.interp(frames, frames[self.planted], lower[self.planted])
        # the lower of what it stood on last and will stand on next
        stands: IntArray = np.flatnonzero(self.planted).astype(np.int64)
        after = np.searchsorted(stands, frames)
        before = np.searchsorted(stands, frames, side="right") - 1
        near = np.clip(np.stack([before, after]), 0, len(stands) - 1)
        return np.asarray(lower[stands[near]].min(axis=0), dtype=np.float64)

    @cached_property
    def feet(self) -> dict[str, Steps]:
        """Side to steps at their height."""
        reach = _BLEND * self.intent.fps
        feet: dict[str, Steps] = {}
        for side, foot in self.held.items():
            lowered = _lowered(_on_level(foot, self.levels[side], reach))
            feet[side] = _grounded(lowered, self.rather[side] & ~self.flying, self.floor)
        return feet

    @cached_property
    def rather(self) -> dict[str, BoolArray]:
        """Side to whether (F,) it is that foot that carries the figure where none is planted: the lower and slower."""
        fps = self.intent.fps
        if not self.held:
            return {}
        scores: list[FloatArray] = []
        for foot in self.held.values():
            speed = norm(derivative(foot.pos, fps))
            scores.append(softened(foot.lowest + _SPEEDY * speed, _BRIEF * fps))
        best = np.argmin(scores, axis=0)
        none = ~self.planted & ~self.lies
        return {side: none & (best == number) for number, side in enumerate(self.held)}

    @cached_property
    def planted(self) -> BoolArray:
        """(F,) whether any foot stands."""
        return np.asarray(np.any([foot.planted for foot in self.held.values()], axis=0))

    @cached_property
    def lies(self) -> BoolArray:
        """(F,) whether the figure rests on more than its feet, which then don't carry it."""
        return np.asarray((self.intent.lies > _LIES) | (_seated(self.intent) > _SITS), dtype=np.bool_)

    @cached_property
    def flying(self) -> BoolArray:
        """(F,) whether the figure is in the air: no foot is planted or on the ground, and the pelvis falls freely."""
        falls = falling(self.intent.head("hips")[:, 2], self.intent.fps, _ABOUT)
        lowest = np.min([foot.lowest for foot in self.held.values()], axis=0)
        # taking off and landing are parts of a flight
        for start, stop in runs(lowest > _HIGH).tolist():
            if falls[start:stop].mean() > _MOSTLY:
                falls[start:stop] = True
        flies = np.asarray(falls & ~self.planted & ~self.lies & (lowest > _HOVERING), dtype=np.bool_)
        for start, stop in runs(flies).tolist():
            flies[start:stop] = stop - start > _SHORT * self.intent.fps
        return flies

    def on_ground(self) -> "_Plan":
        """Return the plan with the figure raised or lowered to what it stands on; unless it flies, to the ground."""
        if self.flying.all():
            return self
        frames = np.arange(len(self.planted))
        # the mean of what planted feet lack to their levels; where none is, what the lower one lacks to the floor
        planted = np.stack([foot.planted for foot in self.held.values()])
        off = np.stack([self.levels[side] - _stance_heights(foot) for side, foot in self.held.items()])
        standing: FloatArray = (off * planted).sum(axis=0) / np.maximum(planted.sum(axis=0), 1)
        lowest: FloatArray = np.sum([foot.lowest * self.rather[side] for side, foot in self.held.items()], axis=0)
        rise = np.where(self.planted, standing, np.where(self.lies, 0.0, self.floor - lowest))
        # a flight is as high as it began and ends
        rise = np.interp(frames, frames[~self.flying], rise[~self.flying])
        sure = np.where(self.planted, _PLANTED, np.where(self.flying, _FLYING, _CARRYING))
        rise = least_bent_lines(sure, rise[:, None], (_EVEN * self.intent.fps) ** 4)
        return replace(self, moved=self.moved + rise * UP)

    def carried(self, back: float) -> "_Plan":
        """Return the plan with a figure whose lower sole carries it where none is planted, see `footsteps_of`."""
        moved = self.moved + _coming_back(_carried(self.feet, self.lies, self.intent.fps), back / self.intent.fps)
        plan = replace(self, moved=moved)
        contacts: dict[str, FootContact] = {}
        no_foot = self.flying | self.lies
        for side, contact in self.contacts.items():
            contacts[side] = _with_carrying(contact, plan.feet[side], no_foot, self.intent.fps, stopping=not back)
        return replace(plan, contacts=contacts)


def _tilt_of(quat: FloatArray) -> FloatArray:
    """Return (F,) the angle between a foot's up and the world's."""
    return np.asarray(2.0 * np.arcsin(np.minimum(norm(quat[:, 1:3]), 1.0)), dtype=np.float64)


def _seated(intent: Intent) -> FloatArray:
    """Return (F,) 0 to 1 whether the figure sits on the ground: its feet then don't carry it."""
    lower_foot = np.minimum(intent.head("left_foot")[:, 2], intent.head("right_foot")[:, 2])
    height = (intent.head("hips")[:, 2] - lower_foot) / intent.puppet.standing("hips")[2]
    return np.clip((_SEATED[1] - height) / (_SEATED[1] - _SEATED[0]), 0.0, 1.0)


def _beyond_hip(intent: Intent, side: str, heading: FloatArray) -> FloatArray:
    """Return (F,) the yaw, rad, by which a foot of that heading (F, 4) is turned further than its hip turns.

    Where the hip's first joint turns about the pelvis's upright axis, the whole leg with its level sole turns by that
    angle, whatever the other joints do. Other hips are taken to turn as far as the source's.
    """
    puppet, model = intent.puppet, intent.puppet.model
    pelvis = puppet.places["hips"].body
    limits = (-np.pi, np.pi)
    for joint, parent in zip(model.joints, model.parents[1:], strict=True):
        is_first = parent == pelvis and joint.name.lower().startswith(f"{side}_hip")
        if is_first and joint.axis_index == _UPRIGHT:
            limits = joint.range
    # the axis to the pelvis's left stays level as the body bends
    left = rotate(conjugate(heading), rotate(intent.rotations["hips"], np.array([0.0, 1.0, 0.0])))
    turned = np.arctan2(left[:, 0], left[:, 1])
    return np.asarray(turned - np.clip(turned, *limits), dtype=np.float64)


def _levelled(
    quat: FloatArray, flat: BoolArray, still: BoolArray, planted: BoolArray, reach: float, forced: FloatArray
) -> FloatArray:
    """Return the foot's rotations with the sole level while it is flat, and its heading constant while it is still.

    Args:
        quat: (F, 4) of the foot.
        flat: (F,) whether its heel stands.
        still: (F,) whether all of it stands.
        planted: (F,) whether any of it does.
        reach: frames over which corrections fade.
        forced: (F, 3) yaw that is added to a standing foot's, pitch and roll that take the place of level ones, rad.
    """
    w, x, y, z = quat[:, 0], quat[:, 1], quat[:, 2], quat[:, 3]
    yaw = np.unwrap(np.arctan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z)))
    pitch: FloatArray = np.arcsin(np.clip(2.0 * (w * y - x * z), -1.0, 1.0))
    roll = np.arctan2(2.0 * (w * x + y * z), 1.0 - 2.0 * (x * x + y * y))
    yaw = Stances(still, reach).standing((yaw + forced[:, 0])[:, None])[:, 0]
    pitch = pitch - Stances(flat, reach).faded((pitch - forced[:, 1])[:, None])[:, 0]
    roll = roll - Stances(planted, reach).faded((roll - forced[:, 2])[:, None])[:, 0]
    # toes of a planted foot don't point up, but for who sits
    raised = np.maximum(np.minimum(forced[:, 1], 0.0) - pitch, 0.0)
    pitch = pitch + Stances(planted, reach).faded(raised[:, None])[:, 0]
    about_x, about_y, about_z = np.eye(3)
    rolled = from_rotation_vector(roll[:, None] * about_x)
    pitched = from_rotation_vector(pitch[:, None] * about_y)
    return multiply(from_rotation_vector(yaw[:, None] * about_z), multiply(pitched, rolled))


def _held(
    robot: Robot, foot: tuple[FloatArray, FloatArray], contact: FootContact, planted: BoolArray, reach: float
) -> FloatArray:
    """Return the path (F, 3) of a foot's ankle that leaves the planted part of the sole where it is, over the ground.

    Args:
        robot: whose foot it is.
        foot: positions (F, 3) and rotations (F, 4) of the ankle.
        contact: of the source's foot.
        planted: (F,) whether it stands.
        reach: frames over which corrections fade.
    """
    ankle, quat = foot
    front, middle = ankle + rotate(quat, robot.front), ankle + rotate(quat, robot.below)
    on_front = contact.ball[1:] & contact.ball[:-1]
    steps = np.where(on_front[:, None], np.diff(front, axis=0), np.diff(middle, axis=0))[:, :2]
    drift = np.zeros_like(ankle)
    for start, stop in runs(planted).tolist():
        moved = np.concatenate([np.zeros((1, 2)), np.cumsum(steps[start : stop - 1], axis=0)])
        drift[start:stop, :2] = moved.mean(axis=0) - moved
    stances = Stances(planted, reach)
    return ankle + stances.faded(stances.settled(drift, np.zeros_like(drift)))


def _stance_heights(foot: Steps) -> FloatArray:
    """Return (F,) the height at which the lowest point of a planted sole mostly is in its stance; else 0."""
    lowest, heights = foot.lowest, np.zeros(len(foot.pos))
    for start, stop in runs(foot.planted).tolist():
        heights[start:stop] = float(np.median(lowest[start:stop]))
    return heights


def _on_level(foot: Steps, level: FloatArray, reach: float) -> Steps:
    """Return the steps with planted soles at their levels (F,), and no sole below the ground."""
    lowest = foot.lowest
    off = np.where(foot.planted, level - lowest, 0.0)
    rise = Stances(foot.planted, reach).faded(off[:, None])[:, 0]
    depth = np.maximum(-(lowest + rise), 0.0)
    rise += np.where(foot.planted, 0.0, covered(depth, max(1, int(reach * _SOFT))))
    return replace(foot, pos=foot.pos + rise[:, None] * UP, level=level)


def _swing(ankle: FloatArray, front: FloatArray, fps: float) -> FloatArray:
    """Return (F,) 0 to 1 how far a foot swings; 0 while it pauses, heel and front edge, as it does when it shuffles."""
    half = max(1, round(_PAUSE / 2.0 * fps))
    frames = np.arange(len(ankle))
    before, after = np.maximum(frames - half, 0), np.minimum(frames + half, len(ankle) - 1)
    seconds = np.maximum(after - before, 1) / fps
    speed = np.max([norm(path[after] - path[before]) / seconds for path in (ankle, front)], axis=0)
    return np.clip((speed - _PAUSING) / (_SWINGING - _PAUSING), 0.0, 1.0)


def _grounded(foot: Steps, carries: BoolArray, floor: FloatArray) -> Steps:
    """Return the steps of a foot that is on the floor (F,) too where it carries (F,) the figure, but isn't planted."""
    # one that is far below is on its way from what is lower
    down = np.where(carries & ~foot.planted & (foot.lowest > floor - _STEP), foot.lowest - floor, 0.0)
    return replace(foot, pos=foot.pos - down[:, None] * UP, carries=foot.planted | carries)


def _lowered(foot: Steps) -> Steps:
    """Return the steps of a foot that pauses on the ground where it is close to it."""
    near = foot.pauses * np.clip(2.0 - foot.lowest / LOW, 0.0, 1.0) * ~foot.planted
    return replace(foot, pos=foot.pos - (np.maximum(foot.lowest, 0.0) * near)[:, None] * UP)


def _lifted(foot: Steps, lies: FloatArray, fps: float) -> Steps:
    """Return the steps of a foot that clears the ground while it swings, the longer after its stance the higher.

    One that is to carry the figure, but moves, only just clears it.
    """
    if foot.planted.all() or not foot.carries.any():
        return foot
    slides = np.clip((_speed(foot, fps) - _PAUSING) / (_SWINGING - _PAUSING), 0.0, 1.0)
    swings = np.where(foot.carries, slides, 1.0 - foot.pauses)
    away = 1.0 - Stances(foot.carries, _LEAVES * fps).weight
    clear = swings * np.maximum(_CLEAR * away, _GRAZES)
    rise = np.where(foot.planted, 0.0, np.maximum(clear - foot.lowest, 0.0)) * (1.0 - lies)
    return replace(foot, pos=foot.pos + rise[:, None] * UP)


def _carried(feet: Mapping[str, Steps], seated: BoolArray, fps: float) -> FloatArray:
    """Return the moves (F, 3) by which the sole that carries the figure stays where it is, as far as that is smooth.

    There are none where a foot is planted, or the figure is `seated` (F,).
    """
    count = len(next(iter(feet.values())).pos)
    total, carriers = np.zeros((count - 1, 2)), np.zeros(count - 1)
    for foot in feet.values():
        corners = foot.corners
        height = corners[..., 2] - corners[..., 2].min(axis=1, keepdims=True)
        height = height[1:] + height[:-1]
        # of a foot that turns over between two frames no corner is low in both: the one that is nearest to it counts
        weight = np.exp(-0.5 * ((height - height.min(axis=1, keepdims=True)) / _TOUCHING) ** 2)[..., None]
        step = (np.diff(corners[..., :2], axis=0) * weight).sum(axis=1) / weight.sum(axis=1)
        carries = (foot.carries[1:] & foot.carries[:-1]) & ~(foot.planted[1:] & foot.planted[:-1])
        total += step * carries[:, None]
        carriers += carries
    planted = np.any([foot.planted[1:] & foot.planted[:-1] for foot in feet.values()], axis=0) | seated[1:]
    total[planted] = 0.0
    sure = np.where(planted, _PLANTED, np.where(carriers > 0, _CARRYING, 0.0))
    steps = least_bent_lines(sure, -total / np.maximum(carriers, 1.0)[:, None], (_EVEN * fps) ** 4)
    moved = np.zeros((count, 3))
    moved[1:, :2] = np.cumsum(steps, axis=0)
    return moved


def _coming_back(moved: FloatArray, most: float) -> FloatArray:
    """Return moves (F, 3) that come back to 0 by so many metres a frame: legs make up for the little it is a step."""
    if most <= 0.0:
        return moved
    kept = np.zeros_like(moved)
    for frame, step in enumerate(np.diff(moved, axis=0, prepend=moved[:1])):
        place = kept[frame - 1] + step if frame else step
        kept[frame] = place * max(1.0 - most / max(float(norm(place)), 1e-9), 0.0)
    return kept


def _speed(foot: Steps, fps: float) -> FloatArray:
    """Return (F,) the speed over the ground of a sole's middle, metres a second, before or after each frame."""
    steps = step_lengths(foot.corners[..., :2].mean(axis=1)) * fps
    return np.maximum(np.append(steps, 0.0), np.append(0.0, steps))


def _carrying(corners: FloatArray, fps: float, flying: BoolArray) -> BoolArray:
    """Return (F,) whether a sole with these corners carries, also in a stance that an end of the clip cuts."""
    edge = min(round(_BLEND * fps), len(corners) - 1)
    mirrored = np.pad(corners, ((edge, edge), (0, 0), (0, 0)), mode="reflect")
    return carrying(mirrored, fps, np.pad(flying, edge, mode="reflect"))[edge : edge + len(corners)]


def _with_carrying(contact: FootContact, foot: Steps, flying: BoolArray, fps: float, *, stopping: bool) -> FootContact:
    """Return the contacts with those of a sole that carries, although it isn't still in the source.

    Args:
        contact: of the source's foot.
        foot: its steps.
        flying: (F,) whether the figure is in the air.
        fps: frame rate.
        stopping: whether a sole that alone carries the figure also stands while it stops and starts.
    """
    corners = foot.corners
    carries = _carrying(corners, fps, flying)
    slower = foot.carries & _carrying(corners * _STOPPING, fps, flying)
    for start, stop in runs(slower & stopping).tolist():
        middle = corners[start:stop, :, :2].mean(axis=1)
        carries[start:stop] |= norm(middle - np.median(middle, axis=0)) < _STOPS
    flat = carries & (_tilt_of(foot.quat) < _TILTED / 2.0)
    ball = contact.ball | (carries & touching(corners[:, 2:], 0.0, LOW).any(axis=1)) | flat
    return FootContact(contact.ankle | flat, ball, contact.firm_ankle | flat, contact.firm_ball | flat)
