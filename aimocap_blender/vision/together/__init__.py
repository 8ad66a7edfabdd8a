"""One person's motion in space from two to four films of the same moment, whose cameras nobody has measured."""
