"""Free previews: a video's motion made on this computer, planned, followed, kept and applied."""
