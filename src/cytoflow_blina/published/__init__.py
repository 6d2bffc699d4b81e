"""Check what a paper prints against its own numbers."""
