"""Demonstration: made residents, staff and logins, and the import of published data."""
