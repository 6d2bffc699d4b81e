"""Turn events into cells per microlitre, with intervals."""
