"""The body's surface: its parts, the points of it that rest on something, and hands that touch it."""
