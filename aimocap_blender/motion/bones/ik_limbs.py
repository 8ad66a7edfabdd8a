"""Limbs of control rigs that forward and inverse kinematics both can pose, and the names of their controls."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType

from ...record_json import list_in, names_in, object_in, text_in
from .humanoid import ARM_JOINTS, LEG_JOINTS, LIMB_JOINTS, SIDES, BoneMap, BoneMatch, Switch

LIMBS: Mapping[str, tuple[str, str, str]] = MappingProxyType({"arm": ARM_JOINTS, "leg": LEG_JOINTS})
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
        switch: set like this, it shows inverse kinematics; None if the rig's drivers tell.
        also: set like this where inverse kinematics are shown: what keeps the limb's length, for example.
        by_pole: set like this, `pole` turns the limb, else the twist of `upper`; None if `pole` always does.
        fk_upper: the bone that forward kinematics pose where both are keyed, if the mapped one turns the limb that
            inverse kinematics pose; '' for the mapped one.
        fk_lower: the same of the bone below.
        fk_switches: set like this while both are keyed.
    """

    upper: str
    lower: str
    end: str
    target: str
    pole: str
    toes: str
    rest: tuple[str, ...]
    switch: Switch | None
    also: tuple[Switch, ...]
    by_pole: Switch | None
    fk_upper: str
    fk_lower: str
    fk_switches: tuple[Switch, ...]

    @classmethod
    def from_json(cls, data: object) -> "IkNames":
        """Read the object of one limb in a profile; raises ValueError if it isn't one."""
        entry = object_in(data, "ik")
        fk = object_in(entry.get("fk", {}), "fk")
        also = list_in(entry.get("also", []), "also")
        if "stretch" in entry:
            also = [entry["stretch"], *also]

        def name(part: str) -> str:
            return text_in(entry.get(part), part)

        def switch(part: str) -> Switch | None:
            return Switch.from_json(entry[part]) if part in entry else None

        return cls(
            upper=name("upper"),
            lower=name("lower"),
            end=name("end"),
            target=name("target"),
            pole=name("pole"),
            toes=text_in(entry.get("toes", ""), "toes"),
            rest=names_in(entry.get("rest", []), "rest"),
            also=tuple(map(Switch.from_json, also)),
            fk_upper=text_in(fk.get("upper", ""), "upper"),
            fk_lower=text_in(fk.get("lower", ""), "lower"),
            fk_switches=tuple(map(Switch.from_json, list_in(fk.get("switches", []), "switches"))),
            switch=switch("switch"),
            by_pole=switch("by_pole"),
        )

    def slots_of(self, token: str) -> "IkNames":
        """Return the names of one side: `@` in them stands for that."""
        return self.named(lambda name: name.replace("@", token), lambda switch: switch.named(token))

    def named(
        self, rename: Callable[[str], str], with_prop: Callable[[Switch], Switch] = lambda switch: switch
    ) -> "IkNames":
        """Return the same with other names; '' for a control that is missing."""

        def moved(switch: Switch | None) -> Switch | None:
            return None if switch is None else replace(with_prop(switch), bone=rename(switch.bone))

        def there(switches: Iterable[Switch]) -> tuple[Switch, ...]:
            return tuple(switch for switch in map(moved, switches) if switch and switch.bone)

        return IkNames(
            upper=rename(self.upper),
            lower=rename(self.lower),
            end=rename(self.end),
            target=rename(self.target),
            pole=rename(self.pole),
            toes=rename(self.toes) if self.toes else "",
            rest=tuple(filter(None, map(rename, self.rest))),
            switch=moved(self.switch),
            also=there(self.also),
            by_pole=moved(self.by_pole),
            fk_upper=rename(self.fk_upper) if self.fk_upper else "",
            fk_lower=rename(self.fk_lower) if self.fk_lower else "",
            fk_switches=there(self.fk_switches),
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
        upper: the bone next to the body that forward kinematics pose, as the others: mapped, but see `fk_upper`.
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


def fk_beside(bone_map: BoneMap, limbs: Iterable[IkLimb]) -> BoneMap:
    """Return a map with the bones that forward kinematics pose where these limbs have inverse kinematics, too."""
    matches = dict(bone_map.matches)
    switches = [*bone_map.switches]
    for limb in limbs:
        for side, (upper, lower, end) in product(SIDES, LIMB_JOINTS):
            if bone_map.bone(f"{side}_{end}") != limb.end:
                continue
            for part, bone in ((upper, limb.upper), (lower, limb.lower)):
                if bone_map.bone(f"{side}_{part}") != bone:
                    matches[f"{side}_{part}"] = BoneMatch(bone)
        switches += limb.ik.fk_switches
    # of two values of one property the last one's counts, the limb's
    by_property = {(switch.bone, switch.prop): switch for switch in switches}
    return replace(bone_map, matches=matches, switches=tuple(by_property.values()))
