"""Preferences, the key, the check of the service, the log, and the report for support."""
