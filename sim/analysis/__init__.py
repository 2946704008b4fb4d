"""Statistics on arrays: means, intervals, paired comparisons, survival."""
