"""Put two-sided 95 % intervals around counts, percentages and ratios.

Exact limits throughout: Garwood's for a count, Clopper and Pearson's for a share.
They never promise more than the events support, and they say something where no event
was seen. One rule joins the error of counting with all others on the log scale.
"""

from __future__ import annotations

from math import exp, isnan, log, nan, sqrt

from scipy.special import ndtri

from cytoflow_blina.domain.exact_limits import garwood_limits, share_limits

_Z = float(ndtri(0.975))


def percent_interval(n_events: int, n_parent: int) -> tuple[float, float]:
    """Bound a percentage exactly.

    Parameters
    ----------
    n_events, n_parent : int
        Events of the population and of its parent.

    Returns
    -------
    tuple of float
        Lower and upper limit, 0 to 100; NaN, NaN when the parent is empty.

    Notes
    -----
    The exact interval is chosen over Wilson's because it never falls short of 95 %,
    however few the events: a B cell share after anti-CD19 therapy is the normal case.
    """
    lower, upper = share_limits(n_events, n_parent)
    return 100 * lower, 100 * upper


def ratio_interval(n_above: int, n_below: int) -> tuple[float, float]:
    """Bound the ratio of two counts of the same tube.

    Parameters
    ----------
    n_above, n_below : int
        Events above and below the line.

    Returns
    -------
    tuple of float
        Lower and upper limit. The upper is NaN (there is none) where `n_below` is 0;
        both are NaN where both counts are 0.

    Notes
    -----
    Given their sum, the events above the line are binomial with share `r / (1 + r)`;
    beads, volume and pipetting cancel within a tube. Double positives stand on both
    sides of CD4/CD8, which only makes the true interval narrower.
    """
    lower, upper = share_limits(n_above, n_above + n_below)
    odds_upper = nan if n_below == 0 else upper / (1 - upper)
    return (nan if isnan(lower) else lower / (1 - lower)), odds_upper


def concentration_interval(
    n_events: int, cells_per_ul_per_event: float, other_variance: float
) -> tuple[float, float]:
    """Bound cells per microlitre by the one rule that serves every counting method.

    Parameters
    ----------
    n_events : int
        Events counted, 0 or more.
    cells_per_ul_per_event : float
        What one event is worth.
    other_variance : float
        Squared CV of all errors but counting these events: `1/n_beads` + pipetting²
        + bead lot², or volume², or WBC² + lymphocyte %².

    Returns
    -------
    tuple of float
        Lower and upper limit in cells/µL. Without events 0 and an upper bound; NaN
        where an event has no known worth.

    Notes
    -----
    With Garwood limits L and U of k events, C cells/µL and s² the other variance,
    `hi = C exp(sqrt(ln²(U/k) + (1.96 s)²))` and `lo = C exp(-sqrt(ln²(k/L) +
    (1.96 s)²))`; without events `hi` is U times what an event is worth times
    `exp(1.96 s)`.
    """
    if isnan(cells_per_ul_per_event):
        return nan, nan
    lower, upper = garwood_limits(n_events)
    other = _Z * sqrt(other_variance)
    if n_events == 0:
        return 0.0, upper * cells_per_ul_per_event * exp(other)
    cells_per_ul = n_events * cells_per_ul_per_event
    return (
        cells_per_ul * exp(-sqrt(log(n_events / lower) ** 2 + other**2)),
        cells_per_ul * exp(sqrt(log(upper / n_events) ** 2 + other**2)),
    )


def measured_interval(value: float, variance: float) -> tuple[float, float]:
    """Bound a value that another instrument measured, on the log scale.

    Parameters
    ----------
    value : float
        What was measured, 0 or more.
    variance : float
        Squared CV of the measurement.

    Returns
    -------
    tuple of float
        `value exp(± 1.96 s)`: the same rule without events. A value of 0 gives 0 and
        0, NaN gives NaN.
    """
    other = _Z * sqrt(variance)
    return value * exp(-other), value * exp(other)
