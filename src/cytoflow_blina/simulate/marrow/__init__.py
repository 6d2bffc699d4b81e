"""Simulate marrow tubes for measurable residual disease, with known truth."""
