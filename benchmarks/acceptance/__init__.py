"""Measure what the program promises, on simulated tubes whose truth is known."""
