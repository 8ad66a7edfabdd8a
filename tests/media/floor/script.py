"""Scripted motion: the trunk by key poses, hands and feet by anchors that they keep or go between."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from aimocap_blender.motion.skeleton import Clip

from ..matrices import X_AXIS, Y_AXIS, Z_AXIS, Array, about, frame, quaternion_xyzw, transposed, turn, unit
from .figure import (
    BONES,
    FOREARM,
    HIP,
    HIP_DROP,
    JOINTS,
    PARENTS,
    SHIN,
    SHOULDER,
    SIDES,
    SLOTS,
    SURFACE,
    THIGH,
    UPPER_ARM,
    SurfacePoint,
    skeleton,
)

FPS = 30.0
SOFT = 0.002
"""Metres: how round the change from one resting point of the trunk to the next is where the floor carries it."""
STRAIGHT = 0.9985
"""Of a limb's length: who stretches further has left the script."""
TOUCHES = 0.005
"""Metres over the floor up to which what rolls on it touches it."""
LIFTINGS = 4
"""How often the ways of hands and feet are raised over what they would go through."""
TRUNK = ("hip", "waist", "chest", "shoulder", "head")
TURNS = ("pitch", "roll", "yaw", "twist", "bend", "lean", "nod")
BODY = {"fwd": 0.0, "up": 0.9, "left": 0.0, "carried": 0.0} | dict.fromkeys(TURNS, 0.0)
"""Of the middle between the hip joints: metres ahead, up and to the left; 1 where the floor carries the trunk, whatever
`up` says. Degrees by which the pelvis leans ahead and to the left, and turns to the left before and after that; by
which the chest leans ahead and to the left of it, and the head nods."""
LEVER = 0.3
"""Metres: where knees hold the pelvis, a turn of one radian counts as much as this way."""
APPROACHES = 8
"""Newton's steps from the scripted pelvis to the one that knees hold."""


@dataclass(frozen=True)
class Contact:
    """A point of the body that rests.

    Attributes:
        slot: of the joint.
        first, last: frames.
        height: of the joint over file zero, metres, the mean.
        level: of what it rests on over file zero, metres.
        other: the slot of the joint of the body that it rests on, or "".
        gap: metres between both joints then.
        rolls: the joint moves while its skin rests.
    """

    slot: str
    first: int
    last: int
    height: float
    level: float
    other: str = ""
    gap: float = 0.0
    rolls: bool = False


@dataclass(frozen=True)
class FloorClip:
    """A motion, and what rests when.

    Attributes:
        name: of the motion.
        clip: its arrays.
        contacts: in the order in which they begin.
        ledge: metres ahead from where on the floor is higher, and by how much; None if it is even.
        turns: bone to (F, 3, 3) from rest to pose, world axes.
    """

    name: str
    clip: Clip
    contacts: tuple[Contact, ...]
    ledge: tuple[float, float] | None
    turns: dict[str, Array]

    def path(self, slot: str) -> Array:
        """(F, 3) of a joint, metres."""
        return self.clip.positions[:, self.clip.skeleton.index(BONES[slot])]

    def surface(self) -> dict[str, tuple[Array, float]]:
        """Surface point to the path (F, 3) of its centre, and its radius, metres."""
        place = self.clip.skeleton.index
        return {
            point.name: (
                self.clip.positions[:, place(point.bone)] + turn(self.turns[point.bone], point.offset),
                point.radius,
            )
            for point in SURFACE
        }


@dataclass(frozen=True)
class Anchor:
    """A place for a wrist or an ankle.

    Attributes:
        space: "world", or "hips" and "chest": from that joint, in its axes at rest.
        point: (3,) metres.
        pole: (3,) direction in the same space that knee or elbow points to; the knee itself, if `knee`.
        turned: (3, 3) from rest, in the same space, or after the shin or forearm, if `follows`.
        follows: see there.
        knee: the knee stays, too.
        rests: slots without side that rest while this is kept, on `level`.
        level: metres over file zero.
    """

    space: str
    point: Array
    pole: Array
    turned: Array
    follows: bool = True
    knee: bool = False
    rests: tuple[str, ...] = ()
    level: float = 0.0


@dataclass(frozen=True)
class Kept:
    """An anchor from one second to another, and metres by which the way to it rises in between."""

    start: float
    stop: float
    anchor: Anchor
    lift: float


@dataclass
class Script:
    """A sequence of poses and contacts; `solved` makes a motion of it."""

    name: str
    seconds: float
    ledge: tuple[float, float] | None = None
    poses: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    limbs: dict[str, list[Kept]] = field(default_factory=dict)
    trunk: list[tuple[str, float, float, float]] = field(default_factory=list)
    touches: list[tuple[str, str, float, float]] = field(default_factory=list)

    def body(self, at: float, **values: float) -> None:
        """The trunk at a time; values not told stay as they were."""
        before = self.poses[-1][1] if self.poses else BODY
        self.poses.append((at, before | values))

    def limb(self, slot: str, start: float, stop: float, anchor: Anchor, lift: float = 0.0) -> None:
        """A hand or foot keeps an anchor."""
        self.limbs.setdefault(slot, []).append(Kept(start, stop, anchor, lift))

    def rest(self, slots: Sequence[str], start: float, stop: float, level: float = 0.0) -> None:
        """Points of the trunk rest."""
        self.trunk += [(slot, start, stop, level) for slot in slots]

    def touch(self, slot: str, other: str, start: float, stop: float) -> None:
        """A point rests on another of the body."""
        self.touches.append((slot, other, start, stop))


def solved(script: Script) -> FloorClip:
    """The motion of a script."""
    times = np.arange(round(script.seconds * FPS) + 1) / FPS
    posed = _Pose(times, script.ledge)
    tracks = _tracks(script, times)
    middle = np.stack([tracks["left"], -tracks["fwd"], tracks["up"]], axis=-1)
    pelvis = _pelvis(tracks)
    posed.put_trunk(middle, pelvis, tracks)
    middle[:, 2] += tracks["carried"] * _lift(posed)
    middle, pelvis = _over_knees(script, times, middle, pelvis)
    posed.put_trunk(middle, pelvis, tracks)
    for slot, kept in script.limbs.items():
        _put_limb(posed, slot, kept)
    rest = skeleton()
    axes = [posed.turns[name] @ rest.rest[number, :3, :3] for number, name in enumerate(rest.names)]
    xyzw = np.stack([quaternion_xyzw(each) for each in axes], axis=1)
    positions = np.stack([posed.heads[name] for name in rest.names], axis=1)
    clip = Clip(rest, times, FPS, positions, xyzw[..., [3, 0, 1, 2]])
    return FloorClip(script.name, clip, _contacts(script, posed), script.ledge, posed.turns)


def ground_under(points: Array, ledge: tuple[float, float] | None) -> Array:
    """Height of the floor under points (…, 3)."""
    if ledge is None:
        return np.zeros(points.shape[:-1])
    return np.where(-points[..., 1] > ledge[0], ledge[1], 0.0)


class _Pose:
    """Joints (F, 3) and turns from rest (F, 3, 3) in the world, by bone."""

    def __init__(self, times: Array, ledge: tuple[float, float] | None) -> None:
        self.times, self.ledge = times, ledge
        self.heads: dict[str, Array] = {}
        self.turns: dict[str, Array] = {}

    def put(self, bone: str, turned: Array) -> None:
        parent = PARENTS[bone]
        self.heads[bone] = self.heads[parent] + turn(self.turns[parent], JOINTS[bone] - JOINTS[parent])
        self.turns[bone] = turned

    def put_trunk(self, middle: Array, pelvis: Array, tracks: dict[str, Array]) -> None:
        self.heads["Hips"] = middle + turn(pelvis, np.array([0.0, 0.0, HIP_DROP]))
        self.turns["Hips"] = pelvis
        for bone, share in (("Spine", 0.5), ("Spine1", 1.0)):
            self.put(bone, pelvis @ about(Y_AXIS, share * tracks["lean"]) @ about(X_AXIS, share * tracks["bend"]))
        for bone, share in (("Neck", 0.5), ("Head", 1.0)):
            self.put(bone, self.turns["Spine1"] @ about(X_AXIS, share * tracks["nod"]))
        for side in SIDES:
            self.put(BONES[f"{side}_shoulder"], self.turns["Spine1"])
            self.put(BONES[f"{side}_upper_arm"], self.turns["Spine1"])
            self.put(BONES[f"{side}_upper_leg"], pelvis)

    def surface(self, point: SurfacePoint) -> Array:
        """(F, 3) of the middle of one of the surface's balls."""
        return self.heads[point.bone] + turn(self.turns[point.bone], point.offset)

    def placed(self, anchor: Anchor) -> tuple[Array, Array, Array]:
        """An anchor's point, pole and turn in the world over all frames."""
        count = len(self.times)
        if anchor.space == "world":
            place, turned = np.zeros((count, 3)), np.tile(np.eye(3), (count, 1, 1))
        else:
            bone = BONES[anchor.space]
            place, turned = self.heads[bone], self.turns[bone]
        pole = turn(turned, anchor.pole)
        return place + turn(turned, anchor.point), place + pole if anchor.knee else pole, turned @ anchor.turned


def _tracks(script: Script, times: Array) -> dict[str, Array]:
    at = np.array([moment for moment, _ in script.poses])
    tracks = {}
    for name in BODY:
        values = np.array([values[name] for _, values in script.poses])
        tracks[name] = _smooth(at, values, times)
        if name in TURNS:
            tracks[name] = np.radians(tracks[name])
    return tracks


def _smooth(at: Array, values: Array, times: Array) -> Array:
    """Monotone cubic curves through keys (Fritsch and Carlson); what doesn't change between two keys stays exactly."""
    if len(at) == 1:
        return np.full(len(times), values[0])
    gaps, steps = np.diff(at), np.diff(values)
    slopes = steps / gaps
    tangents = np.zeros(len(at))
    for key in range(1, len(at) - 1):
        before, after = slopes[key - 1], slopes[key]
        if before * after > 0.0:
            w, v = 2 * gaps[key] + gaps[key - 1], gaps[key] + 2 * gaps[key - 1]
            tangents[key] = (w + v) / (w / before + v / after)
    part = np.clip(np.searchsorted(at, times, side="right") - 1, 0, len(gaps) - 1)
    s = np.clip((times - at[part]) / gaps[part], 0.0, 1.0)
    eased = s * s * (3 - 2 * s) * steps[part]
    bent = (s * (1 - s) ** 2 * tangents[part] - s * s * (1 - s) * tangents[part + 1]) * gaps[part]
    return values[part] + eased + bent


def _eased(s: Array) -> Array:
    """From 0 to 1 without speed or acceleration at both ends."""
    s = np.clip(s, 0.0, 1.0)
    return s**3 * (10 - 15 * s + 6 * s * s)


def _pelvis(tracks: dict[str, Array]) -> Array:
    return (
        about(Z_AXIS, tracks["yaw"])
        @ about(X_AXIS, tracks["pitch"])
        @ about(Y_AXIS, tracks["roll"])
        @ about(Z_AXIS, tracks["twist"])
    )


def _lift(posed: _Pose) -> Array:
    """Metres (F,) by which the trunk must rise to rest on the floor, the change between its points rounded."""
    under = np.stack(
        [posed.surface(point)[:, 2] - point.radius for point in SURFACE if point.name.split()[-1] in TRUNK]
    )
    lowest = under.min(axis=0)
    return -lowest + SOFT * np.log(np.exp(-(under - lowest) / SOFT).sum(axis=0))


def _over_knees(script: Script, times: Array, middle: Array, pelvis: Array) -> tuple[Array, Array]:
    """Move and turn the pelvis least so that knees that stay are a thigh away from their hips."""
    knees = []
    for side in SIDES:
        share, knee = _knee(script.limbs[f"{side}_foot"], times)
        hip = JOINTS[BONES[f"{side}_upper_leg"]] - JOINTS["Hips"] + [0.0, 0.0, HIP_DROP]
        far = np.linalg.norm(middle + turn(pelvis, hip) - knee, axis=-1)
        knees.append((share > 0, knee, hip, far + share * (THIGH - far)))
    for _ in range(APPROACHES):
        rows, off = [], []
        for holds, knee, hip, goal in knees:
            arm = turn(pelvis, hip)
            away = middle + arm - knee
            way = np.where(holds[:, None], unit(away), 0.0)
            rows.append(np.concatenate([way, np.cross(arm, way) / LEVER], axis=-1))
            off.append(np.where(holds, goal - np.linalg.norm(away, axis=-1), 0.0))
        jacobian, wanted = np.stack(rows, axis=1), np.stack(off, axis=1)
        square = jacobian @ transposed(jacobian) + 1e-9 * np.eye(2)
        step = turn(transposed(jacobian), np.linalg.solve(square, wanted[..., None])[..., 0])
        middle = middle + step[:, :3]
        by = step[:, 3:] / LEVER
        angle = np.linalg.norm(by, axis=-1)
        pelvis = about(np.where(angle[:, None] > 1e-12, by, X_AXIS), angle) @ pelvis
    return middle, pelvis


def _knee(kept: Sequence[Kept], times: Array) -> tuple[Array, Array]:
    """How much (F,) a knee that stays holds the pelvis, and where it is (F, 3): 1 where it does, less on its way."""
    share, knee = np.zeros(len(times)), np.zeros((len(times), 3))
    for place, each in enumerate(kept):
        if each.anchor.knee:
            start = kept[place - 1].stop if place else -1.0
            stop = kept[place + 1].start if place + 1 < len(kept) else times[-1] + 1.0
            comes = _eased((times - start) / (each.start - start))
            goes = _eased((stop - times) / (stop - each.stop))
            here = (times > start) & (times < stop)
            share[here], knee[here] = np.minimum(comes, goes)[here], each.anchor.pole
    return share, knee


def _put_limb(posed: _Pose, slot: str, kept: list[Kept]) -> None:
    """Pose a limb, its way from anchor to anchor raised where its end would go through the floor."""
    side, end = slot.split("_")
    ends = [BONES[slot], BONES[f"{side}_{'toes' if end == 'foot' else 'middle_proximal'}"]]
    lifts = np.array([each.lift for each in kept])
    for _ in range(LIFTINGS):
        number, share = _pose_limb(posed, slot, kept, lifts)
        for point in (point for point in SURFACE if point.bone in ends):
            where = posed.surface(point)
            under = point.radius + ground_under(where, posed.ledge) - where[:, 2]
            for swing in range(1, len(kept)):
                moves = (number == swing) & (_bump(share) > 0.05)
                lifts[swing] += np.max(under[moves] / _bump(share[moves]), initial=0.0)


def _bump(share: Array) -> Array:
    return 4 * share * (1 - share)


def _pose_limb(posed: _Pose, slot: str, kept: list[Kept], lifts: Array) -> tuple[Array, Array]:
    """Pose a limb; return to which anchor it goes or went, and how far it is on its way, by frame."""
    side, end = slot.split("_")
    upper, lower = (BONES[f"{side}_{part}_{'leg' if end == 'foot' else 'arm'}"] for part in ("upper", "lower"))
    lengths = (THIGH, SHIN) if end == "foot" else (UPPER_ARM, FOREARM)
    hip = posed.heads[upper]
    goal, across, number, share, ends = _goals(posed, slot, hip, kept, lifts)
    knee = _bent(hip, goal, across, lengths)
    hinge = np.cross(across, goal - hip)
    rest_hinge = np.array(X_AXIS if end == "foot" else Z_AXIS) * (-1.0 if slot == "left_hand" else 1.0)
    turns = []
    for bone, way, (a, b) in ((upper, knee - hip, (upper, lower)), (lower, goal - knee, (lower, BONES[slot]))):
        turned = frame(way, hinge) @ frame(JOINTS[b] - JOINTS[a], rest_hinge).T
        turns.append(turned)
        posed.put(bone, turned)
    hand = _between(*(np.where(follows, turns[1] @ turned, turned) for turned, follows in ends), share)
    if end == "hand":  # half of a hand's twist is the forearm's
        along = unit(JOINTS[BONES[slot]] - JOINTS[lower])
        posed.put(lower, turns[1] @ about(along, 0.5 * _twist(transposed(turns[1]) @ hand, along)))
    posed.put(BONES[slot], hand)
    posed.put(BONES[f"{side}_{'toes' if end == 'foot' else 'middle_proximal'}"], hand)
    return number, share


def _goals(
    posed: _Pose, slot: str, hip: Array, kept: list[Kept], lifts: Array
) -> tuple[Array, Array, Array, Array, list[tuple[Array, Array]]]:
    """Where wrist or ankle goes, to which side the limb is bent, and between which turns the end goes.

    Between two anchors the limb swings about its first joint.
    """
    most = STRAIGHT * (THIGH + SHIN if slot.endswith("foot") else UPPER_ARM + FOREARM)
    count = len(posed.times)
    goal, side = np.empty((count, 3)), np.empty((count, 3))
    number, share = np.zeros(count, dtype=int), np.ones(count)
    ends = [(np.empty((count, 3, 3)), np.zeros((count, 1, 1), dtype=bool)) for _ in range(2)]
    for place, each in enumerate(kept):
        before = kept[place - 1] if place else each
        start = before.stop if place else -1.0
        here = posed.times > start
        s = _eased((posed.times[here] - start) / (each.start - start)) if place else share[here]
        ways, sides = [], []
        for one, (turned, follows) in zip((before, each), ends, strict=True):
            point, pole, own = (part[here] for part in posed.placed(one.anchor))
            ways.append(point - hip[here])
            sides.append(_across(unit(ways[-1]), pole - hip[here] if one.anchor.knee else pole))
            turned[here] = one.anchor.turned if one.anchor.follows else own
            follows[here] = one.anchor.follows
        far = [np.linalg.norm(way, axis=-1) for way in ways]
        kept_here = (s == 1.0) & (posed.times[here] <= each.stop)
        if np.any(far[1][kept_here] > most):
            raise ValueError(
                f"{slot} is {far[1][kept_here].max() - most:.3f} m too short in {each.start} to {each.stop} s"
            )
        far = [np.minimum(distance, most) for distance in far]
        along = _towards(unit(ways[0]), unit(ways[1]), s)
        goal[here] = hip[here] + ((1 - s) * far[0] + s * far[1])[:, None] * along
        goal[here, 2] += lifts[place] * _bump(s)
        away = goal[here] - hip[here]
        along = unit(away)
        goal[here] = hip[here] + np.minimum(np.linalg.norm(away, axis=-1), most)[:, None] * along
        first, second = (_across(along, _carried(unit(way), along, one)) for way, one in zip(ways, sides, strict=True))
        angle = np.unwrap(np.arctan2(np.sum(np.cross(first, second) * along, axis=-1), np.sum(first * second, axis=-1)))
        side[here] = turn(about(along, s * angle), first)
        number[here], share[here] = place, s
    return goal, side, number, share, ends


def _across(along: Array, pole: Array) -> Array:
    return unit(pole - np.sum(pole * along, axis=-1, keepdims=True) * along)


def _arc(first: Array, second: Array) -> tuple[Array, Array]:
    """Axis and radians of the shortest turn from directions (F, 3) to others."""
    axis = np.cross(first, second)
    sine = np.linalg.norm(axis, axis=-1)
    axis = np.where(sine[:, None] > 1e-9, axis, X_AXIS)
    return axis, np.arctan2(sine, np.sum(first * second, axis=-1))


def _towards(first: Array, second: Array, share: Array) -> Array:
    axis, angle = _arc(first, second)
    return turn(about(axis, share * angle), first)


def _carried(first: Array, second: Array, vector: Array) -> Array:
    axis, angle = _arc(first, second)
    return turn(about(axis, angle), vector)


def _bent(hip: Array, goal: Array, across: Array, lengths: tuple[float, float]) -> Array:
    """The middle joint of a limb that is bent to a side."""
    upper, lower = lengths
    far = np.linalg.norm(goal - hip, axis=-1, keepdims=True)
    reach = (upper**2 - lower**2 + far**2) / (2 * far)
    return hip + reach * (goal - hip) / far + np.sqrt(upper**2 - reach**2) * across


def _between(first: Array, second: Array, share: Array) -> Array:
    """Turns (F, 3, 3) on the shortest way from one to another."""
    x, y, z, w = np.moveaxis(quaternion_xyzw(transposed(first) @ second), -1, 0)
    axis = np.stack([x, y, z], axis=-1)
    sine = np.linalg.norm(axis, axis=-1)
    angle = 2 * np.arctan2(sine, np.abs(w)) * np.where(w < 0, -1.0, 1.0)
    return first @ about(np.where(sine[:, None] > 1e-9, axis, X_AXIS), share * angle)


def _twist(turned: Array, axis: Array) -> Array:
    """Radians (F,) by which turns go about an axis."""
    xyzw = quaternion_xyzw(turned)
    return np.unwrap(2 * np.arctan2(xyzw[:, :3] @ axis, xyzw[:, 3]))


def _contacts(script: Script, posed: _Pose) -> tuple[Contact, ...]:
    spans = [(*span, False) for span in script.trunk]
    for slot, kept in script.limbs.items():
        side = slot.split("_")[0]
        for each in kept:
            spans += [(f"{side}_{part}", each.start, each.stop, each.anchor.level, False) for part in each.anchor.rests]
    carried = _tracks(script, posed.times)["carried"] == 1.0
    for slot, radius in (("upper_leg", HIP), ("upper_arm", SHOULDER)):
        for side in SIDES:
            low = posed.heads[BONES[f"{side}_{slot}"]][:, 2] - radius < TOUCHES
            spans += [
                (f"{side}_{slot}", posed.times[first], posed.times[stop - 1], 0.0, True)
                for first, stop in np.flatnonzero(np.diff([False, *(carried & low), False])).reshape(-1, 2)
            ]
    found = []
    for slot, start, stop, level, rolls in spans:
        first, last = _frames(posed, start, stop)
        height = float(posed.heads[BONES[slot]][first : last + 1, 2].mean())
        found.append(Contact(slot, first, last, height, level, rolls=rolls))
    for slot, other, start, stop in script.touches:
        first, last = _frames(posed, start, stop)
        a, b = (posed.heads[BONES[each]][first : last + 1] for each in (slot, other))
        gap = float(np.linalg.norm(a - b, axis=-1).mean())
        found.append(Contact(slot, first, last, float(a[:, 2].mean()), 0.0, other, gap))
    return tuple(sorted(found, key=lambda contact: (contact.first, list(SLOTS.values()).index(contact.slot))))


def _frames(posed: _Pose, start: float, stop: float) -> tuple[int, int]:
    last = len(posed.times) - 1
    return max(0, int(np.ceil(start * FPS - 1e-6))), min(last, int(np.floor(stop * FPS + 1e-6)))
