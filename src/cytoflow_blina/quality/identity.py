"""Check that a sample resembles its own subject more than another."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, nan, sqrt

from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.subject_visit import SubjectVisit, VisitInContext

_SPREADS = (0.10, 0.15)
"""SD between visits of CD4/CD8 and of NK/CD3, in decades."""


def identity_swap(context: VisitInContext) -> Measured | None:
    """Take how much farther a sample is from its own subject; much is bad.

    Parameters
    ----------
    context : VisitInContext
        The sample, earlier ones of its subject, and earlier ones of others.

    Returns
    -------
    Measured or None
        Distance from the subject's own earlier samples less that from the nearest
        other subject's, in SD; NaN with nobody else to compare with, or too few cells;
        None for the first sample of a subject.

    Notes
    -----
    The CD4/CD8 ratio and the NK/CD3 ratio are a person's own for months, and T-cell
    engagement moves both less than persons differ. A change between visits has an SD of
    0.10 and 0.15 decades beside counting (design choice, to be checked on the lab's own
    pairs); distances add both as independent. A value says which of two persons it
    resembles, and proves nothing: only a clear one warns.
    """
    if not context.earlier:
        return None
    visit = context.visit
    own = _distance(visit, context.earlier)
    others = {
        samples[0].subject_id: distance
        for samples in context.others
        if (distance := _distance(visit, samples)) >= 0
    }
    if not own >= 0 or not others:
        message = "Too few cells, or nobody else, to compare with."
        return Measured(nan, message)
    nearest = min(sorted(others), key=lambda subject: others[subject])
    difference = own - others[nearest]
    return Measured(
        difference,
        f"CD4/CD8 and NK/CD3 lie {own:.1f} SD from the subject's own earlier samples "
        f"and {others[nearest]:.1f} SD from those of {nearest}.",
    )


def _distance(visit: SubjectVisit, samples: Sequence[SubjectVisit]) -> float:
    """Distance of a sample from those of a subject, in SD; NaN with too few cells."""
    deviations = []
    for number, spread in enumerate(_SPREADS):
        here = visit.ratios[number]
        known = [found for one in samples if (found := one.ratios[number])]
        if here is None or not known:
            return nan
        mean = sum(value for value, _ in known) / len(known)
        counting = here[1] + sum(variance for _, variance in known) / len(known) ** 2
        deviations.append((here[0] - mean) / sqrt(spread**2 + counting))
    return hypot(*deviations)


ID_SWAP = Check("FLAG_ID_SWAP", "SD", identity_swap)
