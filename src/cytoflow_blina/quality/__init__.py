"""Check a tube, a sample and a batch against the rules of the field."""
