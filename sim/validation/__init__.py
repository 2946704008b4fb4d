"""The model against the published record: targets, calibration, scores."""
