"""Install the zip with the added option; answer where it is. Runs in Blender."""

import contextlib
import importlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import blender_knows

from tests.blender_parts import operators
from tools.option_tables import TABLES, rows

OPERATORS = ("apply_capture", "apply_preview", "import_motion_fbx", "retarget_from", "retarget_asset")
APPLY = ("apply", "1", "--character", "hero.blend", "--output", "out.blend")


def module(name: str) -> Any:
    return importlib.import_module(f"{blender_knows.MODULE}.{name}")


def shown(properties: Any) -> dict[str, object]:
    wobble = properties["wobble"]
    ends = {"least": wobble.hard_min, "most": wobble.hard_max}
    return {"name": wobble.name, "description": wobble.description, "default": wobble.default, **ends}


def preset() -> str:
    operators().add_motion_preset(name="Mine")
    (file,) = Path(bpy.utils.user_resource("SCRIPTS", path="presets")).rglob("Mine.py")
    return file.read_text()


def refused(binding: Any, data: dict[str, object]) -> str:
    try:
        binding.Binding.from_json({**data, "wobble": "much"})
    except ValueError as error:
        return str(error)
    return ""


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text())
    blender_knows.install(request["zip"])
    scene: Any = bpy.context.scene
    scene.aimocap.wobble = 1.5
    binding, choices, files, verbs = map(module, ("takes.binding", "takes.binding", "command.files", "command.verbs"))
    data = json.loads(
        json.dumps(binding.unbound("Take", files.from_scene_start(scene), choices.choices_of(scene.aimocap)).to_json())
    )
    read = binding.Binding.from_json(data).choices
    parsed = {"given": (*APPLY, "--wobble", "0.75"), "not given": APPLY}
    with contextlib.redirect_stderr(io.StringIO()) as errors:
        verbs.run_verb([*APPLY, "--wobble", "3"])
    answer = {
        "scene": shown(scene.aimocap.bl_rna.properties),
        "operators": {name: shown(getattr(operators(), name).get_rna_type().properties) for name in OPERATORS},
        "preset": preset(),
        "binding": {"wobble": data["wobble"]},
        "read": read["wobble"],
        "refused": refused(binding, data),
        "value": choices.retarget_options(read).wobble,
        "command": {
            how: files.choices_for(scene, verbs._parser().parse_args(given))["wobble"] for how, given in parsed.items()
        },
        "wrong": errors.getvalue(),
        "table": rows(TABLES[0], blender_knows.MODULE),
    }
    Path(request["answer"]).write_text(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)


main()
