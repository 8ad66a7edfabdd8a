"""Cleaning up motion that a character has: limbs smoothed, ends trimmed, takes blended."""
