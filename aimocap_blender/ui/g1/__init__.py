"""User interface of the Unitree G1."""
