"""The returns of simulated councils, put through the regressions that were run on the record."""
