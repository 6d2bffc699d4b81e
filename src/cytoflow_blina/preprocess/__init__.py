"""Turn raw events into compensated and scaled ones."""
