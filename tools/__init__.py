"""Commands that make what ships with the add-on and isn't written by hand: the network of depths and its pairs."""
