"""Measure how often the 95 % interval of an absolute count holds the truth.

Two ways: counting alone, where cells and beads are drawn as numbers and no event is
simulated, so that every stratum has as many tubes as are asked for; and through gating
of small simulated tubes, which are fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from acceptance.arithmetic import share_with_interval
from acceptance.gate_simulated import evaluate_plan, first_samples, ranges_named
from acceptance.rows import HEADLINE, Row, Rows
from cytoflow_blina.counting.concentration import (
    CountingErrors,
    concentration,
    mean_concentration,
)
from cytoflow_blina.counting.method import count_factor
from cytoflow_blina.domain.counting import (
    Concentration,
    CountFactor,
    CountingInputs,
    CountMethod,
)
from cytoflow_blina.simulate.plan import StudyPlan
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.spec import TubeSpec

STRATA: Mapping[str, tuple[float, float]] = {
    "<20": (0.5, 20),
    "20-100": (20, 100),
    "100-1,000": (100, 1_000),
    "1,000-5,000": (1_000, 5_000),
}
"""Expected events of a population."""

WORSE = (1.0, 2.0)
"""True coefficients of variation over those that are configured."""

SIZES = (150, 600, 2_500, 8_000)
"""Lymphocytes of small tubes, so that the strata are all filled."""

_ERRORS = CountingErrors()
_BEADS, _BLOOD_UL = 50_450.0, 50.0
_ACQUIRED_UL, _DILUTION = 200.0, 20.0


@dataclass(frozen=True)
class Draw:
    """Draws events that a tube of a known concentration gives.

    Attributes
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    worse : float
        True coefficients of variation over those that are configured.
    """

    rng: np.random.Generator
    worse: float

    def error(self, cv: float) -> float:
        """Draw a factor around 1."""
        return max(1 + self.worse * cv * float(self.rng.standard_normal()), 0.0)

    def events(self, expected: float) -> int:
        """Draw a count."""
        return int(self.rng.poisson(expected))


def count_by_beads(expected: float, draw: Draw) -> tuple[float, Concentration]:
    """Count a population of one bead tube; its true cells/uL first."""
    share = float(draw.rng.uniform(0.1, 0.4))
    cells = expected / _BLOOD_UL / share
    n_events, factor = _bead_tube(cells, share, draw.error(_ERRORS.bead_lot_cv), draw)
    return cells, concentration(n_events, factor)


def count_two_tubes(expected: float, draw: Draw) -> tuple[float, Concentration]:
    """Count a population of two bead tubes of one lot; half of the events in each."""
    share = float(draw.rng.uniform(0.1, 0.4))
    cells = expected / 2 / _BLOOD_UL / share
    lot = draw.error(_ERRORS.bead_lot_cv)
    both = tuple(_bead_tube(cells, share, lot, draw) for _ in range(2))
    return cells, mean_concentration(both)


def _bead_tube(
    cells: float, share: float, lot: float, draw: Draw
) -> tuple[int, CountFactor | None]:
    """Draw the events of one tube, and say what the lab takes one for."""
    blood_ul = _BLOOD_UL * draw.error(_ERRORS.pipetting_cv)
    n_events = draw.events(cells * blood_ul * share)
    n_beads = draw.events(_BEADS * lot * share)
    inputs = CountingInputs(CountMethod.BEAD, _BEADS, _BLOOD_UL)
    return n_events, count_factor(
        inputs, n_beads=n_beads, n_lymphocytes=n_events, errors=_ERRORS
    )


def count_by_volume(expected: float, draw: Draw) -> tuple[float, Concentration]:
    """Count a population by the volume taken in; its true cells/uL first."""
    cells = expected / _ACQUIRED_UL * _DILUTION
    n_events = draw.events(expected * draw.error(_ERRORS.volume_cv))
    inputs = CountingInputs(
        CountMethod.VOLUMETRIC,
        acquired_volume_ul=_ACQUIRED_UL,
        dilution_factor=_DILUTION,
    )
    factor = count_factor(inputs, n_beads=None, n_lymphocytes=0, errors=_ERRORS)
    return cells, concentration(n_events, factor)


def count_by_analyser(expected: float, draw: Draw) -> tuple[float, Concentration]:
    """Count a population by the haematology analyser; its true cells/uL first."""
    n_lymphocytes, lymphocytes = 10_000, 1_500.0
    wbc, percent = 5.0, 30.0
    cells = expected / n_lymphocytes * lymphocytes
    n_events = draw.events(expected)
    inputs = CountingInputs(
        CountMethod.DUAL,
        wbc_1e9_per_l=wbc * draw.error(_ERRORS.wbc_cv),
        lymph_percent_of_wbc=percent * draw.error(_ERRORS.lymph_percent_cv),
    )
    others = draw.events(n_lymphocytes - expected)
    factor = count_factor(
        inputs, n_beads=None, n_lymphocytes=n_events + others, errors=_ERRORS
    )
    return cells, concentration(n_events, factor)


METHODS: Mapping[str, Callable[[float, Draw], tuple[float, Concentration]]] = {
    "bead": count_by_beads,
    "bead, mean of two tubes": count_two_tubes,
    "volumetric": count_by_volume,
    "dual": count_by_analyser,
}


def coverage_of_counting(n_tubes: int, seed: int) -> pd.DataFrame:
    """Measure coverage of counting alone, gating left out.

    Parameters
    ----------
    n_tubes : int
        Tubes for each method, stratum and size of the true errors.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        Share of the intervals that hold the truth, with its exact 95 % interval, and
        shares of those that lie wholly above and below it, in percent. Expected events
        are spread evenly on a log scale within a stratum.
    """
    rows = []
    for number, (method, count) in enumerate(METHODS.items()):
        for worse in WORSE:
            for stratum, (low, high) in STRATA.items():
                rng = np.random.default_rng((seed, number, int(worse), int(high)))
                draw = Draw(rng, worse)
                expected = np.exp(rng.uniform(np.log(low), np.log(high), n_tubes))
                counted = [count(float(one), draw) for one in expected]
                rows.append(
                    {
                        "method": method,
                        "true_over_configured_cv": worse,
                        "stratum": stratum,
                        **_coverage((true, c.lo95, c.hi95) for true, c in counted),
                    }
                )
    return pd.DataFrame(rows)


def _coverage(counted: Iterable[tuple[float, float, float]]) -> Row:
    """Sum up truth, lower and upper limit of many counts."""
    true, lower, upper = np.array(list(counted), dtype=np.float64).T
    n, above, below = true.size, int((lower > true).sum()), int((upper < true).sum())
    covered, lo, hi = share_with_interval(n - above - below, n)
    with np.errstate(divide="ignore"):
        width = np.log(upper / lower)[lower > 0]
    return {
        "n": n,
        "covered_percent": covered,
        "lo95": lo,
        "hi95": hi,
        "too_high_percent": 100 * above / n,
        "too_low_percent": 100 * below / n,
        "median_width_percent": 100 * float(np.median(np.expm1(width / 2)))
        if width.size
        else np.nan,
    }


def small_tubes(seed: int, *, ranges: Ranges, worse: float) -> StudyPlan:
    """Plan samples of the default scenario as small tubes, pipetted with errors.

    Parameters
    ----------
    seed : int
        Seed of the simulation, which also says how many lymphocytes there are to be.
    ranges : Ranges
        From where tubes are drawn.
    worse : float
        True coefficients of variation over those that are configured.

    Returns
    -------
    StudyPlan
        The first sample of each panel.
    """
    plan = first_samples("default", seed, ranges)
    n_lymphocytes = SIZES[seed % len(SIZES)]

    def small(tube: TubeSpec) -> TubeSpec:
        preparation = replace(
            tube.preparation,
            pipetting_cv=worse * _ERRORS.pipetting_cv,
            bead_lot_cv=worse * _ERRORS.bead_lot_cv,
        )
        return replace(
            tube,
            n_lymphocytes=n_lymphocytes,
            n_beads=2_500,
            preparation=preparation,
        )

    samples = tuple(
        replace(sample, tubes=tuple(small(tube) for tube in sample.tubes))
        for sample in plan.samples
    )
    return replace(plan, samples=samples)


def evaluate_small_tubes(ranges: str, task: tuple[float, int]) -> Rows:
    """Gate the small tubes of one size of errors and one seed.

    Parameters
    ----------
    ranges : {"default", "other"}
        From where tubes are drawn.
    task : tuple of float and int
        True coefficients of variation over those that are configured; seed.

    Returns
    -------
    Rows
        With `true_over_configured_cv` and `seed` in each.
    """
    worse, seed = task
    rows = evaluate_plan(small_tubes(seed, ranges=ranges_named(ranges), worse=worse))
    return rows.about({"true_over_configured_cv": worse, "seed": seed})


def coverage_of_gating(counts: pd.DataFrame) -> pd.DataFrame:
    """Measure coverage through gating.

    Parameters
    ----------
    counts : DataFrame
        Rows of `Tables.counts`, with `true_over_configured_cv`.

    Returns
    -------
    DataFrame
        As `coverage_of_counting`, for the headline populations and for all, fitted and
        template.
    """
    return pd.DataFrame(list(_coverage_rows(counts)))


def _coverage_rows(counts: pd.DataFrame) -> Iterator[Row]:
    single = counts[~counts.population.str.startswith("CD3_")]
    sets = {"headline": single[single.population.isin(HEADLINE)], "reported": single}
    for name, rows in sets.items():
        for keys, part in rows.groupby(["gates", "true_over_configured_cv"]):
            for stratum, (low, high) in STRATA.items():
                inside = part[part.expected_events.between(low, high, "left")]
                if len(inside):
                    limits = inside[["true_cells", "lo95", "hi95"]]
                    yield {
                        "populations": name,
                        "gates": keys[0],
                        "true_over_configured_cv": keys[1],
                        "stratum": stratum,
                        **_coverage(limits.itertuples(index=False)),
                    }
