"""The commands of `simulate`, one module for each group of them."""
