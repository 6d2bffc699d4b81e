"""Work out how much MRD there is, and how little could have been seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, nan

import numpy as np
from scipy.special import gammaincinv

from cytoflow_blina.domain.exact_limits import garwood_limits, upper_count_limit
from cytoflow_blina.domain.mrd_verdict import MrdSensitivity, exact_share
from cytoflow_blina.domain.population import percent
from cytoflow_blina.mrd.rules import EventRule

_FEWEST_FOR_SPREAD = 2


@dataclass(frozen=True)
class BlankLimit:
    """Limits from samples without leukaemia and with little of it, in percent.

    Attributes
    ----------
    limit_of_blank : float
        What 95 % of samples without leukaemia do not exceed.
    limit_of_detection : float
        What a sample must hold to exceed that in 95 %.
    n_blank, n_low : int
        Samples behind them.
    """

    limit_of_blank: float
    limit_of_detection: float
    n_blank: int
    n_low: int


def blank_limit(
    blanks: Sequence[float], lows: Sequence[float], *, z: float = 1.645
) -> BlankLimit | None:
    """Estimate the limit of detection from blank and low samples.

    Parameters
    ----------
    blanks : sequence of float
        MRD of samples without leukaemia, in percent of the denominator.
    lows : sequence of float
        MRD of samples with a little of it. With fewer than two the spread of the
        blanks stands in.
    z : float, default 1.645
        Normal deviate of the error on either side, 5 %.

    Returns
    -------
    BlankLimit or None
        None with fewer than two blank samples, which have no spread.

    Notes
    -----
    CLSI EP17, parametric form: `LOB = mean_blank + z SD_blank`, `LOD = LOB + z SD_low`.
    """
    if len(blanks) < _FEWEST_FOR_SPREAD:
        return None
    sd_blank = float(np.std(blanks, ddof=1))
    has_lows = len(lows) >= _FEWEST_FOR_SPREAD
    sd_low = float(np.std(lows, ddof=1)) if has_lows else sd_blank
    limit_of_blank = float(np.mean(blanks)) + z * sd_blank
    return BlankLimit(
        limit_of_blank, limit_of_blank + z * sd_low, len(blanks), len(lows)
    )


def events_needed(n_events: int, cut_percent: float) -> int:
    """Find the denominator of which so many events are no more than the cut.

    Parameters
    ----------
    n_events : int
        Events that a finding, or a number, takes.
    cut_percent : float
        The cut, above 0.

    Returns
    -------
    int
        Denominator events. 20 events at 0.01 % take 200,000.
    """
    return ceil(n_events / exact_share(cut_percent))


def events_to_see(
    n_events: int, cut_percent: float, *, probability: float = 0.95
) -> int:
    """Find the denominator in which so many events are almost surely seen.

    Parameters
    ----------
    n_events : int
        Events that a finding, or a number, takes; 1 or more.
    cut_percent : float
        True MRD, in percent, above 0.
    probability : float, default 0.95
        How surely.

    Returns
    -------
    int
        Denominator events: about 279,000 to see 20 events of MRD at 0.01 %.

    Notes
    -----
    The Poisson expectation of which `n_events` or more are seen with `probability` is
    the inverse of the incomplete gamma function.
    """
    expected = float(gammaincinv(n_events, probability))
    return ceil(expected / float(exact_share(cut_percent)))


def measure_sensitivity(
    n_events: int,
    n_denominator: int,
    rule: EventRule,
    *,
    profile: str,
    cut_percent: float,
    blank_lod_percent: float = nan,
) -> MrdSensitivity:
    """Work out MRD of one tube, its interval and its limits.

    Parameters
    ----------
    n_events : int
        MRD events, 0 or more.
    n_denominator : int
        Events of what is 100 %, 1 or more.
    rule : EventRule
        Events for a finding and for a number.
    profile : str
        Name of the rule.
    cut_percent : float
        MRD in percent that the class turns on.
    blank_lod_percent : float, default NaN
        Limit of detection by blank samples; NaN where there are none.

    Returns
    -------
    MrdSensitivity
        Percentages are 100 n/N as they are: no value is replaced by 0.

    Raises
    ------
    ValueError
        Without denominator events, or with a negative count.
    """
    if n_denominator < 1:
        raise ValueError(f"MRD needs denominator events, found {n_denominator}")
    lower, upper = garwood_limits(n_events)
    event_lod = percent(rule.lod_events, n_denominator)
    event_lloq = percent(rule.lloq_events, n_denominator)
    # NaN, where there are no blank samples, is not larger than anything.
    is_blank = blank_lod_percent > event_lod
    lod = blank_lod_percent if is_blank else event_lod
    can_be_had = not blank_lod_percent > cut_percent
    needed = [
        events_needed(events, cut_percent) if can_be_had else None
        for events in (rule.lod_events, rule.lloq_events)
    ]
    return MrdSensitivity(
        n_events=n_events,
        n_denominator=n_denominator,
        profile=profile,
        lod_events=rule.lod_events,
        lloq_events=rule.lloq_events,
        cut_percent=cut_percent,
        mrd_percent=percent(n_events, n_denominator),
        mrd_percent_lo95=percent(lower, n_denominator),
        mrd_percent_hi95=percent(upper, n_denominator),
        counting_upper_percent=percent(upper_count_limit(n_events), n_denominator),
        blank_lod_percent=blank_lod_percent,
        lod_percent=lod,
        lloq_percent=max(event_lloq, lod),
        lod_source="blank" if is_blank else "events",
        events_for_lod=needed[0],
        events_for_lloq=needed[1],
        events_to_detect=events_to_see(rule.lod_events, cut_percent),
        events_to_quantify=events_to_see(rule.lloq_events, cut_percent),
    )
