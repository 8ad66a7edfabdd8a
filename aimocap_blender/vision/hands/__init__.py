"""Hands seen in a video: their landmarks, and the fingers over a clip."""
