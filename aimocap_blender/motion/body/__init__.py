"""The body's surface: its parts, and the points of it that rest on something."""
