"""The causal story of one council."""
