"""The Unitree G1 in Blender's data: its rig, its shape, its limits, its keys."""
