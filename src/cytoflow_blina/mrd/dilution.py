"""Mix known numbers of blasts into normal marrow, and judge what was found of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10, nan

import numpy as np
from numpy.typing import NDArray
from scipy.stats import linregress

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.population import percent

LEAST_DETECTED_PERCENT = 95.0
"""Share of the replicates in which a level must be detected, by CLSI EP17."""

MOST_BLANKS_PERCENT = 5.0
"""Share of the blanks that may be detected, by CLSI EP17."""


def level_name(level: float) -> str:
    """Write a level as it stands in the id of a sample.

    Parameters
    ----------
    level : float
        Share of blasts, 0 or more.

    Returns
    -------
    str
        In powers of ten; `blank` for 0.

    Examples
    --------
    >>> level_name(0.0001), level_name(0.025), level_name(0)
    ('1e-4', '2.5e-2', 'blank')
    """
    if not level:
        return "blank"
    coefficient, _, exponent = f"{level:.6e}".partition("e")
    return f"{coefficient.rstrip('0').rstrip('.')}e{int(exponent)}"


@dataclass(frozen=True)
class Mixture:
    """How many events of each kind go into one tube.

    Attributes
    ----------
    n_expected : float
        Blasts that the level asks for.
    n_blasts : int
        Blasts that are taken.
    n_normal : int
        Normal events that are taken.
    """

    n_expected: float
    n_blasts: int
    n_normal: int

    @property
    def expected_percent(self) -> float:
        """Blasts that the level asks for, in percent of all events; NaN without any."""
        return percent(self.n_expected, self.n_expected + self.n_normal)


def plan_mixture(
    level: float,
    n_blasts: int,
    n_normal: int,
    rng: np.random.Generator,
    *,
    exact: bool = False,
) -> Mixture:
    """Say how many events of each kind make a level.

    Parameters
    ----------
    level : float
        Share of blasts among all events, 0 or more and below 1; 0 is a blank.
    n_blasts, n_normal : int
        Events there are.
    rng : Generator
        Draws the number of blasts.
    exact : bool, default False
        Whether the number of blasts is the expected one, rounded; otherwise it is
        drawn from a Poisson distribution, as a pipette does.

    Returns
    -------
    Mixture
        All normal events, or as many as the blasts suffice for.
    """
    # Two standard deviations to spare, so that a draw rarely asks for too many.
    most = n_blasts if exact else max(n_blasts - 2 * n_blasts**0.5, 0.0)
    wanted = n_normal * level / (1 - level)
    if wanted > most:
        n_normal = int(most * (1 - level) / level)
        wanted = n_normal * level / (1 - level)
    drawn = round(wanted) if exact else int(rng.poisson(wanted))
    return Mixture(wanted, min(drawn, n_blasts), n_normal)


def mix(
    normal: FloatArray,
    blasts: FloatArray,
    mixture: Mixture,
    rng: np.random.Generator,
    *,
    time: int | None,
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Mix blasts evenly into normal events.

    Parameters
    ----------
    normal, blasts : ndarray of float64, shape (n_events, n_channels)
        Events in the order in which they were measured, linear units.
    mixture : Mixture
        How many of each.
    rng : Generator
        Draws, without replacement, which.
    time : int or None
        Column of time; None where there is none. A blast takes the time of the normal
        event that it follows.

    Returns
    -------
    values : ndarray of float64, shape (n_taken, n_channels)
        Normal events in their order, blasts among them.
    is_blast : ndarray of bool, shape (n_taken,)
        Which are blasts.
    """
    taken = np.sort(rng.choice(len(normal), mixture.n_normal, replace=False))
    added = rng.choice(len(blasts), mixture.n_blasts, replace=False)
    # 0 stands before the first normal event.
    after = np.sort(rng.integers(0, mixture.n_normal + 1, mixture.n_blasts))
    host, guest = normal[taken], blasts[added]
    if time is not None and len(host):
        guest[:, time] = host[np.maximum(after - 1, 0), time]
    is_blast = np.zeros(len(host) + len(guest), dtype=np.bool_)
    is_blast[after + np.arange(len(guest))] = True
    values = np.empty((is_blast.size, normal.shape[1]))
    values[is_blast], values[~is_blast] = guest, host
    return values, is_blast


@dataclass(frozen=True)
class DilutedSample:
    """What was put into one tube of a dilution, and what was found of it.

    Attributes
    ----------
    sample_id : str
        The tube.
    level : float
        Share of blasts that was asked for; 0 for a blank.
    n_expected : float
        Blasts that the level asks for.
    n_true : int
        Blasts in the tube.
    n_found : int or None
        Candidate events, blasts or not; None where the tube could not be evaluated.
    n_denominator : int or None
        Events that are 100 %.
    percent_lo95, percent_hi95 : float
        Interval of the percentage that was found; NaN where there is none.
    status : str
        Of the run: `POS_QUANT`, `NEG`, ...
    """

    sample_id: str
    level: float
    n_expected: float
    n_true: int
    n_found: int | None
    n_denominator: int | None
    percent_lo95: float
    percent_hi95: float
    status: str

    @property
    def is_detected(self) -> bool:
        """Whether the verdict is positive, quantifiable or not."""
        return self.status.startswith("POS")

    @property
    def found_percent(self) -> float:
        """What was found, in percent; NaN where the tube could not be evaluated."""
        return self._percent(self.n_found)

    @property
    def true_percent(self) -> float:
        """What is in the tube, in percent of the same denominator."""
        return self._percent(self.n_true)

    @property
    def recovery_percent(self) -> float:
        """Candidate events in percent of the blasts; NaN for a tube without blasts.

        Normal cells among the candidates count as found: it can be above 100.
        """
        return nan if self.n_found is None else percent(self.n_found, self.n_true)

    @property
    def is_covered(self) -> bool | None:
        """Whether the interval holds what the level asks for; None without one."""
        expected = self._percent(self.n_expected)
        if np.isnan([expected, self.percent_lo95, self.percent_hi95]).any():
            return None
        return self.percent_lo95 <= expected <= self.percent_hi95

    def _percent(self, n_events: float | None) -> float:
        if n_events is None or self.n_denominator is None:
            return nan
        return percent(n_events, self.n_denominator)


@dataclass(frozen=True)
class DilutionLevel:
    """What was found at one level.

    Attributes
    ----------
    level : float
        Share of blasts; 0 for blanks.
    n_tubes, n_detected : int
        Replicates, and those with a positive verdict.
    median_true, median_found : float
        Blasts in the tubes, and candidate events; NaN where no tube could be evaluated.
    """

    level: float
    n_tubes: int
    n_detected: int
    median_true: float
    median_found: float

    @property
    def detected_percent(self) -> float:
        """Detected replicates, in percent."""
        return percent(self.n_detected, self.n_tubes)


@dataclass(frozen=True)
class DilutionSummary:
    """How well known blasts were found over all levels.

    Attributes
    ----------
    levels : tuple of DilutionLevel
        Highest first.
    slope, slope_se, intercept : float
        Of log10 of what was found over log10 of what is in the tubes, in percent; NaN
        where fewer than three tubes, or tubes of one amount, hold and show blasts.
    n_fitted, n_not_fitted : int
        Tubes in the fit, and tubes with blasts of which nothing was found.
    lod_level : float
        Lowest level from which on upwards at least 95 % of the replicates are
        detected; NaN where there is none, and where the blanks refute any.
    n_blanks, n_blanks_detected : int
        Tubes without blasts that could be evaluated, and those with a positive
        verdict. More than 5 % of them refute a limit of detection: what is found in
        tubes with blasts may be what is found without them (CLSI EP17).
    n_covered, n_intervals : int
        Intervals that hold what the level asks for, of those there are.
    """

    levels: tuple[DilutionLevel, ...]
    slope: float
    slope_se: float
    intercept: float
    n_fitted: int
    n_not_fitted: int
    lod_level: float
    n_blanks: int
    n_blanks_detected: int
    n_covered: int
    n_intervals: int

    @property
    def blanks_refute(self) -> bool:
        """Whether too many blanks are detected for any limit of detection."""
        return _refute(self.n_blanks, self.n_blanks_detected)


def summarise_dilution(samples: Sequence[DilutedSample]) -> DilutionSummary:
    """Judge a dilution series.

    Parameters
    ----------
    samples : sequence of DilutedSample
        Its tubes; none give no levels and NaN.

    Returns
    -------
    DilutionSummary
        By level and over all.
    """
    levels = tuple(
        _level(level, [one for one in samples if one.level == level])
        for level in sorted({one.level for one in samples}, reverse=True)
    )
    both = [one for one in samples if one.n_true and one.n_found]
    slope, slope_se, intercept = _line(both)
    covered = [one.is_covered for one in samples if one.n_true]
    blanks = [one for one in samples if not one.level and one.n_found is not None]
    n_positive = sum(one.is_detected for one in blanks)
    return DilutionSummary(
        levels=levels,
        slope=slope,
        slope_se=slope_se,
        intercept=intercept,
        n_fitted=len(both),
        n_not_fitted=sum(bool(one.n_true) and not one.n_found for one in samples),
        lod_level=nan if _refute(len(blanks), n_positive) else _lod(levels),
        n_blanks=len(blanks),
        n_blanks_detected=n_positive,
        n_covered=sum(one is True for one in covered),
        n_intervals=sum(one is not None for one in covered),
    )


def _level(level: float, samples: Sequence[DilutedSample]) -> DilutionLevel:
    found = [one.n_found for one in samples if one.n_found is not None]
    return DilutionLevel(
        level=level,
        n_tubes=len(samples),
        n_detected=sum(one.is_detected for one in samples),
        median_true=float(np.median([one.n_true for one in samples])),
        median_found=float(np.median(found)) if found else nan,
    )


def _line(samples: Sequence[DilutedSample]) -> tuple[float, float, float]:
    """Fit a line on logarithmic axes: slope, its standard error, intercept."""
    x = [log10(one.true_percent) for one in samples]
    y = [log10(one.found_percent) for one in samples]
    if len(x) < 3 or max(x) == min(x):
        return nan, nan, nan
    line = linregress(x, y)
    return float(line.slope), float(line.stderr), float(line.intercept)


def _refute(n_blanks: int, n_detected: int) -> bool:
    """Tell whether more blanks are detected than may be; no blanks refute nothing."""
    return percent(n_detected, n_blanks) > MOST_BLANKS_PERCENT


def _lod(levels: Sequence[DilutionLevel]) -> float:
    """Find the lowest level that is detected, as are all above it."""
    lowest = nan
    for one in levels:
        if not one.level or one.detected_percent < LEAST_DETECTED_PERCENT:
            break
        lowest = one.level
    return lowest
