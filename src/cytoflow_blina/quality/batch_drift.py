"""Check each run of an instrument against its first ones, as Levey and Jennings do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import copysign, isnan, nan
from statistics import NormalDist

import numpy as np
from scipy import stats

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.quality.check import Check, Measured

FEWEST_RUNS, MOST_RUNS = 8, 20
"""Runs that the centre and the SD are taken from: the first of the instrument."""

_EFFICIENCY = 0.8
_MEDIAN_VARIANCE = 1.6
_QN_FACTOR = 2.2219
_LEAST_SPREAD = {"decades": 0.05 / 3, "display units": 0.0125 / 3}
_IN_A_ROW = 4
_LEAST_LOG_P = -700.0
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Quantity:
    """One quantity of a run that is charted.

    Attributes
    ----------
    code : str
        Check that judges it.
    name : str
        `CD45 of lymphocytes`.
    unit : {"decades", "display units"}
        Unit of its values.
    """

    code: str
    name: str
    unit: str


@dataclass(frozen=True)
class InstrumentRun:
    """One tube as a run of its instrument.

    Attributes
    ----------
    sample_id, tube : str
        Which tube.
    series : tuple of str
        Instrument and panel; a tube of a panel is a series of its own.
    at : datetime
        When it was acquired.
    values : mapping of Quantity to float
        What is charted.
    """

    sample_id: str
    tube: str
    series: tuple[str, str]
    at: datetime
    values: Mapping[Quantity, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ControlPoint:
    """One value of a Levey-Jennings chart.

    Attributes
    ----------
    run : InstrumentRun
        The run.
    quantity : Quantity
        What was measured.
    value, centre, spread : float
        The value, and centre and SD of the reference; NaN with too few runs.
    n_reference : int
        Runs of the reference.
    deviation : float
        Standard normal deviate that is as rare as the value; NaN likewise.
    row : float
        Twice the least deviation of the last four runs where all lie on one side of
        the centre, else 0; NaN likewise.
    """

    run: InstrumentRun
    quantity: Quantity
    value: float
    centre: float
    spread: float
    n_reference: int
    deviation: float
    row: float


def chart_runs(runs: Iterable[InstrumentRun]) -> tuple[ControlPoint, ...]:
    """Put every quantity of every run beside the first runs of its instrument.

    Parameters
    ----------
    runs : iterable of InstrumentRun
        In any order.

    Returns
    -------
    tuple of ControlPoint
        By series, quantity and time. A run is compared with earlier ones alone, so
        that a later run changes none of them.

    Notes
    -----
    Reference: the first 20 runs, or as many as there are from 8 on, of the same
    instrument, panel and tube (at least 20 for a control: CLSI C24, professional
    knowledge of medium confidence). Centre: their median. Spread: their Qn
    (Rousseeuw and Croux 1993), which half of the runs can spoil no more, and no less
    than what makes 0.05 decade three SD. A reference of few runs is itself uncertain:
    the deviation is that normal deviate which is as rare as the value is by Student's
    t for a further run, with 0.8 (n - 1) degrees of freedom.
    """
    series: dict[tuple[tuple[str, str], str, Quantity], list[InstrumentRun]]
    series = defaultdict(list)
    for run in runs:
        for quantity in run.values:
            series[run.series, run.tube, quantity].append(run)
    ordered = sorted(series.items(), key=lambda item: (item[0][:2], item[0][2].name))
    return tuple(
        point
        for (_, _, quantity), members in ordered
        for point in _chart(
            sorted(members, key=lambda run: (run.at, run.sample_id)), quantity
        )
    )


def _chart(runs: Sequence[InstrumentRun], quantity: Quantity) -> list[ControlPoint]:
    """Chart one quantity of one instrument."""
    values = np.array([run.values[quantity] for run in runs])
    times = np.array([run.at for run in runs], dtype="datetime64[us]")
    n_reference = np.minimum(np.searchsorted(times, times), MOST_RUNS)
    centre, spread = np.full(values.size, nan), np.full(values.size, nan)
    for n in range(FEWEST_RUNS, min(values.size, MOST_RUNS) + 1):
        has_n = n_reference == n
        centre[has_n] = np.median(values[:n])
        spread[has_n] = max(robust_sd(values[:n]), _LEAST_SPREAD[quantity.unit])
    deviation = _normal_deviate(values - centre, spread, n_reference)
    rows = _in_a_row(deviation)
    return [
        ControlPoint(
            run=run,
            quantity=quantity,
            value=float(values[k]),
            centre=float(centre[k]),
            spread=float(spread[k]),
            n_reference=int(n_reference[k]),
            deviation=float(deviation[k]),
            row=float(rows[k]),
        )
        for k, run in enumerate(runs)
    ]


def robust_sd(values: FloatArray) -> float:
    """Estimate a standard deviation that outliers do not spoil.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)
        Two or more.

    Returns
    -------
    float
        Qn: the first quartile, about, of the distances between all pairs, made
        unbiased for normal values.

    Notes
    -----
    Rousseeuw and Croux 1993, J Am Stat Assoc 88:1273; four fifths as efficient as the
    standard deviation, twice the median absolute deviation.
    """
    n = values.size
    first, second = np.triu_indices(n, 1)
    distances = np.abs(values[first] - values[second])
    half = n // 2 + 1
    rank = half * (half - 1) // 2 - 1
    # Correction for few values, by the authors.
    factor = n / (n + 1.4) if n % 2 else n / (n + 3.8)
    return float(np.partition(distances, rank)[rank]) * _QN_FACTOR * factor


def _normal_deviate(
    shift: FloatArray, spread: FloatArray, n_reference: np.ndarray
) -> FloatArray:
    """Turn a further value's distance from few ones into a standard normal deviate."""
    n = np.maximum(n_reference, 2)
    ratio = shift / (spread * np.sqrt(1 + _MEDIAN_VARIANCE / n))
    tail = stats.t.logsf(np.abs(ratio), _EFFICIENCY * (n - 1))
    least = np.exp(np.maximum(tail, _LEAST_LOG_P))
    deviate: FloatArray = np.sign(ratio) * stats.norm.isf(least)
    return deviate


def _in_a_row(deviation: FloatArray) -> FloatArray:
    """Twice the least deviation of the last runs where they lie on one side."""
    rows = np.where(np.isnan(deviation), nan, 0.0)
    if deviation.size < _IN_A_ROW:
        return rows
    windows = np.lib.stride_tricks.sliding_window_view(deviation, _IN_A_ROW)
    low, high = windows.min(axis=1), windows.max(axis=1)
    last = np.where(low > 0, low, np.where(high < 0, high, 0.0))
    is_known = ~np.isnan(last)
    rows[_IN_A_ROW - 1 :][is_known] = 2 * last[is_known]
    return rows


@dataclass(frozen=True)
class ControlledTube:
    """The points of one tube that one check judges.

    Attributes
    ----------
    points : tuple of ControlPoint
        Empty where nothing could be charted.
    reason : str
        Why there is none, in words.
    """

    points: tuple[ControlPoint, ...] = ()
    reason: str = ""


def control_deviation(tube: ControlledTube) -> Measured:
    """Take the farthest deviation of a tube from the first runs; both ways are bad.

    Parameters
    ----------
    tube : ControlledTube
        Points of its Levey-Jennings charts.

    Returns
    -------
    Measured
        In SD, positive where the value is higher; NaN with fewer than 8 earlier runs.

    Notes
    -----
    Two of the rules by Westgard and others 1981, Clin Chem 27:493 (professional
    knowledge, high confidence), made for patients' tubes, which spread more than
    controls: one value beyond 3 SD, and four in a row on one side, here beyond 1.5 SD,
    which count as twice their least. Of several quantities the farthest counts, less
    what so many would reach by chance (Bonferroni), so that a steady instrument is
    flagged in less than one tube of 100.
    """
    known = [point for point in tube.points if not isnan(point.deviation)]
    if not known:
        n_runs = max((point.n_reference for point in tube.points), default=0)
        reason = tube.reason or (
            f"{n_runs} earlier runs of this instrument, panel and tube; the chart "
            f"needs {FEWEST_RUNS}"
        )
        return Measured(nan, f"{reason}.")
    judged = [
        (value, point, words)
        for point in known
        for value, words in (
            (_less_chance(point.deviation, len(known)), "this run"),
            (point.row, "four runs in a row"),
        )
    ]
    value, point, words = max(judged, key=lambda one: abs(one[0]))
    quantity = point.quantity
    digits = 2 if quantity.unit == "decades" else 3
    shift = f"{point.value - point.centre:+.{digits}f} {quantity.unit}"
    return Measured(
        value,
        f"{quantity.name}: {shift} from the first {point.n_reference} runs ({words}).",
    )


def _less_chance(deviation: float, n_quantities: int) -> float:
    """Take off what the farthest of several quantities reaches by chance."""
    if n_quantities == 1 or deviation == 0:
        return deviation
    tail = min(0.5, n_quantities * _NORMAL.cdf(-abs(deviation)))
    return copysign(-_NORMAL.inv_cdf(tail), deviation)


BATCH_DRIFT = tuple(
    Check(code, "SD", control_deviation)
    for code in ("QC_LJ_CD45", "QC_LJ_CD3", "QC_LJ_BEADS", "QC_LJ_GATES")
)
