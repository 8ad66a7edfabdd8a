"""Texts with values, and faults: the way in which every room speaks to people."""
