"""A person who is nobody's picture: a clothed body around the MetaHuman-style skeleton, filmed in a room."""
