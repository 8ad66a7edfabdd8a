"""The scripts in docs/ do what they say; operators, values and calls that they name exist."""

import argparse
import dataclasses
import json
import re
import shlex
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from tests.media.g1_files import Written
from tests.media.g1_json import g1_motion
from tests.media.performance import Performance
from tests.pages import PAGES, ROOT, blocks_in, code_in, run_script
from tests.standin import StandIn
from tests.ui.acts import module

DOCS = ROOT / "docs"
WHOLE = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
OPERATORS = re.findall(r"\baimocap\.(\w+)\(([^)]*)\)", code_in(WHOLE))
"""Name and arguments of all that are named."""


@pytest.mark.usefixtures("strip")
def test_the_script_for_pipelines(service: StandIn, character: bpy.types.Object) -> None:
    run_script("docs/pipeline.md")
    assert len(service.charges) == 1
    assert character.animation_data.action is not None


@pytest.mark.usefixtures("addon")
def test_the_script_for_robots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    position, rotation, angles = g1_motion(np.arange(60) / 30.0, Performance())
    angles[30, 3] = 3.2  # the left knee, past its limit
    written = Written((position + np.array([0.0, 0.0, 0.05]), rotation[:, [3, 0, 1, 2]], angles))
    (tmp_path / "walk.csv").write_bytes(written.csv())
    monkeypatch.chdir(tmp_path)
    run_script("docs/robot-engineers.md")
    report = json.loads((tmp_path / "walk_report.json").read_text())
    found = {row["kind"]: row["findings"] for row in report["summary"]}
    assert (found["joint_limit"], found["floating"]) == (0, 0)
    with np.load(tmp_path / "walk.npz") as out:
        assert int(out["fps"][0]) == 50
        assert len(out["joint_pos"]) == report["frameCount"]
        assert {name for name in out.files if f"`{name}`" not in WHOLE} == set()


@pytest.mark.usefixtures("addon")
class TestNames:
    def test_operators_and_their_arguments(self) -> None:
        for name, arguments in OPERATORS:
            known = getattr(bpy.ops.aimocap, name).get_rna_type().properties.keys()
            named = {argument.partition("=")[0].strip() for argument in arguments.split(",")} - {"", "…"}
            assert named <= set(known), name

    def test_every_operator_is_documented(self) -> None:
        internal = {name for name in dir(bpy.ops.aimocap) if name.startswith("watch")} | module(
            "renamed"
        ).OPERATORS.keys()
        assert set(dir(bpy.ops.aimocap)) - internal == {name for name, _ in OPERATORS}

    def test_every_setting_is_documented(self) -> None:
        table = (DOCS / "pipeline.md").read_text(encoding="utf-8").partition("### Settings")[2]
        first = " ".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE))
        options = " ".join(row for page in ("pipeline", "animators") for row in in_scripts(page))
        named = re.findall(r"`(\w+)`", re.sub(r"default `\w+`", "", f"{first} {options}"))
        known = {each.identifier for each in bpy.context.scene.aimocap.bl_rna.properties if not each.is_hidden}
        own = module("motion.own_motion_options")  # what only operators have
        families = own.SmoothingOptions, own.TrimOptions, own.RetimeOptions, own.LoopOptions, own.BlendOptions
        of_operators = {*module("options").options_of(*families)} - known
        assert set(named) - of_operators == known - {"rna_type", "name", "mirror_bones"}

    def test_table_of_action_properties_is_complete(self) -> None:
        text = (DOCS / "pipeline.md").read_text(encoding="utf-8")
        table = text.partition("### Action properties")[2].partition("### ")[0]
        named = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE)))
        fields = dataclasses.fields(module("scene.action_source").ActionSource)
        assert set(named) - {"aimocap_"} == {field.name for field in fields}

    def test_values_in_tables_are_those_of_what_stands_before_them(self) -> None:
        rows = re.findall(r"^\| (`.+?`) \| (.+)$", (DOCS / "pipeline.md").read_text(encoding="utf-8"), re.MULTILINE)
        rows += [(row, "") for page in ("pipeline", "animators") for row in in_scripts(page)]
        seen = 0
        for subject, reported in rows:
            values = set(re.findall(r"'(\w+)'", subject + reported))
            operators = re.findall(r"aimocap\.(\w+)\(", subject)
            owners = [getattr(bpy.ops.aimocap, name).get_rna_type().properties for name in operators]
            settings = bpy.context.scene.aimocap.bl_rna.properties
            chosen = [prop for owner in owners for prop in owner] or [
                settings[name] for name in re.findall(r"`(\w+)`", subject) if name in settings
            ]
            assert values <= items_of(chosen), subject
            seen += len(values)
        assert seen > 30

    def test_values_for_robots(self) -> None:
        text = (DOCS / "robot-engineers.md").read_text(encoding="utf-8")
        named = set(re.findall(r"`'(\w+)'`", text))
        operators = ("add_g1_rig", "import_g1_motion", "fix_g1_motion", "export_g1_motion", "retarget_to_g1")
        known = [prop for name in operators for prop in getattr(bpy.ops.aimocap, name).get_rna_type().properties]
        assert len(named) > 20
        assert named <= items_of(known)
        steps = dict(re.findall(r"^\| `'([A-Z_]+)'` \| .+ \|(.*)\|$", text, re.MULTILINE))
        options = module("options").options_of(module("motion.g1.options").AdjustingOptions)
        for step in options["step"].items:
            shown = [name for name, one in options.items() if one.shown(SimpleNamespace(step=step)) and name != "step"]
            assert re.findall(r"`(\w+)`", steps.pop(step)) == shown, step
        assert not steps

    def test_faults_and_their_tolerances_are_named(self) -> None:
        text = (DOCS / "robot-engineers.md").read_text(encoding="utf-8")
        names, allow = module("ui.g1.heat").FAULT_NAMES.values(), module("motion.g1.checks").G1Tolerances()
        assert not [name for name in names if f"**{name}**" not in text]
        estimates = module("motion.g1.feasibility")
        seconds = f"on average over {estimates.FALL_SEC:g} s"
        assert f"{estimates.TIPPED * 100:g} cm outside the standing feet, {seconds}" in text
        assert f"a quarter of the weight, {seconds}" in text
        assert estimates.CARRIED == 0.25
        assert f"{estimates.JERK:g} m/s³ of the pelvis, on average over {estimates.JERK_SEC:g} s" in text
        assert f"{allow.limit:g} rad past" in text
        assert f"{allow.slide_speed:g} m/s, for {allow.slide_way * 100:g} cm" in text
        assert f"{allow.floating * 100:g} cm above" in text
        assert allow.floating == allow.sinking
        assert f"{allow.collision * 100:g} cm of one" in text
        assert f"{allow.root_speed:g} m/s, {allow.root_turn:g} rad/s" in text

    def test_every_choice_is_documented_by_its_label(self) -> None:
        text = (DOCS / "animators.md").read_text(encoding="utf-8")
        shown = [prop for prop in bpy.ops.aimocap.apply_capture.get_rna_type().properties if not prop.is_hidden]
        labels = {prop.name for prop in shown} - {"RNA", "Name", "Strength"}
        labels |= {item.name for prop in shown if prop.type == "ENUM" for item in prop.enum_items}
        assert len(labels) > 15
        assert not [label for label in labels if f"**{label}**" not in text]

    def test_calls_of_the_command_line(self) -> None:
        scripts = "\n".join(script for page in PAGES for script in blocks_in(page.read_text(encoding="utf-8"), "sh"))
        calls = [shlex.split(line) for line in scripts.replace("\\\n", "").splitlines() if line.startswith("blender")]
        assert len(calls) > 5
        for call in calls:
            at = call.index("--command")
            assert call[1:at] in ([], ["--online-mode"])
            if call[at + 1] == "extension":  # which tests/installed/ runs
                blenders_own_parser().parse_args(call[at + 2 :])
                continue
            assert call[at + 1] == "aimocap"
            words = call[at + 2 :]
            module("command.verbs")._parser().parse_args(words[: words.index(">>")] if ">>" in words else words)


def blenders_own_parser() -> argparse.ArgumentParser:
    """That of `blender --command extension`."""
    from bl_pkg import bl_extension_cli  # which can be found once bpy is there

    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(required=True)
    for name in ("install", "install_file", "repo_add", "upgrade"):
        getattr(bl_extension_cli, f"cli_extension_args_{name}")(verbs)
    return parser


def in_scripts(page: str) -> list[str]:
    """The last column of a page's tables of options: their names and values."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(r"^\| \*\*.+ \| (`\w+`[^|]*) \|$", text, re.MULTILINE)


def items_of(properties: list[bpy.types.Property]) -> set[str]:
    return {item for prop in properties if prop.type == "ENUM" for item in prop.enum_items.keys()}  # noqa: SIM118 -- RNA
