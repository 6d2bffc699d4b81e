"""Write how a count compares with those of healthy people of the same age."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan

from cytoflow_blina.figures.number_format import format_number
from cytoflow_blina.report.collect import Row, number, text

_UNITS = {"10^9/L": "10⁹/L", "% of lymphocytes": "%"}


@dataclass(frozen=True)
class ReferenceCell:
    """A reference interval in a table.

    Attributes
    ----------
    flag : str
        `<P10`, `>P90`, `within`; empty without an interval.
    interval : str
        Its ends with their unit and percentiles, `unverified` where they were recalled.
    is_outside : bool
        Whether the count lies outside.
    """

    flag: str = ""
    interval: str = ""
    is_outside: bool = False


def reference_cell(row: Row) -> ReferenceCell:
    """Write the reference interval of a count.

    Parameters
    ----------
    row : Row
        A row of `counts.csv`.

    Returns
    -------
    ReferenceCell
        Empty where the count was compared with nothing.
    """
    low, high = number(row, "ref_low"), number(row, "ref_high")
    if isnan(low) or isnan(high):
        return ReferenceCell()
    flag = text(row, "ref_flag")
    words = [
        f"{text(row, 'ref_percentiles')}: {format_number(low)}–{format_number(high)}",
        _UNITS.get(text(row, "ref_unit"), text(row, "ref_unit")),
    ]
    if text(row, "ref_verified") != "1":
        words.append("unverified")
    return ReferenceCell(flag, " ".join(filter(None, words)), flag != "within")


def reference_sources(rows: Iterable[Row]) -> tuple[str, ...]:
    """List the sources that the counts of a sample were compared with.

    Parameters
    ----------
    rows : iterable of Row
        Rows of `counts.csv`.

    Returns
    -------
    tuple of str
        Each once, sorted; blanks for underscores.
    """
    sources = {text(row, "ref_source") for row in rows} - {""}
    return tuple(sorted(source.replace("_", " ") for source in sources))
