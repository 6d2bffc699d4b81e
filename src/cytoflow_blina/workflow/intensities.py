"""Take medians of every population on every fluorescence marker of a tube."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np

from cytoflow_blina.domain.events import CompensatedEvents, FloatArray
from cytoflow_blina.domain.percentiles import spread_and_middle
from cytoflow_blina.domain.population import Population
from cytoflow_blina.workflow.gating import RecognisedTube


@dataclass(frozen=True)
class Intensity:
    """A median: one row of `intensities.csv`, less the tube's ids."""

    path: str
    marker: str
    median: float
    robust_cv_percent: float
    n_events: int


def measure_intensities(
    recognised: RecognisedTube,
    events: CompensatedEvents,
    populations: Mapping[str, Population],
) -> tuple[Intensity, ...]:
    """Take medians of every population on every fluorescence marker.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube; its panel tells the markers.
    events : CompensatedEvents
        Its events in linear units.
    populations : mapping of str to Population
        By path.

    Returns
    -------
    tuple of Intensity
        One for each population and marker, in linear units; NaN for an empty one.
    """
    kinds = {channel.detector: channel.kind for channel in events.channels}
    columns = {
        one.marker: events.column(one.detector)
        for one in recognised.match.assignments
        if kinds[one.detector] == "fluorescence"
    }
    found = []
    for path, population in populations.items():
        rows = np.flatnonzero(population.mask)
        found += [
            _intensity(path, marker, column.take(rows))
            for marker, column in columns.items()
        ]
    return tuple(found)


def _intensity(path: str, marker: str, values: FloatArray) -> Intensity:
    """Median and robust CV (half the middle 68 % over the median); NaN when empty."""
    if not values.size:
        return Intensity(path, marker, nan, nan, 0)
    low, median, high = spread_and_middle(values)
    cv = 100 * ((high - low) / 2) / median if median > 0 else nan
    return Intensity(path, marker, median, cv, values.size)
