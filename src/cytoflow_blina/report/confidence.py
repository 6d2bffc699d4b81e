"""Write how sure a count or a gate is, as a figure and in a word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, isnan

from cytoflow_blina.figures.number_format import MISSING
from cytoflow_blina.report.collect import Row, number, text

SURE_FROM = 0.8
FAIR_FROM = 0.5
"""Below, a count is expected to be off by more than is tolerated (`gating/limits.toml`,
QC_CONFIDENCE)."""

_SURE, _FAIR, _LOOK = "sure", "fair", "look"


@dataclass(frozen=True)
class ConfidenceCell:
    """A confidence for people.

    Attributes
    ----------
    figure : str
        Two decimals; a dash where not known.
    word : {"sure", "fair", "look", ""}
        What it means; empty where not known.
    """

    figure: str = MISSING
    word: str = ""

    @property
    def is_doubtful(self) -> bool:
        """Whether a person must look."""
        return self.word == _LOOK


@dataclass(frozen=True)
class LeastSure:
    """The population of a sample whose gates are least sure."""

    population: str
    confidence: ConfidenceCell


def confidence_cell(confidence: float) -> ConfidenceCell:
    """Write a confidence.

    Parameters
    ----------
    confidence : float
        0 to 1; NaN where not known.

    Returns
    -------
    ConfidenceCell
        Rounded to the nearest, but never up into a better word.

    Examples
    --------
    >>> confidence_cell(0.799)
    ConfidenceCell(figure='0.79', word='fair')
    """
    if isnan(confidence):
        return ConfidenceCell()
    word = _word(confidence)
    rounded = round(confidence, 2)
    shown = rounded if _word(rounded) == word else floor(100 * confidence) / 100
    return ConfidenceCell(f"{shown:.2f}", word)


def least_sure(counts: Iterable[Row], populations: Iterable[str]) -> LeastSure | None:
    """Find the population of a sample that is least sure.

    Parameters
    ----------
    counts : iterable of Row
        Rows of `counts.csv` of one sample.
    populations : iterable of str
        Those that are looked at.

    Returns
    -------
    LeastSure or None
        None where no confidence is known.
    """
    wanted = set(populations)
    known = [
        (number(row, "confidence"), text(row, "population"))
        for row in counts
        if text(row, "population") in wanted and not isnan(number(row, "confidence"))
    ]
    if not known:
        return None
    confidence, population = min(known)
    return LeastSure(population, confidence_cell(confidence))


def _word(confidence: float) -> str:
    if confidence >= SURE_FROM:
        return _SURE
    return _FAIR if confidence >= FAIR_FROM else _LOOK
