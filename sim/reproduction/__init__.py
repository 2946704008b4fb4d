"""Simulated councils put through the estimators of published studies."""
