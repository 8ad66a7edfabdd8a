"""Reading and writing of JSON and npz, in bounds, and whole or not at all."""
