"""Bad inputs over every command: each is one clear message and nothing half-written."""
