"""The explorer: one page in which a reader can change what is believed and see who does best."""
