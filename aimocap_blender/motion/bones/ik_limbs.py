"""Limbs of control rigs that forward and inverse kinematics both can pose, and the names of their controls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from ...json_values import names_in, object_in, text_in
from .humanoid import Switch

Limb = Literal["arm", "leg"]
LIMBS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {"arm": ("upper_arm", "lower_arm", "hand"), "leg": ("upper_leg", "lower_leg", "foot")}
)
"""The parts of a limb's slots, from the body outwards."""


@dataclass(frozen=True)
class IkNames:
    """The bones of one limb for inverse kinematics.

    Attributes:
        upper: the control that twists the limb; its bone is solved.
        lower: the bone below, solved too.
        end: the bone that the hand or foot copies.
        target: the control of the hand or foot.
        pole: the control that the elbow or knee points at.
        toes: the toes' control; '' for none.
        rest: controls that must be at rest.
        switch: shows inverse kinematics.
        stretch: keeps the limb's length.
        by_pole: True-like where `pole` counts, else the twist of `upper`.
    """

    upper: str
    lower: str
    end: str
    target: str
    pole: str
    toes: str
    rest: tuple[str, ...]
    switch: Switch
    stretch: Switch
    by_pole: Switch

    @classmethod
    def from_json(cls, data: object) -> "IkNames":
        """Read the object of one limb in a profile; raises ValueError if it isn't one."""
        entry = object_in(data, "ik")
        parts = [text_in(entry.get(part, ""), part) for part in ("upper", "lower", "end", "target", "pole", "toes")]
        if not all(parts[:-1]):
            raise ValueError("a limb's ik lacks a control")
        switches = [Switch.from_json(entry.get(name)) for name in ("switch", "stretch", "by_pole")]
        return cls(*parts, names_in(entry.get("rest", []), "rest"), *switches)

    def named(self, rename: Callable[[str], str]) -> "IkNames":
        """Return the same with other names."""

        def moved(switch: Switch) -> Switch:
            return replace(switch, bone=rename(switch.bone))

        parts = (self.upper, self.lower, self.end, self.target, self.pole, self.toes)
        return IkNames(
            *(rename(part) if part else "" for part in parts),
            tuple(rename(name) for name in self.rest),
            moved(self.switch),
            moved(self.stretch),
            moved(self.by_pole),
        )

    @property
    def is_whole(self) -> bool:
        """Whether all bones have a name, except for the toes' and those at rest, which older rigs lack."""
        return all((self.upper, self.lower, self.end, self.target, self.pole, self.switch.bone))

    @property
    def keyed(self) -> tuple[str, ...]:
        """The controls that are keyed."""
        return tuple(name for name in (self.target, *self.rest, self.toes, self.pole, self.upper) if name)


@dataclass(frozen=True)
class IkLimb:
    """A limb with both sets of bones.

    Attributes:
        upper: its mapped bones from the body outwards, which forward kinematics pose.
        lower: as above.
        end: hand or foot.
        toes: the mapped toes; '' for none.
        ik: the bones for inverse kinematics.
    """

    upper: str
    lower: str
    end: str
    toes: str
    ik: IkNames
