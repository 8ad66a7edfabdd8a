"""Any human motion onto the Unitree G1."""
