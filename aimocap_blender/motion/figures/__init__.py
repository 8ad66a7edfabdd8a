"""A skeleton as a human figure: its limbs, its torso, its rest pose."""
