"""Keyframes of Actions, in every version of Blender."""
