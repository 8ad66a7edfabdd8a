"""Motion seen in a video: the network, the person's landmarks, the clip's motion. Numpy only, runs without Blender."""
