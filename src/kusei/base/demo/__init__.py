"""Demonstration: made residents, staff, logins and a few months of work, and the import of published data."""

from datetime import timedelta

HISTORY = timedelta(days=120)
"""How far back a demonstration reaches: staff had their roles and procedures were open all this time."""
