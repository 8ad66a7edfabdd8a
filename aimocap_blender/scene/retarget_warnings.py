"""Sentences on what in a rig changes the look of a motion that was keyed on it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import cast

import bpy

from ..motion.bones.humanoid import Switch
from ..texts.text import Text
from .armatures import flags_of, pose_of
from .rigs.rig_influences import driven
from .rigs.rig_solving import SolvedMotion
from .rigs.rig_state import switch_problem


def warnings_on(
    obj: bpy.types.Object, switches: Iterable[Switch], solved: SolvedMotion | None, respected: Collection[str]
) -> Iterator[Text]:
    """Yield a sentence for each reason why a character may not look as keyed.

    Args:
        obj: the armature object.
        switches: properties of its rig that had to be set.
        solved: the solved motion of a rig with constraints or drivers; None for a plain rig.
        respected: bones whose rotation locks were respected.
    """
    yield from _stuck(obj, switches)
    yield from _held(obj, solved)
    yield from _locked(obj, respected)


def _stuck(obj: bpy.types.Object, switches: Iterable[Switch]) -> Iterator[Text]:
    """Yield a warning for each switch that can't be set."""
    for switch in switches:
        if (why := switch_problem(obj, switch)) is not None:
            yield (
                Text(
                    "The switch “{prop}” of {bone} can't be set, because {why}; "
                    "until then, parts of the rig may not follow the motion.",
                    prop=switch.prop,
                    bone=switch.bone,
                    why=Text.of(why),
                )
            )


def _held(obj: bpy.types.Object, solved: SolvedMotion | None) -> Iterator[Text]:
    """Yield what in the rig keeps the motion from looking as keyed."""
    if solved is not None:
        by_drivers = driven(obj)
        for whose, names, remedy in (
            (Text("Constraints"), [name for name in solved.held_back if name not in by_drivers], Text("mute")),
            (Text("Drivers"), [name for name in solved.held_back if name in by_drivers], Text("remove")),
        ):
            if names:
                most = max(solved.held_back[name] for name in names)
                yield Text(
                    "{whose} of the rig limit {bones}, by up to {degrees}°: {remedy} them to see the full motion.",
                    whose=whose,
                    bones=_listed(names),
                    degrees=f"{most:.0f}" if most >= 1.0 else f"{most:.1f}",
                    remedy=remedy,
                )
        if solved.held_in_place:
            yield (
                Text(
                    "Constraints or drivers of the rig keep {bones} from travelling with the motion: "
                    "mute them to see the full motion.",
                    bones=_listed(solved.held_in_place),
                )
            )
        yield from ik_apart(solved.apart)
    if cast("bpy.types.Armature", obj.data).pose_position == "REST":
        yield Text(
            "“{name}” is shown in its Rest Position: choose Pose Position in its armature data to see it move.",
            name=obj.name,
        )


def ik_apart(apart: Mapping[str, float]) -> Iterator[Text]:
    """Yield a warning about IK targets of limbs that IK and FK pose differently, by so many degrees at most."""
    if apart:
        most = max(apart.values())
        yield Text(
            "The IK controls {bones} pose their limbs up to {degrees}° off the FK controls: "
            "mute constraints that hold them.",
            bones=_listed([*apart]),
            degrees=f"{most:.0f}" if most >= 1.0 else f"{most:.1f}",
        )


def _locked(obj: bpy.types.Object, bones: Collection[str]) -> Iterator[Text]:
    """Yield a warning about those of the bones whose rotations are locked."""
    locked = [bone.name for bone in pose_of(obj).bones if bone.name in bones and any(flags_of(bone.lock_rotation))]
    if locked:
        yield Text(
            "Locked rotations of {bones} were not keyed: unlock them in the Item tab to see the full motion.",
            bones=_listed(locked),
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else Text("{shown} and {count} more", shown=shown, count=len(names) - 4)  # noqa: PLR2004 -- fits on a panel's line
