"""Preferences, API key, connection check, log, and the report for support."""
