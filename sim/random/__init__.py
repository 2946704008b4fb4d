"""Named random streams, and counts that share them between scenarios."""
