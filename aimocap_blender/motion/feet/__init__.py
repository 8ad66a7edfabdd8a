"""Planted feet: where and when they stand, and legs that keep them there."""
