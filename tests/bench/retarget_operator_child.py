"""Retarget one armature's motion to another by the operator; print the seconds, and those that baking takes.

Runs in Blender. Its arguments: the zip, and the number of vertices of the character's mesh; -1 for Rigify's rig.
"""

import importlib
import os
import sys
import tempfile
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.bench_retarget import FPS, FRAMES, baked, the_scene
from tests.installed.blender_knows import MODULE, install
from tests.media.metahuman_fbx import make_metahuman_fbx
from tests.scene.rigs.rigify_rig import generate

RUNS = 5


class Watch:
    """Sums up the seconds that a function takes."""

    def __init__(self, module: str, name: str) -> None:
        home = importlib.import_module(f"{MODULE}.{module}")
        self.seconds, self._watched = 0.0, getattr(home, name)
        setattr(home, name, self)

    def __call__(self, *arguments: object, **named: object) -> object:
        start = time.perf_counter()
        try:
            return self._watched(*arguments, **named)
        finally:
            self.seconds += time.perf_counter() - start


def retargeted(source: bpy.types.Object, character: bpy.types.Object) -> tuple[float, float]:
    """Return the least seconds of some runs, and those of them for the report."""
    watch = Watch("scene.retargeting", "checked")
    took: list[tuple[float, float]] = []
    for _ in range(RUNS):
        if character.animation_data is not None:
            character.animation_data.action = None  # a rig's drivers stay
        bpy.context.view_layer.objects.active = character
        watch.seconds = 0.0
        start = time.perf_counter()
        assert bpy.ops.aimocap.retarget_from(source=source.name) == {"FINISHED"}
        took.append((time.perf_counter() - start, watch.seconds))
    return min(took)


def edited() -> float:
    """Return the least seconds of some runs in which a foot contact is changed and the feet are solved again."""
    took: list[float] = []
    for end in range(RUNS):
        start = time.perf_counter()
        assert bpy.ops.aimocap.set_contacts(foot="LEFT", frames=f"1-20, 30-{50 + end}") == {"FINISHED"}
        bpy.context.view_layer.update()
        took.append(time.perf_counter() - start)
    return min(took)


def main() -> None:
    zip_file, vertices = sys.argv[-2], int(sys.argv[-1])
    with tempfile.TemporaryDirectory() as folder:
        fbx = Path(folder) / "performance.fbx"
        make_metahuman_fbx(fbx, 0.0, FRAMES / FPS, FPS)
        source, character = the_scene(fbx, vertices=max(vertices, 0))
        if vertices < 0:
            generate(Path(folder) / "rig.blend")
            with bpy.data.libraries.load(str(Path(folder) / "rig.blend")) as (_, ours):
                ours.objects = ["rig"]
            (character,) = ours.objects
            bpy.context.scene.collection.objects.link(character)
        install(zip_file)  # after the factory settings, which disable it
        whole, report = retargeted(source, character)
        name = "Rigify's rig" if vertices < 0 else f"a mesh of {vertices} vertices" if vertices else "no mesh"
        print(f"{name}: {FRAMES} frames in {whole:.3f} s, of which the report {report:.3f} s", flush=True)
        if vertices >= 0:
            print(f"  a foot contact changed, feet solved again: {edited():.3f} s", flush=True)
            character.animation_data_clear()
            took = baked(source, character)
            print(f"  constraints and nla.bake: {took:.2f} s, {took / whole:.1f} times as long", flush=True)
    os._exit(0)  # Blender 4.5 may hang in a normal exit with Rigify enabled


if __name__ == "__main__":
    main()
