"""Texts in Blender's language, wrapped, reported, and shown."""
