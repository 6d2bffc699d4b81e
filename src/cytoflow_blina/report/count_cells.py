"""Write counts for people: with interval, unit, and the formula in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose, isnan

from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_interval,
    format_number,
    format_percent,
    format_upper_bound,
)
from cytoflow_blina.report.collect import Row, number, text

RATIO = "CD4_CD8_RATIO"

_FORMULAS = {
    "bead": "events ÷ bead events × beads per tube ÷ blood volume",
    "volumetric": "events ÷ acquired volume × dilution factor",
    "dual": "white cells × lymphocytes in % of white cells × % of lymphocytes",
    "none": "not counted; percentages alone",
}


@dataclass(frozen=True)
class CountCell:
    """One count in a table.

    Attributes
    ----------
    value : str
        The number, `< 0.62` where no event was seen, a dash where unknown.
    detail : str
        Interval, or what else must be known to read the number.
    sort_key : str
        The number in full for sorting; empty where unknown.
    """

    value: str
    detail: str = ""
    sort_key: str = ""


NO_COUNT = CountCell(MISSING)


def count_cell(row: Row) -> CountCell:
    """Write the count of a population, or its percentage where nothing was counted.

    Parameters
    ----------
    row : Row
        A row of `counts.csv`.

    Returns
    -------
    CountCell
        In cells/µL, or a ratio; in % of lymphocytes, and saying so, without counts.
    """
    if text(row, "population") == RATIO:
        ratio = number(row, "ratio")
        interval = format_interval(number(row, "ratio_lo95"), number(row, "ratio_hi95"))
        return CountCell(format_number(ratio), interval, _sort_key(ratio))
    cells = number(row, "cells_per_ul")
    if isnan(cells):
        percentage = percent_cell(row)
        if percentage.value == MISSING:
            return NO_COUNT
        return CountCell(percentage.value, "of lymphocytes", percentage.sort_key)
    low, high = number(row, "cells_per_ul_lo95"), number(row, "cells_per_ul_hi95")
    if number(row, "n_events") == 0:
        return CountCell(_at_most(high), "0 events", "0")
    return CountCell(format_number(cells), format_interval(low, high), _sort_key(cells))


def percent_cell(row: Row) -> CountCell:
    """Write the percentage of lymphocytes.

    Parameters
    ----------
    row : Row
        A row of `counts.csv`.

    Returns
    -------
    CountCell
        An upper bound where no event was seen; a dash where unknown.
    """
    share = number(row, "percent_of_lymphocytes")
    low, high = number(row, "percent_lo95"), number(row, "percent_hi95")
    if isnan(share):
        return NO_COUNT
    if number(row, "n_events") == 0:
        return CountCell(f"{_at_most(high)}\u202f%", "0 events", "0")
    return CountCell(
        format_percent(share), format_interval(low, high), _sort_key(share)
    )


def giga_per_litre(row: Row) -> str:
    """Write the count in 10⁹/L.

    Parameters
    ----------
    row : Row
        A row of `counts.csv`.

    Returns
    -------
    str
        An upper bound where no event was seen; a dash where not counted.
    """
    high = number(row, "cells_per_ul_hi95") / 1000
    if number(row, "n_events") == 0 and not isnan(high):
        return format_upper_bound(high)
    return format_number(number(row, "cells_1e9_per_l"))


def _at_most(bound: float) -> str:
    return "0" if isnan(bound) else format_upper_bound(bound)


def _sort_key(value: float) -> str:
    return "" if isnan(value) else repr(value)


def formula(row: Row, tubes: Sequence[Row]) -> str:
    """Say how a count came about, with the numbers put in where they are at hand.

    Parameters
    ----------
    row : Row
        A row of `counts.csv`.
    tubes : sequence of Row
        Rows of the sample sheet for this sample.

    Returns
    -------
    str
        In words; followed by the numbers where they give the count that is printed,
        which those of a mean of two tubes, or of another route, do not.
    """
    if text(row, "population") == RATIO:
        return _ratio_formula(row)
    words = _FORMULAS.get(text(row, "count_method"), "")
    inserted = _inserted(row, tubes)
    return f"{words} = {inserted}" if inserted else words


def _ratio_formula(row: Row) -> str:
    words = "CD4 events ÷ CD8 events"
    cd4, cd8 = number(row, "n_events"), number(row, "n_parent")
    if isnan(cd4) or isnan(cd8):
        return words
    return f"{words} = {format_count(cd4)} ÷ {format_count(cd8)}"


def _inserted(row: Row, tubes: Sequence[Row]) -> str:
    own = [one for one in tubes if text(one, "tube") == text(row, "source_tube")]
    if len(own) != 1:
        return ""
    events, cells = number(row, "n_events"), number(row, "cells_per_ul")
    tube = own[0]
    match text(row, "count_method"):
        case "bead":
            beads, pellet = number(row, "n_beads"), number(tube, "beads_per_tube")
            blood = number(tube, "blood_volume_ul")
            result = events / beads * pellet / blood if beads and blood else 0.0
            words = (
                f"{format_count(events)} ÷ {format_count(beads)} × "
                f"{format_count(pellet)} ÷ {blood:g} µL"
            )
        case "volumetric":
            volume = number(tube, "acquired_volume_ul")
            dilution = number(tube, "dilution_factor")
            result = events / volume * dilution if volume else 0.0
            words = f"{format_count(events)} ÷ {volume:g} µL × {dilution:g}"
        case "dual":
            white = number(tube, "wbc_1e9_per_l")
            lymphocytes = number(tube, "lymph_percent_of_wbc")
            share = number(row, "percent_of_lymphocytes")
            result = 1000 * white * lymphocytes / 100 * share / 100
            words = (
                f"{format_number(1000 * white)}/µL × {lymphocytes:g} % × "
                f"{format_percent(share)}"
            )
        case _:
            return ""
    return words if isclose(result, cells, rel_tol=1e-3, abs_tol=1e-9) else ""
