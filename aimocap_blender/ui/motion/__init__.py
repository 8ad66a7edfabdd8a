"""Operators that apply motion from files and from other armatures."""
