"""Give the values of an outcome, whether a cytometer or another method had them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import nan

import pandas as pd

from cytoflow_blina.cohort.subject_tables import MeasurementRow
from cytoflow_blina.cohort.usable_values import (
    UsableValue,
    index_counts,
    reported_outcomes,
    usable_value,
)
from cytoflow_blina.domain.comparison import OUTCOMES, Outcome
from cytoflow_blina.domain.sample import Sample

MEASUREMENTS = "measurements"
"""Family of the outcomes that other methods measured."""

MRD_FAMILY = "MRD"
"""Family of MRD."""

WITHOUT_COUNTS = frozenset({MEASUREMENTS, MRD_FAMILY})
"""Families of which low-count checks say nothing."""


@dataclass(frozen=True, eq=False)
class ValueSource:
    """Occasions on which outcomes were measured, and how to look them up.

    Attributes
    ----------
    samples : tuple of Sample
        The occasions; a visit of measurements.csv stands as a sample of its own.
    outcomes : tuple of Outcome
        What can be had of them.
    look_up : callable
        Gives the value of one outcome of one sample.
    """

    samples: tuple[Sample, ...]
    outcomes: tuple[Outcome, ...]
    look_up: Callable[[Sample, Outcome], UsableValue]


def counted_source(
    counts: pd.DataFrame,
    samples: Iterable[Sample],
    *,
    specimen: str = "PB",
) -> ValueSource:
    """Give what was counted.

    Parameters
    ----------
    counts : DataFrame
        `counts.csv`, as `read_table` returns it.
    samples : iterable of Sample
        Every sample of the sheet, whether it could be processed or not.
    specimen : str, default "PB"
        What was drawn.

    Returns
    -------
    ValueSource
        Of all that is compared; outcomes that no sample reports are left out, unless
        none is reported. It can look up every other of `OUTCOMES` as well.
    """
    index = index_counts(counts)
    wanted = tuple(one for one in OUTCOMES if one.family)
    drawn = sorted(
        {one for one in samples if one.specimen == specimen},
        key=lambda one: one.sample_id,
    )
    return ValueSource(
        samples=tuple(drawn),
        outcomes=reported_outcomes(index, wanted) or wanted,
        look_up=lambda sample, outcome: usable_value(index, sample.sample_id, outcome),
    )


def measured_sources(
    measurements: Iterable[MeasurementRow], names: Sequence[str]
) -> tuple[ValueSource, ...]:
    """Give what other methods measured, one source for each analyte.

    Parameters
    ----------
    measurements : iterable of MeasurementRow
        As `read_measurements` returns them: one unit for each analyte.
    names : sequence of str
        Analytes wanted, in order; one that nobody has gives no source.

    Returns
    -------
    tuple of ValueSource
        A value below its limit is that limit, and censored.
    """
    sources = []
    for name in names:
        own = {
            (row.subject_id, row.cycle, row.visit): row
            for row in measurements
            if row.analyte == name
        }
        if own:
            unit = next(iter(own.values())).unit
            outcome = Outcome(name, name, "value", unit, MEASUREMENTS)
            samples = {_occasion(row): row for row in own.values()}
            sources.append(
                ValueSource(
                    samples=tuple(samples),
                    outcomes=(outcome,),
                    look_up=partial(_look_up, samples),
                )
            )
    return tuple(sources)


def _occasion(row: MeasurementRow) -> Sample:
    return Sample(
        sample_id=f"{row.subject_id}/{row.cycle}/{row.visit}",
        subject_id=row.subject_id,
        cycle=row.cycle,
        visit=row.visit,
        rel_day=None,
        specimen="",
        count_method="",
    )


def _look_up(
    rows: Mapping[Sample, MeasurementRow], sample: Sample, _: Outcome
) -> UsableValue:
    row = rows[sample]
    value = row.value
    if row.censored and row.lower_limit is not None:
        # Below the limit is all that is known, whatever number a laboratory writes.
        value = row.lower_limit
    if value is None:
        return UsableValue(nan, "not measured")
    return UsableValue(
        value, is_censored=row.censored, limit=value if row.censored else nan
    )
