"""Turn events into cells per microlitre, whatever the method."""

from __future__ import annotations

from dataclasses import dataclass

from cytoflow_blina.counting.intervals import concentration_interval
from cytoflow_blina.domain.counting import NOT_COUNTED, Concentration, CountFactor


@dataclass(frozen=True)
class CountingErrors:
    """Coefficients of variation of everything but the counting of events.

    Attributes
    ----------
    pipetting_cv : float, default 0.02
        Blood pipetted into the tube; 2 % is reverse pipetting by a trained hand
        (design choice).
    bead_lot_cv : float, default 0.02
        Beads per tube against the number on the pouch (design choice).
    volume_cv : float, default 0.02
        Volume taken in together with the dilution, which does not cancel in
        volumetric counting (design choice).
    wbc_cv : float, default 0.03
        Leukocytes of a haematology analyser (professional knowledge, medium
        confidence; worse below 1 x 10^9/L).
    lymph_percent_cv : float, default 0.05
        Lymphocyte percentage of the analyser's differential (professional
        knowledge, medium confidence; unreliable below WBC 0.5 x 10^9/L).
    """

    pipetting_cv: float = 0.02
    bead_lot_cv: float = 0.02
    volume_cv: float = 0.02
    wbc_cv: float = 0.03
    lymph_percent_cv: float = 0.05


def concentration(n_events: int, factor: CountFactor | None) -> Concentration:
    """Count one population of one tube.

    Parameters
    ----------
    n_events : int
        Its events.
    factor : CountFactor or None
        What an event is worth; None where that is not known.

    Returns
    -------
    Concentration
        Cells/µL with a 95 % interval; 0 with an upper bound where there are no
        events, NaN where an event's worth is not known.
    """
    if factor is None:
        return NOT_COUNTED
    variance = factor.own_variance + factor.shared_variance
    limits = concentration_interval(n_events, factor.cells_per_ul_per_event, variance)
    return Concentration(n_events * factor.cells_per_ul_per_event, *limits)


def mean_concentration(
    counts: tuple[tuple[int, CountFactor | None], ...],
) -> Concentration:
    """Average one population over the tubes of a sample.

    Parameters
    ----------
    counts : tuple of (int, CountFactor or None)
        Events of the population, and what an event is worth, tube by tube.

    Returns
    -------
    Concentration
        The mean of the tubes' cells/µL. The events of all tubes count together in
        the interval, errors of one tube alone average out, shared ones do not. NaN
        where a tube could not be counted, or there is none.
    """
    factors = [factor for _, factor in counts if factor is not None]
    if not counts or len(factors) < len(counts):
        return NOT_COUNTED
    n_tubes = len(counts)
    n_events = sum(n for n, _ in counts)
    parts = [
        n * factor.cells_per_ul_per_event / n_tubes
        for (n, _), factor in zip(counts, factors, strict=True)
    ]
    mean = sum(parts)
    # Without events all tubes weigh alike, and an event is worth what it is on average.
    weights = [part / mean if mean else 1 / n_tubes for part in parts]
    worth = (
        mean / n_events
        if n_events
        else sum(factor.cells_per_ul_per_event for factor in factors) / n_tubes**2
    )
    own = sum(w**2 * f.own_variance for w, f in zip(weights, factors, strict=True))
    shared = max(factor.shared_variance for factor in factors)
    return Concentration(mean, *concentration_interval(n_events, worth, own + shared))
