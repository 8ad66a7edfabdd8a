"""Feet: their contacts with the ground, and legs that keep planted feet still."""
