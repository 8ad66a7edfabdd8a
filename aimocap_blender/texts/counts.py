"""Numbers of things for sentences: one has a word of its own."""

from .text import Text


def frames_in_words(count: int) -> Text:
    """Return a number of frames for a sentence."""
    return Text("1 frame") if count == 1 else Text("{count} frames", count=count)


def columns_in_words(count: int) -> Text:
    """Return a number of columns for a sentence."""
    return Text("1 column") if count == 1 else Text("{count} columns", count=count)


def joint_count_in_words(count: int) -> Text:
    """Return a number of joints for a sentence."""
    return Text("1 joint") if count == 1 else Text("{count} joints", count=count)
