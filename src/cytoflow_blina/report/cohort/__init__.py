"""Lay out the analyses of a cohort, for the report and for a manuscript."""
