"""The performance on the MetaHuman-style skeleton: where each bone is at each moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .body import BACK, Body, metahuman
from .matrices import X_AXIS, Y_AXIS, Z_AXIS, Array, about, frame, turn, unit

if TYPE_CHECKING:
    from .performance import Performance

DROP = 0.045  # metres that the pelvis is lower than in rest: who walks has bent knees
WAVE_SEC = 0.8
SPINE = ("spine_01", "spine_02", "spine_03", "spine_04", "spine_05")


@lru_cache(maxsize=1)
def the_body() -> Body:
    return metahuman()


@dataclass
class Pose:
    """All bones over all times: positions (F, 3) in metres, and turns from rest (F, 3, 3), both in world space."""

    body: Body
    positions: dict[str, Array] = field(default_factory=dict)
    turns: dict[str, Array] = field(default_factory=dict)

    def put(self, name: str, turned: Array, position: Array | None = None) -> None:
        """Places a bone: turned as told, its joint carried by its parent unless told too."""
        if position is None:
            index = self.body.names.index(name)
            parent = self.body.names[self.body.parents[index]]
            position = self.carried(parent, self.body.positions[index])
        self.positions[name], self.turns[name] = position, turned

    def carried(self, name: str, point: Array) -> Array:
        """A point of the body at rest, carried along by a bone that is placed."""
        return self.positions[name] + turn(self.turns[name], point - self.body.at(name))

    def rotations(self, name: str) -> Array:
        """The bone's axes in world space, (F, 3, 3)."""
        return self.turns[name] @ self.body.axes[self.body.names.index(name)]


def pose(times: Array, performance: Performance) -> Pose:
    """The whole skeleton at some moments of the source video."""
    times = np.asarray(times, dtype=np.float64)
    posed = Pose(the_body())
    swing = 2 * np.pi * times / performance.cycle  # 0 where the left foot strikes
    ahead = about(Z_AXIS, performance.heading(times))
    posed.put("root", ahead, performance.ground(times))
    _pose_trunk(posed, ahead, swing, times)
    for side in ("l", "r"):
        _pose_leg(posed, times, side, performance)
    for side in ("l", "r"):
        _pose_arm(posed, side, swing, times)
    for helper, copied in (("ik_foot_root", "root"), ("ik_hand_root", "root"), ("ik_hand_gun", "hand_r")):
        posed.put(helper, posed.turns[copied], posed.positions[copied])
    for limb in ("foot", "hand"):
        for side in ("l", "r"):
            posed.put(f"ik_{limb}_{side}", posed.turns[f"{limb}_{side}"], posed.positions[f"{limb}_{side}"])
    return posed


def _pose_trunk(posed: Pose, ahead: Array, swing: Array, times: Array) -> None:
    over_left = np.cos(swing - 2 * np.pi * 0.3)  # 1 where the weight is over the left foot
    sway = np.stack([0.022 * over_left, np.zeros_like(swing), 0.014 * np.cos(2 * swing - 4 * np.pi * 0.3) - DROP], -1)
    pelvis = posed.positions["root"] + turn(ahead, posed.body.at("pelvis") + sway)
    yaw = -np.radians(6.0) * np.cos(swing)  # the left hip is ahead when the left foot strikes
    roll = np.radians(2.5) * over_left
    pelvis_turn = ahead @ about(Z_AXIS, yaw) @ about(Y_AXIS, roll)
    posed.put("pelvis", pelvis_turn, pelvis)
    for number, name in enumerate(SPINE, start=1):
        share = number / len(SPINE)
        bend = about(Z_AXIS, yaw * (1 - 2.2 * share)) @ about(Y_AXIS, roll * (1 - 1.4 * share))
        posed.put(name, ahead @ bend @ about(X_AXIS, np.radians(5.0) * share))
    look = np.radians(12.0) * np.sin(2 * np.pi * times / 4.0)
    for name, share in (("neck_01", 0.35), ("neck_02", 0.7), ("head", 1.0)):
        posed.put(name, ahead @ about(Z_AXIS, look * share) @ about(X_AXIS, np.radians(5.0 - 4.0 * share)))


def _pose_leg(posed: Pose, times: Array, side: str, performance: Performance) -> None:
    body = posed.body
    thigh, calf, foot, ball = (body.at(f"{part}_{side}") for part in ("thigh", "calf", "foot", "ball"))
    target = performance.foot(times, side, foot, ball)
    hip = posed.carried("pelvis", thigh)
    forward = unit(turn(posed.turns["root"], -BACK) + turn(target.foot, -BACK))
    knee, hinge = _bend(hip, target.ankle, np.linalg.norm(calf - thigh), np.linalg.norm(foot - calf), forward)
    rest_hinge = np.cross(calf - thigh, foot - calf)
    thigh_turn = frame(knee - hip, hinge) @ frame(calf - thigh, rest_hinge).T
    calf_turn = frame(target.ankle - knee, hinge) @ frame(foot - calf, rest_hinge).T
    posed.put(f"thigh_{side}", thigh_turn)
    posed.put(f"calf_{side}", calf_turn)
    posed.put(f"foot_{side}", target.foot)
    posed.put(f"ball_{side}", target.toes)
    for number in ("01", "02"):
        posed.put(f"thigh_twist_{number}_{side}", thigh_turn)
        posed.put(f"calf_twist_{number}_{side}", calf_turn)


def _bend(start: Array, end: Array, upper: float, lower: float, towards: Array) -> tuple[Array, Array]:
    """The middle joint of a chain of two bones, bent towards a direction, and the axis that it bends about."""
    across = end - start
    distance = np.linalg.norm(across, axis=-1)
    if np.any(distance > upper + lower):
        raise ValueError("a leg is too short for its step")
    along = across / distance[:, None]
    reach = (upper**2 - lower**2 + distance**2) / (2 * distance)
    side = unit(towards - np.sum(towards * along, axis=-1, keepdims=True) * along)
    middle = start + reach[:, None] * along + np.sqrt(upper**2 - reach**2)[:, None] * side
    return middle, np.cross(side, along)


def _pose_arm(posed: Pose, side: str, swing: Array, times: Array) -> None:
    body = posed.body
    chest = posed.turns["spine_05"]
    upper, lower, hand = (body.at(f"{part}_{side}") for part in ("upperarm", "lowerarm", "hand"))
    if side == "l":  # swings against its leg
        angle = np.radians(6.0) + np.radians(26.0) * np.cos(swing)
        upper_way = turn(about(X_AXIS, angle), np.array([0.16, 0.0, -1.0]))
        lower_way = turn(
            about(X_AXIS, angle - np.radians(28.0) + np.radians(10.0) * np.cos(swing)), np.array([0.05, 0, -1])
        )
        shrug = about(Y_AXIS, np.zeros_like(swing))
        twist = np.zeros_like(swing)
    else:  # waves
        wave = 2 * np.pi * times / WAVE_SEC
        upper_way = np.broadcast_to(np.array([-0.9, -0.25, 0.05]), (len(times), 3)).copy()
        upper_way[:, 2] += 0.08 * np.sin(wave)
        tilt = np.radians(8.0) + np.radians(28.0) * np.sin(wave)
        lower_way = np.stack([-np.sin(tilt), np.full_like(tilt, -0.18), np.cos(tilt)], axis=-1)
        shrug = about(Y_AXIS, np.full_like(swing, np.radians(14.0)))
        twist = np.radians(25.0) * np.sin(wave + 0.6)
    upper_way, lower_way = unit(turn(chest, upper_way)), unit(turn(chest, lower_way))
    hinge, rest_hinge = np.cross(upper_way, lower_way), np.cross(lower - upper, hand - lower)
    upper_turn = frame(upper_way, hinge) @ frame(lower - upper, rest_hinge).T
    lower_turn = frame(lower_way, hinge) @ frame(hand - lower, rest_hinge).T
    posed.put(f"clavicle_{side}", chest @ shrug)
    posed.put(f"upperarm_{side}", upper_turn)
    posed.put(f"lowerarm_{side}", lower_turn)
    hand_turn = lower_turn @ about(unit(hand - lower), twist)
    posed.put(f"hand_{side}", hand_turn)
    for number, share in (("01", 1 / 3), ("02", 2 / 3)):
        posed.put(f"upperarm_twist_{number}_{side}", upper_turn)
        posed.put(f"lowerarm_twist_{number}_{side}", lower_turn @ about(unit(hand - lower), share * twist))
    _pose_fingers(posed, side, hand_turn, times)


def _pose_fingers(posed: Pose, side: str, hand_turn: Array, times: Array) -> None:
    curl = np.radians(12.0) + np.radians(8.0) * np.sin(2 * np.pi * times / 1.6)
    for index, name in enumerate(posed.body.names):
        finger, _, rest = name.partition("_")
        if finger not in ("thumb", "index", "middle", "ring", "pinky") or not rest.endswith(f"_{side}"):
            continue
        joint = rest.partition("_")[0]
        if joint == "metacarpal" or (finger == "thumb" and joint == "01"):
            posed.put(name, hand_turn)
            continue
        parent = posed.body.names[posed.body.parents[index]]
        across = posed.body.axes[index][:, 2] * (1.0 if side == "l" else -1.0)
        posed.put(name, posed.turns[parent] @ about(across, curl if side == "l" else -curl))
