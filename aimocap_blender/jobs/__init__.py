"""A capture's life: its record, its states, the ledger on disk and the threads that drive it. Runs without Blender."""
