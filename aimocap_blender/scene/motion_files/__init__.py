"""Motion on a character written to files of other programs, by Blender's own exporters."""
