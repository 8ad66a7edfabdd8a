"""Motion put onto the robot, for a rig and for files."""
