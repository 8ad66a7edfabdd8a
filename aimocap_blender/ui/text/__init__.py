"""Texts in the language of Blender's interface: translated, wrapped, reported and shown."""
