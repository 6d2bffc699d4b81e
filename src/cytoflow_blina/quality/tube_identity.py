"""Check that each file of a two-tube sample is the tube that the sheet says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

from cytoflow_blina.domain.population import percent
from cytoflow_blina.quality.check import Check, Measured

_FEWEST_T_CELLS = 100
_MOST_BY_NATURE = 0.4


@dataclass(frozen=True)
class TubeMarks:
    """How many T cells of a tube look as those of another tube do.

    Attributes
    ----------
    tube : str
        Id of the tube.
    n_t : int
        CD3+ events of the lymphocyte gate.
    n_contrary : int
        Of them, those that contradict the tube: without CD4 and CD8 where these are
        measured, with CD16, CD56 or CD19 where these are.
    """

    tube: str
    n_t: int
    n_contrary: int


def count_marks(
    tube: str, n_events: Mapping[str, int], n_both: int
) -> TubeMarks | None:
    """Count the T cells that contradict a tube.

    Parameters
    ----------
    tube : str
        Id of the tube.
    n_events : mapping of str to int
        Its populations by the names of `counts.csv`.
    n_both : int
        Lymphocytes with CD3 that are no T cells because they carry CD19 too.

    Returns
    -------
    TubeMarks or None
        None for a tube that measures all markers, or no marker of T cells.
    """
    if {"CD3", "DNT"} <= n_events.keys() and "NKTLIKE" not in n_events:
        return TubeMarks(tube, n_events["CD3"], n_events["DNT"])
    if {"CD3", "NKTLIKE"} <= n_events.keys() and "CD4" not in n_events:
        n_t = n_events["CD3"] + n_both
        return TubeMarks(tube, n_t, n_events["NKTLIKE"] + n_both)
    return None


def contradicting_events(marks: TubeMarks | None) -> float:
    """Count the T cells that contradict a tube beyond what blood may hold.

    Parameters
    ----------
    marks : TubeMarks or None
        Of the tube.

    Returns
    -------
    float
        Events beyond 40 % of the T cells; 0 with fewer than 100 T cells.
    """
    if marks is None or marks.n_t < _FEWEST_T_CELLS:
        return 0.0
    return max(0.0, marks.n_contrary - _MOST_BY_NATURE * marks.n_t)


@dataclass(frozen=True)
class TubeIdentity:
    """The tubes of one sample that share detectors."""

    sample_id: str
    tubes: tuple[TubeMarks, ...] = ()


def tube_swap(sample: TubeIdentity) -> Measured | None:
    """Take the worst share of T cells that contradict their tube; many are bad.

    Parameters
    ----------
    sample : TubeIdentity
        What was counted.

    Returns
    -------
    Measured or None
        In percent of the CD3+ lymphocytes; NaN with fewer than 100 of them in every
        tube; None for a sample of one tube.

    Notes
    -----
    The tubes measure different markers with the same detectors. A T cell carries CD4 or
    CD8 but for a few percent (gamma-delta T cells, at times up to 30 %), and seldom
    CD16 or CD56. In exchanged files it is the other way round: nine T cells of ten seem
    to lack both in the first tube, and seem to carry NK or B cell markers in the
    second. Limits: design choice.
    """
    if not sample.tubes:
        return None
    shares = {
        one.tube: percent(one.n_contrary, one.n_t)
        for one in sample.tubes
        if one.n_t >= _FEWEST_T_CELLS
    }
    if not shares:
        return Measured(nan, f"Fewer than {_FEWEST_T_CELLS} T cells in each tube.")
    listed = ", ".join(f"tube {tube} {share:.0f} %" for tube, share in shares.items())
    worst = max(shares.values())
    found = f"T cells that contradict the markers of their tube: {listed}."
    if worst > 100 * _MOST_BY_NATURE:
        found = f"The files look exchanged, compare their names with the sheet. {found}"
    return Measured(worst, found)


TUBE_IDENTITY = (Check("FLAG_TUBE_SWAP", "%", tube_swap),)
