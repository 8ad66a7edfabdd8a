"""The networks of depths, which ship with the add-on: their pairs, and their training."""
