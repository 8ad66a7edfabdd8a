"""Of `vision/together`."""
