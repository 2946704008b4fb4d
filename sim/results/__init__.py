"""The run folder: its tables, its metadata, one writer and one reader."""
