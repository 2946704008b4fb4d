"""Running nations in batches, keeping the results, and comparing them."""
