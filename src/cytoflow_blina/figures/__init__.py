"""Draw; values in, a figure out."""
