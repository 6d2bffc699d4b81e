"""Read a study's tables, pair its visits, and make one tidy table."""
