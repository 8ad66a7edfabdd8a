"""The Unitree G1 in numbers: its model, its motion files, checks of motions, and their repair."""
