"""Refuse times of follow-up that cannot be."""

from __future__ import annotations

from math import isfinite

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray

# Times are computed from days; those that differ by rounding noise alone are tied.
_DECIMALS = 9


def check_follow_up(months: FloatArray, is_event: BoolArray) -> FloatArray:
    """Refuse times that cannot be, and make ties of those that differ by noise.

    Parameters
    ----------
    months : ndarray of float64, shape (n_subjects,)
        Time to the event or to the last observation.
    is_event : ndarray of bool, shape (n_subjects,)
        True for the event.

    Returns
    -------
    ndarray of float64, shape (n_subjects,)
        The times, rounded to 9 decimals.

    Raises
    ------
    ValueError
        For times that are negative, NaN or infinite, telling the subjects by their
        place (the first is 0), or arrays of different length.
    TypeError
        Where `is_event` is not of truth values: 1 and 2 mean different things in
        different programs.
    """
    if is_event.dtype != np.bool_:
        raise TypeError(f"is_event must be bool, not {is_event.dtype}")
    if months.ndim != 1 or months.shape != is_event.shape:
        raise ValueError(
            f"months has shape {months.shape}, is_event {is_event.shape}; "
            "both must hold one value for each subject"
        )
    wrong = np.flatnonzero(~(np.isfinite(months) & (months >= 0)))
    if wrong.size:
        found = ", ".join(f"subject {place}: {months[place]}" for place in wrong)
        raise ValueError(f"months must be 0 or more; found {found}")
    return np.round(months, _DECIMALS).astype(np.float64)


def check_time(months: float) -> float:
    """Refuse a time of reading that cannot be, and round it as those of subjects.

    Parameters
    ----------
    months : float
        A time on the axis of a curve.

    Returns
    -------
    float
        The time, rounded to 9 decimals.

    Raises
    ------
    ValueError
        For a time that is negative, NaN or infinite.
    """
    if not (isfinite(months) and months >= 0):
        raise ValueError(f"the time must be 0 months or more; found {months}")
    return round(float(months), _DECIMALS)
