"""Reading JSON and npz with limits, and writing files as a whole or not at all."""
