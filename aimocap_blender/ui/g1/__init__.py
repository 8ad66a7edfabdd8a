"""What people see and press of the Unitree G1."""
