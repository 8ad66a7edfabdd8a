"""Hands that touch the other hand, the own body or the floor."""
