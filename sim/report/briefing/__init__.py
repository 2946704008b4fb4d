"""Briefings and study pages: content, HTML, document."""
