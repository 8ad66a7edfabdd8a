"""Armatures of real files, brought into the open one."""

import shutil
from pathlib import Path

import bpy

from tests.scene.characters import import_fbx, true_names
from tests.scene.real_files import bvh_part

BOXING = "motions/boxing_toes.bvh"
RUN = "motions/ue4_run.fbx"


def bring(shared_data: Path, file: str, folder: Path, part: slice = slice(None)) -> bpy.types.Object:
    """The armature of a file, of a BVH with a part of its frames, added to the open one and selected alone."""
    before = set(bpy.data.objects)
    path = shared_data / file
    if path.suffix == ".blend":
        with bpy.data.libraries.load(str(path)) as (held, wanted):
            wanted.objects = held.objects
        for loaded in wanted.objects:
            bpy.context.scene.collection.objects.link(loaded)
    elif path.suffix == ".bvh":
        bpy.ops.import_anim.bvh(filepath=str(bvh_part(path, folder / path.name, part)))
    elif path.suffix == ".fbx":
        import_fbx(path, use_anim="motions" in file)
    else:
        copy = folder / f"{path.stem}.glb"
        shutil.copyfile(path, copy)
        bpy.ops.import_scene.gltf(filepath=str(copy))
    names = set(true_names(shared_data, file).values())
    armatures = [thing for thing in set(bpy.data.objects) - before if thing.type == "ARMATURE"]
    (armature,) = [thing for thing in armatures if names <= {bone.name for bone in thing.data.bones}]
    if "characters" in file:
        armature.animation_data_clear()
        for bone in armature.pose.bones:
            bone.matrix_basis.identity()
    select(armature)
    return armature


def select(*armatures: bpy.types.Object) -> None:
    """Select these alone; the last one is the active one."""
    for thing in bpy.context.view_layer.objects:
        thing.select_set(state=thing in armatures)
    bpy.context.view_layer.objects.active = armatures[-1]
