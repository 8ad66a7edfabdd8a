"""The effect of a rig's own constraints and drivers on its bones, measured by rotating them one by one.

Its channels and switches are set temporarily, and restored exactly.
"""

import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Matrix, Quaternion, Vector

from ...motion.bones.humanoid import PARTS, SIDES, BoneMap, Switch, filled, sided
from ...motion.control_rig import ControlRig, Response, hanging, parents_first, without_scale
from ...motion.rotations import IDENTITY, BoolArray, FloatArray, extent, from_matrix, norm
from ...motion.skeleton import BoneOptions, Skeleton
from ...texts.text import Sentence, Text
from ..armatures import TRANSFORMS, bone_property, bones_above, driven_paths, drivers_of, pose_of
from ..isolated_evaluation import IsolatedRig, isolated

# an axis between all three, so that a bone that is free about one axis only answers too
_ROTATION = Quaternion(Vector((1.0, 1.0, 1.0)).normalized(), 0.2)  # radians about an axis that is no bone's own
_STEP = Vector((1.0, 1.4, 0.7)).normalized() * 0.01  # times the skeleton's size

_ANSWERS = 0.05  # share of a rotation or step: a bone that follows less is held
_ANSWERS_IN_CHAINS = 0.95  # inverse kinematics start from the pose and keep some of its twist

_COPIES = {"COPY_TRANSFORMS", "COPY_ROTATION"}
_PROPERTY = re.compile(r'pose\.bones\["([^"]+)"\]\.?\["([^"]+)"\]')
_OPPOSITE = re.compile(r"1(\.0)?-(\w+)")


@contextmanager
def switched(obj: bpy.types.Object, switches: Iterable[Switch]) -> Generator[None]:
    """Set the switches that can be set for the block, then restore them."""
    before = switches_now(obj, switches)
    # a custom property tells Blender of no change: without the tag, drivers keep the value that they read before
    try:
        for switch in switches:
            if switch_problem(obj, switch) is None:
                set_switch(pose_of(obj).bones[switch.bone], switch)
        obj.update_tag(refresh={"OBJECT", "DATA"})
        yield
    finally:
        for switch in before:
            set_switch(pose_of(obj).bones[switch.bone], switch)
        obj.update_tag(refresh={"OBJECT", "DATA"})


def switches_now(obj: bpy.types.Object, switches: Iterable[Switch]) -> list[Switch]:
    """Return the switches that can be set, with the values that they have."""
    found: list[Switch] = []
    for switch in switches:
        if switch_problem(obj, switch) is None:
            value = cast("float", pose_of(obj).bones[switch.bone][switch.prop])
            found.append(replace(switch, value=float(value)))
    return found


def set_switch(bone: bpy.types.PoseBone, switch: Switch) -> None:
    """Set a switch's property, a number, keeping the type that the rig gave it."""
    # a bool is an int in Python, too
    whole = isinstance(bone[switch.prop], int)
    logical = isinstance(bone[switch.prop], bool)
    bone[switch.prop] = bool(switch.value) if logical else int(switch.value) if whole else switch.value


def switch_problem(obj: bpy.types.Object, switch: Switch) -> Sentence | None:
    """Return why a switch can't be set and what to do, as half a sentence; None if it can."""
    bone = pose_of(obj).bones.get(switch.bone)
    if bone is None or switch.prop not in bone:
        return "it is missing: generate the rig again, or add this custom property to the bone"
    if not isinstance(cast("object", bone[switch.prop]), bool | int | float):
        return "it is not a single number: change the custom property to a number"
    path = switch_path(bone, switch)
    if any(curve.data_path == path and not curve.mute for curve in drivers_of(obj)):
        return Text("a driver sets it: remove the driver, or make it give {value:g}", value=switch.value)
    return None


def switch_path(bone: bpy.types.PoseBone, switch: Switch) -> str:
    """Return a switch's data path from the object."""
    return f'{bone.path_from_id()}["{bpy.utils.escape_identifier(switch.prop)}"]'


@contextmanager
def channels_preserved(obj: bpy.types.Object) -> Generator[None]:
    """Restore all bones' channels exactly after the block."""
    # its stub has arrays of unknown type
    bones = cast("Any", pose_of(obj).bones)
    kept: dict[str, npt.NDArray[np.float32]] = {}
    for name, rest in TRANSFORMS.items():
        # in single precision, as Blender has them: what is put back is the same to the bit
        kept[name] = np.empty(len(bones) * len(rest), np.float32)
        bones.foreach_get(name, kept[name])
    try:
        yield
    finally:
        for name, values in kept.items():
            _set_channels(obj, name, values)
        obj.update_tag(refresh={"OBJECT", "DATA"})


@contextmanager
def without_animation(obj: bpy.types.Object) -> Generator[None]:
    """Disable the object's Action and NLA, which would overwrite values set in the block; drivers stay."""
    data = obj.animation_data
    if data is None:
        yield
        return
    tweaking, with_nla = data.use_tweak_mode, data.use_nla
    # in tweak mode the Action can't be removed
    if tweaking:
        data.use_tweak_mode = False
    action, slot = data.action, getattr(data, "action_slot", None)
    # tracks would pose the bones again at the next evaluation
    data.use_nla = False
    data.action = None
    try:
        yield
    finally:
        data.action = action
        # Blender picks a slot by the object's name, else none: then nothing would move
        if slot is not None:
            data.action_slot = slot
        data.use_nla = with_nla
        if tweaking:
            data.use_tweak_mode = True


def clear_pose(obj: bpy.types.Object) -> None:
    """Set all bones' channels to rest."""
    for name, rest in TRANSFORMS.items():
        _set_channels(obj, name, np.tile(np.array(rest, np.float32), len(pose_of(obj).bones)))
    obj.update_tag(refresh={"OBJECT", "DATA"})


def _set_channels(obj: bpy.types.Object, name: str, values: npt.NDArray[np.float32]) -> None:
    bones = pose_of(obj).bones
    # one by one: on a system override, which a script's library override is, foreach_set does nothing
    for bone, value in zip(bones, values.reshape(len(bones), -1).tolist(), strict=True):
        setattr(bone, name, value)


def switches_to(obj: bpy.types.Object, controls: Collection[str]) -> tuple[Switch, ...]:
    """Return the switches that have a rig's bones follow these controls, and no others that they copy, too.

    Only properties that alone drive the influence of such a constraint count.
    """
    drivers = {curve.data_path: curve for curve in drivers_of(obj)}
    found: dict[tuple[str, str], Switch] = {}
    for bone in pose_of(obj).bones if drivers else ():
        has_ours = False
        for constraint in bone.constraints:
            if constraint.type not in _COPIES or constraint.mute:
                continue
            is_ours = cast("Any", constraint).subtarget in controls
            has_ours = has_ours or is_ours
            # constraints act from the top: what is above ours is overwritten by it, what is below would overwrite it
            if not has_ours:
                continue
            path = f'{bone.path_from_id()}.constraints["{bpy.utils.escape_identifier(constraint.name)}"].influence'
            for switch in _switches_of(obj, drivers, path, 1.0 if is_ours else 0.0):
                # two constraints may ask the same property for different values: the upper one, which is ours, wins
                found.setdefault((switch.bone, switch.prop), switch)
    return tuple(found.values())


def _switches_of(
    obj: bpy.types.Object, drivers: Mapping[str, bpy.types.FCurve], path: str, influence: float
) -> Iterator[Switch]:
    """Yield the switch that gives a constraint this influence, if one property alone drives it."""
    curve = drivers.get(path)
    driver = curve.driver if curve is not None else None
    if curve is None or driver is None or len(driver.variables) != 1:
        return
    variable = driver.variables[0]
    target = variable.targets[0]
    named = _PROPERTY.fullmatch(target.data_path)
    if variable.type != "SINGLE_PROP" or target.id != obj or named is None:
        return
    # rigs write the property's name alone, or one minus it: no other expression is solved for a value
    opposite = _OPPOSITE.fullmatch(driver.expression.replace(" ", ""))
    if driver.type == "SCRIPTED" and driver.expression.strip() != variable.name:
        if opposite is None or opposite[2] != variable.name:
            return
        influence = 1.0 - influence
    # a driver's curve may scale and shift what the property gives, which is undone here
    for modifier in curve.modifiers:
        offset, factor = (*getattr(modifier, "coefficients", (0.0, 0.0)), 0.0)[:2]
        if modifier.type != "GENERATOR" or not factor:
            return
        influence = (influence - offset) / factor
    yield Switch(named[1], named[2], influence)


def control_rig(obj: bpy.types.Object, skeleton: Skeleton, names: Sequence[str], bone_map: BoneMap) -> ControlRig:
    """Measure how the bones follow each other with the map's switches set, then restore the scene.

    Args:
        obj: the armature object.
        skeleton: all its bones at rest.
        names: the bones to animate.
        bone_map: the character's, as far as known.
    """
    wanted = list(dict.fromkeys(names))
    hips = bone_map.bone("hips") if bone_map.bone("hips") in wanted else None
    above_hips = _carriers_above(obj, hips) if hips is not None else []
    # behind the wanted bones, where `_used` looks for a root that carries the hips
    measured = list(dict.fromkeys([*wanted, *above_hips]))
    roots = measured[len(wanted) :]
    # hips and legs may get location channels
    travelling = [bone for slot, bone in bone_map.bones().items() if slot in PARTS["legs"] and bone in wanted]
    with (
        without_animation(obj),
        channels_preserved(obj),
        switched(obj, bone_map.switches),
        isolated(obj) as rig,
    ):
        # each bone is compared with rest: a pose left by the user would count as an answer
        clear_pose(obj)
        probing = _Probing(obj, rig, skeleton, measured)
        probing.rotate_each()
        probing.move([*roots, *travelling])
    return probing.found(len(wanted), bone_map)


class _Probing:
    """A measurement: each bone is rotated a little, travelling ones are also moved, and the effect recorded."""

    def __init__(self, obj: bpy.types.Object, rig: IsolatedRig, skeleton: Skeleton, names: Sequence[str]) -> None:
        self.obj, self.rig, self.skeleton, self.names = obj, rig, skeleton, names
        self.indices = rig.rows(names)
        self.of_skeleton = skeleton.indices_of(names)
        heads = skeleton.rest[:, :3, 3]
        self.size = float(extent(heads[self.of_skeleton]))
        self.all_zero = rig.now()
        self.zero = self.all_zero[self.indices]
        count = len(names)
        self.rotating_all = np.zeros((count, len(rig.names)), dtype=np.bool_)
        self.rotating = np.zeros((count, count), dtype=np.bool_)
        self.carrying = np.zeros((count, count), dtype=np.bool_)
        self.gain = np.zeros(count)
        # Blender ignores location channels of connected bones; `move` looks at those that are to travel
        self.moves = np.array([not skeleton.option(bone).connected for bone in self.of_skeleton])

    def rotate_each(self) -> None:
        """Measure what follows each of the bones."""
        chains = _bones_in_chains(self.obj)
        for bone in range(len(self.names)):
            response = self._answer(bone, 1.0)
            # a limit may block one direction only
            if self.gain[bone] < _ANSWERS:
                response = self._answer(bone, -1.0)
            if self.gain[bone] < (_ANSWERS_IN_CHAINS if self.names[bone] in chains else _ANSWERS):
                self.gain[bone] = 0.0
            self.rotating_all[bone], carrying = response.followers(self.indices[bone], self.size)
            self.rotating[bone], self.carrying[bone] = self.rotating_all[bone, self.indices], carrying[self.indices]
        np.fill_diagonal(self.rotating, val=False)
        np.fill_diagonal(self.carrying, val=False)
        # what held bones move can't be measured: they are assumed to follow their parents
        below = self._below()
        held = self.gain <= 0.0
        for relation in (self.rotating, self.carrying):
            relation[held] = below[held]
            relation[:, held] = below[:, held]

    def move(self, names: Iterable[str]) -> None:
        """Measure whether location channels move the bones."""
        for name in names:
            bone = self.names.index(name)
            after = self._with(name, Matrix.Translation((_STEP * self.size)[:]))[self.indices]
            step = norm(after[bone, :3, 3] - self.zero[bone, :3, 3])
            self.moves[bone] = bool(step > _STEP.length * self.size * _ANSWERS)

    def _answer(self, bone: int, sense: float) -> Response:
        """Return the reaction to a rotation of a bone, one way (1) or the other (-1), and keep its gain."""
        rotation = Quaternion(_ROTATION.axis, sense * _ROTATION.angle).to_matrix().to_4x4()
        response = Response(self.all_zero, self._with(self.names[bone], rotation))
        self.gain[bone] = float(norm(response.rotated[self.indices[bone]])) / _ROTATION.angle
        return response

    def _with(self, name: str, basis: Matrix) -> FloatArray:
        """Return (N, 4, 4) matrices of all the armature's bones with one of them posed."""
        bone = pose_of(self.obj).bones[name]
        bone.matrix_basis = basis
        after = self.rig.now()
        bone.matrix_basis = Matrix.Identity(4)
        return after

    def _below(self) -> BoolArray:
        """Return (B, B) whether a bone (column) is below another (row) in the armature."""
        found = np.zeros((len(self.names), len(self.names)), dtype=np.bool_)
        new_index = {bone: number for number, bone in enumerate(self.of_skeleton)}
        for bone, number in new_index.items():
            for above in self.skeleton.ancestors(bone):
                if above in new_index:
                    found[new_index[above], number] = True
        return found

    def _used(self, wanted: int, hips: int) -> list[int]:
        """Return the wanted bones and the uppermost other bone that carries the hips."""
        kept = list(range(wanted))
        if hips < 0:
            return kept
        carries = self.rotating[wanted:, hips] & self.moves[wanted:] & (self.gain[wanted:] > 0.0)
        free = wanted + np.flatnonzero(carries)
        if not len(free):
            return kept
        # the uppermost rotates with the fewest others
        fewest = np.argmin(self.rotating[:, free].sum(axis=0))
        return [*kept, int(free[fewest])]

    def _pelvis(self, hips: int, legs: list[int]) -> FloatArray:
        """Return (3,) the head of the deforming bone that rotates with the hips and is nearest to both legs."""
        skeleton = self.skeleton
        own = skeleton.rest[self.of_skeleton[hips], :3, 3]
        # the control of the hips is often drawn at the waist: only where it deforms itself is its head the joint
        if skeleton.option(self.of_skeleton[hips]).deform or len(legs) < len(SIDES):
            return own
        # bones that rotate with the hips, but not with a spine bone or another that doesn't carry both legs
        bears: BoolArray = np.all(self.carrying[:, legs], axis=1)
        bears[hips] = True
        with_hips = self.rotating_all[hips] & ~self.rotating_all[~bears].any(axis=0)
        pelvic: set[int] = set()
        for row in np.flatnonzero(with_hips):
            bone = skeleton.index(self.rig.names[row])
            if skeleton.option(bone).deform:
                pelvic.add(bone)
        heads: list[FloatArray] = []
        for bone in pelvic:
            is_uppermost = pelvic.isdisjoint(skeleton.ancestors(bone))
            if is_uppermost:
                heads.append(skeleton.rest[bone, :3, 3])
        middle = skeleton.rest[np.array(self.of_skeleton)[legs], :3, 3].mean(axis=0)
        return min(heads or [own], key=lambda head: float(norm(head - middle)))

    def found(self, wanted: int, bone_map: BoneMap) -> ControlRig:
        """Return the measured rig."""
        slots = bone_map.indices_in({name: number for number, name in enumerate(self.names)})
        hips = slots.get("hips", -1)
        legs = filled(slots, sided("upper_leg"))
        kept = self._used(wanted, hips)
        among_kept = np.ix_(kept, kept)
        rotates_with, hangs_on = hanging(self.rotating[among_kept]), hanging(self.carrying[among_kept])
        # poses are made from the root outwards, so a bone comes after all that move it, by rotating or by carrying
        order = parents_first(rotates_with, hangs_on)
        # the last entry is that of -1, which stays -1
        new_index = np.full(len(order) + 1, -1)
        new_index[order] = np.arange(len(order))
        bones = np.array(kept)[order].tolist()
        of_skeleton = np.array(self.of_skeleton)[bones]
        skeleton = Skeleton(
            names=self.skeleton.names_of(of_skeleton),
            parents=new_index[hangs_on[order]],
            rest=self.skeleton.rest[of_skeleton],
            tails=self.skeleton.tails[of_skeleton],
            world=self.skeleton.world,
            options=tuple(map(self._options, bones)),
        )
        return ControlRig(
            skeleton=skeleton,
            zero=self.zero[bones],
            rotates_with=new_index[rotates_with[order]],
            axes=np.stack(list(map(self._axes, bones))),
            gain=self.gain[bones],
            hips=bones.index(hips) if hips >= 0 else -1,
            pelvis=self._pelvis(hips, legs) if hips >= 0 else np.zeros(3),
        )

    def _options(self, bone: int) -> BoneOptions:
        """Return a bone's options in the measured rig: one that location channels don't move counts as connected."""
        option = self.skeleton.option(self.of_skeleton[bone])
        return BoneOptions(connected=option.connected or not self.moves[bone], deform=option.deform)

    def _axes(self, bone: int) -> FloatArray:
        """Return the (4,) rotation to armature space of the axes of a bone's location channels."""
        index = self.of_skeleton[bone]
        if self.skeleton.option(index).local_location:
            return _rotation_of(self.zero[bone])
        parent = int(self.skeleton.parents[index])
        if parent < 0:
            return IDENTITY
        # without Local Location, Blender moves a bone along the axes of its parent
        return _rotation_of(self.all_zero[self.rig.names.index(self.skeleton.names[parent])])


def _rotation_of(matrix: FloatArray) -> FloatArray:
    return from_matrix(without_scale(matrix))


def forward_spine(rig: ControlRig, bone_map: BoneMap) -> BoneMap:
    """Return the map without spine bones that carry the legs but not the chest, as in spines that bend both ways.

    Rotated like spine bones, they would rotate the pelvis away from the hips' rotation.
    """
    skeleton = rig.skeleton

    def carrying(*slots: str) -> set[str]:
        """Return the bones above those of some slots."""
        above: set[str] = set()
        for bone in filled(bone_map.bones(), slots):
            above.update(skeleton.names_of(skeleton.ancestors(skeleton.index(bone))))
        return above

    carries_legs = carrying("left_upper_leg", "right_upper_leg")
    carries_chest = carrying("neck", "head", "left_upper_arm", "right_upper_arm")
    spine = {*filled(bone_map.bones(), ("spine", "chest", "upper_chest")), *bone_map.spine_chain}
    backward = spine & carries_legs - carries_chest
    return replace(
        bone_map,
        matches={slot: match for slot, match in bone_map.matches.items() if match.bone not in backward},
        spine_chain=tuple(bone for bone in bone_map.spine_chain if bone not in backward),
    )


def has_influences(obj: bpy.types.Object, names: Iterable[str]) -> bool:
    """Return whether constraints or drivers may move or hold any of the bones or a bone above them."""
    bones = pose_of(obj).bones
    with_above: set[str] = set()
    for name in names:
        with_above |= {name, *bones_above(bones[name])}
    return bool(with_above & (constrained(obj) | driven(obj)))


def constrained(obj: bpy.types.Object) -> set[str]:
    """Return bones that constraints move, or could move through a driver, including those in IK chains."""
    return {bone.name for bone, _ in _acting(obj)} | _bones_in_chains(obj)


def _bones_in_chains(obj: bpy.types.Object) -> set[str]:
    """Return bones that inverse kinematics or splines move, or could move through a driver."""
    found: set[str] = set()
    for bone, constraint in _acting(obj):
        if isinstance(constraint, (bpy.types.KinematicConstraint, bpy.types.SplineIKConstraint)):
            with_own = not isinstance(constraint, bpy.types.KinematicConstraint) or constraint.use_tail
            chain = [bone, *bone.parent_recursive] if with_own else bone.parent_recursive
            # a count of 0 stands for all bones up to the root
            found.update(link.name for link in chain[: constraint.chain_count or None])
    return found


def _acting(obj: bpy.types.Object) -> Iterator[tuple[bpy.types.PoseBone, bpy.types.Constraint]]:
    """Yield constraints that have an effect, or could get one through a driver, each with its bone."""
    # a driver may unmute or strengthen these
    woken = {path.rpartition(".")[0] for path in driven_paths(obj)}
    for bone in pose_of(obj).bones:
        for constraint in bone.constraints:
            idle = constraint.mute or constraint.influence <= 0.0
            if not idle or constraint.path_from_id() in woken:
                yield bone, constraint


def driven(obj: bpy.types.Object) -> set[str]:
    """Return bones with a driver on one of their channels."""
    found: set[str] = set()
    for path in driven_paths(obj):
        of_bone = bone_property(path)
        # a driver stays when its bone is removed
        if of_bone is not None and of_bone[1] in TRANSFORMS and of_bone[0] in pose_of(obj).bones:
            found.add(of_bone[0])
    return found


def _carriers_above(obj: bpy.types.Object, hips: str) -> list[str]:
    """Return bones that may carry the hips: their ancestors, and the targets of these bones' constraints."""
    bones = pose_of(obj).bones
    found: dict[str, None] = {}
    todo = [bones[hips]]
    while todo:
        bone = todo.pop()
        others = list(bone.parent_recursive)
        for constraint in bone.constraints:
            others += [bones[name] for name in _targets(obj, constraint) if name in bones]
        for other in others:
            if other.name not in found and other.name != hips:
                found[other.name] = None
                todo.append(other)
    return list(found)


def _targets(obj: bpy.types.Object, constraint: bpy.types.Constraint) -> Iterator[str]:
    """Yield the names of the armature's own bones that a constraint follows."""
    several = constraint.targets if isinstance(constraint, bpy.types.ArmatureConstraint) else (constraint,)
    for one in several:
        if getattr(one, "target", None) == obj:
            yield str(getattr(one, "subtarget", ""))
