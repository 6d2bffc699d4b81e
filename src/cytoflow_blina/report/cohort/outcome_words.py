"""Name outcomes, units and columns for people, and put them into order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cytoflow_blina.domain.comparison import OUTCOMES
from cytoflow_blina.report.collect import Row, text

_NAMES = {
    "CD4_CD8_RATIO": "CD4/CD8 ratio",
    "CD3_PERCENT_OF_NON_B": "CD3 % of T and NK cells",
    "LYMPH": "lymphocytes",
    "age_months": "age",
    "mrd_percent_before": "MRD before",
    "os_months": "overall survival",
    "efs_months": "event-free survival",
}
_UNITS = {"cells/uL": "cells/µL", "1": ""}
_FAMILIES = ("counts", "percentages")
_RANKS = {one.name: rank for rank, one in enumerate(OUTCOMES)}
_CHANGE = "change of "


def outcome_words(outcome: str) -> str:
    """Name an outcome for people.

    Parameters
    ----------
    outcome : str
        As `comparisons.csv` has it.

    Returns
    -------
    str
        `CD3_PERCENT` becomes `CD3 % of lymphocytes`, `sex=F` becomes `sex: F`; most
        names stay.
    """
    if outcome in _NAMES:
        return _NAMES[outcome]
    if outcome.endswith("_PERCENT"):
        return f"{outcome.removesuffix('_PERCENT')} % of lymphocytes"
    column, is_value, value = outcome.partition("=")
    words = column.replace("_", " ")
    return f"{words}: {value}" if is_value else words


def unit_words(unit: str) -> str:
    """Name a unit for people.

    Parameters
    ----------
    unit : str
        As `comparisons.csv` has it.

    Returns
    -------
    str
        Empty for a pure number.
    """
    return _UNITS.get(unit, unit)


def plain_outcome(row: Row) -> str:
    """Take the outcome of a row without `change of` and `at VISIT`."""
    outcome = text(row, "outcome").removeprefix(_CHANGE)
    if text(row, "kind") == "visits":
        return outcome.removesuffix(f" at {text(row, 'group_b')}")
    return outcome


def in_order(
    rows: Iterable[Row], order: Sequence[str] = (), *, by_family: bool = True
) -> tuple[Row, ...]:
    """Put rows of one analysis into the order in which people read them.

    Parameters
    ----------
    rows : iterable of Row
        Rows of `comparisons.csv` or `rates.csv`.
    order : sequence of str, optional
        Outcomes as study.toml names them, `column=value` and `VISIT:OUTCOME` too.
    by_family : bool, default True
        Whether the outcomes of a family stand together, counts first.

    Returns
    -------
    tuple of Row
        As study.toml has them, then as the software lists what it counts, then as
        they stood.
    """
    declared = {name: rank for rank, name in enumerate(order)}
    for rank, name in enumerate(order):
        # A count at a visit stands in the tables under its own name.
        declared.setdefault(name.partition(":")[2] or name, rank)

    def key(row: Row) -> tuple[int, int, int]:
        outcome, family = plain_outcome(row), text(row, "family")
        column = outcome.partition("=")[0]
        first = _FAMILIES.index(family) if family in _FAMILIES else len(_FAMILIES)
        first = first if by_family else 0
        rank = declared.get(outcome, declared.get(column, len(order)))
        return (first, rank, _RANKS.get(outcome, len(_RANKS)))

    return tuple(sorted(rows, key=key))
