"""Video strips and movie files: their timing, and clips rendered from them."""
