"""Lay out what a report says of residual leukaemia."""
