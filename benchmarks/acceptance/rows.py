"""Hold the rows that gating simulated samples gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]

HEADLINE = ("LYMPH", "CD3", "CD4", "CD8", "NK", "CD19")
"""Populations that a sample is released for."""


@dataclass
class Rows:
    """Rows of the tables that one scenario and seed give.

    Attributes
    ----------
    populations : list of dict
        One for each tube, population and kind of gates.
    samples : list of dict
        One for each sample, with fitted gates.
    counts : list of dict
        One for each row of `counts.csv` with cells/uL, and kind of gates.
    findings : list of dict
        One for each check of each tube and sample, and for each flag.
    """

    populations: list[Row] = field(default_factory=list)
    samples: list[Row] = field(default_factory=list)
    counts: list[Row] = field(default_factory=list)
    findings: list[Row] = field(default_factory=list)

    @property
    def tables(self) -> tuple[list[Row], ...]:
        """All of them, in order."""
        return self.populations, self.samples, self.counts, self.findings

    def about(self, columns: Row) -> Rows:
        """Put columns before all others in every row."""
        return Rows(*([columns | row for row in table] for table in self.tables))
