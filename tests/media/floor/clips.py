"""Scripted motion of a body that rests on more than its feet: `floor_clip(name)` for a name of `NAMES`.

Told in seconds, metres and degrees; ahead is -Y, left is +X.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from ..matrices import X_AXIS, Z_AXIS, Array, about, turn
from .figure import ANKLE, BONES, HIP, JOINTS, KNEE, PALM, SHIN, SIDES, SURFACE
from .script import Anchor, FloorClip, Script, solved

AHEAD, BACK, UP, DOWN = (
    np.array(way) for way in ((0.0, -1.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0))
)
LIES = 147.6
"""Degrees that a foot is turned down whose instep lies on the floor, the shin too."""
BAR = 2.25
LEDGE = 1.0
CHAIR = 0.45
TABLE = 0.92


def _out(side: str) -> Array:
    return np.array([1.0 if side == "left" else -1.0, 0.0, 0.0])


def _place(side: str, fwd: float, out: float, up: float) -> Array:
    return np.array([0.0, -fwd, up]) + out * _out(side)


def _foot(
    side: str,
    fwd: float,
    out: float = 0.1,
    pitch: float = 0.0,
    level: float = 0.0,
    rests: tuple[str, ...] = ("foot", "toes"),
    knee: Array = AHEAD,
) -> Anchor:
    """An ankle where the lowest of its foot, toes down by `pitch`, is on the floor; `knee` is where that points to."""
    turned = about(X_AXIS, np.radians(pitch))
    under = [
        turn(turned, JOINTS[point.bone] - JOINTS[BONES[f"{side}_foot"]] + point.offset)[2] - point.radius
        for point in SURFACE
        if point.bone in (BONES[f"{side}_foot"], BONES[f"{side}_toes"])
    ]
    turned = about(Z_AXIS, np.radians(8.0) * _out(side)[0]) @ turned
    place = _place(side, fwd, out, level - min(under))
    return Anchor("world", place, turn(turned, knee), turned, follows=False, rests=rests, level=level)


def _knee(side: str, fwd: float, out: float = 0.1, level: float = 0.0) -> Anchor:
    """A knee on the floor, the shin behind it, the instep on the floor."""
    knee = _place(side, fwd, out, level + KNEE)
    turned = about(X_AXIS, np.radians(LIES))
    shin = np.sqrt(SHIN**2 - (KNEE - ANKLE) ** 2) * BACK + (KNEE - ANKLE) * DOWN
    return Anchor("world", knee + shin, knee, turned, False, True, ("lower_leg", "foot", "toes"), level)


def _hand(
    side: str, fwd: float, out: float, pole: Array, fingers: Array = AHEAD, palm: Array = DOWN, level: float = 0.0
) -> Anchor:
    """A hand flat on something, its wrist at a place."""
    place, turned = _place(side, fwd, out, level + PALM), _hand_turn(side, fingers, palm)
    return Anchor("world", place, pole, turned, follows=False, rests=("hand",), level=level)


def _hand_turn(side: str, fingers: Array, palm: Array) -> Array:
    along = fingers * _out(side)[0]
    return np.stack([along, np.cross(-palm, along), -palm], axis=-1)


def _free_hand(side: str, fwd: float, out: float, up: float, pole: Array = BACK, space: str = "chest") -> Anchor:
    """A wrist that moves with the chest or the hips, the hand along the forearm."""
    return Anchor(space, _place(side, fwd, out, up), pole, np.eye(3))


def _free_foot(side: str, fwd: float, out: float, up: float, pitch: float, pole: Array = AHEAD) -> Anchor:
    """An ankle that moves with the hips, the foot down by `pitch` against the shin."""
    return Anchor("hips", _place(side, fwd, out, up), pole, about(X_AXIS, np.radians(pitch)))


def _hanging(side: str) -> Anchor:
    return _free_hand(side, 0.04, 0.25, -0.295)


def _stand(script: Script, stop: float, left: float, right: float, knee: Array = AHEAD) -> None:
    """From the first frame, arms down, feet on the floor up to times of their own."""
    script.body(0.0)
    script.body(stop)
    for side, lifted in zip(SIDES, (left, right), strict=True):
        script.limb(f"{side}_foot", 0.0, lifted, _foot(side, 0.0, knee=knee))
        script.limb(f"{side}_hand", 0.0, stop, _hanging(side))


def crawl() -> Script:
    """On hands and knees, a hand and the other knee at a time."""
    script = Script("crawl", 5.6)
    stride, cycle, swing, cycles, begin = 0.3, 1.2, 0.48, 4, 0.4
    script.body(0.0, up=KNEE + 0.415, pitch=87.0, bend=-2.0, nod=-50.0)
    script.body(begin)
    for step in range(2 * cycles):
        after = 0.5 * cycle * step + swing / 2
        script.body(begin + after, fwd=after / cycle * stride, twist=10.0 if step % 2 else -10.0)
    script.body(begin + cycles * cycle, fwd=cycles * stride, twist=0.0)
    for phase, (side, other) in enumerate((SIDES, SIDES[::-1])):
        start = place = 0.0
        for step in range(cycles + 1):
            stop = begin + cycle * (step + 0.5 * phase) if step < cycles else script.seconds
            hand = _hand(side, place + 0.58, 0.19, pole=BACK + 0.6 * _out(side))
            script.limb(f"{side}_hand", start, stop, hand, lift=0.05)
            script.limb(f"{other}_foot", start, stop, _knee(other, place + 0.05))
            if step < cycles:
                over = _free_foot(other, 0.33, 0.1, -0.25, LIES - 90.0, AHEAD + 0.4 * UP)
                script.limb(f"{other}_foot", stop + swing / 2, stop + swing / 2, over)
            start, place = stop + swing, place + stride * (0.5 if step == phase == 0 else 1.0)
    return script


def roll() -> Script:
    """A forward roll from standing to standing."""
    script = Script("roll", 4.4)
    _stand(script, 0.3, 1.2, 1.2)
    script.body(0.9, fwd=-0.14, up=0.40, pitch=66.0, bend=32.0, nod=0.0)
    script.body(1.3, fwd=0.14, up=0.73, pitch=94.0, bend=48.0, nod=58.0)
    script.body(1.6, fwd=0.42, up=0.62, pitch=132.0, bend=62.0, nod=58.0, carried=1.0)
    script.body(2.05, fwd=0.93, up=0.3, pitch=212.0, bend=70.0, nod=50.0)
    script.body(2.4, fwd=1.20, up=0.1, pitch=286.0, bend=62.0, nod=35.0, carried=1.0)
    script.body(2.75, fwd=1.36, up=0.17, pitch=364.0, bend=50.0, nod=10.0, carried=0.0)
    script.body(3.1, fwd=1.46, up=0.36, pitch=408.0, bend=25.0, nod=-10.0)
    script.body(4.0, fwd=1.60, up=0.9, pitch=360.0, bend=0.0, nod=0.0)
    for side in SIDES:
        script.limb(f"{side}_hand", 0.9, 1.6, _hand(side, 0.40, 0.22, pole=BACK + 0.8 * _out(side)), 0.05)
        beside = Anchor("chest", _place(side, 0.40, 0.26, 0.2), BACK + _out(side), _hand_turn(side, UP, AHEAD), False)
        script.limb(f"{side}_hand", 1.95, 1.95, beside)
        script.limb(f"{side}_hand", 2.35, 2.4, _free_hand(side, 0.42, 0.16, -0.02))
        script.limb(f"{side}_hand", 3.0, 3.1, _free_hand(side, 0.4, 0.2, 0.05))
        script.limb(f"{side}_hand", 4.0, 4.4, _hanging(side))
        script.limb(f"{side}_foot", 1.75, 2.25, _free_foot(side, 0.34, 0.1, -0.24, 20.0))
        script.limb(f"{side}_foot", 2.65, 4.4, _foot(side, 1.6))
    return script


def sit() -> Script:
    """Down to the floor: a squat, then hands and seat at once, then upright with hands on the knees."""
    script = Script("sit", 4.4)
    _stand(script, 0.3, 4.4, 4.4, AHEAD + UP)
    script.body(1.1, fwd=-0.26, up=0.42, pitch=42.0, nod=-25.0)
    script.body(1.75, fwd=-0.44, up=HIP, pitch=-32.0, nod=15.0)
    script.body(2.5)
    script.body(3.2, pitch=-8.0, bend=14.0, nod=-4.0)
    script.body(4.4)
    script.rest(["left_upper_leg", "right_upper_leg"], 1.75, 4.4)
    for side in SIDES:
        script.limb(f"{side}_hand", 1.1, 1.1, _free_hand(side, 0.38, 0.2, 0.0))
        behind = _hand(side, -0.83, 0.26, pole=BACK + 0.3 * _out(side), fingers=_out(side))
        script.limb(f"{side}_hand", 1.75, 2.4, behind)
        script.limb(f"{side}_hand", 3.2, 4.4, _free_hand(side, 0.30, 0.14, 0.38, DOWN + 0.5 * _out(side), "hips"), 0.04)
    return script


def chair() -> Script:
    """Down to a chair, and up again."""
    script = Script("chair", 4.0)
    _stand(script, 0.3, 4.0, 4.0)
    script.body(0.9, fwd=-0.2, up=0.72, pitch=38.0, nod=-20.0)
    script.body(1.5, fwd=-0.40, up=CHAIR + HIP, pitch=12.0, nod=-5.0)
    script.body(2.0, pitch=-6.0, nod=4.0)
    script.body(2.5)
    script.body(2.9, pitch=40.0, nod=-25.0)
    script.body(3.3, fwd=-0.16, up=0.74, pitch=34.0, nod=-15.0)
    script.body(3.9, fwd=0.0, up=0.9, pitch=0.0, nod=0.0)
    script.rest(["left_upper_leg", "right_upper_leg"], 1.5, 2.9, level=CHAIR)
    for side in SIDES:
        script.limb(f"{side}_hand", 1.4, 2.7, _free_hand(side, 0.30, 0.13, 0.06, BACK + 0.6 * _out(side), "hips"))
        script.limb(f"{side}_hand", 3.9, 4.0, _hanging(side))
    return script


def kneel() -> Script:
    """One knee, the other, upright; then back onto the heels."""
    script = Script("kneel", 4.4)
    _stand(script, 0.3, 1.4, 0.3)
    script.body(1.2, fwd=-0.36, up=KNEE + 0.418, pitch=8.0, nod=15.0)
    script.body(1.4)
    script.body(2.2, fwd=-0.38, up=KNEE + 0.418, pitch=0.0, nod=0.0)
    script.body(2.7)
    script.body(3.4, fwd=-0.68, up=KNEE + 0.29, pitch=14.0, nod=-10.0)
    script.body(4.4)
    script.limb("left_foot", 1.75, 1.75, _foot("left", -0.36, pitch=50.0, level=0.08, rests=()))
    script.limb("right_foot", 0.75, 0.75, _foot("right", -0.55, pitch=80.0, rests=()))
    for side, start in zip(SIDES, (2.15, 1.15), strict=True):
        script.limb(f"{side}_foot", start, 4.4, _knee(side, -0.38))
        script.limb(f"{side}_hand", 2.7, 2.7, _hanging(side))
        script.limb(f"{side}_hand", 3.4, 4.4, _free_hand(side, 0.30, 0.13, 0.08, BACK + 0.6 * _out(side), "hips"))
    return script


def _supine(script: Script, stop: float, seat: float) -> None:
    """From the first frame on the back, arms beside the body."""
    script.body(0.0, up=HIP, pitch=-91.1, nod=8.0)
    script.body(stop)
    script.rest(["left_upper_leg", "right_upper_leg"], 0.0, seat)
    script.rest(["left_upper_arm", "right_upper_arm", "head"], 0.0, stop)
    for side in SIDES:
        script.limb(f"{side}_foot", 0.0, stop, _foot(side, 0.82, 0.13, -72.0, rests=("foot",)))
        script.limb(f"{side}_hand", 0.0, stop, _hand(side, 0.0, 0.29, pole=_out(side)))


def lie() -> Script:
    """On the back, over the side, and face down."""
    script = Script("lie", 4.8)
    _supine(script, 1.0, 1.0)
    script.body(1.9, carried=0.0)
    script.body(2.0, carried=1.0)
    script.body(3.2, left=0.35, twist=180.0, nod=-8.0)
    script.body(3.3, carried=0.0)
    script.body(4.8)
    script.rest([f"{side}_{part}" for side in SIDES for part in ("upper_leg", "upper_arm")], 3.3, 4.8)
    over = about(Z_AXIS, np.pi)
    for side in SIDES:
        sign = _out(side)[0]
        arm = _hand(side, -1.03, 0.35 * sign - 0.2, pole=-_out(side), fingers=BACK)
        leg = Anchor(
            "world", _place(side, 0.82, 0.35 * sign - 0.1, ANKLE), _out(side), over @ about(X_AXIS, np.radians(LIES))
        )
        script.limb(f"{side}_hand", 1.45, 1.45, _free_hand(side, 0.46, 0.2, 0.24, _out(side)))
        script.limb(f"{side}_hand", 2.0, 2.7, _free_hand(side, 0.0, 0.14, 0.72, -_out(side)), 0.05)
        script.limb(f"{side}_hand", 3.3, 4.8, arm)
        script.limb(f"{side}_foot", 2.0, 2.7, _free_foot(side, 0.03, 0.1, -0.861, 57.6))
        script.limb(f"{side}_foot", 3.3, 4.8, replace(leg, follows=False, rests=("foot", "toes")))
    return script


def get_up() -> Script:
    """From the back: sits up on hands, draws the feet in, squats, stands."""
    script = Script("get_up", 4.6)
    _supine(script, 0.6, 2.1)
    script.body(1.5, pitch=-38.0, bend=6.0, nod=12.0)
    script.body(2.1)
    script.body(2.8, fwd=0.26, up=0.34, pitch=46.0, bend=10.0, nod=-20.0)
    script.body(3.1)
    script.body(4.1, fwd=0.44, up=0.9, pitch=0.0, bend=0.0, nod=0.0)
    for side in SIDES:
        behind = _hand(side, -0.36, 0.26, pole=BACK + 0.3 * _out(side), fingers=_out(side))
        script.limb(f"{side}_hand", 1.45, 2.1, behind, lift=0.14)
        script.limb(f"{side}_hand", 2.9, 3.0, _free_hand(side, 0.38, 0.2, 0.0))
        script.limb(f"{side}_hand", 4.0, 4.6, _hanging(side))
        script.limb(f"{side}_foot", 1.7, 4.6, _foot(side, 0.44), 0.05)
    return script


def cartwheel() -> Script:
    """To the left: a step, left hand, right hand, right foot, left foot."""
    script = Script("cartwheel", 3.6)
    script.body(0.0)
    script.body(0.3)
    script.body(0.8, left=0.36, up=0.83, roll=22.0, lean=10.0)
    script.body(1.05, left=0.66, up=0.80, roll=72.0, lean=16.0)
    script.body(1.25, left=0.95, up=0.86, roll=112.0, lean=10.0)
    script.body(1.45, left=1.32, up=1.03, roll=165.0, lean=0.0)
    script.body(1.65, left=1.62, up=1.03, roll=198.0)
    script.body(1.85, left=2.02, up=0.86, roll=248.0, lean=-10.0)
    script.body(2.05, left=2.28, up=0.80, roll=288.0, lean=-16.0)
    script.body(2.35, left=2.56, up=0.83, roll=338.0, lean=-10.0)
    script.body(2.9, left=2.7, up=0.88, roll=360.0, lean=0.0)
    script.body(3.6)
    for side, leaves, start, stop, place in (("left", 0.72, 1.22, 1.58, 1.33), ("right", 1.0, 1.52, 1.86, -1.72)):
        up = _free_hand(side, 0.0, 0.26, 0.69, _out(side))
        script.limb(f"{side}_hand", 0.0, 0.1, _hanging(side))
        script.limb(f"{side}_hand", 0.7, leaves, up)
        script.limb(f"{side}_hand", start, stop, _hand(side, 0.0, place, pole=AHEAD, fingers=BACK))
        script.limb(f"{side}_hand", 2.2, 2.3, up)
        script.limb(f"{side}_hand", 3.0, 3.6, _hanging(side))
    script.limb("left_foot", 0.0, 0.3, _foot("left", 0.0))
    script.limb("left_foot", 0.7, 1.1, _foot("left", 0.0, 0.42), lift=0.08)
    script.limb("right_foot", 0.0, 0.66, _foot("right", 0.0))
    for side, start, place in (("left", 2.45, 2.95), ("right", 2.02, -2.45)):
        script.limb(f"{side}_foot", 1.45, 1.6, _free_foot(side, 0.0, 0.38, -0.80, 25.0))
        script.limb(f"{side}_foot", start, 3.6, _foot(side, 0.0, place))
    return script


def climb() -> Script:
    """Onto a ledge: hands, a push, a knee, a foot, and up."""
    script = Script("climb", 5.4, ledge=(0.45, LEDGE))
    _stand(script, 0.3, 1.45, 1.45)
    script.body(0.8, pitch=8.0)
    script.body(1.3, fwd=0.0, up=0.74, pitch=26.0, nod=-20.0)
    script.body(1.6, fwd=0.10, up=0.98, pitch=34.0)
    script.body(2.1, fwd=0.12, up=1.30, pitch=70.0, bend=4.0, nod=-30.0)
    script.body(2.45, fwd=0.13, up=1.39, pitch=80.0, nod=-40.0)
    script.body(2.8, fwd=0.24, up=1.36)
    script.body(3.4, fwd=0.42, up=1.44, pitch=90.0)
    script.body(4.0, fwd=0.64, up=1.50, pitch=56.0, nod=-20.0)
    script.body(4.9, fwd=0.76, up=1.9, pitch=0.0, bend=0.0, nod=0.0)
    script.body(5.4)
    for side in SIDES:
        hand = _hand(side, 0.66, 0.2, pole=BACK + 0.6 * _out(side), level=LEDGE)
        script.limb(f"{side}_hand", 0.85, 0.85, _free_hand(side, 0.40, 0.2, 0.1, DOWN))
        script.limb(f"{side}_hand", 1.25, 3.4, hand)
        script.limb(f"{side}_hand", 4.2, 4.2, _free_hand(side, 0.2, 0.24, -0.25))
        script.limb(f"{side}_hand", 4.9, 5.4, _hanging(side))
        script.limb(f"{side}_foot", 1.9, 2.0 if side == "left" else 2.6, _free_foot(side, -0.10, 0.1, -0.78, 35.0))
    drawn = Anchor("world", _place("left", 0.10, 0.14, 1.12), AHEAD, np.eye(3))
    script.limb("left_foot", 2.45, 2.5, drawn)
    script.limb("left_foot", 2.8, 3.6, replace(_knee("left", 0.54, 0.12, LEDGE), rests=("lower_leg",)))
    drawn = Anchor("world", _place("left", 0.42, 0.22, 1.2), AHEAD + 0.5 * _out("left"), np.eye(3))
    script.limb("left_foot", 4.0, 4.0, drawn)
    script.limb("left_foot", 4.4, 5.4, _foot("left", 0.74, level=LEDGE))
    drawn = Anchor("world", _place("right", 0.24, 0.26, 1.18), AHEAD + 0.5 * _out("right"), np.eye(3))
    script.limb("right_foot", 3.0, 3.0, drawn)
    script.limb("right_foot", 3.35, 5.4, _foot("right", 0.74, level=LEDGE))
    return script


def hang() -> Script:
    """A jump to a bar, three swings."""
    script = Script("hang", 5.0)
    _stand(script, 0.3, 0.9, 0.9)
    script.body(0.8, fwd=-0.04, up=0.68, pitch=24.0, nod=-30.0)
    script.body(1.2, fwd=0.07, up=1.235, pitch=0.0, nod=-20.0)
    below = 0.525 + 0.51  # from the bar to the shoulders, and on to the hip joints
    for half, degrees in enumerate((0.0, 16.0, -20.0, 22.0, -22.0, 20.0, -16.0, 8.0)):
        ahead, down = below * np.sin(np.radians(degrees)), below * np.cos(np.radians(degrees))
        script.body(1.4 + 0.5 * half, fwd=0.1 + ahead, up=BAR - down, pitch=-degrees, nod=0.0)
    for side in SIDES:
        place, turned = _place(side, 0.1, 0.22, BAR), _hand_turn(side, UP, AHEAD)
        bar = Anchor("world", place, _out(side) + 0.5 * AHEAD, turned, follows=False, rests=("hand",), level=BAR)
        script.limb(f"{side}_hand", 1.15, 5.0, bar)
        script.limb(f"{side}_foot", 1.5, 5.0, _free_foot(side, -0.06, 0.08, -0.83, 40.0))
    return script


def clap() -> Script:
    """Fast claps, and one that is held."""
    script = Script("clap", 4.0)
    _stand(script, 0.2, 4.0, 4.0)
    for side in SIDES:

        def palm(apart: float, side: str = side) -> Anchor:
            fingers = 0.8 * AHEAD + 0.6 * UP
            pole = 0.6 * _out(side) + 0.8 * DOWN
            turned = _hand_turn(side, fingers, -_out(side))
            return Anchor("chest", _place(side, 0.30, apart / 2, 0.04), pole, turned, False)

        beats = [(1.0 + 0.3 * beat, 1.0 + 0.3 * beat + 1 / 30) for beat in range(5)] + [(2.6, 3.5)]
        for number, (start, stop) in enumerate(beats):
            before = beats[number - 1][1] if number else 0.7
            script.limb(f"{side}_hand", (start + before) / 2, (start + before) / 2, palm(0.24))
            script.limb(f"{side}_hand", start, stop, palm(2 * PALM))
            if side == "left":
                script.touch("left_hand", "right_hand", start, stop)
        script.limb(f"{side}_hand", 3.95, 4.0, palm(0.24))
    return script


def hands_on_hips() -> Script:
    """Hands on the sides of the pelvis while the trunk turns and leans."""
    script = Script("hands_on_hips", 3.6)
    _stand(script, 0.2, 3.6, 3.6)
    script.body(1.2)
    script.body(1.7, yaw=12.0, lean=10.0, bend=6.0)
    script.body(2.3, yaw=-12.0, lean=-10.0, bend=-4.0)
    script.body(2.9, yaw=0.0, lean=0.0, bend=0.0)
    for side in SIDES:
        fingers = 0.8 * AHEAD + 0.6 * DOWN
        across = np.cross(fingers, np.cross(-_out(side), fingers))
        hand = Anchor(
            "hips", _place(side, -0.02, 0.19, 0.06), _out(side) + 0.4 * BACK, _hand_turn(side, fingers, across), False
        )
        script.limb(f"{side}_hand", 1.0, 3.2, hand)
        script.touch(f"{side}_hand", "hips", 1.0, 3.2)
    return script


def push_up() -> Script:
    """On hands and toes, down and up twice."""
    script = Script("push_up", 4.0)
    away = 0.815  # from the ankles to the hip joints
    high, low = (
        {
            "fwd": away * np.cos(slope),
            "up": 0.16 + away * np.sin(slope),
            "pitch": 90.0 - np.degrees(slope),
            "nod": -25.0,
        }
        for slope in np.radians([16.0, 2.5])
    )
    for moment, pose in (
        (0.0, high),
        (0.4, high),
        (1.1, low),
        (1.3, low),
        (2.0, high),
        (2.2, high),
        (2.9, low),
        (3.6, high),
    ):
        script.body(moment, **pose)
    script.body(4.0)
    for side in SIDES:
        script.limb(f"{side}_foot", 0.0, 4.0, _foot(side, 0.0, 0.095, 72.0, rests=("toes",)))
        script.limb(f"{side}_hand", 0.0, 4.0, _hand(side, 1.24, 0.25, pole=BACK + 0.8 * _out(side)))
    return script


def sit_up() -> Script:
    """On the back, knees up, hands beside the head; up to the knees and down twice."""
    script = Script("sit_up", 4.4)
    low, high = {"pitch": -91.1, "bend": 0.0, "nod": 8.0}, {"pitch": -35.0, "bend": 42.0, "nod": 16.0}
    for moment, pose in ((0.0, low), (0.4, low), (1.3, high), (1.5, high), (2.3, low), (2.5, low), (3.4, high)):
        script.body(moment, up=HIP, **pose)
    script.body(4.4, **low)
    script.rest(["left_upper_leg", "right_upper_leg"], 0.0, 4.4)
    for start, stop in ((0.0, 0.4), (2.3, 2.5)):
        script.rest(["left_upper_arm", "right_upper_arm"], start, stop)
    for side in SIDES:
        script.limb(f"{side}_foot", 0.0, 4.4, _foot(side, 0.42, 0.13, knee=AHEAD + UP))
        script.limb(f"{side}_hand", 0.0, 4.4, _free_hand(side, 0.14, 0.13, 0.26, _out(side)))
    return script


def handstand() -> Script:
    """On the hands, legs together, apart, and together again."""
    script = Script("handstand", 4.0)
    for half, sway in enumerate((0.0, 2.0, -2.0, 2.0, -1.0, 1.0, -2.0, 0.0, 0.0)):
        script.body(0.5 * half, up=1.03, pitch=180.0 + sway, nod=-25.0)
    for side in SIDES:
        along = 1.0 if side == "left" else -1.0
        together, apart = (_free_foot(side, fwd, 0.1, -0.81, 40.0) for fwd in (0.02, 0.3 * along))
        script.limb(f"{side}_hand", 0.0, 4.0, _hand(side, 0.0, 0.22, pole=_out(side) + BACK))
        script.limb(f"{side}_foot", 0.0, 1.2, together)
        script.limb(f"{side}_foot", 2.0, 2.2, replace(apart, point=0.92 * apart.point))
        script.limb(f"{side}_foot", 3.2, 4.0, together)
    return script


def one_knee() -> Script:
    """Down on one knee, the other foot standing all the time, and up."""
    script = Script("one_knee", 4.4)
    _stand(script, 0.3, 0.3, 0.6)
    script.body(0.9, fwd=0.2, up=0.75, pitch=5.0)
    script.body(1.6, fwd=0.14, up=KNEE + 0.418, pitch=4.0)
    script.body(3.0, pitch=8.0, bend=6.0)
    script.body(4.1, fwd=0.4, up=0.9, pitch=0.0, bend=0.0)
    script.body(4.4)
    script.limb("left_foot", 0.85, 4.4, _foot("left", 0.45), lift=0.08)
    script.limb("right_foot", 1.6, 3.0, _knee("right", 0.14))
    script.limb("right_foot", 3.9, 4.4, _foot("right", 0.4), lift=0.06)
    return script


def table() -> Script:
    """Both hands onto a table, leaning on it while the trunk turns; and away."""
    script = Script("table", 4.0)
    _stand(script, 0.3, 4.0, 4.0)
    script.body(1.0, fwd=-0.06, up=0.88, pitch=28.0, nod=-10.0)
    script.body(1.8, pitch=34.0, bend=8.0)
    script.body(2.6, pitch=24.0, bend=0.0, yaw=6.0)
    script.body(3.6, fwd=0.0, up=0.9, pitch=0.0, yaw=0.0, nod=0.0)
    script.body(4.0)
    for side in SIDES:
        script.limb(f"{side}_hand", 1.0, 2.6, _hand(side, 0.42, 0.22, pole=BACK + 0.6 * _out(side), level=TABLE))
        script.limb(f"{side}_hand", 3.6, 4.0, _hanging(side))
    return script


def lunge() -> Script:
    """A step ahead, down onto the other knee whose foot stands on its ball, a hand on the floor; and back."""
    script = Script("lunge", 4.4)
    _stand(script, 0.3, 4.4, 0.3)
    script.body(0.8, fwd=0.30, up=0.74)
    script.body(1.5, fwd=0.34, up=0.40, pitch=74.0, bend=18.0, nod=-30.0)
    script.body(2.4)
    script.body(3.2, fwd=0.30, up=0.74, pitch=10.0, bend=0.0, nod=0.0)
    script.body(3.9, fwd=0.0, up=0.9, pitch=0.0)
    script.body(4.4)
    script.limbs["left_foot"], script.limbs["right_foot"] = [], []
    for start, stop, fwd in ((0.0, 0.3, 0.0), (0.8, 3.4, 0.6), (3.9, 4.4, 0.0)):
        script.limb("left_foot", start, stop, _foot("left", fwd))
    script.limb("right_foot", 0.0, 0.6, _foot("right", 0.0))
    script.limb("right_foot", 1.0, 3.2, _foot("right", -0.05, pitch=55.0, rests=("toes",)))
    script.limb("right_foot", 3.5, 4.4, _foot("right", 0.0))
    script.limb("right_hand", 1.5, 2.4, _hand("right", 0.62, 0.12, pole=BACK + 0.6 * _out("right")), 0.05)
    script.limb("left_hand", 1.5, 2.4, _free_hand("left", 0.1, 0.3, -0.26))
    for side in SIDES:
        script.limb(f"{side}_hand", 3.4, 4.4, _hanging(side))
    return script


SCRIPTS: dict[str, Callable[[], Script]] = {
    make.__name__: make
    for make in (
        crawl,
        roll,
        cartwheel,
        get_up,
        climb,
        sit,
        chair,
        kneel,
        lie,
        hang,
        clap,
        hands_on_hips,
        push_up,
        sit_up,
        handstand,
        one_knee,
        table,
        lunge,
    )
}
NAMES = tuple(SCRIPTS)


@cache
def floor_clip(name: str) -> FloorClip:
    """A motion with its contacts."""
    return solved(SCRIPTS[name]())
