"""Capturing: the tab in the sidebars, its questions, the list of captures, and what can be done with them."""
