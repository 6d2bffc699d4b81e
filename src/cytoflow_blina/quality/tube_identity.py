"""Check that each file of a two-tube sample is the tube that the sheet says."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from cytoflow_blina.domain.population import percent
from cytoflow_blina.quality.check import Check, Measured

_FEWEST_T_CELLS = 100


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
    return Measured(
        max(shares.values()),
        f"T cells that contradict the markers of their tube: {listed}.",
    )


TUBE_IDENTITY = (Check("FLAG_TUBE_SWAP", "%", tube_swap),)
