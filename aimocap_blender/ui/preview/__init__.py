"""The free preview: its button, its rows in the list, its application, and how far to trust it."""
