"""Everything that touches Blender data: strips, armatures, keyframes, FBX files and the G1 rig."""
