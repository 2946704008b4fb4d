"""Sentences and headlines whose every number is traced to a table."""
