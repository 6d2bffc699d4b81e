"""Check that the gates leave no doubt about the counts."""

from __future__ import annotations

from math import floor, isnan, nan

from cytoflow_blina.domain.finding import Verdict
from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements

HEADLINE = ("LYMPH", "CD3", "CD4", "CD8", "NK", "CD19")
"""Populations that a sample is released for. The others are small and lie in the tails
of these: each row is released or not by its own confidence."""


def least_confidence(tube: TubeMeasurements) -> Measured | None:
    """Take the least confidence among the main populations; a low one is bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        0 to 1; NaN where gates were given, or taken from the template as they are. That
        warns, as nothing is known of how they fit this tube. None for a tube whose
        template counts no lymphocytes.

    Notes
    -----
    At 0.5 a count is expected to be off by as much as is tolerated: 5 %, or two
    standard deviations of counting (`count_confidences`). Limit: design choice.
    """
    if not tube.counts_lymphocytes:
        return None
    known = {
        name: tube.confidences[name]
        for name in HEADLINE
        if not isnan(tube.confidences.get(name, nan))
    }
    if not known:
        whose = "were given" if tube.are_gates_given else "are the template's own"
        words = f"Gates {whose}; how well they fit this tube was not measured."
        return Measured(nan, words, verdict=Verdict.WARN)
    worst = min(known, key=lambda name: known[name])
    shown = floor(100 * known[worst]) / 100  # never up to the limit
    return Measured(
        known[worst], f"{worst} is the least sure: confidence {shown:.2f} of at most 1."
    )


CONFIDENCE = (Check("QC_CONFIDENCE", "1", least_confidence),)
