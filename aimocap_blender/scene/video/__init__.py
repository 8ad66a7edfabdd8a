"""Video strips and movie files: what they show when, and clips that are rendered from them."""
