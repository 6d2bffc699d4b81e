"""Hold the values that travel through the pipeline; none of them does anything."""
