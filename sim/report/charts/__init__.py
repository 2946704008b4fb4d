"""Charts and maps drawn from a finished folder."""
