"""The captures of this Blender: planned, begun, followed, read, applied. No panel, no operator, no preferences."""
