"""Two Actions of an armature object as NLA strips, one after the other, with a transition between them."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, cast

import bpy
import numpy as np

from ...motion.feet.kept_feet import HeldLeg, held_legs, in_world, limb_of, soles_of, with_leg
from ...motion.feet.stances import Stances
from ...motion.figures.figure import Figure, figure_of
from ...motion.pose_motion import PosedBones, posed
from ...motion.rotations import FloatArray, conjugate, continuous, multiply, norm, rotate, to_rotation_vector
from ...motion.take_transition import (
    JOLT,
    SMOOTH,
    Meeting,
    Roughness,
    Take,
    came_down,
    carrying,
    floor_of,
    meetings,
    shares,
    turned,
)
from ...texts.counts import frames_in_words
from ...texts.faults import Fault
from ...texts.text import Text
from ..armatures import pose_of, skeleton_of, value_now
from ..bone_maps import bone_map_of
from ..keyed_motion import channels_of
from ..keys.keyframes import Channel, columns_at, property_channels, restored_on_failure, values_at, write_action
from ..keys.pose_keys import (
    rotation_modes,
    rotation_path,
    rotation_property,
    rotation_values,
    rotations_of_values,
)
from ..rigs.control_rigs import has_influences
from ..scene_values import scene_fps
from .own_action import Carrier, carriers_of, frames_of, require_no_layer

TRACK = "Blended Takes"
_FEWEST = 2
_POSED = 8  # moments at most that are posed, until one is smooth
_LENGTHS = (1.0, 1.25, 1.5, 2.0, 3.0, 0.6)  # times what is asked for, that a transition may have instead
_ROUGH = 1.1  # times the limit of jolts, up to which no other length is tried
_HARSH = 2.5  # times the limit of jolts, up to which a transition is smooth
_LONG = 2.0  # times what is asked for: a transition that is longer
_SMOOTHER = 1.3  # has to be so many times less rough than others
_SHORTEST = 0.3  # seconds that such a one has at least
_AT_LAST = 2.4  # seconds of the one that is tried at last: a foot that drags on leaves no time to step in shorter ones
_FASTEST = 1.4  # of its fastest turn in both takes, that a bone may turn from frame to frame
_MISSED = 0.005  # metres by which a foot may miss where it goes
_LITTLE = np.radians(0.1)  # turns of bones that don't move
_DOWN = np.array([0.0, 0.0, -1.0])


@dataclass(frozen=True)
class Blended:
    """The result of blending, in frames of the timeline.

    Attributes:
        left: frame at which the first take is left.
        entered: frame of the second take, as it was, at which it is entered.
        length: frames of the transition.
        turn_degrees: by which the second take was turned.
        smooth: whether feet get where they stand and aren't set down much harder than in both takes, and no bone turns
            much faster in the transition than in both.
    """

    left: int
    entered: int
    length: int
    turn_degrees: float
    smooth: bool


@dataclass(frozen=True, eq=False)
class _Played:
    """A take on whole frames.

    Attributes:
        action: its Action.
        frames: (F,) of the timeline.
        values: data path to (F, C) values.
        bones: all bones in the world.
        legs: with when their feet stand.
        take: the same for matching.
        fastest: (B,) radians that bones turn at most from frame to frame.
    """

    action: bpy.types.Action
    frames: FloatArray
    values: Mapping[str, FloatArray]
    bones: PosedBones
    legs: Sequence[HeldLeg]
    take: Take
    fastest: FloatArray


@dataclass(frozen=True, eq=False)
class _Posed:
    """A transition as it will play.

    Attributes:
        wrong: how much too fast a bone turns or too far off a foot is, relative to the limit; 1 if neither.
        rough: how rough it is to the eye.
        met: where the takes meet.
        values: data path to (N, C) values.
    """

    wrong: float
    rough: Roughness
    met: Meeting
    values: Mapping[str, FloatArray]

    @property
    def smooth(self) -> bool:
        """See `Blended`."""
        return self.wrong <= 1.0 and self.rough[1] <= _HARSH

    @property
    def order(self) -> tuple[float, float, Roughness]:
        """Compares with others: the best comes first."""
        return self.wrong, max(self.rough[0], self.rough[1] / _ROUGH), self.rough


def blend(
    obj: bpy.types.Object,
    scene: bpy.types.Scene,
    actions: tuple[bpy.types.Action, bpy.types.Action],
    length: int,
    window_sec: float,
) -> Generator[float, None, Blended]:
    """Put two takes onto an NLA track: the first one, a transition, and a copy of the second that goes on from there.

    The first take stays on its frames. Both are left as they are; a current Action is pushed down to a muted track.
    Takes that don't fit take half a minute, so it goes on in steps, and only the last one changes anything.

    Args:
        obj: the armature object.
        scene: its frame rate gives the seconds.
        actions: the takes, in their order.
        length: frames that the transition has if that is smooth enough, else it has more or fewer.
        window_sec: seconds at the end of the first take and at the start of the second in which they may go over.

    Yields:
        The share of the lengths that were tried.

    Raises:
        Fault: the takes can't be blended. Nothing has changed then.
    """
    require_no_layer(obj)
    skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
    if has_influences(obj, bone_map.bones().values()):
        raise Fault(
            Text("Constraints or drivers move “{name}”, so its takes can't be blended.", name=obj.name),
            "Blend them on its deforming skeleton, then retarget from there.",
        )
    figure = figure_of(skeleton, bone_map, "object")
    fps = scene_fps(scene)
    with restored_on_failure(obj):
        second = _played(obj, figure, actions[1], fps, ())
        first = _played(obj, figure, actions[0], fps, second.values)
    shortest = min(round(_SHORTEST * fps), length)
    for played in (first, second):
        if len(played.frames) < shortest + _FEWEST:
            raise Fault(
                Text(
                    "The Action “{action}” has {frames}, too few for a transition of {length}.",
                    action=played.action.name,
                    frames=frames_in_words(len(played.frames)),
                    length=length,
                ),
                "Set a shorter transition.",
            )
    longest = min(len(first.frames), len(second.frames)) - _FEWEST
    wanted = [round(share * length) for share in _LENGTHS]
    within = np.clip([*wanted, round(_AT_LAST * fps)], shortest, longest).tolist()
    # cut to the same length, several are one
    lengths = list(dict.fromkeys(within))
    best = yield from _best(obj, figure, (first, second), lengths, window_sec, fps)
    met = best.met
    _write(obj, (first, second), met, best.values)
    turn = 2.0 * float(np.degrees(np.arctan2(met.turn[3], met.turn[0])))
    left, entered = int(first.frames[met.first]), int(second.frames[met.second])
    length = len(met.transition.hips) - 1
    return Blended(left, entered, length, (turn + 180.0) % 360.0 - 180.0, best.smooth)


def _best(
    obj: bpy.types.Object,
    figure: Figure,
    takes: tuple[_Played, _Played],
    lengths: Sequence[int],
    window_sec: float,
    fps: float,
) -> Generator[float, None, _Posed]:
    """Return the best transition of the first length at which nothing is wrong, else of all; see `blend`."""
    first, second = takes
    found: list[_Posed] = []
    for number, length in enumerate(lengths):
        tried = 0
        for met in meetings(first.take, second.take, length + 1, round(window_sec * fps), fps):
            yield number / len(lengths)
            if met is None:
                continue
            tried += 1
            found.append(_posed(obj, figure, takes, met))
            if found[-1].order == (1.0, 1.0, SMOOTH) or tried == _POSED:
                break
        if _best_of(found, lengths[0]).order[:2] <= (1.0, 1.0):
            break
    return _best_of(found, lengths[0])


def _best_of(found: Iterable[_Posed], length: int) -> _Posed:
    """Return the best, where so many frames are asked for."""

    def order(each: _Posed) -> tuple[float, float, Roughness]:
        wrong, rough, both = each.order
        count = len(each.met.transition.hips) - 1
        return wrong, rough * (_SMOOTHER if count > _LONG * length else 1.0), both

    return min(found, key=order)


def _posed(obj: bpy.types.Object, figure: Figure, takes: tuple[_Played, _Played], met: Meeting) -> _Posed:
    """Return the transition at a meeting, and how rough it is."""
    first, second = takes
    values, bones = _between(obj, figure, first, second, met)
    count = len(bones.heads)
    ours = first.bones.at(slice(met.first, met.first + count))
    theirs = second.bones.at(slice(met.second, met.second + count))
    # a dancer turns faster than a walker: only what is faster than in both takes is seen as a jolt
    usual = np.maximum(_turning(figure, first.legs, ours), _turning(figure, first.legs, theirs))
    jolt = float((_turning(figure, first.legs, bones) - usual).max(initial=0.0)) / JOLT
    mapped = [*dict.fromkeys(figure.slots.values())]
    most = np.maximum(_FASTEST * np.maximum(first.fastest, second.fastest)[mapped], _LITTLE)
    fast = float((_fastest(bones)[mapped] / most).max())
    # a leg can be too short for where its foot is to stand
    goals = met.transition.footing.ankles
    off = [norm(limb_of(bones, leg).ankle - goals[:, number]) for number, leg in enumerate(first.legs)]
    missed = float(np.max(off, initial=0.0)) / _MISSED
    wrong, rough = met.transition.roughness
    return _Posed(max(1.0, fast, missed), (wrong, max(rough, jolt)), met, values)


def _fastest(bones: PosedBones) -> FloatArray:
    """Return radians (B,) by which bones turn at most from frame to frame."""
    steps = to_rotation_vector(multiply(bones.rotations[1:], conjugate(bones.rotations[:-1])))
    return norm(steps).max(axis=0)


def _played(
    obj: bpy.types.Object, figure: Figure, action: bpy.types.Action, fps: float, others: Iterable[str]
) -> _Played:
    """Return a take as the NLA plays it before an Action that keys other paths, too."""
    with _playing(obj, action):
        first, last = frames_of(obj)
        frames = np.arange(first, last + 1.0)
        values = values_at(obj, frames)
        # there, a channel without keys has its default, and not what it happens to be left with
        for path in others:
            if path not in values:
                values[path] = np.tile(_default(obj, path), (len(frames), 1))
        channels = channels_of(obj, values, frames)
    if channels is None or len(frames) < _FEWEST:
        raise Fault(
            Text("The Action “{action}” animates more than rotations and locations.", action=action.name),
            "Remove its other curves, or choose another take.",
        )
    bones = in_world(posed(figure.skeleton, channels[0]), channels[1])
    legs = held_legs(figure, bones, (frames - frames[0]) / fps)
    mapped = [*dict.fromkeys(figure.slots.values())]
    soles = soles_of(figure, legs, bones)
    floor = floor_of(soles, fps)
    stands = np.array([leg.stances.known for leg in legs], dtype=np.bool_).reshape(len(legs), len(frames)).T
    take = Take(
        joints=bones.heads[:, mapped],
        hips=bones.heads[:, figure.slots["hips"]],
        legs=_joints(legs, bones),
        soles=soles,
        feet=bones.rotations[:, np.array([[leg.foot, leg.bones[-1]] for leg in legs]).reshape(-1, 2)],
        stands=stands | carrying(soles, floor, fps),
        floor=floor,
    )
    return _Played(action, frames, values, bones, legs, take, _fastest(bones))


def _default(obj: bpy.types.Object, path: str) -> FloatArray:
    """Return (C,) the value of a property that no NLA strip keys at a frame, though another one does elsewhere."""
    owner, _, name = path.rpartition(".")
    known = cast("Any", obj.path_resolve(owner) if owner else obj).bl_rna.properties.get(name)
    # a custom property has its own
    if known is None:
        return value_now(obj, path)
    return np.array(known.default_array if known.is_array else [known.default], dtype=np.float64)


@contextmanager
def _playing(obj: bpy.types.Object, action: bpy.types.Action) -> Generator[None]:
    """Have an Action be the object's own in this context."""
    data = cast("Any", obj.animation_data_create())
    before, slot = data.action, getattr(data, "action_slot", None)
    try:
        data.action = action
        # assigning selects a slot only if its name matches
        if hasattr(data, "action_slot") and data.action_slot is None and action.slots:
            data.action_slot = action.slots[0]
        yield
    finally:
        data.action = before
        if before is not None and hasattr(data, "action_slot"):
            data.action_slot = slot


def _moved(obj: bpy.types.Object, second: _Played, met: Meeting) -> dict[str, FloatArray]:
    """Return the second take's values, turned and shifted to where it goes on."""
    values = dict(second.values)
    for carrier in carriers_of(obj, values):
        if carrier.turns:
            own = multiply(carrier.turned, rotations_of_values(carrier.mode, columns_at(obj, values, carrier.rotation)))
            back = multiply(conjugate(carrier.turned), multiply(met.turn, own))
            values[carrier.rotation] = rotation_values(carrier.mode, back)[1]
        if carrier.located:
            places = _places(obj, carrier, values)
            places = rotate(met.turn, places) if carrier.inside else met.moved(places)
            values[f"{carrier.prefix}location"] = _locations(carrier, places)
    return values


def _places(obj: bpy.types.Object, carrier: Carrier, values: Mapping[str, FloatArray]) -> FloatArray:
    return columns_at(obj, values, f"{carrier.prefix}location") @ carrier.axes.T + carrier.origin


def _locations(carrier: Carrier, places: FloatArray) -> FloatArray:
    return (places - carrier.origin) @ np.linalg.inv(carrier.axes).T


def _between(
    obj: bpy.types.Object,
    figure: Figure,
    first: _Played,
    second: _Played,
    met: Meeting,
) -> tuple[dict[str, FloatArray], PosedBones]:
    """Return the transition: both takes blended, hips on their way, standing feet held.

    Returns:
        Its values (N, C), and its bones in the world.
    """
    moved = _moved(obj, second, met)
    count = len(met.transition.hips)
    ours, theirs = slice(met.first, met.first + count), slice(met.second, met.second + count)
    frames = first.frames[met.first] + np.arange(float(count))
    share = shares(count)
    modes = rotation_modes(obj) | {rotation_property(obj.rotation_mode): obj.rotation_mode}
    values: dict[str, FloatArray] = {}
    for path in dict.fromkeys((*first.values, *moved)):
        a, b = columns_at(obj, first.values, path)[ours], columns_at(obj, moved, path)[theirs]
        if path in modes:
            before = continuous(rotations_of_values(modes[path], a))
            after = continuous(rotations_of_values(modes[path], b))
            values[path] = rotation_values(modes[path], continuous(turned(before, after, share)))[1]
        else:
            values[path] = a + share[:, None] * (b - a)
    hips = _world(obj, figure, values, frames).heads[:, figure.slots["hips"]]
    # the whole figure is carried along with the hips
    _move(obj, first, values, met.transition.hips - hips)
    bones = _world(obj, figure, values, frames)
    goals = met.transition.footing.ankles
    missing: list[FloatArray] = []
    for number, leg in enumerate(first.legs):
        limb = limb_of(bones, leg)
        missing.append(limb.out_of_reach(goals[:, number] - limb.ankle))
    # hips come down as far as the leg needs that lacks most
    if missing:
        _move(obj, first, values, came_down(np.max(missing, axis=0))[:, None] * _DOWN)
    motion, worlds = _channels(obj, values, frames)
    for number, leg in enumerate(first.legs):
        goal = _placed(leg, number, met, in_world(posed(figure.skeleton, motion), worlds))
        held = replace(leg, stances=Stances(np.ones(count, dtype=np.bool_), 1.0))
        motion = with_leg(figure, motion, goal, held, worlds)
        for index in leg.bones:
            bone = pose_of(obj).bones[figure.skeleton.names[index]]
            rotations = motion.rotations[:, motion.bones.index(bone.name)]
            values[rotation_path(bone)] = rotation_values(bone.rotation_mode, rotations)[1]
            if (location := bone.path_from_id("location")) in values:
                values[location] = motion.locations[bone.name]
    return values, in_world(posed(figure.skeleton, motion), worlds)


def _move(obj: bpy.types.Object, played: _Played, values: dict[str, FloatArray], by: FloatArray) -> None:
    """Move what carries the figure by metres (N, 3)."""
    for carrier in carriers_of(obj, played.values):
        if carrier.located and not carrier.inside:
            places = _places(obj, carrier, values) + by
            values[f"{carrier.prefix}location"] = _locations(carrier, places)


def _world(obj: bpy.types.Object, figure: Figure, values: Mapping[str, FloatArray], frames: FloatArray) -> PosedBones:
    """Return the bones in the world."""
    motion, worlds = _channels(obj, values, frames)
    return in_world(posed(figure.skeleton, motion), worlds)


def _turning(figure: Figure, legs: Sequence[HeldLeg], bones: PosedBones) -> FloatArray:
    """Return radians (L, 3) by which hips, knees and ankles turn at most from frame to frame."""
    chains = np.array([(figure.slots["hips"], *leg.bones[:3]) for leg in legs], dtype=np.int64).reshape(-1, 4)
    turned = bones.rotations[:, chains]
    joints = multiply(conjugate(turned[:, :, :-1]), turned[:, :, 1:])
    steps = to_rotation_vector(multiply(conjugate(joints[:-1]), joints[1:]))
    return norm(steps).max(axis=0)


def _joints(legs: Sequence[HeldLeg], bones: PosedBones) -> FloatArray:
    """Return (F, L, 4, 3) where legs begin, their knees, ankles and balls."""
    chains = np.array([[*leg.bones[:3], leg.bones[-1]] for leg in legs], dtype=np.int64)
    return bones.heads[:, chains.reshape(-1, 4)]


def _channels(obj: bpy.types.Object, values: Mapping[str, FloatArray], frames: FloatArray) -> Any:  # noqa: ANN401
    found = channels_of(obj, values, frames)
    assert found is not None  # noqa: S101 -- both takes have such channels
    return found


def _placed(leg: HeldLeg, number: int, met: Meeting, blended: PosedBones) -> PosedBones:
    """Return bones in the world with a foot and its toes where they go."""
    rotations, heads = blended.rotations.copy(), blended.heads.copy()
    footing = met.transition.footing
    heads[:, leg.foot] = footing.ankles[:, number]
    for part, bone in enumerate(leg.bones[2:]):
        rotations[:, bone] = footing.feet[:, number, part]
    return PosedBones(rotations, heads)


def _write(
    obj: bpy.types.Object,
    takes: tuple[_Played, _Played],
    met: Meeting,
    between: Mapping[str, FloatArray],
) -> None:
    """Write the transition and the moved copy of the second take, and put all three onto a track on top."""
    first, second = takes
    moved = _moved(obj, second, met)
    start = float(first.frames[met.first])
    over = start + len(met.transition.hips) - 1.0
    rest = slice(met.second + len(met.transition.hips) - 1, None)
    going_over = start + np.arange(float(len(met.transition.hips)))
    going_on = over + np.arange(float(len(second.frames[rest])))
    # a channel that only the first take keys has to stay where the transition leaves it
    after = {path: columns_at(obj, moved, path)[rest] for path in between}
    with restored_on_failure(obj):
        name = f"{first.action.name} to {second.action.name}"
        transition = write_action(obj, name, going_over, _all_channels(between))
        name = f"{second.action.name} Moved"
        copy = write_action(obj, name, going_on, _all_channels(after), previous="LEAVE")
        data = cast("Any", obj.animation_data)
        # an Action of its own would play over the track
        data.action = None
        # the strips are users enough
        transition.use_fake_user = copy.use_fake_user = False
        track = data.nla_tracks.new()
        track.name = TRACK
        _add_strip(track, first.action, float(first.frames[0]), start).extrapolation = "HOLD"
        # strips that held their pose before their frames, too, would hide the take before them
        _add_strip(track, transition, start, over).extrapolation = "HOLD_FORWARD"
        _add_strip(track, copy, over, float(going_on[-1])).extrapolation = "HOLD_FORWARD"


def _all_channels(values: Mapping[str, FloatArray]) -> list[Channel]:
    """Return the channels of properties with values (F, C)."""
    return list(chain.from_iterable(map(property_channels, values.keys(), values.values())))


def _add_strip(track: Any, action: bpy.types.Action, begins: float, stops: float) -> Any:  # noqa: ANN401 -- see below
    """Add a strip that plays an Action on its own frames between two of them."""
    # the stubs have frames of whole numbers, and no slots
    strip = track.strips.new(action.name, int(begins), action)
    # assigning selects a slot only if its name matches
    if hasattr(strip, "action_slot"):
        strip.action_slot = action.slots[0]
    strip.action_frame_start, strip.action_frame_end = begins, stops
    strip.frame_start_ui, strip.frame_end_ui = begins, stops
    return strip
