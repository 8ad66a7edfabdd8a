"""The motion of a video without the service: its frames as pictures, and the process that sees a person in them."""
