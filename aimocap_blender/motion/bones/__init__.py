"""Which bone of a skeleton is which: names, detection, control rigs known by name."""
