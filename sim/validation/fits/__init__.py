"""The two fits: what is on record of them, and what they say."""
