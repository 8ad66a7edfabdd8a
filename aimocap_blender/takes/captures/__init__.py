"""Captures: planned, asked for at the service, and followed; the only takes that know `jobs` and `service`."""
