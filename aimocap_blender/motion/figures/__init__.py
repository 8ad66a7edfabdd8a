"""A skeleton as a figure of a person: its limbs, its torso, its rest pose."""
