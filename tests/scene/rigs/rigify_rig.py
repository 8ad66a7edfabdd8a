"""Rigify's generated human, made by Blender itself."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import bpy  # first: it makes Blender's own modules importable

import addon_utils  # isort: skip

LONGEST_SEC = 120
ROOT = Path(__file__).resolve().parents[3]
RIGS = ROOT / "build" / "rigs"

DEFORMING = {
    "hips": "DEF-spine",
    "neck": "DEF-spine.004",
    "head": "DEF-spine.006",
    **{
        f"{side}_{slot}": f"DEF-{bone}.{letter}"
        for side, letter in (("left", "L"), ("right", "R"))
        for slot, bone in (
            ("upper_arm", "upper_arm"),
            ("lower_arm", "forearm"),
            ("hand", "hand"),
            ("upper_leg", "thigh"),
            ("lower_leg", "shin"),
            ("foot", "foot"),
            ("index_proximal", "f_index.01"),
            ("little_proximal", "f_pinky.01"),
        )
    },
}
"""Slot to the bone that moves the mesh there."""


def generate(file: Path, kind: str = "human") -> None:
    """Save a file with a metarig, human or basic_human, and the rig that Rigify makes of it.

    Rigify takes half a minute for the face, so what each Blender made is kept in `RIGS` from one run to the next.
    """
    made_by = hashlib.sha256(Path(__file__).read_bytes() + bpy.app.build_hash).hexdigest()[:10]
    kept = RIGS / f"{kind}-{bpy.app.version_string}-{made_by}.blend"
    if not kept.exists():
        RIGS.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.blend")
        # in a process of its own: once Rigify has been switched off, Blender 4.2 may crash in the next import of a glTF
        command = [sys.executable, "-m", "tests.scene.rigs.rigify_rig", str(part), kind]
        subprocess.run(command, cwd=ROOT, check=True, timeout=LONGEST_SEC)
        part.replace(kept)
    shutil.copyfile(kept, file)


def open_rig(file: Path) -> bpy.types.Object:
    bpy.ops.wm.open_mainfile(filepath=str(file))
    return bpy.data.objects["rig"]


def main() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("rigify", default_set=True)
    getattr(bpy.ops.object, f"armature_{sys.argv[2]}_metarig_add")()
    bpy.ops.pose.rigify_generate()
    bpy.ops.wm.save_as_mainfile(filepath=sys.argv[1])
    os._exit(0)  # Blender 4.5 may hang in a normal exit


if __name__ == "__main__":
    main()
