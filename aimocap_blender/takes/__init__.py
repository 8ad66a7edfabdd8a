"""Takes: motion of captures, previews, files and armatures, from a plan to keyframes. No panel, no preferences."""
