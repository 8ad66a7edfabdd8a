"""Runs in a process of its own: operators in overridden contexts while another thread runs Python; see the test."""

import json
import os
import threading

import bpy

from aimocap_blender.scene.operator_calls import overridden, threads

ROUNDS = 2000


def work(turn: threading.Lock) -> None:
    """Make and drop Python's objects, but not while this thread is held still."""
    while True:
        with turn:
            json.loads(json.dumps({"pose": [str(bone) for bone in range(40)]}))


def main() -> None:
    """As a G1 rig is made, many times."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    turn = threading.Lock()
    threads.held_still = lambda: turn
    threading.Thread(target=work, args=(turn,), daemon=True).start()
    rig = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(rig)
    layer = bpy.context.view_layer
    layer.objects.active = rig
    for _ in range(ROUNDS):
        with overridden(scene=bpy.context.scene, view_layer=layer, active_object=rig, object=rig):
            bpy.ops.object.mode_set(mode="EDIT")
            bpy.ops.object.mode_set(mode="OBJECT")


if __name__ == "__main__":
    main()
    os._exit(0)  # a daemon thread in Python makes Blender's own end crash
