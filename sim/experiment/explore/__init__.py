"""Under deep uncertainty: sampled futures, and what they say about the choice of a regime."""
