"""Lay out the Levey-Jennings charts of every instrument."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from markupsafe import Markup

from cytoflow_blina.figures.levey_jennings import (
    ChartPoint,
    LeveyJenningsChart,
    levey_jennings_svg,
)
from cytoflow_blina.report.collect import Row, RunTables, number, text

_FEWEST_TO_DRAW = 3


@dataclass(frozen=True)
class ChartSection:
    """One quantity of an instrument: its name and the drawing."""

    title: str
    svg: Markup


@dataclass(frozen=True)
class InstrumentSection:
    """The charts of one instrument, panel and tube.

    Attributes
    ----------
    title : str
        Instrument, panel and tube.
    n_runs : int
        Tubes that were charted.
    n_beyond : int
        Of them, those with a value beyond three SD.
    has_limits : bool
        Whether there were runs enough for a centre.
    charts : tuple of ChartSection
        One for each quantity.
    """

    title: str
    n_runs: int
    n_beyond: int
    has_limits: bool
    charts: tuple[ChartSection, ...]


def lay_out_instruments(tables: RunTables) -> tuple[InstrumentSection, ...]:
    """Lay out the charts of `control.csv`, those with points beyond limits first.

    Parameters
    ----------
    tables : RunTables
        The tables of the run.

    Returns
    -------
    tuple of InstrumentSection
        Empty where nothing was charted, or no instrument ran three tubes.
    """
    series: dict[tuple[str, str, str], dict[str, list[Row]]]
    series = defaultdict(lambda: defaultdict(list))
    for row in tables.control:
        key = text(row, "instrument"), text(row, "panel"), text(row, "tube")
        series[key][text(row, "quantity")].append(row)
    sections = [
        _section(key, quantities)
        for key, quantities in series.items()
        if max(map(len, quantities.values())) >= _FEWEST_TO_DRAW
    ]
    return tuple(sorted(sections, key=lambda one: (-one.n_beyond, one.title)))


def _section(
    key: tuple[str, str, str], quantities: dict[str, list[Row]]
) -> InstrumentSection:
    instrument, panel, tube = key
    charts = {
        name: _chart(name, rows)
        for name, rows in quantities.items()
        if len(rows) >= _FEWEST_TO_DRAW
    }
    runs = {text(row, "sample_id") for rows in quantities.values() for row in rows}
    beyond = {
        point.label
        for chart in charts.values()
        for point in chart.points
        if point.is_beyond
    }
    words = (instrument or "instrument without a name", panel, tube and f"tube {tube}")
    return InstrumentSection(
        title=", ".join(filter(None, words)),
        n_runs=len(runs),
        n_beyond=len(beyond),
        has_limits=not all(isnan(chart.centre) for chart in charts.values()),
        charts=tuple(
            # The drawing comes from an escaping template, so it is markup already.
            ChartSection(name, Markup(levey_jennings_svg(chart)))  # noqa: S704
            for name, chart in charts.items()
        ),
    )


def _chart(name: str, rows: Sequence[Row]) -> LeveyJenningsChart:
    in_time = sorted(
        rows, key=lambda row: (text(row, "acquired_at"), text(row, "sample_id"))
    )
    return LeveyJenningsChart(
        title=name,
        points=tuple(
            ChartPoint(text(row, "sample_id"), number(row, "value"), _deviation(row))
            for row in in_time
        ),
        centre=number(in_time[-1], "centre"),
        spread=number(in_time[-1], "sd"),
        is_logarithmic=text(in_time[-1], "unit") == "decades",
    )


def _deviation(row: Row) -> float:
    """Take the farther of the run alone and of the last four."""
    return max(number(row, "deviation"), number(row, "four_in_a_row"), key=abs)
