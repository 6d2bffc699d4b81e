"""Write the report that a lab reads."""
