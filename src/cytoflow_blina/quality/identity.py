"""Check that a sample resembles its own subject more than another."""

from __future__ import annotations

from math import nan

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.subject_visit import (
    Crowd,
    SubjectVisit,
    VisitInContext,
    gather_crowd,
    sum_up_person,
)

_SPREADS = (0.10, 0.15)
"""SD between visits of CD4/CD8 and of NK/CD3, in decades."""


def identity_swap(context: VisitInContext) -> Measured | None:
    """Take how much farther a sample is from its own subject; much is bad.

    Parameters
    ----------
    context : VisitInContext
        The sample, and earlier ones of every subject.

    Returns
    -------
    Measured or None
        Distance from the subject's own earlier samples less that from the nearest
        other subject's, in SD; NaN with nobody else to compare with, with too few cells
        or in the first three days of an infusion or dose; None for the first sample of
        a subject.

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
    visit, crowd = context.visit, context.crowd
    distances = _distances(visit, crowd)
    is_own = np.array([subject == visit.subject_id for subject in crowd.subjects])
    others = np.where(is_own, nan, distances)
    if np.isnan(distances[is_own]).all() or np.isnan(others).all():
        message = (
            "Too few cells, too soon after a dose, or nobody else to compare with."
        )
        return Measured(nan, message)
    own = float(distances[is_own][0])
    nearest = int(np.nanargmin(others))
    return Measured(
        own - float(others[nearest]),
        f"CD4/CD8 and NK/CD3 lie {own:.1f} SD from the subject's own earlier samples "
        f"and {others[nearest]:.1f} SD from those of {crowd.subjects[nearest]}.",
    )


def _distances(visit: SubjectVisit, crowd: Crowd) -> FloatArray:
    """Distance of a sample from each subject, in SD; NaN with too few cells."""
    here = gather_crowd({visit.subject_id: sum_up_person([visit])})
    variances = np.square(_SPREADS) + here.variances + crowd.variances
    deviations = (here.means - crowd.means) / np.sqrt(variances)
    distances: FloatArray = np.hypot(deviations[:, 0], deviations[:, 1])
    return distances


ID_SWAP = Check("FLAG_ID_SWAP", "SD", identity_swap)
