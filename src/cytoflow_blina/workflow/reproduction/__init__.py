"""Reproduce a published study on a cohort whose true counts are known."""
