"""Captures: panels, dialogs, the list of captures, and their operators."""
