"""Load, find and apply gates."""
