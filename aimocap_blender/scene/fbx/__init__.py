"""FBX files: checked here, imported and sampled in a second Blender."""
