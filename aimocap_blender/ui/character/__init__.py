"""The character: its armature and its bone map."""
