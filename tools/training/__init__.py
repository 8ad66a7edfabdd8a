"""The network of depths, which ships with the add-on: its pairs, and its training."""
