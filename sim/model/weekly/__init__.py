"""The working week: children, staff, money and practice, counted for all councils at once."""
