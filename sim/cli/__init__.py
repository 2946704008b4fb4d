"""The command `simulate`: one module for each group of its commands."""
