"""Describe and compare; libraries do the tests."""
