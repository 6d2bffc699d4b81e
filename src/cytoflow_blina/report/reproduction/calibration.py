"""Tell whether drawn counts may stand for those of gated files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan

from cytoflow_blina.figures.number_format import MISSING, format_count
from cytoflow_blina.report.collect import Row, number, text
from cytoflow_blina.report.reproduction.seeds import DRAWN, FILES

MOST_OF_DRAWN = 0.5
"""Spread of gating over that of counting and pipetting, below which the latter rules:
half of it makes the standard deviation of both together 12 % longer."""

_GATING = f"{FILES}/{DRAWN}"


@dataclass(frozen=True)
class FastPath:
    """Whether drawn counts may stand for those of gated files.

    Attributes
    ----------
    may_stand, may_not : tuple of str
        Populations that gating scatters by less than half of what counting and
        pipetting do, and the others.
    spread, spread_of : str
        Largest standard deviation of gated against drawn, in percent, and whose it is.
    drawn : str
        Standard deviations of the drawn counts, in percent: `2.45 to 6.22`.
    bias, bias_of : str
        Largest mean by which gating moves counts, without sign, in percent, and whose.
    """

    may_stand: tuple[str, ...]
    may_not: tuple[str, ...]
    spread: str
    spread_of: str
    drawn: str
    bias: str
    bias_of: str


@dataclass(frozen=True)
class CalibrationLine:
    """How far measured values lie from the true ones, both ways of measuring.

    Attributes
    ----------
    population : str
        Which cells.
    files, drawn : tuple of three str
        Number of values, bias in percent and its SD; dashes where there is none.
    both : tuple of three str
        The same of files against drawn, count by count.
    """

    population: str
    files: tuple[str, str, str]
    drawn: tuple[str, str, str]
    both: tuple[str, str, str]


def lay_out_calibration(rows: Iterable[Row]) -> tuple[CalibrationLine, ...]:
    """Set the drawn counts beside those of the files.

    Parameters
    ----------
    rows : iterable of Row
        Rows of `calibration.csv`.

    Returns
    -------
    tuple of CalibrationLine
        In the order in which populations first appear.
    """
    lines = []
    for population, sources in _by_population(rows).items():
        files, drawn = sources.get(FILES, {}), sources.get(DRAWN, {})
        both = _measured(sources.get(_GATING, {}))
        lines.append(
            CalibrationLine(population, _measured(files), _measured(drawn), both)
        )
    return tuple(lines)


def judge_fast_path(rows: Iterable[Row]) -> FastPath | None:
    """Judge from the calibration where drawn counts may stand for gated ones.

    Parameters
    ----------
    rows : iterable of Row
        Rows of `calibration.csv`.

    Returns
    -------
    FastPath or None
        Of the populations of which both are known; None where there is none.
    """
    known = [one for one in _scatters(rows) if not isnan(one.gating + one.drawn)]
    if not known:
        return None
    widest = max(known, key=lambda one: one.gating)
    farthest = max(known, key=lambda one: one.moved)
    spreads = [one.drawn for one in known]
    ends = dict.fromkeys(_fixed(end) for end in (min(spreads), max(spreads)))
    return FastPath(
        may_stand=tuple(one.population for one in known if one.is_small),
        may_not=tuple(one.population for one in known if not one.is_small),
        spread=_fixed(widest.gating),
        spread_of=widest.population,
        drawn=" to ".join(ends),
        bias=_fixed(farthest.moved),
        bias_of=farthest.population,
    )


@dataclass(frozen=True)
class _Scatter:
    """Spread of one population by counting and pipetting, and what gating adds."""

    population: str
    drawn: float
    gating: float
    moved: float

    @property
    def is_small(self) -> bool:
        """Whether gating adds less than half of the spread of counting."""
        return self.gating < MOST_OF_DRAWN * self.drawn


def _scatters(rows: Iterable[Row]) -> list[_Scatter]:
    return [
        _Scatter(
            population,
            number(sources.get(DRAWN, {}), "sd_percent"),
            number(sources.get(_GATING, {}), "sd_percent"),
            abs(number(sources.get(_GATING, {}), "bias_percent")),
        )
        for population, sources in _by_population(rows).items()
    ]


def _by_population(rows: Iterable[Row]) -> dict[str, dict[str, Row]]:
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(text(row, "population"), {})[text(row, "source")] = row
    return found


def _measured(row: Row) -> tuple[str, str, str]:
    return (
        format_count(number(row, "n_values")),
        _signed(number(row, "bias_percent")),
        _fixed(number(row, "sd_percent")),
    )


def _signed(value: float) -> str:
    words = _fixed(value)
    return f"+{words}" if value > 0 and words.strip("0.") else words


def _fixed(value: float) -> str:
    if isnan(value):
        return MISSING
    words = f"{value:.2f}"
    return (
        words.removeprefix("-") if not words.strip("-0.") else words.replace("-", "−")
    )
