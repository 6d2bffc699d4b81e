"""Compose the steps: a tube, a batch, a study."""
