"""The simulated country: councils, their week, and the institutions around them."""
