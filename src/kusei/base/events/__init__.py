"""Event (出来事): what happened, for other modules to hear."""
