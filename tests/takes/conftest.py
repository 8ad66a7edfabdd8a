"""The fixtures of the tests of the command line."""

from tests.command.conftest import *  # noqa: F403 -- pytest finds fixtures by their names here
