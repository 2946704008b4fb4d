"""Files as they are read: TOML with line numbers, places, dates, problems."""
