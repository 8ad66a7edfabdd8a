"""`blender --command aimocap …`: its verbs, loaded when it is called."""
