"""Fit a synthetic cohort to the medians, ranges and P values of a published study."""

import sys
from pathlib import Path

# As for the other packages beside it, names start at their common folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
