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
from cytoflow_blina.quality.batch_drift import FEWEST_RUNS
from cytoflow_blina.report.collect import Row, RunTables, number, text

_FEWEST_TO_DRAW = 3
_NEEDED = f"the {FEWEST_RUNS} earlier runs that limits need"


@dataclass(frozen=True)
class ChartSection:
    """One quantity of an instrument: name, drawing, and why it lacks limits."""

    title: str
    svg: Markup
    note: str = ""


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
    no_limits : str
        Why there is no centre and no limit; empty where there is.
    charts : tuple of ChartSection
        One for each quantity.
    """

    title: str
    n_runs: int
    n_beyond: int
    no_limits: str
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


def why_no_charts(tables: RunTables) -> str:
    """Say why no chart is drawn.

    Parameters
    ----------
    tables : RunTables
        The tables of a run for which `lay_out_instruments` gives nothing.

    Returns
    -------
    str
        A sentence or two.
    """
    if not tables.control:
        return (
            "No chart: no file says when it was acquired, or none has events enough. "
            f"A chart needs dated runs, and {FEWEST_RUNS} earlier ones before it has "
            "limits."
        )
    return (
        f"No chart: no instrument ran {_FEWEST_TO_DRAW} samples of one panel and tube. "
        f"Limits need {FEWEST_RUNS} earlier runs."
    )


def _section(
    key: tuple[str, str, str], quantities: dict[str, list[Row]]
) -> InstrumentSection:
    instrument, panel, tube = key
    charts = {
        name: _chart(name, rows)
        for name, rows in quantities.items()
        if len(rows) >= _FEWEST_TO_DRAW
    }
    beyond = {
        point.label
        for chart in charts.values()
        for point in chart.points
        if point.is_beyond
    }
    has_limits = not all(isnan(chart.centre) for chart in charts.values())
    every = [row for rows in quantities.values() for row in rows]
    runs = {text(row, "sample_id") for row in every}
    n_earlier = max(number(row, "n_reference") for row in every)
    words = (instrument or "instrument without a name", panel, tube and f"tube {tube}")
    return InstrumentSection(
        title=", ".join(filter(None, words)),
        n_runs=len(runs),
        n_beyond=len(beyond),
        no_limits="" if has_limits else f"{n_earlier:g} of {_NEEDED}",
        charts=tuple(
            # The drawing comes from an escaping template, so it is markup already.
            ChartSection(
                name,
                Markup(levey_jennings_svg(chart)),  # noqa: S704
                _note(chart) if has_limits else "",
            )
            for name, chart in sorted(charts.items(), key=_beyond_first)
        ),
    )


def _note(chart: LeveyJenningsChart) -> str:
    """Say why one chart of many lacks limits: thresholds are not found in every run."""
    return f"{len(chart.points)} runs, no limits yet" if isnan(chart.centre) else ""


def _beyond_first(named: tuple[str, LeveyJenningsChart]) -> bool:
    return not any(point.is_beyond for point in named[1].points)


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
