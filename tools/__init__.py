"""The tools of make: find a Python, make the environments, build the zip, run the suites. Standard library only."""
