"""Check a table, as a paper or a manuscript prints it, against its own numbers."""
