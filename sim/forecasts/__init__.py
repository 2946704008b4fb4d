"""Forecasts from the end of the record on: sealed before figures appear, scored when they do."""
