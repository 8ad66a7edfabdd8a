"""The Unitree G1 in numbers: its model, its motion files, what is wrong with a motion, and mending it."""
