"""A capture's life: its record, its states, the ledger on disk and the thread that drives it. Runs without Blender."""
