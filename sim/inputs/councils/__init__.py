"""The councils and their published returns: tables, baselines, names."""
