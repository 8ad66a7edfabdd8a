"""Limbs of control rigs that forward and inverse kinematics both can pose, and the names of their controls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ...json_values import names_in, object_in, text_in
from .humanoid import Switch

LIMBS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {"arm": ("upper_arm", "lower_arm", "hand"), "leg": ("upper_leg", "lower_leg", "foot")}
)
"""The parts of a limb's slots, from the body outwards."""
_SWITCHES = ("switch", "stretch", "by_pole")


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
        switch: set like this, it shows inverse kinematics; None if the rig's drivers tell.
        stretch: set like this, it keeps the limb's length; None if nothing has to be set.
        by_pole: set like this, `pole` turns the limb, else the twist of `upper`; None if `pole` always does.
    """

    upper: str
    lower: str
    end: str
    target: str
    pole: str
    toes: str
    rest: tuple[str, ...]
    switch: Switch | None
    stretch: Switch | None
    by_pole: Switch | None

    @classmethod
    def from_json(cls, data: object) -> "IkNames":
        """Read the object of one limb in a profile; raises ValueError if it isn't one."""
        entry = object_in(data, "ik")

        def name(part: str) -> str:
            return text_in(entry.get(part), part)

        return cls(
            upper=name("upper"),
            lower=name("lower"),
            end=name("end"),
            target=name("target"),
            pole=name("pole"),
            toes=text_in(entry.get("toes", ""), "toes"),
            rest=names_in(entry.get("rest", []), "rest"),
            **{part: Switch.from_json(entry[part]) if part in entry else None for part in _SWITCHES},
        )

    def named(self, rename: Callable[[str], str]) -> "IkNames":
        """Return the same with other names; '' for a control that is missing."""

        def moved(switch: Switch | None) -> Switch | None:
            return None if switch is None else replace(switch, bone=rename(switch.bone))

        return IkNames(
            upper=rename(self.upper),
            lower=rename(self.lower),
            end=rename(self.end),
            target=rename(self.target),
            pole=rename(self.pole),
            toes=rename(self.toes) if self.toes else "",
            rest=tuple(name for each in self.rest if (name := rename(each))),
            switch=moved(self.switch),
            stretch=moved(self.stretch),
            by_pole=moved(self.by_pole),
        )

    @property
    def is_whole(self) -> bool:
        """Whether no control is missing, except for the toes' and those at rest, which older rigs lack."""
        controls = (self.upper, self.lower, self.end, self.target, self.pole)
        return all(controls) and (self.switch is None or bool(self.switch.bone))


@dataclass(frozen=True)
class IkLimb:
    """A limb with both sets of bones.

    Attributes:
        upper: the mapped bone next to the body, which forward kinematics pose, as the others.
        lower: the one below.
        end: that of the hand or foot.
        toes: that of the toes; '' for none.
        ik: the bones for inverse kinematics.
    """

    upper: str
    lower: str
    end: str
    toes: str
    ik: IkNames
