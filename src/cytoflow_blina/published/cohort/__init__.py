"""Hold the tables of a synthetic cohort (see README.md)."""
