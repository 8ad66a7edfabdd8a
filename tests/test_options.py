"""Declared options: consistent in themselves, and as the docs say."""

import dataclasses
import importlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from tools.option_tables import TABLES, with_tables

DOCS = Path(__file__).resolve().parents[1] / "docs"
FAMILIES = (
    *(("motion.retargeting.retarget_options", name) for name in ("TimingOptions", "RetargetOptions", "KeyOptions")),
    *(("motion.g1.options", name) for name in ("RobotOptions", "G1ExportOptions", "AdjustingOptions")),
    ("motion.g1.choices", "ReadingChoices"),
    ("motion.g1_retargeting.options", "G1RetargetOptions"),
    ("motion.own_motion_options", "ExportOptions"),
    *(
        ("motion.own_motion_options", name)
        for name in ("SmoothingOptions", "TrimOptions", "RetimeOptions", "LoopOptions", "BlendOptions")
    ),
)

each_family = pytest.mark.parametrize(("module", "name"), FAMILIES, ids=[name for _module, name in FAMILIES])


def package(module: str) -> Any:
    return importlib.import_module(f"aimocap_blender.{module}")


@pytest.mark.parametrize("page", sorted({table.page for table in TABLES}))
def test_tables_of_the_docs_are_as_declared(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert text == with_tables(page, text), "python -m tools.option_tables writes them"


def test_the_frame_rate_of_each_trainer_is_in_the_docs() -> None:
    text = (DOCS / "pipeline.md").read_text(encoding="utf-8")
    stated = text[text.index("- `--for T`") : text.index("- `--format F`: [the trainer's]")].partition("lead-in: ")[2]
    rates = {
        name: float(fps)
        for names, fps in re.findall(r"([^()]+)\((\d+) fps", stated)
        for name in re.findall("`(.+?)`", names)
    }
    assert rates == {name: trainer.fps for name, trainer in package("motion.g1.options").TRAINERS.items()}


@each_family
def test_values_are_those_of_the_type(module: str, name: str) -> None:
    family = getattr(package(module), name)
    hints = get_type_hints(family)
    options = package("options").options_of(family)
    assert len(options) == len(dataclasses.fields(family))
    for one in options.values():
        kinds = [kind for kind in (hints[one.field], *get_args(hints[one.field])) if get_origin(kind) is Literal]
        if kinds:
            assert [*one.items][one.automatic :] == [*get_args(kinds[0])]
        assert one.read(one.default) == one.default
        assert not one.switch or options[one.switch].default in {True, False} or "OFF" in options[one.switch].items


def another_value(one: Any) -> object:
    if one.items:
        last = [*one.items][-1]
        return (last,) if isinstance(one.default, tuple) else last
    return not one.default if isinstance(one.default, bool) else "7" if isinstance(one.default, str) else 7


@each_family
def test_choices_become_values_and_no_choices_the_defaults(module: str, name: str) -> None:
    options, family = package("options"), getattr(package(module), name)
    declared = options.options_of(family)
    assert options.made(family, {}) == family()
    for option, one in declared.items():
        value = another_value(one)
        made = options.made(family, options.read_choices({option: value, "other": 1}, family))
        assert getattr(made, one.field) == value
        if one.automatic:
            assert options.made(family, {option: one.default}) == family()


@pytest.mark.parametrize("value", ["head", ["head", "tail"], [["head"]], {"head": True}, 1, None])
def test_several_values_that_are_none_of_the_items_are_refused(value: object) -> None:
    family = package("motion.own_motion_options").SmoothingOptions
    assert package("options").read_choices({"limbs": ["head", "hips"]}, family) == {"limbs": ("head", "hips")}
    with pytest.raises(ValueError, match="limbs is"):
        package("options").read_choices({"limbs": value}, family)


def test_several_values_are_read_from_blenders_set_and_written_to_it() -> None:
    family = package("motion.own_motion_options").SmoothingOptions

    def is_set(name: str) -> bool:
        return name == "strength"

    owner: Any = SimpleNamespace(limbs={"head"}, strength=0.2, properties=SimpleNamespace(is_property_set=is_set))
    assert package("options").made_of(family, owner) == family(("head",), 0.2)
    package("ui.text.option_properties").take_choices(owner, {"limbs": ("hips", "head"), "strength": 1.0}, family)
    assert (owner.limbs, owner.strength) == ({"hips", "head"}, 0.2)


@pytest.mark.parametrize("module", ["takes.captures.capture_settings", *sorted({module for module, _name in FAMILIES})])
def test_flags_are_in_the_docs(module: str) -> None:
    page = (DOCS / "pipeline.md").read_text(encoding="utf-8")
    families = [one for one in package(module).__dict__.values() if dataclasses.is_dataclass(one)]
    flags = [one.flag.name for one in package("options").options_of(*families).values() if one.flag]
    assert not [flag for flag in flags if f"`{flag}" not in page]
