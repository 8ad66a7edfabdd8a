"""The AIMoCap web service: requests, answers, transfers and errors in human words. Runs without Blender."""
