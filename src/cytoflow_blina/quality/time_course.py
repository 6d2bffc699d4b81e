"""Measure how steadily a tube ran."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, nan

import numpy as np
from numpy.typing import NDArray

_EVENTS_PER_BIN = 100
_TICKS_PER_BIN = 5
_FEWEST_BINS = 5
_BINS_OF_SHORT_RUN = 20
_RATE_TOLERANCE = 0.5
_BACKWARD_SHARE = 0.001
_CLIPPED_SHARE = 0.01
_WRAPPED = "Time wrapped: it starts again within the file"


@dataclass(frozen=True)
class TimeMeasurement:
    """How steadily a tube ran.

    Attributes
    ----------
    kept_percent : float
        Share of the time during which the event rate was steady, 0 to 100; NaN where
        Time cannot be used.
    rate_cv_percent : float
        CV of the event rate between the bins of time; NaN likewise.
    problem : str
        Why Time cannot be used; empty where it can.
    is_wrapped : bool
        Whether Time starts again within the file.
    """

    kept_percent: float
    rate_cv_percent: float
    problem: str = ""
    is_wrapped: bool = False


def measure_time(time_s: NDArray[np.float64] | None) -> TimeMeasurement:
    """Measure how steadily events arrived.

    Parameters
    ----------
    time_s : ndarray of float64, shape (n_events,), or None
        Time of each event in seconds, in the order of the file; None where the file
        has no Time.

    Returns
    -------
    TimeMeasurement
        With the reason where Time cannot be used: absent, not finite, constant,
        running backwards (wrapped), piled up at its end (clipped), or too short.

    Notes
    -----
    The event rate is taken in bins of 1 s, wider where a second holds fewer than 100
    events, so that counting noise stays near 10 %, or fewer than 5 ticks of the clock;
    narrower, as far as these two allow, where the run is shorter than 20 s. The
    incomplete last bin is left out. A bin is steady when its rate lies within 50 %
    of the median rate: a clog empties it, a bubble or a burst doubles it. Formula and
    limits are a design choice after flowAI and PeacoQC.
    """
    if time_s is None:
        return TimeMeasurement(nan, nan, "the file has no Time")
    problem = _value_problem(time_s) or _order_problem(time_s)
    if problem:
        return TimeMeasurement(nan, nan, problem, is_wrapped=problem == _WRAPPED)
    since_start = time_s - time_s.min()
    duration = float(since_start.max())
    width = _bin_width(time_s, duration)
    n_bins = int(duration // width)
    if n_bins < _FEWEST_BINS:
        words = f"{time_s.size} events in {duration:.3g} s are too few for a rate"
        return TimeMeasurement(nan, nan, words)
    bins = (since_start / width).astype(np.int64)
    rates = np.bincount(bins, minlength=n_bins)[:n_bins].astype(np.float64)
    # Empty bins are what a clog leaves: they must not move what counts as steady.
    median = float(np.median(rates[rates > 0]))
    is_steady = np.abs(rates - median) <= _RATE_TOLERANCE * median
    return TimeMeasurement(
        kept_percent=100 * float(is_steady.mean()),
        rate_cv_percent=100 * float(rates.std() / rates.mean()),
    )


def _bin_width(time_s: NDArray[np.float64], duration: float) -> float:
    """Choose seconds that hold enough events and enough ticks of the clock."""
    n_ticks = max(int(np.count_nonzero(np.diff(time_s) > 0)), 1)
    wanted = max(
        _EVENTS_PER_BIN * duration / time_s.size, _TICKS_PER_BIN * duration / n_ticks
    )
    narrow = max(duration / _BINS_OF_SHORT_RUN, wanted)
    return narrow if narrow < 1 else float(ceil(wanted))


def _value_problem(time_s: NDArray[np.float64]) -> str:
    """Say why the values of Time cannot be used; empty where they can."""
    if time_s.size == 0:
        return "there are no events"
    if not np.isfinite(time_s).all():
        return "Time holds values that are not numbers"
    if time_s.max() == time_s.min():
        return "Time is the same for all events"
    return "Time was clipped at its end" if _is_clipped(time_s) else ""


def _order_problem(time_s: NDArray[np.float64]) -> str:
    """Say why the order of Time cannot be used; empty where it can."""
    steps = np.diff(time_s)
    if (steps < -0.5 * (time_s.max() - time_s.min())).any():
        return _WRAPPED
    is_backward = np.count_nonzero(steps < 0) > _BACKWARD_SHARE * time_s.size
    return "Time runs backwards" if is_backward else ""


def _is_clipped(time_s: NDArray[np.float64]) -> bool:
    """Tell whether the last value of Time holds far more events than any other."""
    if np.count_nonzero(time_s == time_s.max()) <= _CLIPPED_SHARE * time_s.size:
        return False
    _, counts = np.unique(time_s, return_counts=True)
    return bool(counts[-1] > 3 * counts[:-1].max())


def sentence(time: TimeMeasurement) -> str:
    """Say in a sentence how steadily the tube ran.

    Parameters
    ----------
    time : TimeMeasurement
        What was measured.

    Returns
    -------
    str
        The steady share of the time, or why it is not known.
    """
    if time.problem:
        return f"{time.problem}."
    return (
        f"The event rate was steady for {time.kept_percent:.0f} % of the time "
        f"(CV {time.rate_cv_percent:.0f} %)."
    )
