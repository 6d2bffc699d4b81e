"""Parse a command line, call one function, print."""
