"""The character: which armature it is, and which of its bones is what."""
