"""Motion onto a character from files and from other armatures."""
