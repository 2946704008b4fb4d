"""Under deep uncertainty: beliefs, sampled futures, sensitivity, attribution."""
