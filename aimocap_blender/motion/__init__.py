"""Numbers: skeletons, clips, humanoid bones, retargeting and the Unitree G1. Runs without Blender."""
