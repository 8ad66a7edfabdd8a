"""Putting a motion onto part of a body only: the rest keeps the Action that the character has, with its contacts."""

from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager
from itertools import chain
from typing import Any, cast

import bpy

from ..motion.bones.body_parts import PARTS, Part, bones_of_parts
from ..motion.bones.humanoid import Switch
from ..texts.faults import Fault
from ..texts.text import Text
from .action_contacts import remember, remembered
from .armatures import action_of, bone_property, pose_of, skeleton_of
from .bone_maps import bone_map_of
from .keys.failed_writing import restored_on_failure
from .keys.keyframes import require_keys
from .keys.laid_over import OwnAction, lay_over
from .rigs.driven_switches import switches_to
from .rigs.rig_state import set_switch, switch_path, switches_now

_OURS = "aimocap_"  # begins the custom properties that tell where the motion of an Action is from


class BodyPart:
    """The chosen parts of a character's body, and the Action that it has before a motion is put onto them.

    Attributes:
        slots: the slots of the parts.
        has_legs: whether legs are among them.
        bones: all bones that belong to them.
    """

    def __init__(self, obj: bpy.types.Object, parts: Collection[Part]) -> None:
        """Look at the character; nothing changes.

        Raises:
            Fault: its Action has no keys to keep.
        """
        require_keys(obj)
        skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
        self._obj, self._own = obj, OwnAction.of(obj)
        self.slots = set(chain.from_iterable(PARTS[part] for part in parts))
        self.has_legs = "legs" in parts
        self.bones = bones_of_parts(skeleton, bone_map, parts)
        self._before = dict[str, Switch]()
        for switch in switches_now(obj, bone_map.switches):
            self._before[switch_path(pose_of(obj).bones[switch.bone], switch)] = switch
        limbs = bones_of_parts(skeleton, bone_map, [part for part in parts if not part.endswith("_hand")])
        ours = {(switch.bone, switch.prop) for switch in switches_to(obj, limbs)}
        self._switches = {path for path, each in self._before.items() if (each.bone, each.prop) in ours}

    @contextmanager
    def restored_on_failure(self) -> Generator[None]:
        """Restore the character's animation and switches if the block fails."""
        try:
            with restored_on_failure(self._obj):
                yield
        except BaseException:
            self._set_back(self._before)
            raise

    def keep_rest(self, moved: Iterable[str], fps: float) -> tuple[bpy.types.Action, tuple[str, ...]]:
        """Have the character play a copy of its Action with the parts' keys of the one that it plays now.

        Args:
            moved: the bones that this one moves.
            fps: timeline frames to a second of the motion.

        Returns:
            The Action, and those of the bones that belong to the parts.

        Raises:
            Fault: there are none.
        """
        bones = tuple(bone for bone in moved if bone in self.bones)
        if not bones:
            raise Fault(
                Text("The motion moves no bones of “{name}” in the chosen body parts.", name=self._obj.name),
                "Choose other body parts, or look at the bone map with Review Bones.",
            )
        new = cast("Any", action_of(self._obj))
        told = {key: new[key] for key in _ours(new)}
        before = {path: self._before[path].value for path in self._switches}
        action = cast("Any", lay_over(self._obj, self._own, abs(fps), self._is_chosen, before))
        # source and contacts belong to the motion of the legs: the new one's, or that of the rest
        if self._own is not None and self.has_legs:
            for key in _ours(action):
                del action[key]
            for key, value in told.items():
                action[key] = value
        elif self._own is not None and (applied := remembered(self._own.action)) is not None:
            remember(action, applied)
        self._set_back(self._before.keys() - self._switches)
        return action, bones

    def _set_back(self, paths: Iterable[str]) -> None:
        """Set switches as they were."""
        for path in paths:
            switch = self._before[path]
            set_switch(pose_of(self._obj).bones[switch.bone], switch)

    def _is_chosen(self, path: str) -> bool:
        of_bone = bone_property(path)
        if of_bone is not None:
            return of_bone[0] in self.bones
        return path in self._switches or (self.has_legs and not path.startswith("pose."))


def _ours(action: Any) -> list[str]:  # noqa: ANN401 -- its stub has no custom properties
    """Return the names of the custom properties that the add-on stores on an Action."""
    return [key for key in action.keys() if key.startswith(_OURS)]  # noqa: SIM118 -- it is no dictionary
