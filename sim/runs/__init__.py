"""Running a plan: scenarios, chunks, workers, staging, precision, identity."""
