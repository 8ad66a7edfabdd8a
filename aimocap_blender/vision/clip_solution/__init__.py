"""One person's joints in space through a whole clip, from the landmarks of all its frames."""
