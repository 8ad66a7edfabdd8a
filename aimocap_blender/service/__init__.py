"""The AIMoCap web service: requests, answers, transfers and errors in plain words. Runs without Blender."""
