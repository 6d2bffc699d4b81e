"""Name how the counts of a cohort were had."""

TRUTH = "truth"
"""As the cohort has them, before any cytometer."""
DRAWN = "drawn"
"""With errors of counting, pipetting and bead lot, without files or gates."""
FCS = "fcs"
"""From simulated FCS files, by the whole pipeline."""
