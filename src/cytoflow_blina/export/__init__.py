"""Write the tables of a run and where they came from."""
